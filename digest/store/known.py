"""The questions that a decision may ask of the state.

A store answers them however it keeps its records; nothing here changes anything.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

from digest.clock import Moment
from digest.model.paper import Paper
from digest.store.events import EditionKept
from digest.store.records import (
    ConfigurationRecord,
    KeywordRecord,
    LeftAlone,
    MailTrouble,
    Sightings,
    SubscriberRecord,
)

RECENT = 100
"""Papers of a keyword whose text is kept for the table, newest first."""


class Known(Protocol):
    """The present state, to be asked. Records that it gives are to be read, not changed."""

    def keyword(self, name: str) -> KeywordRecord | None:
        """The record of a keyword, None where it was never asked for."""
        ...

    def open_keyword(self, name: str) -> KeywordRecord:
        """The record of a keyword that is open; KeyError where it was never asked for."""
        ...

    def keywords(self) -> Collection[tuple[str, KeywordRecord]]:
        """Every keyword that was ever asked for, with its record."""
        ...

    def reader(self, address: str) -> SubscriberRecord | None:
        """The record of an address in its canonical form, None where it is not known."""
        ...

    def known_reader(self, address: str) -> SubscriberRecord:
        """The record of an address that is known; KeyError where it is not."""
        ...

    def readers(self) -> Collection[tuple[str, SubscriberRecord]]:
        """Every address that is known, with its record; also those that are gone."""
        ...

    def configuration(self, name: str) -> ConfigurationRecord | None:
        """The record of a configuration, None where it is not known."""
        ...

    def configurations(self) -> Collection[tuple[str, ConfigurationRecord]]:
        """Every configuration that is in use, with its record."""
        ...

    def edition(self, name: str) -> EditionKept | None:
        """The text of an edition of which messages wait, None where none does."""
        ...

    def papers(self) -> Iterable[Paper]:
        """Every paper of which the text is held."""
        ...

    @property
    def mail_trouble(self) -> MailTrouble | None:
        """The refusal of the mail server that concerns no reader, None where all is well."""
        ...

    @property
    def left_alone(self) -> LeftAlone | None:
        """The last wish of arXiv not to be asked, None where there is none."""
        ...

    @property
    def operator_told(self) -> Moment | None:
        """When the operator was last told of troubles, None for never."""
        ...

    @property
    def told_once(self) -> tuple[str, ...]:
        """The lines that were told to the operator and are not told again."""
        ...

    @property
    def delivering(self) -> bool:
        """Returns whether messages were being offered when the last event was recorded."""
        ...

    def sightings(self, keyword: str) -> Sightings:
        """The batches of a keyword in which each paper was met."""
        ...

    def had_versions(self, address: str, bases: Iterable[str]) -> dict[str, int]:
        """The highest version of each paper that a reader was mailed, 0 for none.

        Papers that were mailed before the import of a table count for everyone.
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

        Each is in its latest version, with whether the keyword met it for the first time in them.
        """
        ...

    def latest(self, address: str, keywords: Iterable[str], paper: Paper) -> Paper:
        """The paper in the latest version that any of these keywords has met for the reader."""
        ...
