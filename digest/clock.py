"""Moments, and the one place that asks the machine for the time.

Functions that decide take the time as an argument. Only the outermost layer holds a `Clock`.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

Moment = datetime
"""A point in time: an aware datetime in UTC."""


class Clock(Protocol):
    """A source of the time that can also wait. Tests pass one that does not wait."""

    def now(self) -> Moment:
        """The present, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Returns after `seconds`."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> Moment:
        """The present, in UTC. Fractions of a second are dropped: no decision needs them."""
        return datetime.now(UTC).replace(microsecond=0)

    def sleep(self, seconds: float) -> None:
        """Blocks for `seconds`."""
        time.sleep(seconds)


def later(moment: Moment, pause: timedelta) -> Moment:
    """`moment` plus a pause, or the last `datetime` if the sum lies beyond it."""
    try:
        return moment + pause
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def utc(moment: datetime) -> datetime:
    """`moment` in UTC. A moment without a time zone is read as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
