"""Makes DKIM-Signature fields (RFC 6376): the signed fields, their canonical form, and the tags.

    DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org;
     s=digest; t=1795417200;
     h=From:From:To:Subject:Date:Message-ID:Reply-To:MIME-Version:
     Content-Type:List-Id:List-Unsubscribe:Auto-Submitted;
     bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=;
     b=...

The kinds of keys are in `digest.mail.dkim_key`. The body and the shared fields are put into
canonical form once for all readers. Only To, Message-ID and the signature itself are made for each
reader. The same digest signed with the same key at the same moment has the same signature.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from digest.clock import Moment

ROOM = 1_300
"""Bytes of the longest field: a key of 4096 bits, and the longest names that the DNS allows."""

SIGNED = (
    *("From", "To", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type"),
    *("List-Id", "List-Unsubscribe", "Auto-Submitted"),
)
_NAMES = ("From", *SIGNED)
"""The signed names. From stands there twice, so that nobody can add a second one (section 8.15)."""

_FIELD = re.compile(r"^([!-9;-~]+):(.*(?:\r\n[ \t].*)*)\r\n", re.MULTILINE)
_SPACE = re.compile(r"[ \t\r\n]+")
_SPACES_IN_BODY = re.compile(rb"[ \t]+")
_WIDTH = 72
"""Characters of the signature in one line."""


class Key(Protocol):
    """A private key: `algorithm` is its tag, as in `rsa-sha256` (RFC 6376) or RFC 8463's."""

    @property
    def algorithm(self) -> str:
        """The value of the tag a=."""
        ...

    @property
    def record(self) -> str:
        """The text of the DNS record with the public key."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Returns the signature of `data`."""
        ...


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for a domain; `domain` is in ASCII (RFC 8616), `selector` a name below it."""

    selector: str
    domain: str
    key: Key

    @property
    def record_name(self) -> str:
        """The DNS name of the record with the public key (section 3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"

    def ready(self, head: str, body: str, at: Moment) -> "Ready":
        """Prepares the signatures of one edition: the parts that its readers share.

        Args:
            head: the shared fields, each with its CRLF.
            body: the body, with CRLF line ends.
            at: the moment of the signature, t=.
        """
        tags = (
            f"v=1; a={self.key.algorithm}; c=relaxed/relaxed; d={self.domain};\r\n"
            f" s={self.selector}; t={int(at.timestamp())};\r\n"
            f" h={_folded_names()};\r\n"
            f" bh={_base64(hashlib.sha256(canonical_body(body.encode())).digest())};\r\n"
            f" b="
        )
        return Ready(self.key, tags, dict(canonical_fields(head)))


@dataclass(frozen=True, slots=True)
class Ready:
    """Signs one edition for its readers: holds the tags and the canonical shared fields."""

    key: Key
    tags: str
    fields: dict[str, str]

    def field(self, own_head: str) -> str:
        """Returns the DKIM-Signature field, with its CRLF, for a reader with these own fields."""
        fields = self.fields | dict(canonical_fields(own_head))
        # Section 5.4.2: a named field that does not exist counts as empty.
        signed = [fields.pop(name.lower(), "") for name in _NAMES]
        signed.append(_canonical_field("DKIM-Signature", f" {self.tags}").removesuffix("\r\n"))
        signature = _base64(self.key.sign("".join(signed).encode()))
        lines = (signature[start : start + _WIDTH] for start in range(0, len(signature), _WIDTH))
        folded = "\r\n ".join(lines)
        return f"DKIM-Signature: {self.tags}{folded}\r\n"


def canonical_body(body: bytes) -> bytes:
    """Returns the relaxed form of a body (section 3.4.4).

    Spaces in a row become one. Spaces at the end of a line, and empty lines at the end of the body,
    are removed.
    """
    lines = _SPACES_IN_BODY.sub(b" ", body).replace(b" \r\n", b"\r\n")
    text = lines.rstrip(b"\r\n")
    return text + b"\r\n" if text else b""


def canonical_fields(head: str) -> Iterator[tuple[str, str]]:
    """Yields each field of a head: its name in small letters, and its relaxed form."""
    for name, value in _FIELD.findall(head):
        yield name.lower(), _canonical_field(name, value)


def _canonical_field(name: str, value: str) -> str:
    """Returns the relaxed form of a field (section 3.4.2): one line, single spaces, CRLF."""
    return f"{name.lower()}:{_SPACE.sub(' ', value).strip(' ')}\r\n"


def _folded_names() -> str:
    """Returns the signed names as in the tag h=, on two lines."""
    return f"{':'.join(_NAMES[:8])}:\r\n {':'.join(_NAMES[8:])}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
