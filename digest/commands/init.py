"""The command `digest init`: writes the first subscribers.yaml and .env."""

import argparse
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from digest.commands.first_files import Answers, env_text, plain, subscribers_text, without_password
from digest.commands.interview import EXAMPLE, Interview
from digest.errors import ConfigurationError
from digest.text import counted

INTERRUPTED = 130


def run(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Asks for values without an option, and writes both files or none; returns the exit status.

    Raises:
        UsageError: An option is wrong, or the input ends before all answers.
        ConfigurationError: A file already exists, or cannot be written.
    """
    subscribers = Path(
        options.subscribers or environment.get("DIGEST_SUBSCRIBERS") or "subscribers.yaml"
    )
    env = Path(options.env_file or ".env")
    for path in (subscribers, env):
        _refuse_to_write_over(path)
    try:
        answers = plain(Interview(options).answers())
    except KeyboardInterrupt:
        print("\ndigest: interrupted; nothing was written", file=sys.stderr)
        return INTERRUPTED
    _write(env, env_text(answers), 0o600)
    try:
        _write(subscribers, subscribers_text(answers), 0o666)
    except ConfigurationError:
        env.unlink()
        raise
    _say_what_is_next(options, answers, subscribers, env)
    return 0


def _refuse_to_write_over(path: Path) -> None:
    if os.path.lexists(path):
        raise ConfigurationError(
            f"{path} is there already, and init writes over no file: move it away, or run init in "
            "a directory of its own (or name other files with --subscribers and --env-file)"
        )
    if not path.parent.is_dir():
        raise ConfigurationError(f"{path} cannot be written: there is no directory {path.parent}")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise ConfigurationError(
            f"{path} cannot be written: this user may not write into {path.parent.resolve()}; "
            "choose another directory"
        )


def _write(path: Path, text: str, mode: int) -> None:
    """Writes a new file; an existing one is never overwritten."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        _refuse_to_write_over(path)
        raise
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written ({error.strerror}): choose another directory"
        ) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise ConfigurationError(f"{path} cannot be written ({error.strerror})") from error


def _say_what_is_next(
    options: argparse.Namespace, answers: Answers, subscribers: Path, env: Path
) -> None:
    keywords = counted(len(answers.keywords), "keyword")
    readers = counted(len(answers.readers), "reader")
    print(f"Written: {subscribers} ({keywords}, {readers}) and {env} (readable by you alone).")
    if EXAMPLE in answers.readers:
        print(f"{EXAMPLE} is an example: put the readers' addresses into {subscribers}.")
    if answers.sender.endswith("@example.org>"):
        print(f"The sender at example.org is an example too: put your own into {env}.")
    for step in (
        answers.recipe.first if options.yes else ()
    ):  # the questions have shown them already
        print(f"First: {step}")
    if without_password(answers):
        print(f"Write the password into {env}, as its last line.")
    at = f" --env-file {options.env_file}" if options.env_file else ""
    print(f"Then: digest check{at}  tries everything and sends nothing.")
    print(f"      digest send --dry-run --preview previews{at}  shows who would get what.")
