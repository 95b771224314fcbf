"""The life of a state store, with the power cut after each step, and a check of each end."""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from random import Random

import pytest
from builders import accepted, composed, fetched, kept, opened, paper, subscribed
from lossy_disk import Disk, Image, Killed, Recorder, read_in, write_out

from digest import durable
from digest.errors import StateError
from digest.store.events import Composed, EditionKept, Event
from digest.store.json_file.format import Snapshot, encode_event, encode_snapshot
from digest.store.json_file.store import JsonFile
from digest.store.ledger import Ledger
from digest.store.readings import Fetched

FOLD_AT = 600
"""Bytes; so small that stores are folded early."""


def found(number: int) -> Fetched:
    """A fetch with one new paper: a line that does not fit into a sector of the disk."""
    return fetched("K", paper(number, abstract="Word " * 90))


def content(ledger: Ledger, *more: Event) -> bytes:
    """Returns the records of a ledger after some more events, as bytes to compare."""
    for event in more:
        ledger.apply(event)
    return b"".join(encode_snapshot(Snapshot(0, ledger.records)))


TO = "a@b.example"


def message(number: int) -> tuple[EditionKept, Composed]:
    """One message of a digest that has two: its text, and that it is ready for the reader."""
    text = kept(f"e{number}", paper(number).versioned_id, body="text " * 100)
    return text, composed(TO, {"K": 4}, f"<{number}@x>", part=number, parts=2)


Step = tuple[Event, ...]
"""The events that are always recorded together."""

STEPS: tuple[Step, ...] = (
    (opened("K"),),
    (subscribed(TO, "K"),),
    *((found(number),) for number in range(1, 5)),
    (*message(1), *message(2)),
    (accepted(TO, "<1@x>"),),
    (accepted(TO, "<2@x>"),),
    *((found(number),) for number in range(5, 10)),
)


def events(steps: Sequence[Step]) -> list[Event]:
    """The events of some steps, in order."""
    return list(chain(*steps))


LATER = found(999)
COUNTS = {content(Ledger(), *events(STEPS[:n])): n for n in range(len(STEPS) + 1)}
RUNS = ((2, 1), (1, 3, 1), (1,), (1, 2, 1), (1,))
"""How many of STEPS each `append` takes, for each time that the store is opened."""


class History:
    """A store's life, and what must be there after each operation of it."""

    def __init__(self, home: Path, kill: int = -1, deaf: str = "") -> None:
        """Lives it: killed before operation `kill`, and without syncing what `deaf` names."""
        home.mkdir()
        self._marks = [(0, 0, 0)]
        self._path = home / "state.json"
        with pytest.MonkeyPatch.context() as patch:
            self.recorder = Recorder(home, patch, kill)
            if deaf:
                patch.setattr(durable if hasattr(durable, deaf) else os, deaf, lambda _: None)
            try:
                for number, batches in enumerate(RUNS):
                    if number == 2:
                        self._tear()
                    self._run(batches)
            except Killed:
                self.recorder.release()
                self._run((1,))
                self._run((1,))
        self._end = read_in(home)

    def _run(self, batches: Iterable[int]) -> None:
        with JsonFile(self._path, FOLD_AT).writing() as store:
            count = COUNTS[content(store.known)]
            for size in (0, *batches):  # what a run is shown it acts on: that must stay, too
                before, count = count, min(count + size, len(STEPS))
                self._marks.append((len(self.recorder.log), before, count))
                store.append(*events(STEPS[before:count]))
                self._marks.append((len(self.recorder.log), count, count))

    def _tear(self) -> None:
        journal = max(self._path.parent.glob("*.journal-*"))
        descriptor = os.open(journal, os.O_WRONLY)
        os.pwrite(descriptor, encode_event(LATER)[:400], journal.stat().st_size)
        os.fsync(descriptor)
        os.close(descriptor)

    def cuts(self, first: int = 0) -> Iterator[tuple[Image, int, int]]:
        """Yields what each power cut leaves, and how many events at least and at most."""
        disk, random = Disk(self.recorder.before), Random(20261124)
        for position, operation in enumerate(self.recorder.log, start=1):
            disk.run(operation)
            past = (mark for mark in self._marks if mark[0] <= position)
            _, low, high = map(max, zip(*past, strict=True))
            if position >= first:
                yield from ((image, low, high) for image in disk.crash_states(random))
        assert disk.whole() == self._end, "an operation was not noted"


class StoreTrial:
    """Opens stores that a power cut has left, each once."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._known: dict[tuple[tuple[str, bytes], ...], int | str] = {}

    def complaints(self, cuts: Iterable[tuple[Image, int, int]]) -> Iterator[str]:
        """Yields what is wrong after these power cuts, in words."""
        for image, low, high in cuts:
            key = tuple(image.items())
            if key not in self._known:
                self._known[key] = self._open(image)
            there = self._known[key]
            if isinstance(there, str) or not low <= there <= high:
                yield f"{there} of {low} to {high} events in {sorted(image)}"

    def _open(self, image: Image) -> int | str:
        write_out(image, self._place)
        path = self._place / "state.json"
        try:
            count = COUNTS[content(JsonFile(path, FOLD_AT).reading())]
            more = LATER if count else STEPS[0][0]
            with JsonFile(path, FOLD_AT).writing() as store:
                store.append(more)
            assert content(JsonFile(path, FOLD_AT).reading()) == content(
                Ledger(), *events(STEPS[:count]), more
            )
        except (StateError, KeyError, AssertionError) as error:
            return repr(error)
        finally:
            shutil.rmtree(self._place)
        return count
