"""Stores the outcomes of several connections together, so that they share one write."""

import asyncio
import time
from collections.abc import Callable, Sequence

from digest.delivery.transaction import Outcome

_LONGEST = 0.05
"""Most seconds that an outcome waits for others; a slow disk does not make it longer."""
_LATER = 0.1
"""Seconds between storing outcomes and calling `Tell`."""

Store = Callable[[Sequence[Outcome]], None]
"""Stores outcomes, all or none; they are durable when it returns."""
Tell = Callable[[], None]
"""Shows the user the outcomes that were stored since the last call."""


class Batching:
    """Collects outcomes and stores them together, with one write and one sync.

    The outcomes are stored as soon as every message under way has its outcome, or when the first
    of them has waited for as long as one write takes. So no connection waits for a slow one, as
    many outcomes as possible share one write, and the server always has messages to work on.
    """

    def __init__(self, store: Store, tell: Tell) -> None:
        self._store = store
        self._tell = tell
        self._takes = 0.0
        self._waiting: list[Outcome] = []
        self._stored: asyncio.Future[None] | None = None
        self._failure: BaseException | None = None
        self._under_way = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._telling: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Notes that a message is under way from now on."""
        self._under_way += 1

    def batch(self, outcome: Outcome) -> asyncio.Future[None]:
        """Adds the outcome of a message; the future is done when the outcome is stored.

        All outcomes of one write share this future, which raises the error of `store`.
        """
        self._waiting.append(outcome)
        if self._stored is None:
            self._stored = asyncio.get_running_loop().create_future()
        stored = self._stored
        if len(self._waiting) >= self._under_way:
            self.flush()
        elif self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(self._takes, self.flush)
        return stored

    def drop(self) -> None:
        """Notes that a message is no longer under way and has nothing to store."""
        self._under_way -= 1
        if len(self._waiting) >= self._under_way:
            self.flush()

    def flush(self) -> None:
        """Stores the outcomes collected so far; an error goes to the future, or to `finish`."""
        waiting, self._waiting = self._waiting, []
        stored, self._stored = self._stored, None
        self._under_way -= len(waiting)
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if stored is None:
            return
        begun = time.perf_counter()
        try:
            self._store(waiting)
        except BaseException as error:  # noqa: BLE001 (raised where it is waited for)
            if stored.done():
                self._failure = error
            else:
                stored.set_exception(error)
            return
        if not stored.done():
            stored.set_result(None)
        self._takes = min(time.perf_counter() - begun, _LONGEST)
        if self._telling is None:
            self._telling = asyncio.get_running_loop().call_later(_LATER, self._tell_all)

    def finish(self, last: Sequence[Outcome] = ()) -> None:
        """Stores the outcomes collected so far and the `last` ones, then calls `Tell`.

        This is the last call. It raises an error of `store` for which no future waited any more.
        """
        self.flush()
        if last and not self._failure:
            self._store(last)
        self._tell_all()
        if self._failure:
            raise self._failure

    def _tell_all(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        self._tell()
