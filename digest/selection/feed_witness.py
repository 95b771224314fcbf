"""Compares a harvest with arXiv's feeds: E7 of the evidence.

A feed is made from another table of arXiv's than the harvest. So a paper that a feed names and the
harvest lacks is lost in the harvest. A feed has faults of its own: it shows yesterday's papers, or
leaves new ones out when it is too long. Such a feed proves nothing, and is only noted.
"""

from collections.abc import Callable, Iterator, Sequence

from digest.clock import Moment
from digest.model.announcements import Calendar
from digest.model.paper import place_in_order
from digest.selection.doubts import Doubt, note
from digest.source.harvest import Feed, Harvest
from digest.text import counted

_NAMED = 3


def witnessed(
    harvest: Harvest,
    feeds: Sequence[Feed],
    *,
    after: str,
    through: Moment,
    known: Callable[[str, int], bool | None],
    calendar: Calendar,
) -> Iterator[Doubt]:
    """Yields the doubts of E7: each version in today's feeds is in the harvest, or known.

    Args:
        harvest: the harvest.
        feeds: the feeds that were read with it.
        after: the largest identifier known before the announcement; "" for none.
        through: the last announcement that the harvest should hold.
        known: returns whether a version of a paper was met before, None for unknown.
        calendar: the days and hours of the announcements.
    """
    versions = {record.id: record.paper.version for record in harvest.records}
    for feed in feeds:
        if doubt := useless(feed, after=after, through=through, calendar=calendar):
            yield note(f"arXiv's feed {feed.name} proves nothing: {doubt}")
            continue
        lost = [
            record.paper.versioned_id
            for record in feed.records
            if record.paper.version > versions.get(record.id, 0)
            and not (record.id in harvest.seen and record.id not in versions)
            and not known(record.id, record.paper.version)
        ]
        if lost:
            named = ", ".join(lost[:_NAMED]) + (", …" if len(lost) > _NAMED else "")
            papers = counted(len(lost), "paper")
            yield Doubt(f"arXiv's feed {feed.name} has {papers} that its harvest lacks: {named}")


def useless(feed: Feed, *, after: str, through: Moment, calendar: Calendar) -> str:
    """Says why a feed is no witness of the announcement `through`; "" where it is one.

    `after` is the largest identifier known before; "" where none is, and then the numbers of a feed
    do not show its day. A feed that is cut is of no use as a stand-in either.
    """
    if feed.fault:
        return feed.fault
    if feed.cut:
        return "it is so long that new papers may be left out"
    if feed.built_at is not None and calendar.last(feed.built_at) != through:
        return f"it was made for another day, at {feed.built_at:%Y-%m-%d %H:%M} UTC"
    known = place_in_order(after)
    if not any(place_in_order(record.id) > known for record in feed.records):
        return "it has no new paper"
    return ""
