"""The papers of the stand-in for arXiv, and the search among them at a given time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from digest.clock import Moment
from digest.model.paper import Paper, split_identifier
from digest.search.conditions import Condition, condition
from digest.search.documents import Document, document_of
from digest.search.grammar import parse, understood
from digest.standin.register import Holding, Register

SORT_KEYS = ("relevance", "lastUpdatedDate", "submittedDate")


__all__ = ["SORT_KEYS", "Corpus", "Holding", "echoed"]

_AT_ONCE = timedelta()
_AT_THE_END = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Corpus:
    """Papers, and fixed answers to some queries.

    `pins` maps a query to the versioned identifiers of its answer, in their order. Recorded answers
    of arXiv are replayed in this way. `harvested` and `fed` are the records of OAI-PMH and of the
    feeds; they follow the search by a lag, which may be negative.
    """

    pins: dict[str, Sequence[str]] = field(default_factory=dict)
    harvested: Register = field(default_factory=Register)
    fed: Register = field(default_factory=Register)
    _searched: Register = field(default_factory=Register)
    _documents: dict[Holding, Document] = field(default_factory=dict)

    def __init__(
        self,
        holdings: Iterable[Holding] = (),
        pins: dict[str, Sequence[str]] | None = None,
        *,
        harvest_lag: timedelta = _AT_ONCE,
        feed_lag: timedelta = _AT_ONCE,
    ) -> None:
        self.pins = pins if pins is not None else {}
        self._searched = Register()
        self.harvested, self.fed = Register(harvest_lag), Register(feed_lag)
        self._documents = {}
        self.add(*holdings)

    def add(self, *holdings: Holding) -> None:
        """Adds versions of papers."""
        for holding in holdings:
            for register in (self._searched, self.harvested, self.fed):
                register.put(holding)

    def edit(self, identifier: str, at: Moment, **changes: object) -> None:
        """Edits the current version of a paper at a given moment, for all services.

        Without `changes` the record only gets a new time stamp. `changes` are fields of the Holding
        or of its Paper, such as `comment`, `categories` or `journal_ref`.

        Raises:
            KeyError: no service knows the paper at that moment.
        """
        registers = (self._searched, self.harvested, self.fed)
        known = [register.record(identifier, at) for register in registers]
        holdings = [record.holding for record in known if record]
        if not holdings:
            raise KeyError(identifier)
        self.add(holdings[0].edited(at, **changes))

    def postpone(self, since: Moment, until: Moment) -> int:
        """Has the announcements of a span come at its end only; returns the number of versions."""
        late = self._searched.announced(since, until)
        self.add(*(replace(holding, visible_from=until) for holding in late))
        return len(late)

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
            return [one.paper for one in self._named(self.pins[query], _AT_THE_END)]
        wanted = _condition(query) if query else None
        known = self._named(identifiers, at) if identifiers else self._latest(at)
        found = [one.paper for one in known if wanted is None or wanted.holds(self._document(one))]
        if sort_by == "lastUpdatedDate":
            found.sort(key=lambda paper: paper.updated, reverse=not ascending)
        elif sort_by == "submittedDate":
            found.sort(key=lambda paper: paper.published, reverse=not ascending)
        elif ascending:
            found.reverse()
        return found

    def _latest(self, at: Moment) -> list[Holding]:
        """Returns the latest visible version of each visible paper."""
        return [record.holding for record in self._searched.known(at)]

    def _named(self, identifiers: Sequence[str], at: Moment) -> list[Holding]:
        found = []
        for identifier in identifiers:
            base, number = split_identifier(identifier) or ("", 0)
            if base == identifier:
                record = self._searched.record(base, at)
                holding = record.holding if record else None
            else:
                holding = self._searched.version(base, number, at)
            if holding:
                found.append(holding)
        return found

    def _document(self, holding: Holding) -> Document:
        if holding not in self._documents:
            self._documents[holding] = document_of(
                holding.paper,
                journal_ref=holding.journal_ref,
                report_no=holding.report_no,
                doi=holding.doi,
            )
        return self._documents[holding]


def echoed(query: str) -> str:
    """Returns the query as arXiv repeats it in its answer: rewritten as arXiv understands it."""
    return understood(query)


@lru_cache(maxsize=256)
def _condition(query: str) -> Condition:
    return condition(parse(query))
