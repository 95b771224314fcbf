"""Prepares lines of a message for DATA, once for all messages that share these lines.

Every line ends in CRLF (RFC 5321 section 2.3.8). A line that begins with a dot gets another dot
before it (section 4.5.2). A line with a dot alone ends the message (section 4.1.1.4).
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

_LONE_LINE_ENDS = re.compile(rb"\r\n|\n|\r")
_DOTS = re.compile(rb"^\.", re.MULTILINE)
_END = b".\r\n"


class Content(NamedTuple):
    """Whole lines of a message: as a reader sees them, and as they go over the wire.

    `ascii` says whether a server can take them without SMTPUTF8.
    """

    lines: bytes
    wire: bytes
    ascii: bool


def ready(text: bytes) -> Content:
    """Returns the lines of `text`, each with CRLF at its end, also the last one."""
    bare = not text.count(b"\n") == text.count(b"\r") == text.count(b"\r\n")
    lines = _LONE_LINE_ENDS.sub(b"\r\n", text) if bare else text
    if lines and not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    dotted = lines.startswith(b".") or b"\n." in lines
    return Content(lines, _DOTS.sub(b"..", lines) if dotted else lines, lines.isascii())


def size(parts: Sequence[Content]) -> int:
    """Returns the size of a message in octets, without doubled dots (RFC 1870 section 3)."""
    return sum([len(part.lines) for part in parts])


def on_the_wire(parts: Sequence[Content]) -> bytes:
    """Returns the octets that follow DATA: the parts in order, and the dot at the end."""
    return b"".join([*[part.wire for part in parts], _END])
