"""When arXiv announces papers (https://info.arxiv.org/help/availability.html).

New papers are announced at 20:00 US Eastern time from Sunday to Thursday, and reach the API about
midnight there. There is none on Friday and Saturday, nor on arXiv's holidays, which it lists a year
at a time.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from digest.times import Moment

EASTERN = ZoneInfo("America/New_York")
_HOUR = time(20)
_FRIDAY, _SATURDAY = 4, 5

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


def silence(day: date) -> str:
    """Why nothing is announced on the evening of `day` (US Eastern); "" where something is."""
    if day.weekday() in (_FRIDAY, _SATURDAY):
        return "arXiv announces nothing on Friday and Saturday"
    if day in HOLIDAYS.get(day.year, ()):
        return "an arXiv holiday"
    return ""


def announced(moment: Moment) -> int:
    """How many announcements there were up to `moment`, from some day long ago on.

    The difference of two is the number of announcements after the one moment up to the other.
    """
    local = moment.astimezone(EASTERN)
    last = local.date() if local.time() >= _HOUR else local.date() - timedelta(days=1)
    weeks, days = divmod(last.toordinal(), 7)  # day 1 of the calendar is a Monday
    holidays = sum(
        day <= last and day.weekday() not in (_FRIDAY, _SATURDAY)
        for days_of_year in HOLIDAYS.values()
        for day in days_of_year
    )
    return weeks * 5 + min(days, 4) - holidays


def last_announcement(now: Moment) -> Moment:
    """The latest announcement at or before `now`, in UTC."""
    return next(at for at in _announcements(now, step=-1) if at <= now)


def next_announcement(now: Moment) -> Moment:
    """The first announcement after `now`, in UTC."""
    return next(at for at in _announcements(now, step=1) if at > now)


def _announcements(now: Moment, step: int) -> Iterator[Moment]:
    """Yields announcements from the day of `now` on, day by day in the direction of `step`."""
    day = now.astimezone(EASTERN).date()
    while True:
        if not silence(day):
            yield datetime.combine(day, _HOUR, EASTERN).astimezone(UTC)
        day += timedelta(days=step)
