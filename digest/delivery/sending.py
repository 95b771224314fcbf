"""The state of one run of sending, and the consequences of each outcome.

outcome ─┬─ accepted ───────────────> recorded, with held refusals that are recipients' own
         ├─ refused ────────────────> the hearing: recorded, or held until its cause is known
         ├─ deferred ┬─ the recipient ──> recorded
         │           ├─ this connection is full ──> offered over another one
         │           └─ the server ──> sending slows down; offered again at the end
         └─ cut off ────────────────> offered again where the message was not sent
"""

import re
from dataclasses import dataclass
from enum import Enum

from digest.delivery.backoff import BackOff, Delay, delay_of
from digest.delivery.batching import Batching
from digest.delivery.dialogue import CLOSING
from digest.delivery.hearing import Hearing
from digest.delivery.supply import Supply
from digest.delivery.transaction import Envelope, Outcome
from digest.errors import DigestError, MailDeferredError, StoppedError

MESSAGES = 500
"""Messages for one connection where neither the settings nor the server name a limit."""

_EXIMS = 10
"""Messages for one connection to Exim. Exim accepts more with 250, but delivers them only with its
next queue run, half an hour later (`smtp_accept_queue_per_connection`)."""
_EXIM = re.compile(r"OK id=\w{6}-\w{6,11}-\w{2,4}")

_ANOTHER_MIGHT = (CLOSING, 452)
"""Reply codes of a server that may accept the message over another connection."""


class After(Enum):
    """The fate of the connection after an outcome."""

    GOES_ON = "it takes another message"
    LEFT = "it has had enough"
    BROKEN = "it ended, and no message of it has had a reply"


@dataclass(frozen=True, slots=True)
class Stopped:
    """The end of a run: no further message begins.

    Without a `reason` the hearing has it.
    """

    reason: DigestError | None


class Sending:
    """The state that all connections of a run share.

    Attributes:
        supply: the messages.
        back_off: the speed of sending.
        stopped: the reason why no further message begins; None while the run goes on.
        messages: the most messages for one connection.
    """

    def __init__(
        self,
        to: object,
        supply: Supply,
        batching: Batching,
        hearing: Hearing,
        *,
        connections: int,
        messages: int | None,
    ) -> None:
        self.supply = supply
        self.back_off = BackOff(connections)
        self.stopped: Stopped | None = None
        self.messages = messages or MESSAGES
        self._to = to
        self._batching = batching
        self._hearing = hearing
        self._may_learn = messages is None
        self._brought_back: set[str] = set()

    def stop(self, reason: DigestError | None = None) -> None:
        """Stops the run after the messages in flight; without a reason the hearing has it."""
        if self.stopped is None or isinstance(reason, StoppedError):
            self.stopped = Stopped(reason)

    def next(self) -> Envelope | None:
        """Returns the next message, None where there is none, or the run is stopped."""
        if self.stopped:
            return None
        envelope = self.supply.fresh()
        if envelope is None and (envelope := self.supply.again()):
            self.back_off.again()
        return envelope

    def begin(self) -> int:
        """Notes that a message is under way; returns the round in which it begins."""
        self._batching.begin()
        return self.back_off.round

    async def take(self, outcome: Outcome, number: int, begun_in: int) -> After:
        """Acts on an outcome; returns the fate of the connection.

        Args:
            outcome: the outcome of a message that was begun.
            number: how many messages had a reply over the same connection before.
            begun_in: the round in which the message was begun.

        Raises:
            The errors of recording it.
        """
        if outcome.accepted:
            await self._accepted(outcome)
        elif outcome.refused:
            await self._refused(outcome)
        elif not outcome.put_off:
            return await self._cut_off(outcome, first=not number)
        else:
            delay = delay_of(outcome.step, outcome.code, outcome.reply)
            if number and self._another_might(outcome, delay):
                return After.LEFT
            if outcome.cut_off and delay is Delay.BUSY:
                return await self._cut_off(outcome, first=not number)
            await self._put_off(outcome, delay, begun_in)
        return After.GOES_ON

    def finish(self) -> None:
        """Records held and deferred outcomes that are left; this is the last call."""
        self._batching.finish([*self.supply.put_off, *self._hearing.settle()])

    def why(self) -> DigestError | None:
        """Returns the reason why the run was stopped, None where it was not."""
        if self.stopped is None:
            return None
        return self.stopped.reason or next(self._hearing.failures(self._to))

    async def _accepted(self, outcome: Outcome) -> None:
        self.back_off.taken()
        if self._may_learn and _EXIM.fullmatch(outcome.reply):
            self.messages = min(self.messages, _EXIMS)
        own = self._hearing.accepted()
        for _ in own:
            self._batching.begin()
        await self._store(outcome, *own)

    async def _refused(self, outcome: Outcome) -> None:
        known = self._hearing.refused(outcome)
        if self._hearing.enough:
            self.stop()
        await self._store(*known)

    async def _store(self, *outcomes: Outcome) -> None:
        """Records outcomes, and waits until they are durable."""
        stored = [self._batching.batch(outcome) for outcome in outcomes]
        if not stored:
            self._batching.drop()
        for each in stored:
            await each

    def _another_might(self, outcome: Outcome, delay: Delay) -> bool:
        """Gives the message to another connection where that may accept it; returns whether so.

        OpenSMTPD replies 452 to the 101st message of a connection, and leaves it open.
        """
        if outcome.code not in _ANOTHER_MIGHT or delay in (Delay.READER, Delay.DAY):
            return False
        self.supply.give_back(outcome.envelope)
        self._batching.drop()
        return True

    async def _put_off(self, outcome: Outcome, delay: Delay, begun_in: int) -> None:
        """Has a deferred message offered again at the end of the run, or records the deferral.

        The deferral is recorded where it concerns the recipient, or the account's daily quota.
        """
        words = f"{outcome.code} {outcome.reply}"
        if delay is Delay.DAY:
            self.stop(MailDeferredError(f"{self._to} takes no more for now: {words}"))
        self.back_off.put_off(delay, begun_in)
        if self.back_off.enough:
            times = self.back_off.times
            self.stop(
                MailDeferredError(
                    f"{self._to} said {times} times in a row that it is busy, the last time "
                    f"with: {words}; what is left waits for the next run"
                )
            )
        if delay in (Delay.READER, Delay.DAY) or not self.supply.later(outcome):
            await self._store(outcome)
        else:
            self._batching.drop()

    async def _cut_off(self, outcome: Outcome, *, first: bool) -> After:
        """Records that the connection ended, or offers a message again that was not sent.

        A connection may end after other messages; that does not count against this message.
        """
        key = outcome.envelope.key
        if outcome.uncertain or (first and key in self._brought_back):
            await self._store(outcome)
        else:
            self.supply.give_back(outcome.envelope)
            if first:
                self._brought_back.add(key)
            self._batching.drop()
        return After.BROKEN if first else After.LEFT
