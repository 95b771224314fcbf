"""One message to one recipient: a transaction of SMTP (RFC 5321 section 3.3).

Each message has one recipient, so that no reader sees another's address and every reply is about
one reader. A reply of 4yz, or none, means "later"; 5yz means "never" (section 4.2.1). Where the
server offers PIPELINING (RFC 2920) the three commands go out together:

    MAIL, RCPT, DATA ─> three replies ─┬─ all well ─────────> the message, a dot ─> its reply
                                       ├─ 354 all the same ─> a dot alone ─┐
                                       └─ no 354 ───────────> RSET ────────┴─> the one that failed

A connection that ends before the message itself is written costs nothing: the message can be
offered again.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from digest.delivery.dialogue import CLOSING, Dialogue, Reply, Turn
from digest.delivery.meaning import Concern, Step
from digest.delivery.wire import Content, on_the_wire, size
from digest.errors import MailRefusedError
from digest.text import in_short

_TOO_BIG = 552
_NO_MAILBOX = 553
_NO_REPLY = 0
_PATIENCE = 10
"""Timeouts to wait for the reply to the message itself, since a server may scan it first. RFC 5321
section 4.5.3.2.6 asks for ten minutes, so that nothing is sent twice."""
_BAD_SEQUENCE = 503
_TOGETHER = re.compile("(?i)pipelin|synchroni[sz]ation")
_CONTROLS = re.compile("[\x00-\x1f\x7f]")
_GO_AHEAD = 3
_EXPECTED = (2, 2, _GO_AHEAD)
"""First digits of the replies to MAIL, RCPT and DATA after success (section 4.3.2)."""
_STEPS = (Step.MAIL, Step.RCPT, Step.DATA)
_AT = Step.DATA
"""The step that stands for the end of a connection, before the message itself."""
_DONE = (2,)
"""First digit of the reply to the message itself after success."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message to one recipient: the reverse-path, the forward-path and the content (RFC 5321).

    `parts` makes the content when it is needed. `key`, `message_id` and `edition` are the store's
    names for the reader, the digest, and the part that it shares with other readers' digests.
    """

    key: str
    message_id: str
    sender: str
    recipient: str
    edition: str
    parts: Callable[[], Sequence[Content]]

    def data(self) -> bytes:
        """Returns the whole message, with CRLF line ends."""
        return b"".join(part.lines for part in self.parts())


class Outcome(NamedTuple):
    """The outcome of a message: `code` is the reply code, 0 where there was no reply.

    `uncertain` says that the message was sent, and that it is unknown whether the server accepted
    it. `step` is the command that was answered, and `concern` the party that the reply is about.
    """

    envelope: Envelope
    code: int
    reply: str
    uncertain: bool = False
    step: Step = Step.END
    concern: Concern = Concern.READER

    @property
    def accepted(self) -> bool:
        """Returns whether the server took responsibility (section 4.2.5)."""
        return 200 <= self.code < 300

    @property
    def refused(self) -> bool:
        """Returns whether the server refused the message for good (section 4.2.1: 5yz)."""
        return self.code >= 500

    @property
    def put_off(self) -> bool:
        """Returns whether the server deferred the message (section 4.2.1: 4yz)."""
        return 400 <= self.code < 500

    @property
    def cut_off(self) -> bool:
        """Returns whether the connection ended at this message: no reply, or 421 (section 3.8)."""
        return self.code in (_NO_REPLY, CLOSING)


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection that is ready for messages, and the extensions that the server offers on it.

    `largest` is the size limit of a message in octets, 0 for none (RFC 1870). `messages` is the
    limit of messages for one connection, 0 for none (RFC 9422: MAILMAX).
    """

    dialogue: Dialogue
    sizes: bool
    pipelining: bool
    smtputf8: bool
    secured: bool
    largest: int = 0
    messages: int = 0

    @property
    def is_open(self) -> bool:
        """Returns whether the connection is still open, as far as it is known."""
        return not self.dialogue.ended


def largest(size: str) -> int:
    """Returns the size limit in octets, by EHLO's SIZE parameter; 0 for none (RFC 1870)."""
    return int(size) if size.isdecimal() else 0


def messages(limits: str) -> int:
    """Returns the limit of messages for one connection, by EHLO's LIMITS; 0 for none (RFC 9422).

    >>> messages("RCPTMAX=100 MAILMAX=20")
    20
    """
    found = re.search(r"\bMAILMAX=([0-9]{1,6})\b", limits)
    return int(found[1]) if found else 0


async def offer(connection: Connection, envelope: Envelope) -> Outcome:
    """Makes one transaction: MAIL, RCPT, DATA. Then the connection is ready for another, or ended.

    Raises:
        MailRefusedError: the sender's address needs SMTPUTF8, and the server does not offer it.
    """
    parts = envelope.parts()
    sender, recipient = envelope.sender, envelope.recipient
    utf8 = not (sender.isascii() and recipient.isascii() and all(part.ascii for part in parts))
    if utf8 and not connection.smtputf8:
        return _without_smtputf8(envelope)
    if _CONTROLS.search(sender + recipient):
        reply = "5.1.3 no address has control characters"
        return Outcome(envelope, _NO_MAILBOX, reply, step=Step.RCPT)
    octets = size(parts)
    if connection.largest and octets > connection.largest:
        return _too_big(envelope, octets, connection.largest)
    options = (f" SIZE={octets}" if connection.sizes else "") + " SMTPUTF8" * utf8
    commands = f"MAIL FROM:<{sender}>{options}\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode()
    dialogue = connection.dialogue
    replies = await dialogue.ask(
        *_in_turns(commands, together=connection.pipelining),
        Turn(on_the_wire(parts), _DONE, _PATIENCE),
    )
    if len(replies) > len(_EXPECTED):
        return _outcome(envelope, replies[-1], dialogue)
    failed = _first_failure(replies, dialogue, together=connection.pipelining)
    if failed is None:
        return _unknown(envelope, dialogue)
    if not dialogue.ended:
        started = replies[-1].code // 100 == _GO_AHEAD
        await dialogue.ask(Turn(b".\r\n" if started else b"RSET\r\n"))
    step = next(
        (step for step, reply in zip(_STEPS, replies, strict=False) if reply is failed), _AT
    )
    if step is Step.MAIL and utf8 and sender.isascii():
        step = Step.SMTPUTF8  # the server may refuse the option, for this recipient
    return Outcome(envelope, failed.code, in_short(failed.text), step=step)


def _is_out_of_step(reply: Reply) -> bool:
    """Returns whether a reply shows that pipelined commands were lost or refused.

    The server may be at fault, or a firewall before it that does not know PIPELINING.
    """
    named = _TOGETHER.search(reply.text) is not None
    return reply.code == _BAD_SEQUENCE or (reply.code >= 500 and named)


def _too_big(envelope: Envelope, octets: int, largest: int) -> Outcome:
    """Returns the outcome of a message above the server's limit; the message is not offered."""
    reply = f"it takes messages of up to {largest:,} octets, and this one has {octets:,}"
    return Outcome(envelope, _TOO_BIG, reply, step=Step.SIZE)


def _without_smtputf8(envelope: Envelope) -> Outcome:
    """Returns the outcome for a recipient that needs SMTPUTF8 (RFC 6531), which is not offered.

    Raises:
        MailRefusedError: the sender's address needs SMTPUTF8.
    """
    if envelope.sender.isascii() and not envelope.recipient.isascii():
        reply = f"it offers no SMTPUTF8, which the address {envelope.recipient} needs"
        return Outcome(envelope, _NO_MAILBOX, reply, step=Step.SMTPUTF8)
    ours = "the address in From" if envelope.sender.isascii() else f"the sender {envelope.sender}"
    raise MailRefusedError(
        f"the mail server offers no SMTPUTF8, which {ours} needs; write an address in ASCII as "
        "DIGEST_MAIL_FROM and DIGEST_MAIL_RETURN_PATH"
    )


def _in_turns(commands: bytes, *, together: bool) -> list[Turn]:
    """Returns the commands as one turn, or as one turn for each command."""
    if together:
        return [Turn(commands, _EXPECTED)]
    each = zip(commands.splitlines(keepends=True), _EXPECTED, strict=True)
    return [Turn(command, (digit,)) for command, digit in each]


def _first_failure(replies: Sequence[Reply], dialogue: Dialogue, *, together: bool) -> Reply | None:
    """Returns the first reply after which the message cannot be sent, None where all succeeded.

    The code is 0 for a reply that is wrong at its place, and where there is no reply.
    """
    for reply, want in zip(replies, _EXPECTED, strict=False):
        if together and _is_out_of_step(reply):
            dialogue.end(f"commands that went out together: {reply.code} {reply.text}")
            return Reply(_NO_REPLY, dialogue.ended)
        if reply.code >= 400:
            return reply
        if reply.code // 100 != want:
            dialogue.end(f"an unexpected reply: {reply.code} {reply.text}")
            return Reply(_NO_REPLY, dialogue.ended)
    return None if len(replies) == len(_EXPECTED) else Reply(_NO_REPLY, dialogue.ended)


def _outcome(envelope: Envelope, reply: Reply, dialogue: Dialogue) -> Outcome:
    """Returns the outcome for the reply to the message itself."""
    if reply.code // 100 == _GO_AHEAD:
        dialogue.end(f"an unexpected reply: {reply.code} {reply.text}")
        return _unknown(envelope, dialogue)
    return Outcome(envelope, reply.code, in_short(reply.text))


def _unknown(envelope: Envelope, dialogue: Dialogue) -> Outcome:
    """Returns the outcome of a message that was sent and got no reply."""
    return Outcome(envelope, _NO_REPLY, in_short(dialogue.ended), uncertain=True)
