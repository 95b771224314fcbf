"""One connection to the mail server (RFC 5321): the only module that uses `aiosmtplib`.

Each message is a transaction of its own with one recipient, so that no reader sees another and
every reply is about one reader. A reply of 4yz, or none, means later; 5yz means never (section
4.2.1). What concerns the whole server, a login it refuses or a sender it does not want, is raised
instead of being held against the reader.
"""

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import aiosmtplib

from digest.errors import MailDeferredError, MailRefusedError
from digest.paper import clean
from digest.wording import in_short, logfmt

log = logging.getLogger(__name__)

_TOO_BIG = (523, 552)
_CLOSING = 421


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where and how to submit: `security` is `starttls`, `tls` or `none`; no login without a name.

    `rate` is in messages a minute over all connections, None for no limit; `timeout` in seconds,
    for one reply.
    """

    host: str
    port: int
    security: str
    username: str | None = None
    password: str | None = None
    connections: int = 4
    rate: float | None = None
    timeout: float = 60.0

    def __repr__(self) -> str:
        return f"MailServer({self.host}:{self.port}, {self.security})"

    def __str__(self) -> str:
        return f"the mail server {self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message to one recipient: RFC 5321's reverse-path, forward-path and content.

    `data` is the message with CRLF line ends, made when it is needed; its head is UTF-8 where an
    address in it is, all else ASCII. `key` and `message_id` are the store's names for reader and
    digest.
    """

    key: str
    message_id: str
    sender: str
    recipient: str
    data: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: `code` is the reply code, 0 where there was no reply.

    `uncertain` says that the message was given away and nobody knows whether it was taken.
    """

    envelope: Envelope
    code: int
    reply: str
    uncertain: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the server took responsibility (section 4.2.5)."""
        return self.code == aiosmtplib.SMTPStatus.completed

    @property
    def refused(self) -> bool:
        """Whether it never will."""
        return self.code >= 500

    @property
    def cut_off(self) -> bool:
        """Whether the connection ended with it: no reply, or 421 (section 3.8)."""
        return self.code in (0, _CLOSING)


@asynccontextmanager
async def connected(server: MailServer) -> AsyncIterator[aiosmtplib.SMTP]:
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
        yield client
        if client.is_connected:
            try:
                await client.quit(timeout=5)
            except (aiosmtplib.SMTPException, OSError) as error:
                log.debug(logfmt("no-good-bye", server=server, reason=error))
    finally:
        client.close()


def greet(server: MailServer) -> str:
    """Connects, logs in and leaves; returns what the server offers, in words.

    Raises:
        MailRefusedError, MailDeferredError: as for `connected`.
    """

    async def visit() -> str:
        async with connected(server) as client:
            safety = "TLS" if client.get_transport_info("sslcontext") else "no TLS"
            login = f"logged in as {server.username}" if server.username else "no login"
            return f"{safety}, {login}"

    return asyncio.run(visit())


async def offer(client: aiosmtplib.SMTP, envelope: Envelope) -> Outcome:
    """One transaction: MAIL, RCPT, DATA. After it the connection is ready for another, or closed.

    Raises:
        MailRefusedError: the server does not want the sender at all.
    """
    given_away = False
    data = envelope.data()
    options = []
    try:
        if client.supports_extension("size"):
            options.append(f"SIZE={len(data)}")
        if not (envelope.recipient.isascii() and envelope.sender.isascii() and data.isascii()):
            if not client.supports_extension("smtputf8"):
                return _without_smtputf8(envelope)
            options.append("SMTPUTF8")
        await client.mail(envelope.sender, options=options, encoding="utf-8")
        await client.rcpt(envelope.recipient, encoding="utf-8")
        given_away = True
        reply = (await client.data(data)).message
    except aiosmtplib.SMTPSenderRefused as error:
        if error.code >= 500 and error.code not in _TOO_BIG:
            raise MailRefusedError(
                f"the mail server refuses the sender {envelope.sender}: {error.code} "
                f"{in_short(error.message)}; check DIGEST_MAIL_FROM and DIGEST_MAIL_RETURN_PATH",
                code=error.code,
            ) from error
        return await _declined(client, envelope, error, given_away=given_away)
    except aiosmtplib.SMTPResponseException as error:
        return await _declined(client, envelope, error, given_away=given_away)
    except (aiosmtplib.SMTPException, OSError) as error:
        client.close()
        reply = in_short(str(error)) or "the connection was lost"
        return Outcome(envelope, 0, reply, uncertain=given_away)
    return Outcome(envelope, aiosmtplib.SMTPStatus.completed, in_short(reply))


def _without_smtputf8(envelope: Envelope) -> Outcome:
    """Whose address needs RFC 6531 where the server has none of it: the reader's, or ours."""
    lack = "the mail server offers no SMTPUTF8, which"
    if not envelope.sender.isascii():
        raise MailRefusedError(
            f"{lack} the sender {envelope.sender} needs; write an address in ASCII as "
            "DIGEST_MAIL_FROM and DIGEST_MAIL_RETURN_PATH"
        )
    whose = "this address" if not envelope.recipient.isascii() else "the sender's address"
    return Outcome(envelope, aiosmtplib.SMTPStatus.mailbox_name_invalid, f"{lack} {whose} needs")


async def _declined(
    client: aiosmtplib.SMTP,
    envelope: Envelope,
    error: aiosmtplib.SMTPResponseException,
    *,
    given_away: bool,
) -> Outcome:
    """The outcome of a reply that is none of success; the transaction is ended with RSET."""
    if error.code == _CLOSING or not client.is_connected:
        client.close()
    else:
        with suppress(aiosmtplib.SMTPException, OSError):
            await client.rset()
    code = max(0, error.code)  # aiosmtplib's -1: what came was no reply
    return Outcome(envelope, code, in_short(error.message), uncertain=given_away and not code)


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
