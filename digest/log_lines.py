"""The log on standard error: logfmt for a journal, sentences for a person at a terminal."""

import logging
import sys
import threading
from collections.abc import Callable, Mapping

from digest.standard_streams import in_the_journal

_SYSLOG = {logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6, logging.DEBUG: 7}
"""The levels of sd-daemon(3)."""

OVER_THE_BAR = "\r\x1b[2K"
"""Takes away what stands in the terminal's line: a progress bar."""


def log_to_stderr(environment: Mapping[str, str], *, verbose: bool, daemon: bool) -> None:
    """Log lines for a journal; on a terminal, where progress is shown, only what is wrong.

    The daemon tells what it does on a terminal as well: it has nothing else to show.

    What systemd's journal reads begins with the level's number (sd-daemon(3)), so that it can be
    asked for what is wrong alone.
    """
    watched = sys.stderr.isatty()
    level = (
        logging.DEBUG if verbose else logging.WARNING if watched and not daemon else logging.INFO
    )
    handler = logging.StreamHandler()
    over_the_bar = OVER_THE_BAR if watched else ""
    handler.setFormatter(
        _EachLine(lambda record: mark_of(record.levelno))
        if in_the_journal(environment.get("JOURNAL_STREAM", ""))
        else _EachLine(lambda record: f"{over_the_bar}{record.levelname} ")
    )
    logger = logging.getLogger("digest")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(level)


def mark_of(level: int) -> str:
    """What a line of this level begins with in systemd's journal."""
    return f"<{_SYSLOG[level]}>"


def hush_others() -> None:
    """Keeps what libraries and threads would print from standard error; `--verbose` logs it."""
    logging.getLogger().addHandler(logging.NullHandler())
    threading.excepthook = _thread_failed


def _thread_failed(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        logging.getLogger("digest").debug("a thread has failed", exc_info=args.exc_value)


class _EachLine(logging.Formatter):
    """Begins each line of a record with what `start` gives for it."""

    def __init__(self, start: Callable[[logging.LogRecord], str]) -> None:
        super().__init__("%(message)s")
        self._start = start

    def format(self, record: logging.LogRecord) -> str:
        start = self._start(record)
        return "\n".join(f"{start}{line}" for line in super().format(record).splitlines())
