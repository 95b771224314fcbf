"""Judges how many papers of each announcement a harvest holds: E5 and E6 of the evidence.

    E5  each announcement since the last complete harvest has brought new papers, and they were
        submitted up to its closing hour: arXiv numbers papers in the order of submission, so where
        the end of an announcement is absent, the last hours are
    E6  it brought neither far fewer nor far more than usual on that day of the week

A record carries the UTC day of its announcement, or of a later edit. An edit moves it away from the
day of its announcement, and a bulk edit moves all. So a day that seems to lack papers is counted a
second time by the times of submission, which do not move.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median

from digest.clock import Moment
from digest.model.announcements import EASTERN, Calendar
from digest.model.paper import place_in_order
from digest.model.record import Record
from digest.selection.doubts import MEASURED, Doubt
from digest.store.readings import HarvestFacts

_DEADLINE = time(14)
"""The hour (US Eastern) up to which papers are submitted for the announcement of that day."""
_SUNDAY = 6
_HELD = timedelta(days=30)
"""The longest time between the submission of a paper and its announcement."""
_HELD_AGAIN = timedelta(days=10)
"""The same for a later version."""
FEWEST, MOST = 0.4, 3.0
"""The limits of a count, as multiples of the usual one."""
_LAST_HOUR = 60
"""The minutes before the closing hour in which nothing need have been submitted."""
_LOOKED_AT = 8
"""The announcements of one day of the week from which the usual count is taken."""
_KNOWN = 4
"""The fewest of them from which it is known."""
_SOME = 50
"""A usual count below this is too small for a comparison."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """An announcement: its moment, and the times of submission from `opens` until `closes`."""

    at: Moment
    opens: Moment
    closes: Moment

    @property
    def day(self) -> date:
        """The UTC day, which the records carry."""
        return utc_day(self.at)


def utc_day(moment: Moment) -> date:
    """The day of a moment in UTC."""
    return moment.astimezone(UTC).date()


def closing(at: Moment) -> Moment:
    """The moment up to which papers were submitted for the announcement at `at`.

    It is 14:00 US Eastern of that day, and of Friday for the announcement on Sunday.
    """
    day = at.astimezone(EASTERN).date()
    if day.weekday() == _SUNDAY:
        day -= timedelta(days=2)
    return datetime.combine(day, _DEADLINE, EASTERN).astimezone(UTC)


def announcements(
    after: Moment | None, through: Moment, calendar: Calendar
) -> tuple[Announcement, ...]:
    """The announcements after `after`, up to `through`; only the last one where `after` is None."""
    before = calendar.last(through - timedelta(seconds=1)) if after is None else after
    found: list[Announcement] = []
    while (at := calendar.next(before)) <= through:
        found.append(Announcement(at, closing(before), closing(at)))
        before = at
    return tuple(found)


def first_versions(records: Sequence[Record], after: str) -> list[Record]:
    """The records of papers that are new: one version, of late, with a number above `after`."""
    known = place_in_order(after)
    return [
        record
        for record in records
        if record.paper.version == 1
        and not record.deleted
        and len(record.versions) <= 1
        and record.datestamp - utc_day(record.paper.updated) <= _HELD
        and place_in_order(record.id) > known
    ]


def later_versions(records: Sequence[Record], since: Moment | None) -> list[Record]:
    """The records with a new version: submitted of late, and not before `since`.

    `since` is the closing hour of the last announcement known. A bulk edit brings thousands of
    records whose versions are older.
    """
    return [
        record
        for record in records
        if record.paper.version > 1
        and not record.deleted
        and record.datestamp - utc_day(record.paper.updated) <= _HELD_AGAIN
        and (since is None or record.paper.updated >= since)
    ]


def counts(
    new: Sequence[Record], again: Sequence[Record], after: date | None
) -> dict[str, tuple[int, int]]:
    """The counts of new papers and of later versions, for each day later than `after`."""
    days: dict[str, tuple[int, int]] = {}
    for place, records in enumerate((new, again)):
        for record in records:
            if after is None or record.datestamp > after:
                first, later = days.get(key := record.datestamp.isoformat(), (0, 0))
                days[key] = (first, later + 1) if place else (first + 1, later)
    return dict(sorted(days.items()))


def alive(expected: Sequence[Announcement], new: Sequence[Record]) -> Iterator[Doubt]:
    """Yields the doubts of E5: each announcement brought new papers.

    An announcement without any may be a holiday that no list has. Then the next one shows it.
    """
    stamped = {one: _stamped(new, one) for one in expected}
    average = sum(stamped.values()) / max(1, len(expected))
    for one, count in stamped.items():
        if not count and not _submitted(new, one) > FEWEST * average:
            words = f"arXiv's harvest has no new paper of the announcement of {one.day}"
            yield Doubt(words, name=f"none {one.day}")


def minutes_short(one: Announcement, new: Sequence[Record]) -> int:
    """The minutes from the newest submission in an announcement to its closing hour; never < 0."""
    day = one.day
    newest = max((r.paper.updated for r in new if r.datestamp == day), default=one.opens)
    return max(0, int((one.closes - newest).total_seconds()) // 60)


def to_the_end(
    expected: Sequence[Announcement], new: Sequence[Record], past: Sequence[HarvestFacts]
) -> Iterator[Doubt]:
    """Yields the doubts of E5: the papers of an announcement go on until its closing hour.

    The hour before is arXiv's busiest. This is measured over twenty complete harvests before it
    makes one incomplete. A small announcement proves nothing.
    """
    measured = [facts.short for facts in past if facts.numbers]
    longest = max(_LAST_HOUR, 3 * median(measured)) if measured else _LAST_HOUR
    for one in expected:
        short = minutes_short(one, new)
        if short > longest and _stamped(new, one) >= _SOME:
            last = one.closes - timedelta(minutes=short)
            yield Doubt(
                f"arXiv's harvest has no paper of {one.day} submitted between "
                f"{last:%H:%M} and {one.closes:%H:%M} UTC",
                blocks=len(measured) >= MEASURED,
                name=f"short {one.day}",
            )


def as_usual(
    expected: Sequence[Announcement],
    new: Sequence[Record],
    again: Sequence[Record],
    past: Sequence[HarvestFacts],
    calendar: Calendar,
) -> Iterator[Doubt]:
    """Yields the doubts of E6: the counts of each announcement lie within the usual limits.

    Far too many later versions are only noted, since nothing is lost with them.
    """
    known = {day: count for facts in past for day, count in facts.days.items()}
    for one in expected:
        usual = _usual(one.day, known, calendar)
        if not usual or not _stamped(new, one):  # without any new paper E5 speaks
            continue
        for records, place, thing in ((new, 0, "new papers"), (again, 1, "new versions")):
            middle = median(count[place] for count in usual)
            count = _nearest_to(middle, _stamped(records, one), _submitted(records, one))
            few, many = count < FEWEST * middle, count > MOST * middle
            if middle >= _SOME and (few or many):
                yield Doubt(
                    f"arXiv's harvest has {count} {thing} of {one.day}, "
                    f"where {middle:.0f} are usual",
                    blocks=len(usual) >= _KNOWN and (few or not place),
                    name=f"{'few' if few else 'many'} {thing} {one.day}",
                )


def _usual(
    day: date, known: Mapping[str, tuple[int, int]], calendar: Calendar
) -> list[tuple[int, int]]:
    """The counts of the last announcements on the same day of the week, latest first."""
    days = sorted((date.fromisoformat(text) for text in known), reverse=True)
    same = [
        one
        for one in days
        if one.weekday() == day.weekday() and not calendar.silence(one - timedelta(days=1))
    ]
    return [known[one.isoformat()] for one in same[:_LOOKED_AT]]


def _nearest_to(middle: float, stamped: int, submitted: int) -> int:
    """The count by datestamp, or the one by submission where only that one is as usual."""
    lowest, highest = FEWEST * middle, MOST * middle
    moved = not lowest <= stamped <= highest and lowest <= submitted <= highest
    return submitted if moved else stamped


def _stamped(records: Sequence[Record], one: Announcement) -> int:
    day = one.day
    return sum(record.datestamp == day for record in records)


def _submitted(records: Sequence[Record], one: Announcement) -> int:
    """The count of records from the hours of an announcement that carry its day or a later one."""
    day = one.day
    return sum(
        record.datestamp >= day and one.opens <= record.paper.updated < one.closes
        for record in records
    )
