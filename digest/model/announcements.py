"""The calendar of arXiv's announcements (https://info.arxiv.org/help/availability.html).

arXiv announces new papers at 20:00 US Eastern time from Sunday to Thursday. They reach the API
about midnight, Eastern time. There is no announcement on Friday, on Saturday and on arXiv's
holidays, which arXiv lists for one year at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from digest.clock import Moment

EASTERN = ZoneInfo("America/New_York")
_HOUR = time(20)
_DEADLINE = time(14)
"""A paper submitted on a working day before this time is announced that day (US Eastern)."""
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6

HOLIDAYS = {
    2026: frozenset(
        date(2026, month, day)
        for month, day in (
            (1, 1),
            (1, 19),
            (6, 19),
            (7, 3),
            (9, 7),
            (11, 26),
            (12, 25),
            (12, 29),
            (12, 31),
        )
    )
}
"""The days without an announcement, for each year that arXiv has listed."""


_LONG_AGO = datetime(1991, 8, 14, tzinfo=UTC)
"""The first day of arXiv. Earlier moments do not matter, and some have no local time."""

_TO_THE_API = timedelta(hours=4)
"""The time from an announcement until its papers are in the API, at midnight US Eastern."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The calendar of announcements. `holidays` adds days without one to those in `HOLIDAYS`."""

    holidays: frozenset[date] = frozenset()

    def silence(self, day: date) -> str:
        """The reason why nothing is announced on `day` in the evening (US Eastern), or ""."""
        if day.weekday() in (_FRIDAY, _SATURDAY):
            return "arXiv announces nothing on Friday and Saturday"
        if day in self.holidays or day in HOLIDAYS.get(day.year, ()):
            return "an arXiv holiday"
        return ""

    def knows(self, year: int) -> bool:
        """Whether the holidays of a year are known."""
        return year in HOLIDAYS or any(day.year == year for day in self.holidays)

    def announced(self, moment: Moment) -> int:
        """The number of announcements up to `moment`, counted from a fixed day in the past.

        The difference of two such numbers is the number of announcements between two moments.
        """
        local = max(moment, _LONG_AGO).astimezone(EASTERN)
        last = local.date() if local.time() >= _HOUR else local.date() - timedelta(days=1)
        weeks, days = divmod(last.toordinal(), 7)  # day 1 of the calendar is a Monday
        holidays = self.holidays.union(*HOLIDAYS.values())
        left_out = sum(
            day <= last and day.weekday() not in (_FRIDAY, _SATURDAY) for day in holidays
        )
        return weeks * 5 + min(days, 4) - left_out

    def silent(self, since: Moment, now: Moment) -> int:
        """The number of announcements after `since` whose papers are in the API by `now`."""
        return self.announced(now - _TO_THE_API) - self.announced(since)

    def later(self, submitted: Moment, now: Moment) -> int:
        """The number of announcements in the API by `now` after the one that brought a paper.

        A paper submitted from Friday 14:00 (US Eastern) on is announced on Monday at the earliest,
        so Sunday's announcement does not count for it.
        """
        local = submitted.astimezone(EASTERN)
        sunday = timedelta(days=_SUNDAY - local.weekday())
        too_late = (local.weekday(), local.time()) >= (_FRIDAY, _DEADLINE)
        held = too_late and not self.silence(local.date() + sunday)
        if local.weekday() == _SUNDAY and local.time() >= _HOUR:
            held = False
        return max(0, self.silent(submitted, now) - 1 - held)

    def last(self, now: Moment) -> Moment:
        """The latest announcement at or before `now`, in UTC."""
        return next(at for at in self._announcements(now, step=-1) if at <= now)

    def next(self, now: Moment) -> Moment:
        """The first announcement after `now`, in UTC."""
        return next(at for at in self._announcements(now, step=1) if at > now)

    def available(self, moment: Moment) -> Moment:
        """The moment when the latest announcement in the API by `moment` arrived there."""
        return self.last(moment - _TO_THE_API) + _TO_THE_API

    def _announcements(self, now: Moment, step: int) -> Iterator[Moment]:
        """Yields announcements from the day of `now` on, forward or backward by `step` days."""
        day = now.astimezone(EASTERN).date()
        while True:
            if not self.silence(day):
                yield datetime.combine(day, _HOUR, EASTERN).astimezone(UTC)
            day += timedelta(days=step)
