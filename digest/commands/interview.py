"""The questions of `digest init`: each answer comes from an option, a person, or a default."""

import argparse
import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from digest.commands.first_files import (
    Answers,
    mistake_in_reader,
    mistake_in_settings,
    mistake_in_subscribers,
)
from digest.commands.questions import Check, CheckAll, ask, ask_for_several, ask_unseen
from digest.commands.recipes import BY_NAME, RECIPES, Recipe
from digest.config.settings import Secret
from digest.errors import UsageError
from digest.model.address import mailbox
from digest.text import did_you_mean, either, shown

EXAMPLE = "ada@example.org"
KEYWORD = "Graph Neural Networks"
_SETTINGS = {
    "operator": "DIGEST_OPERATOR",
    "host": "DIGEST_SMTP_HOST",
    "port": "DIGEST_SMTP_PORT",
    "security": "DIGEST_SMTP_SECURITY",
    "from": "DIGEST_MAIL_FROM",
}
"""The setting that an option gives."""


class Interview:
    """An interview. Each answer is an option's value, or asked for, or with --yes a default."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options

    def answers(self) -> Answers:
        """Collects all answers, in the order of the questions."""
        options = self._options
        if mistakes := [f"--{option}: {said}" for option, said in self._mistakes() if said]:
            raise UsageError("\n".join(mistakes))
        readers = options.reader or []
        example = EXAMPLE if self._yes else ""
        operator = self._setting(
            "operator",
            "DIGEST_OPERATOR",
            "Your own mail address",
            mailbox(readers[0])[1].text if readers else example,
        )
        recipe = self._recipe()
        domain = operator.rpartition("@")[2]
        host, port, security = self._server(recipe, domain)
        username, password = self._login(recipe, operator, host, security)
        of = username if recipe.login_is_sender and "@" in username else f"papers@{domain}"
        sender = self._setting(
            "from", "DIGEST_MAIL_FROM", "The sender of the mail", f"Daily papers <{of}>"
        )
        keywords = self._several(
            "keyword",
            "What do you look for on arXiv? One phrase",
            KEYWORD,
            lambda names: mistake_in_subscribers(keywords=names),
        )
        readers = self._several(
            "reader",
            "Who reads it? One address",
            operator,
            lambda names: mistake_in_reader(names[-1]) or mistake_in_subscribers(readers=names),
            enter=operator,
        )
        return Answers(
            recipe=recipe,
            host=host,
            port=port,
            security=security,
            username=username,
            password=Secret(password) if password else None,
            password_file=options.password_file or "",
            sender=sender,
            operator=operator,
            keywords=keywords,
            readers=readers,
            at=self._one(
                "at", "At what time of day", "08:00", lambda t: mistake_in_subscribers(at=t)
            ),
            timezone=self._one(
                "timezone",
                "In which time zone",
                local_zone(os.environ),
                lambda t: mistake_in_subscribers(timezone=t),
            ),
            subscribers=options.subscribers or "",
            state=options.state or "",
        )

    @property
    def _yes(self) -> bool:
        return bool(self._options.yes)

    def _mistakes(self) -> Iterator[tuple[str, str | None]]:
        """Yields each option that is given, and the mistake in it or None."""
        options = self._options
        for option, name in _SETTINGS.items():
            if (text := getattr(options, option)) is not None:
                yield option, _mistake_in_setting(name, text)
        if options.provider is not None:
            yield "provider", _mistake_in_provider(options.provider)
        for keyword in options.keyword or ():
            yield "keyword", mistake_in_subscribers(keywords=[keyword])
        for reader in options.reader or ():
            yield "reader", mistake_in_reader(reader)
        if options.at is not None:
            yield "at", mistake_in_subscribers(at=options.at)
        if options.timezone is not None:
            yield "timezone", mistake_in_subscribers(timezone=options.timezone)

    def _recipe(self) -> Recipe:
        if self._options.provider is None and not self._yes:
            print("What sends the mail?")
            for number, recipe in enumerate(RECIPES, 1):
                print(f"  {number}  {recipe.title} ({recipe.name})")

        chosen = self._one("provider", "Number or name", "postfix", _mistake_in_provider)
        recipe = BY_NAME[chosen] if chosen in BY_NAME else RECIPES[int(chosen) - 1]
        for step in () if self._yes else recipe.first:
            print(f"  First: {step}")
        return recipe

    def _server(self, recipe: Recipe, domain: str) -> tuple[str, str, str]:
        """The mail server's name, its port, and the kind of security."""
        host = self._setting(
            "host",
            "DIGEST_SMTP_HOST",
            "The mail server's name",
            _host(recipe, domain),
            known=bool(recipe.host),
        )
        port = self._setting(
            "port", "DIGEST_SMTP_PORT", "Its port", f"{recipe.port}", known=recipe.name != "relay"
        )
        security = self._setting(
            "security",
            "DIGEST_SMTP_SECURITY",
            "Secured by starttls, tls or none",
            "tls" if port == "465" else recipe.security,
            known=recipe.name != "relay",
        )
        return host, port, security

    def _login(self, recipe: Recipe, operator: str, host: str, security: str) -> tuple[str, str]:
        """The user name and the password; each is empty if it is not used or not known yet."""
        known = recipe.login == "no"
        words = "User name" if recipe.login == "yes" else "User name, if it wants one"

        def mistake(text: str) -> str | None:
            login = {"DIGEST_SMTP_USERNAME": text, "DIGEST_SMTP_PASSWORD": "x"}
            server = {"DIGEST_SMTP_HOST": host, "DIGEST_SMTP_SECURITY": security}
            return mistake_in_settings(login | server) if text else None

        default = operator if recipe.login_is_sender else ""
        username = self._one("username", words, default, mistake, known=known)
        if not username:
            _refuse(
                "--password-file", "it needs --username" if self._options.password_file else None
            )
            return "", ""
        if self._options.password_file or self._yes:
            return username, ""
        return username, ask_unseen("Password (not shown; Enter alone: write it into .env later)")

    def _setting(
        self, option: str, name: str, question: str, default: str, *, known: bool = False
    ) -> str:
        mistake = partial(_mistake_in_setting, name)
        return self._one(option, question, default, mistake, known=known)

    def _one(
        self,
        option: str,
        question: str,
        default: str,
        mistake: Check,
        *,
        known: bool = False,
    ) -> str:
        """One answer; with `known` the default is used without a question."""
        given = getattr(self._options, option.replace("-", "_"))
        if given is not None:
            _refuse(f"--{option}", mistake(given))
            return str(given)
        if known or self._yes:
            return default
        return ask(question, mistake, default)

    def _several(
        self, option: str, question: str, default: str, mistake: CheckAll, enter: str = ""
    ) -> tuple[str, ...]:
        """Several answers; `enter` is the answer if the first input is empty."""
        given = getattr(self._options, option)
        if given:
            for number in range(1, len(given) + 1):
                _refuse(f"--{option}", mistake(given[:number]))
            return tuple(given)
        return (default,) if self._yes else tuple(ask_for_several(question, mistake, enter))


def _mistake_in_setting(name: str, text: str) -> str | None:
    return mistake_in_settings({name: text}) if text else "write something"


def _mistake_in_provider(text: str) -> str | None:
    names = list(BY_NAME)
    if text in names or text in {f"{number}" for number in range(1, len(names) + 1)}:
        return None
    hint = did_you_mean(text, names) or f"; write {either(names)}"
    return f"{shown(text)} is none of them{hint}"


def _refuse(option: str, mistake: str | None) -> None:
    if mistake is not None:
        raise UsageError(f"{option}: {mistake}")


def _host(recipe: Recipe, domain: str, region: str = "us-east-1") -> str:
    """The recipe's server, or a guess that the person can accept or correct."""
    if recipe.name == "ses":
        return f"email-smtp.{region}.amazonaws.com"
    return recipe.host or f"mail.{domain}"


def local_zone(environment: Mapping[str, str], localtime: Path = Path("/etc/localtime")) -> str:
    """This machine's time zone by its name in the IANA database; UTC if it is unknown."""
    name = environment.get("TZ", "").removeprefix(":")
    if not name:
        try:
            name = os.path.realpath(localtime).partition("/zoneinfo/")[2]
        except OSError:
            name = ""
    try:
        return ZoneInfo(name).key
    except (LookupError, ValueError, OSError):
        return "UTC"
