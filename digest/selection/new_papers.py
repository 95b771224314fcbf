"""Decides which papers of a reading are new for a keyword, and which are new for a reader.

No function here reads a clock or a file. The results are events for the store, and the rows of an
edition.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from digest.clock import Moment
from digest.model.edition import Row
from digest.model.paper import Paper, place_in_order
from digest.model.subscriber import Subscriber
from digest.selection.completeness import REACH_BACK, Judgement
from digest.store.known import Known
from digest.store.readings import Fetched
from digest.store.records import FormerQuery, KeywordRecord

_HELD = timedelta(days=5)
"""The longest time that moderation usually holds a paper, at a keyword's first listing."""
_MANY = 9
_DOUBTED = timedelta(days=3)
"""The time for which later listings are compared with the first one."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The papers that one reader has not had: rows by keyword, newest first.

    `covers` gives for each keyword the last batch that was looked at. Once this selection is
    mailed, or if it is empty, the reader has had everything up to there. `makes_up` are moments of
    days on which arXiv could not be read; papers of those days are among the rows.
    """

    sections: Mapping[str, tuple[Row, ...]]
    updates: Mapping[str, tuple[Row, ...]]
    covers: Mapping[str, int]
    makes_up: tuple[Moment, ...] = ()

    @property
    def empty(self) -> bool:
        """Returns whether there is nothing to mail."""
        return not self.sections and not self.updates


def unmet(ledger: Known, keyword: str, papers: Iterable[Paper]) -> list[Paper]:
    """The papers that the keyword has not met in this version or a later one, in given order."""
    sightings = ledger.sightings(keyword)
    latest: dict[str, Paper] = {}
    for paper in papers:
        known = latest[paper.id].version if paper.id in latest else sightings.version(paper.id)
        if paper.version > known:
            latest[paper.id] = paper
    return list(latest.values())


@dataclass(frozen=True, slots=True)
class FormerReading:
    """The result of reading a former query: whether it is complete, and which papers it found."""

    former: FormerQuery
    complete: bool
    found: frozenset[str]


def is_due(paper: Paper, record: KeywordRecord, former: Sequence[FormerReading] = ()) -> bool:
    """Returns whether to mail a paper that the keyword has not met before.

    Until the first complete fetch, papers older than `since` are not mailed: they were there before
    the keyword. After it all papers of the month before `since` are known. So an unknown paper is
    new, whatever its date: moderation held it. A paper that a former query found as well is judged
    by the beginning of that query. Papers from the time when no reader had the keyword are not due.

    A keyword that began on a harvest has not met the papers of the month before. By its identifier
    a paper shows whether it was announced before that, and so was there already.
    """
    if any(begin <= paper.updated < end for begin, end in record.unread):
        return False
    if _is_owed(paper, record):
        return True
    return any(paper.id in one.found and _is_owed(paper, one.former) for one in former)


def _is_owed(paper: Paper, asked: KeywordRecord | FormerQuery) -> bool:
    """Returns whether a query is owed a paper that the keyword has not met."""
    if paper.updated >= asked.since:
        return True
    if asked.complete_through is None or paper.updated < asked.since - REACH_BACK:
        return False
    return not (asked.began_after and _was_there(paper, asked.began_after))


def _was_there(paper: Paper, newest: str) -> bool:
    """Returns whether a paper was announced before `newest`, in this or another version.

    A later version has no place in the order of the announcements; its first version was there.
    """
    return paper.version > 1 or place_in_order(paper.id) <= place_in_order(newest)


def sift(
    ledger: Known,
    keyword: str,
    papers: Sequence[Paper],
    judgement: Judgement,
    at: Moment,
    *,
    former: Sequence[FormerReading] = (),
) -> Fetched:
    """The event for a reading of a keyword: papers to mail, and papers that count as seen.

    A paper does not count as old because of a first reading that is not reliable, nor before a
    former query has been read as far as needed. A paper does not count as new where a later reading
    shows that the first listing had been cut.
    """
    record = ledger.open_keyword(keyword)
    asked = {one.former for one in former if one.complete}
    known = all(one in asked for one in record.former)
    settled = known and (record.complete_through is not None or not judgement.reason)
    met = ledger.sightings(keyword).version
    cut_at = _cut_at(record, papers, met)
    new: list[Paper] = []
    old: list[Paper] = []
    for paper in unmet(ledger, keyword, papers):
        fresh = is_due(paper, record, former) and not (cut_at and paper.updated < cut_at)
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
    """The date before which papers count as old, if the first listing was cut; else None.

    A listing was cut where later readings show too many papers of the month that it should have
    had: more than nine, and more than a sixth of them. Moderation never holds so many for so long.
    If there are fewer, they count as new: an old paper in a mail is better than a new one in none.
    """
    if record.begun is None:
        return None
    until = min(record.since, record.begun - _HELD)
    month = [p.id for p in papers if record.since - REACH_BACK <= p.updated < until]
    unknown = sum(not met(base) for base in month)
    return until if unknown > max(_MANY, (len(month) - unknown) // 5) else None


def _begun(record: KeywordRecord, judgement: Judgement, at: Moment, *, cut: bool) -> Moment | None:
    """The moment of the first complete listing, while later ones are still compared with it."""
    if not judgement.complete:
        return record.begun
    if record.complete_through is None or cut:
        return at
    if record.begun and (at - record.begun < _DOUBTED or judgement.empty):
        return record.begun
    return None


def looked_at(ledger: Known, subscriber: Subscriber, chosen: Sequence[str] | None) -> list[str]:
    """The keywords of a reader's next digest, in order; only those in `chosen`, or all for None.

    Keywords that the reader no longer reads, but is still owed papers of, come last.
    """
    record = ledger.known_reader(subscriber.address_key)
    keywords = (*subscriber.keywords, *record.owed_elsewhere)
    return [k for k in dict.fromkeys(keywords) if chosen is None or k in chosen]


def unseen(ledger: Known, subscriber: Subscriber, keywords: Sequence[str]) -> Selection:
    """The papers that a reader has not had under `keywords`, in the order of these.

    A paper stands in full under the first keyword that found it, in the latest version that any of
    the keywords has met for the reader. A paper that the reader has had, also under another
    keyword, comes again only as a later version, and only to a reader who wants updates.
    """
    address = subscriber.address_key
    sections: dict[str, tuple[Row, ...]] = {}
    updates: dict[str, tuple[Row, ...]] = {}
    shown: dict[str, str] = {}
    found = {keyword: ledger.since_last(address, keyword) for keyword in keywords}
    latest = {
        paper.id: ledger.latest(address, keywords, paper)
        for papers in found.values()
        for paper, _ in papers
    }
    versions = ledger.had_versions(address, latest)
    for keyword, papers in found.items():
        fresh: list[Row] = []
        again: list[Row] = []
        for met, first in papers:
            paper, had = latest[met.id], versions[met.id]
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
    covers = {keyword: ledger.due_upto(address, keyword) for keyword in keywords}
    return Selection(sections, updates, covers, _made_up(ledger, address, keywords))


def _made_up(ledger: Known, address: str, keywords: Iterable[str]) -> tuple[Moment, ...]:
    """The moments of the days without arXiv that these batches make up for, first to last."""
    moments = {
        moment
        for keyword in keywords
        for made_up in [ledger.open_keyword(keyword).makes_up]
        if made_up
        for number in ledger.due(address, keyword)
        for moment in made_up.get(number, ())
    }
    return tuple(sorted(moments))
