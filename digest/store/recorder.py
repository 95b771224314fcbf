"""Where a cycle records events: the store itself, or nothing but memory."""

from typing import Protocol

from digest.store.events import Event
from digest.store.known import Known
from digest.store.ledger import Ledger


class Recorder(Protocol):
    """Takes note of events; `known` answers with them at once."""

    @property
    def known(self) -> Known:
        """The present state, to be asked."""
        ...

    def record(self, *happened: Event) -> None:
        """Takes note of events, in order, all or none.

        Raises:
            StateError: they cannot be recorded; everything is then as before.
        """
        ...


class Rehearsal:
    """Records in memory alone: the changes of a dry run are gone afterwards."""

    def __init__(self, ledger: Ledger) -> None:
        self.known = ledger

    def record(self, *happened: Event) -> None:
        """Changes the ledger, and no file."""
        for event in happened:
            self.known.apply(event)


class Noting:
    """A recorder that changes nothing: it only notes whether there was anything to record."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.noted = False

    def record(self, *happened: Event) -> None:
        """Notes that something happened."""
        self.noted = self.noted or bool(happened)
