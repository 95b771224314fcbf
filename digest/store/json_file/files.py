"""Reads the files of a store: snapshots and journals, by their generations.

This module only reads. `digest.store.json_file.store` writes the files, and says the purpose of
each.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from digest.errors import StateError
from digest.store.json_file.format import Snapshot, decode_event, decode_snapshot, is_cut_short
from digest.store.ledger import Ledger

_ROOM = b"\0"


@dataclass(frozen=True, slots=True)
class Copy:
    """A snapshot with the journals since then, as read.

    `began` is the generation of the snapshot, `generation` that of the last journal. The first
    `journal_bytes` of that journal are good. `schema` is the number of the format.
    """

    ledger: Ledger
    began: int
    generation: int
    snapshot_bytes: int
    journal_bytes: int
    schema: int


def read(path: Path) -> Copy:
    """Reads the store at `path`.

    Raises:
        StateError: a part of it is missing, damaged, or of a newer program.
        OSError: it cannot be read.
    """
    snapshot, size = _snapshot(path)
    ledger = Ledger(snapshot.records)
    generation = snapshot.generation
    if generation not in (there := generations_of(path)):
        raise StateError(
            f"the state's journal {journal_of(path, generation)} is missing: put it back from your "
            f"backup together with {path}, so that nothing is mailed twice"
        )
    good = _replay(journal_of(path, generation), ledger)
    while generation + 1 in there:
        generation += 1
        good = _replay(journal_of(path, generation), ledger)
    return Copy(ledger, snapshot.generation, generation, size, good, snapshot.schema)


def _snapshot(path: Path) -> tuple[Snapshot, int]:
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
    """Applies a journal's events; returns the number of its good bytes.

    A last line that was being written when the power failed does not count.
    """
    good = 0
    broken = ""
    with journal.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip(_ROOM):
                continue  # it has no line end, so it is the last line
            events = decode_event(line)
            if broken or (events is None and not is_cut_short(line)):
                raise StateError(
                    f"the state's journal {journal} is damaged in {broken or f'line {number}'} and "
                    "was left as it is; the lines before that one are the last good copy: put the "
                    "file back from your backup, or keep only those lines of it"
                )
            if events is None:
                broken = f"line {number}"
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


def after(journal: Path, good: int) -> bytes:
    """The bytes in a journal after the good ones, without the zeros reserved for later lines."""
    with journal.open("rb") as lines:
        lines.seek(good)
        return lines.read().rstrip(_ROOM)


def _last_good(path: Path) -> str:
    """Says where the last good copy of a damaged snapshot is, after checking that copy."""
    previous = previous_of(path)
    try:
        _snapshot(previous)
    except (OSError, StateError):
        return "there is no good copy beside it: put one back from your backup"
    return (
        f"the last good copy is {previous}: copy it over {path}, and with the journals beside it "
        "nothing is lost"
    )


def refuse_orphans(path: Path) -> None:
    """Raises StateError where the snapshot is missing although its journals or a copy exist."""
    journals = [journal_of(path, generation) for generation in generations_of(path)]
    if previous_of(path).exists() or any(journal.stat().st_size for journal in journals):
        raise StateError(
            f"the state {path} is missing although its journal is there; {_last_good(path)}"
        )


def journal_of(path: Path, generation: int) -> Path:
    """The path of the journal of one generation of the store at `path`."""
    return path.with_name(f"{path.name}.journal-{generation}")


def previous_of(path: Path) -> Path:
    """The path of the copy of the snapshot before the present one."""
    return path.with_name(f"{path.name}.previous")


def generations_of(path: Path) -> list[int]:
    """The generations that have a journal."""
    prefix = f"{path.name}.journal-"
    numbers = [
        found.name.removeprefix(prefix)
        for found in path.parent.iterdir()
        if found.name.startswith(prefix)
    ]
    return sorted(int(number) for number in numbers if number.isdecimal())


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Turns errors of the operating system about the store's files into a StateError."""
    try:
        yield
    except OSError as error:
        raise state_error(path, error) from error


def state_error(path: Path, error: OSError) -> StateError:
    """A StateError with the system's message about the store at `path`, and advice."""
    if not path.parent.is_dir():
        return StateError(
            f"the state's directory {path.parent} is not there: make it, or name another state "
            "with --state"
        )
    return StateError(
        f"the state {path} cannot be read or written ({error.strerror or error}): nothing that was "
        "recorded is lost; mend this and run the command again"
    )
