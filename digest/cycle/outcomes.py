"""Stores the outcomes of messages as events, and writes a line of the log for each."""

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
"""The reply code that stands for a message which the server did not come to."""


class Outcomes:
    """The outcomes of one delivery, by the reader's canonical address.

    `under` is the fingerprint of the sender and the server that the messages are offered under.
    """

    def __init__(self, recorder: Recorder, clock: Clock, *, under: str = "") -> None:
        self.by_reader: dict[str, Outcome] = {}
        self._recorder = recorder
        self._clock = clock
        self._under = under
        self._unlogged: list[Outcome] = []

    def store(self, came: Sequence[Outcome]) -> None:
        """Stores outcomes that came together, all or none; a later `tell` logs them.

        StateError where they cannot be recorded.
        """
        self.store_silently(came)
        self._unlogged += came

    def tell(self) -> None:
        """Logs the outcomes that were stored since the last call."""
        unlogged, self._unlogged = self._unlogged, []
        if taken := [_offered(outcome) for outcome in unlogged if outcome.accepted]:
            log.info(together(taken))
        for outcome in unlogged:
            if not outcome.accepted and outcome.concern is Concern.READER:  # others share one line
                log.warning(_offered(outcome))

    def store_silently(self, came: Sequence[Outcome]) -> None:
        """Stores outcomes that `tell` does not log: of messages that the server did not come to."""
        now = self._clock.now()
        self._recorder.append(*self._events(came, now))
        for outcome in came:
            self.by_reader[outcome.envelope.key] = outcome

    def _events(self, came: Sequence[Outcome], at: Moment) -> list[Event]:
        """The events of these outcomes: one for all accepted messages, and one for each other.

        The event of a refusal says whether the message may have been accepted before. A refusal
        that does not concern the reader is stored as a deferral: all messages wait.
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
