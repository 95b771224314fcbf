"""The log on standard error: logfmt for a journal, sentences for a person at a terminal."""

import logging
import sys
import threading
from collections.abc import Callable, Mapping

from digest.cli.sentences import Sentences
from digest.streams import in_the_journal, over_the_bar
from digest.text import Line

_SYSLOG = {logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6, logging.DEBUG: 7}
"""The levels of sd-daemon(3)."""

_REPORTED = ("fetched", "accepted", "deferred", "refused", "mail-failed")
"""Events that a command's own report repeats in a sentence."""


def log_to_stderr(environment: Mapping[str, str], *, verbose: bool, command: str) -> None:
    """Sends log lines to a journal or a file, and sentences to a person at a terminal.

    On a terminal commands log only warnings and errors, because their report at the end covers the
    keywords and messages. The daemon logs all events there, since it prints no report.

    In systemd's journal each line begins with the number of its level (sd-daemon(3)), so that
    `journalctl -p warning` can select lines.
    """
    watched, daemon = sys.stderr.isatty(), command == "run"
    level = (
        logging.DEBUG if verbose else logging.WARNING if watched and not daemon else logging.INFO
    )
    handler = logging.StreamHandler()
    if in_the_journal(environment.get("JOURNAL_STREAM", "")):
        handler.setFormatter(_EachLine(lambda record: mark_of(record.levelno)))
    elif watched:
        handler.setFormatter(_Sentences())
        if not (verbose or daemon):
            reported = (*_REPORTED, "arxiv-failed") if command == "check" else _REPORTED
            handler.addFilter(lambda record: getattr(record.msg, "event", "") not in reported)
    else:
        handler.setFormatter(_EachLine(lambda record: f"{record.levelname} "))
    logger = logging.getLogger("digest")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(level)


def mark_of(level: int) -> str:
    """The prefix of this level for a line in systemd's journal."""
    return f"<{_SYSLOG[level]}>"


def hush_others() -> None:
    """Keeps messages of libraries and threads off standard error; `--verbose` logs them."""
    logging.getLogger().addHandler(logging.NullHandler())
    threading.excepthook = _thread_failed


def _thread_failed(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        logging.getLogger("digest").debug("a thread has failed", exc_info=args.exc_value)


class _EachLine(logging.Formatter):
    """A formatter that begins each line of a record with the text that `start` returns."""

    def __init__(self, start: Callable[[logging.LogRecord], str]) -> None:
        super().__init__("%(message)s")
        self._start = start

    def format(self, record: logging.LogRecord) -> str:
        start = self._start(record)
        return "\n".join(f"{start}{line}" for line in super().format(record).splitlines())


class _Sentences(logging.Formatter):
    """A formatter that writes a sentence for each event and clears a progress bar first."""

    def __init__(self) -> None:
        super().__init__("%(message)s")
        self._sentences = Sentences()

    def format(self, record: logging.LogRecord) -> str:
        start = over_the_bar() + ("digest: " if record.levelno >= logging.WARNING else "")
        said = record.msg
        if not isinstance(said, Line):
            return start + super().format(record)
        return "\n".join(f"{start}{self._sentences.of(part)}" for part in said.parts)
