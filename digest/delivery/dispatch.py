"""Hands many messages to the mail server over a few connections.

    messages ─> supply ─> connection ─> outcome ─┐
                  ^  ├──> connection ─> outcome ─┼─> recorded together ─> each its next message
                  │  └──> connection ─> outcome ─┘
                  ├──────── a message that a connection took down with it, once
                  └──────── a message that the server puts off, at the end, for some minutes

The reply to a message is recorded before the same connection takes its next message. So a process
that dies leaves at most one message per connection whose outcome is unknown. Outcomes of several
connections that come at the same time are recorded together and share one write to the disk. Some
refusals do not say whether they are about the reader; these are recorded once that is known.

A run is in one of three states. It is running, on as many connections as the settings allow. It is
slow, on fewer connections and with pauses, since the server says that it is busy (`backoff`). Or it
is stopped, for a reason: the messages in flight come to their end, and no other begins. When a
connection ends before it has sent its message, the message goes to the next connection. A message
that was sent, but got no reply, is left for the next run, which offers it again unchanged. A worker
opens no more connections after several of them in a row ended without a reply to any message.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from digest.delivery.backoff import Delay, delay_of
from digest.delivery.batching import Batching, Store, Tell
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
"""Number of connections in a row that may end without a reply to any message."""

GRACE = 7.0
"""Seconds that the messages in flight have to finish when the process is asked to stop."""
_BEAT = 0.2

Pause = Callable[[float], Awaitable[None]]
"""Waits for a number of seconds."""


def dispatch(
    server: MailServer,
    envelopes: Iterator[Envelope],
    store: Store,
    *,
    tell: Tell = lambda: None,
    pause: Pause = asyncio.sleep,
    lifetime: Lifetime | None = None,
    hearing: Hearing | None = None,
    grace: float = GRACE,
) -> None:
    """Offers every message to the server, giving `store` the outcomes as they come.

    `tell` is called shortly after each `store`, and at the end. When the `lifetime` ends, the
    messages in flight have `grace` seconds to come to an outcome.

    Afterwards the `hearing` holds the refusals that concern no reader, even where the run went on.

    Raises:
        MailRefusedError: the server refuses the connection or the sender, or the connection would
            not be secure. No message was offered after that.
        MailDeferredError: the server is away, closes connections, or is busy. Messages without an
            outcome were not offered.
        StoppedError: the lifetime has ended. Messages without an outcome may have been sent.
        The errors of `store`; messages in flight at that moment have no outcome.
    """
    sending = Sending(
        server,
        Supply(envelopes),
        Batching(store, tell),
        hearing or Hearing(),
        connections=server.connections,
        messages=server.messages,
    )
    run(_Dispatch(server, sending, pause, lifetime).run(grace))


class _Dispatch:
    """One run of `dispatch`: its workers, each of which uses one connection after another."""

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
        """Starts with one connection, and adds the others once the server has accepted it."""
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
                task.cancel()  # some tasks are left where stopping took too long, or one failed
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
        """Waits for the work to finish; at the end of the lifetime it has `grace` seconds more."""
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
        """Returns whether the run offers no further message."""
        if self._lifetime is not None and self._lifetime.stopping:
            self._sending.stop(StoppedError("told to stop"))
        return self._sending.stopped is not None

    async def _work(self) -> None:
        """Takes messages until there are none, over one connection after another.

        An error of the server as a whole, or of the store, stops all connections. Each of the
        others finishes its current message first.
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
        """Waits until one more connection is allowed; returns whether a message is left."""
        while self._gives_way(me):
            self._room.clear()
            await self._room.wait()
        if (envelope := self._sending.next()) is None:
            return False
        self._sending.supply.give_back(envelope)  # until a connection is there to take it
        return True

    def _gives_way(self, me: object) -> bool:
        """Returns whether this worker must wait, since fewer connections are allowed now."""
        return not self._sending.stopped and self._workers.index(me) >= self._back_off.connections

    async def _over_one_connection(self, me: object) -> str | None:
        """Offers messages until none is left, or the connection ends or takes no more.

        Returns the reason where the connection ended without a reply to any message, else "".
        Returns None where the server allows no connection beside the others.
        """
        await self._wait_for_slot()  # before connecting: a server closes an idle connection
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
        """Turns PIPELINING off where the first pipelined commands got no reply.

        Some firewalls pass the PIPELINING keyword on, but drop all commands of a packet except the
        first.
        """
        lost = not outcome.code and not outcome.uncertain
        if lost and connection.pipelining and self._server.habits.pipelining:
            self._server.habits.pipelining = False
            log.warning(logfmt("pipelining-left-off", server=self._server, reason=outcome.reply))

    def _most(self, connection: Connection) -> int:
        """Returns the number of messages that a connection may take, as far as it is known."""
        most = self._sending.messages
        return min(most, connection.messages or most)

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[Connection]:
        """Opens a connection; a refusal beside open connections does not end the run.

        Raises:
            MailRefusedError: the server refuses the first connection.
            MailDeferredError: as for `connected`, or the server refuses a further connection.
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
        """Records that the server refused a connection for now; returns how it ended.

        Where other connections are open, there are too many of them. Otherwise a pause may help.
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
        """Pauses, longer each time, and returns whether to open another connection."""
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
        """Returns whether a rate or a pause delays the next message."""
        return self._server.rate is not None or self._back_off.due

    async def _wait_for_slot(self) -> None:
        """Waits as long as the server is busy, and as the rate over all connections demands."""
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
