"""How long a process goes on: until it is told to stop; and whether it is seen to be alive.

A signal handler may come between any two steps of the program, so it does no more than set a flag
and wake who sleeps. Whoever works for long looks at the flag, and lets the heart beat.
"""

import contextlib
import os
import select
import threading
from collections.abc import Callable
from typing import TypeVar

from digest.errors import StoppedError

T = TypeVar("T")

_BEAT = 0.2
"""Seconds between two looks at the flag, while there is work."""


class Lifetime:
    """One process. `beat` is called every so often, as long as it is alive.

    Attributes:
        stopping: that it was told to stop.
        woken: that it was told to look up from its sleep; for who woke to take back.
    """

    def __init__(self, beat: Callable[[], None] = lambda: None) -> None:
        self.stopping = False
        self.woken = False
        self.beat = beat
        self._ear, self._mouth = os.pipe()
        os.set_blocking(self._ear, False)
        os.set_blocking(self._mouth, False)

    def stop(self) -> None:
        """Tells it to stop; may be called by a signal handler."""
        self.stopping = True
        self._wake()

    def wake(self) -> None:
        """Wakes it from its sleep; may be called by a signal handler."""
        self.woken = True
        self._wake()

    def sleep(self, seconds: float) -> None:
        """Returns after `seconds`, or when told to stop or to wake."""
        if not self.stopping and not self.woken:
            select.select([self._ear], [], [], max(0.0, seconds))
        with contextlib.suppress(BlockingIOError):
            os.read(self._ear, 1024)

    def go_on(self) -> None:
        """Lets the heart beat; StoppedError where it was told to stop."""
        if self.stopping:
            raise StoppedError("told to stop")
        self.beat()

    def run(self, work: Callable[[], T]) -> T:
        """What `work` returns, or raises: something that may hang, and changes nothing.

        Raises:
            StoppedError: it was told to stop meanwhile; the work is left to itself.
        """
        results: list[T] = []
        errors: list[BaseException] = []

        def worker() -> None:
            try:
                results.append(work())
            except BaseException as error:  # noqa: BLE001 (raised again where it was called)
                errors.append(error)

        thread = threading.Thread(target=worker, daemon=True)
        thread.start()
        while thread.is_alive():
            if self.stopping:
                raise StoppedError("told to stop")
            self.beat()
            thread.join(_BEAT)
        if errors:
            raise errors[0]
        return results[0]

    def close(self) -> None:
        """Lets go of what it holds."""
        os.close(self._ear)
        os.close(self._mouth)

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):  # it has not even heard the last one
            os.write(self._mouth, b"!")
