"""A person before a terminal: `digest` runs on a pseudo-terminal, and has keys typed to it."""

import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

_START = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
_PATIENCE = 30.0
"""Seconds for the next question: far more than it ever takes."""


class Terminal:
    """Runs `digest ARGUMENTS` in `cwd` on a terminal of its own, 24 lines of 80 characters."""

    def __init__(self, *arguments: str, cwd: Path, **environment: str) -> None:
        self._master, slave = os.openpty()
        names = {"PATH": os.defpath, "HOME": str(cwd), "TERM": "xterm", "LANG": "C.UTF-8"}
        root = str(Path(__file__).parents[2])
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, "-m", "digest", *arguments],
                stdin=slave,
                stdout=slave,
                stderr=slave,
                cwd=cwd,
                env={**names, "PYTHONPATH": root, "COLUMNS": "80", "LINES": "24", **environment},
                start_new_session=True,
            )
        finally:
            os.close(slave)
        self.screen = ""
        self._seen = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._master)

    def wait_for(self, words: str) -> None:
        """Reads on until `words` come, after those of the last call."""
        until = time.monotonic() + _PATIENCE
        while (at := self.screen.find(words, self._seen)) < 0:
            if not self._read(until - time.monotonic()):
                raise AssertionError(f"no {words!r} in {self.screen[self._seen :]!r}")
        self._seen = at + len(words)

    def type(self, keys: str | bytes) -> None:
        """Presses keys, Enter being a line feed."""
        os.write(self._master, keys.encode() if isinstance(keys, str) else keys)

    def answer(self, question: str, text: str) -> None:
        """Waits for a question, and answers it."""
        self.wait_for(question)
        self.type(f"{text}\n")

    def end(self, pressing: str = "") -> int:
        """Reads to the end; returns the exit status.

        `pressing` is pressed first, and again each two seconds, as a person does: Python does not
        notice a Ctrl-C that comes after its last look and before it waits for a key.
        """
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            if pressing:
                self.type(pressing)
            again = min(until, time.monotonic() + 2) if pressing else until
            while (left := again - time.monotonic()) > 0:
                if not self._read(left) and time.monotonic() < again:
                    return self._process.wait(_PATIENCE)
        raise AssertionError(f"it does not end: {self.screen!r}")

    def _read(self, seconds: float) -> bool:
        """Reads what is there, or comes within so many seconds; False at the end."""
        ready, _, _ = select.select([self._master], [], [], max(seconds, 0))
        try:
            data = os.read(self._master, 65536) if ready else b""
        except OSError:  # EIO: the other side is closed
            return False
        self.screen += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)
