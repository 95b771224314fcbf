"""Runs work that may never end in a Python process of its own, with a time limit.

    ask ─> pickled work ─> the process ─> pickled answer ─> ask
                              └─ its own alarm (SIGALRM) ends it at the time limit

A thread cannot be stopped, and a Python signal handler waits for the current operation, such as
`9 ** (9 ** 9)`. The kernel's alarm waits for nothing, and works even after the parent has died.
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
"""Extra seconds for the start of the process on a busy machine."""
_SLICE = 0.2
_MEMORY = 1 << 30
"""Most bytes of address space for the process."""
_LENGTH = 8
_CODE = "import sys; sys.path[:] = sys.argv[1:]; from {0} import main; main()"


class LeftError(Exception):
    """The process did not finish the work.

    `too_long` says that the time limit was reached; otherwise the process died.
    """

    def __init__(self, words: str, *, too_long: bool) -> None:
        super().__init__(words)
        self.too_long = too_long


class Apart:
    """A process that does one piece of work after another; the first piece starts it.

    Args:
        module: the name of a module whose `main` calls `serve`.
        seconds: the time limit of a piece of work.
        meanwhile: is called now and then during the wait; an error from it ends the process.
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
        """Returns the answer to a piece of work; both must be picklable.

        Raises:
            LeftError: the work took too long, or the process died. The next piece gets a new one.
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
        """Waits until there is an answer to read; raises EOFError where the alarm has failed."""
        end = time.monotonic() + self._seconds + _START
        while not select.select([answer], [], [], _SLICE)[0]:
            self._meanwhile()
            if time.monotonic() > end:
                raise EOFError


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Closes the pipes of a process, and kills it where it is still running."""
    assert process.stdin
    assert process.stdout
    with contextlib.suppress(OSError):
        process.stdin.close()
    process.stdout.close()
    try:
        process.wait(_SLICE)  # sets the return code
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def serve(do: Callable[[Any], object]) -> None:
    """Does one piece of work after another, until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError, ValueError):  # some systems do not allow a limit
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # output of the work is no answer
    while True:
        try:
            seconds, work = pickle.loads(_read(asked))  # noqa: S301 (from the parent process)
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_REAL, seconds)  # without a handler it ends us
        data = pickle.dumps(do(work))
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(len(data).to_bytes(_LENGTH) + data)
        answers.flush()


def _read(stream: IO[bytes]) -> bytes:
    """Reads one piece of work or one answer; raises EOFError at the end."""
    head = stream.read(_LENGTH)
    data = stream.read(int.from_bytes(head)) if len(head) == _LENGTH else b""
    if not data:
        raise EOFError
    return data
