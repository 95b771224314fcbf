"""A disk that loses what was not synced: for cutting the power after every operation.

`Recorder` notes what this process does to the files of one directory. `Disk` is told of it, one
operation after the other, and says what may be found after a power cut. It promises no more than
POSIX does: fsync of a file makes its content last and fsync of the directory its names, neither
implies the other, and what is pending survives in any combination, data by the sector.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

SECTOR = 512
_DIRECTORY = 0
_CALLS = ("write", "pwrite", "ftruncate", "fsync", "fdatasync", "close")
_CALLS_ON_NAMES = ("open", "link", "replace", "rename", "unlink")
_FATES = ("none", "all", "half", "zeros", "headless")

Image = Mapping[str, bytes]
"""The files of a directory, by name."""
Names = tuple[tuple[str, int | None], ...]
"""Names that stand for another file from now on, or for none: all at once."""


class Killed(BaseException):
    """The process came to its end, as by SIGKILL."""


@dataclass(frozen=True, slots=True)
class Change:
    """Data written into a file; without data, its size set. What is skipped reads as zeros."""

    file: int
    at: int
    data: bytes | None = None


class Recorder:
    """Notes in `log` what is done to the files of a directory through the functions of `os`.

    A number in it is that of the file that was synced, 0 for the directory. What is there at first,
    `before`, counts as safe. Ahead of operation `kill` (from 0 on) the process is killed, once.
    """

    def __init__(self, directory: Path, patch: pytest.MonkeyPatch, kill: int = -1) -> None:
        self.log: list[Names | Change | int] = []
        self.before = read_in(directory)
        self._directory, self._kill = directory, kill
        self._files = _numbered(self.before)
        self._count = len(self._files)
        self._descriptors: dict[int, int] = {}
        for call in _CALLS + _CALLS_ON_NAMES:
            patch.setattr(os, call, partial(self._step, call, getattr(os, call)))

    def release(self) -> None:
        """Closes what a killed process has left open."""
        for descriptor in list(self._descriptors):
            os.close(descriptor)

    def _step(self, call: str, real: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        operation = (self._on_names if call in _CALLS_ON_NAMES else self._on_data)(call, *arguments)
        if operation is not None:
            if len(self.log) == self._kill:
                self._kill = -1
                raise Killed
            self.log.append(operation)
        if isinstance(operation, tuple):
            self._files = _renamed(self._files, [operation])
            self._count = max([self._count, *self._files.values()])
        result = real(*arguments, **named)
        if call == "close":
            self._descriptors.pop(arguments[0], None)
        elif call == "open" and (name := self._name(arguments[0])) in self._files:
            self._descriptors[result] = self._files[name]
        elif call == "open" and arguments[0] in (self._directory, str(self._directory)):
            self._descriptors[result] = _DIRECTORY
        return result

    def _on_data(self, call: str, descriptor: int, *rest: Any) -> Change | int | None:
        if (file := self._descriptors.get(descriptor)) is None or call == "close":
            return None
        if call in ("ftruncate", "fsync", "fdatasync"):
            return Change(file, rest[0]) if call == "ftruncate" else file
        at = rest[1] if call == "pwrite" else os.lseek(descriptor, 0, os.SEEK_CUR)
        return Change(file, at, bytes(rest[0]))

    def _on_names(self, call: str, path: Any, *rest: Any) -> Names | Change | None:
        name = self._name(path)
        file = self._files.get(name)
        if call == "open" and file is None:
            return ((name, self._count + 1),) if name and rest[0] & os.O_CREAT else None
        if file is None or call == "open":
            return Change(file, 0) if file is not None and rest[0] & os.O_TRUNC else None
        target = self._name(rest[0]) if call != "unlink" else ""
        if target and self._files.get(target) == file:
            return None  # POSIX: between two names of the same file, rename does nothing
        kept = ((target, file),) if target else ()
        return kept if call == "link" else ((name, None), *kept)

    def _name(self, path: Any) -> str:
        """The name of a file in the directory; empty for anything else."""
        inside = isinstance(path, str | Path) and Path(path).parent == self._directory
        return Path(path).name if inside else ""


class Disk:
    """Which content and which names are safe, and what is pending since they were synced."""

    def __init__(self, before: Image) -> None:
        self._names = _numbered(before)
        self._contents = {number: before[name] for name, number in self._names.items()}
        self._renames: list[Names] = []
        self._changes: dict[int, list[Change]] = {}

    def run(self, operation: Names | Change | int) -> None:
        """Takes note of an operation."""
        if isinstance(operation, tuple):
            self._renames.append(operation)
        elif isinstance(operation, Change):
            self._changes.setdefault(operation.file, []).append(operation)
        elif operation == _DIRECTORY:
            self._names, self._renames = _renamed(self._names, self._renames), []
        else:
            self._contents[operation] = self._content(operation, "all")
            self._changes.pop(operation, None)

    def whole(self) -> Image:
        """Returns the directory's content as long as the power is there."""
        return self._image(self._renames, "all")

    def crash_states(self, random: Random) -> Iterator[Image]:
        """Yields what a power cut may leave: for every file the same fate, then some mixtures."""
        pending = self._renames
        firsts = [pending[:count] for count in range(len(pending) + 1)]
        for renames in (*firsts, *([rename] for rename in pending)):
            yield from (self._image(renames, fate) for fate in _FATES)
        for _ in range(6):
            yield self._image([rename for rename in pending if random.random() < 0.5], random)

    def _image(self, renames: Sequence[Names], fate: str | Random) -> Image:
        names = _renamed(self._names, renames)
        return {name: self._content(file, fate) for name, file in sorted(names.items())}

    def _content(self, file: int, fate: str | Random) -> bytes:
        content = self._contents.get(file, b"")
        for change in _surviving(self._changes.get(file, []), fate):
            content, rest = content[: change.at].ljust(change.at, b"\0"), content[change.at :]
            if change.data is not None:
                content += change.data + rest[len(change.data) :]
        return content


def read_in(directory: Path) -> Image:
    """Returns the content of a directory."""
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir())}


def write_out(image: Image, directory: Path) -> None:
    """Makes a fresh directory that holds `image`."""
    directory.mkdir()
    for name, content in image.items():
        (directory / name).write_bytes(content)


def _numbered(image: Image) -> dict[str, int]:
    return {name: number for number, name in enumerate(image, start=1)}


def _renamed(names: Mapping[str, int], renames: Sequence[Names]) -> dict[str, int]:
    changed = dict(names) | dict(change for rename in renames for change in rename)
    return {name: file for name, file in changed.items() if file is not None}


def _surviving(changes: list[Change], fate: str | Random) -> Sequence[Change]:
    if isinstance(fate, Random):
        pieces = [piece for change in changes for piece in _sectors(change)]
        return [piece for piece in pieces if fate.random() < 0.5]
    last = changes[-1] if changes else None
    if last is None or last.data is None or fate in {"none", "all"}:
        return () if fate == "none" else changes
    cut = last.data[: len(last.data) // 2] if fate == "half" else bytes(len(last.data))
    left = _sectors(last)[1:] if fate == "headless" else [Change(last.file, last.at, cut)]
    return [*changes[:-1], *left]


def _sectors(change: Change) -> Sequence[Change]:
    if change.data is None:
        return [change]
    start, end = change.at, change.at + len(change.data)
    edges = [start, *range((start // SECTOR + 1) * SECTOR, end, SECTOR), end]
    return [Change(change.file, a, change.data[a - start : b - start]) for a, b in pairwise(edges)]
