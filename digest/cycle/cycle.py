"""Runs one cycle: fetch, select, compose, deliver, record.

    subscriptions ─> changes of keywords and readers ───────────────┐
    store ─────────> digests that wait ─> deliver ─> outcomes ──────┤
    keywords ──────> fetch (arXiv or a file) ─> unseen papers ──────┼─> record ─> store
    readers ───────> compose ─> digests ────────────────────────────┤
                                   └──────────> deliver ─> outcomes ┘

A waiting digest is offered before anything newer. Events are on the disk before the next step
relies on them, so whenever the process dies, the next cycle continues from there.
"""

import logging
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from digest.clock import Clock, Moment
from digest.cycle.auditing import Auditing
from digest.cycle.composing import Composer, Digest
from digest.cycle.fetching import Fetcher
from digest.cycle.harvesting import Harvesting
from digest.cycle.offering import Bar, Offering
from digest.cycle.reconciling import reconcile
from digest.cycle.report import ACCEPTED, KeywordLine, Report, in_pause, refused_too_often
from digest.cycle.reporting import without
from digest.delivery.connection import MailServer
from digest.errors import MailRefusedError
from digest.model.subscriber import Subscriber, Subscriptions
from digest.stopping import Lifetime
from digest.store.events import Composed, EditionKept, MailTroubled, Served
from digest.store.recorder import Recorder
from digest.text import logfmt

log = logging.getLogger(__name__)

T = TypeVar("T")

_TEXT_AT_ONCE = 16 * 1024 * 1024
"""The most bytes of editions whose digests are made before they are sent."""


class Track(Protocol):
    """Passes items on, and shows the progress."""

    def __call__(self, things: Iterable[T], label: str, total: int) -> Iterator[T]:
        """Yields `things`, of which there are `total`."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """The task of a cycle: the addresses and keywords that it is for, None for all of them.

    A rehearsal composes and offers nothing. `preview` takes the address and the bytes of each
    message that is ready to be offered. With `slots` new digests are composed only for these
    addresses, and the slot of each is recorded with it. `announce` takes the digests of a first
    run, just before they are offered.
    """

    addresses: frozenset[str] | None = None
    keywords: tuple[str, ...] | None = None
    slots: Mapping[str, Moment] | None = None
    rehearsal: bool = False
    preview: Callable[[str, bytes], None] | None = None
    announce: Callable[[Sequence[Digest]], None] | None = None


@dataclass(frozen=True, slots=True)
class Cycle:
    """The parts that a cycle works with. `recorder` answers questions and records events.

    `under` is the fingerprint of the sender and the mail server (`digest.selection.pauses`). At
    most `at_once` digests are made before they are sent. `harvesting` is None where arXiv's API
    serves every keyword; `auditing` compares some keywords of a harvest with the API.
    """

    subscriptions: Subscriptions
    recorder: Recorder
    fetcher: Fetcher
    composer: Composer
    server: MailServer | None
    clock: Clock
    track: Track
    lifetime: Lifetime | None = None
    under: str = ""
    at_once: int = 10_000
    harvesting: Harvesting | None = None
    auditing: Auditing | None = None

    def run(self, wish: Wish) -> Report:
        """Runs the whole cycle once.

        A failure of arXiv or of the mail server is part of the report, and the other steps go on.

        Raises:
            StateError: an event cannot be recorded.
        """
        report = Report(dry_run=wish.rehearsal)
        language, now = self.composer.language, self.clock.now()
        reconcile(self.recorder, self.subscriptions, language, now, self.under)
        readers = self._readers(wish, report)
        bar = self._bar(readers)
        anew = self._offer_again(readers, wish, report, bar)
        self.fetch(wish.keywords, report)
        self._make_new(readers, anew, wish, report, bar)
        self._settle(report)
        if not wish.rehearsal and self.harvesting and self.auditing:
            known = self.recorder.known
            self.compare(self.auditing.turn(known, self.harvesting.evaluable))
        return report

    def compare(self, keywords: Iterable[str]) -> bool:
        """Compares keywords with arXiv's own search; returns whether arXiv answered each time."""
        assert self.auditing is not None
        names = list(keywords)
        every = self.track(names, "compare", len(names))
        return all(self.auditing.audit(self.recorder, name) for name in every)

    def mail(self, wish: Wish) -> Report:
        """Runs the steps of the cycle that do not need arXiv.

        Raises:
            StateError: an event cannot be recorded.
            StoppedError: the lifetime has ended; all events so far are recorded.
        """
        report = Report(dry_run=wish.rehearsal)
        readers = self._readers(wish, report)
        bar = self._bar(readers)
        anew = self._offer_again(readers, wish, report, bar)
        self._make_new(readers, anew, wish, report, bar)
        self._settle(report)
        return report

    def _readers(self, wish: Wish, report: Report) -> list[Subscriber]:
        """The readers that `wish` names, or all who do not pause; pauses are reported."""
        every, now = self.subscriptions.subscribers, self.clock.now()
        if wish.addresses is not None:
            return [reader for reader in every if reader.address_key in wish.addresses]
        known = self.recorder.known.reader
        lines = [
            in_pause(reader, now) or refused_too_often(reader, known(reader.address_key))
            for reader in every
        ]
        report.digests.extend(filter(None, lines))
        return [reader for reader, line in zip(every, lines, strict=True) if line is None]

    def _is_first_run(self) -> bool:
        """Returns whether no reader has been mailed anything yet."""
        return not any(record.mailed_at for _, record in self.recorder.known.readers())

    def _offering(self, wish: Wish) -> Offering:
        server = None if wish.rehearsal else self.server
        parts = (self.recorder, self.composer, server, self.clock, self.lifetime)
        return Offering(*parts, self.under)

    def _bar(self, readers: Sequence[Subscriber]) -> Bar:
        """Shows the progress of the round: a step for each waiting digest, and for each reader."""
        waiting = sum(bool(self._pending(reader)) for reader in readers)
        steps = len(readers) + waiting
        return iter(self.track(range(steps), "mail", steps))

    def _pending(self, reader: Subscriber) -> tuple[Composed, ...]:
        record = self.recorder.known.reader(reader.address_key)
        return record.pending if record else ()

    def _offer_again(
        self, readers: Sequence[Subscriber], wish: Wish, report: Report, bar: Bar
    ) -> frozenset[str]:
        """Offers the waiting digests; returns the addresses whose digest has to be made anew."""
        anew = self._offering(wish).take_back(readers)
        waiting = [reader for reader in readers if self._pending(reader)]
        for begin in range(0, len(waiting), self.at_once):
            self._send(waiting[begin : begin + self.at_once], wish, report, {}, bar)
        return anew

    def _make_new(
        self,
        readers: Sequence[Subscriber],
        anew: Container[str],
        wish: Wish,
        report: Report,
        bar: Bar,
    ) -> None:
        """Makes and offers the digests that are due now, and those that were withdrawn."""
        free = [
            reader
            for reader in readers
            if not (self._pending(reader) or self._is_paused(reader, wish))
            and (
                wish.slots is None or reader.address_key in wish.slots or reader.address_key in anew
            )
        ]
        told = len(report.digests)
        for digests in self.compose(free, wish, report):
            for _ in report.digests[told:]:  # the readers for whom no digest was made
                next(bar, None)
            self._send([d.subscriber for d in digests.values()], wish, report, digests, bar)
            told = len(report.digests)

    def _is_paused(self, reader: Subscriber, wish: Wish) -> bool:
        """Returns whether the last refusal has paused a reader whom `wish` does not name."""
        named = wish.addresses is not None and wish.slots is None
        record = self.recorder.known.reader(reader.address_key)
        return record is not None and record.paused and not named

    def _send(
        self,
        readers: Sequence[Subscriber],
        wish: Wish,
        report: Report,
        digests: Mapping[str, Digest],
        bar: Bar,
    ) -> None:
        """Shows and offers the waiting messages of these readers."""
        offering = self._offering(wish)
        if wish.preview:
            for reader in readers:
                for message in self._pending(reader):
                    wish.preview(reader.email, offering.envelope(message).data())
        if digests and not wish.rehearsal and self._is_first_run():
            papers = sum(digest.papers for digest in digests.values())
            log.info(logfmt("first-run", readers=len(digests), papers=papers))
            if wish.announce:
                wish.announce(list(digests.values()))
        offering.offer(readers, digests, report, bar)

    def fetch(self, chosen: Sequence[str] | None, report: Report) -> None:
        """Fetches the keywords: by one harvest where that serves, the others one by one."""
        wanted = None if chosen is None else set(chosen)
        names: Sequence[str] = [
            k.name for k in self.subscriptions.keywords if wanted is None or k.name in wanted
        ]
        if self.harvesting is not None:
            names = self.harvesting.fetch(self.recorder, names, report)
        for name in self.track(names, "arXiv", len(names)):
            fetch = self.fetcher.fetch(self.recorder.known, name, self.clock.now())
            self.recorder.append(fetch.event)
            line = KeywordLine(
                keyword=name,
                read=fetch.read,
                new=len(fetch.event.new),
                older=len(fetch.event.old),
                complete=fetch.event.complete,
                reason=fetch.event.reason,
                refused=fetch.refused,
            )
            report.read([line])
            log.log(logging.WARNING if line.reason else logging.INFO, line.logged)

    def compose(
        self, readers: Sequence[Subscriber], wish: Wish, report: Report
    ) -> Iterator[dict[str, Digest]]:
        """Composes and records digests of the papers that the readers have not had.

        Yields the digests by address, as many at once as may be in memory together.

        Raises:
            StoppedError: the lifetime has ended; the composed digests are recorded.
        """
        digests, editions = dict[str, Digest](), dict[str, int]()
        ledger = self.recorder.known
        groups = self.composer.compose(ledger, readers, wish.keywords, self.clock.now())
        for group, events in groups:
            self.recorder.append(*events, *_served(group, wish.slots or {}))
            for digest in group:
                if digest.composed:
                    digests[digest.subscriber.address_key] = digest
                else:
                    report.digests.append(without(ledger, digest.subscriber, wish.keywords))
            if self.lifetime:
                self.lifetime.go_on()
            editions |= {e.edition: len(e.body) for e in events if isinstance(e, EditionKept)}
            if len(digests) >= self.at_once or sum(editions.values()) >= _TEXT_AT_ONCE:
                yield digests
                digests, editions = {}, {}
        yield digests

    def _settle(self, report: Report) -> None:
        """Records a refusal of the mail server that is no reader's fault, or its end.

        The same refusal is recorded once.
        """
        reason = next((str(e) for e in report.failures if isinstance(e, MailRefusedError)), "")
        known = self.recorder.known.mail_trouble
        if not self.server or report.dry_run or reason == (known.reason if known else ""):
            return
        if reason or any(line.status == ACCEPTED for line in report.digests):
            self.recorder.append(MailTroubled(self.clock.now(), reason))


def _served(group: Sequence[Digest], slots: Mapping[str, Moment]) -> list[Served]:
    """The events for readers who have had their turn, if they have a slot."""
    keys = [digest.subscriber.address_key for digest in group]
    return [Served(key, slots[key]) for key in keys if key in slots]
