"""The power goes at any moment: what was recorded is there, whatever was not synced is not."""

import os
import random
from pathlib import Path
from unittest.mock import patch

import pytest
from lab import START, paper
from lossy_disk import NOTED, Disk, Remains

from digest import state
from digest.errors import StateError
from digest.events import Fetched, KeywordOpened
from digest.state import reading, writing

EVENTS = 7
_REAL = {name: getattr(os, name) for name in NOTED}


def seen(path: Path) -> list[int]:
    """The numbers of the papers in a store, in the order in which they were recorded."""
    known = reading(path).keyword("K")
    return [
        int(identifier[5:10])
        for _, batch in sorted(known.batches.items() if known else ())
        for identifier in batch
    ]


def found(number: int) -> Fetched:
    """A fetch that brings one paper."""
    return Fetched("K", START, complete=True, new=(paper(number),))


class PowerCuts:
    """Lives through a few runs, and looks at each moment at what a power cut would leave.

    `tried` counts the states of the disk, `expected` the papers recorded by then, over all of them.
    """

    def __init__(self, home: Path, blind: frozenset[str] = frozenset()) -> None:
        self.tried = 0
        self.expected = 0
        self.wrong: list[str] = []
        self._home = home
        self._path = home / "live" / "state.json"
        self._disk = Disk(self._path.parent, blind)
        self._begun = self._recorded = 0
        self._chance = random.Random(20261124)
        self._known: set[tuple[object, ...]] = set()

    def live(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Three runs: a new store, one that is folded, and one after a line that was cut off."""
        self._path.parent.mkdir()
        with monkeypatch.context() as context, patch.object(state, "_FOLD_AT_LEAST", 1):
            self._disk.watch(context, self._look)
            for numbers in ((1, 2, 3), (4, 5), (6, EVENTS)):
                with writing(self._path) as store:
                    if not store.ledger.keyword("K"):
                        store.record(KeywordOpened("K", "q", START))
                    for number in numbers:
                        self._begun = number
                        store.record(found(number))
                        self._recorded = number
                if numbers == (4, 5):
                    self._tear()

    def _tear(self) -> None:
        newest = max(self._path.parent.glob("state.json.journal-*"))
        descriptor = os.open(newest, os.O_WRONLY)
        os.lseek(descriptor, 0, os.SEEK_END)
        os.write(descriptor, b'{"event":"Fetched","data":{"keyw')
        os.fsync(descriptor)
        os.close(descriptor)

    def _look(self) -> None:
        with pytest.MonkeyPatch.context() as untouched:
            for name, call in _REAL.items():
                untouched.setattr(os, name, call)
            for remains in self._disk.remains(self._chance):
                key = (self._recorded, self._begun, *sorted(remains.items()))
                if key not in self._known:
                    self._known.add(key)
                    self._try(remains)

    def _try(self, remains: Remains) -> None:
        self.tried += 1
        self.expected += self._recorded
        place = self._home / str(self.tried)
        place.mkdir()
        for name, content in remains.items():
            (place / name).write_bytes(content)
        try:
            there = seen(place / "state.json")
            with writing(place / "state.json") as store:
                if not store.ledger.keyword("K"):
                    store.record(KeywordOpened("K", "q", START))
                store.record(found(99))
            after = seen(place / "state.json")
        except (StateError, OSError) as error:
            self.wrong.append(f"{sorted(remains)}: {error}")
            return
        at_least, at_most = range(1, self._recorded + 1), range(1, self._begun + 1)
        if there not in (list(at_least), list(at_most)) or after != [*there, 99]:
            self.wrong.append(f"{there} and {after}, of {self._recorded}: {sorted(remains)}")


def test_what_was_recorded_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At every moment, and in every state of the disk, the store opens and has what it had."""
    cuts = PowerCuts(tmp_path)
    cuts.live(monkeypatch)
    assert cuts.wrong == []
    assert cuts.tried > 60


@pytest.mark.parametrize("blind", ["fsync", "fdatasync", "directory"])
def test_without_syncing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blind: str) -> None:
    """On a disk that does not do as it is told the same runs lose something: the test can fail."""
    cuts = PowerCuts(tmp_path, frozenset({blind}))
    cuts.live(monkeypatch)
    assert cuts.wrong
