"""When arXiv announces papers (https://info.arxiv.org/help/availability.html).

New papers are announced at 20:00 US Eastern time from Sunday to Thursday, and reach the API about
midnight there. There is none on Friday and Saturday, nor on arXiv's holidays, which it lists a year
at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from digest.clock import Moment

EASTERN = ZoneInfo("America/New_York")
_HOUR = time(20)
_DEADLINE = time(14)
"""Until then what is submitted on a working day is announced on the same one (US Eastern)."""
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
"""arXiv's first day. No moment before it matters, and some have no local time."""

_TO_THE_API = timedelta(hours=4)
"""From an announcement until its papers are in the API: midnight US Eastern."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """arXiv's announcements. `holidays` are days without one, besides those of `HOLIDAYS`."""

    holidays: frozenset[date] = frozenset()

    def silence(self, day: date) -> str:
        """Why nothing is announced on the evening of `day` (US Eastern); "" where something is."""
        if day.weekday() in (_FRIDAY, _SATURDAY):
            return "arXiv announces nothing on Friday and Saturday"
        if day in self.holidays or day in HOLIDAYS.get(day.year, ()):
            return "an arXiv holiday"
        return ""

    def knows(self, year: int) -> bool:
        """Whether the holidays of a year are known."""
        return year in HOLIDAYS or any(day.year == year for day in self.holidays)

    def announced(self, moment: Moment) -> int:
        """How many announcements there were up to `moment`, from some day long ago on.

        The difference of two is the number of announcements after the one moment up to the other.
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
        """How many announcements that are in the API by `now` were made after `since`."""
        return self.announced(now - _TO_THE_API) - self.announced(since)

    def later(self, submitted: Moment, now: Moment) -> int:
        """How many announcements are in the API by `now` after the one that brought a paper.

        What is submitted from Friday 14:00 (US Eastern) on is announced on Monday at the earliest,
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
        """When the latest announcement whose papers are in the API by `moment` came there."""
        return self.last(moment - _TO_THE_API) + _TO_THE_API

    def _announcements(self, now: Moment, step: int) -> Iterator[Moment]:
        """Yields announcements from the day of `now` on, day by day in the direction of `step`."""
        day = now.astimezone(EASTERN).date()
        while True:
            if not self.silence(day):
                yield datetime.combine(day, _HOUR, EASTERN).astimezone(UTC)
            day += timedelta(days=step)
