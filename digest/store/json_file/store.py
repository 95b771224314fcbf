"""Keeps the state in a JSON snapshot, with a journal of the events since then beside it.

    state.json              the records when the journal was begun, with a generation number
    state.json.journal-7    the events since, one JSON object a line, for generation 7
    state.json.previous     the snapshot before this one; its journal is kept as well
    state.json.lock         held by the one process that writes

An event is recorded by appending a line to the journal and syncing it. While it is being written, a
journal ends in zeros. At the end of a run, if the journal is larger than the snapshot, both are
folded into a new snapshot of the next generation. So the cost of writing grows with the changes
only.

The previous snapshot and its journal stay. A snapshot is read together with all journals from its
generation on. So if the snapshot is damaged, the previous one can be copied over it, and nothing is
lost.

A journal whose last line is not whole was cut short by a crash, and that line does not count. Any
other broken part is damage, and damaged files are never overwritten. `digest.store.json_file.files`
reads all of them.

If `state.json` is a symbolic link, the store with all its files is at the target of the link.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from digest.durable import Appender, Lock, followed, replace
from digest.errors import StateError, StateInUseError
from digest.store.events import Event
from digest.store.json_file.files import (
    Copy,
    after,
    generations_of,
    in_words,
    journal_of,
    previous_of,
    read,
    refuse_orphans,
    state_error,
)
from digest.store.json_file.format import (
    SCHEMA,
    Snapshot,
    encode_event,
    encode_snapshot,
)
from digest.store.json_file.place import tried
from digest.store.ledger import Ledger
from digest.store.recorder import Rehearsal
from digest.text import logfmt

log = logging.getLogger(__name__)

FOLD_AT = 64 * 1024
"""Bytes; a smaller journal is not worth a new snapshot."""

_A_MOMENT = 0.02
"""The seconds before a second look at a line; writing a line takes far less."""
_CUT = "the last line was being written when the process or the machine stopped, and never counted"


class JsonWriter:
    """The store, open for its one writer; `JsonFile.writing` makes it.

    `version` is the store's after it was closed, as this process has left it; None before.
    """

    def __init__(self, path: Path, fold_at: int) -> None:
        self.fold_at = fold_at
        self._path = path
        if not path.exists():
            refuse_orphans(path)
            self._begin(Snapshot(1, Ledger().records))
        self._copy = read(path)
        self.known = self._copy.ledger
        journal = journal_of(path, self._copy.generation)
        if cut := after(journal, self._copy.journal_bytes):
            log.warning(logfmt("journal-cut", file=journal, bytes=len(cut), reason=_CUT))
        self._journal = Appender(journal, self._copy.journal_bytes)
        self.version: object = None
        try:
            if self._copy.schema < SCHEMA:
                self._fold()  # before a line that an older program does not understand
        except BaseException:
            self._journal.close()
            raise

    def append(self, *happened: Event) -> None:
        """Makes events durable, all with one sync, and then applies them to the ledger.

        StateError where they cannot be written; the store and the ledger are then as before.
        """
        if not happened:
            return
        with in_words(self._path):
            self._journal.append(encode_event(*happened))
        for event in happened:
            self.known.apply(event)

    def fold_if_due(self) -> None:
        """Folds the journal into a new snapshot if the journal is larger than the present one."""
        if self._journal.size >= max(self._copy.snapshot_bytes, self.fold_at):
            self._fold()

    def _fold(self) -> None:
        """Begins a new generation, and continues with its journal.

        StateError where that fails. No event is lost then, but no more can be recorded: the new
        snapshot may exist already, and lines added to the old journal would not count.
        """
        self.known.prune()
        folded = Snapshot(self._copy.generation + 1, self.known.records)
        began = folded.generation
        with in_words(self._path):
            self._journal.close()
            self._begin(folded)
            self._journal = Appender(journal_of(self._path, began), 0)
            size = self._path.stat().st_size
            for generation in generations_of(self._path):
                if generation < self._copy.began:
                    journal_of(self._path, generation).unlink()
            self._copy = Copy(self.known, began, began, size, 0, SCHEMA)

    def close(self) -> None:
        """Closes the files."""
        self._journal.close()

    def _begin(self, snapshot: Snapshot) -> None:
        """Starts a generation: first its empty journal, then the snapshot that names it."""
        Appender(journal_of(self._path, snapshot.generation), 0).close()
        replace(self._path, encode_snapshot(snapshot), keep=previous_of(self._path))


@dataclass(frozen=True, slots=True)
class JsonFile:
    """The store at `path`; it satisfies `digest.store.store.Store`.

    At the end of a run the journal is folded into the snapshot if the journal is larger than that,
    and has at least `fold_at` bytes.
    """

    path: Path
    fold_at: int = FOLD_AT

    def reading(self) -> Ledger:
        """Reads the store, even while another process writes it; empty where none exists.

        While another process writes, a reader may find zeros where a moment later there are lines.
        Files may also be gone because a new generation was begun. So damage counts only if a second
        reading finds it at the same place.

        Raises:
            StateError: it cannot be read, or is damaged.
        """
        before = ""
        while True:
            try:
                with in_words(self.path):
                    return _read(_place(self.path))
            except StateError as error:
                if str(error) == before:
                    raise
                before = str(error)
                time.sleep(_A_MOMENT)

    def rehearsing(self) -> Rehearsal:
        """A recorder that begins with the present state, and changes no file.

        Raises:
            StateError: the store cannot be read, or is damaged.
        """
        return Rehearsal(self.reading())

    @contextmanager
    def writing(self) -> Iterator[JsonWriter]:
        """Opens the store for writing; makes an empty one where none exists.

        Raises:
            StateInUseError: another process has it open for writing; the message names it.
            StateError: it cannot be read or written, or is damaged.
        """
        with in_words(self.path):
            path = _place(self.path)
        with _locked(path):
            with in_words(path):
                store = JsonWriter(path, self.fold_at)
            try:
                yield store
                store.fold_if_due()
            finally:
                store.close()
            store.version = self.version()  # before another process may write

    def version(self) -> object:
        """A value that differs whenever the content of the store differs; the files are not read.

        Raises:
            StateError: the files cannot be looked at.
        """
        with in_words(self.path):
            path = _place(self.path)
            files = [path, *(journal_of(path, generation) for generation in generations_of(path))]
            found = []
            for file in files:
                with suppress(FileNotFoundError):  # a new generation begins
                    stat = file.stat()
                    found.append((file.name, stat.st_mtime_ns, stat.st_size, stat.st_ino))
            return tuple(found)

    def examine(self) -> str:
        """Tries whether the directory can hold the store, and leaves the store as it is.

        Returns:
            The path, the content and the harmless limits of the directory, in words.

        Raises:
            StateError: the store is damaged, or could not be written.
        """
        known = self.reading()
        with in_words(self.path):
            place = _place(self.path)
            lacking = tried(place)
        batches = (batch for _, keyword in known.keywords() for batch in keyword.batches.values())
        seen = sum(batch.count(" ") + 1 for batch in batches)
        found = f"{seen} papers seen" if place.exists() else "to be made"
        led = f"a link to {place}" if place != self.path else ""
        return ", ".join(filter(None, [str(self.path), led, found, *lacking]))


def _read(path: Path) -> Ledger:
    if path.exists():
        return read(path).ledger
    refuse_orphans(path)
    return Ledger()


def _place(path: Path) -> Path:
    """The path of the store: the target of `path`, if `path` is a symbolic link.

    StateError where the journals are beside the link, as in versions that did not follow links.
    """
    place = followed(path)
    if place != path and generations_of(path) and not generations_of(place):
        raise StateError(
            f"the state {path} is a link to {place}, and its journals are beside the link: move "
            f"{path.name}.* to {place.parent}, with names that begin with {place.name}"
        )
    return place


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    lock = Lock(path.with_name(f"{path.name}.lock"))
    with ExitStack() as held:
        try:
            held.enter_context(lock)
        except BlockingIOError as error:
            holder = f"process {lock.holder()}" if lock.holder() else "another process"
            raise StateInUseError(
                f"{holder} is writing the state {path} just now; wait for it to end, or stop it"
            ) from error
        except OSError as error:
            raise state_error(path, error) from error
        yield
