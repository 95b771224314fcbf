"""Hands messages to the mail server (RFC 5321): the only module that uses `aiosmtplib`.

A few connections take messages from one supply, each message a transaction of its own with one
recipient, so that no reader sees another and every reply is about one reader. What the server said
is recorded before the same connection takes its next message: a process that dies has at most one
message a connection whose fate is not known.

A reply of 4yz, or none, means later; 5yz means never (section 4.2.1). What concerns the whole
server, a login it refuses or a sender it does not want, ends the run instead of being held against
the readers.
"""

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiosmtplib

from digest.errors import DigestError, MailDeferredError, MailRefusedError
from digest.paper import clean
from digest.wording import in_short

log = logging.getLogger(__name__)

_TIMEOUT = 60.0
"""Seconds for one reply. RFC 5321 section 4.5.3.2 asks for up to ten minutes after the final dot;
what is not answered by then is offered again, the same, in the next run."""

_TOO_BIG = (523, 552)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where and how to submit: `security` is `starttls`, `tls` or `none`; no login without a name.

    `rate` is in messages a minute over all connections, None for no limit.
    """

    host: str
    port: int
    security: str
    username: str | None = None
    password: str | None = None
    connections: int = 4
    rate: float | None = None

    def __repr__(self) -> str:
        return f"MailServer({self.host}:{self.port}, {self.security})"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message to one recipient: RFC 5321's reverse-path, forward-path and content.

    `data` is the message in ASCII with CRLF line ends, made when it is needed; `key` and
    `message_id` are the store's names for reader and digest.
    """

    key: str
    message_id: str
    sender: str
    recipient: str
    data: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: `code` is the reply code, 0 where there was no reply."""

    envelope: Envelope
    code: int
    reply: str

    @property
    def accepted(self) -> bool:
        """Whether the server took responsibility (section 4.2.5)."""
        return self.code == aiosmtplib.SMTPStatus.completed

    @property
    def refused(self) -> bool:
        """Whether it never will."""
        return self.code >= 500


def deliver(
    server: MailServer,
    envelopes: Iterator[Envelope],
    record: Callable[[Outcome], None],
    *,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Offers every message to the server, telling `record` the outcome of each as it comes.

    Raises:
        MailRefusedError: the server does not let us in, or not safely: nothing was offered since.
        MailDeferredError: it is away, or went away: what has no outcome yet was not offered.
        Whatever `record` raises; messages in flight at that moment have no outcome.
    """
    asyncio.run(_Delivery(server, envelopes, record, pause).run())


def greet(server: MailServer) -> str:
    """Connects, logs in and leaves; returns what the server offers, in words.

    Raises:
        MailRefusedError, MailDeferredError: as for `deliver`.
    """

    async def visit() -> str:
        async with _connected(server) as client:
            safety = "TLS" if client.get_transport_info("sslcontext") else "no TLS"
            login = f"logged in as {server.username}" if server.username else "no login"
            return f"{safety}, {login}"

    return asyncio.run(visit())


class _Delivery:
    """One run of `deliver`: the supply of messages that the connections share."""

    def __init__(
        self,
        server: MailServer,
        supply: Iterator[Envelope],
        record: Callable[[Outcome], None],
        pause: Callable[[float], Awaitable[None]],
    ) -> None:
        self._server = server
        self._supply = supply
        self._returned: list[Envelope] = []
        self._record = record
        self._pause = pause
        self._slot = 0.0
        self._let_in = asyncio.Event()
        self._failure: DigestError | None = None
        self._stopped = False

    async def run(self) -> None:
        """Starts with one connection, and adds others once that one is let in."""
        others = [self._join() for _ in range(self._server.connections - 1)]
        await asyncio.gather(self._work(), *others)
        if self._failure and (self._stopped or self._returned):
            raise self._failure

    def _next(self) -> Envelope | None:
        if self._stopped:
            return None
        return self._returned.pop() if self._returned else next(self._supply, None)

    async def _join(self) -> None:
        await self._let_in.wait()
        if not self._failure:
            await self._work()

    async def _work(self) -> None:
        """Takes messages until there are none. A failure lets the other connections finish theirs.

        One connection that the server cuts or does not want leaves its message to the others; what
        concerns the server as a whole, or the store, stops them all.
        """
        envelope = self._next()
        try:
            while envelope is not None:
                envelope = await self._over_one_connection(envelope)
        except MailDeferredError as error:
            self._failure = self._failure or error
            if envelope is not None:
                self._returned.append(envelope)
        except DigestError as error:
            self._failure, self._stopped = error, True
        finally:
            self._let_in.set()

    async def _over_one_connection(self, envelope: Envelope) -> Envelope | None:
        """Offers messages until the connection ends; returns the next one to offer."""
        async with _connected(self._server) as client:
            self._let_in.set()
            offered: Envelope | None = envelope
            while offered is not None:
                await self._wait_for_slot()
                self._record(await _offer(client, offered))
                offered = self._next()
                if not client.is_connected:
                    break
            return offered

    async def _wait_for_slot(self) -> None:
        """Keeps to the rate over all connections."""
        if self._server.rate is None:
            return
        now = asyncio.get_running_loop().time()
        slot = max(now, self._slot)
        self._slot = slot + 60 / self._server.rate
        if slot > now:
            await self._pause(slot - now)


@asynccontextmanager
async def _connected(server: MailServer) -> AsyncIterator[aiosmtplib.SMTP]:
    """A connection, safe and logged in as the settings ask; closed politely afterwards."""
    where = f"the mail server {server.host}:{server.port}"
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.security == "tls",
        start_tls=False,
        local_hostname=socket.gethostname(),
        timeout=_TIMEOUT,
    )
    try:
        await client.connect()
        if server.security == "starttls":
            await _start_tls(client, where)
        if server.username is not None:
            await client.login(server.username, server.password or "")
    except aiosmtplib.SMTPResponseException as error:
        client.close()
        raise _said_no(where, error) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        client.close()
        raise _not_reached(where, error) from error
    except BaseException:
        client.close()
        raise
    try:
        yield client
        if client.is_connected:
            try:
                await client.quit(timeout=5)
            except (aiosmtplib.SMTPException, OSError) as error:
                log.debug("%s did not say good-bye: %s", where, error)
    finally:
        client.close()


async def _start_tls(client: aiosmtplib.SMTP, where: str) -> None:
    await client.ehlo()
    if not client.supports_extension("starttls"):
        raise MailRefusedError(
            f"{where} offers no STARTTLS, and nothing is sent in clear: set DIGEST_SMTP_SECURITY "
            "to tls if it wants TLS from the start, or to none if it is on this machine"
        )
    await client.starttls()


def _said_no(where: str, error: aiosmtplib.SMTPResponseException) -> Exception:
    words = f"{error.code} {in_short(error.message)}"
    if error.code < 500:
        return MailDeferredError(f"{where} says not now: {words}", code=error.code)
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return MailRefusedError(
            f"{where} refuses the login: {words}; check DIGEST_SMTP_USERNAME and the password",
            code=error.code,
        )
    return MailRefusedError(f"{where} refuses us: {words}", code=error.code)


def _not_reached(where: str, error: Exception) -> Exception:
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLCertVerificationError) or isinstance(error, ssl.SSLError):
        reason = getattr(cause, "verify_message", "") or clean(str(cause))
        return MailRefusedError(
            f"{where} has no certificate that can be trusted ({reason}); nothing was sent. Check "
            "that DIGEST_SMTP_HOST is the name in its certificate"
        )
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return MailRefusedError(f"{where} offers no login: {clean(str(error))}")
    return MailDeferredError(
        f"{where} cannot be reached ({_why(error, cause)}); check DIGEST_SMTP_HOST and "
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


async def _offer(client: aiosmtplib.SMTP, envelope: Envelope) -> Outcome:
    """One transaction. MailRefusedError where the server does not want the sender at all."""
    try:
        options = []
        if not (envelope.recipient.isascii() and envelope.sender.isascii()):
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
            if not client.supports_extension("smtputf8"):
                reply = "the mail server offers no SMTPUTF8, which this address needs"
                return Outcome(envelope, aiosmtplib.SMTPStatus.mailbox_name_invalid, reply)
            options.append("SMTPUTF8")
        _, reply = await client.sendmail(
            envelope.sender, envelope.recipient, envelope.data(), mail_options=options
        )
    except aiosmtplib.SMTPRecipientsRefused as error:
        refusal = error.recipients[0]
        return Outcome(envelope, refusal.code, in_short(refusal.message))
    except aiosmtplib.SMTPSenderRefused as error:
        if error.code < 500 or error.code in _TOO_BIG:
            return Outcome(envelope, error.code, in_short(error.message))
        raise MailRefusedError(
            f"the mail server refuses the sender {envelope.sender}: {error.code} "
            f"{in_short(error.message)}; check DIGEST_MAIL_FROM",
            code=error.code,
        ) from error
    except aiosmtplib.SMTPResponseException as error:
        return Outcome(envelope, error.code, in_short(error.message))
    except (aiosmtplib.SMTPException, OSError) as error:
        client.close()
        return Outcome(envelope, 0, in_short(str(error)) or "the connection was lost")
    return Outcome(envelope, aiosmtplib.SMTPStatus.completed, in_short(reply))
