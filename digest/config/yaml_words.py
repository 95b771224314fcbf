"""Plain sentences for PyYAML's syntax errors, with advice on what to change in the file.

PyYAML and the C library under it describe the same mistake in different words; both are known here.
"""

import re
import unicodedata
from collections.abc import Iterator

_INDENTED = (
    "this line begins farther left or right than those it belongs to; put them in one column"
)
_A_COLON = (
    "a colon followed by a space makes a key, and none can stand here; put quotes around a text"
    " with a colon, put a space after the colon of the key above, or look at how far in the line"
    " begins"
)

_WORDS = (
    (r"mapping values are not allowed", _A_COLON),
    (r"(block )?sequence entries are not allowed", "a list begins on a line of its own, with `- `"),
    (r".*expected ',' or '\]'", "a list begun with [ lacks a comma, or the ] at its end"),
    (r".*expected ',' or '\}'", "what was begun with { lacks a comma, or the } at its end"),
    (r"found unexpected end of stream", "a quotation mark has no second one"),
    (r".*cannot start any token", "no text may begin with this character; put the text in quotes"),
    (
        r"found unknown escape",
        r"there is no such escape; in double quotes, write \\ for one backslash",
    ),
    (r"(did not find expected key|did not find expected '-' indicator)", _INDENTED),
    (r"expected <block end>", _INDENTED),
    (r".*expected (the )?node content", "a bracket or a comma stands where a value should be"),
    (r"could not find expected ':'", "a key has no colon after it"),
)


_WIDE_AT_THE_START = re.compile(
    "^[ \t]*(?:- +)*([\xa0\u2000-\u200a\u202f\u205f\u3000]|\uff0d(?=\\s))", re.MULTILINE
)
_WIDE_COLON = re.compile("^ *(?:- +)?[a-z_]+ *(\uff1a)", re.MULTILINE)


def wide_starts(text: str) -> Iterator[tuple[int, str]]:
    """Yields the line and a sentence for each line that begins with a space or dash of East Asia.

    YAML takes these for letters, so that a list would become a text.
    """
    if text.isascii():
        return
    for found in _WIDE_AT_THE_START.finditer(text):
        told = _told(found[1])
        if found[1].isspace():
            yield _line(found), f"{told} indents this line; indent it with plain spaces"
        else:
            yield _line(found), f"{told} begins this line; write a plain hyphen and a space"


def wide_colons(text: str) -> Iterator[tuple[int, str]]:
    """Yields the line and a sentence for each key with the colon of East Asia after it."""
    if text.isascii():
        return
    for found in _WIDE_COLON.finditer(text):
        yield _line(found), f"{_told(found[1])} stands after a key; write a plain `:` and a space"


def _line(found: re.Match[str]) -> int:
    return found.string.count("\n", 0, found.start(1)) + 1


def _told(character: str) -> str:
    """The character with its number and name: a person cannot tell it from the plain one."""
    return f"the character U+{ord(character):04X} ({unicodedata.name(character).lower()})"


def in_plain_words(problem: str, context: str) -> str:
    """The sentence for PyYAML's `problem` and `context`; these two themselves if unknown."""
    for pattern, words in _WORDS:
        if re.match(pattern, problem):
            return words
    return " ".join(filter(None, (problem, context)))
