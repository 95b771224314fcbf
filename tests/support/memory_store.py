"""A store that forgets everything with the process. It satisfies `digest.store.store.Store`."""

from collections.abc import Iterator
from contextlib import contextmanager

from digest.errors import StateInUseError
from digest.store.events import Event
from digest.store.ledger import Ledger
from digest.store.recorder import Rehearsal


class MemoryWriter:
    """The store, open for its one writer; `MemoryStore.writing` makes it."""

    def __init__(self, known: Ledger, events: list[Event]) -> None:
        self.known = known
        self.version: object = None
        self._events = events

    def append(self, *happened: Event) -> None:
        """Adds events to the list, and applies them."""
        self._events.extend(happened)
        for event in happened:
            self.known.apply(event)


class MemoryStore:
    """Holds the events in a list, and folds them anew for each reader."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._open = False

    def reading(self) -> Ledger:
        """Folds the events so far."""
        ledger = Ledger()
        for event in tuple(self._events):
            ledger.apply(event)
        return ledger

    def rehearsing(self) -> Rehearsal:
        """A recorder that begins with the events so far."""
        return Rehearsal(self.reading())

    @contextmanager
    def writing(self) -> Iterator[MemoryWriter]:
        """Opens the store for writing; StateInUseError where it is open already."""
        if self._open:
            raise StateInUseError("this process is writing the state in memory just now")
        self._open = True
        try:
            writer = MemoryWriter(self.reading(), self._events)
            yield writer
            writer.version = self.version()
        finally:
            self._open = False

    def version(self) -> object:
        """The number of events, which only grows."""
        return len(self._events)

    def examine(self) -> str:
        """Counts the papers; memory lacks nothing."""
        batches = (
            one for _, keyword in self.reading().keywords() for one in keyword.batches.items()
        )
        return f"in memory, {sum(len(papers.split()) for _, papers in batches)} papers seen"
