"""Decides what is unseen: in a reading for a keyword, and for a reader.

Nothing here looks at a clock or a file. What comes out are events for the store, and the rows of an
edition.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from digest.completeness import REACH_BACK, Judgement
from digest.config import Subscriber
from digest.edition import Row, newest_first
from digest.events import Event, Fetched, KeywordClosed, KeywordOpened, Subscribed, Unsubscribed
from digest.ledger import Ledger
from digest.paper import Paper
from digest.records import KeywordRecord, known_identifier
from digest.times import Moment
from digest.wrong_clock import opened_wrongly, refuse_to_go_back

_HELD = timedelta(days=5)
"""What is older than this at a keyword's first listing hardly ever is held back by moderation."""
_MANY = 9
_DOUBTED = timedelta(days=3)
"""For so long later listings are held against the first one."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What one reader has not had: rows for each keyword that has any, newest first.

    `covers` gives for each keyword the last batch that was looked at; once this selection is
    mailed, or where it is empty, the reader has had everything up to there.
    """

    sections: Mapping[str, tuple[Row, ...]]
    updates: Mapping[str, tuple[Row, ...]]
    covers: Mapping[str, int]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to mail."""
        return not self.sections and not self.updates


def changes(
    ledger: Ledger,
    queries: Mapping[str, str],
    subscribers: Mapping[str, Sequence[str]],
    *,
    since: Moment,
    at: Moment,
) -> list[Event]:
    """What the configuration changes about the ledger.

    Args:
        ledger: what is known.
        queries: arXiv's query for each configured keyword.
        subscribers: the keywords of each configured address, in its canonical form.
        since: from when on the papers of a new keyword are mailed.
        at: the present. A keyword that was opened while the clock was wrong begins anew.

    Raises:
        ClockBehindError: the present is far before papers that are known.
    """
    refuse_to_go_back(ledger.records.papers.values(), at)
    events: list[Event] = []
    for name, query in queries.items():
        known = ledger.keyword(name)
        asked = known is not None and known.active and known.query == query
        if known is None or not asked or opened_wrongly(known, since, at):
            events.append(KeywordOpened(name, query, since))
    for name, record in ledger.records.keywords.items():
        if record.active and name not in queries:
            events.append(KeywordClosed(name))
    known_readers = ledger.records.subscribers
    for address, keywords in subscribers.items():
        reader = known_readers.get(address)
        had = reader.keywords if reader else ()
        if had != keywords:
            events.extend(_changed(address, had, keywords))
    for address, gone in known_readers.items():
        if gone.keywords and address not in subscribers:
            events.append(Unsubscribed(address, gone.keywords))
    return events


def _changed(address: str, had: Sequence[str], keywords: Sequence[str]) -> Iterator[Event]:
    """Yields what is other about one reader's keywords."""
    before, now = set(had), set(keywords)
    if added := tuple(keyword for keyword in keywords if keyword not in before):
        yield Subscribed(address, added)  # first: who has no keyword left has gone
    if removed := tuple(keyword for keyword in had if keyword not in now):
        yield Unsubscribed(address, removed)


def is_new(paper: Paper, record: KeywordRecord) -> bool:
    """Whether a paper that the keyword never met before is to be mailed.

    Until the first complete fetch older papers than `since` were there before the keyword was.
    After it all papers of a month before `since` are known, so that one we do not know is new,
    whatever its date: moderation held it back.
    """
    reach = REACH_BACK if record.complete_through else REACH_BACK * 0
    return paper.updated >= record.since - reach


def unmet(ledger: Ledger, keyword: str, papers: Iterable[Paper]) -> list[Paper]:
    """The papers, in the order given, that the keyword has not met in this version or a later."""
    sightings = ledger.sightings(keyword)
    latest: dict[str, Paper] = {}
    for paper in papers:
        known = latest[paper.id].version if paper.id in latest else sightings.version(paper.id)
        if paper.version > known:
            latest[paper.id] = paper
    return list(latest.values())


def sift(
    ledger: Ledger, keyword: str, papers: Sequence[Paper], judgement: Judgement, at: Moment
) -> Fetched:
    """What a reading brings for a keyword: papers to mail, and papers that count as seen.

    A paper is never taken for an old one on the word of a first reading that is not to be trusted.
    Nor is it taken for a new one where a later reading shows that the first had been cut.
    """
    record = ledger.records.keywords[keyword]
    settled = record.complete_through is not None or not judgement.reason
    met = ledger.sightings(keyword).version
    cut_at = _cut_at(record, papers, met)
    new: list[Paper] = []
    old: list[Paper] = []
    for paper in unmet(ledger, keyword, papers):
        fresh = is_new(paper, record) and not (cut_at and paper.updated < cut_at)
        (new if met(paper.id) or fresh else old).append(paper)
    return Fetched(
        keyword,
        at,
        judgement.complete,
        judgement.reason,
        tuple(new),
        tuple(old) if settled else (),
        judgement.missing,
        judgement.depth,
        judgement.still,
        judgement.empty,
        judgement.unreadable,
        _begun(record, judgement, at, cut=cut_at is not None),
    )


def _cut_at(
    record: KeywordRecord, papers: Iterable[Paper], met: Callable[[str], int]
) -> Moment | None:
    """Before which date papers were there already, where the first listing had been cut; else None.

    It had been where, of the papers of a month that it should have had, more than nine, and more
    than a sixth of them, are met only now: moderation never holds so many so long. Fewer are new:
    better an old paper in a mail than a new one in none.
    """
    if record.begun is None:
        return None
    until = min(record.since, record.begun - _HELD)
    month = [p.id for p in papers if record.since - REACH_BACK <= p.updated < until]
    unknown = sum(not met(base) for base in month)
    return until if unknown > max(_MANY, (len(month) - unknown) // 5) else None


def _begun(record: KeywordRecord, judgement: Judgement, at: Moment, *, cut: bool) -> Moment | None:
    """The moment of the first complete listing, as long as others are to be held against it."""
    if not judgement.complete:
        return record.begun
    if record.complete_through is None or cut:
        return at
    if record.begun and (at - record.begun < _DOUBTED or judgement.empty):
        return record.begun
    return None


def unseen(ledger: Ledger, subscriber: Subscriber, keywords: Sequence[str]) -> Selection:
    """What a reader has not had under `keywords`, in the order of these.

    A paper stands in full under the first keyword that found it. One that the reader has had, also
    under another keyword, comes again only in a later version, and only to who wants updates.
    """
    sections: dict[str, tuple[Row, ...]] = {}
    updates: dict[str, tuple[Row, ...]] = {}
    covers: dict[str, int] = {}
    shown: dict[str, str] = {}
    found = {k: _since_last(ledger, subscriber.address_key, k) for k in keywords}
    bases = {paper.id: None for papers in found.values() for paper, _ in papers}
    versions = ledger.had_versions(subscriber.address_key, bases)
    for keyword, papers in found.items():
        covers[keyword] = ledger.records.keywords[keyword].last_batch
        fresh: list[Row] = []
        again: list[Row] = []
        for paper, first in papers:
            had = versions[paper.id]
            full_under = shown.get(paper.id)
            if had and subscriber.updates and paper.version > had:
                again.append(Row(paper, full_under, previous_version=had))
            elif first and not had:
                fresh.append(Row(paper, full_under))
            else:
                continue
            shown.setdefault(paper.id, keyword)
        if fresh:
            sections[keyword] = tuple(fresh)
        if again:
            updates[keyword] = tuple(again)
    return Selection(sections, updates, covers)


def _since_last(ledger: Ledger, address: str, keyword: str) -> list[tuple[Paper, bool]]:
    """The papers of the batches a reader has not had, newest first.

    Each is in its latest version, with whether the keyword met it for the first time in them.
    """
    record = ledger.records.keywords[keyword]
    after = ledger.records.subscribers[address].spans[keyword][-1][1]
    sightings = ledger.sightings(keyword)
    found: dict[str, Paper] = {}
    first: set[str] = set()
    for number in record.batches_after(after):
        for versioned_id in record.batches[number].split():
            base, _ = known_identifier(versioned_id)
            found.setdefault(base, ledger.records.papers[versioned_id])
            if sightings.is_first(base, number):
                first.add(base)
    papers = newest_first(list(found.values()))
    return [(paper, paper.id in first) for paper in papers]
