"""Offers the waiting messages to the mail server, and records their outcomes.

    waiting ─┬─> the sender has changed, and no server has the message ─> withdrawn, made anew
             └─> first message of each digest ─> outcomes ─> the next one, where it was accepted

The messages of one digest go out one after the other: the second is offered after the first was
accepted.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from digest.clock import Clock
from digest.cycle.composing import Composer, Digest
from digest.cycle.envelopes import spliced
from digest.cycle.outcomes import NOT_OFFERED, Outcomes
from digest.cycle.precedents import Precedents
from digest.cycle.report import DigestLine, Report
from digest.cycle.reporting import line_of, with_outcome
from digest.delivery.connection import MailServer
from digest.delivery.dispatch import dispatch
from digest.delivery.hearing import Hearing
from digest.delivery.transaction import Envelope, Outcome
from digest.errors import MailDeferredError, MailRefusedError
from digest.model.subscriber import Subscriber
from digest.stopping import Lifetime
from digest.store.events import Composed, DeliveryBegun, DeliveryEnded, EditionKept, Withdrawn
from digest.store.recorder import Recorder

Bar = Iterator[object]
"""A progress bar: each `next` is one step, and a step too many does no harm."""


@dataclass(frozen=True, slots=True)
class Offering:
    """Offers messages. Without a `server` it offers none, and reports those it would send.

    `under` is the fingerprint of the sender and the mail server (`digest.selection.pauses`).
    """

    recorder: Recorder
    composer: Composer
    server: MailServer | None
    clock: Clock
    lifetime: Lifetime | None = None
    under: str = ""

    def pending(self, reader: Subscriber) -> tuple[Composed, ...]:
        """The messages that wait for a reader, in order."""
        record = self.recorder.known.reader(reader.address_key)
        return record.pending if record else ()

    def take_back(self, readers: Sequence[Subscriber]) -> frozenset[str]:
        """Withdraws messages of a former sender; returns the addresses they were for.

        A message that a server may have accepted stays unchanged, so that it cannot come twice.
        """
        known, now = self.recorder.known, self.clock.now()
        waiting = [reader for reader in readers if self.pending(reader)]
        if waiting and known.delivering:  # a process died: any of these may be accepted
            self.recorder.append(DeliveryBegun(now), DeliveryEnded(now))
        outdated = [
            reader.address_key
            for reader in waiting
            if not known.known_reader(reader.address_key).uncertain
            and self._is_outdated(self.pending(reader)[0])
        ]
        self.recorder.append(*map(Withdrawn, outdated))
        return frozenset(outdated)

    def _is_outdated(self, message: Composed) -> bool:
        made_for = self._text(message).signature
        return bool(made_for) and made_for != self.composer.signature

    def _text(self, message: Composed) -> EditionKept:
        """The text of a waiting message; the store holds it as long as the message waits."""
        text = self.recorder.known.edition(message.edition)
        assert text
        return text

    def offer(
        self, readers: Sequence[Subscriber], digests: Mapping[str, Digest], report: Report, bar: Bar
    ) -> None:
        """Offers the waiting messages of these readers; adds a line for each reader to the report.

        `digests` are the digests that were made in this cycle, by address.

        Raises:
            StateError: an event cannot be recorded.
            StoppedError: the lifetime has ended.
        """
        turn = [reader for reader in readers if self.pending(reader)]
        lines: dict[str, DigestLine] = {}
        for reader in turn:
            key = reader.address_key
            lines[key] = line_of(reader, self.pending(reader), digests.get(key))
        while self.server and turn:
            envelopes = [self.envelope(self.pending(reader)[0]) for reader in turn]
            outcomes = self._deliver(self.server, envelopes, report, bar)
            for key, outcome in outcomes.items():
                lines[key] = with_outcome(lines[key], outcome)
            accepted = [reader for reader in turn if outcomes[reader.address_key].accepted]
            turn = [reader for reader in accepted if self.pending(reader)]
        report.digests.extend(lines.values())

    def _deliver(
        self, server: MailServer, envelopes: Sequence[Envelope], report: Report, bar: Bar
    ) -> dict[str, Outcome]:
        """The outcome of each message; a message that the server did not come to is deferred."""
        outcomes = Outcomes(self.recorder, self.clock, under=self.under)
        if not report.given_up:
            hearing = Hearing(Precedents(self.recorder.known))
            self.recorder.append(DeliveryBegun(self.clock.now()))
            try:
                dispatch(
                    server,
                    _counted(self._in_turn(envelopes), bar),
                    outcomes.store,
                    tell=outcomes.tell,
                    pause=self._pause,
                    lifetime=self.lifetime,
                    hearing=hearing,
                )
            except (MailDeferredError, MailRefusedError) as error:
                report.give_up(error)
            self.recorder.append(DeliveryEnded(self.clock.now()))
            report.add(hearing.failures(server))
        left = [envelope for envelope in envelopes if envelope.key not in outcomes.by_reader]
        outcomes.store_silently([Outcome(one, NOT_OFFERED, str(report.given_up)) for one in left])
        return outcomes.by_reader

    def _in_turn(self, envelopes: Sequence[Envelope]) -> list[Envelope]:
        """The envelopes in order: messages with fewer unsuccessful offers come first.

        So a difficult message does not delay others. Messages of one edition follow one another:
        its bytes are prepared once.
        """
        reader = self.recorder.known.known_reader
        return sorted(envelopes, key=lambda one: (reader(one.key).in_vain, one.edition))

    async def _pause(self, seconds: float) -> None:
        """Waits for a number of seconds, one by one, so that the process can stop in between."""
        while seconds > 0 and not (self.lifetime and self.lifetime.stopping):
            await asyncio.to_thread(self.clock.sleep, min(1.0, seconds))
            seconds -= 1.0

    def envelope(self, message: Composed) -> Envelope:
        """A waiting message, ready to be offered under the present reverse-path."""
        kept = self._text(message)
        return Envelope(
            key=message.address,
            message_id=message.message_id,
            sender=self.composer.sender.reverse_path,
            recipient=message.recipient,
            edition=message.edition,
            parts=partial(spliced, message.head, kept.head, kept.body),
        )


def _counted(envelopes: Iterable[Envelope], bar: Bar) -> Iterator[Envelope]:
    """Yields the envelopes, with a step of the bar for each."""
    for envelope in envelopes:
        next(bar, None)
        yield envelope
