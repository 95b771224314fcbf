"""The texts of the first subscribers.yaml and .env, made from the answers to `digest init`.

The functions that read the two files also check the answers, so the files are always valid.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap

from digest.commands.recipes import AS_OF, Recipe
from digest.config.settings import Secret, settings_from
from digest.config.subscribers import parse
from digest.errors import MistakesError
from digest.model.address import mailbox

_BARE_IN_ENV = re.compile(r"[\w@.,/+:<>=-]+", re.ASCII)
_BARE_IN_YAML = re.compile(r"[A-Za-z][\w-]*(?: [\w-]+)*", re.ASCII)
_WORDS_OF_YAML = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_ADDRESS_IN_YAML = re.compile(r"[A-Za-z0-9][\w.+-]*@[\w.-]*\w", re.ASCII)
_IN_FOUR_GROUPS = re.compile(r"\s*(?:[a-z]{4}\s){3}[a-z]{4}\s*", re.ASCII)
_ADA = "ada@example.org"


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers, as they were given. An empty answer leaves out its line in the file.

    `readers` are mailboxes, with or without a name; `password_file` replaces a password.
    `subscribers` and `state` are the paths of these files if they are not in the usual place.
    """

    recipe: Recipe
    host: str
    port: str
    security: str
    username: str
    password: Secret | None
    password_file: str
    sender: str
    operator: str
    keywords: tuple[str, ...]
    readers: tuple[str, ...]
    at: str
    timezone: str
    subscribers: str = ""
    state: str = ""


def mistake_in_settings(variables: Mapping[str, str]) -> str | None:
    """The first mistake in the settings `variables`; None if there is none."""
    try:
        settings_from(variables)
    except MistakesError as error:
        return error.mistakes[0].found
    return None


def mistake_in_reader(text: str) -> str | None:
    """The mistake in a mailbox; None if it is good."""
    try:
        mailbox(text)
    except ValueError as error:
        return f"{error}"
    return None


def mistake_in_subscribers(
    keywords: Sequence[str] = ("Any",),
    readers: Sequence[str] = (_ADA,),
    at: str = "08:00",
    timezone: str = "UTC",
) -> str | None:
    """The first mistake in a subscribers.yaml with these values; None if there is none."""
    try:
        parse(_subscribers(keywords, readers, at, timezone).encode(), "subscribers.yaml")
    except MistakesError as error:
        return error.mistakes[0].found
    return None


def subscribers_text(answers: Answers) -> str:
    """The text of subscribers.yaml, with comments."""
    return _subscribers(answers.keywords, answers.readers, answers.at, answers.timezone)


def _subscribers(keywords: Sequence[str], readers: Sequence[str], at: str, timezone: str) -> str:
    lines = [
        "# The keywords, and the readers of each. `digest help configuration` explains every key;",
        "# `digest check --offline` says whether this file is right.",
        "",
        "keywords:                   # each a phrase, found in the title or the abstract",
        *(f"  {_in_yaml(keyword, _BARE_IN_YAML)}:" for keyword in keywords),
        "  # Further examples (remove the `#` to use one):",
        "  # Trajectory: {in: [title, abstract]}           # in both",
        "  # Molecular Generation: {match: all}            # all the words, in any order",
        "  # Diffusion: {categories: [cs, stat.ML], exclude: [heat equation]}",
        "  # Noether: {author: Emmy Noether}               # papers by an author",
        "  # Number theory: {category: math.NT}            # a whole category or archive",
        "",
        "defaults:                   # for every reader without a setting of their own",
        f"  at: {json.dumps(at, ensure_ascii=False)}",
        f"  timezone: {json.dumps(timezone, ensure_ascii=False)}",
        "  days: [mon, tue, wed, thu, fri]",
        "",
        "subscribers:                # each gets a mail of their own, and sees no other address",
    ]
    for reader in readers:
        name, to = mailbox(reader)
        lines.append(f"  - email: {_in_yaml(to.text, _ADDRESS_IN_YAML)}")
        if name:
            lines.append(f"    name: {_in_yaml(name, _BARE_IN_YAML)}")
    lines += [
        "    # keywords: [Diffusion]     # some of the keywords above; left out: all of them",
        "    # days: [mon]               # a weekly digest",
        "    # updates: section          # new versions of papers already mailed, too",
        "",
    ]
    return "\n".join(lines)


def env_text(answers: Answers) -> str:
    """The text of .env, with comments. The password stands last (see `_in_env`)."""
    recipe = answers.recipe
    variables = {
        "DIGEST_SMTP_HOST": answers.host,
        "DIGEST_SMTP_PORT": answers.port,
        "DIGEST_SMTP_SECURITY": answers.security,
        **dict(recipe.settings),
    }
    lines = [
        "# Settings of digest. `digest help configuration` explains every one. Keep this file to",
        "# yourself: it can hold a password.",
        "",
        f"# --- The mail server: {recipe.title} (more: digest help providers)",
        *(line for step in recipe.first for line in _comment(step, "# ")),
        f"# Its limits as of {AS_OF}:",
        *_comment(f"a day: {recipe.a_day}"),
        *_comment(f"a minute: {recipe.a_minute}"),
        *_comment(f"connections: {recipe.connections}"),
        *_lines(variables),
        "",
        "# --- The mail. The sender can be",
        *_comment(f"{recipe.sender}."),
        *_lines({"DIGEST_MAIL_FROM": answers.sender}),
        "# The address that gets a mail about lasting troubles.",
        *_lines({"DIGEST_OPERATOR": answers.operator}),
        "",
        "# --- arXiv: the address for its questions about these requests.",
        *_lines({"DIGEST_ARXIV_CONTACT": contact_of(answers.operator)}),
        "",
    ]
    places = {"DIGEST_SUBSCRIBERS": answers.subscribers, "DIGEST_STATE": answers.state}
    if any(places.values()):
        lines += ["# --- Files", *_lines(places), ""]
    return "\n".join([*lines, *_login(answers)])


def contact_of(operator: str) -> str:
    """The operator's address if a User-Agent may contain it, else an empty text."""
    return "" if mistake_in_settings({"DIGEST_ARXIV_CONTACT": operator}) else operator


def without_password(answers: Answers) -> bool:
    """Whether the password must still be written into .env."""
    wanted = answers.username or answers.recipe.login == "yes"
    return bool(wanted) and not (answers.password or answers.password_file)


def plain(answers: Answers) -> Answers:
    """The answers with the spaces removed from an app password as Gmail's page shows it."""
    password = answers.password.reveal() if answers.password else ""
    if answers.recipe.name == "gmail" and re.fullmatch(
        r"\s*(?:[a-z]{4}\s){3}[a-z]{4}\s*", password
    ):
        return replace(answers, password=Secret("".join(password.split())))
    return answers


def _login(answers: Answers) -> list[str]:
    """The lines for the user name and the password, or a comment where to write it."""
    name = {"DIGEST_SMTP_USERNAME": answers.username}
    if without_password(answers):
        (line,) = _lines({"DIGEST_SMTP_USERNAME": answers.username or "the user name"})
        return [
            "# --- The login: write the password between the quotes, and take both `#` away.",
            f"#{line}",
            "#DIGEST_SMTP_PASSWORD='the password'",
            "",
        ]
    if not answers.username:
        return []
    if answers.password_file:
        login = _lines({**name, "DIGEST_SMTP_PASSWORD_FILE": answers.password_file})
    else:
        assert answers.password
        login = _lines({**name, "DIGEST_SMTP_PASSWORD": answers.password.reveal()})
    return ["# --- The login", *login, ""]


def _lines(variables: Mapping[str, str]) -> list[str]:
    return [f"{name}={_in_env(value)}" for name, value in variables.items() if value]


def _in_env(value: str) -> str:
    r"""`value` as python-dotenv reads it back: bare, or in single quotes.

    In quotes, python-dotenv could join a `\` at the end with the closing quote, if another quote
    followed below. Such a value is written bare. If that is impossible, the value is the password,
    which is the last line.
    """
    if _BARE_IN_ENV.fullmatch(value):
        return value
    bare = value == value.strip() and value[0] not in "'\"" and not re.search(r"\s#", value)
    if value.endswith("\\") and bare:
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _in_yaml(text: str, bare: re.Pattern[str]) -> str:
    """`text` unchanged if it matches `bare`, else in quotes, as in JSON."""
    if bare.fullmatch(text) and text.lower() not in _WORDS_OF_YAML:
        return text
    return json.dumps(text, ensure_ascii=False)


def _comment(text: str, begin: str = "#   ") -> list[str]:
    """The lines of a comment with `text`."""
    return wrap(
        text,
        96,
        initial_indent=begin,
        subsequent_indent=begin,
        break_long_words=False,
        break_on_hyphens=False,
    )
