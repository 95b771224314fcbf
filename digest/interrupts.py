"""Ctrl-C: at whatever moment it comes, the process ends without a traceback, and with 130.

    start: imports, options ─> it ends at once: nothing has been done
    a command is at work ────> KeyboardInterrupt; again, or five seconds later: it ends at once

To end at once does no harm at any time: what is recorded is on the disk
(digest.store.json_file.store). This module
imports next to nothing, since it has to be there before the others are.
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
"""What shells say of a process that SIGINT has ended: 128 and the signal's number."""

SENTENCE = "interrupted; what was done so far is recorded"

_GRACE = 5.0
"""Seconds that a command has to clean up."""


def end_at_once() -> None:
    """From now on Ctrl-C ends the process, wherever it is."""
    signal.signal(signal.SIGINT, _end)


def raise_first() -> None:
    """From now on Ctrl-C raises KeyboardInterrupt; a second one, or five seconds, end the process.

    One that is raised where Python can only print it (a callback of the garbage collector, say)
    ends the process as well.
    """
    sys.unraisablehook = _unraisable
    signal.signal(signal.SIGINT, _raise)


def none_from_now_on() -> None:
    """From now on signals change nothing any more: the process ends by itself, with its status."""
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    for late in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(late, signal.SIG_IGN)


def leave(status: int) -> NoReturn:
    """Ends the process; a thread that still waits, for the address of a name say, is left alone."""
    import threading  # noqa: PLC0415 (not before it is settled what Ctrl-C does)

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
    """Whether `--json` is among them, written out or as much of it as tells it from others."""
    return any(len(text) > 2 and "--json".startswith(text) for text in arguments)


def _say(descriptor: int, text: str) -> None:
    """Writes past Python's buffers, of which one may be locked just now."""
    try:
        os.write(descriptor, text.encode())
    except OSError:  # nobody is there to read it
        return


def _unraisable(args: Any) -> None:
    if args.exc_type is KeyboardInterrupt:
        _end(signal.SIGINT, None)
    if "--verbose" in sys.argv:
        sys.__unraisablehook__(args)
