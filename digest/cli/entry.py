"""The `digest` command, from its start to its exit status.

    Ctrl-C ─ streams ─> options ─> log ─> settings ─> the command's module ─> exit status
                                                └─> an error is reported

A command's module is imported when the command is called, so that `digest --help` is fast. All
other modules are imported after Ctrl-C is handled.
"""

from __future__ import annotations

import os
import sys

from digest import interrupts

TYPE_CHECKING = False  # as in `typing`, which is not imported so early
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import NoReturn

    from digest.clock import Clock
    from digest.config.settings import Settings
    from digest.errors import MistakesError
    from digest.store.store import Store


def entry_point() -> NoReturn:
    """Runs the `digest` command and ends the process."""
    interrupts.end_at_once()
    from digest import streams as standard_streams

    standard_streams.prepare()
    try:
        status = main(sys.argv[1:], begins=_begin)
    except SystemExit as shown:  # raised by --help and --version
        status = int(shown.code or 0)
    interrupts.none_from_now_on()
    interrupts.leave(status if standard_streams.flushed() else standard_streams.UNWRITTEN)


def _begin() -> None:
    """Lets the command handle Ctrl-C, and hides messages of libraries."""
    from digest.cli.log import hush_others

    hush_others()
    interrupts.raise_first()


def main(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    clock: Clock | None = None,
    begins: Callable[[], None] = lambda: None,
    kept: Callable[[Path], Store] | None = None,
) -> int:
    """Runs one command line; returns the exit status (sysexits.h).

    Args:
        arguments: the arguments without the program's name.
        environment: the variables with the settings, None for the process's own.
        clock: the source of the time, None for the machine's clock.
        begins: called after the settings are read, just before the command begins.
        kept: makes the store of the path that DIGEST_STATE names, None for JSON files.
    """
    variables = os.environ if environment is None else environment
    try:
        from digest.cli.command_line import parsed

        options = parsed(arguments)  # leaves with SystemExit after --help and --version
        from digest.cli.log import log_to_stderr
        from digest.clock import SystemClock

        log_to_stderr(variables, verbose=options.verbose, command=options.command)
        return _run(options, variables, clock or SystemClock(), begins, kept)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 (the last resort)
        from digest.cli.failing import failing

        return failing(arguments, variables).status(error)


def _run(
    options: Namespace,
    environment: Mapping[str, str],
    clock: Clock,
    begins: Callable[[], None],
    kept: Callable[[Path], Store] | None,
) -> int:
    from importlib import import_module
    from pathlib import Path

    from digest.cli.command_line import COMMANDS, parser

    module = import_module(COMMANDS[options.command][0])
    if options.command == "demo":
        begins()
        return int(module.run(Path(options.output)))
    if options.command == "init":
        begins()
        return int(module.run(options, environment))
    if options.command == "help":
        lines = {name: line for name, (_, line) in COMMANDS.items()}
        return int(module.run(options.topic, parser(), lines, environment))
    from digest.commands.invocation import Invocation
    from digest.config.files import load_settings
    from digest.errors import MistakesError
    from digest.store.json_file.default_state import found

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
        return load_settings(env_file, environment, overrides, state_at=found)

    try:
        known = settings()
    except MistakesError as error:
        raise _with_those_in_subscribers(error, options, environment) from error
    invocation = Invocation(
        options, known, clock, again=settings, environment=environment, kept=kept
    )
    begins()
    return int(module.run(invocation))


def _with_those_in_subscribers(
    error: MistakesError, options: Namespace, environment: Mapping[str, str]
) -> MistakesError:
    """The mistakes in the settings, and those in subscribers.yaml if it can be read."""
    from pathlib import Path

    from digest.config.files import load_subscriptions
    from digest.errors import DigestError, MistakesError

    named = options.subscribers or environment.get("DIGEST_SUBSCRIBERS") or "subscribers.yaml"
    try:
        load_subscriptions(Path(named))
    except MistakesError as further:
        return MistakesError([*error.mistakes, *further.mistakes])
    except DigestError:  # a missing file is reported when it is needed
        pass
    return error
