"""Hands many messages to the mail server over a few connections.

    messages ─> supply ─> connection ─> outcome ─┐
                  ^  ├──> connection ─> outcome ─┼─> recorded together ─> each its next message
                  │  └──> connection ─> outcome ─┘
                  ├──────── a message that a connection took down with it, once
                  └──────── a message that the server puts off, at the end, for some minutes

What the server said is recorded before the same connection takes its next message: a process that
dies has at most one message a connection whose fate is not known. Outcomes of several connections
that come at the same time are recorded together, so that they share what it costs to make them
durable. A refusal whose words do not tell whom it concerns is recorded once that is known.

A run is in one of three states. It is running, on as many connections as are asked for; it is slow,
since the server says that it has too much to do, on fewer of them and with pauses (`backoff`); or
it is stopped, for a reason, and then the messages in flight come to their end and no other is
begun. A connection that ends before its message was given away costs nothing: the message goes to
the next one. A message that was given away without a reply is left for the next run, where it is
offered again unchanged. A worker that is cut off several times in a row, with no reply to any
message in between, opens no connection any more.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from digest.delivery.backoff import Delay, delay_of
from digest.delivery.batching import Gathering, Record, Tell
from digest.delivery.connection import MailServer, connected, run
from digest.delivery.hearing import Hearing
from digest.delivery.meaning import Step
from digest.delivery.sending import After, Sending
from digest.delivery.supply import Supply
from digest.delivery.transaction import Connection, Envelope, Outcome, offer
from digest.errors import DigestError, MailDeferredError, MailRefusedError, StoppedError
from digest.stopping import Lifetime
from digest.text import logfmt

log = logging.getLogger(__name__)

_IN_A_ROW = 3
"""So many connections may end badly one after the other, where no other one goes well."""

GRACE = 7.0
"""Seconds for the messages in flight when the process is told to stop."""
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
    hearing: Hearing | None = None,
    grace: float = GRACE,
) -> None:
    """Offers every message to the server, giving `record` the outcomes as they come.

    `tell` is called a moment after that, and at the end. When the `lifetime` ends, the messages in
    flight have `grace` seconds to come to an outcome.

    The `hearing` has afterwards what concerns no reader, also where that did not end the run.

    Raises:
        MailRefusedError: the server does not let us in, or not safely, or refuses the sender:
            nothing was offered since.
        MailDeferredError: it is away, went away, or wants to be left alone: what has no outcome yet
            was not offered.
        StoppedError: the lifetime has ended; what has no outcome yet may be in flight.
        Whatever `record` raises; messages in flight at that moment have no outcome.
    """
    sending = Sending(
        server,
        Supply(envelopes),
        Gathering(record, tell),
        hearing or Hearing(),
        connections=server.connections,
        messages=server.messages,
    )
    run(_Dispatch(server, sending, pause, lifetime).run(grace))


class _Dispatch:
    """One run of `dispatch`: the workers, each over one connection after the other."""

    def __init__(
        self, server: MailServer, sending: Sending, pause: Pause, lifetime: Lifetime | None
    ) -> None:
        self._server = server
        self._sending = sending
        self._back_off = sending.back_off
        self._pause = pause
        self._lifetime = lifetime
        self._failure: DigestError | None = None
        self._workers: list[object] = []
        self._let_in = asyncio.Event()
        self._room = asyncio.Event()
        self._slot = 0.0

    async def run(self, grace: float) -> None:
        """Starts with one connection, and adds others once that one is let in."""
        others = [self._join() for _ in range(self._server.connections - 1)]
        tasks = [asyncio.ensure_future(one) for one in (self._work(), *others)]
        work = asyncio.gather(*tasks)
        work.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            if self._lifetime is None:
                await work
            else:
                await self._until(self._lifetime, work, grace)
        finally:
            for task in tasks:
                task.cancel()  # what is left: it took too long to stop, or one of them failed
            await asyncio.wait(tasks)
            self._sending.finish()
        failure = self._sending.why()
        if failure is None and self._sending.supply.returned:
            failure = self._failure
        if failure:
            raise failure

    async def _until(
        self, lifetime: Lifetime, work: asyncio.Future[list[None]], grace: float
    ) -> None:
        """Waits for the work to be done, or for the lifetime to end and then a little longer."""
        while not work.done() and not lifetime.stopping:
            lifetime.beat()
            await asyncio.wait([work], timeout=_BEAT)
        if not work.done():
            self._sending.stop(StoppedError("told to stop"))
            self._room.set()
            await asyncio.wait([work], timeout=grace)
        if work.done():
            await work

    async def _join(self) -> None:
        await self._let_in.wait()
        if not self._failure:
            await self._work()

    def _ends(self) -> bool:
        """Whether no further message is to be offered."""
        if self._lifetime is not None and self._lifetime.stopping:
            self._sending.stop(StoppedError("told to stop"))
        return self._sending.stopped is not None

    async def _work(self) -> None:
        """Takes messages until there are none, over one connection after the other.

        What concerns the server as a whole, or the store, stops all connections: the others finish
        the message they are at.
        """
        me = object()
        self._workers.append(me)
        bad_ends = 0
        try:
            while await self._has_work(me):
                bad_end = await self._over_one_connection(me)
                if bad_end is None:
                    break
                bad_ends = bad_ends + 1 if bad_end else 0
                if bad_ends and not await self._once_more(bad_ends, bad_end):
                    break
        except DigestError as error:
            self._sending.stop(error)
        except BaseException:
            self._sending.stop(StoppedError("an error in digest itself"))
            raise
        finally:
            self._workers.remove(me)
            self._let_in.set()
            self._room.set()

    async def _has_work(self, me: object) -> bool:
        """Waits for a place among the connections; returns whether there is a message left."""
        while self._gives_way(me):
            self._room.clear()
            await self._room.wait()
        if (envelope := self._sending.next()) is None:
            return False
        self._sending.supply.give_back(envelope)  # until a connection is there to take it
        return True

    def _gives_way(self, me: object) -> bool:
        """Whether this worker is to leave the server to others for a while."""
        return not self._sending.stopped and self._workers.index(me) >= self._back_off.connections

    async def _over_one_connection(self, me: object) -> str | None:
        """Offers messages until the connection ends, has had enough, or there are none.

        Returns how it ended if it ended badly, with no reply to any message; else "". None says
        that there are connections enough without this one.
        """
        await self._wait_for_slot()  # before connecting: a server closes what is idle
        if self._ends():
            return ""
        number = 0
        try:
            async with self._connected() as connection:
                self._let_in.set()
                while connection.is_open and number < self._most(connection):
                    if self._gives_way(me) or (envelope := self._sending.next()) is None:
                        return ""
                    if number and self._is_held_up():
                        await self._wait_for_slot()
                        if self._ends() or not connection.is_open:
                            self._sending.supply.give_back(envelope)
                            return ""
                    begun_in = self._sending.begin()
                    outcome = await offer(connection, envelope)
                    after = await self._sending.take(outcome, number, begun_in)
                    if self._back_off.connections > 1:
                        self._room.set()
                    if after is After.BROKEN:
                        self._doubt_pipelining(connection, outcome)
                        return f"{outcome.code or ''} {outcome.reply}".strip()
                    number += 1
                    if after is After.LEFT:
                        break
        except MailDeferredError as error:
            return self._not_let_in(error)
        return "" if number else "the connection was closed"

    def _doubt_pipelining(self, connection: Connection, outcome: Outcome) -> None:
        """Has commands go out one by one where a server lost the first that came together.

        Firewalls are known to take all but the first out of a packet, and pass PIPELINING on.
        """
        lost = not outcome.code and not outcome.uncertain
        if lost and connection.pipelining and self._server.habits.pipelining:
            self._server.habits.pipelining = False
            log.warning(logfmt("pipelining-left-off", server=self._server, reason=outcome.reply))

    def _most(self, connection: Connection) -> int:
        """So many messages go over a connection, as far as is known by now."""
        most = self._sending.messages
        return min(most, connection.messages or most)

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

    def _not_let_in(self, error: MailDeferredError) -> str | None:
        """Takes note of a connection that was refused for now, and returns how it ended.

        One of several is one too many. Where there is no other, a pause may help.
        """
        self._failure = self._failure or error
        delay = delay_of(Step.MAIL, error.code, str(error)) if error.code else Delay.BUSY
        if delay not in (Delay.RATE, Delay.CONNECTIONS):
            return str(error)
        if self._let_in.is_set() and len(self._workers) > 1:
            return None
        self._back_off.put_off(Delay.RATE, self._back_off.round)
        if self._back_off.enough:
            self._sending.stop(error)
        return ""

    async def _once_more(self, bad_ends: int, bad_end: str) -> bool:
        """Whether to open another connection, after a pause that grows; else the others go on."""
        if not self._let_in.is_set():
            self._sending.stop(self._failure or MailDeferredError(f"{self._server}: {bad_end}"))
            return False
        if bad_ends < _IN_A_ROW:
            await self._pause(2.0**bad_ends)
            return True
        self._failure = MailDeferredError(
            f"{self._server} ended {_IN_A_ROW} connections in a row, the last one with: "
            f"{bad_end}; what is left waits for the next run"
        )
        if len(self._workers) == 1:
            self._sending.stop(self._failure)
        return False

    def _is_held_up(self) -> bool:
        """Whether the next message has to wait for its time."""
        return self._server.rate is not None or self._back_off.due

    async def _wait_for_slot(self) -> None:
        """Pauses where the server is busy, and keeps to the rate over all connections."""
        longer = self._back_off.pausing
        if seconds := self._back_off.pause():
            if longer:
                log.warning(logfmt("slower", server=self._server, pause=f"{seconds:g}"))
            await self._pause(seconds)
        if self._server.rate is None:
            return
        now = asyncio.get_running_loop().time()
        slot = max(now, self._slot)
        self._slot = slot + 60 / self._server.rate
        if slot > now:
            await self._pause(slot - now)
