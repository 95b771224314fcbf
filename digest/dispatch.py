"""Hands many messages to the mail server over a few connections.

    messages ─> supply ─> connection ─> outcome ─┐
                  ^  ├──> connection ─> outcome ─┼─> recorded together ─> each its next message
                  │  └──> connection ─> outcome ─┘
                  └──────── a message that a connection took down with it, once

What the server said is recorded before the same connection takes its next message: a process that
dies has at most one message a connection whose fate is not known. Outcomes of several connections
that come at the same time are recorded together, so that they share what it costs to make them
durable.

A connection that ends before its message was given away costs nothing: the message goes to the next
connection. A message that was given away without a reply is left for the next run, where it is
offered again unchanged. Who is cut off several times in a row, with no reply to any message in
between, opens no connection any more. While the server says that it has too much to do, one
connection goes on alone, with pauses.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from digest.backoff import ENOUGH, BackOff
from digest.delivery import MailServer, connected, run
from digest.errors import DigestError, MailDeferredError, MailRefusedError, StoppedError
from digest.gathering import Gathering, Record, Tell
from digest.lifetime import Lifetime
from digest.transaction import Connection, Envelope, Outcome, offer
from digest.wording import logfmt

log = logging.getLogger(__name__)

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
    record: Record,
    *,
    tell: Tell = lambda: None,
    pause: Pause = asyncio.sleep,
    lifetime: Lifetime | None = None,
) -> None:
    """Offers every message to the server, giving `record` the outcomes as they come.

    `tell` is called a moment after that, and at the end.
    When the `lifetime` ends, what is in flight has a few seconds to come to an outcome.

    Raises:
        MailRefusedError: the server does not let us in, or not safely: nothing was offered since.
        MailDeferredError: it is away, went away, or wants to be left alone: what has no outcome yet
            was not offered.
        StoppedError: the lifetime has ended; what has no outcome yet may be in flight.
        Whatever `record` raises; messages in flight at that moment have no outcome.
    """
    run(_Dispatch(server, envelopes, Gathering(record, tell), pause, lifetime).run())


class _Dispatch:
    """One run of `dispatch`: the supply of messages that the connections share."""

    def __init__(
        self,
        server: MailServer,
        supply: Iterator[Envelope],
        gathering: Gathering,
        pause: Pause,
        lifetime: Lifetime | None,
    ) -> None:
        self._server = server
        self._supply = supply
        self._returned: list[Envelope] = []
        self._brought_back: set[str] = set()
        self._gathering = gathering
        self._pause = pause
        self._lifetime = lifetime
        self._slot = 0.0
        self._let_in = asyncio.Event()
        self._working = 0
        self._back_off = BackOff()
        self._alone: asyncio.Task[object] | None = None
        self._room = asyncio.Event()
        self._failure: DigestError | None = None
        self._stopped = False

    async def run(self) -> None:
        """Starts with one connection, and adds others once that one is let in."""
        others = [self._join() for _ in range(self._server.connections - 1)]
        tasks = [asyncio.ensure_future(one) for one in (self._work(), *others)]
        work = asyncio.gather(*tasks)
        try:
            if self._lifetime is None:
                await work
            else:
                await self._until(self._lifetime, work)
        finally:
            for task in tasks:
                task.cancel()  # what is left: it took too long to stop, or one of them failed
            await asyncio.wait(tasks)
            self._gathering.finish()
        if self._failure and (self._stopped or self._returned):
            raise self._failure

    async def _until(self, lifetime: Lifetime, work: asyncio.Future[list[None]]) -> None:
        """Waits for the work to be done, or for the lifetime to end and then a little longer."""
        while not work.done() and not lifetime.stopping:
            lifetime.beat()
            await asyncio.wait([work], timeout=_BEAT)
        if not work.done():
            self._stop()
            await asyncio.wait([work], timeout=_GRACE)
        if work.done():
            await work

    async def _join(self) -> None:
        await self._let_in.wait()
        if not self._failure:
            await self._work()

    def _stop(self) -> None:
        self._stopped, self._failure = True, StoppedError("told to stop")
        self._room.set()

    def _ends(self) -> bool:
        """Whether no further message is to be offered."""
        if not self._stopped and self._lifetime is not None and self._lifetime.stopping:
            self._stop()
        return self._stopped

    def _next(self) -> Envelope | None:
        if self._ends():
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
            while True:
                while self._gives_way():
                    self._room.clear()
                    await self._room.wait()
                if (envelope := self._next()) is None:
                    break
                self._returned.append(envelope)  # until a connection is there to take it
                answered, bad_end = await self._over_one_connection()
                bad_ends = 0 if answered else bad_ends + 1
                if bad_ends and not await self._once_more(bad_ends, bad_end):
                    break
        except DigestError as error:
            self._failure, self._stopped = self._failure if self._stopped else error, True
        except BaseException:
            self._stopped = True
            raise
        finally:
            self._working -= 1
            self._let_in.set()
            self._make_room()

    def _gives_way(self) -> bool:
        """Whether this connection is to leave the server to another one for a while."""
        if not self._back_off.slow or self._stopped:
            return False
        if self._alone is None:
            self._alone = asyncio.current_task()
        return self._alone is not asyncio.current_task()

    def _make_room(self) -> None:
        """Lets the connections in that have given way, or another one of them."""
        self._alone = None
        self._room.set()

    async def _over_one_connection(self) -> tuple[bool, str]:
        """Offers messages until the connection ends, has had enough, or there are none.

        Returns whether any message got a reply, and how the connection ended if it ended badly.
        """
        answered = False
        await self._wait_for_slot()  # before connecting: a server closes what is idle
        if self._ends():
            return True, ""
        try:
            async with self._connected() as connection:
                self._let_in.set()
                for number in range(self._server.messages):
                    if not connection.is_open:
                        break
                    if self._gives_way() or (envelope := self._next()) is None:
                        return True, ""
                    if number and self._is_held_up():
                        await self._wait_for_slot()
                        if self._ends() or not connection.is_open:
                            self._returned.append(envelope)
                            return True, ""
                    self._gathering.begin()
                    outcome = await offer(connection, envelope)
                    self._heed(outcome)
                    if outcome.cut_off:
                        self._doubt_pipelining(connection, outcome, first=not answered)
                        await self._cut_off(outcome, first=not answered)
                        return answered, f"{outcome.code or ''} {outcome.reply}".strip()
                    await self._gathering.keep(outcome)
                    answered = True
        except MailDeferredError as error:
            self._failure = self._failure or error
            return False, str(error)
        return answered, "" if answered else "the connection was closed"

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[Connection]:
        """A connection. One more than the server allows is refused, and ends nothing else.

        Raises:
            MailRefusedError: it is the first one.
            MailDeferredError: as for `connected`, or it is refused beside others.
        """
        let_in = self._let_in.is_set()
        async with contextlib.AsyncExitStack() as stack:
            try:
                connection = await stack.enter_async_context(connected(self._server))
            except MailRefusedError as error:
                if not let_in:
                    raise
                raise MailDeferredError(str(error), code=error.code) from error
            yield connection

    async def _cut_off(self, outcome: Outcome, *, first: bool) -> None:
        """Records that a connection ended with a message, or has one offered again that is ours.

        That a connection ends which has served others before is not held against the message.
        """
        key = outcome.envelope.key
        if outcome.uncertain or (first and key in self._brought_back):
            await self._gathering.keep(outcome)
            return
        self._returned.append(outcome.envelope)
        if first:
            self._brought_back.add(key)
        self._gathering.drop()

    def _doubt_pipelining(self, connection: Connection, outcome: Outcome, *, first: bool) -> None:
        """Has commands go out one by one where a server lost the first that came together.

        Firewalls are known to take all but the first out of a packet, and pass PIPELINING on.
        """
        lost = first and not outcome.code and not outcome.uncertain
        if lost and connection.pipelining and self._server.habits.pipelining:
            self._server.habits.pipelining = False
            log.warning(logfmt("pipelining-left-off", server=self._server, reason=outcome.reply))

    def _heed(self, outcome: Outcome) -> None:
        """Goes slowly, or stops, where the server has said often enough that it is busy."""
        was_slow = self._back_off.slow
        self._back_off.heard(outcome.code, outcome.reply)
        if was_slow and not self._back_off.slow:
            self._make_room()
        if self._back_off.enough and not self._stopped:
            self._stopped = True
            self._failure = MailDeferredError(
                f"{self._server} said {ENOUGH} times in a row that it is busy, the last time with: "
                f"{outcome.code} {outcome.reply}; what is left waits for the next run"
            )

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

    def _is_held_up(self) -> bool:
        """Whether the next message has to wait for its time."""
        return self._server.rate is not None or self._back_off.due

    async def _wait_for_slot(self) -> None:
        """Pauses where the server is busy, and keeps to the rate over all connections."""
        if seconds := self._back_off.pause():
            log.warning(logfmt("slower", server=self._server, pause=f"{seconds:g}"))
            await self._pause(seconds)
        if self._server.rate is None:
            return
        now = asyncio.get_running_loop().time()
        slot = max(now, self._slot)
        self._slot = slot + 60 / self._server.rate
        if slot > now:
            await self._pause(slot - now)
