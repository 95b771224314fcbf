"""Decides what is due: whom to make a digest for, what to ask arXiv, what to offer again.

    store + configuration + calendar + the present ─> Due: what to do now, when to look again

A reader's digest is due at a *slot*: their local time on each of their days. What was served is
kept, so that a slot is served once whatever the clock does, and one that was missed is made up for
when the machine is back: the last one, with everything in it. In a reader's pause there are no
slots and nothing is offered; the first slot after it brings everything.

arXiv is asked for a keyword when a slot comes near that needs it, and its last complete fetch is
older than the last announcement. Where that fails it is asked again, less and less often, and the
digest waits for it; not for longer than `patience`, and not for a keyword that already failed for
the announcement before.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache, partial

from digest.announcements import Calendar
from digest.config import Subscriber, Subscriptions
from digest.daytimes import is_first_of_month
from digest.defaults import Schedule
from digest.ledger import Ledger
from digest.records import KeywordRecord, SubscriberRecord
from digest.times import Moment

_LEAD = timedelta(minutes=10)
_LEAD_EACH = timedelta(seconds=10)
"""So long before a slot arXiv is asked: for all, and for each keyword more."""

_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 20, 40, 60))
"""After the first failure, the second, ...; the last one after each further."""

_ANOTHER_CLOCK = timedelta(days=2)
"""A slot that was served so far in the future was so by a clock that was wrong."""

_TRIES = 4
"""After downtime `patience` may be over before arXiv was asked; so often it is asked then."""

_HOPELESS = 6
"""A keyword that never was complete, and failed so often, holds no digest up."""

_LONGEST = timedelta(hours=6)
"""To look again after so long costs nothing, and forgives a mistake."""


@dataclass(frozen=True, slots=True)
class Due:
    """What to do at one moment.

    `keywords` are to be asked for; `digests` maps addresses to the slot that is due; `again` are
    addresses whose waiting digest is to be offered; `look` is when to decide anew if nothing
    happens before. `next_digest` is the next slot to come with its reader, `next_fetch` the next
    moment at which arXiv will be asked if all goes well, `next_try` when a digest that waits is
    offered again; None where there is none.
    """

    keywords: tuple[str, ...]
    digests: Mapping[str, Moment]
    again: tuple[str, ...]
    look: Moment
    next_digest: tuple[Moment, str] | None
    next_fetch: Moment | None
    next_try: Moment | None = None

    @property
    def anything(self) -> bool:
        """Whether there is something to do now."""
        return bool(self.keywords or self.digests or self.again)


def slot_on(day: date, schedule: Schedule) -> Moment:
    """The schedule's local time on a day, in UTC.

    A time that comes twice on that day is taken the first time; one that does not exist comes as
    long after midnight as on any other day (PEP 495, fold 0).
    """
    return datetime.combine(day, schedule.at, schedule.timezone).astimezone(UTC)


def last_slot(schedule: Schedule, now: Moment) -> Moment:
    """The latest slot at or before `now`, which is no time in a pause."""
    return next(slot for slot in _slots(schedule, now, -1) if slot <= now)


def next_slot(schedule: Schedule, now: Moment) -> Moment:
    """The first slot after `now`."""
    return next(slot for slot in _slots(schedule, now, 1) if slot > now)


def pauses_until(schedule: Schedule, now: Moment) -> Moment | None:
    """The first slot after a pause that is in force; None where there is no such pause.

    It is in force from midnight on its first day until that slot, in the schedule's time zone.
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


def pause(failures: int) -> timedelta:
    """How long to wait after so many failures in a row."""
    return _PAUSES[min(failures, len(_PAUSES)) - 1] if failures else timedelta()


def unserved(record: SubscriberRecord | None, now: Moment) -> bool:
    """Whether it is not known what the reader was served: a new one, or by a clock that was wrong.

    Such a reader begins with the next slot.
    """
    return record is None or record.served is None or record.served > now + _ANOTHER_CLOCK


def due(ledger: Ledger, subscriptions: Subscriptions, now: Moment) -> Due:
    """What is to be done now.

    Args:
        ledger: what is known; keywords and readers of the configuration are in it.
        subscriptions: the configuration.
        now: the present.
    """
    decision = _Decision(ledger, subscriptions.calendar, subscriptions.patience, now)
    for alike in _alike(subscriptions.subscribers):
        decision.consider(alike)
    return decision.made(keyword.name for keyword in subscriptions.keywords)


def _alike(subscribers: Iterable[Subscriber]) -> Iterable[list[Subscriber]]:
    """The readers with one schedule and the same keywords; these are shared objects."""
    groups: dict[tuple[int, int], list[Subscriber]] = defaultdict(list)
    for subscriber in subscribers:
        groups[id(subscriber.schedule), id(subscriber.keywords)].append(subscriber)
    return groups.values()


class _Decision:
    """A decision in the making."""

    def __init__(
        self, ledger: Ledger, calendar: Calendar, patience: timedelta, now: Moment
    ) -> None:
        self._ledger = ledger
        self._patience = patience
        self._now = now
        self._lead = _LEAD + _LEAD_EACH * len(ledger.records.keywords)
        self._ask: dict[str, Moment] = {}
        self._digests: dict[str, Moment] = {}
        self._again: list[str] = []
        self._tries: list[Moment] = []
        self._looks: list[Moment] = [now + _LONGEST]
        self._coming: list[tuple[Moment, list[Subscriber]]] = []
        self._available = cache(calendar.available)
        self._last_slot = cache(partial(last_slot, now=now))
        self._next_slot = cache(partial(next_slot, now=now))
        self._holds = cache(self._holds_up)
        self._needed: set[tuple[str, Moment]] = set()

    def consider(self, alike: list[Subscriber]) -> None:
        """Decides about readers with one schedule and the same keywords, and what they need."""
        schedule, keywords = alike[0].schedule, alike[0].keywords
        coming = self._next_slot(schedule)
        self._coming.append((coming, alike))
        self._looks.append(coming)
        in_pause = pauses_until(schedule, self._now) is not None
        slot = coming if in_pause else self._last_slot(schedule)
        readers = self._ledger.records.subscribers
        missed: list[str] = []
        free: list[str] = []
        anyone = False
        for subscriber in alike:
            record = readers.get(subscriber.address_key)
            if record is None or unserved(record, self._now) or record.paused:
                continue
            anyone = True
            if in_pause:
                continue
            assert record.served is not None
            if slot > record.served:
                missed.append(subscriber.address_key)
                if record.pending is None:
                    free.append(subscriber.address_key)
            if record.pending is not None:
                late = slot if slot > record.served else None
                self._offer_again(subscriber.address_key, record, late)
        if anyone:
            self._need(keywords, coming)
        if missed:
            self._need(keywords, slot)
            if any(self._holds(keyword, slot) for keyword in keywords):
                self._looks.append(slot + self._patience)
            else:
                self._digests.update(dict.fromkeys(free, slot))

    def made(self, names: Iterable[str]) -> Due:
        """The decision."""
        asked = tuple(name for name in names if self._ask.get(name, self._looks[0]) <= self._now)
        later = [at for at in self._ask.values() if at > self._now]
        return Due(
            keywords=asked,
            digests=self._digests,
            again=tuple(self._again),
            look=min(at for at in (*self._looks, *later) if at > self._now),
            next_digest=self._first_coming(),
            next_fetch=min(later, default=None),
            next_try=min(self._tries, default=None),
        )

    def _first_coming(self) -> tuple[Moment, str] | None:
        """The next slot of all, and the first of its readers by address."""
        first = min((at for at, _ in self._coming), default=None)
        if first is None:
            return None
        readers = (one for at, alike in self._coming if at == first for one in alike)
        return first, min(reader.email for reader in readers)

    def _need(self, keywords: Iterable[str], slot: Moment) -> None:
        """Notes when to ask for keywords, so that they are complete at a slot."""
        for keyword in keywords:
            if (keyword, slot) not in self._needed:
                self._needed.add((keyword, slot))
                self._need_one(keyword, slot)

    def _need_one(self, keyword: str, slot: Moment) -> None:
        record = self._ledger.records.keywords[keyword]
        if not self._stale(record, slot):
            return
        wanted = max(slot - self._lead, self._available(slot))
        at = wanted
        if record.last_fetch is not None and wanted <= record.last_fetch <= self._now:
            at = record.last_fetch + pause(record.failures)
        self._ask[keyword] = min(self._ask.get(keyword, at), at)

    def _stale(self, record: KeywordRecord, slot: Moment) -> bool:
        """Whether the keyword may lack what was announced before a slot."""
        through = record.complete_through
        return through is None or through > self._now or through < self._available(slot)

    def _holds_up(self, keyword: str, slot: Moment) -> bool:
        """Whether a digest waits for a keyword: for `patience`, and for a few tries at least."""
        record = self._ledger.records.keywords[keyword]
        if not self._stale(record, slot) or self._hopeless(record, slot):
            return False
        tried = record.last_fetch is not None and record.last_fetch >= slot - self._lead
        return self._now < slot + self._patience or not tried or record.failures < _TRIES

    def _hopeless(self, record: KeywordRecord, slot: Moment) -> bool:
        """Whether it already failed for the announcement before, or was never complete at all."""
        if record.complete_through is None:
            return record.failures >= _HOPELESS
        before = self._available(self._available(slot) - timedelta(seconds=1))
        return record.failures > 0 and record.complete_through < before

    def _offer_again(self, key: str, record: SubscriberRecord, missed: Moment | None) -> None:
        """Notes when to offer what waits: after a pause that grows, and at each slot."""
        last = record.trouble.at if record.trouble else None
        if last is None or last > self._now or (missed and last < missed):
            self._again.append(key)
        elif record.pending_refusals == 0:
            at = last + pause(record.deferrals)
            if at <= self._now:
                self._again.append(key)
            else:
                self._looks.append(at)
                self._tries.append(at)


def _slots(schedule: Schedule, now: Moment, step: int) -> Iterator[Moment]:
    """Yields the slots around `now`, from a day before or after it, in the direction of `step`."""
    day = now.astimezone(schedule.timezone).date() - timedelta(days=2 * step)
    while True:
        if _is_chosen(day, schedule):
            yield slot_on(day, schedule)
        day += timedelta(days=step)


def _is_chosen(day: date, schedule: Schedule) -> bool:
    """Whether there is a slot on a day."""
    if day.weekday() not in schedule.days or (schedule.pause and day in schedule.pause):
        return False
    return not schedule.monthly or is_first_of_month(day, schedule.days)
