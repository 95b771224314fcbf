"""The client's side of an SMTP dialogue, once the connection is up: commands out, replies in.

    C: MAIL FROM:<digest@example.org>        one turn (RFC 2920), written at once
    C: RCPT TO:<ada@example.org>
    C: DATA
    S: 250 2.1.0 Ok                          a reply for each, in this order; a packet may hold
    S: 250 2.1.5 Ok                          one of them, several, or half of one
    S: 354 End data with <CR><LF>.<CR><LF>
    C: To: ...                               the next turn, where each reply was as it should be

A reply is paired with a command by nothing but its place. So whatever disturbs the order ends the
connection: words that are no reply, a reply that nobody asked for, none in time.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

CLOSING = 421
"""Says that the server closes the connection, in answer to any command (RFC 5321 section 3.8)."""
NONSENSE = 0
"""Stands for the reply code of words that have none."""

_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
_LONGEST = 32 * 1024
"""Octets of a reply. RFC 5321 section 4.5.3.1.5 has lines of 512; EHLO's are the longest."""
_AT_ONCE = 4 * 1024
"""Octets that are read at once."""
_FAMILIAR = 64
"""So many packets are known again: a server mostly says the same."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply code and the words after it, those of several lines with line ends between them."""

    code: int
    text: str


class Turn(NamedTuple):
    """What is written at once, and the replies to it: of each the first digit that it should have.

    `patience` is how many times the timeout to wait for them.
    """

    octets: bytes
    expected: Sequence[int] = (2,)
    patience: int = 1


class Dialogue(asyncio.BufferedProtocol):
    """Takes a transport over from whoever brought it up; `timeout` in seconds, for one reply.

    Attributes:
        ended: why the connection is over, empty as long as it is not.
    """

    def __init__(self, transport: asyncio.Transport, timeout: float) -> None:
        self.ended = ""
        self._transport = transport
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[list[Reply]] = self._loop.create_future()
        self._waiter.set_result([])
        self._turns: Iterator[Turn] = iter(())
        self._expected: list[int] = []
        self._well = True
        self._replies: list[Reply] = []
        self._buffer = memoryview(bytearray(_AT_ONCE))
        self._rest = b""
        self._since = self._loop.time()
        self._patience = 1
        self._watch = self._loop.call_later(timeout, self._look)
        transport.set_protocol(self)
        if transport.is_closing():
            self.end("the connection was lost")

    def ask(self, *turns: Turn) -> asyncio.Future[list[Reply]]:
        """Takes one turn after the other, and gives the replies.

        They are fewer where a turn had a reply that it should not have, which is then the last one
        to be taken, and where a 421 or the connection's end came.
        """
        self._waiter = self._loop.create_future()
        self._replies, self._turns, self._well = [], iter(turns), True
        if self.ended:
            self._wake()
        else:
            self._go_on()
        return self._waiter

    def end(self, reason: str) -> None:
        """Lets go of the connection, whatever is under way."""
        if not self.ended:
            self.ended = reason
            self._watch.cancel()
            self._transport.abort()
            self._wake()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 (asyncio gives it)
        """Where asyncio is to put what comes: here, and not into a fresh quarter of a megabyte."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Takes the replies that are whole; asyncio calls it when so many octets have come."""
        replies, self._rest = read_replies(self._rest + bytes(self._buffer[:nbytes]))
        for reply in replies:
            if not self._expected or reply.code == NONSENSE:
                self.end(f"{reply.code or 'no SMTP reply:'} {reply.text}")
                return
            self._replies.append(reply)
            if reply.code // 100 != self._expected.pop():
                self._well = False
            if reply.code == CLOSING:
                self.end(f"{reply.code} {reply.text}")
                return
        if len(self._rest) > _LONGEST:
            self.end("a reply without an end")
        elif replies and self._expected:
            self._since = self._loop.time()
        elif replies:
            self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio calls it when the connection is over."""
        self.end(str(exc) if exc else "the server closed the connection")

    def _go_on(self) -> None:
        """Begins the next turn, or gives the replies where there is none, or none is to follow."""
        if self._waiter.done():  # who asked was told to stop
            return
        if self._rest:
            self.end(f"half a reply that nobody asked for: {self._rest[:80]!r}")
            return
        turn = next(self._turns, None) if self._well else None
        if turn is None:
            self._wake()
            return
        self._expected = [*reversed(turn.expected)]
        self._since, self._patience = self._loop.time(), turn.patience
        self._transport.write(turn.octets)

    def _wake(self) -> None:
        if not self._waiter.done():
            self._waiter.set_result(self._replies)

    def _look(self) -> None:
        """Ends what has waited for too long; one timer a connection is cheaper than one a reply."""
        left = self._since + self._timeout * self._patience - self._loop.time()
        if self._waiter.done():
            left = self._timeout
        if left <= 0:
            self.end("no reply in time")
        else:
            self._watch = self._loop.call_later(left, self._look)


@lru_cache(maxsize=_FAMILIAR)
def read_replies(octets: bytes) -> tuple[tuple[Reply, ...], bytes]:
    r"""The replies that are whole, and what is left (RFC 5321 section 4.2). It ends with nonsense.

    >>> read_replies(b"250-first\r\n250 last\r\n354 Go ahead\r\n25")
    ((Reply(code=250, text='first\nlast'), Reply(code=354, text='Go ahead')), b'25')
    >>> read_replies(b"Hello!\r\n")
    ((Reply(code=0, text='Hello!'),), b'')
    """
    replies: list[Reply] = []
    begun: list[bytes] = []
    words: list[str] = []
    *lines, rest = octets.split(b"\n")
    for line in lines:
        found = _LINE.fullmatch(line.rstrip(b"\r"))
        if found is None:
            replies.append(Reply(NONSENSE, line[:80].decode("utf-8", "replace").rstrip("\r")))
            return tuple(replies), b""
        begun.append(line)
        words.append((found[3] or b"").strip().decode("utf-8", "replace"))
        if found[2] != b"-":
            replies.append(Reply(int(found[1]), "\n".join(filter(None, words))))
            begun, words = [], []
    return tuple(replies), b"\n".join([*begun, rest])
