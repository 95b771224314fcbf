"""Moments, and the one place that asks the machine for the time.

Everything that decides is given the time; only the outermost layer holds a `Clock`.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

Moment = datetime
"""A point in time: an aware datetime in UTC."""


class Clock(Protocol):
    """Tells the time and lets it pass; tests hand in one that does not wait."""

    def now(self) -> Moment:
        """The present, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Returns after `seconds`."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> Moment:
        """The present, in UTC, to the second: nothing here is decided by less."""
        return datetime.now(UTC).replace(microsecond=0)

    def sleep(self, seconds: float) -> None:
        """Blocks for `seconds`."""
        time.sleep(seconds)


def later(moment: Moment, pause: timedelta) -> Moment:
    """The moment after a pause; the last one that there is where the calendar ends before."""
    try:
        return moment + pause
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def utc(moment: datetime) -> datetime:
    """`moment` in UTC; one without a zone is taken to be in UTC already."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
