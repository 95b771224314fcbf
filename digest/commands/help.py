"""The command `digest help`: shows the documentation of the installation or the checkout."""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from digest.commands.markdown import laid_out
from digest.errors import DigestError, UsageError
from digest.text import did_you_mean, shown

TOPICS = {
    "configuration": ("docs/configuration.md", "subscribers.yaml and every setting"),
    "providers": ("docs/providers.md", "Gmail, Microsoft 365, Amazon SES, a campus relay, Postfix"),
    "operations": ("docs/operations.md", "installing, running, warnings, backups, upgrades"),
    "harvest": ("docs/harvest.md", "one harvest for all keywords, and when it is complete"),
    "mail": ("docs/mail.md", "what the mail looks like, and why"),
    "systemd": ("systemd/README.md", "the daemon as a service"),
    "reliability": ("docs/reliability.md", "what was tried to lose a paper, and what became of it"),
    "performance": ("docs/performance.md", "what everything costs"),
    "architecture": ("docs/architecture.md", "how it works inside"),
}
"""The file of each topic in the repository, and a line about it. The wheel has digest/docs/."""

_WIDEST = 100


def run(
    topic: str | None,
    parser: argparse.ArgumentParser,
    commands: Mapping[str, str],
    environment: Mapping[str, str],
) -> int:
    """Shows one topic, the options of a command, or the list of both; returns 0.

    Args:
        topic: the topic or the command; None for the list.
        parser: the parser of the command line, with the options of each command.
        commands: a line about each command.
        environment: the variables; PAGER, NO_COLOR and TERM are used.

    Raises:
        UsageError: There is no such topic.
    """
    name = (topic or "").lower()
    if topic is None:
        print(_overview(commands), end="")
    elif name in TOPICS:
        _show(text_of(name), environment)
    elif name in commands:
        with_help = next(a.choices for a in parser._actions if a.dest == "command")  # noqa: SLF001
        assert isinstance(with_help, dict)
        print(with_help[name].format_help(), end="")
    else:
        raise UsageError(_unknown(topic, [*TOPICS, *commands]))
    return 0


def text_of(topic: str) -> str:
    """A topic's document, as Markdown; DigestError if the installation lacks it."""
    package = Path(__file__).parents[1]
    inside = package / "docs" / f"{topic}.md"
    file = inside if inside.is_file() else package.parent / TOPICS[topic][0]
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise DigestError(
            f"the document {file} cannot be read ({error.strerror}); install digest again"
        ) from error


def _overview(commands: Mapping[str, str]) -> str:
    topics = {name: line for name, (_, line) in TOPICS.items()}
    lines = ["digest help TOPIC shows a document:"]
    lines += [f"  {name:<14} {line}" for name, line in topics.items()]
    lines += ["", "digest help COMMAND, or digest COMMAND --help, shows a command's options:"]
    lines += [f"  {name:<14} {line}" for name, line in commands.items()]
    return "\n".join(lines) + "\n"


def _unknown(topic: str, known: list[str]) -> str:
    """A sentence about an unknown topic, with a suggestion and the documents that mention it."""
    word = re.compile(rf"\b{re.escape(topic)}\b", re.IGNORECASE)
    counts = {name: _times(word, text_of(name)) for name in TOPICS}
    speaking = [name for name in TOPICS if any(counts[name])]
    speaking.sort(key=lambda name: counts[name], reverse=True)
    of_it = f"; of {shown(topic)} speak: {', '.join(speaking[:3])}" if speaking else ""
    hint = did_you_mean(topic, known)
    return f"there is no topic {shown(topic)}{hint}{of_it}; `digest help` lists them"


def _times(word: re.Pattern[str], text: str) -> tuple[int, int]:
    """The number of times a word is in a document's headings, and in the whole document."""
    headings = "\n".join(line for line in text.splitlines() if line.startswith("#"))
    return len(word.findall(headings)), len(word.findall(text))


def _show(text: str, environment: Mapping[str, str]) -> None:
    """Prints Markdown: unchanged, or on a terminal formatted, with a pager if it is long."""
    if not sys.stdout.isatty():
        print(text, end="")
        return
    size = shutil.get_terminal_size()
    pager = _pager(environment)
    plain = environment.get("NO_COLOR") or environment.get("TERM") in (None, "", "dumb")
    bold = not plain and (pager is None or "less" in pager)  # other pagers may show the escapes
    page = laid_out(text, min(size.columns, _WIDEST), bold=bold)
    if pager is None or page.count("\n") < size.lines or not _paged(page, pager, environment):
        print(page, end="")


def _pager(environment: Mapping[str, str]) -> str | None:
    """The command of the pager; None if none is wanted or installed."""
    named = environment.get("PAGER")
    if named is not None:
        return named.strip() or None
    if environment.get("TERM") in (None, "", "dumb"):
        return None
    return next((name for name in ("less", "more") if shutil.which(name)), None)


def _paged(page: str, pager: str, environment: Mapping[str, str]) -> bool:
    """Shows a page with a shell command; returns False if that command does not exist.

    The pager gets Ctrl-C while it runs.
    """
    held = signal.signal(signal.SIGINT, lambda _, __: None)
    try:
        done = subprocess.run(  # noqa: S603 (the user's own command, as in man and git)
            ["/bin/sh", "-c", pager],
            input=page.encode(),
            env={"LESS": "FRX", **os.environ, **environment},
            check=False,
        )
    except OSError:
        return False
    finally:
        signal.signal(signal.SIGINT, held)
    return done.returncode not in (126, 127)
