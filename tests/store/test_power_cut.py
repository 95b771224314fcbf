"""The power cut after every step of the state store: nothing that was recorded is lost by it."""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from random import Random

import pytest
from builders import START, paper
from lossy_disk import Disk, Image, Killed, Recorder, read_in, write_out

from digest import durable
from digest.errors import StateError
from digest.store.events import (
    AcceptedTogether,
    Composed,
    EditionKept,
    Event,
    Fetched,
    KeywordOpened,
    Subscribed,
)
from digest.store.json_file.format import Snapshot, encode_event, encode_snapshot
from digest.store.json_file.store import JsonFile
from digest.store.ledger import Ledger

FOLD_AT = 600
"""Bytes; so small that stores are folded early."""


def found(number: int) -> Fetched:
    """A fetch with one new paper: a line that does not fit into a sector of the disk."""
    return Fetched("K", at=START, complete=True, new=(paper(number, abstract="Word " * 90),))


def content(ledger: Ledger, *more: Event) -> bytes:
    """What a ledger holds after some more events, as bytes to compare."""
    for event in more:
        ledger.apply(event)
    return b"".join(encode_snapshot(Snapshot(0, ledger.records)))


TO = "a@b.example"


def kept(number: int) -> EditionKept:
    """The text of one message of a digest that has two."""
    shown = paper(number).versioned_id
    return EditionKept(
        f"e{number}", sender="d@example.org", head="", body="text " * 100, papers=(shown,)
    )


def composed(number: int) -> Composed:
    """That message, ready for the reader."""
    return Composed(
        address=TO,
        message_id=f"<{number}@x>",
        edition=f"e{number}",
        recipient=TO,
        head="",
        at=START,
        papers=1,
        covers={"K": 4},
        part=number,
        parts=2,
    )


def accepted(number: int) -> AcceptedTogether:
    """The server takes it."""
    return AcceptedTogether(START, messages=((TO, f"<{number}@x>", "ok"),))


Step = tuple[Event, ...]
"""What is recorded together whenever it is."""

STEPS: tuple[Step, ...] = (
    (KeywordOpened("K", query="q", since=START),),
    (Subscribed(TO, keywords=("K",)),),
    *((found(number),) for number in range(1, 5)),
    (kept(1), kept(2), composed(1), composed(2)),
    (accepted(1),),
    (accepted(2),),
    *((found(number),) for number in range(5, 10)),
)


def events(steps: Sequence[Step]) -> list[Event]:
    """The events of some steps, in order."""
    return list(chain(*steps))


LATER = found(999)
COUNTS = {content(Ledger(), *events(STEPS[:n])): n for n in range(len(STEPS) + 1)}
RUNS = ((2, 1), (1, 3, 1), (1,), (1, 2, 1), (1,))
"""How many of STEPS each `record` takes, for each time that the store is opened."""


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
                store.record(*events(STEPS[before:count]))
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


class Trial:
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
                store.record(more)
            assert content(JsonFile(path, FOLD_AT).reading()) == content(
                Ledger(), *events(STEPS[:count]), more
            )
        except (StateError, KeyError, AssertionError) as error:
            return repr(error)
        finally:
            shutil.rmtree(self._place)
        return count


@pytest.fixture
def trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trial:
    """Operations that are noted as syncing need not sync, which saves time."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(os, "fdatasync", lambda _: None)
    return Trial(tmp_path / "left")


def test_power_cut(tmp_path: Path, trial: Trial) -> None:
    """Wherever the power is cut, the store opens with all that was recorded, and goes on."""
    history = History(tmp_path / "home")
    generations = [p.name[-1] for p in sorted((tmp_path / "home").glob("*.journal-*"))]
    assert generations[0] > "1"
    assert list(trial.complaints(history.cuts())) == []


def test_power_cut_after_a_kill(tmp_path: Path, trial: Trial) -> None:
    """Nor is anything lost that a killed process has not synced and the next one builds on."""
    for kill in range(0, len(History(tmp_path / "home").recorder.log), 4):
        assert list(trial.complaints(History(tmp_path / str(kill), kill).cuts(kill))) == []


@pytest.mark.parametrize("deaf", ["fsync", "fdatasync", "sync_directory"])
def test_what_is_not_synced_is_missed(tmp_path: Path, trial: Trial, deaf: str) -> None:
    """Where something is not synced that should be, the check finds that events are lost."""
    complaints = trial.complaints(History(tmp_path / "home", deaf=deaf).cuts())
    assert any(complaint[0].isdecimal() for complaint in complaints)
