"""Reads a query in the language of arXiv's API: from tokens to a tree.

    query   = term / "(" query ")" / ANDNOT query / query operator query
    term    = prefix ":" text
    operator = AND / OR / ANDNOT

Operators group to the right, and none binds tighter: `a AND b OR c` is a AND (b OR c). A row of
ANDs alone, or of ORs alone, may be grouped in any way. ANDNOT without a left side negates all that
follows it, up to the end of the parenthesis. `rewriting` has the steps before this. A query that
cannot be read here is one that arXiv answers with an error (arXiv/arxiv-search,
search/domain/classic_api/query_parser.py). The limit on the depth is our own; arXiv's lies near 900
operators, nested or not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from digest.search.date_range import ends, written
from digest.search.rewriting import Kind, Token, rewritten, source, understood
from digest.search.tree import And, AndNot, Not, Or, Query, Term

__all__ = ["MalformedQueryError", "parse", "understood"]

_DEEPEST = 250
"""Operators inside one another at most, so that whoever walks over a tree may call itself."""

_ROWS: dict[str, type[And | Or]] = {"AND": And, "OR": Or}
_EXCERPT = 40


class MalformedQueryError(ValueError):
    """The query is not in arXiv's language; the message says why, and at which place."""


def parse(query: str) -> Query:
    """Returns the tree of a query.

    Raises:
        MalformedQueryError: arXiv would refuse the query.
    """
    tokens = rewritten(query)
    if not tokens:
        raise MalformedQueryError("the query has no word to look for")
    return _Reader(source(query)).tree(tokens)


@dataclass(slots=True)
class _Part:
    """A query that is being read, from an open parenthesis on: the left sides still without right.

    A left side is None for an ANDNOT at the beginning.
    """

    opening: Token | None
    lefts: list[tuple["_Grown | None", str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Grown:
    """A tree and its depth in operators."""

    query: Query
    depth: int = 0


def _in_halves(kind: type[And | Or], row: Sequence[_Grown]) -> _Grown:
    """Joins a row of ANDs or of ORs by halves: it means the same, and a long one is not deep."""
    if len(row) == 1:
        return row[0]
    half = len(row) // 2
    left, right = _in_halves(kind, row[:half]), _in_halves(kind, row[half:])
    return _checked(kind(left.query, right.query), max(left.depth, right.depth) + 1)


def _without(left: _Grown | None, right: _Grown) -> _Grown:
    """Joins by ANDNOT; without a left side, the right one is negated."""
    if left is None:
        return _checked(Not(right.query), right.depth + 1)
    return _checked(AndNot(left.query, right.query), max(left.depth, right.depth) + 1)


def _checked(query: Query, depth: int) -> _Grown:
    if depth > _DEEPEST:
        raise MalformedQueryError(
            f"the query is too deep: more than {_DEEPEST} operators stand inside one another; "
            "divide it among several keywords"
        )
    return _Grown(query, depth)


class _Reader:
    """Reads one query with a stack of its own, so that parentheses may be nested at will."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._parts = [_Part(None)]
        self._operand: _Grown | None = None

    def tree(self, tokens: list[Token]) -> Query:
        for before, token in pairwise([None, *tokens]):
            if token is None or token.kind is Kind.PREFIX:
                continue
            if token.kind is Kind.TEXT and before:
                self._operand = _Grown(self._term(before.text, token))
            elif token.kind is Kind.OPENING:
                self._parts.append(_Part(token))
            elif token.kind is Kind.CLOSING:
                self._close(before, token)
            else:
                self._join(before, token)
        if self._operand is None:
            raise self._error(f"a term is missing after {tokens[-1].text}", tokens[-1])
        if opening := self._parts[-1].opening:
            raise self._error("a parenthesis is not closed", opening, after=True)
        return self._folded().query

    def _close(self, before: Token | None, token: Token) -> None:
        if len(self._parts) == 1:
            raise self._error("a parenthesis is closed that is not open", token)
        if self._operand is None:
            missing = before.text if before and before.kind is Kind.OPERATOR else "("
            raise self._error(f"a term is missing between {missing} and )", token)
        self._operand = self._folded()
        self._parts.pop()

    def _join(self, before: Token | None, token: Token) -> None:
        if token.text == "NOT":
            raise self._error("AND NOT is followed by NOT", token)
        if self._operand is None and token.text != "ANDNOT":
            place = f"between {before.text} and" if before else "before"
            raise self._error(f"a term is missing {place} {token.text}", token)
        self._parts[-1].lefts.append((self._operand, token.text))
        self._operand = None

    def _folded(self) -> _Grown:
        """Joins the left sides of the innermost part to its last term, from the right."""
        grown = self._operand
        assert grown is not None
        for operator, row in groupby(reversed(self._parts[-1].lefts), lambda pair: pair[1]):
            lefts = [left for left, _ in row]
            if operator in _ROWS:
                grown = _in_halves(_ROWS[operator], [*filter(None, reversed(lefts)), grown])
                lefts = []
            for left in lefts:
                grown = _without(left, grown)
        return grown

    def _term(self, prefix: str, token: Token) -> Term:
        text = token.text
        quoted = text.startswith('"')
        if quoted:
            text = text[1:-1]
            if (len(text) - len(text.rstrip("\\"))) % 2:
                raise self._error("a backslash takes its meaning from the second quote", token)
            text = text.strip()
        if prefix == "submittedDate" and text:
            text = self._range(text, token)
        elif self._begins_wild(prefix, text, quoted=quoted):
            raise self._error(f"a wildcard cannot begin a word of {prefix}:", token)
        elif text in ("&&", "||") and not quoted:
            raise self._error(f"{text} is no operator and no word", token)
        return Term(prefix, text, quoted)

    def _range(self, text: str, token: Token) -> str:
        try:
            return written(*ends(text))
        except ValueError as error:
            raise self._error(
                "a range of dates is written submittedDate:[20261101 TO 20261130]", token
            ) from error

    @staticmethod
    def _begins_wild(prefix: str, text: str, *, quoted: bool) -> bool:
        """Returns whether arXiv refuses a text for the wildcard at its beginning."""
        if prefix == "cat" or not text.startswith(("*", "?")):
            return False
        if prefix in ("all", "id", "doi"):
            return not quoted or prefix == "doi"
        return not quoted and text != "*"

    def _error(self, reason: str, token: Token, *, after: bool = False) -> MalformedQueryError:
        """Returns the error with the text before the place, or after it."""
        if after:
            excerpt = self._text[token.at : token.at + _EXCERPT]
        else:
            end = token.at + len(token.text)
            excerpt = self._text[max(0, end - _EXCERPT) : end]
        return MalformedQueryError(f"{reason}: {excerpt.strip()}")
