"""Standard input, output and error: always open, in UTF-8, and checked for failed writes."""

import io
import os
import sys
from pathlib import Path
from typing import TextIO

UNWRITTEN = 74
"""The exit status if standard output could not be written."""


def prepare() -> None:
    """Opens the streams that the caller has closed, and sets their encoding to UTF-8.

    `digest table` prints a file, which is UTF-8 in every locale. A closed stream would leave its
    number free, and a file of the store could get it.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number, which is this one
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, _nowhere())
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def flushed() -> bool:
    """Flushes standard output; prints an error and returns False if that fails."""
    try:
        sys.stdout.flush()
    except OSError as error:
        discard_stdout()
        if isinstance(error, BrokenPipeError):  # the reader, such as `head`, has closed the pipe
            return True
        unwritten(error)
        return False
    return True


def discard_stdout() -> None:
    """Sends the rest of the buffer to /dev/null, so that Python does not complain at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def unwritten(error: OSError) -> int:
    """Prints that standard output cannot be written; returns the exit status."""
    sys.stdout = _nowhere()
    print(f"digest: its output cannot be written ({error.strerror}): make room", file=sys.stderr)
    return UNWRITTEN


def in_the_journal(named: str, stream: TextIO | None = None) -> bool:
    """Whether a stream (None: standard error) is the one in JOURNAL_STREAM (systemd.exec(5))."""
    try:
        stat = os.fstat((stream or sys.stderr).fileno())
    except (OSError, ValueError):
        return False
    return named == f"{stat.st_dev}:{stat.st_ino}"


def over_the_bar() -> str:
    """The escape sequence that clears a progress bar from the terminal's line; else empty."""
    return "\r\x1b[2K" if sys.stderr.isatty() else ""


def _nowhere() -> TextIO:
    """A stream that drops everything written to it."""
    return Path(os.devnull).open("w", encoding="utf-8")
