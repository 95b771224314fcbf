"""Decides which work is due: digests to make, keywords to ask arXiv for, digests to offer again.

    store + configuration + calendar + the present ─> Due: work to do now, time of the next decision

A reader's digest is due at a *slot*: their local time on each of their days. The store records the
last slot that was served. So each slot is served once, even where the clock is set. After downtime
one digest makes up for all missed slots. In a reader's pause there are no slots and nothing is
offered; the first slot after it brings everything.

arXiv is asked for a keyword shortly before a slot that needs it, where the last complete fetch is
older than the last announcement; one harvest may serve all keywords at that time. After a failure
arXiv is asked again, less and less often, and the digest waits. It does not wait longer than
`patience`, and it does not wait for a keyword that already failed for the announcement before.
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
_LEAD_HARVEST = timedelta(minutes=20)
_LEAD_MOST = timedelta(hours=3)
"""The time before a slot at which arXiv is asked: a fixed part, a part for each keyword that the
API serves, and a part for the harvest that serves all others; the whole is three hours at most."""

_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 20, 40, 60))
"""Pauses after the first failure, the second, and so on; the last one stays."""

_ANOTHER_CLOCK = timedelta(days=2)
"""A served slot that is further in the future than this comes from a wrong clock."""

_TRIES = 4
"""Tries before a digest goes out without a keyword; after downtime `patience` may be over early."""

_HOPELESS = 6
"""Failures after which a keyword that was never complete delays no digest."""

_LONGEST = timedelta(hours=6)
"""Most time between two decisions; a further decision costs little."""


@dataclass(frozen=True, slots=True)
class Due:
    """The work that is due at one moment, and the next moments.

    `keywords` are the keywords to ask arXiv for. `digests` maps addresses to the slot that is due.
    `again` holds addresses whose waiting digest should be offered. `look` is the time of the next
    decision. `next_digest` is the next slot with its reader, `next_fetch` the next time at which
    arXiv is asked, and `next_try` the next offer of a waiting digest; each is None where there is
    none. `held` digests are late, since they wait for arXiv. The last of them waits until
    `held_until`, or longer where arXiv was not asked often enough by then.
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
        """Returns whether there is work to do now."""
        return bool(self.keywords or self.digests or self.again)


def pause(failures: int) -> timedelta:
    """Returns the pause after a number of failures in a row."""
    return _PAUSES[min(failures, len(_PAUSES)) - 1] if failures else timedelta()


def unserved(record: SubscriberRecord | None, now: Moment) -> bool:
    """Returns whether the reader has no valid last slot: a new reader, or one after a wrong clock.

    Such a reader begins with the next slot.
    """
    return record is None or record.served is None or record.served > now + _ANOTHER_CLOCK


def due(ledger: Known, subscriptions: Subscriptions, now: Moment) -> Due:
    """Returns the work that is due now.

    Args:
        ledger: what is known; keywords and readers of the configuration are in it.
        subscriptions: the configuration.
        now: the present.
    """
    decision = _Decision(ledger, subscriptions.calendar, subscriptions.patience, now)
    for group in _groups(
        one for one in subscriptions.subscribers if not _paused(ledger.reader(one.address_key))
    ):
        decision.consider(group)
    return decision.made(keyword.name for keyword in subscriptions.keywords)


def held_by(
    ledger: Known, subscriptions: Subscriptions, reader: Subscriber, slot: Moment, now: Moment
) -> tuple[str, ...]:
    """Returns the keywords that a reader's digest, due at a slot, still waits for."""
    decision = _Decision(ledger, subscriptions.calendar, subscriptions.patience, now)
    return decision.holding(reader.keywords, slot)


def _groups(subscribers: Iterable[Subscriber]) -> Iterable[list[Subscriber]]:
    """Groups the readers with the same schedule and keywords, which are shared objects."""
    groups: dict[tuple[int, int], list[Subscriber]] = defaultdict(list)
    for subscriber in subscribers:
        groups[id(subscriber.schedule), id(subscriber.keywords)].append(subscriber)
    return groups.values()


class _Decision:
    """Collects one decision, group by group of readers."""

    def __init__(self, ledger: Known, calendar: Calendar, patience: timedelta, now: Moment) -> None:
        self._ledger = ledger
        self._patience = patience
        self._now = now
        self._lead = _lead(record for _, record in ledger.keywords())
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

    def consider(self, group: list[Subscriber]) -> None:
        """Decides about a group of readers with the same schedule and keywords."""
        schedule, keywords = group[0].schedule, group[0].keywords
        coming = self._next_slot(schedule)
        self._coming.append((coming, group))
        self._looks.append(coming)
        in_pause = pauses_until(schedule, self._now) is not None
        slot = coming if in_pause else self._last_slot(schedule)
        missed: list[str] = []
        free: list[str] = []
        anyone = False
        for subscriber in group:
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
        """Returns the decision."""
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
        """Returns those of the keywords that delay a digest due at a slot."""
        return tuple(keyword for keyword in keywords if self._holds(keyword, slot))

    def _first_coming(self) -> tuple[Moment, str] | None:
        """Returns the next slot of all readers, and the first of its readers by address."""
        first = min((at for at, _ in self._coming), default=None)
        if first is None:
            return None
        readers = (one for at, group in self._coming if at == first for one in group)
        return first, min(reader.email for reader in readers)

    def _need(self, keywords: Iterable[str], slot: Moment) -> None:
        """Notes when to ask arXiv for keywords, so that they are complete at a slot."""
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
        """Returns whether the keyword may lack papers that were announced before a slot."""
        through = record.complete_through
        return through is None or through > self._now or through < self._available(slot)

    def _holds_up(self, keyword: str, slot: Moment) -> bool:
        """Returns whether a digest waits for a keyword: for `patience`, and some tries at least."""
        record = self._ledger.open_keyword(keyword)
        if not self._stale(record, slot) or self._hopeless(record, slot):
            return False
        tried = record.last_fetch is not None and record.last_fetch >= slot - self._lead
        return self._now < slot + self._patience or not tried or record.failures < _TRIES

    def _hopeless(self, record: KeywordRecord, slot: Moment) -> bool:
        """Returns whether a keyword failed for the announcement before, or was never complete.

        An index that stands still may do so for days, so it delays no digest either.
        """
        if record.still:
            return True
        if record.complete_through is None:
            return record.failures >= _HOPELESS
        before = self._available(self._available(slot) - timedelta(seconds=1))
        return record.failures > 0 and record.complete_through < before

    def _offer_again(self, key: str, record: SubscriberRecord, missed: Moment | None) -> None:
        """Notes when to offer a waiting digest: after a growing pause, and at each slot."""
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


def _lead(records: Iterable[KeywordRecord]) -> timedelta:
    """Returns the time before a slot at which arXiv is asked."""
    here = [record.here for record in records]
    harvest = _LEAD_HARVEST if any(here) else timedelta()
    return min(_LEAD + harvest + _LEAD_EACH * here.count(False), _LEAD_MOST)


def _paused(record: SubscriberRecord | None) -> bool:
    return record is not None and record.paused
