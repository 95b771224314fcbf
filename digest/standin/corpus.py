"""The papers of the stand-in for arXiv, and the search among them at a given time."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from digest.clock import Moment
from digest.model.paper import Paper, split_identifier
from digest.standin.grammar import Condition, parse
from digest.standin.index import Document, document

_BARE = re.compile(r"[\w.]+")

SORT_KEYS = ("relevance", "lastUpdatedDate", "submittedDate")


@dataclass(frozen=True, slots=True)
class Holding:
    """One version of a paper, which searches find from `visible_from` on."""

    paper: Paper
    visible_from: Moment


@dataclass(slots=True)
class Corpus:
    """Papers, and fixed answers to some queries.

    `pins` maps a query to the versioned identifiers of its answer, in their order. Recorded answers
    of arXiv are replayed in this way.
    """

    pins: dict[str, Sequence[str]] = field(default_factory=dict)
    _holdings: dict[str, Holding] = field(default_factory=dict)
    _documents: dict[str, Document] = field(default_factory=dict)

    def __init__(
        self, holdings: Iterable[Holding] = (), pins: dict[str, Sequence[str]] | None = None
    ) -> None:
        self.pins = pins if pins is not None else {}
        self._holdings, self._documents = {}, {}
        self.add(*holdings)

    def add(self, *holdings: Holding) -> None:
        """Adds versions of papers."""
        for holding in holdings:
            self._holdings[holding.paper.versioned_id] = holding

    def search(
        self, query: str, identifiers: Sequence[str], at: Moment, sort_by: str, *, ascending: bool
    ) -> list[Paper]:
        """Returns the papers that a query finds at a given time.

        Args:
            query: a query in arXiv's language, "" for all papers.
            identifiers: the papers to search among, with or without version; none for all papers.
            at: the time; versions that become visible later are not found.
            sort_by: one of `SORT_KEYS`; papers with equal keys, and all papers for relevance, stand
                in the order in which they were added.
            ascending: whether the oldest comes first.

        Raises:
            MalformedQueryError: the query cannot be read.
        """
        if query in self.pins and not identifiers:
            return [self._holdings[versioned_id].paper for versioned_id in self.pins[query]]
        condition = _condition(query) if query else None
        papers = self._named(identifiers, at) if identifiers else list(self._latest(at).values())
        found = [paper for paper in papers if condition is None or condition(self._document(paper))]
        if sort_by == "lastUpdatedDate":
            found.sort(key=lambda paper: paper.updated, reverse=not ascending)
        elif sort_by == "submittedDate":
            found.sort(key=lambda paper: paper.published, reverse=not ascending)
        elif ascending:
            found.reverse()
        return found

    def _latest(self, at: Moment) -> dict[str, Paper]:
        """Returns the latest visible version of each visible paper, by base identifier."""
        latest: dict[str, Paper] = {}
        for holding in self._holdings.values():
            paper = holding.paper
            known = latest.get(paper.id)
            if holding.visible_from <= at and (known is None or paper.version > known.version):
                latest[paper.id] = paper
        return latest

    def _named(self, identifiers: Sequence[str], at: Moment) -> list[Paper]:
        latest = self._latest(at)
        found = []
        for identifier in identifiers:
            holding = self._holdings.get(identifier)
            base, _ = split_identifier(identifier) or ("", 0)
            if holding and holding.visible_from <= at:
                found.append(holding.paper)
            elif base == identifier and base in latest:
                found.append(latest[base])
        return found

    def _document(self, paper: Paper) -> Document:
        key = paper.versioned_id
        if key not in self._documents:
            self._documents[key] = document(paper)
        return self._documents[key]


def echoed(query: str) -> str:
    """Returns the query as arXiv repeats it in its answer: a bare word gets the prefix `all:`."""
    return f"all:{query}" if _BARE.fullmatch(query) else query


@lru_cache(maxsize=256)
def _condition(query: str) -> Condition:
    return parse(query)
