"""What is known at one moment: which papers each keyword has met, and what each reader has had.

A `Ledger` is the fold of all events so far. It decides nothing and knows no clock: the same events
give the same ledger, in any process, at any time.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from digest.events import (
    Accepted,
    AcceptedTogether,
    Composed,
    Deferred,
    EditionKept,
    Event,
    Fetched,
    Imported,
    KeywordClosed,
    KeywordOpened,
    MailTroubled,
    OperatorTold,
    Passed,
    Refused,
    Resumed,
    Served,
    Subscribed,
    Unsubscribed,
)
from digest.histories import Histories
from digest.paper import Paper
from digest.records import (
    BASELINE,
    REFUSALS,
    KeywordRecord,
    Records,
    Sightings,
    SubscriberRecord,
    Trouble,
)
from digest.times import Moment

RECENT = 100
"""Papers of a keyword whose text is kept for the table, newest first."""


class Ledger:
    """The present state, changed only by `apply`."""

    def __init__(self, records: Records | None = None) -> None:
        self.records = records or Records({}, {}, {}, {}, {})
        self._sightings: dict[str, Sightings] = {}
        pending = (r.pending.edition for r in self.records.subscribers.values() if r.pending)
        self._waiting = Counter(pending)
        """How many digests of each edition wait: with the last one its text goes."""
        self._histories = Histories(r.history for r in self.records.subscribers.values())

    def keyword(self, name: str) -> KeywordRecord | None:
        """The record of a keyword, None where it was never asked for."""
        return self.records.keywords.get(name)

    def subscriber(self, address: str) -> SubscriberRecord | None:
        """The record of an address in its canonical form, None where it is not known."""
        return self.records.subscribers.get(address)

    def sightings(self, keyword: str) -> Sightings:
        """Where the keyword met which paper; made when first asked for, then kept up to date."""
        if keyword not in self._sightings:
            record = self.records.keywords.get(keyword)
            self._sightings[keyword] = Sightings(record.batches if record else {})
        return self._sightings[keyword]

    def had_versions(self, address: str, bases: Iterable[str]) -> dict[str, int]:
        """The highest version of each paper that a reader was mailed under any keyword, 0 for none.

        What was mailed before the import of a table counts for everyone.
        """
        imported = self.records.imported
        had = {base: imported.get(base, 0) for base in bases}
        mailed = {base for base, version in had.items() if version}
        record = self.records.subscribers.get(address)
        for keyword, spans in record.spans.items() if record else ():
            sightings = self.sightings(keyword)
            for base in sightings.among(had):
                for at, (number, version) in enumerate(sightings.of(base)):
                    if any(after < number <= upto for after, upto in spans):
                        had[base] = max(had[base], version)
                        if at == 0:  # a later version alone was shown to nobody new
                            mailed.add(base)
        return {base: version if base in mailed else 0 for base, version in had.items()}

    def recent(self, keyword: str, limit: int = RECENT) -> list[Paper]:
        """The newest papers of a keyword, each in its latest version.

        By the day of the version, newest first; within a day a later batch comes first, and
        within a batch arXiv's order stands.
        """
        record = self.records.keywords.get(keyword)
        latest: dict[str, Paper] = {}
        for number in sorted(record.batches, reverse=True) if record else ():
            for versioned_id in record.batches[number].split() if record else ():
                paper = self.records.papers.get(versioned_id)
                if paper and paper.version > (
                    latest[paper.id].version if paper.id in latest else 0
                ):
                    latest[paper.id] = paper
        newest = sorted(latest.values(), key=lambda paper: paper.updated.date(), reverse=True)
        return newest[:limit]

    def listed(self, keyword: str) -> list[Paper]:
        """Recent papers that arXiv itself has given for the keyword's present query."""
        record = self.records.keywords.get(keyword)
        if record is None:
            return []
        given = {
            versioned_id
            for number, versioned_ids in record.batches.items()
            if number > record.opened_after and number not in record.from_saved
            for versioned_id in versioned_ids.split()
        }
        return [paper for paper in self.recent(keyword) if paper.versioned_id in given]

    def apply(self, event: Event) -> None:
        """Takes note of what happened."""
        self._NOTED[type(event)](self, event)

    def prune(self) -> None:
        """Lets go of texts that nothing will need again; no identifier is ever forgotten."""
        needed = {
            paper.versioned_id
            for keyword in self.records.keywords
            for paper in self.recent(keyword)
        }
        covered = self._covered()
        for name, record in self.records.keywords.items():
            for number in record.batches_after(covered.get(name, record.last_batch)):
                needed.update(record.batches[number].split())
        self.records.papers = {
            key: paper for key, paper in self.records.papers.items() if key in needed
        }
        self.records.editions = {
            key: edition for key, edition in self.records.editions.items() if key in self._waiting
        }

    def _covered(self) -> dict[str, int]:
        """For each keyword that is read, the last batch that all of its readers have had."""
        self._histories.keep(record.history for record in self.records.subscribers.values())
        covered: dict[str, int] = {}
        for history in self._histories:
            for keyword in history.keywords:
                upto = history.spans[keyword][-1][1]
                covered[keyword] = min(covered.get(keyword, upto), upto)
        return covered

    def _opened(self, event: KeywordOpened) -> None:
        record = self.records.keywords.setdefault(
            event.keyword, KeywordRecord(event.query, event.since)
        )
        if event.since < record.since:  # what was taken for old, by a clock ahead, may be new
            record.batches.pop(BASELINE, None)
            self._sightings.pop(event.keyword, None)
        record.query, record.since, record.active = event.query, event.since, True
        record.complete_through, record.missing, record.depth = None, (), 0
        record.failures = 0
        record.opened_after = record.last_batch

    def _closed(self, event: KeywordClosed) -> None:
        self.records.keywords[event.keyword].active = False

    def _subscribed(self, event: Subscribed) -> None:
        record = self.records.subscribers.setdefault(event.address, SubscriberRecord())
        begins = tuple((k, self.records.keywords[k].last_batch) for k in event.keywords)
        record.history = self._histories.begun(record.history, begins)

    def _unsubscribed(self, event: Unsubscribed) -> None:
        record = self.records.subscribers[event.address]
        record.history = self._histories.ended(record.history, event.keywords)
        if not record.keywords:
            self._let_go(record)
            record.trouble = record.served = None
            record.refusals, record.refused_under = 0, ""

    def _fetched(self, event: Fetched) -> None:
        record = self.records.keywords[event.keyword]
        record.last_fetch, record.reason, record.missing = event.at, event.reason, event.missing
        record.still, record.empty, record.unreadable = event.still, event.empty, event.unreadable
        record.begun = event.begun
        if event.complete:
            record.complete_through, record.depth = event.at, event.depth
        record.failures = 0 if event.complete else record.failures + 1
        self._meet(event.keyword, BASELINE, event.old)
        number = record.last_batch + 1
        if event.new and not event.complete and not event.reason:
            record.from_saved.append(number)
        self._meet(event.keyword, number, event.new)

    def _imported(self, event: Imported) -> None:
        for paper in event.papers:
            known = self.records.imported.get(paper.id, 0)
            self.records.imported[paper.id] = max(known, paper.version)
        record = self.records.keywords.get(event.keyword)
        if record is None:
            return
        record.imported_at = event.at
        sightings = self.sightings(event.keyword)
        unmet = tuple(paper for paper in event.papers if not sightings.version(paper.id))
        self._meet(event.keyword, BASELINE, unmet)

    def _meet(self, keyword: str, number: int, papers: tuple[Paper, ...]) -> None:
        if not papers:
            return
        sightings = self.sightings(keyword)
        versioned_ids = [paper.versioned_id for paper in papers]
        batches = self.records.keywords[keyword].batches
        batches[number] = " ".join([*filter(None, [batches.get(number)]), *versioned_ids])
        sightings.add(number, versioned_ids)
        self.records.papers.update((paper.versioned_id, paper) for paper in papers)

    def _edition_kept(self, event: EditionKept) -> None:
        self.records.editions[event.edition] = event

    def _composed(self, event: Composed) -> None:
        record = self.records.subscribers[event.address]
        self._waiting[event.edition] += 1  # first: it may be the edition of the one that goes
        self._let_go(record)
        covers = self._histories.shared(event.covers)
        record.pending = event if covers is event.covers else replace(event, covers=covers)
        record.pending_refusals = record.deferrals = record.in_vain = 0
        record.pending_after = self._histories.begins(record.history, covers)

    def _passed(self, event: Passed) -> None:
        self._cover(self.records.subscribers[event.address], event.covers, {})

    def _served(self, event: Served) -> None:
        self.records.subscribers[event.address].served = event.slot

    def _operator_told(self, event: OperatorTold) -> None:
        self.records.tell(event)

    def _accepted_together(self, event: AcceptedTogether) -> None:
        for address, message_id, _ in event.messages:
            self._take(address, message_id, event.at)

    def _accepted(self, event: Accepted) -> None:
        self._take(event.address, event.message_id, event.at)

    def _take(self, address: str, message_id: str, at: Moment) -> None:
        """Counts as mailed what the digest of this Message-ID speaks of, if it is what waits."""
        record = self.records.subscribers.get(address)
        if record is None or (pending := record.pending) is None:
            return
        if pending.message_id == message_id:
            self._cover(record, pending.covers, record.pending_after or {})
            record.mailed_at, record.mailed_id = at, message_id
            record.mailed_papers = pending.papers
            self._let_go(record)
            record.trouble = None
            record.refusals = 0

    def _deferred(self, event: Deferred) -> None:
        if record := self.records.subscribers.get(event.address):
            record.trouble = Trouble(event.at, event.code, event.reply)
            record.deferrals += 1
            record.in_vain += event.offered

    def _refused(self, event: Refused) -> None:
        record = self.records.subscribers.get(event.address)
        if record is None:
            return
        record.trouble = Trouble(event.at, event.code, event.reply)
        record.refusals, record.refused_under = record.refusals + 1, event.under
        record.pending_refusals += 1
        record.in_vain += 1
        if not event.waited or record.pending_refusals >= REFUSALS:
            self._let_go(record)

    def _resumed(self, event: Resumed) -> None:
        record = self.records.subscribers[event.address]
        record.refusals = min(record.refusals, REFUSALS - 1)

    def _let_go(self, record: SubscriberRecord) -> None:
        """Ends the waiting of a reader's digest, and with the last one of its edition the text."""
        if record.pending is None:
            return
        edition = record.pending.edition
        record.pending = record.pending_after = None
        if left := self._waiting[edition] - 1:
            self._waiting[edition] = left
        else:
            del self._waiting[edition]
            self.records.editions.pop(edition, None)

    def _cover(
        self, record: SubscriberRecord, covers: Mapping[str, int], begun: Mapping[str, int]
    ) -> None:
        """Extends the reader's last span of each keyword, or the one that began at `begun`."""
        record.history = self._histories.covered(record.history, covers, begun)

    _NOTED: ClassVar[Mapping[type[Event], Callable[[Any, Any], None]]] = {
        KeywordOpened: _opened,
        KeywordClosed: _closed,
        Subscribed: _subscribed,
        Unsubscribed: _unsubscribed,
        Fetched: _fetched,
        Imported: _imported,
        EditionKept: _edition_kept,
        Composed: _composed,
        Passed: _passed,
        Served: _served,
        OperatorTold: _operator_told,
        AcceptedTogether: _accepted_together,
        Accepted: _accepted,
        Deferred: _deferred,
        Refused: _refused,
        Resumed: _resumed,
        MailTroubled: lambda ledger, event: ledger.records.trouble_with(event),
    }
