"""Defines the questions that a decision may ask of the state.

Each kind of store answers them in its own way. No question changes the state.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

from digest.clock import Moment
from digest.model.paper import Paper
from digest.store.events import EditionKept
from digest.store.harvests import Harvests
from digest.store.records import (
    ConfigurationRecord,
    KeywordRecord,
    LeftAlone,
    MailTrouble,
    SubscriberRecord,
)
from digest.store.sightings import Sightings

RECENT = 100
"""The number of a keyword's newest papers whose texts the store always holds."""


class Known(Protocol):
    """The present state, for questions. The caller reads its records and does not change them."""

    def keyword(self, name: str) -> KeywordRecord | None:
        """The record of a keyword; None where the keyword was never opened."""
        ...

    def open_keyword(self, name: str) -> KeywordRecord:
        """The record of a keyword that was opened; KeyError where it was not."""
        ...

    def keywords(self) -> Collection[tuple[str, KeywordRecord]]:
        """Every keyword that was ever opened, with its record."""
        ...

    def reader(self, address: str) -> SubscriberRecord | None:
        """The record of an address in its canonical form; None where the address is unknown."""
        ...

    def known_reader(self, address: str) -> SubscriberRecord:
        """The record of a known address; KeyError where it is unknown."""
        ...

    def readers(self) -> Collection[tuple[str, SubscriberRecord]]:
        """Every known address with its record, including readers who have left."""
        ...

    def configuration(self, name: str) -> ConfigurationRecord | None:
        """The record of a configuration; None where it is unknown."""
        ...

    def configurations(self) -> Collection[tuple[str, ConfigurationRecord]]:
        """Every configuration that is in use, with its record."""
        ...

    def edition(self, name: str) -> EditionKept | None:
        """The text of an edition that waiting messages share; None where no message of it waits."""
        ...

    def papers(self) -> Iterable[Paper]:
        """Every paper whose text the store holds."""
        ...

    @property
    def mail_trouble(self) -> MailTrouble | None:
        """The refusal of the mail server that concerns no reader; None where there is none."""
        ...

    @property
    def left_alone(self) -> LeftAlone | None:
        """The last wish of arXiv not to be asked, None where there is none."""
        ...

    @property
    def harvests(self) -> Harvests:
        """The record of all harvests."""
        ...

    @property
    def operator_told(self) -> Moment | None:
        """The moment of the last mail to the operator about troubles; None for never."""
        ...

    @property
    def told_once(self) -> tuple[str, ...]:
        """The lines that the operator has read in a mail and that are not repeated."""
        ...

    @property
    def delivering(self) -> bool:
        """True where messages were being offered when the last event was recorded."""
        ...

    def sightings(self, keyword: str) -> Sightings:
        """The batches of a keyword in which each paper was met."""
        ...

    def had_versions(self, address: str, bases: Iterable[str]) -> dict[str, int]:
        """The highest version of each paper that a reader was mailed, 0 for none.

        Papers that were mailed before the import of a table count for every reader.
        """
        ...

    def recent(self, keyword: str, limit: int = RECENT) -> list[Paper]:
        """The newest papers of a keyword, each in its latest version, newest first."""
        ...

    def listed(self, keyword: str) -> list[Paper]:
        """Recent papers that the source itself has given for the keyword's present query."""
        ...

    def due(self, address: str, keyword: str) -> Iterator[int]:
        """Yields the numbers of the batches that a reader is due and has not had, newest first."""
        ...

    def due_upto(self, address: str, keyword: str) -> int:
        """The last batch of a keyword that a reader is due."""
        ...

    def since_last(self, address: str, keyword: str) -> list[tuple[Paper, bool]]:
        """The papers of the batches that a reader is due and has not had, newest first.

        Each paper is in its latest version, with whether the keyword met it for the first time in
        these batches.
        """
        ...

    def latest(self, address: str, keywords: Iterable[str], paper: Paper) -> Paper:
        """The paper in the latest version that any of these keywords has met for the reader."""
        ...
