"""Defines the protocol between the program and a store of its state.

    Store ─┬─> reading    ─> Known: answers questions
           ├─> writing    ─> Writer: answers questions, and appends events
           └─> rehearsing ─> Recorder: the same, with events in memory alone

`digest.store.json_file.store` keeps the state in files; a database would satisfy the same protocol.
"""

from contextlib import AbstractContextManager
from typing import Protocol

from digest.store.known import Known
from digest.store.recorder import Recorder


class Writer(Recorder, Protocol):
    """A store that is open for its one writer."""

    @property
    def version(self) -> object:
        """The store's `version` as this writer has left it; None while it is open."""
        ...


class Store(Protocol):
    """A place where the state is kept, for any number of readers and one writer."""

    def reading(self) -> Known:
        """Reads the store, even while another process writes it; empty where none exists.

        Raises:
            StateError: it cannot be read, or is damaged.
        """
        ...

    def writing(self) -> AbstractContextManager[Writer]:
        """Opens the store for writing; makes an empty one where none exists.

        Events that were recorded stay recorded, whatever ends the `with`.

        Raises:
            StateInUseError: another process has it open for writing; the message names it.
            StateError: it cannot be read or written, or is damaged.
        """
        ...

    def rehearsing(self) -> Recorder:
        """A recorder that begins with the present state, and changes nothing in the store.

        Raises:
            StateError: the store cannot be read, or is damaged.
        """
        ...

    def version(self) -> object:
        """A value that differs whenever the content of the store differs; nothing is read for it.

        Raises:
            StateError: the store cannot be looked at.
        """
        ...

    def examine(self) -> str:
        """Tries whether its place can hold the store, and leaves the store as it is.

        Returns:
            The place, the content and the harmless limits of the place, in words.

        Raises:
            StateError: it is damaged, or could not be written.
        """
        ...
