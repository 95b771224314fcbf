r"""Splits a text into words at Unicode's boundaries, as arXiv's search does.

The rules are those of Unicode Standard Annex 29, section 4, in the form of Lucene's standard
tokenizer, which arXiv's search uses (arXiv/arxiv-search, mappings/DocumentMapping.json):

    github.com  i.i.d  don't  x_1  4.5  1,000  3.5abc  5G     one word each
    state-of-the-art  a/b  $\alpha$  m²  a.5  a,b  C++        split, the signs are no words
    漢字  ひらがな                                              a word each sign
    カタカナ  ภาษาไทย                                           one word

An accent that is a character of its own belongs to the letter before it. Each character falls into
one of a dozen classes, and the rules are a regular expression over the classes; a text in ASCII
needs no classes. Emoji are no words, as in the Elasticsearch 6.2 that arXiv names.
"""

import re
import unicodedata
from collections.abc import Iterator

Span = tuple[int, int]
"""The first character of a word, and the one after its last."""

LONGEST = 255
"""Characters in a word at most; what is longer is cut, as by Elasticsearch's standard tokenizer."""

# The commas and full stops look at the letter before them, so most words cost one comparison.
_ASCII = re.compile(
    r"\w+(?:(?:[.:'](?<=[A-Za-z].)(?=[A-Za-z])|[.,;'](?<=[0-9].)(?=[0-9]))\w+)*", re.ASCII
)

# Classes: A is a letter, H a Hebrew letter, N a digit, U a joiner such as the underscore, K
# katakana, C a sign that is a word alone, S a letter of a script without spaces, X a mark on the
# character before it. L, M, n and Q join: between letters, between letters or digits, between
# digits, and the single quote; D is the double quote, which joins Hebrew letters; o is any other.
_JOINED = "(?:(?<=[AH])[LMQ]X*(?=[AH])|(?<=N)[nMQ]X*(?=N)|(?<=H)(?:DX*(?=H)|QX*))"
_RUN = f"[AHN]+(?:{_JOINED}[AHN]*)*"
_CLASSED = re.compile(rf"(?<!U)U*+(?:{_RUN}|K+)(?:U+(?:{_RUN}|K+))*U*|CX*|S[SX]*")
_MARKED = re.compile("([AHNUK])X+")

_BETWEEN = {
    **dict.fromkeys(":·\u02d7\u0387\u05f4\u2027\ufe13\ufe55\uff1a", "L"),
    **dict.fromkeys(".‘’\u2024\ufe52\uff07\uff0e", "M"),
    **dict.fromkeys(
        ",;\u037e\u0589\u060c\u060d\u066c\u07f8\u2044\ufe10\ufe14\ufe50\ufe54\uff0c\uff1b", "n"
    ),
    "'": "Q",
    '"': "D",
}
_RANGES = (
    ("H", "\u05d0\u05ea \u05f0\u05f2 \ufb1d\ufb1d \ufb1f\ufb28 \ufb2a\ufb4f"),
    ("K", "\u3031\u3035 \u309b\u309c \u30a0\u30fa \u30fc\u30ff \u31f0\u31ff \u32d0\u32fe"),
    ("K", "\u3300\u3357 \uff66\uff9d"),
    ("C", "\u2e80\u2fd5 \u3005\u3005 \u3007\u3007 \u3021\u3029 \u3038\u303b \u3041\u3096"),
    ("C", "\u309d\u309f \u3400\u4dbf \u4e00\u9fff \uf900\ufaff \U00020000\U0003ffff"),
    ("S", "\u0e01\u0e3a \u0e40\u0e4e \u0e81\u0ec6 \u0edc\u0edf \u1000\u103f \u1050\u108f"),
    ("S", "\u109a\u109f \u1780\u17d7 \u17dc\u17dd \u1950\u19c9 \u1a20\u1a7c \u1aa0\u1aad"),
    ("S", "\ua9e0\ua9ef \ua9fa\ua9fe \uaa60\uaac2 \uaadb\uaadf"),
    ("A", "\u24b6\u24e9 \U0001f130\U0001f149 \U0001f150\U0001f169 \U0001f170\U0001f189"),
    ("X", "\uff9e\uff9f"),
)
"""Blocks of a class, each as its first and last character: scripts, and letters in circles."""


def tokens(text: str) -> list[str]:
    """Returns the words of `text` as they stand there, in order."""
    if text.isascii():
        found: list[str] = _ASCII.findall(text)
        if "_" in text:
            found = [word for word in found if word.strip("_")]
        if max(map(len, found), default=0) <= LONGEST:
            return found
    return [text[start:end] for start, end in spans(text)]


def spans(text: str) -> Iterator[Span]:
    """Yields the places of the words of `text`, in order."""
    matches = _ASCII.finditer(text) if text.isascii() else _CLASSED.finditer(_classes(text))
    for match in matches:
        start, end = match.span()
        if end - start > LONGEST:
            yield from _cut(text, start, end)
        elif text[start:end].strip("_"):
            yield start, end


def _cut(text: str, start: int, end: int) -> Iterator[Span]:
    """Yields the parts of a word that is too long."""
    classes = _classes(text[start:end])
    at = 0
    while at < len(classes):
        part = _CLASSED.match(classes[at : at + LONGEST])
        if part:
            yield start + at, start + at + part.end()
        at += part.end() if part else 1


class _Classes(dict[int, str]):
    """The class of each code point, found when a text first has it."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _class(chr(code))
        return found


_CLASS_OF = _Classes()


def _classes(text: str) -> str:
    """Returns a letter for each character of `text`: its class, or that of the letter it marks."""
    classes = text.translate(_CLASS_OF)
    if "X" not in classes:
        return classes
    return _MARKED.sub(lambda found: found[1] * len(found[0]), classes)


def _class(char: str) -> str:
    """Returns the class of a character, from its category and from the tables above.

    The classes stand for Unicode's property Word_Break; C and S for Han, Hiragana and the property
    Line_Break=Complex_Context.
    """
    category = unicodedata.category(char)
    if char in _BETWEEN:
        return _BETWEEN[char]
    if category in ("Mn", "Mc", "Me") or (category == "Cf" and char != "\u200b"):
        return "X"
    if category == "Nd" or char == "\u066b":
        return "N"
    if category == "Pc":
        return "U"
    for name, ranges in _RANGES:
        if category != "Cn" and any(ends[0] <= char <= ends[1] for ends in ranges.split()):
            return name
    return "A" if category[0] == "L" or category == "Nl" else "o"
