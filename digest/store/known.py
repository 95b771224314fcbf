"""Answers what decisions may ask of the state: what was met, who is due what, and who had what.

Nothing here changes anything; `digest.store.ledger` does, when something happened.
"""

from collections.abc import Iterable, Iterator

from digest.clock import Moment
from digest.model.paper import Paper
from digest.store.records import BASELINE, KeywordRecord, Records, Sightings, SubscriberRecord

RECENT = 100
"""Papers of a keyword whose text is kept for the table, newest first."""


class Known:
    """The present state, to be asked."""

    def __init__(self, records: Records | None = None) -> None:
        self.records = records or Records({}, {}, {}, {}, {})
        self._sightings: dict[str, Sightings] = {}

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
        record = self.records.subscribers.get(address)
        parts = (record and record.had_in_part) or {}
        had = {base: max(imported.get(base, 0), parts.get(base, 0)) for base in bases}
        mailed = {base for base, version in had.items() if version}
        for keyword, claims in record.claims.items() if record else ():
            sightings = self.sightings(keyword)
            for base in sightings.among(had):
                for at, (number, version) in enumerate(sightings.of(base)):
                    if any(claim.after < number <= claim.had for claim in claims):
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

    def due(self, address: str, keyword: str) -> Iterator[int]:
        """Yields the numbers of the batches that a reader is due and has not had, newest first."""
        record = self.records.keywords[keyword]
        claims = self.records.subscribers[address].claims.get(keyword, ())
        first = min((claim.had for claim in claims if not claim.settled), default=None)
        for number in record.batches_after(first) if first is not None else ():
            if any(claim.had < number <= claim.upto(number) for claim in claims):
                yield number

    def due_upto(self, address: str, keyword: str) -> int:
        """The last batch of a keyword that a reader is due; of all there are, one they read."""
        last = self.records.keywords[keyword].last_batch
        claims = self.records.subscribers[address].claims.get(keyword, ())
        return max((claim.upto(last) for claim in claims), default=last)

    def latest(self, address: str, keywords: Iterable[str], paper: Paper) -> Paper:
        """The paper in the latest version that any of these keywords has met for the reader."""
        known = paper
        every = self.records.subscribers[address].claims
        for keyword in keywords:
            claims = every.get(keyword, ())
            for number, version in self.sightings(keyword).of(paper.id):
                if version > known.version and any(
                    claim.after < number <= claim.upto(number) for claim in claims
                ):
                    known = self.records.papers.get(f"{paper.id}v{version}", known)
        return known

    def found_since(self, keyword: str, since: Moment) -> int:
        """The last batch before those that were found since a moment and have their texts."""
        record = self.records.keywords[keyword]
        for number in record.batches_after(BASELINE):
            found = record.found.get(number)
            texts = record.batches[number].split()
            if found is None or found < since or any(t not in self.records.papers for t in texts):
                return number
        return BASELINE
