"""One run of sending: the messages, the state it is in, and what each outcome leads to.

outcome ─┬─ accepted ───────────────> recorded, with the refusals that are readers' own
         ├─ refused ────────────────> the hearing: recorded, or held until it is known whose
         ├─ put off ─┬─ the reader ──> recorded
         │           ├─ this connection has had enough ──> offered over another one
         │           └─ the server ──> more slowly, and offered again at the end
         └─ cut off ────────────────> offered again where nothing was given away
"""

import re
from dataclasses import dataclass
from enum import Enum

from digest.delivery.backoff import BackOff, Delay, delay_of
from digest.delivery.batching import Gathering
from digest.delivery.dialogue import CLOSING
from digest.delivery.hearing import Hearing
from digest.delivery.supply import Supply
from digest.delivery.transaction import Envelope, Outcome
from digest.errors import DigestError, MailDeferredError, StoppedError

MESSAGES = 500
"""So many messages go over one connection where neither the settings nor the server say another."""

_EXIMS = 10
"""What Exim takes after so many messages of a connection it keeps for its next queue run, half an
hour later (`smtp_accept_queue_per_connection`), though it says 250."""
_EXIM = re.compile(r"OK id=\w{6}-\w{6,11}-\w{2,4}")

_ANOTHER_MIGHT = (CLOSING, 452)
"""Codes of a server that has had enough of this connection, and not of us."""


class After(Enum):
    """What becomes of the connection after an outcome."""

    GOES_ON = "it takes another message"
    LEFT = "it has had enough"
    BROKEN = "it ended, and no message of it has had a reply"


@dataclass(frozen=True, slots=True)
class Stopped:
    """No further message is begun. Without a `reason` it is what the server said of the sender."""

    reason: DigestError | None


class Sending:
    """The state that all connections of a run share.

    Attributes:
        supply: the messages.
        back_off: how fast to go on.
        stopped: that no further message is begun, and why; None while it goes on.
        messages: how many go over one connection.
    """

    def __init__(
        self,
        to: object,
        supply: Supply,
        gathering: Gathering,
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
        self._gathering = gathering
        self._hearing = hearing
        self._may_learn = messages is None
        self._brought_back: set[str] = set()

    def stop(self, reason: DigestError | None = None) -> None:
        """Has no further message begun; without a reason it is the hearing that has one."""
        if self.stopped is None or isinstance(reason, StoppedError):
            self.stopped = Stopped(reason)

    def next(self) -> Envelope | None:
        """The next message, None where there is none, or none is to be begun."""
        if self.stopped:
            return None
        envelope = self.supply.fresh()
        if envelope is None and (envelope := self.supply.again()):
            self.back_off.again()
        return envelope

    def begin(self) -> int:
        """A message is under way from now on; returns the round that it was begun in."""
        self._gathering.begin()
        return self.back_off.round

    async def take(self, outcome: Outcome, number: int, begun_in: int) -> After:
        """Does what follows from an outcome; returns what becomes of the connection.

        Args:
            outcome: that of a message which was begun.
            number: how many messages had a reply over the same connection before.
            begun_in: the round of that time.

        Raises:
            What recording it raises.
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
        """Records what was held, or put off and not offered again; nothing comes after it."""
        self._gathering.finish([*self.supply.put_off, *self._hearing.settle()])

    def why(self) -> DigestError | None:
        """Why it was stopped, None where it was not."""
        if self.stopped is None:
            return None
        return self.stopped.reason or next(self._hearing.failures(self._to))

    async def _accepted(self, outcome: Outcome) -> None:
        self.back_off.taken()
        if self._may_learn and _EXIM.fullmatch(outcome.reply):
            self.messages = min(self.messages, _EXIMS)
        own = self._hearing.accepted()
        for _ in own:
            self._gathering.begin()
        await self._keep(outcome, *own)

    async def _refused(self, outcome: Outcome) -> None:
        known = self._hearing.refused(outcome)
        if self._hearing.enough:
            self.stop()
        await self._keep(*known)

    async def _keep(self, *outcomes: Outcome) -> None:
        """Waits until the outcomes of a message, or of several, are recorded."""
        recorded = [self._gathering.keep(outcome) for outcome in outcomes]
        if not recorded:
            self._gathering.drop()
        for each in recorded:
            await each

    def _another_might(self, outcome: Outcome, delay: Delay) -> bool:
        """Whether another connection may take the message: this one has taken others.

        OpenSMTPD says 452 to the 101st message of a connection, and leaves it open.
        """
        if outcome.code not in _ANOTHER_MIGHT or delay in (Delay.READER, Delay.DAY):
            return False
        self.supply.give_back(outcome.envelope)
        self._gathering.drop()
        return True

    async def _put_off(self, outcome: Outcome, delay: Delay, begun_in: int) -> None:
        """Has a message that was put off offered again at the end, or records that it was.

        It is recorded where it is the reader who is put off, or the whole account for the day.
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
            await self._keep(outcome)
        else:
            self._gathering.drop()

    async def _cut_off(self, outcome: Outcome, *, first: bool) -> After:
        """Records that a connection ended with a message, or has one offered again that is ours.

        That a connection ends which has served others before is not held against the message.
        """
        key = outcome.envelope.key
        if outcome.uncertain or (first and key in self._brought_back):
            await self._keep(outcome)
        else:
            self.supply.give_back(outcome.envelope)
            if first:
                self._brought_back.add(key)
            self._gathering.drop()
        return After.BROKEN if first else After.LEFT
