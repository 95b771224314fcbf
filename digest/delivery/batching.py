"""Outcomes of several connections on their way to the store: recorded together, not one by one."""

import asyncio
import time
from collections.abc import Callable, Sequence

from digest.delivery.transaction import Outcome

_LONGEST = 0.05
"""Seconds that an outcome waits for others at most, after a disk was slow for once."""
_LATER = 0.1
"""Seconds until what was recorded is told."""

Record = Callable[[Sequence[Outcome]], None]
"""Makes outcomes durable, all or none; when it returns, they are."""
Tell = Callable[[], None]
"""Tells whoever looks on of what was recorded, and not told yet."""


class Gathering:
    """Outcomes on their way to be recorded: together, so that they share one write and one sync.

    They are recorded as soon as every message under way has its outcome, or when the first of them
    has waited for as long as recording takes: so nobody waits for a slow one, what recording costs
    is shared by as many as can be had, and a server that is slower than we are always has messages
    to go on with.
    """

    def __init__(self, record: Record, tell: Tell) -> None:
        self._record = record
        self._tell = tell
        self._takes = 0.0
        self._waiting: list[Outcome] = []
        self._recorded: asyncio.Future[None] | None = None
        self._failure: BaseException | None = None
        self._under_way = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._telling: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """A message is under way from now on."""
        self._under_way += 1

    def keep(self, outcome: Outcome) -> asyncio.Future[None]:
        """A message has its outcome; the future is done when that is recorded.

        It is that of all who wait for the same, and has what `record` raises.
        """
        self._waiting.append(outcome)
        if self._recorded is None:
            self._recorded = asyncio.get_running_loop().create_future()
        recorded = self._recorded
        if len(self._waiting) >= self._under_way:
            self.flush()
        elif self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(self._takes, self.flush)
        return recorded

    def drop(self) -> None:
        """A message is under way no more, and there is nothing to record."""
        self._under_way -= 1
        if len(self._waiting) >= self._under_way:
            self.flush()

    def flush(self) -> None:
        """Records what has gathered; who waits for it hears of a failure, or else `finish` does."""
        waiting, self._waiting = self._waiting, []
        recorded, self._recorded = self._recorded, None
        self._under_way -= len(waiting)
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if recorded is None:
            return
        begun = time.perf_counter()
        try:
            self._record(waiting)
        except BaseException as error:  # noqa: BLE001 (raised where it is waited for)
            if recorded.done():
                self._failure = error
            else:
                recorded.set_exception(error)
            return
        if not recorded.done():
            recorded.set_result(None)
        self._takes = min(time.perf_counter() - begun, _LONGEST)
        if self._telling is None:
            self._telling = asyncio.get_running_loop().call_later(_LATER, self._tell_all)

    def finish(self, last: Sequence[Outcome] = ()) -> None:
        """Records and tells what has gathered, and the `last` outcomes; nothing comes after it.

        Raises what `record` raised when nobody waited for it any more.
        """
        self.flush()
        if last and not self._failure:
            self._record(last)
        self._tell_all()
        if self._failure:
            raise self._failure

    def _tell_all(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        self._tell()
