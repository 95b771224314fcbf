"""Appends the events of a cycle to the store, or only to the state in memory."""

from typing import Protocol

from digest.store.events import Event
from digest.store.known import Known
from digest.store.ledger import Ledger


class Recorder(Protocol):
    """Appends events to the state; the answers of `known` include them at once."""

    @property
    def known(self) -> Known:
        """The present state, for questions."""
        ...

    def append(self, *happened: Event) -> None:
        """Appends events in order, all or none; they are durable when it returns.

        Raises:
            StateError: the events cannot be written; the state is then as before.
        """
        ...


class Rehearsal:
    """Appends events in memory alone: a dry run leaves no trace in the store."""

    def __init__(self, ledger: Ledger) -> None:
        self.known = ledger

    def append(self, *happened: Event) -> None:
        """Applies the events to the ledger, and writes no file."""
        for event in happened:
            self.known.apply(event)


class Noting:
    """A recorder that changes nothing; it only notes whether there was an event."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.noted = False

    def append(self, *happened: Event) -> None:
        """Notes whether there was an event."""
        self.noted = self.noted or bool(happened)
