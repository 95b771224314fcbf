"""The addresses of arXiv's services, and the pause between requests that they ask for.

arXiv offers the papers in three ways: its query API, its OAI-PMH interface, and its feeds. An
installation whose API is not arXiv's own, a mirror or a server on this machine, gets the other two
from the settings or not at all. So it never asks arXiv by accident.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from digest.config.environment import Variables
from digest.model.host import LONGEST_LABEL, is_loopback

ARXIV_URL = "https://export.arxiv.org/api/query"
OAI_URL = "https://oaipmh.arxiv.org/oai"
FEED_URL = "https://rss.arxiv.org/rss"
ARXIV_DELAY = 3.0  # seconds, from the terms of use: https://info.arxiv.org/help/api/tou.html
SOURCES = ("auto", "api", "harvest")

_URL = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Services:
    """The source of the papers, the addresses of the services, and the delay in seconds.

    `oai_url` and `feed_url` are None where that service is not known.
    """

    source: str
    arxiv_url: str
    oai_url: str | None
    feed_url: str | None
    delay: float


def services_from(variables: Variables) -> Services:
    """Reads the services. A wrong value is noted in `variables`, and then counts as not set."""
    api = variables.text("DIGEST_ARXIV_URL", _address(ARXIV_URL)) or ARXIV_URL
    is_arxiv = _is_arxiv(api)
    oai = variables.text("DIGEST_OAI_URL", _oai_address) or (OAI_URL if is_arxiv else None)
    feed = variables.text("DIGEST_FEED_URL", _address(FEED_URL)) or (FEED_URL if is_arxiv else None)
    source = variables.choice("DIGEST_SOURCE", SOURCES)
    if source == "harvest" and oai is None and variables.value("DIGEST_OAI_URL") is None:
        variables.wrong(
            "DIGEST_SOURCE",
            "there is no address to harvest from, since DIGEST_ARXIV_URL is not arXiv's own; set "
            "DIGEST_OAI_URL as well, or write auto",
        )
    known = [url for url in (api, oai, feed) if url]
    least = 0.0 if all(is_loopback(urlsplit(url).hostname or "") for url in known) else ARXIV_DELAY
    return Services(
        source=source,
        arxiv_url=api,
        oai_url=oai,
        feed_url=feed.rstrip("/") if feed else None,
        delay=variables.number("DIGEST_ARXIV_DELAY", ARXIV_DELAY, least, 3600),
    )


def _is_arxiv(url: str) -> bool:
    """Whether the address is one of arXiv's own."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    return host == "arxiv.org" or host.endswith(".arxiv.org")


def _address(example: str) -> Callable[[str], str]:
    """Returns a check of an address; `example` is part of its message."""

    def checked(text: str) -> str:
        # The message omits the value: it may contain a password.
        wanted = f"write an address without a query, such as {example}"
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            raise ValueError(wanted) from None
        if parts.username is not None or parts.password is not None:
            raise ValueError("there must be no user name and no password in it")
        if parts.scheme not in ("http", "https") or parts.query or parts.fragment or port == 0:
            raise ValueError(wanted)
        if max(map(len, (parts.hostname or "").split("."))) > LONGEST_LABEL:
            raise ValueError(f"its host has more than {LONGEST_LABEL} characters between two dots")
        if not parts.hostname or not _URL.fullmatch(text):
            raise ValueError(wanted)
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError("it must begin with https://; http is for this machine alone")
        return text

    return checked


def _oai_address(text: str) -> str:
    """The address of an OAI-PMH service. arXiv's former ones answer with a redirection only."""
    text = _address(OAI_URL)(text)
    if _is_arxiv(text) and urlsplit(text).path.rstrip("/").endswith("/oai2"):
        raise ValueError(f"arXiv has moved this service; write {OAI_URL}")
    return text
