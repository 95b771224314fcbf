"""Applies the events by which keywords meet papers: readings, harvests, comparisons, imports."""

from digest.model.paper import Paper
from digest.store import keyword_changes
from digest.store.answers import Answers
from digest.store.events import Imported
from digest.store.readings import Audited, Fetched, Harvested
from digest.store.records import BASELINE


class Meetings:
    """The changes of keywords' batches; `ledger` has the records that change."""

    def __init__(self, ledger: Answers) -> None:
        self._ledger = ledger

    def fetched(self, event: Fetched) -> None:
        """Applies a reading of one keyword."""
        record = self._ledger.records.keywords[event.keyword]
        number = record.last_batch + 1
        keyword_changes.read(record, event, number)
        self._ledger.records.leave_alone(event)
        self._meet(event.keyword, BASELINE, event.old)
        self._meet(event.keyword, number, event.new)

    def harvested(self, event: Harvested) -> None:
        """Applies the evaluation of keywords on a harvest."""
        papers = {paper.versioned_id: paper for paper in event.papers}
        self._ledger.records.harvests.note(event)
        for keyword in event.keywords:
            record = self._ledger.records.keywords[keyword]
            number = record.last_batch + 1
            fetched = Fetched(
                keyword,
                event.at,
                event.complete,
                event.reason,
                new=tuple(papers[one] for one in event.new.get(keyword, ())),
                old=tuple(papers[one] for one in event.old.get(keyword, ())),
                depth=record.depth,
                away=event.away,
            )
            keyword_changes.evaluated(record, event, fetched, number)
            self._meet(keyword, BASELINE, fetched.old)
            self._meet(keyword, number, fetched.new)

    def audited(self, event: Audited) -> None:
        """Applies a comparison of a keyword with arXiv's search."""
        record = self._ledger.records.keywords[event.keyword]
        number = record.last_batch + 1
        keyword_changes.audited(record, event, number)
        self._meet(event.keyword, number, event.new)

    def imported(self, event: Imported) -> None:
        """Applies the import of a table."""
        for paper in event.papers:
            known = self._ledger.records.imported.get(paper.id, 0)
            self._ledger.records.imported[paper.id] = max(known, paper.version)
        record = self._ledger.records.keywords.get(event.keyword)
        if record is None:
            return
        record.imported_at = event.at
        sightings = self._ledger.sightings(event.keyword)
        unmet = tuple(paper for paper in event.papers if not sightings.version(paper.id))
        self._meet(event.keyword, BASELINE, unmet)

    def _meet(self, keyword: str, number: int, papers: tuple[Paper, ...]) -> None:
        if not papers:
            return
        sightings = self._ledger.sightings(keyword)
        versioned_ids = [paper.versioned_id for paper in papers]
        batches = self._ledger.records.keywords[keyword].batches
        batches[number] = " ".join([*filter(None, [batches.get(number)]), *versioned_ids])
        sightings.add(number, versioned_ids)
        self._ledger.records.papers.update((paper.versioned_id, paper) for paper in papers)
