"""A disk that loses what was not synced: what may be left of a directory after a power cut.

POSIX promises that a file's content is safe after fsync of the file, and its names after fsync of
the directory. Nothing else: what is not synced may be there, or not, or in part, in any order. A
`Disk` notes what a program does to the files of one directory, and gives the states that a power
cut can leave.
"""

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

Change = list[tuple[str, "File | None"]]
"""Names that are set or removed together."""
Remains = dict[str, bytes]
"""The files that are there, by name."""

NOTED = ("open", "write", "lseek", "ftruncate", "fsync", "fdatasync", "link", "replace", "unlink")
"""The calls of `os` that a disk notes."""


@dataclass(eq=False, slots=True)
class File:
    """One inode: what is safe of it, and the writes since, each an offset with data or a size."""

    safe: bytes = b""
    since: list[tuple[int, bytes | None]] = field(default_factory=list)

    def content(self, writes: list[tuple[int, bytes | None]]) -> bytes:
        """What is safe, with some of the writes since."""
        content = bytearray(self.safe)
        for place, data in writes:
            if data is None:
                content[place:] = b"\0" * (place - len(content))
            else:
                content[len(content) :] = b"\0" * max(0, place - len(content))
                content[place : place + len(data)] = data
        return bytes(content)

    def remains(self, how: str) -> bytes:
        """What a power cut leaves: `none`, `all`, `half` or `zeros` of the last write."""
        if how == "none" or not self.since:
            return self.safe
        *before, (place, data) = self.since
        if how == "all" or data is None:
            return self.content(self.since)
        cut = data[: len(data) // 2] if how == "half" else b"\0" * len(data)
        return self.content([*before, (place, cut)])

    def sync(self) -> None:
        """All of it is safe."""
        self.safe, self.since = self.content(self.since), []


class Disk:
    """The files of one directory, as far as they went through `os`.

    `blind` names calls that the disk ignores, as one that lies about syncing does.
    """

    def __init__(self, directory: Path, blind: frozenset[str] = frozenset()) -> None:
        self.moments = 0
        self._directory = str(directory)
        self._blind = blind
        self._safe: dict[str, File] = {}
        self._names: dict[str, File] = {}
        self._since: list[Change] = []
        self._open: dict[int, tuple[File, list[int]]] = {}
        self._directories: set[int] = set()
        self._at_each: Callable[[], None] = lambda: None

    def watch(self, patch: pytest.MonkeyPatch, at_each: Callable[[], None]) -> None:
        """Notes every call from now on; `at_each` is called at each moment between two of them."""
        self._at_each = at_each
        notes: list[Callable[..., None]] = [self._opened, self._written, self._sought, self._cut]
        notes += [self._synced, self._synced, self._linked, self._renamed, self._removed]
        for name, note in zip(NOTED, notes, strict=True):
            patch.setattr(os, name, self._noting(getattr(os, name), note, name))

    def _noting(self, call: Callable[..., Any], note: Callable[..., None], name: str) -> Any:
        def noted(*arguments: Any, **options: Any) -> Any:
            result = call(*arguments, **options)
            if name not in self._blind:
                note(result, *arguments)
                self.moments += 1
                self._at_each()
            return result

        return noted

    def _name(self, path: Any) -> str:
        place, _, name = str(path).rpartition("/")
        return name if place == self._directory and not name.endswith(".lock") else ""

    def _opened(self, descriptor: int, path: Any, flags: int, *_: Any) -> None:
        self._open.pop(descriptor, None)
        self._directories.discard(descriptor)
        if str(path) == self._directory and "directory" not in self._blind:
            self._directories.add(descriptor)
        if not (name := self._name(path)):
            return
        if name not in self._names:
            self._change([(name, File())])
        if flags & os.O_TRUNC:
            self._names[name].since.append((0, None))
        self._open[descriptor] = (self._names[name], [0])

    def _written(self, count: int, descriptor: int, data: bytes) -> None:
        if descriptor in self._open:
            file, place = self._open[descriptor]
            file.since.append((place[0], bytes(data)[:count]))
            place[0] += count

    def _sought(self, place: int, descriptor: int, *_: Any) -> None:
        if descriptor in self._open:
            self._open[descriptor][1][0] = place

    def _cut(self, _: None, descriptor: int, size: int) -> None:
        if descriptor in self._open:
            self._open[descriptor][0].since.append((size, None))

    def _synced(self, _: None, descriptor: int) -> None:
        if descriptor in self._open:
            self._open[descriptor][0].sync()
        elif descriptor in self._directories:
            self._safe, self._since = dict(self._names), []

    def _linked(self, _: None, source: Any, target: Any) -> None:
        self._change([(self._name(target), self._names[self._name(source)])])

    def _renamed(self, _: None, source: Any, target: Any) -> None:
        moved = self._names[self._name(source)]
        self._change([(self._name(source), None), (self._name(target), moved)])

    def _removed(self, _: None, path: Any) -> None:
        if name := self._name(path):
            self._change([(name, None)])

    def _change(self, change: Change) -> None:
        self._since.append(change)
        _apply(self._names, change)

    def remains(self, chance: random.Random) -> Iterator[Remains]:
        """Yields what a power cut at this moment can leave, at its worst, and some by chance."""
        count = len(self._since)
        chosen = {frozenset[int](), frozenset(range(count))}
        chosen |= {frozenset({n}) for n in range(count)}
        chosen |= {frozenset(range(n)) for n in range(count)}
        for changes in sorted(chosen, key=sorted):
            for how in ("none", "all", "half", "zeros"):
                yield {n: f.remains(how) for n, f in self._left(changes).items()}
        for _ in range(3):
            some = frozenset(n for n in range(count) if chance.random() < 0.5)
            files = self._left(some)
            hows = ("none", "all", "half", "zeros")
            fates = {id(f): chance.choice(hows) for f in files.values()}
            yield {n: f.remains(fates[id(f)]) for n, f in files.items()}

    def _left(self, changes: frozenset[int]) -> dict[str, File]:
        names = dict(self._safe)
        for number in sorted(changes):
            _apply(names, self._since[number])
        return names


def _apply(names: dict[str, File], change: Change) -> None:
    for name, file in change:
        if file is None:
            names.pop(name, None)
        else:
            names[name] = file
