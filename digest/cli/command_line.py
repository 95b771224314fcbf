"""The commands and their options."""

import argparse
import re
from collections.abc import Collection, Sequence
from typing import Any, NoReturn

from digest import __version__
from digest.commands.options import add_options_without_settings
from digest.errors import UsageError

COMMANDS = {
    "init": (
        "digest.commands.init",
        "asks some questions and writes the first subscribers.yaml and .env",
    ),
    "demo": ("digest.commands.demo", "the whole job on sample papers, without network and set-up"),
    "send": ("digest.commands.send", "one cycle now: fetch, diff, compose, deliver, record"),
    "run": ("digest.commands.run", "the daemon: every digest on time, until it is stopped"),
    "check": ("digest.commands.check", "tries configuration, state, mail server and arXiv"),
    "status": (
        "digest.commands.status",
        "what each reader's mail waits for: why did I get no mail?",
    ),
    "why": ("digest.commands.why", "why a paper came, or did not come"),
    "try": ("digest.commands.try_out", "what a phrase would find: a keyword before it is used"),
    "preview": ("digest.commands.preview", "what each reader would get next, in a browser"),
    "table": ("digest.commands.table", "the papers of the store as a Markdown table"),
    "import": ("digest.commands.importing", "marks the papers of such a table as already mailed"),
    "help": ("digest.commands.help", "shows the documentation: providers, operations, ..."),
}
"""For each command: the module with its `run`, and a line of help."""

_ALSO_CALLED = {
    "send": "mail email deliver once now cycle",
    "run": "start daemon serve watch loop",
    "check": "validate verify test doctor lint config",
    "status": "show list info state report",
    "why": "explain reason because whynot",
    "try": "find search query test-keyword estimate",
    "preview": "view open render html",
    "table": "markdown",
    "import": "load migrate",
    "demo": "try-it example sample",
    "init": "setup configure new create install",
    "help": "man docs doc",
}
"""Other names that people use for the commands."""


class _Parser(argparse.ArgumentParser):
    """A parser that raises UsageError with one sentence; `main` decides how to exit."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; `{self.prog} --help` lists what there is")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Suggests a command if the given one does not exist."""
        if action.dest == "command" and value not in COMMANDS:
            from digest.text import shown  # noqa: PLC0415 (for mistakes alone)

            hint = _meant(value) or "; `digest --help` lists what there is"
            raise UsageError(f"there is no command {shown(value)}{hint}")
        super()._check_value(action, value)


def _meant(command: str) -> str:
    """`; did you mean …?` with the command closest to a word, or an empty text."""
    from digest.text import did_you_mean, shown  # noqa: PLC0415 (for mistakes alone)

    for name, others in _ALSO_CALLED.items():
        if name in COMMANDS and command.lower() in others.split():
            return f"; did you mean {shown(name)}?"
    return did_you_mean(command, tuple(COMMANDS))


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The parsed command line; UsageError if it is wrong."""
    options, unknown = parser(_named(arguments)).parse_known_args(arguments)
    if unknown:
        from digest.text import did_you_mean, shown  # noqa: PLC0415 (for mistakes alone)

        command = f"digest {options.command}"
        there = re.findall(r"--[a-z-]+", _help_of(options.command))
        hint = did_you_mean(unknown[0].partition("=")[0], there)
        hint = hint or f"; `{command} --help` lists what there is"
        raise UsageError(f"`{command}` has no {shown(unknown[0])}{hint}")
    return options


def _help_of(command: str) -> str:
    """The help text of a command's options."""
    parser = _Parser(prog=f"digest {command}")
    _add_global_options(parser)
    _add_options(command, parser)
    return parser.format_help()


def _named(arguments: Sequence[str]) -> Collection[str]:
    """The commands to which arguments can belong: all of them where help may be asked for."""
    if any(one.startswith(("-h", "--h")) for one in arguments):
        return COMMANDS
    return COMMANDS.keys() & set(arguments) or COMMANDS


def parser(named: Collection[str] = tuple(COMMANDS)) -> _Parser:
    """The parser of the command line, with the options and the help of the named commands."""
    everywhere = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    _add_global_options(everywhere)
    parser = _Parser(
        prog="digest",
        description="Mails people the arXiv papers that are new for their keywords.",
        epilog="Exit status: 0 done, 64 usage, 65 bad input file, 69 a server refused for good, "
        "70 an error in digest itself, 74 the state could not be read or written, 75 try again "
        "later, 78 configuration, 130 interrupted.",
    )
    parser.set_defaults(subscribers=None, state=None, env_file=None, verbose=False)
    _add_global_options(parser)
    parser.add_argument("--version", action="version", version=f"digest {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in (name for name in COMMANDS if name in named):
        text = COMMANDS[name][1]
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


_TO = ("--to", "ADDRESS", "reader")
_KEYWORD = ("--keyword", "NAME", "keyword")
_CHOOSING = {"send": (_TO, _KEYWORD), "preview": (_TO, _KEYWORD), "status": (_TO,)}


def _add_options(command: str, parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    for option, shown_as, what in _CHOOSING.get(command, ()):
        add(option, action="append", metavar=shown_as, help=f"only this {what} (repeatable)")
    if command == "send":
        add("--dry-run", action="store_true", help="send nothing and change no state")
        add("--preview", metavar="DIR", help="write each message there as .eml and .html")
        add("--listing", metavar="FILE", help="read a saved Atom page instead of arXiv")
    if command in ("send", "status", "try", "why"):
        add("--json", action="store_true", help="print a report for programs")
    if command in ("check", "preview", "try"):
        add("--offline", action="store_true", help="leave the network out")
    if command == "check":
        add("--mail-to", metavar="ADDRESS", help="send one test mail to this address")
    if command == "preview":
        add("--output", metavar="DIR", help="write the pages there, and open none")
        add("--no-open", action="store_true", help="print where the pages are, and open none")
    if command == "table":
        add("--output", metavar="FILE", help="write there instead of to standard output")
    if command == "import":
        add("file", metavar="FILE", help="a Markdown table of the form of `digest table`")
    if command in _SEARCHING:
        _SEARCHING[command](parser)
    add_options_without_settings(command, parser)


def _add_options_of_try(parser: argparse.ArgumentParser) -> None:
    """Adds an option for each key of a keyword; one that is not given is None."""
    add = parser.add_argument
    add("phrase", metavar="PHRASE", nargs="?", help="a phrase, or the name of a keyword")
    add("--in", metavar="FIELDS", help='title, abstract, or "title, abstract": in both')
    add("--match", metavar="HOW", help="phrase (the usual one), or all: all the words")
    add("--categories", metavar="LIST", action="append", help="only in these: cs, stat.ML, ...")
    add("--exclude", metavar="PHRASE", action="append", help="without this phrase (repeatable)")
    add("--author", metavar="NAME", action="append", help="papers by this author (repeatable)")
    add("--category", metavar="LIST", action="append", help="all papers of a category, as math.NT")
    add("--query", metavar="QUERY", help="in arXiv's own query language")
    add("--trust", action="store_true", help="search for this keyword here again, not at arXiv")


def _add_options_of_why(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("paper", metavar="PAPER", help="its identifier, or the address of its page")
    add("address", metavar="ADDRESS", nargs="?", help="only for this reader")


_SEARCHING = {"try": _add_options_of_try, "why": _add_options_of_why}
"""The commands that search for papers."""
