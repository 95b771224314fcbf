"""A disk that loses what was not synced: for cutting the power after every operation.

`Recorder` notes what this process does to the files of one directory. `Disk` is told of it, one
operation after the other, and says what may be found after a power cut. It promises no more than
POSIX does: fsync of a file makes its content last and fsync of the directory its names, neither
implies the other, and what is pending survives or not in any combination, data by the sector. What
is atomic is one operation on names: a rename is there or is not.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

SECTOR = 512
_DIRECTORY = 0
_MIXES = 6
_CALLS = (
    *("open", "write", "pwrite", "ftruncate", "fsync", "fdatasync", "close"),
    *("link", "replace", "rename", "unlink"),
)

Image = Mapping[str, bytes]
"""What a directory holds, by name."""


class Killed(BaseException):  # noqa: N818 (no error: nothing in a program may handle it)
    """The process came to its end, as by SIGKILL."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names that stand for another file from now on, or for none: all at once."""

    changes: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class Write:
    """Data written into a file; what it leaves out before it reads as zeros."""

    file: int
    at: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Resize:
    """A file cut off, or made longer with zeros."""

    file: int
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    """A file, or the directory, was synced; of a file always as much as fdatasync promises."""

    file: int


Change = Write | Resize
Operation = Names | Change | Sync
_Fate = Callable[[Sequence[Change]], Sequence[Change]]


class Recorder:
    """Notes in `log` what is done to the files of a directory through the functions of `os`.

    What the directory holds at first, `before`, is taken to be safe. Ahead of the operation with
    the number `kill` (from 0 on) the process is killed, once.
    """

    def __init__(self, directory: Path, patch: pytest.MonkeyPatch, kill: int = -1) -> None:
        self.log: list[Operation] = []
        self.before = read_in(directory)
        self._directory = directory
        self._kill = kill
        self._files = _numbered(self.before)
        self._count = len(self._files)
        self._descriptors: dict[int, int] = {}
        for call in _CALLS:
            patch.setattr(os, call, partial(self._step, call, getattr(os, call)))

    def _step(self, call: str, real: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        operation = self._operation(call, *arguments)
        if operation is not None:
            if len(self.log) == self._kill:
                self._kill = -1
                raise Killed
            self.log.append(operation)
        if isinstance(operation, Names):
            self._files = _renamed(self._files, [operation])
            self._count = max([self._count, *self._files.values()])
        result = real(*arguments, **named)
        if call == "open":
            path = Path(os.fsdecode(arguments[0]))
            if path == self._directory:
                self._descriptors[result] = _DIRECTORY
            elif (name := self._name(path)) in self._files:
                self._descriptors[result] = self._files[name]
        elif call == "close":
            self._descriptors.pop(arguments[0], None)
        return result

    def _operation(self, call: str, first: Any, *rest: Any) -> Operation | None:
        name = self._name(first)
        number = self._files.get(name)
        file = self._descriptors.get(first) if isinstance(first, int) else None
        match call, *rest:
            case "open", int(flags), *_ if name and flags & os.O_CREAT:
                if number is None:
                    return Names(((name, self._count + 1),))
                return Resize(number, 0) if flags & os.O_TRUNC else None
            case "write", data if file is not None:
                return Write(file, os.lseek(first, 0, os.SEEK_CUR), bytes(data))
            case "pwrite", data, int(at) if file is not None:
                return Write(file, at, bytes(data))
            case "ftruncate", int(size) if file is not None:
                return Resize(file, size)
            case (("fsync" | "fdatasync"), *_) if file is not None:
                return Sync(file)
            case "unlink", *_ if number is not None:
                return Names(((name, None),))
            case "link", target if number is not None:
                return Names(((self._name(target), number),))
            case (("replace" | "rename"), target) if number is not None:
                same = self._files.get(self._name(target)) == number
                return None if same else Names(((name, None), (self._name(target), number)))
        return None

    def _name(self, path: Any) -> str:
        """The name of a file below the directory; empty for anything else."""
        inside = isinstance(path, str | Path) and Path(path).parent == self._directory
        return Path(path).name if inside else ""


class Disk:
    """Which content and which names are safe, and what is pending since they were synced."""

    def __init__(self, before: Image) -> None:
        self._names = _numbered(before)
        self._contents = {number: before[name] for name, number in self._names.items()}
        self._renames: list[Names] = []
        self._changes: dict[int, list[Change]] = {}

    def run(self, operation: Operation) -> None:
        """Takes note of an operation."""
        match operation:
            case Names():
                self._renames.append(operation)
            case Sync(file) if file == _DIRECTORY:
                self._names, self._renames = _renamed(self._names, self._renames), []
            case Sync(file):
                self._contents[file] = self._content(file, list)
                self._changes.pop(file, None)
            case Write(file) | Resize(file):
                self._changes.setdefault(file, []).append(operation)

    def whole(self) -> Image:
        """What the directory holds as long as the power is there."""
        return self._image(self._renames, list)

    def crash_states(self, random: Random) -> Iterator[Image]:
        """What the directory may hold after a power cut: the extremes, and some of what is between.

        Of names nothing that is pending, all, each alone, and the first ones; of data nothing, all,
        the first half of what was written last, zeros, all but its first sector; then mixtures.
        """
        pending = self._renames
        firsts = [pending[:count] for count in range(len(pending) + 1)]
        for renames in (*firsts, *([rename] for rename in pending)):
            for fate in (_nothing, list, _half, _zeros, _headless):
                yield self._image(renames, fate)
        for _ in range(_MIXES):
            some = [rename for rename in pending if random.random() < 0.5]
            yield self._image(some, partial(_mixture, random))

    def _image(self, renames: Sequence[Names], fate: _Fate) -> Image:
        names = _renamed(self._names, renames)
        return {name: self._content(file, fate) for name, file in sorted(names.items())}

    def _content(self, file: int, fate: _Fate) -> bytes:
        content = self._contents.get(file, b"")
        for change in fate(self._changes.get(file, ())):
            if isinstance(change, Resize):
                content = content[: change.size].ljust(change.size, b"\0")
            else:
                end = change.at + len(change.data)
                content = content[: change.at].ljust(change.at, b"\0") + change.data + content[end:]
        return content


def read_in(directory: Path) -> Image:
    """What a directory holds."""
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir())}


def write_out(image: Image, directory: Path) -> Path:
    """Makes a fresh directory that holds `image`; returns it."""
    directory.mkdir()
    for name, content in image.items():
        (directory / name).write_bytes(content)
    return directory


def _numbered(image: Image) -> dict[str, int]:
    return {name: number for number, name in enumerate(image, start=1)}


def _renamed(names: Mapping[str, int], renames: Sequence[Names]) -> dict[str, int]:
    changed: dict[str, int | None] = dict(names)
    for rename in renames:
        changed.update(rename.changes)
    return {name: file for name, file in changed.items() if file is not None}


def _nothing(_: Sequence[Change]) -> Sequence[Change]:
    return ()


def _half(changes: Sequence[Change]) -> Sequence[Change]:
    *before, last = changes or [None]
    if isinstance(last, Write):
        before.append(Write(last.file, last.at, last.data[: len(last.data) // 2]))
    return [change for change in before if change]


def _zeros(changes: Sequence[Change]) -> Sequence[Change]:
    return [Write(c.file, c.at, bytes(len(c.data))) if isinstance(c, Write) else c for c in changes]


def _sectors(change: Change) -> Sequence[Change]:
    if isinstance(change, Resize):
        return [change]
    end = change.at + len(change.data)
    edges = [change.at, *range((change.at // SECTOR + 1) * SECTOR, end, SECTOR), end]
    return [
        Write(change.file, start, change.data[start - change.at : stop - change.at])
        for start, stop in zip(edges, edges[1:], strict=False)
    ]


def _headless(changes: Sequence[Change]) -> Sequence[Change]:
    *before, last = changes or [None]
    return [change for change in before if change] + list(_sectors(last)[1:] if last else ())


def _mixture(random: Random, changes: Sequence[Change]) -> Sequence[Change]:
    pieces = [piece for change in changes for piece in _sectors(change)]
    return [piece for piece in pieces if random.random() < 0.5]
