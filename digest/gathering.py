"""Outcomes of several connections on their way to the store: recorded together, not one by one."""

import asyncio
from collections.abc import Callable, Sequence

from digest.transaction import Outcome

_MOMENT = 0.001
"""Seconds that an outcome waits for others, to be recorded with them."""

Record = Callable[[Sequence[Outcome]], None]
"""Makes outcomes durable, all or none; when it returns, they are."""


class Gathering:
    """Outcomes on their way to be recorded: together, so that they share one write and one sync.

    They are recorded as soon as every message under way has its outcome, or a moment after the
    first of them came: nobody waits longer for a slow one.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self._waiting: list[tuple[Outcome, asyncio.Future[None]]] = []
        self._under_way = 0
        self._alarm: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """A message is under way from now on."""
        self._under_way += 1

    async def end(self, outcome: Outcome, *, keep: bool) -> None:
        """A message has its outcome; returns when it is recorded, if it is one to `keep`.

        Raises what `record` raises.
        """
        recorded: asyncio.Future[None] | None = None
        if keep:
            loop = asyncio.get_running_loop()
            recorded = loop.create_future()
            self._waiting.append((outcome, recorded))
            if self._alarm is None:
                self._alarm = loop.call_later(_MOMENT, self.flush)
        else:
            self._under_way -= 1
        if len(self._waiting) >= self._under_way:
            self.flush()
        if recorded is not None:
            await recorded

    def flush(self) -> None:
        """Records what has gathered; each `end` hears of a failure, or else who called."""
        waiting, self._waiting = self._waiting, []
        self._under_way -= len(waiting)
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if not waiting:
            return
        listening = [recorded for _, recorded in waiting if not recorded.done()]
        try:
            self._record([outcome for outcome, _ in waiting])
        except BaseException as error:
            for recorded in listening:
                recorded.set_exception(error)
            if not listening:
                raise
        else:
            for recorded in listening:
                recorded.set_result(None)
