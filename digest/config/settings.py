"""The settings: typed values from `DIGEST_…` variables, with all mistakes reported at once.

This module reads no file: `digest.config.files` passes in the variables of the environment and
.env, and the password from its file. docs/configuration.md explains each setting.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from digest.config.environment import Origin, Variables
from digest.config.services import services_from
from digest.errors import ConfigurationError
from digest.model.address import address, mailbox
from digest.model.host import as_host, as_own_name, is_loopback

SETTINGS = (
    "DIGEST_SMTP_HOST",
    "DIGEST_SMTP_PORT",
    "DIGEST_SMTP_SECURITY",
    "DIGEST_SMTP_USERNAME",
    "DIGEST_SMTP_PASSWORD",
    "DIGEST_SMTP_PASSWORD_FILE",
    "DIGEST_SMTP_CONNECTIONS",
    "DIGEST_SMTP_MESSAGES",
    "DIGEST_SMTP_RATE",
    "DIGEST_SMTP_TIMEOUT",
    "DIGEST_SMTP_HELO",
    "DIGEST_MAIL_FROM",
    "DIGEST_MAIL_REPLY_TO",
    "DIGEST_MAIL_LIST_ID",
    "DIGEST_MAIL_RETURN_PATH",
    "DIGEST_DKIM_SELECTOR",
    "DIGEST_DKIM_DOMAIN",
    "DIGEST_DKIM_KEY_FILE",
    "DIGEST_OPERATOR",
    "DIGEST_SOURCE",
    "DIGEST_ARXIV_URL",
    "DIGEST_OAI_URL",
    "DIGEST_FEED_URL",
    "DIGEST_ARXIV_DELAY",
    "DIGEST_ARXIV_CONTACT",
    "DIGEST_ARXIV_TIMEOUT",
    "DIGEST_ARXIV_RETRIES",
    "DIGEST_SUBSCRIBERS",
    "DIGEST_STATE",
    "DIGEST_PAPERS",
    "DIGEST_TEMPLATES",
)
_NOT_SETTINGS = frozenset({"DIGEST_REAL_DATA"})  # read by the tests alone

PAPERS = "papers.sqlite"
"""The name of the cache of papers, in its usual places."""

_NOT_IN_CLEAR = (
    "a password is never sent in clear; write starttls or tls, or leave the password out"
)
_CONTACT = re.compile(r"[!-'*-\[\]-~ ]{1,200}")
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_SELECTOR = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# RFC 2919 section 2: dot-atoms that end with the owner's domain, at most 255 octets.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LIST_ID = re.compile(rf"{_ATOM}(?:\.{_ATOM})+")
_NO_ORIGINS: Mapping[str, Origin] = MappingProxyType({})


class Secret:
    """A secret text. Printing it shows asterisks; `reveal` returns it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself. Pass it only to the server that asks for it."""
        return self._text

    def __repr__(self) -> str:
        return "********"


@dataclass(frozen=True, slots=True)
class Dkim:
    """The settings for signing mail. `key` is the content of the file `key_is_in`.

    `domain` is in ASCII.
    """

    selector: str
    domain: str
    key: Secret
    key_is_in: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The operator's settings, with defaults for the rest; None for one without a default.

    `smtp_rate` is in messages a minute; the delay and the timeouts are in seconds; `arxiv_retries`
    is the number of tries for one page. `source` is auto, api or harvest; `oai_url` and `feed_url`
    are None where these services are not known. `papers` is the cache of papers. `mail_from` and
    `mail_reply_to` are mailboxes (RFC 5322 section 3.4), as the operator wrote them. `remarks` are
    sentences about valid settings that
    probably do not mean what the operator intended.
    """

    smtp_host: str | None
    smtp_port: int
    smtp_security: str
    smtp_username: str | None
    smtp_password: Secret | None
    smtp_connections: int
    smtp_messages: int | None
    smtp_rate: float | None
    smtp_timeout: float
    smtp_helo: str | None
    mail_from: str | None
    mail_reply_to: str | None
    mail_list_id: str | None
    mail_return_path: str | None
    dkim: Dkim | None
    operator: str | None
    source: str
    arxiv_url: str
    oai_url: str | None
    feed_url: str | None
    arxiv_delay: float
    arxiv_contact: str | None
    arxiv_timeout: float
    arxiv_retries: int
    subscribers: Path
    state: Path
    papers: Path
    templates: Path | None
    remarks: tuple[str, ...] = ()


def settings_from(
    environment: Mapping[str, str],
    *,
    password: Secret | None = None,
    dkim_key: Secret | None = None,
    origins: Mapping[str, Origin] = _NO_ORIGINS,
) -> Settings:
    """Reads the settings from `environment`, where an empty value counts as none.

    `password` and `dkim_key` are the contents of their files; `origins` gives by name the place
    where a variable was set.

    Raises:
        MistakesError: There are mistakes; the error lists all of them. No message shows a secret.
    """
    variables = Variables(environment, origins)
    variables.refuse_unknown(SETTINGS, besides=_NOT_SETTINGS)
    host = variables.text("DIGEST_SMTP_HOST", as_host)
    security = variables.choice("DIGEST_SMTP_SECURITY", ("starttls", "tls", "none"))
    username = variables.text("DIGEST_SMTP_USERNAME", _plain)
    password = _password(variables, password)
    if password and security == "none" and not is_loopback(host or ""):
        variables.wrong("DIGEST_SMTP_SECURITY", _NOT_IN_CLEAR)
    services = services_from(variables)
    subscribers = Path(variables.value("DIGEST_SUBSCRIBERS") or "subscribers.yaml")
    state = _state(environment, subscribers)
    templates = variables.value("DIGEST_TEMPLATES")
    settings = Settings(
        smtp_host=host,
        smtp_port=variables.whole("DIGEST_SMTP_PORT", 587, 1, 65535),
        smtp_security=security,
        smtp_username=username,
        smtp_password=password,
        smtp_connections=variables.whole("DIGEST_SMTP_CONNECTIONS", 4, 1, 50),
        smtp_messages=variables.whole("DIGEST_SMTP_MESSAGES", None, 1, 1_000_000),
        smtp_rate=variables.number("DIGEST_SMTP_RATE", None, 0.1, 100_000),
        smtp_timeout=variables.number("DIGEST_SMTP_TIMEOUT", 60.0, 0.1, 600),
        smtp_helo=variables.text("DIGEST_SMTP_HELO", as_own_name),
        mail_from=variables.text("DIGEST_MAIL_FROM", _mailbox),
        mail_reply_to=variables.text("DIGEST_MAIL_REPLY_TO", _mailbox),
        mail_list_id=variables.text("DIGEST_MAIL_LIST_ID", _list_id),
        mail_return_path=variables.text("DIGEST_MAIL_RETURN_PATH", _address),
        dkim=_dkim(variables, dkim_key),
        operator=variables.text("DIGEST_OPERATOR", _address),
        source=services.source,
        arxiv_url=services.arxiv_url,
        oai_url=services.oai_url,
        feed_url=services.feed_url,
        arxiv_delay=services.delay,
        arxiv_contact=variables.text("DIGEST_ARXIV_CONTACT", _contact),
        arxiv_timeout=variables.number("DIGEST_ARXIV_TIMEOUT", 30.0, 0.1, 600),
        arxiv_retries=variables.whole("DIGEST_ARXIV_RETRIES", 5, 1, 20),
        subscribers=subscribers,
        state=state,
        papers=papers_beside(state, environment),
        templates=Path(templates) if templates else None,
    )
    variables.raise_mistakes()
    return settings


def _state(environment: Mapping[str, str], subscribers: Path) -> Path:
    """The state: where the settings put it, else in systemd's directory, else by `subscribers`."""
    if environment.get("DIGEST_STATE", "").strip():
        return Path(environment["DIGEST_STATE"])
    directory = environment.get("STATE_DIRECTORY", "").split(":")[0] or subscribers.parent
    return Path(directory, "state.json")


def papers_beside(state: Path, environment: Mapping[str, str]) -> Path:
    """The cache of papers: where the settings put it, else in systemd's cache, else by `state`."""
    if environment.get("DIGEST_PAPERS", "").strip():
        return Path(environment["DIGEST_PAPERS"])
    return Path(environment.get("CACHE_DIRECTORY", "").split(":")[0] or state.parent, PAPERS)


def require_mail(settings: Settings) -> None:
    """Checks that all settings for sending mail are there.

    Raises:
        ConfigurationError: Settings are missing; the message names them.
    """
    needed = {"DIGEST_SMTP_HOST": settings.smtp_host, "DIGEST_MAIL_FROM": settings.mail_from}
    missing = [name for name, value in needed.items() if value is None]
    if missing:
        raise ConfigurationError(
            f"Mail cannot be sent without {' and '.join(missing)}: set"
            f" {'it' if len(missing) == 1 else 'them'} in the environment or in .env."
        )


def _password(variables: Variables, from_file: Secret | None) -> Secret | None:
    """The password. Two of them, or one without a user name or the reverse, are a mistake."""
    text = variables.value("DIGEST_SMTP_PASSWORD")
    if text and variables.value("DIGEST_SMTP_PASSWORD_FILE"):
        variables.wrong(
            "DIGEST_SMTP_PASSWORD", "DIGEST_SMTP_PASSWORD_FILE is set as well; keep one of the two"
        )
    password = Secret(text) if text else from_file
    username = variables.value("DIGEST_SMTP_USERNAME")
    if password and not username:
        variables.wrong("DIGEST_SMTP_USERNAME", "there is a password, but no user name")
    if username and not password:
        variables.wrong("DIGEST_SMTP_USERNAME", "there is a user name, but no password")
    return password


def _dkim(variables: Variables, key: Secret | None) -> Dkim | None:
    """The settings for signing mail. Some of the three without the others are a mistake."""
    selector = variables.text("DIGEST_DKIM_SELECTOR", _selector)
    domain = variables.text("DIGEST_DKIM_DOMAIN", _domain)
    file = variables.value("DIGEST_DKIM_KEY_FILE")
    given = {
        "DIGEST_DKIM_SELECTOR": variables.value("DIGEST_DKIM_SELECTOR"),
        "DIGEST_DKIM_DOMAIN": variables.value("DIGEST_DKIM_DOMAIN"),
        "DIGEST_DKIM_KEY_FILE": key,
    }
    for name in [name for name, value in given.items() if any(given.values()) and value is None]:
        variables.wrong(name, "it is not set; a signature needs a selector, a domain and a key")
    if not (selector and domain and key):
        return None
    if len(f"{selector}._domainkey.{domain}") > 253:
        variables.wrong("DIGEST_DKIM_SELECTOR", "with the domain it is longer than a name can be")
        return None
    return Dkim(selector, domain, key, f"the file {file}" if file else "the credential dkim_key")


def _plain(text: str) -> str:
    if not text.isprintable():
        raise ValueError("there is a control character in it")
    return text


def _mailbox(text: str) -> str:
    mailbox(text)
    return text


def _address(text: str) -> str:
    return address(text).text


def _domain(text: str) -> str:
    """The domain in ASCII (RFC 5891), for a signature (RFC 8616 section 5)."""
    try:
        return address(f"postmaster@{text}").key.rpartition("@")[2]
    except ValueError:
        raise ValueError("write a domain, such as example.org") from None


def _selector(text: str) -> str:
    if not _SELECTOR.fullmatch(text):
        raise ValueError("write letters, digits and hyphens, such as digest2026 (RFC 6376)")
    return text.lower()


def _list_id(text: str) -> str:
    """The identifier for List-Id, without angle brackets."""
    bare = text[1:-1] if text.startswith("<") and text.endswith(">") else text
    if not _LIST_ID.fullmatch(bare) or len(bare) > 255:
        raise ValueError("write names joined by dots, such as digest.example.org (RFC 2919)")
    return bare


def _contact(text: str) -> str:
    """The text after a check that a User-Agent's comment may hold it (RFC 9110 section 5.6.5)."""
    if not _CONTACT.fullmatch(text):
        raise ValueError("write an address or a URL, in ASCII and without parentheses")
    return text
