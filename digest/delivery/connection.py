"""One connection to the mail server (RFC 5321): the only module that uses `aiosmtplib`.

    reaching ─> a socket ─> aiosmtplib: greeting, EHLO, STARTTLS, EHLO ─> login ─> our dialogue

A password never goes over an unencrypted connection to another machine. A problem with the server
as a whole, such as a refused login, is raised and not counted against a reader; the sentences for
it stand in `connection_faults`.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from socket import socket
from typing import Any, TypeVar

import aiosmtplib

from digest.delivery.connection_faults import (
    in_clear,
    no_starttls,
    said_no,
    tls_failed,
    tls_from_the_start,
    unreachable,
)
from digest.delivery.dialogue import Dialogue, Turn
from digest.delivery.login import log_in
from digest.delivery.reaching import UnreachableError, own_names, reach, speaks_tls
from digest.delivery.transaction import Connection, largest, messages
from digest.errors import DigestError
from digest.model.host import greeting_name, is_loopback, is_presentable
from digest.text import in_short, logfmt

T = TypeVar("T")

log = logging.getLogger(__name__)

_FAREWELL = 5.0
"""Seconds for the reply to QUIT."""
_TLS_PORT = 465
"""The port for implicit TLS: the server speaks TLS from the first byte (RFC 8314 section 3.3)."""
_SILENCE, _SILENCE_THERE = 4.0, 1.0
"""Seconds without a greeting after which the server may be waiting for TLS; the second value is for
port 465. Some servers greet late on purpose, and the test needs one more connection to them."""


@dataclass(slots=True)
class Habits:
    """Facts about a mail server that this process has learnt from its connections.

    Attributes:
        pipelining: whether PIPELINING works with this server where it is offered.
        name: the last name in EHLO, empty before the first connection.
    """

    pipelining: bool = True
    name: str = ""


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server and how to submit to it.

    `security` is `starttls`, `tls` or `none`. Without a `username` there is no login. `rate` is in
    messages a minute over all connections, None for no limit. `messages` is the most messages for
    one connection, None for the limit that the server shows. `timeout` is in seconds, for one
    reply. `helo` is the name in EHLO, None for this machine's own name. `habits` collects facts
    about the server.
    """

    host: str
    port: int
    security: str
    username: str | None = None
    password: str | None = None
    connections: int = 4
    messages: int | None = None
    rate: float | None = None
    timeout: float = 60.0
    helo: str | None = None
    habits: Habits = field(default_factory=Habits, compare=False)

    def __repr__(self) -> str:
        return f"MailServer({self.host}:{self.port}, {self.security})"

    def __str__(self) -> str:
        return f"the mail server {self.host}:{self.port}"


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs `work` in an event loop; returns its result, or raises its error."""
    return asyncio.run(work)


@asynccontextmanager
async def connected(server: MailServer) -> AsyncIterator[Connection]:
    """Opens a connection, secured and logged in as the settings ask; ends it with QUIT.

    Raises:
        MailRefusedError: the server refuses the connection or the login, or TLS fails.
        MailDeferredError: the server is away, or says "later".
    """
    try:
        way = await reach(server.host, server.port, server.timeout)
    except UnreachableError as error:
        raise unreachable(str(server), str(error)) from error
    client = aiosmtplib.SMTP(
        hostname=server.host.removesuffix("."),
        sock=way,
        use_tls=server.security == "tls",
        start_tls=False,
        local_hostname=await _own_name(server, way),
        timeout=server.timeout,
    )
    try:
        await _greeted(client, server, way)
        if server.security == "starttls":
            await _start_tls(client, server)
        await _introduce(client)
        if server.username is not None:
            if server.security == "none" and not is_loopback(str(way.getpeername()[0])):
                raise in_clear(str(server))
            await _log_in(client, server)
        connection = _taken_over(client, server)
    except (aiosmtplib.SMTPException, OSError) as error:
        client.close()
        raise _in_our_words(server, error) from error
    except BaseException:
        client.close()
        raise
    try:
        yield connection
        await _take_leave(connection.dialogue, server)
    finally:
        connection.dialogue.end("closed")
        client.close()


async def _own_name(server: MailServer, way: socket) -> str:
    """Returns the name of this machine for EHLO, in a form that RFC 5321 allows."""
    known = server.helo or server.habits.name
    names = [known] if server.helo or is_presentable(known) else await own_names(is_presentable)
    name = greeting_name(names, way.getsockname()[0])
    if server.helo and name != server.helo and not server.habits.name:
        log.warning(logfmt("helo-not-said", helo=server.helo, instead=name))
    server.habits.name = name
    return name


async def _greeted(client: aiosmtplib.SMTP, server: MailServer, way: socket) -> None:
    """Waits for the greeting; raises soon where the server itself waits for a TLS handshake."""
    greeting = asyncio.ensure_future(client.connect())
    others: list[asyncio.Future[Any]] = []
    try:
        if server.security != "tls":
            silence = _SILENCE_THERE if server.port == _TLS_PORT else _SILENCE
            await asyncio.wait([greeting], timeout=min(silence, server.timeout / 3))
            if not greeting.done():
                others.append(asyncio.ensure_future(speaks_tls(way, client.hostname or "")))
                await asyncio.wait([greeting, *others], return_when=asyncio.FIRST_COMPLETED)
                if not greeting.done() and not others[0].exception() and others[0].result():
                    raise tls_from_the_start(str(server), server.security)
        await greeting
    finally:
        for one in (greeting, *others):
            one.cancel()
        await asyncio.wait([greeting, *others])
        for one in others:
            one.cancelled() or one.exception()  # an error of this test does not matter


async def _introduce(client: aiosmtplib.SMTP) -> None:
    """Sends EHLO, or HELO where the server does not know EHLO (RFC 5321 section 3.2)."""
    if client.is_ehlo_or_helo_needed:
        try:
            await client.ehlo()
        except aiosmtplib.SMTPHeloError as error:
            if error.code < 500:
                raise
            await client.helo()


async def _start_tls(client: aiosmtplib.SMTP, server: MailServer) -> None:
    await client.ehlo()
    if not client.supports_extension("starttls"):
        raise no_starttls(str(server))
    await client.starttls()


async def _log_in(client: aiosmtplib.SMTP, server: MailServer) -> None:
    """Sends the lines of `digest.delivery.login`, and returns the replies to it."""
    lines = log_in(
        str(server), client.server_auth_methods, server.username or "", server.password or ""
    )
    try:
        line = next(lines)
        while True:
            reply = await client.execute_command(line)
            line = lines.send((reply.code, reply.message))
    except StopIteration:
        return


def _taken_over(client: aiosmtplib.SMTP, server: MailServer) -> Connection:
    """Returns a connection that aiosmtplib has set up and `Dialogue` uses from now on."""
    if not isinstance(client.transport, asyncio.Transport):
        raise aiosmtplib.SMTPServerDisconnected("Connection lost")
    return Connection(
        dialogue=Dialogue(client.transport, server.timeout),
        sizes=client.supports_extension("size"),
        pipelining=client.supports_extension("pipelining") and server.habits.pipelining,
        smtputf8=client.supports_extension("smtputf8"),
        secured=client.transport.get_extra_info("sslcontext") is not None,
        largest=largest(client.esmtp_extensions.get("size", "")),
        messages=messages(client.esmtp_extensions.get("limits", "")),
    )


async def _take_leave(dialogue: Dialogue, server: MailServer) -> None:
    """Sends QUIT (RFC 5321 section 4.1.1.10) where the connection is still open."""
    if not dialogue.ended:
        try:
            await asyncio.wait_for(dialogue.ask(Turn(b"QUIT\r\n")), _FAREWELL)
        except TimeoutError:
            log.debug(logfmt("no-good-bye", server=server))


def _in_our_words(server: MailServer, error: Exception) -> DigestError:
    """Turns an error of aiosmtplib or of the system into one that a user can read."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        step = "EHLO" if isinstance(error, aiosmtplib.SMTPHeloError) else ""
        return said_no(str(server), step, error.code, error.message)
    for cause in (error, error.__cause__):
        if isinstance(cause, ssl.SSLError):
            now = datetime.now(UTC)
            return tls_failed(str(server), cause, security=server.security, now=now)
    return unreachable(str(server), _why(error))


def _why(error: Exception) -> str:
    """Returns the reason for a failed connection, in few words."""
    cause = error.__cause__ or error
    if isinstance(cause, TimeoutError) or isinstance(error, aiosmtplib.SMTPTimeoutError):
        return "no answer in time"
    if isinstance(cause, aiosmtplib.SMTPServerDisconnected | ConnectionError):
        return "it closed the connection"
    return in_short(str(cause))
