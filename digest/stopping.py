"""The end of a process: a flag to stop, a way to wake it, and a heartbeat.

A signal handler can run between any two steps of the program, so it only sets a flag and wakes the
sleeping thread. Long work looks at the flag and lets the heart beat.
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
"""Seconds between two looks at the flag during work."""


class Lifetime:
    """The life of one process. `beat` is called several times a second while it works.

    Attributes:
        stopping: whether the process was told to stop.
        woken: whether it was woken from its sleep. The code that woke resets it.
    """

    def __init__(self, beat: Callable[[], None] = lambda: None) -> None:
        self.stopping = False
        self.woken = False
        self.beat = beat
        self._ear, self._mouth = os.pipe()
        os.set_blocking(self._ear, False)
        os.set_blocking(self._mouth, False)

    def stop(self) -> None:
        """Asks the process to stop. A signal handler may call this."""
        self.stopping = True
        self._wake()

    def wake(self) -> None:
        """Wakes the process from its sleep. A signal handler may call this."""
        self.woken = True
        self._wake()

    def sleep(self, seconds: float) -> None:
        """Waits for `seconds`, or until `stop` or `wake` is called."""
        if not self.stopping and not self.woken:
            select.select([self._ear], [], [], max(0.0, seconds))
        with contextlib.suppress(BlockingIOError):
            os.read(self._ear, 1024)

    def go_on(self) -> None:
        """Lets the heart beat. Raises StoppedError if the process was told to stop."""
        if self.stopping:
            raise StoppedError("told to stop")
        self.beat()

    def run(self, work: Callable[[], T]) -> T:
        """Runs `work` in a thread and returns its result. It may hang, and must change nothing.

        Raises:
            StoppedError: the process was told to stop meanwhile. The thread is abandoned.
            Exception: any error of `work` itself.
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
        """Closes both ends of the pipe."""
        os.close(self._ear)
        os.close(self._mouth)

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):  # the pipe is full, so the sleeper wakes anyway
            os.write(self._mouth, b"!")
