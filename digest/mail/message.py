"""A digest as a message (RFC 5322), in two parts: what all readers share, and the few lines of one.

    head of the recipient    To, Message-ID
    shared head              Subject, From, Date, the list fields, MIME fields
    (empty line)
    shared body              multipart/alternative: text/plain, text/html

The shared part is made and flattened once, and put after the recipient's lines as it is. All of it
is ASCII with CRLF line ends, but for an address whose local part is not: then those lines are UTF-8
(RFC 6532).
"""

import hashlib
import re
from dataclasses import dataclass
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from textwrap import wrap
from urllib.parse import quote

from digest.clock import Moment
from digest.model.address import Address, mailbox

LIMIT = 100_000
"""Bytes of a whole message, as it is sent."""

HTML_LIMIT = 100_000
"""Bytes of the HTML part, as it was before it was encoded. Gmail clips what is above 102 KB."""

_POLICY = SMTP.clone(max_line_length=76)
"""With the longest line that quoted-printable may have (RFC 2045 section 6.7)."""
_LONGEST_LINE = 900
_FOLD_AT = 76
"""Characters. Without its CRLF a line may have 998 and should have 78 (RFC 5322 section 2.1.1); one
with an encoded word may have 76 (RFC 2047 section 2)."""

_QUOTED = re.compile(r'(["\\])')
_BACKSLASH = r"\\\1"
_FROM = re.compile("^From ", re.MULTILINE)
"""What mailboxes in one file (RFC 4155) write as `>From `, which breaks a signature."""
_TO_STUFF = re.compile(r"^(?=[ >]|From )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the digest is from: mailboxes as in RFC 5322 section 3.4, and the list's identifier.

    `reply_to` is None where answers go to `mailbox`, `list_id` where it is made from the domain,
    and `return_path`, an address, where bounces go to `mailbox` as well.
    """

    mailbox: str
    reply_to: str | None = None
    list_id: str | None = None
    return_path: str | None = None

    @property
    def reverse_path(self) -> str:
        """The address that bounces go to (RFC 5321 section 4.1.1.2)."""
        return envelope_address(mailbox(self.return_path or self.mailbox)[1])

    @property
    def answers(self) -> str:
        """The address for questions, and for stopping the mail."""
        return envelope_address(mailbox(self.reply_to or self.mailbox)[1])

    @property
    def unsubscribe(self) -> str:
        """A mailto address (RFC 6068) that asks for the mail to stop."""
        return f"mailto:{quote(self.answers, safe='@+')}?subject=unsubscribe"

    @property
    def domain(self) -> str:
        """The sender's domain in ASCII."""
        return envelope_address(mailbox(self.mailbox)[1]).rpartition("@")[2]

    @property
    def list_identifier(self) -> str:
        """RFC 2919's identifier, without the angle brackets."""
        identifier = self.list_id or f"arxiv-digest.{self.domain}"
        return identifier.rpartition("<")[2].rstrip("> ")


@dataclass(frozen=True, slots=True)
class Shared:
    """The part of a message that its readers share; `edition` names exactly these bytes."""

    edition: str
    head: str
    body: str
    html_size: int = 0

    @property
    def size(self) -> int:
        """Bytes, without a recipient's lines."""
        return len(self.head.encode()) + len(self.body) + 2

    def excess(self, room: int) -> int:
        """Bytes by which the message is above `room`, or its HTML above its own limit; or below."""
        return max(self.size - room, self.html_size - HTML_LIMIT)


def share(subject: str, text: str, html: str, sender: Sender, at: Moment) -> Shared:
    """Flattens what all readers of one edition get.

    Args:
        subject: one line.
        text: the plain part; a line that ends in a space goes on in the next (RFC 3676).
        html: the other part, in ASCII with lines below 900 characters.
        sender: who it is from.
        at: the Date field.
    """
    content = EmailMessage(policy=_POLICY)
    text = _stuffed(text)
    content.set_content(text, cte=_transfer_encoding(text), params={"format": "flowed"})
    content.add_alternative(html, subtype="html", cte=_transfer_encoding(html))
    content.set_boundary(_boundary(text, html))
    for part in content.iter_parts():
        del part["MIME-Version"]
    mime, _, body = content.as_bytes().decode("ascii").partition("\r\n\r\n")
    body = _FROM.sub("=46rom=\r\n ", body)
    fields = [
        _subject(subject),
        _address_field("From", *mailbox(sender.mailbox)),
        _address_field("Reply-To", *mailbox(sender.reply_to or sender.mailbox)),
        f"Date: {format_datetime(at)}",
        *_list_fields(sender),
        mime,
    ]
    head = "".join(f"{line}\r\n" for line in fields)
    name = hashlib.sha256(f"{head}\n{body}".encode()).hexdigest()[:24]
    return Shared(name, head, body, len(html.encode()))


def recipient_head(name: str, address: Address, message_id: str) -> str:
    """The lines of one reader: To (a name, where there is one, and the address) and Message-ID."""
    return f"{_address_field('To', name, address)}\r\nMessage-ID: {message_id}\r\n"


def message_id(address_key: str, edition: str, sender: Sender) -> str:
    """The same for the same digest of the same reader alone (RFC 5322 section 3.6.4)."""
    unique = hashlib.sha256(f"{address_key}\n{edition}".encode()).hexdigest()[:32]
    return f"<{unique}@{sender.domain}>"


def shared_lines(head: str, body: str) -> bytes:
    """What follows the lines of one reader: the rest of the head, an empty line, the body."""
    return f"{head}\r\n{body}".encode()


def envelope_address(address: Address) -> str:
    """An address with its domain in ASCII (RFC 5891), as SMTP servers without SMTPUTF8 want it."""
    return f"{address.text.rpartition('@')[0]}@{address.key.rpartition('@')[2]}"


def _address_field(field: str, name: str, address: Address) -> str:
    """A field with one mailbox; the name quoted, or encoded (RFC 2047), and folded as needed."""
    angle = f"<{envelope_address(address)}>"
    if not name:
        return f"{field}: {angle[1:-1]}"
    words = " ".join(name.split())
    quoted = f'"{_QUOTED.sub(_BACKSLASH, words)}"'
    phrase = _folded(quoted, field, _LONGEST_LINE) or _encoded(words, field)
    last = f"{field}: {phrase}".rpartition("\n")[2]
    fold = " " if len(f"{last} {angle}") <= _FOLD_AT else "\r\n "
    return f"{field}: {phrase}{fold}{angle}"


def _subject(text: str) -> str:
    """The field, on one line or folded; nothing in it can end it."""
    words = " ".join(text.split())
    return f"Subject: {_folded(words, 'Subject', _FOLD_AT) or _encoded(words, 'Subject')}"


def _folded(text: str, field: str, longest: int) -> str:
    """A text in ASCII, folded at its spaces; empty where it cannot stay as it is.

    That is where a line would have more than `longest` characters, or where something could be
    taken for an encoded word.
    """
    if not text.isascii() or not text.isprintable() or "=?" in text:
        return ""
    lines = wrap(
        text,
        _FOLD_AT,
        initial_indent=f"{field}: ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    whole = "\r\n ".join(lines).removeprefix(f"{field}: ")
    return whole if all(len(line) <= longest for line in lines) else ""


def _encoded(text: str, field: str) -> str:
    """A text for the field of that name as RFC 2047's encoded words, one on each line."""
    return Header(text, "utf-8", maxlinelen=_FOLD_AT, header_name=field).encode(linesep="\r\n")


def _list_fields(sender: Sender) -> list[str]:
    """RFC 2369 and 2919 for lists, RFC 3834 against automatic answers; ASCII, and never folded."""
    return [
        f"List-Id: <{sender.list_identifier}>",
        f"List-Unsubscribe: <{sender.unsubscribe}>",
        "Auto-Submitted: auto-generated",
        "Precedence: bulk",
    ]


def _stuffed(text: str) -> str:
    """RFC 3676 section 4.4: a space before each line that would be read as something else."""
    return _TO_STUFF.sub(" ", text)


def _transfer_encoding(text: str) -> str:
    """RFC 2045 section 6: what is ASCII in short lines goes as it is, but for what _FROM finds."""
    short = all(len(line) <= _LONGEST_LINE for line in text.splitlines())
    safe = text.isascii() and short and not _FROM.search(text)
    return "7bit" if safe else "quoted-printable"


def _boundary(text: str, html: str) -> str:
    """A line that occurs in neither part, the same for the same parts."""
    both = hashlib.sha256(text.encode())
    both.update(html.encode())
    return f"=_{both.hexdigest()[:40]}"
