"""One connection to the mail server (RFC 5321): the only module that uses `aiosmtplib`.

aiosmtplib brings it up: the greeting, EHLO, STARTTLS, the login; nothing is said in clear that
should not be. Then our own `dialogue` takes the transport over, for `transaction` after
`transaction`. What concerns the whole server, a login it refuses, is raised instead of being
held against a reader.
"""

import asyncio
import logging
import os
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import aiosmtplib

from digest.dialogue import Dialogue, Turn
from digest.errors import MailDeferredError, MailRefusedError
from digest.paper import clean
from digest.transaction import Connection
from digest.wording import in_short, logfmt

T = TypeVar("T")

log = logging.getLogger(__name__)

_FAREWELL = 5.0
"""Seconds for the reply to QUIT."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where and how to submit: `security` is `starttls`, `tls` or `none`; no login without a name.

    `rate` is in messages a minute over all connections, None for no limit; `messages` is how many
    one connection takes at most; `timeout` in seconds, for one reply.
    """

    host: str
    port: int
    security: str
    username: str | None = None
    password: str | None = None
    connections: int = 4
    messages: int = 500
    rate: float | None = None
    timeout: float = 60.0

    def __repr__(self) -> str:
        return f"MailServer({self.host}:{self.port}, {self.security})"

    def __str__(self) -> str:
        return f"the mail server {self.host}:{self.port}"


class _Loop(asyncio.SelectorEventLoop):
    """A loop in which the search for a name's address can be left to itself.

    asyncio's own waits at its end for the system's resolver, which may take half a minute.
    """

    async def getaddrinfo(self, host: Any, port: Any, **hints: Any) -> Any:
        """As socket.getaddrinfo."""
        found = self.create_future()

        def tell(result: Any, error: OSError | None) -> None:
            if not found.done():
                found.set_exception(error) if error else found.set_result(result)

        def look() -> None:
            result, failed = None, None
            try:
                result = socket.getaddrinfo(host, port, **hints)
            except OSError as error:
                failed = error
            with suppress(RuntimeError):  # the loop has ended meanwhile
                self.call_soon_threadsafe(tell, result, failed)

        threading.Thread(target=look, daemon=True).start()
        return await found


def run(work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns, or raises. It holds nobody up when it is over."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)


@asynccontextmanager
async def connected(server: MailServer) -> AsyncIterator[Connection]:
    """A connection, safe and logged in as the settings ask; closed politely afterwards.

    Raises:
        MailRefusedError: the server does not let us in, or not safely.
        MailDeferredError: it is away, or does not want us now.
    """
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.security == "tls",
        start_tls=False,
        local_hostname=socket.gethostname(),
        timeout=server.timeout,
    )
    try:
        await client.connect()
        if server.security == "starttls":
            await _start_tls(client, server)
        await _introduce(client)
        if server.username is not None:
            await client.login(server.username, server.password or "")
        connection = _taken_over(client, server)
    except aiosmtplib.SMTPResponseException as error:
        client.close()
        raise _said_no(server, error) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        client.close()
        raise _not_reached(server, error) from error
    except BaseException:
        client.close()
        raise
    try:
        yield connection
        await _take_leave(connection.dialogue, server)
    finally:
        connection.dialogue.end("closed")
        client.close()


def _taken_over(client: aiosmtplib.SMTP, server: MailServer) -> Connection:
    """The connection that aiosmtplib has brought up, in the hands of our own dialogue."""
    if not isinstance(client.transport, asyncio.Transport):
        raise aiosmtplib.SMTPServerDisconnected("Connection lost")
    return Connection(
        dialogue=Dialogue(client.transport, server.timeout),
        sizes=client.supports_extension("size"),
        pipelining=client.supports_extension("pipelining"),
        smtputf8=client.supports_extension("smtputf8"),
        secured=client.transport.get_extra_info("sslcontext") is not None,
    )


async def _take_leave(dialogue: Dialogue, server: MailServer) -> None:
    """QUIT (section 4.1.1.10), if there is still somebody to say it to."""
    if not dialogue.ended:
        try:
            await asyncio.wait_for(dialogue.ask(Turn(b"QUIT\r\n")), _FAREWELL)
        except TimeoutError:
            log.debug(logfmt("no-good-bye", server=server))


def greet(server: MailServer) -> str:
    """Connects, logs in and leaves; returns what the server offers, in words.

    Raises:
        MailRefusedError, MailDeferredError: as for `connected`.
    """

    async def visit() -> str:
        async with connected(server) as connection:
            safety = "TLS" if connection.secured else "no TLS"
            login = f"logged in as {server.username}" if server.username else "no login"
            return f"{safety}, {login}"

    return run(visit())


async def _introduce(client: aiosmtplib.SMTP) -> None:
    """EHLO, or HELO where the server knows no better (section 3.2)."""
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
        raise MailRefusedError(
            f"{server} offers no STARTTLS, and nothing is sent in clear: set DIGEST_SMTP_SECURITY "
            "to tls if it wants TLS from the start, or to none if it is on this machine"
        )
    await client.starttls()


def _said_no(server: MailServer, error: aiosmtplib.SMTPResponseException) -> Exception:
    words = f"{error.code} {in_short(error.message)}"
    if error.code < 500:
        return MailDeferredError(f"{server} says not now: {words}", code=error.code)
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return MailRefusedError(
            f"{server} refuses the login: {words}; check DIGEST_SMTP_USERNAME and the password",
            code=error.code,
        )
    return MailRefusedError(f"{server} refuses us: {words}", code=error.code)


def _not_reached(server: MailServer, error: Exception) -> Exception:
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLCertVerificationError) or isinstance(error, ssl.SSLError):
        reason = getattr(cause, "verify_message", "") or clean(str(cause))
        return MailRefusedError(
            f"{server} has no certificate that can be trusted ({reason}); nothing was sent. Check "
            "that DIGEST_SMTP_HOST is the name in its certificate"
        )
    if isinstance(cause, ssl.SSLError) and cause.reason == "WRONG_VERSION_NUMBER":
        return MailRefusedError(
            f"{server} does not speak TLS from the start; nothing was sent. Set "
            "DIGEST_SMTP_SECURITY to starttls, or DIGEST_SMTP_PORT to its port for TLS (mostly 465)"
        )
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return MailRefusedError(f"{server} offers no login: {clean(str(error))}")
    return MailDeferredError(
        f"{server} cannot be reached ({_why(error, cause)}); check DIGEST_SMTP_HOST and "
        "DIGEST_SMTP_PORT, or try again later"
    )


def _why(error: Exception, cause: BaseException) -> str:
    """The system's own words for what went wrong on the way, in as few as there are."""
    if isinstance(cause, socket.gaierror):
        return f"no address is known for it: {cause.strerror}"
    if isinstance(cause, TimeoutError) or isinstance(error, aiosmtplib.SMTPTimeoutError):
        return "no answer in time"
    if isinstance(cause, OSError) and cause.errno:
        return os.strerror(cause.errno)
    return in_short(str(error))
