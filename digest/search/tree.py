"""Defines the tree of a query: terms, joined by operators.

query = term / (query AND query) / (query OR query) / (query ANDNOT query) / ANDNOT query
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """One condition on one field.

    `field` is a prefix of arXiv's query language in its short form: ti, abs, au, cat, co, jr, rn,
    id, doi, all or submittedDate (its other name, lastUpdatedDate, means the same). `text` is the
    content without its quotes; for a date it is `YYYYMMDDHHMM TO YYYYMMDDHHMM`, in GMT, with both
    ends filled up. `quoted` is True for a phrase in double quotes.
    """

    field: str
    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class And:
    """Both sides hold."""

    left: "Query"
    right: "Query"


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of the sides holds."""

    left: "Query"
    right: "Query"


@dataclass(frozen=True, slots=True)
class AndNot:
    """The left side holds and the right one does not."""

    left: "Query"
    right: "Query"


@dataclass(frozen=True, slots=True)
class Not:
    """The query does not hold: a query that begins with ANDNOT."""

    query: "Query"


Query = Term | And | Or | AndNot | Not
