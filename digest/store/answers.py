"""Answers the questions of `digest.store.known` from records in memory.

Nothing here changes the records; `digest.store.ledger` does so when it applies an event.
"""

from collections.abc import Collection, Iterable, Iterator

from digest.clock import Moment
from digest.model.edition import newest_first
from digest.model.paper import Paper
from digest.store.events import EditionKept
from digest.store.harvests import Harvests
from digest.store.known import RECENT
from digest.store.records import (
    BASELINE,
    ConfigurationRecord,
    KeywordRecord,
    LeftAlone,
    MailTrouble,
    Records,
    SubscriberRecord,
)
from digest.store.sightings import Sightings, known_identifier


class Answers:
    """The present state in memory. It satisfies the protocol `Known`."""

    def __init__(self, records: Records | None = None) -> None:
        self.records = records or Records({}, {}, {}, {}, {})
        self._sightings: dict[str, Sightings] = {}

    def keyword(self, name: str) -> KeywordRecord | None:
        """The record of a keyword; None where the keyword was never opened."""
        return self.records.keywords.get(name)

    def open_keyword(self, name: str) -> KeywordRecord:
        """The record of a keyword that was opened; KeyError where it was not."""
        return self.records.keywords[name]

    def keywords(self) -> Collection[tuple[str, KeywordRecord]]:
        """Every keyword that was ever opened, with its record."""
        return self.records.keywords.items()

    def reader(self, address: str) -> SubscriberRecord | None:
        """The record of an address in its canonical form; None where the address is unknown."""
        return self.records.subscribers.get(address)

    def known_reader(self, address: str) -> SubscriberRecord:
        """The record of a known address; KeyError where it is unknown."""
        return self.records.subscribers[address]

    def readers(self) -> Collection[tuple[str, SubscriberRecord]]:
        """Every known address with its record, including readers who have left."""
        return self.records.subscribers.items()

    def configuration(self, name: str) -> ConfigurationRecord | None:
        """The record of a configuration; None where it is unknown."""
        return self.records.configurations.get(name)

    def configurations(self) -> Collection[tuple[str, ConfigurationRecord]]:
        """Every configuration that is in use, with its record."""
        return self.records.configurations.items()

    def edition(self, name: str) -> EditionKept | None:
        """The text of an edition that waiting messages share; None where no message of it waits."""
        return self.records.editions.get(name)

    def papers(self) -> Iterable[Paper]:
        """Every paper whose text the store holds."""
        return self.records.papers.values()

    @property
    def mail_trouble(self) -> MailTrouble | None:
        """The refusal of the mail server that concerns no reader; None where there is none."""
        return self.records.mail_trouble

    @property
    def left_alone(self) -> LeftAlone | None:
        """The last wish of arXiv not to be asked; None where there is none."""
        return self.records.left_alone

    @property
    def harvests(self) -> Harvests:
        """The record of all harvests."""
        return self.records.harvests

    @property
    def operator_told(self) -> Moment | None:
        """The moment of the last mail to the operator about troubles; None for never."""
        return self.records.operator_told

    @property
    def told_once(self) -> tuple[str, ...]:
        """The lines that the operator has read in a mail and that are not repeated."""
        return self.records.told_once

    @property
    def delivering(self) -> bool:
        """True where messages were being offered when the last event was recorded."""
        return self.records.delivering

    def sightings(self, keyword: str) -> Sightings:
        """The batches in which the keyword met each paper; made once, then kept up to date."""
        if keyword not in self._sightings:
            record = self.records.keywords.get(keyword)
            self._sightings[keyword] = Sightings(record.batches if record else {})
        return self._sightings[keyword]

    def had_versions(self, address: str, bases: Iterable[str]) -> dict[str, int]:
        """The highest version of each paper that a reader was mailed under any keyword, 0 for none.

        Papers that were mailed before the import of a table count for every reader.
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
                        if at == 0:  # a later version went only to those who had the first
                            mailed.add(base)
        return {base: version if base in mailed else 0 for base, version in had.items()}

    def recent(self, keyword: str, limit: int = RECENT) -> list[Paper]:
        """The newest papers of a keyword, each in its latest version.

        They are ordered by the day of the version, newest first. Within a day a later batch comes
        first, and within a batch arXiv's order stands.
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
        """Recent papers that arXiv itself has listed for the keyword's present query."""
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

    def since_last(self, address: str, keyword: str) -> list[tuple[Paper, bool]]:
        """The papers of the batches that a reader is due and has not had, newest first.

        Each paper is in its latest version, with whether the keyword met it for the first time in
        these batches.
        """
        record = self.records.keywords[keyword]
        sightings = self.sightings(keyword)
        found: dict[str, Paper] = {}
        first: set[str] = set()
        for number in self.due(address, keyword):
            for versioned_id in record.batches[number].split():
                base, _ = known_identifier(versioned_id)
                found.setdefault(base, self.records.papers[versioned_id])
                if sightings.is_first(base, number):
                    first.add(base)
        papers = newest_first(list(found.values()))
        return [(paper, paper.id in first) for paper in papers]

    def due_upto(self, address: str, keyword: str) -> int:
        """The last batch of a keyword that a reader is due: the newest while they read it."""
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
        """The last batch before those found since a moment; only batches with all texts count."""
        record = self.records.keywords[keyword]
        for number in record.batches_after(BASELINE):
            found = record.found.get(number)
            texts = record.batches[number].split()
            if found is None or found < since or any(t not in self.records.papers for t in texts):
                return number
        return BASELINE
