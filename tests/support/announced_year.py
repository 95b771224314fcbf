"""A simulated year of arXiv's announcements, as its harvest shows them, with usual irregularities.

A tenth of arXiv's size: on an average day 190 new papers and 90 new versions, each within 20 %.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from builders import paper

from digest.clock import Moment
from digest.model.announcements import Calendar
from digest.model.record import Record
from digest.selection.announced_papers import Announcement, announcements
from digest.source.harvest import Harvest, HarvestPage, Place

CALENDAR = Calendar()
READ_AFTER = timedelta(hours=2, minutes=45)
"""The time from an announcement to the harvest of it."""
NEW, AGAIN = 190, 90
_HELD = 0.03
_BUSY = {0: 1.1, 1: 1.25, 2: 1.05, 3: 1.0, 4: 0.9}
"""The size of an announcement by its UTC day of the week, of which 0 is Monday."""


def announced(
    identifier: str,
    day: date,
    submitted: Moment,
    version: int = 1,
    **changes: Any,
) -> Record:
    """A record of a paper whose last version was submitted at a moment and announced on a day."""
    one = paper(1, id=identifier, version=version, updated=submitted, published=submitted)
    return Record(one, day, (submitted,) * version, **changes)


def harvested(records: Iterable[Record], begin: date, at: Moment, **changes: Any) -> Harvest:
    """A whole harvest of records, in one page made at `at`, with a second list that agrees."""
    every = tuple(records)
    seen = {record.id: record.datestamp for record in every}
    page = HarvestPage(Place(begin), None, at, at, len(every))
    whole = Harvest(begin, every, (page,), seen, listed=dict(seen), requests=3)
    return replace(whole, **changes)


def without(harvest: Harvest, lost: Iterable[str]) -> Harvest:
    """The same harvest, where arXiv itself has lost papers: no list of its own names them."""
    gone = set(lost)
    return harvested(
        (record for record in harvest.records if record.id not in gone),
        harvest.begin,
        harvest.pages[0].made_at,
    )


@dataclass
class Year:
    """arXiv's records during a year, one announcement after another; the latest `kept` of them."""

    seed: int
    kept: int = 3000
    present: dict[str, Record] = field(default_factory=dict)
    month: int = 0
    number: int = 0
    old: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def announcements(self) -> Iterator[Announcement]:
        """Yields the announcements of 2026, each after its papers were added."""
        first, last = datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)
        every = announcements(CALENDAR.last(first), CALENDAR.last(last), CALENDAR)
        for count, one in enumerate(every):
            self._announce(one, self._size(one))
            self._edit(one.day, 15)
            if count % 37 == 20:
                self._edit(one.day, len(self.present))  # a bulk edit
            yield one

    def harvest(self, begin: date, one: Announcement) -> Harvest:
        """The harvest of the records that changed since `begin`, read after an announcement."""
        changed = [record for record in self.present.values() if record.datestamp >= begin]
        return harvested(changed, begin, one.at + READ_AFTER)

    def _size(self, one: Announcement) -> float:
        """The size of an announcement: two days together after a holiday, few at Christmas."""
        size = _BUSY[one.day.weekday()]
        usual = timedelta(days=3 if one.day.weekday() == 1 else 1)  # Tuesday's has the weekend
        if one.closes - one.opens > usual + timedelta(hours=12):
            size *= 1.8
        if (one.day.month, one.day.day) >= (12, 24) or (one.day.month, one.day.day) < (1, 4):
            size *= 0.6
        return size

    def _noisy(self, average: float) -> int:
        return round(average * min(1.6, max(0.45, self.random.gauss(1, 0.2))))

    def _announce(self, one: Announcement, size: float) -> None:
        day = one.day
        month = day.year % 100 * 100 + day.month
        older = list(self.present)
        if month != self.month:
            self.month, self.number = month, 0
        hours = (one.closes - one.opens).total_seconds()
        count = self._noisy(NEW * size)
        moments = sorted(one.opens + timedelta(seconds=hours * self._late()) for _ in range(count))
        for submitted in moments:
            self.number += 1 if self.random.random() > 0.005 else 2  # a number without a paper
            waited = timedelta(days=self.random.expovariate(0.3))
            moment = submitted - waited if self.random.random() < _HELD else submitted
            name = f"{month:04}.{self.number:05}"
            self.present[name] = announced(name, day, moment)
        for place in range(self._noisy(AGAIN * size)):
            moment = one.opens + timedelta(seconds=hours * self._late())
            self.old += 1
            name = self.random.choice(older) if older and place % 2 else f"2506.{self.old:05}"
            self.present.pop(name, None)  # the latest come last
            self.present[name] = announced(name, day, moment, self.random.randint(2, 4))
        if len(self.present) > self.kept:
            self.present = dict(list(self.present.items())[self.kept // 3 :])

    def _edit(self, day: date, count: int) -> None:
        for name in self.random.sample(list(self.present), min(count, len(self.present))):
            self.present[name] = replace(self.present[name], datestamp=day)

    def _late(self) -> float:
        """A place between opening and closing hour, from 0 to 1: the last hours are the busiest."""
        return max(self.random.random(), self.random.random())


def newest(harvest: Harvest, one: Announcement, after: str) -> list[str]:
    """The identifiers of an announcement's new papers, in order."""
    return sorted(
        record.id
        for record in harvest.records
        if record.datestamp == one.day and record.id > after and record.paper.version == 1
    )
