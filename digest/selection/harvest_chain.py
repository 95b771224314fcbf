"""Judges whether a harvest is all that arXiv had to give: E1 to E4 of the evidence.

    E1  each record can be read, and no page failed
    E2  the chain of pages ended, each page begins after the one before, nothing came twice
    E3  each page was made after the announcement, and none comes from an old cache
    E4  arXiv's second list names nothing that is not in the harvest

arXiv's pages are cut by counting: where a record is edited between two pages, the record after the
edge is left out. So a chain that ended well can lack records, and only E4 shows it.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, timedelta
from itertools import pairwise

from digest.clock import Moment
from digest.selection.doubts import Doubt, note
from digest.source.harvest import Harvest, HarvestPage, Place
from digest.source.source import are_few, cannot_be_read
from digest.text import counted

SETTLED = timedelta(hours=2)
"""The time after an announcement from which on arXiv's records are believed to show all of it."""
_FRESH = timedelta(hours=1)
"""The greatest age of a page at its arrival: arXiv's own cache keeps pages for an hour."""
_STEADY = timedelta(minutes=2)
"""The most by which the ages of pages differ where only the clock makes them old."""
_NAMED = 3
"""The number of papers that a sentence names; the others are counted."""


def readable(harvest: Harvest) -> Iterator[Doubt]:
    """Yields the doubts of E1: no page failed, and each record can be read.

    A record that cannot be read may stay so for weeks. So it makes one harvest incomplete, and not
    the next one.
    """
    if harvest.fault:
        yield Doubt(harvest.fault)
    for name in dict.fromkeys(harvest.unreadable):
        yield Doubt(cannot_be_read((name,)), name=f"unreadable {name}", at_once=True)


def ended(harvest: Harvest) -> Iterator[Doubt]:
    """Yields the doubts of E2: the chain ended, its pages rise, and no record came twice.

    A record that is edited while the pages are read moves to the end of the present day, and comes
    a second time with the datestamp that it had.
    """
    pages = harvest.pages
    if not pages:
        yield Doubt(harvest.fault or "arXiv's harvest has no page")
        return
    if not harvest.fault and (pages[-1].next is not None or harvest.broken_at is not None):
        yield Doubt("arXiv's harvest broke off before its end")
    if not harvest.fault and not harvest.seen:
        yield Doubt("arXiv's harvest holds no paper at all")
    if not _rises(pages):
        yield Doubt("a page of arXiv's harvest does not follow the one before it")
    twice = tuple(dict.fromkeys(harvest.repeated))
    if twice:
        today = min(page.made_at for page in pages).astimezone(UTC).date()
        moved = all(harvest.seen.get(base, today) >= today for base in twice)
        words = f"arXiv's harvest holds {_papers(twice)} twice"
        harmless = _begins_again(pages) or (moved and are_few(len(twice), len(harvest.seen)))
        yield Doubt(words, blocks=not harmless)


def _rises(pages: Sequence[HarvestPage]) -> bool:
    """Whether each page ends after its beginning, and the next one leaves nothing out.

    A page may begin with the day that the page before it broke off in: the rest comes twice then.
    """
    onward = all(page.next is None or _place(page.next) > _place(page.place) for page in pages)
    linked = all(
        earlier.next is not None
        and _place(later.place) in (_place(earlier.next), (earlier.next.day, 0))
        for earlier, later in pairwise(pages)
    )
    return onward and linked


def _begins_again(pages: Sequence[HarvestPage]) -> bool:
    """Whether a page begins a day again of which an earlier page gave a part."""
    return any(
        earlier.next is not None and _place(later.place) < _place(earlier.next)
        for earlier, later in pairwise(pages)
    )


def _place(place: Place) -> tuple[date, int]:
    return place.day, place.skip


def recent(harvest: Harvest, through: Moment) -> Iterator[Doubt]:
    """Yields the doubts of E3: no page is older than the announcement, or from an old cache.

    A page from a cache looks like one of a clock that is ahead here. But a clock makes all pages
    seem equally old, and then the first of these rules is enough.
    """
    early = [page for page in harvest.pages if page.made_at < through + SETTLED]
    old = [page for page in harvest.pages if page.received_at - page.made_at > _FRESH]
    ages = [page.received_at - page.made_at for page in harvest.pages]
    if early:
        yield Doubt(
            f"arXiv's harvest has a page of {_at(early[0].made_at)}, "
            f"too early for the announcement of {_at(through)}"
        )
    elif old and len(ages) > 1 and max(ages) - min(ages) <= _STEADY:
        minutes = int(min(ages).total_seconds()) // 60
        yield note(f"arXiv's pages are all {minutes} minutes old: this machine's clock is ahead")
    elif old:
        yield Doubt(f"arXiv's harvest has a page from a cache of {_at(old[0].made_at)}")
    if any(page.made_at - page.received_at > _FRESH for page in harvest.pages):
        yield note("arXiv's pages are from the future: this machine's clock is behind")


def may_go_on(pages: Sequence[HarvestPage], through: Moment) -> bool:
    """Returns whether a chain that broke off can still become a complete harvest of `through`.

    It cannot where a page was made before the announcement; the harvest then has to begin anew.
    """
    return all(page.made_at >= through + SETTLED for page in pages) and _rises(pages)


def nothing_lacks(harvest: Harvest, through: Moment) -> Iterator[Doubt]:
    """Yields the doubts of E4: all that arXiv's second list names is in the harvest.

    A paper that cannot be fetched for a whole day is one of arXiv's own oddities, if there are few.
    A second list that names fewer papers than the harvest holds is an old one, and proves nothing.
    """
    if harvest.fault or not harvest.pages:
        return
    if harvest.listed is None:
        why = harvest.unchecked or "nothing shows that its harvest is whole"
        yield Doubt(f"arXiv's second list did not come: {why}")
        return
    yield from _list_is_recent(harvest, through)
    odd = {name.rpartition(":")[2] for name in harvest.unreadable}
    behind = (
        base
        for base, day in harvest.listed.items()
        if base not in odd and (base not in harvest.seen or harvest.seen[base] < day)
    )
    lacking = tuple(dict.fromkeys((*harvest.lacking, *behind)))
    if lacking:
        few = are_few(len(lacking), 0)
        for base in lacking if few else ():
            yield Doubt(f"arXiv's harvest lacks {base}, which its list has", name=f"lacks {base}")
        if not few:
            yield Doubt(f"arXiv's harvest lacks {_papers(lacking)} of its own list")
        if harvest.unchecked:
            yield note(harvest.unchecked)
    besides = harvest.seen.keys() - harvest.listed.keys()
    if besides:
        words = f"arXiv's second list lacks {counted(len(besides), 'paper')} of the harvest"
        yield Doubt(words, blocks=not are_few(len(besides), len(harvest.seen)))


def _list_is_recent(harvest: Harvest, through: Moment) -> Iterator[Doubt]:
    """Yields the doubt about a second list from a cache that does not show what the pages show."""
    made = harvest.listed_at
    first = min(page.made_at for page in harvest.pages)
    if made and (made < through + SETTLED or first - made > _FRESH):
        yield Doubt(f"arXiv's second list is from a cache of {_at(made)}")


def _papers(bases: Sequence[str]) -> str:
    named = ", ".join(bases[:_NAMED]) + (", …" if len(bases) > _NAMED else "")
    return f"{counted(len(bases), 'paper')} ({named})"


def _at(moment: Moment) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
