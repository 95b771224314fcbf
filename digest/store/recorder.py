"""Where a cycle records what happens: the store itself, or nothing but memory."""

from typing import Protocol

from digest.store.events import Event
from digest.store.ledger import Ledger


class Recorder(Protocol):
    """Where a cycle records what happens; the ledger shows it at once."""

    ledger: Ledger

    def record(self, *happened: Event) -> None:
        """Takes note of events, in order, all or none."""
        ...


class Rehearsal:
    """Records in memory alone: what a dry run changes is gone afterwards."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def record(self, *happened: Event) -> None:
        """Changes the ledger, and no file."""
        for event in happened:
            self.ledger.apply(event)


class Noting:
    """A recorder that only notes whether there was anything to record."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.noted = False

    def record(self, *happened: Event) -> None:
        """Notes that something happened."""
        self.noted = self.noted or bool(happened)
