"""The client's side of an SMTP session after login: writes commands, and reads replies.

    C: MAIL FROM:<digest@example.org>        one turn (RFC 2920), written at once
    C: RCPT TO:<ada@example.org>
    C: DATA
    S: 250 2.1.0 Ok                          one reply to each command, in this order; a packet
    S: 250 2.1.5 Ok                          may hold one reply, several, or half of one
    S: 354 End data with <CR><LF>.<CR><LF>
    C: To: ...                               the next turn, where each reply was as expected

Only the order tells which command a reply answers. So the connection ends when the order is lost: a
line is no reply, a reply comes without a command, or no reply comes in time.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

CLOSING = 421
"""The reply code of a server that closes the connection, to any command (RFC 5321 section 3.8)."""
NONSENSE = 0
"""Stands for the reply code of a line that has none."""

_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
_LONGEST = 32 * 1024
"""Most octets of a reply. RFC 5321 section 4.5.3.1.5 has lines of 512; EHLO's reply is longest."""
_AT_ONCE = 4 * 1024
"""Octets that are read at once."""
_FAMILIAR = 64
"""Number of packets whose parsed form is cached, since a server repeats a few replies."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply code and the text after it; the text of several lines has line ends in it."""

    code: int
    text: str


class Turn(NamedTuple):
    """Octets that are written at once, and the first digit that each reply to them should have.

    The replies may take `patience` times the timeout.
    """

    octets: bytes
    expected: Sequence[int] = (2,)
    patience: int = 1


class Dialogue(asyncio.BufferedProtocol):
    """An SMTP dialogue over an open transport; `timeout` is in seconds, for one reply.

    Attributes:
        ended: the reason why the connection has ended, empty while it is open.
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
        """Takes one turn after another, and returns the replies.

        The turn with an unexpected reply is the last one. So there are fewer replies in that case,
        and where a 421 comes or the connection ends.
        """
        self._waiter = self._loop.create_future()
        self._replies, self._turns, self._well = [], iter(turns), True
        if self.ended:
            self._wake()
        else:
            self._go_on()
        return self._waiter

    def end(self, reason: str) -> None:
        """Closes the connection at once, even in the middle of a turn."""
        if not self.ended:
            self.ended = reason
            self._watch.cancel()
            self._transport.abort()
            self._wake()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 (asyncio gives it)
        """Returns the buffer for received octets; asyncio's own would be 256 KB each time."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Reads the complete replies; asyncio calls this when `nbytes` octets have come."""
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
        """Notes the end of the connection; asyncio calls this."""
        self.end(str(exc) if exc else "the server closed the connection")

    def _go_on(self) -> None:
        """Begins the next turn; returns the replies where no turn follows."""
        if self._waiter.done():  # the caller was cancelled
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
        """Ends a dialogue whose reply is late; one timer per connection is cheapest."""
        left = self._since + self._timeout * self._patience - self._loop.time()
        if self._waiter.done():
            left = self._timeout
        if left <= 0:
            self.end("no reply in time")
        else:
            self._watch = self._loop.call_later(left, self._look)


@lru_cache(maxsize=_FAMILIAR)
def read_replies(octets: bytes) -> tuple[tuple[Reply, ...], bytes]:
    r"""Returns the complete replies, and the octets left over (RFC 5321 section 4.2).

    A line that is no reply is the last one, with the code 0, and its packet is read no further.

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
