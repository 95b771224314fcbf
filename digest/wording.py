"""How things are put into words: what was found, the nearest known name, a line of the log."""

import json
import re
from collections.abc import Collection, Iterable
from difflib import get_close_matches

from digest.paper import clean

_LONGEST = 60
_LONGEST_REPLY = 300
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


def logfmt(name: str, **fields: object) -> str:
    """A line of the log in logfmt: what happened, and `field=value` for each thing known of it.

    A value with anything but letters, digits and `_.@:+/<>-` is in quotes, as in JSON; a truth
    value is `yes` or `no`.
    """
    return " ".join([name, *[f"{field}={_value(value)}" for field, value in fields.items()]])


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return text if _BARE.fullmatch(text) else _in_quotes(in_short(text))


def either(names: Iterable[str]) -> str:
    """`names` as a list for a sentence: `a, b or c`."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def counted(number: int, thing: str) -> str:
    """`1 paper`, `2 papers`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def nearest(found: str, known: Collection[str], *, cutoff: float = 0.5) -> str | None:
    """The one of `known` that looks most like `found`, whatever the case; None if none does.

    `cutoff` is the likeness that is asked for, between 0 (anything) and 1 (the same).
    """
    folded = {name.casefold(): name for name in known}
    matches = get_close_matches(found.casefold()[:200], folded, n=1, cutoff=cutoff)
    return folded[matches[0]] if matches else None


def did_you_mean(found: str, known: Collection[str]) -> str:
    """`; did you mean …?` with the nearest of `known`, or nothing."""
    guess = nearest(found, known)
    return f"; did you mean {shown(guess)}?" if guess else ""
