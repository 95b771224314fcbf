"""Decides which queries can be evaluated here exactly as arXiv evaluates them.

These are AND, OR, ANDNOT and parentheses around terms of ti, abs, co, jr, rn, cat, id, doi and
submittedDate, with phrases, single words and a `*` at the end of a word. Everything else is asked
at arXiv: it needs facts that arXiv alone has, or follows rules that are not known well enough.
"""

import re
from collections.abc import Callable, Iterator

from digest.search.tree import Not, Query, Term
from digest.search.wildcards import is_wild

_TEX = re.compile(r"\$\$?[^$]+\$")
_IDENTIFIER = re.compile(r"[\w.]+\*?", re.ASCII)


def not_here(query: Query) -> str:
    """Returns why a query cannot be evaluated here, "" where it can be.

    The reason is a clause for users, which begins with the part of the query that it is about.
    """
    return next(filter(None, map(_reason, _parts(query))), "")


def authors_alone(query: Query) -> tuple[str, ...]:
    """Returns the names in a query for authors in quotes that could be evaluated here on trial.

    Such a query is `au:"Emmy Noether"`, also with categories and whatever else can be evaluated
    here. All that is missing are the names of the accounts that own a paper, which only arXiv
    knows. Returns () for other queries.
    """
    parts = list(_parts(query))
    names = [name for part in parts if (name := _name(part))]
    others = [part for part in parts if not _name(part)]
    return () if any(map(_reason, others)) else tuple(names)


def _name(part: Query) -> str:
    """Returns the name that a part of a query looks for in quotes, "" if it is another part."""
    if not isinstance(part, Term) or part.field != "au" or not part.quoted or is_wild(part.text):
        return ""
    return part.text


def _parts(query: Query) -> Iterator[Query]:
    """Yields the terms of a query in order, and before them the ANDNOT without a left side."""
    left_to_do = [query]
    while left_to_do:
        part = left_to_do.pop()
        if isinstance(part, Term):
            yield part
        elif isinstance(part, Not):
            yield part
            left_to_do.append(part.query)
        else:
            left_to_do += (part.right, part.left)


def _reason(part: Query) -> str:
    if isinstance(part, Term):
        return _reason_of_term(part)
    if isinstance(part, Not) and not isinstance(part.query, Term):
        return "ANDNOT at the beginning, before more than one term, is an error at arXiv"
    return ""


def _reason_of_term(term: Term) -> str:
    text = f'"{term.text}"' if term.quoted else term.text
    clauses = (clause for holds, clause in _CLAUSES if holds(term))
    return next((f"`{term.field}:{text}` {clause}" for clause in clauses), "")


def _is_literal(term: Term) -> bool:
    """Returns whether signs in a term mean nothing: it is in quotes, and its field honours them."""
    return term.quoted and term.field not in {"cat", "doi"}


def _has_inner_wildcard(term: Term) -> bool:
    alone = term.text == "*" and term.field != "cat"
    return not _is_literal(term) and (alone or is_wild(term.text.removesuffix("*")))


def _is_odd_identifier(term: Term) -> bool:
    return term.field == "id" and (term.quoted or not _IDENTIFIER.fullmatch(term.text))


def _is_formula(term: Term) -> bool:
    return term.field in {"ti", "abs"} and not term.quoted and bool(_TEX.match(term.text))


def _has_odd_sign(term: Term) -> bool:
    signs = "^" in term.text or "~" in term.text
    return signs and not term.quoted and term.field not in {"cat", "doi"}


_CLAUSES: tuple[tuple[Callable[[Term], bool], str], ...] = (
    (
        lambda term: term.field == "all",
        "searches all fields, as a word without a prefix does, and only arXiv has them all",
    ),
    (lambda term: term.field == "au", "searches names that only arXiv knows"),
    (lambda term: not term.text, "has no word, and so arXiv finds every paper"),
    (_is_odd_identifier, "is no plain identifier such as `id:2611.00042`"),
    (_has_inner_wildcard, "has a wildcard that is not the `*` at the end of a word"),
    (_is_formula, "searches formulas, which only arXiv has in its index"),
    (_has_odd_sign, "has a sign whose meaning at arXiv is not known"),
)
