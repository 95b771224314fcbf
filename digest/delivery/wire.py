"""A message's lines, made ready for the wire once, however many messages they are part of.

RFC 5321 section 2.3.8 has every line end in CRLF, section 4.5.2 has a dot put before each line that
begins with one, and section 4.1.1.4 ends the message with a line that holds a dot alone.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

_LONE_LINE_ENDS = re.compile(rb"\r\n|\n|\r")
_DOTS = re.compile(rb"^\.", re.MULTILINE)
_END = b".\r\n"


class Content(NamedTuple):
    """Whole lines of a message: as they are read, and as they go over the wire.

    `ascii` says whether they need no more of a server than RFC 5321 has.
    """

    lines: bytes
    wire: bytes
    ascii: bool


def ready(text: bytes) -> Content:
    """The lines of `text`, each ended by CRLF, also the last; ends of other kinds are made so."""
    bare = not text.count(b"\n") == text.count(b"\r") == text.count(b"\r\n")
    lines = _LONE_LINE_ENDS.sub(b"\r\n", text) if bare else text
    if lines and not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    dotted = lines.startswith(b".") or b"\n." in lines
    return Content(lines, _DOTS.sub(b"..", lines) if dotted else lines, lines.isascii())


def size(parts: Sequence[Content]) -> int:
    """What RFC 1870 section 3 calls the size of a message: its octets, without doubled dots."""
    return sum([len(part.lines) for part in parts])


def on_the_wire(parts: Sequence[Content]) -> bytes:
    """What follows DATA: the parts, one after the other, and the dot at the end."""
    return b"".join([*[part.wire for part in parts], _END])
