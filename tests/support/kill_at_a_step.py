"""Runs `digest` in forked processes, step by step: a step is a call that leaves the process.

The seam is where Python reaches the system: every function of `os` and `socket` that writes, syncs,
sends, connects, renames, links or removes. Each call is counted, and at a given one the process
kills itself with SIGKILL: before it, after it, or amid what it writes or sends. Everything is
imported once, and each run is a fork of that, so that hundreds of runs take seconds.

As a program it reads one `Run` a line, as JSON, and answers each with a `Ran`.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Self

_OS = (
    *("open", "write", "pwrite", "writev", "truncate", "ftruncate", "fsync", "fdatasync"),
    *("link", "symlink", "rename", "replace", "unlink", "remove", "mkdir", "rmdir", "sendfile"),
)
CUT = ("os.write", "os.pwrite", "socket.send", "socket.sendall")
"""Steps that can be done by half."""
_SOCKET = ("connect", "connect_ex", "send", "sendall", "sendto", "sendmsg", "shutdown")


@dataclass(frozen=True, slots=True)
class Run:
    """One command line, at one moment; killed at step `kill` (from 1 on; 0 for never).

    `when` is `before` or `after` the step, or `amid`: half of what was to be written or sent is.
    """

    arguments: list[str]
    environment: dict[str, str]
    at: str
    kill: int = 0
    when: str = "before"
    fold_at: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class Ran:
    """How it ended: `status` is -9 where it was killed; `steps` names the calls, if it was not."""

    status: int
    out: str
    steps: list[str] = field(default_factory=list)


class Stepper:
    """A process that runs what it is given, in forks of itself, while the `with` lasts."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def __call__(self, run: Run) -> Ran:
        """Runs one command to its end."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(asdict(run)), file=self._process.stdin, flush=True)
        return Ran(**json.loads(self._process.stdout.readline()))


@dataclass(frozen=True, slots=True)
class _Clock:
    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        pass


def _half(argument: Any) -> Any:
    """The first half of what is to be written; other arguments as they are."""
    if isinstance(argument, bytes | bytearray | memoryview):
        return bytes(argument)[: len(argument) // 2]
    return argument


class _Steps:
    """Counts steps, and ends the process at one of them."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.taken: list[str] = []
        for name in _OS:
            setattr(os, name, self._counted(f"os.{name}", getattr(os, name)))
        for name in _SOCKET:
            wrapped = self._counted(f"socket.{name}", getattr(socket.socket, name))
            setattr(socket.socket, name, wrapped)

    def _counted(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **options: Any) -> Any:
            if name == "os.open" and not arguments[1] & (os.O_CREAT | os.O_TRUNC):
                return call(*arguments, **options)
            self.taken.append(name)
            if len(self.taken) != self._run.kill:
                return call(*arguments, **options)
            if self._run.when == "amid":
                call(*map(_half, arguments), **options)
            if self._run.when == "after":
                call(*arguments, **options)
            os.kill(os.getpid(), signal.SIGKILL)
            raise AssertionError  # a process that is killed does not come here

        return step


def _child(run: Run, output: int) -> int:
    """The command, in the forked process."""
    from digest.cli.entry import main
    from digest.store.json_file.store import JsonFile

    os.dup2(output, 1)
    os.dup2(output, 2)
    opened: set[str] = set()
    steps = _Steps(run)
    sys.addaudithook(
        lambda event, values: (
            opened.add(str(values[0]))
            if event == "open" and isinstance(values[1], str) and set(values[1]) & set("wax+")
            else None
        )
    )
    status = main(
        run.arguments,
        environment=run.environment,
        clock=_Clock(datetime.fromisoformat(run.at)),
        kept=partial(JsonFile, fold_at=run.fold_at),
    )
    sys.stdout.flush()
    home = str(Path(run.environment["DIGEST_STATE"]).parent)
    sys.stdout.write("\0" + json.dumps(steps.taken) + "\n")
    sys.stdout.flush()
    besides = [name for name in opened if name.startswith(home)]
    assert not besides, f"{besides} were written beside the seam"
    return status


def _serve() -> None:
    import tempfile

    import digest.commands.send
    import digest.cycle.composing
    import digest.delivery.connection
    import digest.source.arxiv_api.listing  # noqa: F401 (all of it is in memory before the first fork)

    for line in sys.stdin:
        run = Run(**json.loads(line))
        with tempfile.TemporaryFile() as output:
            child = os.fork()
            if not child:
                status = 99
                try:
                    status = _child(run, output.fileno())
                finally:
                    os._exit(status)
            _, waited = os.waitpid(child, 0)
            output.seek(0)
            out, _, steps = output.read().decode().partition("\0")
        taken = json.loads(steps.partition("\n")[0]) if steps else []
        ran = Ran(os.waitstatus_to_exitcode(waited), out, taken)
        sys.stdout.write(json.dumps(asdict(ran)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
