"""The command `digest why`: explains why a paper came, or did not come. It makes no request."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from digest.commands.invocation import Invocation, chosen_readers
from digest.commands.paper_address import identifier
from digest.commands.why_lines import why_lines
from digest.model.keyword import Keyword
from digest.model.paper import Paper
from digest.model.record import Record
from digest.model.subscriber import Subscriber, Subscriptions
from digest.search.documents import Document, document, document_of
from digest.search.evaluable import not_here
from digest.search.grammar import MalformedQueryError, parse
from digest.search.why_not import why_not
from digest.service.paper_history import Shares, meetings, met_by
from digest.source.arxiv_api.query import arxiv_query
from digest.source.recent_papers import Coverage, RecentPapers
from digest.store.known import Known


def run(invocation: Invocation) -> int:
    """Prints the history of one paper from the state and the papers that are kept here; returns 0.

    Raises:
        UsageError: the command line names no paper, or no reader.
    """
    options = invocation.options
    base, version = identifier(options.paper)
    subscriptions = invocation.subscriptions()
    known = invocation.store().reading()
    reader = _reader(options.address, subscriptions, known)
    kept = RecentPapers(invocation.settings.papers)
    record = kept.get(base)
    found = document(record) if record else _of_the_state(known, base)
    keywords = _keywords(reader, subscriptions, known, base)
    data = {
        "paper": base,
        "version": version,
        **_facts(record, found),
        "keywords": [_keyword(name, subscriptions, known, base, found) for name in keywords],
        "readers": _readers(reader, subscriptions, known, base, invocation),
        "coverage": _coverage(kept.coverage()),
        "last_harvest_failed": _failed(known),
        "largest": known.harvests.newest,
    }
    if options.json:
        print(json.dumps(data, ensure_ascii=False, indent=2, default=_written))
    else:
        print(
            "\n".join(
                why_lines(
                    data,
                    reader.timezone if isinstance(reader, Subscriber) else subscriptions.timezone,
                )
            )
        )
    return 0


def _written(day_or_moment: date) -> str:
    return day_or_moment.isoformat()


def _reader(
    named: str | None, subscriptions: Subscriptions, known: Known
) -> Subscriber | str | None:
    """The reader who is named; the address alone of one who has left; None for everybody."""
    if named is None:
        return None
    from digest.model.address import address

    try:
        key = address(named).key
    except ValueError:
        key = ""
    if known.reader(key) and all(one.address_key != key for one in subscriptions.subscribers):
        return key
    keys = chosen_readers([named], subscriptions) or ()
    return next(one for one in subscriptions.subscribers if one.address_key in keys)


def _of_the_state(known: Known, base: str) -> Document | None:
    """The document of the latest version of a paper whose text the state has."""
    papers = [paper for paper in known.papers() if paper.id == base]
    latest = max(papers, key=lambda paper: paper.version, default=None)
    return document_of(latest) if latest else None


def _keywords(
    reader: Subscriber | str | None, subscriptions: Subscriptions, known: Known, base: str
) -> list[str]:
    """The keywords to tell of: those of the reader, or all, and any others that met the paper."""
    if reader is None:
        own = [keyword.name for keyword in subscriptions.keywords]
        return list(dict.fromkeys([*own, *met_by(known, base)]))
    key = reader if isinstance(reader, str) else reader.address_key
    record = known.reader(key)
    claimed = record.claims if record else ()
    own = [] if isinstance(reader, str) else list(reader.keywords)
    return list(dict.fromkeys([*own, *(name for name in met_by(known, base) if name in claimed)]))


def _facts(record: Record | None, found: Document | None) -> dict[str, Any]:
    paper: Paper | None = found.paper if found else None
    return {
        "known": found is not None,
        "title": paper and paper.title,
        "categories": paper and paper.categories,
        "latest": paper and paper.version,
        "versions": record.versions if record else (paper and (paper.updated,)),
        "announced": record and record.datestamp,
        "deleted": bool(record and record.deleted),
    }


def _keyword(
    name: str, subscriptions: Subscriptions, known: Known, base: str, found: Document | None
) -> dict[str, Any]:
    """Tells of one keyword: its meetings with the paper, or why there was none."""
    met = meetings(known, base, [name])
    record = known.keyword(name)
    keyword = next((one for one in subscriptions.keywords if one.name == name), None)
    lacking, unsure = _lacking(keyword, found) if not met else ((), "")
    return {
        "keyword": name,
        "configured": keyword is not None,
        "met": [
            {"version": one.version, "found": one.found, "seen": one.seen or None} for one in met
        ],
        "lacking": list(lacking),
        "unsure": unsure,
        "complete_through": record and record.complete_through,
        "incomplete": record.reason if record else "",
    }


def _lacking(keyword: Keyword | None, found: Document | None) -> tuple[tuple[str, ...], str]:
    """The parts of a keyword that do not hold for a paper; or why they cannot be told."""
    if keyword is None or found is None:
        return (), ""
    try:
        tree = parse(arxiv_query(keyword))
    except MalformedQueryError as error:
        return (), f"its query is one that arXiv refuses: {error}"
    if reason := not_here(tree):
        return (), f"only arXiv can tell: {reason}"
    return why_not(tree, found), ""


def _readers(
    reader: Subscriber | str | None,
    subscriptions: Subscriptions,
    known: Known,
    base: str,
    invocation: Invocation,
) -> list[dict[str, str]]:
    """Tells of the reader who is named; else of all whom the paper concerns."""
    shares = Shares(known, subscriptions, base, invocation.clock.now())
    if isinstance(reader, str):
        told = [shares.of_former(reader)]
    elif reader:
        told = [shares.of(reader)]
    else:
        met = set(met_by(known, base))
        every: Iterable[Subscriber] = subscriptions.subscribers if met else ()
        told = [shares.of(one) for one in every if met & {*one.keywords}]
    return [{"address": one.address, "kind": one.kind, "sentence": one.sentence} for one in told]


def _coverage(coverage: Coverage | None) -> dict[str, date] | None:
    if coverage is None:
        return None
    return {"first": coverage.first, "through": coverage.through.date()}


def _failed(known: Known) -> str:
    last = known.harvests.last
    return last.reason if last else ""
