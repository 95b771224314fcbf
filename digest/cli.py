"""The command line: options, logging, and what an error looks like.

Each command is imported when it is called, so that `digest --help` is there at once.
"""

import argparse
import errno
import io
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn, TextIO

from digest import __version__
from digest.errors import DigestError, MistakesError, UsageError
from digest.times import Clock, SystemClock

INTERNAL_ERROR = 70
INTERRUPTED = 130
UNWRITTEN = 74
_SYSLOG = {logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6, logging.DEBUG: 7}
"""The levels of sd-daemon(3)."""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

_COMMANDS = {
    "demo": ("digest.demo", "the whole job on sample papers, without network and set-up"),
    "send": ("digest.commands.send", "one cycle now: fetch, diff, compose, deliver, record"),
    "run": ("digest.commands.run", "the daemon: every digest on time, until it is stopped"),
    "check": ("digest.commands.check", "tries configuration, state, mail server and arXiv"),
    "status": ("digest.commands.status", "how things stand: why did I get no mail?"),
    "preview": ("digest.commands.preview", "what each reader would get next, in a browser"),
    "table": ("digest.commands.table", "the papers of the store as a Markdown table"),
    "import": ("digest.commands.importing", "marks the papers of such a table as mailed"),
}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, and leaves the exit to `main`."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; `{self.prog} --help` lists what there is")


def entry_point() -> NoReturn:
    """The `digest` command. What it prints is UTF-8, whatever the locale: the table is a file."""
    _fill_standard_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    status = main(sys.argv[1:])
    for late in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(late, signal.SIG_IGN)  # it is on its way out, with this status
    sys.exit(status if _flushed() else UNWRITTEN)


def _fill_standard_streams() -> None:
    """Opens what the caller has closed, so that no file of the store is taken for one of them."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, _nowhere())


def _flushed() -> bool:
    """Whether all that was printed has reached its file; says so where it has not."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _let_go_of_stdout()
        if isinstance(error, BrokenPipeError):  # who reads along has seen enough
            return True
        _unwritten(error)
        return False
    return True


def _let_go_of_stdout() -> None:
    """Has what is still in its buffer go nowhere, so that Python does not complain at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _unwritten(error: OSError) -> int:
    """Says that standard output takes nothing; returns the exit status."""
    sys.stdout = _nowhere()
    print(
        f"digest: what it prints cannot be written ({error.strerror}): make room", file=sys.stderr
    )
    return UNWRITTEN


def _nowhere() -> TextIO:
    """Takes everything and keeps nothing, for as long as the process lives."""
    return Path(os.devnull).open("w", encoding="utf-8")


def main(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    clock: Clock | None = None,
) -> int:
    """Runs one command line; returns the exit status (sysexits.h).

    Args:
        arguments: without the program's name.
        environment: the settings' variables, None for the process's own.
        clock: what the time is, None for the machine's clock.
    """
    verbose = "--verbose" in arguments
    variables = os.environ if environment is None else environment
    try:
        options = _parser().parse_args(arguments)
        _log_to_stderr(variables, verbose=options.verbose, daemon=options.command == "run")
        return _run(options, variables, clock or SystemClock())
    except DigestError as error:
        if verbose:
            traceback.print_exc()
        noted = _in_the_journal(variables.get("JOURNAL_STREAM", ""))
        mark = f"<{_SYSLOG[logging.ERROR]}>" if noted else ""
        for line in str(error).splitlines():
            print(f"{mark}digest: {line}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("digest: interrupted; what was done so far is recorded", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        _let_go_of_stdout()
        return 0
    except Exception as error:  # noqa: BLE001 (the last resort; --verbose shows all of it)
        if verbose:
            traceback.print_exc()
        if isinstance(error, OSError) and error.errno in _NO_ROOM and error.filename is None:
            return _unwritten(error)
        kind = type(error).__name__
        print(
            f"digest: an error in digest itself ({kind}: {error}); run it again with --verbose and "
            "report what it prints",
            file=sys.stderr,
        )
        return INTERNAL_ERROR


def _run(options: argparse.Namespace, environment: Mapping[str, str], clock: Clock) -> int:
    module = import_module(_COMMANDS[options.command][0])
    if options.command == "demo":
        return int(module.run(Path(options.output)))
    from digest.commands.invocation import Invocation
    from digest.inputs import load_settings
    from digest.settings import Settings

    overrides = {
        name: value
        for name, value in (
            ("DIGEST_SUBSCRIBERS", options.subscribers),
            ("DIGEST_STATE", options.state),
        )
        if value is not None
    }
    env_file = Path(options.env_file) if options.env_file is not None else None

    def settings() -> Settings:
        return load_settings(env_file, environment, overrides)

    try:
        known = settings()
    except MistakesError as error:
        raise _with_those_in_subscribers(error, options, environment) from error
    invocation = Invocation(options, known, clock, again=settings, environment=environment)
    return int(module.run(invocation))


def _with_those_in_subscribers(
    error: MistakesError, options: argparse.Namespace, environment: Mapping[str, str]
) -> MistakesError:
    """The mistakes in the settings and those in subscribers.yaml, where that can be read."""
    from digest.inputs import load_subscriptions

    named = options.subscribers or environment.get("DIGEST_SUBSCRIBERS") or "subscribers.yaml"
    try:
        load_subscriptions(Path(named))
    except MistakesError as further:
        return MistakesError([*error.mistakes, *further.mistakes])
    except DigestError:  # a file that is not there is said when it is needed
        pass
    return error


def _log_to_stderr(environment: Mapping[str, str], *, verbose: bool, daemon: bool) -> None:
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
    over_the_bar = "\r\x1b[2K" if watched else ""
    in_the_journal = _in_the_journal(environment.get("JOURNAL_STREAM", ""))
    handler.setFormatter(
        _EachLine(lambda record: f"<{_SYSLOG[record.levelno]}>")
        if in_the_journal
        else _EachLine(lambda record: f"{over_the_bar}{record.levelname} ")
    )
    logger = logging.getLogger("digest")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(level)


def _in_the_journal(stream: str) -> bool:
    """Whether standard error is the stream that JOURNAL_STREAM names (systemd.exec(5))."""
    try:
        stat = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return stream == f"{stat.st_dev}:{stat.st_ino}"


class _EachLine(logging.Formatter):
    """Begins each line of a record with what `start` gives for it."""

    def __init__(self, start: Callable[[logging.LogRecord], str]) -> None:
        super().__init__("%(message)s")
        self._start = start

    def format(self, record: logging.LogRecord) -> str:
        start = self._start(record)
        return "\n".join(f"{start}{line}" for line in super().format(record).splitlines())


def _parser() -> _Parser:
    everywhere = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    _add_global_options(everywhere)
    parser = _Parser(
        prog="digest",
        description="Mails people the arXiv papers that are new for their keywords.",
        epilog="Exit status: 0 done, 64 usage, 65 bad input file, 69 a server refused for good, "
        "74 the state could not be read or written, 75 try again later, 78 configuration.",
    )
    parser.set_defaults(subscribers=None, state=None, env_file=None, verbose=False)
    _add_global_options(parser)
    parser.add_argument("--version", action="version", version=f"digest {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (_, text) in _COMMANDS.items():
        _add_options(
            name, commands.add_parser(name, help=text, description=text, parents=[everywhere])
        )
    return parser


def _add_global_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("options of every command")
    suppressed: dict[str, Any] = {"default": argparse.SUPPRESS}
    group.add_argument(
        "--subscribers", metavar="FILE", help="who reads what (subscribers.yaml)", **suppressed
    )
    group.add_argument("--state", metavar="FILE", help="the state (state.json)", **suppressed)
    group.add_argument("--env-file", metavar="FILE", help="the settings (.env)", **suppressed)
    group.add_argument(
        "--verbose", action="store_true", help="log every step; tracebacks", **suppressed
    )


def _add_options(command: str, parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    if command in ("send", "preview"):
        add("--to", action="append", metavar="ADDRESS", help="only this reader (repeatable)")
        add("--keyword", action="append", metavar="NAME", help="only this keyword (repeatable)")
    if command == "send":
        add("--dry-run", action="store_true", help="send nothing and change no state")
        add("--preview", metavar="DIR", help="write each message there as .eml and .html")
        add("--listing", metavar="FILE", help="read a saved Atom page instead of arXiv")
    if command in ("send", "status"):
        add("--json", action="store_true", help="print a report for programs")
    if command in ("check", "preview"):
        add("--offline", action="store_true", help="leave the network out")
    if command == "preview":
        add("--output", metavar="DIR", help="write the pages there, and open none")
        add("--no-open", action="store_true", help="print where the pages are, and open none")
    if command == "table":
        add("--output", metavar="FILE", help="write there instead of to standard output")
    if command == "demo":
        add("--output", metavar="DIR", default="demo", help="where the mails go (./demo)")
    if command == "import":
        add("file", metavar="FILE", help="a Markdown table of the form of `digest table`")
