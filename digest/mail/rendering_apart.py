"""Renders the operator's own templates in a process of its own (`digest.mail.apart`)."""

from pathlib import Path

from jinja2 import Environment

from digest.errors import ConfigurationError
from digest.mail.apart import serve
from digest.mail.rendering import Variables, chosen_environment, render

_MOST = 8_000_000
"""Most characters of a rendered template; the mail has room for a hundred thousand."""


def main() -> None:
    """Answers each (directory, name of a template, variables) with (text, error)."""
    environments: dict[Path, Environment] = {}

    def work(asked: tuple[Path, str, Variables]) -> tuple[str, str]:
        directory, name, variables = asked
        if directory not in environments:
            environments[directory] = chosen_environment(directory)
        try:
            text = render(environments[directory], name, variables)
        except ConfigurationError as error:
            return "", str(error)
        if len(text) > _MOST:
            return "", f"the template {directory / name} is broken: it makes {len(text)} characters"
        return text, ""

    serve(work)
