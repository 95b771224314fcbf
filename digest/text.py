"""How things are put into words: what was found, the nearest known name, a line of the log.

A line of the log is logfmt where a journal or a file takes it. On a terminal `digest.cli.sentences`
says the same to a person.
"""

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
"""Characters of a name that are compared with others."""
_COMPARED = 8
"""So many of the known names are compared letter by letter."""
_BARE = re.compile(r"[\w.@:+/<>-]{1,300}", re.ASCII)
_in_quotes = json.JSONEncoder(ensure_ascii=False).encode


def shown(text: str) -> str:
    """`text` in quotes, as it can stand in a message: on one line, cut after 60 characters.

    What cannot be seen, such as a space without width, is written as an escape.
    """
    line = clean(text)
    line = line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
    return f"'{''.join(c if c.isprintable() else ascii(c)[1:-1] for c in line)}'"


def in_short(reply: str) -> str:
    """A server's words on one line, of bounded length."""
    line = clean(reply)
    return line if len(line) <= _LONGEST_REPLY else f"{line[:_LONGEST_REPLY]}…"


class Line(str):
    """A line of the log in logfmt, which still knows its event and its fields.

    Several that were put together have no event of their own, and are its `parts`.
    """

    __slots__ = ("event", "fields", "parts")
    event: str
    fields: Mapping[str, object]
    parts: Sequence["Line"]


def logfmt(name: str, **fields: object) -> Line:
    """A line of the log in logfmt: what happened, and `field=value` for each thing known of it.

    A value with anything but letters, digits and `_.@:+/<>-` is in quotes, as in JSON; a truth
    value is `yes` or `no`.
    """
    line = Line(" ".join([name, *[f"{field}={_value(value)}" for field, value in fields.items()]]))
    line.event, line.fields, line.parts = name, fields, (line,)
    return line


def together(lines: Sequence[Line]) -> Line:
    """Several lines as one record of the log: a record costs more than a line."""
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

    At the ends of the calendar, where a zone may have no such moment, it is told in UTC.
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
    """The one of `known` that looks most like `found`, whatever the case; None if none does.

    `cutoff` is the likeness that is asked for, between 0 (anything) and 1 (the same). An
    abbreviation by initials (`GNN` for `Graph Neural Networks`) is as good as the name.

    A thousand misspelt names among a thousand known ones take about a second: only the few that
    share the most pairs of letters are compared letter by letter.
    """
    folded = found.casefold()[:_LONGEST_NAME]
    forms = _forms(tuple(known))
    if len(folded) > 1 and (meant := [form.name for form in forms if form.initials == folded]):
        return meant[0]
    pairs = _pairs(folded)
    likely = nlargest(_COMPARED, forms, key=lambda form: _alike(pairs, form.pairs))
    matcher = SequenceMatcher(b=folded)
    best, name = cutoff, None
    for form in likely:
        matcher.set_seq1(form.folded)
        if (likeness := matcher.ratio()) > best or (name is None and likeness == best):
            best, name = likeness, form.name
    return name


@dataclass(frozen=True, slots=True)
class _Form:
    """A known name as it is compared."""

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
    """The pairs of neighbouring letters, the ends of the text included."""
    return frozenset(map("".join, pairwise(f" {text} ")))


def _alike(some: frozenset[str], others: frozenset[str]) -> float:
    """Dice's coefficient of two sets: from 0, nothing in common, to 1, the same."""
    return 2 * len(some & others) / (len(some) + len(others))


@lru_cache(maxsize=1024)
def _guess(found: str, known: tuple[str, ...]) -> str | None:
    return nearest(found, known, cutoff=0.6)


def did_you_mean(found: str, known: Collection[str]) -> str:
    """`; did you mean …?` with the nearest of `known`, or nothing."""
    guess = _guess(found[:_LONGEST_NAME], tuple(known))
    return f"; did you mean {shown(guess)}?" if guess else ""


_SPACES = re.compile(r"\s+")


def clean(text: str | None) -> str:
    """`text` on one line: white space folded, control characters and lone surrogates taken out.

    Metadata comes from anyone's keyboard. What is left can stand in JSON, a mail, a header or a
    terminal without acting on it; letters, marks and writing direction stay as they are.
    """
    text = text or ""
    if text.isascii() and text.isprintable() and "  " not in text:  # as most are
        return text.strip()
    folded = _SPACES.sub(" ", text).strip()
    if folded.isascii() and folded.isprintable():
        return folded
    kept = "".join(c for c in folded if unicodedata.category(c) not in ("Cc", "Cs", "Cn"))
    return _SPACES.sub(" ", kept).strip()
