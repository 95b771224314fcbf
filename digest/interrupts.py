"""Ctrl-C: it ends the process at any moment without a traceback, with exit status 130.

    start: imports, options ─> the process ends at once: nothing has been done
    a command is at work ────> KeyboardInterrupt; a second Ctrl-C, or five seconds, end it at once

It is always safe to end at once: recorded events are on the disk (digest.store.json_file.store).
This module imports next to nothing, because it is loaded before all others.
"""

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, NoReturn

INTERRUPTED = 130
"""The exit status that shells give a process ended by SIGINT: 128 plus the signal's number."""

SENTENCE = "interrupted; what was done so far is recorded"

_GRACE = 5.0
"""Seconds that a command has to clean up."""


def end_at_once() -> None:
    """Makes Ctrl-C end the process at once."""
    signal.signal(signal.SIGINT, _end)


def raise_first() -> None:
    """Makes Ctrl-C raise KeyboardInterrupt; a second one, or five seconds, end the process.

    Python can only print an exception in some places (a callback of the garbage collector, say);
    a KeyboardInterrupt raised there ends the process as well.
    """
    sys.unraisablehook = _unraisable
    signal.signal(signal.SIGINT, _raise)


def none_from_now_on() -> None:
    """Ignores further signals: the process is about to end with its own status."""
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    for late in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(late, signal.SIG_IGN)


def leave(status: int) -> NoReturn:
    """Ends the process without waiting for threads (one may be looking up a name, say)."""
    import threading  # noqa: PLC0415 (only after Ctrl-C is handled)

    if threading.active_count() > 1:
        os._exit(status)
    sys.exit(status)


def _raise(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, _end)
    signal.signal(signal.SIGALRM, _end)
    signal.setitimer(signal.ITIMER_REAL, _GRACE)
    signal.default_int_handler(number, frame)


def _end(_: int, __: FrameType | None) -> None:
    _say(2, f"digest: {SENTENCE}\n")
    if asks_for_json(sys.argv[1:]):
        _say(1, f'{{"error": "{SENTENCE}", "errors": ["{SENTENCE}"], "exit_status": 130}}\n')
    os._exit(INTERRUPTED)


def asks_for_json(arguments: list[str]) -> bool:
    """Whether `--json` is among the arguments, in full or abbreviated."""
    return any(len(text) > 2 and "--json".startswith(text) for text in arguments)


def _say(descriptor: int, text: str) -> None:
    """Writes without Python's buffers: the interrupted code may hold their lock."""
    try:
        os.write(descriptor, text.encode())
    except OSError:  # there is no reader
        return


def _unraisable(args: Any) -> None:
    if args.exc_type is KeyboardInterrupt:
        _end(signal.SIGINT, None)
    if "--verbose" in sys.argv:
        sys.__unraisablehook__(args)
