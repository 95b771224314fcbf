"""A mail server on loopback that stores the messages it accepts, for the demo and the tests.

It speaks real SMTP (aiosmtpd) on a free port. A test can make it refuse a recipient, a message or a
login, or close the connection.
"""

import asyncio
import logging
import ssl
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

BREAK_OFF = "BREAK OFF"
"""A reply that closes the connection instead."""
SILENCE = "SILENCE"
"""A reply that sends nothing, until the client gives up."""

_OK = "250 2.0.0 kept"


@dataclass(frozen=True, slots=True)
class Received:
    """One accepted transaction: the envelope of RFC 5321, and the message with CRLF line ends."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes


class MailStandIn:
    """The server, which runs inside of a `with`; `port` is its port on 127.0.0.1.

    Args:
        login: the name and password that it asks for, None for no AUTH.
        tls: the server's TLS context for STARTTLS, None where STARTTLS is not offered.
        smtputf8: whether SMTPUTF8 (RFC 6531) is offered.
        pipelining: whether PIPELINING (RFC 2920) is offered.

    Attributes:
        received: the accepted messages, in order.
        recipient_reply: returns the reply to RCPT for a recipient, None for 250.
        data_reply: returns the reply to the end of a message, None for 250. With BREAK_OFF and
            SILENCE the server accepts the message, but the client does not know that.
        command_reply: returns the reply to a command's verb, None for the usual one. The verb is ""
            for the greeting and "." for the end of a message. A 421 closes the connection.
        one_each: whether the connection is closed after every message.
        lines: the received commands, in order.
    """

    def __init__(
        self,
        *,
        login: tuple[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        smtputf8: bool = True,
        pipelining: bool = True,
    ) -> None:
        self.received: list[Received] = []
        self.recipient_reply: Callable[[str], str | None] = lambda _: None
        self.data_reply: Callable[[Received], str | None] = lambda _: None
        self.command_reply: Callable[[str], str | None] = lambda _: None
        self.one_each = False
        self.lines: list[bytes] = []
        self.connections = 0
        self.port = 0
        self._login = login
        self._pipelining = pipelining
        self._options: dict[str, Any] = {
            "enable_SMTPUTF8": smtputf8,
            "tls_context": tls,
            "auth_require_tls": False,
            "authenticator": self._authenticate if login else None,
            "hostname": "localhost",
            "ident": "stand-in",
        }
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._call(self._listen())
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def handle_EHLO(  # noqa: N802 (aiosmtpd's name)
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """Answers EHLO."""
        del server, envelope
        session.host_name = hostname
        offered = ["250-PIPELINING"] if self._pipelining else []
        return [*responses[:-1], *offered, responses[-1]]

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answers MAIL."""
        del server
        if self._login and not session.authenticated:
            return "530 5.7.0 authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return _OK

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answers RCPT."""
        del server, session, options
        reply = self.recipient_reply(address)
        if reply is not None:
            return reply
        envelope.rcpt_tos.append(address)
        return _OK

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Answers the final dot."""
        del server, session
        content = envelope.original_content or b""
        received = Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), content)
        reply = self.data_reply(received) or self.command_reply(".")
        if reply in (BREAK_OFF, SILENCE):
            self.received.append(received)
        if reply is None or reply.startswith("2"):
            self.received.append(received)
        return reply or _OK

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        del server, session, envelope, mechanism
        given = (
            (data.login.decode(), data.password.decode())
            if isinstance(data, LoginPassword)
            else None
        )
        return AuthResult(success=given == self._login, handled=False)

    async def _listen(self) -> asyncio.Server:
        def session() -> SMTP:
            self.connections += 1
            return _Session(self, loop=self._loop, **self._options)

        return await self._loop.create_server(session, "127.0.0.1", 0)

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _call(self, coroutine: Any) -> Any:
        """Runs a coroutine in the server's thread and waits for it."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)


class _Session(SMTP):
    """One connection; the stand-in may replace its replies."""

    _verb = ""
    _replaced = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for verb, method in self._smtp_methods.items():
            self._smtp_methods[verb] = self._noting(verb, method)

    async def push(self, status: str | bytes) -> None:
        """Sends a reply, or its replacement, or nothing."""
        standin: MailStandIn = self.event_handler
        planned = status.decode() if isinstance(status, bytes) else status
        if self._replaced:  # one line replaces all lines of a reply
            return
        instead = standin.command_reply(self._verb) if self._verb != "." else None
        self._replaced = instead is not None
        reply = instead or planned
        assert isinstance(self.transport, asyncio.Transport)
        if reply == SILENCE:
            await asyncio.Event().wait()
        if reply == BREAK_OFF:
            self.transport.abort()
            return
        if instead is not None and instead[0] in "45":
            self._take_back()
        await super().push(reply)
        if reply.startswith("421") or (standin.one_each and self._verb == "."):
            self.transport.close()
        if reply.startswith("354"):
            self._verb, self._replaced = ".", False

    def _take_back(self) -> None:
        """Undoes a command that aiosmtpd has accepted and the stand-in refuses."""
        assert self.envelope
        if self._verb == "MAIL":
            self.envelope.mail_from = None
        elif self._verb == "RCPT":
            self.envelope.rcpt_tos.clear()

    def _noting(
        self, verb: str, method: Callable[[str | None], Awaitable[None]]
    ) -> Callable[[str | None], Awaitable[None]]:
        """Wraps the method of a command, so that it is recorded; a closed session ignores it."""

        @wraps(method)
        async def noting(argument: str | None) -> None:
            if self.transport is None or self.transport.is_closing():
                return
            line = verb if argument is None else f"{verb} {argument}"
            self.event_handler.lines.append(line.encode("utf-8", "surrogateescape"))
            self._verb, self._replaced = verb, False
            await method(argument)

        return noting
