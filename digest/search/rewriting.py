"""Cuts a query into tokens, and rewrites them as arXiv does before it reads them.

    ti:(graph node) NOT noether
      dates            submittedDate:[2026 TO 2026] -> submittedDate:"202601010000 TO 202612312359"
      tokens           ti: ( graph node ) NOT noether
      NOT, AND NOT     ti: ( graph node ) ANDNOT noether
      prefix and (     ( ti: graph ti: node ) ANDNOT noether
      no prefix        ( ti: graph ti: node ) ANDNOT all: noether
      two operators    the last one counts
      no operator      ( ti: graph OR ti: node ) ANDNOT all: noether
      au: underscores  au: del_maestro -> au: "del maestro", only at the beginning of the query
      a bare prefix    is dropped
    (ti:graph OR ti:node) ANDNOT all:noether

The rules and their order are those of arXiv's published code (arXiv/arxiv-search,
search/domain/classic_api/classic_search_query.py), with its oddities. Nothing here fails, and each
step takes time in proportion to the query.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from digest.search.date_range import filled


class Kind(Enum):
    """The kinds of tokens."""

    PREFIX = auto()
    OPERATOR = auto()
    OPENING = auto()
    CLOSING = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query: a prefix without its colon, an operator, a parenthesis, or a text.

    A text is one run without spaces, or has its double quotes. `at` is its first character in the
    query; a token that the rewriting adds has the place of the next one.
    """

    kind: Kind
    text: str
    at: int


PREFIXES = ("abs", "all", "au", "cat", "co", "doi", "id", "jr", "rn", "submittedDate", "ti")
"""The prefixes of fields. `title` is ti as well, and `lastUpdatedDate` is submittedDate."""

_OPERATORS = ("AND", "ANDNOT", "NOT", "OR")
_TOKEN = re.compile(
    r'(?P<text>"[^"]*")|(?P<opening>\()|(?P<closing>\))'
    rf"|(?P<operator>(?:{'|'.join(_OPERATORS)})(?![^()\s]))"
    rf"|(?P<prefix>{'|'.join(PREFIXES)}|title|lastUpdatedDate):"
    r'|(?P<run>[^"()\s]+)'
)
_KINDS = {
    "text": Kind.TEXT,
    "opening": Kind.OPENING,
    "closing": Kind.CLOSING,
    "operator": Kind.OPERATOR,
    "prefix": Kind.PREFIX,
}


def source(query: str) -> str:
    """Returns the query as it is cut into tokens: on one line, its dates in the full form."""
    line = query.replace("\r", " ").replace("\n", " ")
    return filled(line.replace("lastUpdatedDate:", "submittedDate:"))


def rewritten(query: str) -> list[Token]:
    """Returns the tokens of a query after all steps; none if nothing is left of it.

    Each prefix is followed by a text, and each text has a prefix before it.
    """
    tokens = _with_andnot(_tokens(source(query)))
    tokens = _with_prefixes(_with_spread_prefixes(tokens))
    tokens = _with_operators(_with_last_operators(tokens))
    return _without_bare_prefixes(_with_author_spaces(tokens))


def understood(query: str) -> str:
    """Returns a query as arXiv repeats it in its answer: after all steps, as text."""
    words: list[str] = []
    before: Token | None = None
    for token in rewritten(query):
        if before and (before.kind, token.kind) not in _TIGHT:
            words.append(" ")
        words.append(f"{token.text}:" if token.kind is Kind.PREFIX else token.text)
        before = token
    return "".join(words)


_TIGHT = {
    (Kind.OPENING, Kind.PREFIX),
    (Kind.TEXT, Kind.CLOSING),
    (Kind.PREFIX, Kind.TEXT),
}


def _tokens(query: str) -> Iterator[Token]:
    """Yields the tokens; a double quote without a second one is passed over."""
    for match in _TOKEN.finditer(query):
        name = match.lastgroup or ""
        text = match[name]
        if name == "run":
            name = "operator" if text in _OPERATORS else "text"
        yield Token(_KINDS[name], "ti" if match[0] == "title:" else text, match.start())


def _with_andnot(tokens: Iterator[Token]) -> list[Token]:
    """Writes NOT and AND NOT as ANDNOT, but leaves a NOT that follows AND NOT as it is."""
    found: list[Token] = []
    before = ""
    passed = False
    for token in tokens:
        found.append(token)
        if passed:
            passed = False
            continue
        operator = token.text if token.kind is Kind.OPERATOR else ""
        if operator == "NOT":
            if before == "AND":
                del found[-2]
                passed = True
            found[-1] = replace(token, text="ANDNOT")
            operator = "ANDNOT"
        before = operator
    return found


def _with_spread_prefixes(tokens: Sequence[Token]) -> list[Token]:
    """Gives the prefix before a parenthesis to the texts inside that have none."""
    found: list[Token] = []
    outer: Token | None = None
    depth = 0
    for token in tokens:
        if depth and outer:
            depth += (token.kind is Kind.OPENING) - (token.kind is Kind.CLOSING)
            if token.kind is Kind.TEXT and found[-1].kind is not Kind.PREFIX:
                found.append(replace(outer, at=token.at))
            outer = outer if depth else None
        elif outer:
            if token.kind is Kind.OPENING:
                found.pop()
                depth = 1
            else:
                outer = None
        elif token.kind is Kind.PREFIX:
            outer = token
        found.append(token)
    return found


def _with_prefixes(tokens: Sequence[Token]) -> list[Token]:
    found: list[Token] = []
    for token in tokens:
        if token.kind is Kind.TEXT and (not found or found[-1].kind is not Kind.PREFIX):
            found.append(Token(Kind.PREFIX, "all", token.at))
        found.append(token)
    return found


def _with_last_operators(tokens: Sequence[Token]) -> list[Token]:
    found: list[Token] = []
    for token in tokens:
        if token.kind is Kind.OPERATOR and found and found[-1].kind is Kind.OPERATOR:
            found.pop()
        found.append(token)
    return found


def _with_operators(tokens: Sequence[Token]) -> list[Token]:
    """Puts OR where two things stand side by side."""
    found: list[Token] = []
    for token in tokens:
        before = found[-1].kind if found else None
        if (before is Kind.PREFIX and token.kind is Kind.PREFIX) or (
            before in (Kind.CLOSING, Kind.TEXT)
            and token.kind in (Kind.PREFIX, Kind.OPENING, Kind.TEXT)
        ):
            found.append(Token(Kind.OPERATOR, "OR", token.at))
        found.append(token)
    return found


def _with_author_spaces(tokens: list[Token]) -> list[Token]:
    """Reads `_` as a space between the parts of a name, as arXiv does: with a mistake.

    Wherever an author is looked for, arXiv's code takes the text of the second token of the query.
    So an author at the beginning is meant well, and any other one is replaced by a first text that
    has an underscore.
    """
    for place in range(1, len(tokens)):
        before, token = tokens[place - 1 : place + 1]
        if (before.kind, before.text, token.kind) == (Kind.PREFIX, "au", Kind.TEXT):
            text = tokens[1].text
            if "_" in text:
                name = text.replace("_", " ")
                tokens[place] = replace(token, text=name if '"' in name else f'"{name}"')
    return tokens


def _without_bare_prefixes(tokens: Sequence[Token]) -> list[Token]:
    following = [*(token.kind for token in tokens[1:]), None]
    return [
        token
        for token, after in zip(tokens, following, strict=False)
        if token.kind is not Kind.PREFIX or after is Kind.TEXT
    ]
