"""Standard input, output and error: there, in UTF-8, and what was printed has arrived."""

import io
import os
import sys
from pathlib import Path
from typing import TextIO

UNWRITTEN = 74
"""The exit status where what was printed went nowhere."""


def prepare() -> None:
    """Opens what the caller has closed, and has all that is printed be UTF-8.

    The table is a file, whatever the locale; and no file of the store may be taken for one of the
    streams.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, _nowhere())
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def flushed() -> bool:
    """Whether all that was printed has reached its file; says so where it has not."""
    try:
        sys.stdout.flush()
    except OSError as error:
        let_go_of_stdout()
        if isinstance(error, BrokenPipeError):  # who reads along has seen enough
            return True
        unwritten(error)
        return False
    return True


def let_go_of_stdout() -> None:
    """Has what is still in its buffer go nowhere, so that Python does not complain at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def unwritten(error: OSError) -> int:
    """Says that standard output takes nothing; returns the exit status."""
    sys.stdout = _nowhere()
    print(
        f"digest: what it prints cannot be written ({error.strerror}): make room", file=sys.stderr
    )
    return UNWRITTEN


def in_the_journal(named: str, stream: TextIO | None = None) -> bool:
    """Whether a stream, None for standard error, is the one in JOURNAL_STREAM (systemd.exec(5))."""
    try:
        stat = os.fstat((stream or sys.stderr).fileno())
    except (OSError, ValueError):
        return False
    return named == f"{stat.st_dev}:{stat.st_ino}"


def over_the_bar() -> str:
    """What takes a progress bar away that may stand in the terminal's line; nothing elsewhere."""
    return "\r\x1b[2K" if sys.stderr.isatty() else ""


def _nowhere() -> TextIO:
    """Takes everything and keeps nothing, for as long as the process lives."""
    return Path(os.devnull).open("w", encoding="utf-8")
