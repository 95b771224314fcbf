"""Evaluates keywords on harvested records."""

from collections.abc import Iterable, Iterator

from digest.model.paper import Paper
from digest.model.record import Record
from digest.search.documents import Document, document
from digest.search.matching import Matcher
from digest.selection.found_here import Found, former_name
from digest.store.known import Known


def evaluated(ledger: Known, keywords: Iterable[str], records: Iterable[Record]) -> Found:
    """The papers that the queries of these keywords find among records, with former queries."""
    queries: dict[str, str] = {}
    for name in keywords:
        record = ledger.open_keyword(name)
        queries[name] = record.query
        for number, former in enumerate(record.former):
            queries[former_name(name, number)] = former.query
    if not queries:
        return Found()
    papers: dict[str, Paper] = {}

    def documents() -> Iterator[Document]:
        for record in records:
            if record.deleted:
                continue
            papers[record.id] = record.paper
            yield document(record)

    matches = Matcher(queries).matches(documents())
    return Found({name: [papers[base] for base in bases] for name, bases in matches.items()})
