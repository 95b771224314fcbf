"""Computes the slots of a reader: their local time on each of their days, except in a pause.

schedule + the present ─> the slot before, the slot to come
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from digest.clock import Moment
from digest.model.subscriber import Schedule, is_first_of_month


def slot_on(day: date, schedule: Schedule) -> Moment:
    """Returns the schedule's local time on a day, in UTC.

    Where the clock shows that time twice, the first one counts. Where it skips that time, the slot
    is as long after midnight as on any other day (PEP 495, fold 0).
    """
    return datetime.combine(day, schedule.at, schedule.timezone).astimezone(UTC)


def last_slot(schedule: Schedule, now: Moment) -> Moment:
    """Returns the latest slot at or before `now`; no slot lies in a pause."""
    return next(slot for slot in _slots(schedule, now, -1) if slot <= now)


def next_slot(schedule: Schedule, now: Moment) -> Moment:
    """Returns the first slot after `now`."""
    return next(slot for slot in _slots(schedule, now, 1) if slot > now)


def pauses_until(schedule: Schedule, now: Moment) -> Moment | None:
    """Returns the first slot after the current pause; None where there is no current pause.

    A pause lasts from midnight on its first day until that slot, in the schedule's time zone.
    """
    away = schedule.pause
    if away is None:
        return None
    if away.first and now.astimezone(schedule.timezone).date() < away.first:
        return None
    slot = _slot_after_pause(schedule)
    return slot if now < slot else None


@lru_cache(maxsize=1024)
def _slot_after_pause(schedule: Schedule) -> Moment:
    assert schedule.pause
    over = schedule.pause.last + timedelta(days=1)
    midnight = datetime.combine(over, time(), schedule.timezone).astimezone(UTC)
    return next_slot(schedule, midnight - timedelta(microseconds=1))


def _slots(schedule: Schedule, now: Moment, step: int) -> Iterator[Moment]:
    """Yields the slots around `now`, from a day before or after it, in the direction of `step`."""
    day = now.astimezone(schedule.timezone).date() - timedelta(days=2 * step)
    while True:
        if _is_chosen(day, schedule):
            yield slot_on(day, schedule)
        day += timedelta(days=step)


def _is_chosen(day: date, schedule: Schedule) -> bool:
    """Returns whether there is a slot on a day."""
    if day.weekday() not in schedule.days or (schedule.pause and day in schedule.pause):
        return False
    return not schedule.monthly or is_first_of_month(day, schedule.days)
