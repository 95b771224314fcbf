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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial

from digest.clock import Moment
from digest.model.announcements import Calendar
from digest.model.subscriber import Subscriber, Subscriptions
from digest.service.slots import last_slot, next_slot, pauses_until
from digest.store.known import Known
from digest.store.records import KeywordRecord, SubscriberRecord

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
    offered again; None where there is none. `held` digests are late, since they wait for arXiv, the
    last of them until `held_until` unless arXiv was not asked often enough by then.
    """

    keywords: tuple[str, ...]
    digests: Mapping[str, Moment]
    again: tuple[str, ...]
    look: Moment
    next_digest: tuple[Moment, str] | None
    next_fetch: Moment | None
    next_try: Moment | None = None
    held: int = 0
    held_until: Moment | None = None

    @property
    def anything(self) -> bool:
        """Whether there is something to do now."""
        return bool(self.keywords or self.digests or self.again)


def pause(failures: int) -> timedelta:
    """How long to wait after so many failures in a row."""
    return _PAUSES[min(failures, len(_PAUSES)) - 1] if failures else timedelta()


def unserved(record: SubscriberRecord | None, now: Moment) -> bool:
    """Whether it is not known what the reader was served: a new one, or by a clock that was wrong.

    Such a reader begins with the next slot.
    """
    return record is None or record.served is None or record.served > now + _ANOTHER_CLOCK


def due(ledger: Known, subscriptions: Subscriptions, now: Moment) -> Due:
    """What is to be done now.

    Args:
        ledger: what is known; keywords and readers of the configuration are in it.
        subscriptions: the configuration.
        now: the present.
    """
    decision = _Decision(ledger, subscriptions.calendar, subscriptions.patience, now)
    for alike in _alike(
        one for one in subscriptions.subscribers if not _paused(ledger.reader(one.address_key))
    ):
        decision.consider(alike)
    return decision.made(keyword.name for keyword in subscriptions.keywords)


def held_by(
    ledger: Known, subscriptions: Subscriptions, reader: Subscriber, slot: Moment, now: Moment
) -> tuple[str, ...]:
    """The keywords for which a reader's digest, due at a slot, still waits."""
    decision = _Decision(ledger, subscriptions.calendar, subscriptions.patience, now)
    return decision.holding(reader.keywords, slot)


def _alike(subscribers: Iterable[Subscriber]) -> Iterable[list[Subscriber]]:
    """The readers with one schedule and the same keywords; these are shared objects."""
    groups: dict[tuple[int, int], list[Subscriber]] = defaultdict(list)
    for subscriber in subscribers:
        groups[id(subscriber.schedule), id(subscriber.keywords)].append(subscriber)
    return groups.values()


class _Decision:
    """A decision in the making."""

    def __init__(self, ledger: Known, calendar: Calendar, patience: timedelta, now: Moment) -> None:
        self._ledger = ledger
        self._patience = patience
        self._now = now
        self._lead = _LEAD + _LEAD_EACH * len(ledger.keywords())
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
        self._held = 0
        self._held_until: Moment | None = None

    def consider(self, alike: list[Subscriber]) -> None:
        """Decides about readers with one schedule and the same keywords, and what they need."""
        schedule, keywords = alike[0].schedule, alike[0].keywords
        coming = self._next_slot(schedule)
        self._coming.append((coming, alike))
        self._looks.append(coming)
        in_pause = pauses_until(schedule, self._now) is not None
        slot = coming if in_pause else self._last_slot(schedule)
        missed: list[str] = []
        free: list[str] = []
        anyone = False
        for subscriber in alike:
            record = self._ledger.reader(subscriber.address_key)
            if record is None or unserved(record, self._now):
                continue
            anyone = True
            if in_pause:
                continue
            assert record.served is not None
            if slot > record.served:
                missed.append(subscriber.address_key)
                if not record.pending:
                    free.append(subscriber.address_key)
            if record.pending:
                late = slot if slot > record.served else None
                self._offer_again(subscriber.address_key, record, late)
        if anyone:
            self._need(keywords, coming)
        if missed:
            self._need(keywords, slot)
            if self.holding(keywords, slot):
                until = slot + self._patience
                self._looks.append(until)
                self._held += len(free)
                self._held_until = max(until, self._held_until or until)
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
            held=self._held,
            held_until=self._held_until,
        )

    def holding(self, keywords: Iterable[str], slot: Moment) -> tuple[str, ...]:
        """Those of the keywords that hold a digest up which is due at a slot."""
        return tuple(keyword for keyword in keywords if self._holds(keyword, slot))

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
        record = self._ledger.open_keyword(keyword)
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
        record = self._ledger.open_keyword(keyword)
        if not self._stale(record, slot) or self._hopeless(record, slot):
            return False
        tried = record.last_fetch is not None and record.last_fetch >= slot - self._lead
        return self._now < slot + self._patience or not tried or record.failures < _TRIES

    def _hopeless(self, record: KeywordRecord, slot: Moment) -> bool:
        """Whether it already failed for the announcement before, or was never complete at all.

        An index that stands still holds nobody up either: it may do so for days.
        """
        if record.still:
            return True
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


def _paused(record: SubscriberRecord | None) -> bool:
    return record is not None and record.paused
