"""Work that may take for ever, in a Python process of its own that can be left.

    ask ─> pickled work ─> the process ─> pickled answer ─> ask
                              └─ its own alarm ends it after so many seconds, whatever it is doing

A thread cannot be stopped, and a signal handler waits for the operation of the moment, such as
`9 ** (9 ** 9)`. The kernel's alarm waits for nothing, and rings also where who asked is gone.
"""

import contextlib
import os
import pickle
import resource
import select
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Callable
from typing import IO, Any

_START = 30.0
"""Seconds more that a process may take: to start, on a machine that is busy."""
_SLICE = 0.2
_MEMORY = 1 << 30
"""Bytes of address space that it may take."""
_LENGTH = 8
_CODE = "import sys; sys.path[:] = sys.argv[1:]; from {0} import main; main()"


class LeftError(Exception):
    """The work was not done: `too_long` where it took more than its time, else the process died."""

    def __init__(self, words: str, *, too_long: bool) -> None:
        super().__init__(words)
        self.too_long = too_long


class Apart:
    """A process that does one piece of work after the other; it is started when it is asked.

    Args:
        module: the name of a module whose `main` calls `serve`.
        seconds: how long a piece of work may take.
        meanwhile: is called now and then while it is waited for; what it raises ends the process.
    """

    def __init__(
        self, module: str, seconds: float, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        self._module = module
        self._seconds = seconds
        self._meanwhile = meanwhile
        self._process: subprocess.Popen[bytes] | None = None
        self._end: Callable[[], object] = lambda: None

    def ask(self, work: object) -> Any:
        """What `serve` was given for this piece of work; both can be pickled.

        Raises:
            LeftError: it took too long, or the process died. The next piece has another one.
        """
        process = self._process or self._start()
        assert process.stdin
        assert process.stdout
        data = pickle.dumps((self._seconds, work))
        try:
            process.stdin.write(len(data).to_bytes(_LENGTH) + data)
            process.stdin.flush()
            self._wait(process.stdout)
            return pickle.loads(_read(process.stdout))  # noqa: S301 (of our own process)
        except (OSError, EOFError) as error:
            self._end()
            self._process = None
            number = -process.returncode
            if number == signal.SIGALRM:
                raise LeftError(f"longer than {self._seconds:g} seconds", too_long=True) from error
            raise LeftError(f"it ended with {process.returncode}", too_long=False) from error
        except BaseException:
            self._end()
            self._process = None
            raise

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = process = subprocess.Popen(  # noqa: S603 (this Python, and our own module)
            [sys.executable, "-I", "-c", _CODE.format(self._module), *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._end = weakref.finalize(self, _end, process)
        return process

    def _wait(self, answer: IO[bytes]) -> None:
        """Returns when there is something to read; EOFError where its own alarm has not rung."""
        end = time.monotonic() + self._seconds + _START
        while not select.select([answer], [], [], _SLICE)[0]:
            self._meanwhile()
            if time.monotonic() > end:
                raise EOFError


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Lets go of a process: it has ended, or is ended now."""
    assert process.stdin
    assert process.stdout
    with contextlib.suppress(OSError):
        process.stdin.close()
    process.stdout.close()
    try:
        process.wait(_SLICE)  # so that it is known how it ended
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def serve(do: Callable[[Any], object]) -> None:
    """Does one piece of work after the other, until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError, ValueError):  # where that is not allowed, there is no limit
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the work prints is no answer
    while True:
        try:
            seconds, work = pickle.loads(_read(asked))  # noqa: S301 (of who started this process)
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_REAL, seconds)  # the alarm has no handler: it ends us
        data = pickle.dumps(do(work))
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(len(data).to_bytes(_LENGTH) + data)
        answers.flush()


def _read(stream: IO[bytes]) -> bytes:
    """One piece of work, or an answer; EOFError where there is none."""
    head = stream.read(_LENGTH)
    data = stream.read(int.from_bytes(head)) if len(head) == _LENGTH else b""
    if not data:
        raise EOFError
    return data
