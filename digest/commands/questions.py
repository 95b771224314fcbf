"""Questions, answered on the terminal or by lines of standard input."""

import getpass
import sys
from collections.abc import Callable

from digest.errors import UsageError

Check = Callable[[str], str | None]
"""A function that returns the mistake in an answer, None if it is good."""


CheckAll = Callable[[list[str]], str | None]
"""A function that returns the mistake in the last of several answers, None if it is good."""


def ask(question: str, check: Check, default: str = "") -> str:
    """Asks until an answer is good, and returns it. An empty answer means `default`, if given.

    After a bad answer the mistake is printed and the question is asked again.

    Raises:
        UsageError: the answers end here.
    """
    prompt = f"{question} [{default}]: " if default else f"{question}: "
    while True:
        text = _line(prompt) or default
        mistake = _mistake(text, check)
        if mistake is None:
            return text
        print(f"  That will not do: {mistake}.")


def ask_for_several(question: str, check: CheckAll, default: str = "") -> list[str]:
    """Asks for answers, one a line, until an empty one. At least one is needed, or `default`.

    Raises:
        UsageError: the answers end here.
    """
    ends = f"Enter alone: {default}" if default else "an empty one ends the list"
    print(f"{question} a line; {ends}")
    answers: list[str] = []
    while True:
        text = _line("  - ")
        if not text and not answers and default:
            return [default]
        if not text and answers:
            return answers
        mistake = (
            "write at least one" if not text else _mistake(text, lambda t: check([*answers, t]))
        )
        if mistake is None:
            answers.append(text)
        else:
            print(f"  That will not do: {mistake}.")


def ask_unseen(question: str) -> str:
    """Asks for an answer that the terminal does not show. It can be empty.

    Raises:
        UsageError: the answers end here.
    """
    while True:
        text = _line(f"{question}: ", unseen=True)
        mistake = _mistake(text, _printable)
        if mistake is None:
            return text
        print(f"  That will not do: {mistake}.")


def _printable(text: str) -> str | None:
    return None if text.isprintable() else "there is a character in it that cannot be seen"


def _mistake(text: str, check: Check) -> str | None:
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "it is not UTF-8"
    return check(text)


def _line(prompt: str, *, unseen: bool = False) -> str:
    """One line of input. Spaces at its ends are removed unless it is unseen."""
    try:
        if unseen and sys.stdin.isatty():
            return getpass.getpass(prompt)
        text = input(prompt)
    except EOFError as error:
        print()
        raise UsageError(
            f"the answers ended at `{prompt.strip()}`, and nothing was written; give the rest as "
            "options (`digest init --help`), or --yes for the defaults"
        ) from error
    except UnicodeDecodeError:
        return "\udc80"  # no check accepts this text, so the question is asked again
    return text if unseen else text.strip()
