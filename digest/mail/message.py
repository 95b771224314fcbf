"""Makes a message (RFC 5322) from two parts: one that all readers share, and one reader's lines.

    head of the recipient    To, Message-ID
    shared head              Subject, From, Date, the list fields, MIME fields
    (empty line)
    shared body              multipart/alternative: text/plain, text/html

The shared part is made and flattened once, and follows the recipient's lines unchanged. All lines
are ASCII with CRLF line ends. Only an address with a local part outside of ASCII makes its line
UTF-8 (RFC 6532).
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
"""Most bytes of a whole message, as it is sent."""

HTML_LIMIT = 100_000
"""Most bytes of the HTML part before its transfer encoding. Gmail clips HTML above 102 KB."""

_POLICY = SMTP.clone(max_line_length=76)
"""The policy with the longest line that quoted-printable allows (RFC 2045 section 6.7)."""
_LONGEST_LINE = 900
_FOLD_AT = 76
"""Characters of a header line. Without its CRLF a line must have at most 998 and should have at
most 78 (RFC 5322 section 2.1.1), and at most 76 with an encoded word (RFC 2047 section 2)."""

_QUOTED = re.compile(r'(["\\])')
_BACKSLASH = r"\\\1"
_FROM = re.compile("^From ", re.MULTILINE)
"""Lines that an mbox file (RFC 4155) changes to `>From `, which breaks a signature."""
_TO_STUFF = re.compile(r"^(?=[ >]|From )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sender:
    """The sender of the digest: mailboxes (RFC 5322 section 3.4), and the list's identifier.

    `reply_to` is None where answers go to `mailbox`. `list_id` is None where it is made from the
    domain. `return_path` is an address, None where bounces go to `mailbox`.
    """

    mailbox: str
    reply_to: str | None = None
    list_id: str | None = None
    return_path: str | None = None

    @property
    def reverse_path(self) -> str:
        """The reverse-path, to which bounces go (RFC 5321 section 4.1.1.2)."""
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
        """The list identifier (RFC 2919), without the angle brackets."""
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
        """The size in bytes, without a recipient's lines."""
        return len(self.head.encode()) + len(self.body) + 2

    def excess(self, room: int) -> int:
        """Returns the bytes above `room`, or above the HTML limit; negative where below both."""
        return max(self.size - room, self.html_size - HTML_LIMIT)


def share(subject: str, text: str, html: str, sender: Sender, at: Moment) -> Shared:
    """Makes the part of a message that all readers of one edition share.

    Args:
        subject: one line.
        text: the plain part; a line that ends in a space continues in the next (RFC 3676).
        html: the HTML part, in ASCII with lines below 900 characters.
        sender: the sender.
        at: the date of the Date field.
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
    """Returns one reader's lines: To with the address and maybe a name, and Message-ID."""
    return f"{_address_field('To', name, address)}\r\nMessage-ID: {message_id}\r\n"


def message_id(address_key: str, edition: str, sender: Sender) -> str:
    """Returns a Message-ID that is unique to this edition and reader (RFC 5322 section 3.6.4)."""
    unique = hashlib.sha256(f"{address_key}\n{edition}".encode()).hexdigest()[:32]
    return f"<{unique}@{sender.domain}>"


def shared_lines(head: str, body: str) -> bytes:
    """Returns the lines after one reader's own: the shared head, an empty line, the body."""
    return f"{head}\r\n{body}".encode()


def envelope_address(address: Address) -> str:
    """Returns an address with its domain in ASCII (RFC 5891), which SMTP without SMTPUTF8 needs."""
    return f"{address.text.rpartition('@')[0]}@{address.key.rpartition('@')[2]}"


def _address_field(field: str, name: str, address: Address) -> str:
    """Returns a field with one mailbox; the name is quoted or encoded (RFC 2047), and folded."""
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
    """Returns the Subject field, folded where it is long; line ends in `text` become spaces."""
    words = " ".join(text.split())
    return f"Subject: {_folded(words, 'Subject', _FOLD_AT) or _encoded(words, 'Subject')}"


def _folded(text: str, field: str, longest: int) -> str:
    """Returns a text in ASCII, folded at its spaces; "" where it needs an encoded word.

    It needs one where it is not ASCII, where a line would have more than `longest` characters, or
    where a part of it looks like an encoded word.
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
    """Returns a text as encoded words (RFC 2047), one on each line, for the named field."""
    return Header(text, "utf-8", maxlinelen=_FOLD_AT, header_name=field).encode(linesep="\r\n")


def _list_fields(sender: Sender) -> list[str]:
    """Returns the fields of a list (RFC 2369, RFC 2919) and of automatic mail (RFC 3834)."""
    return [
        f"List-Id: <{sender.list_identifier}>",
        f"List-Unsubscribe: <{sender.unsubscribe}>",
        "Auto-Submitted: auto-generated",
        "Precedence: bulk",
    ]


def _stuffed(text: str) -> str:
    """Puts a space before each line that would be misread in flowed text (RFC 3676 section 4.4)."""
    return _TO_STUFF.sub(" ", text)


def _transfer_encoding(text: str) -> str:
    """Returns 7bit for ASCII in short lines without `From `, else quoted-printable (RFC 2045)."""
    short = all(len(line) <= _LONGEST_LINE for line in text.splitlines())
    safe = text.isascii() and short and not _FROM.search(text)
    return "7bit" if safe else "quoted-printable"


def _boundary(text: str, html: str) -> str:
    """Returns a boundary from the hash of both parts, so the same parts have the same one."""
    both = hashlib.sha256(text.encode())
    both.update(html.encode())
    return f"=_{both.hexdigest()[:40]}"
