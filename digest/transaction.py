"""One message to one recipient: a transaction of SMTP (RFC 5321 section 3.3).

Each is one of its own, so that no reader sees another and every reply is about one reader. A reply
of 4yz, or none, means later; 5yz means never (section 4.2.1). Where the server offers PIPELINING
(RFC 2920) the three commands go out together:

    MAIL, RCPT, DATA ─> three replies ─┬─ all well ─────────> the message, a dot ─> its reply
                                       ├─ 354 all the same ─> a dot alone ─┐
                                       └─ no 354 ───────────> RSET ────────┴─> the one that failed

Until the message itself is written nothing is given away: a connection that ends before then has
cost nothing.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from digest.content import Content, on_the_wire, ready, size
from digest.dialogue import CLOSING, Dialogue, Reply, Turn
from digest.errors import MailRefusedError
from digest.message import shared_lines
from digest.wording import in_short

_TOO_BIG = (523, 552)
_NO_MAILBOX = 553
_NO_REPLY = 0
_PATIENCE = 10
"""Times the timeout to wait for the reply to a message itself: the server may look into it first.
RFC 5321 section 4.5.3.2.6 has ten minutes for it, so that nothing is sent twice."""
_CONTROLS = re.compile("[\x00-\x1f\x7f]")
_GO_AHEAD = 3
_EXPECTED = (2, 2, _GO_AHEAD)
"""First digits of the replies to MAIL, RCPT and DATA, where all is well (section 4.3.2)."""
_DONE = (2,)
"""And of that to the message itself."""
_EDITIONS = 16
"""So many are kept ready for the wire, of up to 100 KB each."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message to one recipient: RFC 5321's reverse-path, forward-path and content.

    `parts` gives the content, made when it is needed. `key`, `message_id` and `edition` are the
    store's names for the reader, the digest, and what it shares with other readers'.
    """

    key: str
    message_id: str
    sender: str
    recipient: str
    edition: str
    parts: Callable[[], Sequence[Content]]

    def data(self) -> bytes:
        """The whole message, with CRLF line ends."""
        return b"".join(part.lines for part in self.parts())


def spliced(own_head: str, head: str, body: str) -> tuple[Content, Content]:
    """A message's content: the lines of its reader, and what `digest.message` has others share."""
    return ready(own_head.encode()), _shared(head, body)


@lru_cache(maxsize=_EDITIONS)
def _shared(head: str, body: str) -> Content:
    return ready(shared_lines(head, body))


class Outcome(NamedTuple):
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
        return 200 <= self.code < 300

    @property
    def refused(self) -> bool:
        """Whether it never will."""
        return self.code >= 500

    @property
    def cut_off(self) -> bool:
        """Whether the connection ended with it: no reply, or 421 (section 3.8)."""
        return self.code in (_NO_REPLY, CLOSING)


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection that is ready for messages, and the extensions that the server offers on it."""

    dialogue: Dialogue
    sizes: bool
    pipelining: bool
    smtputf8: bool
    secured: bool

    @property
    def is_open(self) -> bool:
        """Whether it takes another message, as far as is known."""
        return not self.dialogue.ended


async def offer(connection: Connection, envelope: Envelope) -> Outcome:
    """One transaction: MAIL, RCPT, DATA. After it the connection is ready for another, or ended.

    Raises:
        MailRefusedError: the server does not want the sender at all.
    """
    parts = envelope.parts()
    sender, recipient = envelope.sender, envelope.recipient
    addresses = sender.isascii() and recipient.isascii()
    utf8 = not (addresses and all(part.ascii for part in parts))
    if utf8 and not connection.smtputf8:
        return _without_smtputf8(envelope)
    if _CONTROLS.search(sender + recipient):
        return Outcome(envelope, _NO_MAILBOX, "no address has control characters")
    options = (f" SIZE={size(parts)}" if connection.sizes else "") + " SMTPUTF8" * utf8
    commands = f"MAIL FROM:<{sender}>{options}\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode()
    dialogue = connection.dialogue
    replies = await dialogue.ask(
        *_in_turns(commands, together=connection.pipelining),
        Turn(on_the_wire(parts), _DONE, _PATIENCE),
    )
    if len(replies) > len(_EXPECTED):
        return _outcome(envelope, replies[-1], dialogue)
    failed = _first_failure(replies, dialogue)
    if failed is None:
        return _unknown(envelope, dialogue)
    if not dialogue.ended:
        started = replies[-1].code // 100 == _GO_AHEAD
        await dialogue.ask(Turn(b".\r\n" if started else b"RSET\r\n"))
    if replies and replies[0] is failed and (addresses or not sender.isascii()):
        _mind_the_sender(envelope, failed)  # else it may be SMTPUTF8 that is refused, for this one
    return Outcome(envelope, failed.code, in_short(failed.text))


def _without_smtputf8(envelope: Envelope) -> Outcome:
    """Whose address needs RFC 6531 where the server has none of it: the reader's, or ours."""
    lack = "the mail server offers no SMTPUTF8, which"
    if not envelope.sender.isascii():
        raise MailRefusedError(
            f"{lack} the sender {envelope.sender} needs; write an address in ASCII as "
            "DIGEST_MAIL_FROM and DIGEST_MAIL_RETURN_PATH"
        )
    whose = "this address" if not envelope.recipient.isascii() else "the sender's address"
    return Outcome(envelope, _NO_MAILBOX, f"{lack} {whose} needs")


def _in_turns(commands: bytes, *, together: bool) -> list[Turn]:
    """The commands, given at once, or one by one until one of them fails."""
    if together:
        return [Turn(commands, _EXPECTED)]
    each = zip(commands.splitlines(keepends=True), _EXPECTED, strict=True)
    return [Turn(command, (digit,)) for command, digit in each]


def _first_failure(replies: Sequence[Reply], dialogue: Dialogue) -> Reply | None:
    """The first reply that kept us from giving the message away, None where all is well.

    Of a reply that makes no sense at its place, and of none at all, the code is 0.
    """
    for reply, want in zip(replies, _EXPECTED, strict=False):
        if reply.code >= 400:
            return reply
        if reply.code // 100 != want:
            dialogue.end(f"an answer out of place: {reply.code} {reply.text}")
            return Reply(_NO_REPLY, dialogue.ended)
    return None if len(replies) == len(_EXPECTED) else Reply(_NO_REPLY, dialogue.ended)


def _outcome(envelope: Envelope, reply: Reply, dialogue: Dialogue) -> Outcome:
    """What the reply to the message itself means."""
    if reply.code // 100 == _GO_AHEAD:
        dialogue.end(f"an answer out of place: {reply.code} {reply.text}")
        return _unknown(envelope, dialogue)
    return Outcome(envelope, reply.code, in_short(reply.text))


def _unknown(envelope: Envelope, dialogue: Dialogue) -> Outcome:
    """The message was given away, and nobody said what became of it."""
    return Outcome(envelope, _NO_REPLY, in_short(dialogue.ended), uncertain=True)


def _mind_the_sender(envelope: Envelope, reply: Reply) -> None:
    """MailRefusedError where MAIL was refused for good, and not for the size of this message."""
    if reply.code >= 500 and reply.code not in _TOO_BIG:
        raise MailRefusedError(
            f"the mail server refuses the sender {envelope.sender}: {reply.code} "
            f"{in_short(reply.text)}; check DIGEST_MAIL_FROM and DIGEST_MAIL_RETURN_PATH",
            code=reply.code,
        )
