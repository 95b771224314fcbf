"""Text for people, logs and files: quoting, similar names, logfmt, clean Unicode, UTF-8.

Journals and files get the log as logfmt. On a terminal `digest.cli.sentences` turns each line into
a sentence.

Notepad and PowerShell write a byte order mark before UTF-8, and some programs on Windows write
UTF-16, which they call Unicode. `decoded` drops the mark, and recognises and refuses UTF-16.
"""

import codecs
import contextlib
import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from difflib import SequenceMatcher
from functools import lru_cache
from heapq import nlargest
from itertools import pairwise

_LONGEST = 60
_LONGEST_REPLY = 300
_LONGEST_NAME = 200
"""Characters of a name that take part in a comparison."""
_COMPARED = 8
"""The number of known names that are compared letter by letter."""
_BARE = re.compile(r"[\w.@:+/<>-]{1,300}", re.ASCII)
_in_quotes = json.JSONEncoder(ensure_ascii=False).encode


def shown(text: str) -> str:
    """`text` in quotes for a message: on one line, cut after 60 characters.

    Invisible characters, such as a zero-width space, are written as escapes.
    """
    line = clean(text)
    line = line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
    return f"'{''.join(c if c.isprintable() else ascii(c)[1:-1] for c in line)}'"


def in_short(reply: str) -> str:
    """A server's words on one line, cut after 300 characters."""
    line = clean(reply)
    return line if len(line) <= _LONGEST_REPLY else f"{line[:_LONGEST_REPLY]}…"


class Line(str):
    """A line of the log in logfmt, with its event and its fields.

    Several lines joined into one have no event of their own; `parts` holds the single lines.
    """

    __slots__ = ("event", "fields", "parts")
    event: str
    fields: Mapping[str, object]
    parts: Sequence["Line"]


def logfmt(name: str, **fields: object) -> Line:
    """A line of the log in logfmt: the event, then `field=value` for each field.

    A value is quoted as in JSON if it has any character besides letters, digits and `_.@:+/<>-`. A
    boolean is `yes` or `no`.
    """
    line = Line(" ".join([name, *[f"{field}={_value(value)}" for field, value in fields.items()]]))
    line.event, line.fields, line.parts = name, fields, (line,)
    return line


def together(lines: Sequence[Line]) -> Line:
    """Joins several lines into one record of the log: a record costs more than a line."""
    whole = Line("\n".join(lines))
    whole.event, whole.fields, whole.parts = "", {}, tuple(lines)
    return whole


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return text if _BARE.fullmatch(text) else _in_quotes(in_short(text))


def dated(moment: datetime, zone: tzinfo) -> str:
    """A moment as people of a time zone write it: `Mon 2026-11-16 08:00 CET`.

    At the ends of the calendar a zone may have no such moment; it is then given in UTC.
    """
    with contextlib.suppress(OverflowError):
        moment = moment.astimezone(zone)
    return f"{moment:%a %Y-%m-%d %H:%M %Z}"


def either(names: Iterable[str]) -> str:
    """`names` as a list for a sentence: `a, b or c`."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def counted(number: int, thing: str) -> str:
    """`1 paper`, `2 papers`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def nearest(found: str, known: Collection[str], *, cutoff: float = 0.5) -> str | None:
    """The name in `known` that is most similar to `found`, ignoring case; None if none is.

    `cutoff` is the least similarity, from 0 (any name) to 1 (equal). The initials of a name (`GNN`
    for `Graph Neural Networks`) match it fully.

    Only the few names that share the most pairs of letters are compared letter by letter, so a
    thousand misspelt names among a thousand known ones take about a second.
    """
    folded = found.casefold()[:_LONGEST_NAME]
    forms = _forms(tuple(known))
    if len(folded) > 1 and (meant := [form.name for form in forms if form.initials == folded]):
        return meant[0]
    pairs = _pairs(folded)
    likely = nlargest(_COMPARED, forms, key=lambda form: _similarity(pairs, form.pairs))
    matcher = SequenceMatcher(b=folded)
    best, name = cutoff, None
    for form in likely:
        matcher.set_seq1(form.folded)
        if (similarity := matcher.ratio()) > best or (name is None and similarity == best):
            best, name = similarity, form.name
    return name


@dataclass(frozen=True, slots=True)
class _Form:
    """A known name, prepared for comparison."""

    name: str
    folded: str
    initials: str
    pairs: frozenset[str]


@lru_cache(maxsize=8)
def _forms(known: tuple[str, ...]) -> tuple[_Form, ...]:
    return tuple(_form(name) for name in known)


def _form(name: str) -> _Form:
    folded = name.casefold()[:_LONGEST_NAME]
    initials = "".join(word[0] for word in folded.replace("-", " ").split())
    return _Form(name, folded, initials if len(initials) > 1 else "", _pairs(folded))


def _pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring letters, with a space at both ends of the text."""
    return frozenset(map("".join, pairwise(f" {text} ")))


def _similarity(some: frozenset[str], others: frozenset[str]) -> float:
    """Dice's coefficient of two sets: from 0 (disjoint) to 1 (equal)."""
    return 2 * len(some & others) / (len(some) + len(others))


@lru_cache(maxsize=1024)
def _guess(found: str, known: tuple[str, ...]) -> str | None:
    return nearest(found, known, cutoff=0.6)


def did_you_mean(found: str, known: Collection[str]) -> str:
    """`; did you mean …?` with the nearest name in `known`, or an empty text."""
    guess = _guess(found[:_LONGEST_NAME], tuple(known))
    return f"; did you mean {shown(guess)}?" if guess else ""


_SPACES = re.compile(r"\s+")


def clean(text: str | None) -> str:
    """`text` on one line: white space folded, control characters and lone surrogates removed.

    Metadata is typed by anyone. The result is safe in JSON, a mail, a header or a terminal.
    Letters, accents and writing direction are unchanged.
    """
    text = text or ""
    if text.isascii() and text.isprintable() and "  " not in text:  # the usual case
        return text.strip()
    folded = _SPACES.sub(" ", text).strip()
    if folded.isascii() and folded.isprintable():
        return folded
    kept = "".join(c for c in folded if unicodedata.category(c) not in ("Cc", "Cs", "Cn"))
    return _SPACES.sub(" ", kept).strip()


_MARK = "\ufeff"
_UTF_16_SEEN_IN = 200
UTF_16 = "it is UTF-16, which Windows calls Unicode"


class NotUtf8Error(ValueError):
    """The bytes are not UTF-8: `found` describes the fault, in `line`, counted from 1.

    Unless the file is UTF-16, `found` shows one of its bytes, so use `kind` for a secret file.
    """

    def __init__(self, line: int, found: str, *, known: bool) -> None:
        super().__init__(found)
        self.line = line
        self.found = found
        self.known = known

    @property
    def kind(self) -> str:
        """The fault without any byte of the file, for a file that holds a secret."""
        return self.found if self.known else "it is not UTF-8"


def decoded(data: bytes) -> str:
    """The text in `data`, without its byte order mark.

    Raises:
        NotUtf8Error: `data` is not UTF-8.
    """
    if is_utf_16(data):
        raise NotUtf8Error(1, UTF_16, known=True)
    try:
        return data.decode("utf-8").removeprefix(_MARK)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{data[error.start]:02x} at offset {error.start} is not UTF-8"
        raise NotUtf8Error(line, found, known=False) from None


def without_mark(data: bytes) -> bytes:
    """`data` without UTF-8's byte order mark, for formats that declare their own encoding."""
    return data.removeprefix(codecs.BOM_UTF8)


def is_utf_16(data: bytes) -> bool:
    """Whether `data` starts with UTF-16's mark, or every second byte at its start is zero."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    head = data[:_UTF_16_SEEN_IN]
    halves = (head[::2], head[1::2])
    return len(head) > 3 and any(half and not any(half) for half in halves)
