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
"""What a command's own report says again, in a sentence."""


def log_to_stderr(environment: Mapping[str, str], *, verbose: bool, command: str) -> None:
    """Log lines for a journal or a file; for a person at a terminal sentences, of what is wrong.

    The daemon tells what it does on a terminal as well: it has nothing else to show. The other
    commands say at their end what became of keywords and messages, so that their log need not.

    What systemd's journal reads begins with the level's number (sd-daemon(3)), so that it can be
    asked for what is wrong alone.
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


class _Sentences(logging.Formatter):
    """A sentence for each event, over a progress bar that may stand there."""

    def __init__(self) -> None:
        super().__init__("%(message)s")
        self._sentences = Sentences()

    def format(self, record: logging.LogRecord) -> str:
        start = over_the_bar() + ("digest: " if record.levelno >= logging.WARNING else "")
        said = record.msg
        if not isinstance(said, Line):
            return start + super().format(record)
        return "\n".join(f"{start}{self._sentences.of(part)}" for part in said.parts)
