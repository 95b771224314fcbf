"""Hands many messages to the mail server over a few connections.

    messages ─> supply ─> connection ─> outcome ─> recorded ─> the next message
                  ^  └──> connection ─> ...
                  └──────── a message that a connection took down with it, once

What the server said is recorded before the same connection takes its next message: a process that
dies has at most one message a connection whose fate is not known.

A connection that ends before its message was given away costs nothing: the message goes to the next
connection. A message that was given away without a reply is left for the next run, where it is
offered again unchanged. Who is cut off several times in a row, with no reply to any message in
between, opens no connection any more.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator

from digest.delivery import Envelope, MailServer, Outcome, connected, offer
from digest.errors import DigestError, MailDeferredError, StoppedError
from digest.lifetime import Lifetime

_IN_A_ROW = 3
"""So many connections may end badly one after the other, where no other one goes well."""

_GRACE = 7.0
"""Seconds for what is in flight when the process is told to stop."""
_BEAT = 0.2

Pause = Callable[[float], Awaitable[None]]
"""Lets seconds pass."""


def dispatch(
    server: MailServer,
    envelopes: Iterator[Envelope],
    record: Callable[[Outcome], None],
    *,
    pause: Pause = asyncio.sleep,
    lifetime: Lifetime | None = None,
) -> None:
    """Offers every message to the server, telling `record` the outcome of each as it comes.

    When the `lifetime` ends, what is in flight has a few seconds to come to an outcome.

    Raises:
        MailRefusedError: the server does not let us in, or not safely: nothing was offered since.
        MailDeferredError: it is away, or went away: what has no outcome yet was not offered.
        StoppedError: the lifetime has ended; what has no outcome yet may be in flight.
        Whatever `record` raises; messages in flight at that moment have no outcome.
    """
    asyncio.run(_Dispatch(server, envelopes, record, pause).run(lifetime))


class _Dispatch:
    """One run of `dispatch`: the supply of messages that the connections share."""

    def __init__(
        self,
        server: MailServer,
        supply: Iterator[Envelope],
        record: Callable[[Outcome], None],
        pause: Pause,
    ) -> None:
        self._server = server
        self._supply = supply
        self._returned: list[Envelope] = []
        self._brought_back: set[str] = set()
        self._record = record
        self._pause = pause
        self._slot = 0.0
        self._let_in = asyncio.Event()
        self._working = 0
        self._failure: DigestError | None = None
        self._stopped = False

    async def run(self, lifetime: Lifetime | None) -> None:
        """Starts with one connection, and adds others once that one is let in."""
        others = [self._join() for _ in range(self._server.connections - 1)]
        work = asyncio.gather(self._work(), *others)
        if lifetime is None:
            await work
        else:
            await self._until(lifetime, work)
        if self._failure and (self._stopped or self._returned):
            raise self._failure

    async def _until(self, lifetime: Lifetime, work: asyncio.Future[list[None]]) -> None:
        """Waits for the work to be done, or for the lifetime to end."""
        while not work.done() and not lifetime.stopping:
            lifetime.beat()
            await asyncio.wait([work], timeout=_BEAT)
        if not work.done():
            self._stopped, self._failure = True, StoppedError("told to stop")
            await asyncio.wait([work], timeout=_GRACE)
            work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work

    async def _join(self) -> None:
        await self._let_in.wait()
        if not self._failure:
            await self._work()

    def _next(self) -> Envelope | None:
        if self._stopped:
            return None
        return self._returned.pop() if self._returned else next(self._supply, None)

    async def _work(self) -> None:
        """Takes messages until there are none, over one connection after the other.

        What concerns the server as a whole, or the store, stops all connections: the others finish
        the message they are at.
        """
        self._working += 1
        bad_ends = 0
        try:
            while (envelope := self._next()) is not None:
                self._returned.append(envelope)  # until a connection is there to take it
                answered, bad_end = await self._over_one_connection()
                bad_ends = 0 if answered else bad_ends + 1
                if bad_ends and not await self._once_more(bad_ends, bad_end):
                    break
        except DigestError as error:
            self._failure, self._stopped = self._failure if self._stopped else error, True
        finally:
            self._working -= 1
            self._let_in.set()

    async def _over_one_connection(self) -> tuple[bool, str]:
        """Offers messages until the connection ends, or there are none.

        Returns whether any message got a reply, and how the connection ended if it ended badly.
        """
        answered = False
        try:
            async with connected(self._server) as client:
                self._let_in.set()
                while client.is_connected:
                    envelope = self._next()
                    if envelope is None:
                        return True, ""
                    await self._wait_for_slot()
                    outcome = await offer(client, envelope)
                    self._note(outcome, first=not answered)
                    if outcome.cut_off:
                        return answered, f"{outcome.code or ''} {outcome.reply}".strip()
                    answered = True
                    await asyncio.sleep(0)  # so that an end that has come is seen
        except MailDeferredError as error:
            self._failure = self._failure or error
            return False, str(error)
        return answered, "" if answered else "the connection was closed"

    def _note(self, outcome: Outcome, *, first: bool) -> None:
        """Records what became of a message, or has it offered once more where it is still ours.

        That a connection ends which has served others before is not held against the message.
        """
        key = outcome.envelope.key
        still_ours = outcome.cut_off and not outcome.uncertain
        if not still_ours or (first and key in self._brought_back):
            self._record(outcome)
            return
        if first:
            self._brought_back.add(key)
        self._returned.append(outcome.envelope)

    async def _once_more(self, bad_ends: int, bad_end: str) -> bool:
        """Whether to open another connection, after a pause that grows; else the others go on."""
        if not self._let_in.is_set():
            self._stopped = True
            return False
        if bad_ends < _IN_A_ROW:
            await self._pause(2.0**bad_ends)
            return True
        self._stopped = self._working == 1
        self._failure = MailDeferredError(
            f"{self._server} ended {_IN_A_ROW} connections in a row, the last one with: "
            f"{bad_end}; what is left waits for the next run"
        )
        return False

    async def _wait_for_slot(self) -> None:
        """Keeps to the rate over all connections."""
        if self._server.rate is None:
            return
        now = asyncio.get_running_loop().time()
        slot = max(now, self._slot)
        self._slot = slot + 60 / self._server.rate
        if slot > now:
            await self._pause(slot - now)
