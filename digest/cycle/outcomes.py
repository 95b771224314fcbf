"""What became of messages, recorded and told: for the store an event, for the log a line."""

import logging
from collections.abc import Sequence

from digest.clock import Clock, Moment
from digest.delivery.meaning import Concern
from digest.delivery.transaction import Outcome
from digest.store.events import AcceptedTogether, Deferred, Event, Refused
from digest.store.recorder import Recorder
from digest.text import Line, logfmt, together

log = logging.getLogger(__name__)


NOT_OFFERED = -1
"""Stands for the reply code of a message that the server never came to."""


class Outcomes:
    """The outcomes of one delivery, by the store's name of the reader.

    `under` is the fingerprint of the sender and the server that the messages are offered under.
    """

    def __init__(self, recorder: Recorder, clock: Clock, *, under: str = "") -> None:
        self.by_reader: dict[str, Outcome] = {}
        self._recorder = recorder
        self._clock = clock
        self._under = under
        self._untold: list[Outcome] = []

    def record(self, came: Sequence[Outcome]) -> None:
        """Records outcomes that came together, all or none; `tell` is to follow.

        StateError where they cannot be recorded.
        """
        self.keep(came)
        self._untold += came

    def tell(self) -> None:
        """Has the log say what became of the messages that were recorded since the last time."""
        untold, self._untold = self._untold, []
        if taken := [_offered(outcome) for outcome in untold if outcome.accepted]:
            log.info(together(taken))
        for outcome in untold:
            if not outcome.accepted and outcome.concern is Concern.READER:  # else it is told once
                log.warning(_offered(outcome))

    def keep(self, came: Sequence[Outcome]) -> None:
        """The same without a word of each: for messages that the server never came to."""
        now = self._clock.now()
        self._recorder.record(*self._events(came, now))
        for outcome in came:
            self.by_reader[outcome.envelope.key] = outcome

    def _events(self, came: Sequence[Outcome], at: Moment) -> list[Event]:
        """The events of these outcomes: one of all that were accepted, one of each other.

        Of a message that is refused it matters whether it may have been taken before. A refusal
        that does not concern the reader is kept as a deferral: everything waits.
        """
        taken: list[tuple[str, str, str]] = []
        happened: list[Event] = []
        for outcome in came:
            envelope, code, reply = outcome.envelope, outcome.code, outcome.reply
            key, message_id = envelope.key, envelope.message_id
            if outcome.accepted:
                taken.append((key, message_id, reply))
            elif outcome.refused and outcome.concern is Concern.READER:
                waited = self._recorder.known.known_reader(key).uncertain
                happened.append(Refused(key, message_id, at, code, reply, waited, self._under))
            else:
                offered, code, lost = code != NOT_OFFERED, max(0, code), outcome.uncertain
                happened.append(Deferred(key, message_id, at, code, reply, offered, lost))
        return [AcceptedTogether(at, tuple(taken)), *happened] if taken else happened


def _offered(outcome: Outcome) -> Line:
    recipient, reply = outcome.envelope.recipient, outcome.reply
    if outcome.accepted:
        return logfmt("accepted", recipient=recipient, reply=reply)
    return logfmt(
        "refused" if outcome.refused else "deferred",
        recipient=recipient,
        code=outcome.code or "none",
        reply=reply,
    )
