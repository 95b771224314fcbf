r"""Parses the query language of arXiv's API into conditions on a document.

    query    = all-of *("OR" all-of)             a space alone means OR as well
    all-of   = term *(("AND" / "ANDNOT") term)
    term     = "(" query ")" / [prefix ":"] (phrase / word / range)
    phrase   = DQUOTE words DQUOTE
    range    = "[" YYYYMMDDHHMM " TO " YYYYMMDDHHMM "]"    of submittedDate, lastUpdatedDate; GMT

The grammar follows the API user's manual (https://info.arxiv.org/help/api/user-manual.html, section
5.1). A hyphen outside of quotes acts as NOT, as it sometimes does at arXiv.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from digest.search.words import phrase
from digest.standin.index import TEXT_FIELDS, Document, holds

Condition = Callable[[Document], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<sign>[()])|(?P<prefix>[A-Za-z]+):|(?P<range>\[[^\]]*\])"
    r'|"(?P<phrase>[^"]*)"|(?P<word>[^\s()"\[\]]+))'
)
_RANGE = re.compile(r"\[\s*(\d{8,14}|\*)\s+TO\s+(\d{8,14}|\*)\s*\]")
_OPERATORS = ("AND", "OR", "ANDNOT")
_DATES: dict[str, Callable[[Document], datetime]] = {
    "submitteddate": lambda document: document.submitted,
    "lastupdateddate": lambda document: document.updated,
}


class MalformedQueryError(ValueError):
    """The query cannot be parsed; the message says at which place."""


def parse(query: str) -> Condition:
    """Returns the condition on a document that `query` expresses.

    Raises:
        MalformedQueryError: the query is not in the language.
    """
    reader = _Reader(list(_tokens(query)))
    condition = reader.any_of()
    reader.end()
    return condition


def _tokens(query: str) -> Iterator[tuple[str, str]]:
    """Yields (kind, text); the kind of an operator is the operator."""
    position, end = 0, len(query.rstrip())
    while position < end:
        match = _TOKEN.match(query, position)
        if not match or not match.lastgroup:
            raise MalformedQueryError(f"cannot read the query from {query[position:]!r} on")
        text = match[match.lastgroup]
        operator = match.lastgroup == "word" and text in _OPERATORS
        yield text if operator or match.lastgroup == "sign" else match.lastgroup, text
        position = match.end()


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def end(self) -> None:
        """Checks that no token is left; raises MalformedQueryError otherwise."""
        if self._at < len(self._tokens):
            raise MalformedQueryError(f"{self._tokens[self._at][1]!r} is too much in the query")

    def any_of(self) -> Condition:
        conditions = [self._all_of()]
        while self._kind not in ("", ")"):
            self._take("OR")
            conditions.append(self._all_of())
        return lambda document: any(condition(document) for condition in conditions)

    def _all_of(self) -> Condition:
        wanted: list[Condition] = [self._term()]
        unwanted: list[Condition] = []
        while self._kind in ("AND", "ANDNOT"):
            operator = self._next()[0]
            (wanted if operator == "AND" else unwanted).append(self._term())
        return lambda document: (
            all(condition(document) for condition in wanted)
            and not any(condition(document) for condition in unwanted)
        )

    def _term(self) -> Condition:
        kind, text = self._next()
        if kind == "(":
            condition = self.any_of()
            if not self._take(")"):
                raise MalformedQueryError("a parenthesis is not closed")
            return condition
        prefix = "all"
        if kind == "prefix":
            prefix = text.lower()
            kind, text = self._next()
        if kind == "range":
            return _within(prefix, text)
        if kind == "phrase":
            return _has(prefix, text)
        if kind == "word":
            return _word(prefix, text)
        raise MalformedQueryError(f"a term is wanted where {text or 'the query ends'!r} is")

    @property
    def _kind(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _next(self) -> tuple[str, str]:
        if self._at == len(self._tokens):
            return "", ""
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, kind: str) -> bool:
        found = self._kind == kind
        self._at += found
        return found


def _word(prefix: str, text: str) -> Condition:
    """Returns the condition for a word without quotes; parts after a hyphen must be absent."""
    if prefix in ("cat", "id"):
        return _has(prefix, text)
    first, *others = text.split("-")
    wanted = _has(prefix, first) if first else lambda _: True
    unwanted = [_has(prefix, other) for other in others if other]
    return lambda document: (
        wanted(document) and not any(condition(document) for condition in unwanted)
    )


def _has(prefix: str, text: str) -> Condition:
    if prefix == "cat":
        return _in_category(text.lower())
    if prefix == "id":
        return lambda document: document.identifier == text
    fields = TEXT_FIELDS if prefix == "all" else (prefix,)
    if not set(fields) <= set(TEXT_FIELDS):
        raise MalformedQueryError(f"there is no field {prefix!r}")
    wanted = phrase(text)
    return lambda document: any(holds(document.text[field], wanted) for field in fields)


def _in_category(wanted: str) -> Condition:
    if wanted.endswith("*"):
        return lambda document: any(c.startswith(wanted[:-1]) for c in document.categories)
    return lambda document: wanted in document.categories


def _within(prefix: str, text: str) -> Condition:
    """Returns the condition for a range of dates with both ends, to the minute."""
    match = _RANGE.fullmatch(text)
    if prefix not in _DATES or not match:
        raise MalformedQueryError(f"{prefix}:{text} is no range of dates")
    date = _DATES[prefix]
    first = _minute(match[1]) or datetime.min.replace(tzinfo=UTC)
    last = _minute(match[2]) or datetime.max.replace(tzinfo=UTC) - timedelta(minutes=1)
    return lambda document: first <= date(document) < last + timedelta(minutes=1)


def _minute(digits: str) -> datetime | None:
    """Returns the time that `YYYYMMDD[HHMM[SS]]` names, None for `*`."""
    if digits == "*":
        return None
    try:
        return datetime.strptime(digits.ljust(12, "0")[:12], "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError as error:
        raise MalformedQueryError(f"{digits} is no date") from error
