"""The client's side of an SMTP dialogue, once the connection is up: commands out, replies in.

    C: MAIL FROM:<digest@example.org>        one group (RFC 2920), written at once
    C: RCPT TO:<ada@example.org>
    C: DATA
    S: 250 2.1.0 Ok                          a reply for each, in this order; a packet may hold
    S: 250 2.1.5 Ok                          one of them, several, or half of one
    S: 354 End data with <CR><LF>.<CR><LF>

A reply is paired with a command by nothing but its place. So whatever disturbs the order ends the
connection: words that are no reply, a reply that nobody asked for, none in time.
"""

import asyncio
import re
from dataclasses import dataclass

CLOSING = 421
"""Says that the server closes the connection, in answer to any command (RFC 5321 section 3.8)."""

_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
_LONGEST = 32 * 1024
"""Octets of a reply. RFC 5321 section 4.5.3.1.5 has lines of 512; EHLO's are the longest."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply code and the words after it, those of several lines with line ends between them."""

    code: int
    text: str


class Dialogue(asyncio.Protocol):
    """Takes a transport over from whoever brought it up; `timeout` in seconds, for one reply.

    Attributes:
        ended: why the connection is over, empty as long as it is not.
    """

    def __init__(self, transport: asyncio.Transport, timeout: float) -> None:
        self.ended = ""
        self._transport = transport
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None
        self._wanted = 0
        self._replies: list[Reply] = []
        self._text: list[bytes] = []
        self._rest = b""
        self._since = self._loop.time()
        self._patience = 1
        self._watch = self._loop.call_later(timeout, self._look)
        transport.set_protocol(self)
        if transport.is_closing():
            self.end("the connection was lost")

    async def ask(self, octets: bytes, replies: int = 1, *, patience: int = 1) -> list[Reply]:
        """Writes, and returns so many replies; fewer where a 421 or the connection's end came.

        `patience` is how many times the timeout to wait.
        """
        if self.ended:
            return []
        self._replies, self._wanted = [], replies
        self._since = self._loop.time()
        self._patience = patience
        self._waiter = self._loop.create_future()
        self._transport.write(octets)
        try:
            await self._waiter
        finally:
            self._waiter, self._wanted = None, 0
        return self._replies

    def end(self, reason: str) -> None:
        """Lets go of the connection, whatever is under way."""
        if not self.ended:
            self.ended = reason
            self._watch.cancel()
            self._transport.abort()
            self._wake()

    def data_received(self, data: bytes) -> None:
        """Takes the lines that are whole; asyncio calls it with whatever came."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line.rstrip(b"\r"))
            if self.ended:
                return
        if len(self._rest) + sum(map(len, self._text)) > _LONGEST:
            self.end("a reply without an end")

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio calls it when the connection is over."""
        self.end(str(exc) if exc else "the server closed the connection")

    def _take(self, line: bytes) -> None:
        found = _LINE.fullmatch(line)
        if found is None:
            self.end(f"no SMTP reply: {line[:80].decode('utf-8', 'replace')}")
            return
        if found[3]:
            self._text.append(found[3].strip())
        if found[2] == b"-":
            return
        text = b"\n".join(self._text).decode("utf-8", "replace")
        reply = Reply(int(found[1]), text)
        self._text.clear()
        if len(self._replies) >= self._wanted:
            self.end(f"{reply.code} {text}")
            return
        self._replies.append(reply)
        self._since = self._loop.time()
        if reply.code == CLOSING:
            self.end(f"{reply.code} {text}")
        elif len(self._replies) == self._wanted:
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _look(self) -> None:
        """Ends what has waited for too long; one timer a connection is cheaper than one a reply."""
        left = self._since + self._timeout * self._patience - self._loop.time()
        if self._waiter is None:
            left = self._timeout
        if left <= 0:
            self.end("no reply in time")
        else:
            self._watch = self._loop.call_later(left, self._look)
