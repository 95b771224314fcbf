"""The state store: a snapshot in JSON, and beside it a journal of what has happened since.

    state.json              the records when the journal was begun, with a generation number
    state.json.journal-7    the events since, one JSON object a line, for generation 7
    state.json.previous     the snapshot before this one; its journal is kept as well
    state.json.lock         held by the one process that writes

To record is to append a line and sync it; as long as it is written, a journal ends in zeros. At the
end of a run, when the journal has outgrown the snapshot, the two are folded into a new snapshot of
the next generation, so that writing costs in proportion to what changed. The snapshot before it and
its journal stay: a snapshot is read together with all the journals from its generation on, so that
the previous one, copied over a damaged one, brings back everything. A journal that ends in a broken
line was cut short by a crash, and that line never counted; one that is broken in the middle is
damage, and damage is never written over.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from digest.durable import Appender, Lock, replace
from digest.encoding import (
    SCHEMA,
    Snapshot,
    decode_event,
    decode_snapshot,
    encode_event,
    encode_snapshot,
)
from digest.errors import StateError, StateInUseError
from digest.events import Event
from digest.ledger import Ledger

_FOLD_AT_LEAST = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Copy:
    """A snapshot with the journals since, as read.

    `began` is the snapshot's generation, `generation` that of the last journal, of which
    `journal_bytes` are good; `schema` is the format's.
    """

    ledger: Ledger
    began: int
    generation: int
    snapshot_bytes: int
    journal_bytes: int
    schema: int


class Store:
    """The store, open for its one writer; made by `writing`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            _refuse_orphans(path)
            self._begin(Snapshot(1, Ledger().records))
        self._copy = _read(path)
        self.ledger = self._copy.ledger
        journal = _journal(path, self._copy.generation)
        self._journal = Appender(journal, self._copy.journal_bytes)
        if self._copy.schema < SCHEMA:
            self._fold()  # before a line is written that an older program would not understand

    def record(self, *happened: Event) -> None:
        """Makes events durable, all with one sync, and then part of the ledger.

        StateError where they cannot be written; the store and the ledger are then as before.
        """
        if not happened:
            return
        with _in_words(self._path):
            self._journal.append(encode_event(*happened))
        for event in happened:
            self.ledger.apply(event)

    def fold_if_due(self) -> None:
        """Folds the journal into a new snapshot where it has outgrown the present one."""
        if self._journal.size >= max(self._copy.snapshot_bytes, _FOLD_AT_LEAST):
            self._fold()

    def _fold(self) -> None:
        """Begins a new generation, and goes on with its journal."""
        self.ledger.prune()
        folded = Snapshot(self._copy.generation + 1, self.ledger.records)
        with _in_words(self._path):
            self._begin(folded)
            for generation in _generations(self._path):
                if generation < self._copy.began:
                    _journal(self._path, generation).unlink()
            self._journal.close()
            size = self._path.stat().st_size
            began = folded.generation
            self._copy = _Copy(self.ledger, began, began, size, 0, SCHEMA)
            self._journal = Appender(_journal(self._path, began), 0)

    def close(self) -> None:
        """Lets go of the files."""
        self._journal.close()

    def _begin(self, snapshot: Snapshot) -> None:
        """Starts a generation: first its empty journal, then the snapshot that names it."""
        Appender(_journal(self._path, snapshot.generation), 0).close()
        replace(self._path, encode_snapshot(snapshot), keep=_previous(self._path))


@contextmanager
def writing(path: Path) -> Iterator[Store]:
    """Opens the store to write, making an empty one where there is none.

    Raises:
        StateInUseError: another process has it open to write; the message names it.
        StateError: it cannot be read or written, or is damaged.
    """
    with _locked(path):
        with _in_words(path):
            store = Store(path)
        try:
            yield store
            store.fold_if_due()
        finally:
            store.close()


def reading(path: Path) -> Ledger:
    """What the store at `path` holds, also while another process writes it; empty where none is.

    Raises:
        StateError: it cannot be read, or is damaged.
    """
    with _in_words(path):
        if not path.exists():
            _refuse_orphans(path)
            return Ledger()
        return _read(path).ledger


def signature(path: Path) -> object:
    """Something else whenever the store holds something else; costs no reading."""
    with _in_words(path):
        files = [path, *(_journal(path, generation) for generation in _generations(path))]
        return tuple(
            (file.name, stat.st_mtime_ns, stat.st_size, stat.st_ino)
            for file in files
            if file.exists()
            for stat in [file.stat()]
        )


def examine(path: Path) -> str:
    """Looks at the store without changing it; says what is there, in words.

    Raises:
        StateError: it is damaged, or could not be written.
    """
    ledger = reading(path)
    place = path if path.exists() else path.parent
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK):
        raise _state_error(path, OSError(0, "its directory cannot be written"))
    if not os.access(place, os.W_OK):
        raise _state_error(path, OSError(0, "it cannot be written"))
    seen = sum(map(len, (b for k in ledger.records.keywords.values() for b in k.batches.values())))
    return f"{path}, {seen} papers seen" if path.exists() else f"{path}, to be made"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    lock = Lock(path.with_name(f"{path.name}.lock"))
    try:
        lock.__enter__()
    except BlockingIOError as error:
        holder = f"process {lock.holder()}" if lock.holder() else "another process"
        raise StateInUseError(
            f"{holder} is writing the state {path} just now; wait for it to end, or stop it"
        ) from error
    except OSError as error:
        raise _state_error(path, error) from error
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


def _read(path: Path) -> _Copy:
    snapshot, size = _read_snapshot(path)
    ledger = Ledger(snapshot.records)
    generation = snapshot.generation
    if generation not in (there := _generations(path)):
        raise StateError(
            f"the state's journal {_journal(path, generation)} is missing: put it back from your "
            f"backup together with {path}, so that nothing is mailed twice"
        )
    good = _replay(_journal(path, generation), ledger)
    while generation + 1 in there:
        generation += 1
        good = _replay(_journal(path, generation), ledger)
    return _Copy(ledger, snapshot.generation, generation, size, good, snapshot.schema)


def _read_snapshot(path: Path) -> tuple[Snapshot, int]:
    data = path.read_bytes()
    try:
        return decode_snapshot(data), len(data)
    except StateError as error:
        raise StateError(f"the state {path} cannot be used: {error}") from error
    except ValueError as error:
        raise StateError(
            f"the state {path} is damaged ({error}) and was left as it is; {_last_good(path)}"
        ) from error


def _replay(journal: Path, ledger: Ledger) -> int:
    """Applies a journal's events; returns how many of its bytes are good.

    A broken line with nothing good after it was being written when the power went.
    """
    good = 0
    broken = ""
    with journal.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            events = decode_event(line)
            if events is not None and broken:
                raise StateError(
                    f"the state's journal {journal} is damaged in {broken} and was left as it is; "
                    "the lines before that one are the last good copy: put the file back from your "
                    "backup, or keep only those lines of it"
                )
            if events is None:
                broken = broken or f"line {number}"
                continue
            try:
                for event in events:
                    ledger.apply(event)
            except (KeyError, IndexError, ValueError) as error:
                raise StateError(
                    f"the state's journal {journal} does not fit its snapshot (line {number} speaks"
                    f" of {error}, which is not known); put both back from your backup"
                ) from error
            good += len(line)
    return good


def _last_good(path: Path) -> str:
    """Where the last good copy of a damaged snapshot is, after having looked at it."""
    previous = _previous(path)
    try:
        _read_snapshot(previous)
    except (OSError, StateError):
        return "there is no good copy beside it: put one back from your backup"
    return (
        f"the last good copy is {previous}: copy it over {path}, and with the journals beside it "
        "nothing is lost"
    )


def _refuse_orphans(path: Path) -> None:
    """StateError where the snapshot is gone, and not just not yet made."""
    journals = [_journal(path, generation) for generation in _generations(path)]
    if _previous(path).exists() or any(journal.stat().st_size for journal in journals):
        raise StateError(
            f"the state {path} is missing although its journal is there; {_last_good(path)}"
        )


def _journal(path: Path, generation: int) -> Path:
    return path.with_name(f"{path.name}.journal-{generation}")


def _previous(path: Path) -> Path:
    return path.with_name(f"{path.name}.previous")


def _generations(path: Path) -> list[int]:
    """The generations that there is a journal of."""
    prefix = f"{path.name}.journal-"
    numbers = [
        found.name.removeprefix(prefix)
        for found in path.parent.iterdir()
        if found.name.startswith(prefix)
    ]
    return sorted(int(number) for number in numbers if number.isdecimal())


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """Turns what the system says about the store's files into a StateError."""
    try:
        yield
    except OSError as error:
        raise _state_error(path, error) from error


def _state_error(path: Path, error: OSError) -> StateError:
    if not path.parent.is_dir():
        return StateError(
            f"the state's directory {path.parent} is not there: make it, or name another state "
            "with --state"
        )
    return StateError(
        f"the state {path} cannot be read or written ({error.strerror or error}): nothing that was "
        "recorded is lost; mend this and run the command again"
    )
