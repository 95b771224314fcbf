"""The cautions of `digest check`: settings that work today but will cause trouble later.

A caution is a line with its subject and an advice. It does not change the exit status.
"""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from digest.commands.invocation import Invocation
from digest.config.files import secret_files
from digest.errors import DigestError
from digest.model.host import is_literal, is_loopback, is_presentable
from digest.service.troubles import paused

Caution = tuple[str, str]
"""The subject of a caution, and the advice."""

_TLS_PORT = 465
_CLEAR_PORTS = (25, 587)


def cautions(invocation: Invocation) -> Iterator[Caution]:
    """Yields all cautions, in the order of the configuration."""
    for source in _SOURCES:
        yield from source(invocation)


def _of_the_connection(invocation: Invocation) -> Iterator[Caution]:
    settings = invocation.settings
    if settings.smtp_host is None:
        return
    port, security = settings.smtp_port, settings.smtp_security
    words = ""
    if port == _TLS_PORT and security != "tls":
        words = (
            f"port {port} is for TLS from the first byte, and DIGEST_SMTP_SECURITY is {security}: "
            "set it to tls"
        )
    elif port in _CLEAR_PORTS and security == "tls":
        words = (
            f"port {port} usually begins in clear, and DIGEST_SMTP_SECURITY is tls: set it to "
            "starttls, or DIGEST_SMTP_PORT to 465"
        )
    elif security == "none" and not is_loopback(settings.smtp_host):
        words = (
            "the mail goes to another machine in clear: set DIGEST_SMTP_SECURITY to starttls if "
            "the server offers it"
        )
    if words:
        yield "mail server", words


def _of_the_greeting(invocation: Invocation) -> Iterator[Caution]:
    helo = invocation.settings.smtp_helo
    if helo and not (is_presentable(helo) or is_literal(helo)):
        words = (
            f"DIGEST_SMTP_HELO is {helo}, which many servers refuse, so this machine's address is "
            "used instead: set it to a full name, such as papers.example.org"
        )
        yield "greeting", words


def _of_secrets(invocation: Invocation) -> Iterator[Caution]:
    named = invocation.options.env_file
    for path in secret_files(Path(named) if named else None, invocation.environment):
        if readers := _readers(path):
            yield "secrets", f"{path} holds a secret, and {readers} can read it: chmod 600 {path}"


def _readers(path: Path) -> str:
    """The users who can read a file besides its owner, in words; empty if there are none.

    Read access of the group is fine for a file of another user: a service reads it that way.
    """
    try:
        found = path.stat()
    except OSError:
        return ""
    if found.st_mode & stat.S_IROTH:
        return "everybody on this machine"
    own = found.st_uid == os.geteuid() != 0
    return "its group" if own and found.st_mode & stat.S_IRGRP else ""


def _of_paused_readers(invocation: Invocation) -> Iterator[Caution]:
    try:
        subscriptions = invocation.subscriptions()
        ledger = invocation.store().reading()
    except DigestError:  # reported elsewhere
        return
    for address, reason in paused(ledger, subscriptions):
        yield "readers", f"{address} is paused, {reason}"


_SOURCES: tuple[Callable[[Invocation], Iterator[Caution]], ...] = (
    _of_the_connection,
    _of_the_greeting,
    _of_secrets,
    _of_paused_readers,
)
"""The functions that look for cautions. Add new ones here."""
