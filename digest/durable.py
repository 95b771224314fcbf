"""Files that survive a crash: the only place that writes, syncs and renames for the state store.

On POSIX a file's content is safe after fsync of the file, and its name after fsync of the
directory; a rename is atomic for every reader. What cannot be done raises OSError as it comes;
`digest.state` says it in words.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

PRIVATE = 0o600
"""The store holds readers' addresses: for the owner's eyes alone."""

_ROOM = 256 * 1024
"""Bytes of room at most that a file is given ahead."""


def replace(path: Path, pieces: Iterable[bytes], *, keep: Path | None = None) -> None:
    """Makes `pieces` the content of `path`: a reader finds the old one or the new one, whole.

    Args:
        path: the file; its directory must be there.
        pieces: the new content.
        keep: a name that the old content is kept under, if there is any.
    """
    fresh = path.with_name(f"{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
    try:
        size = 0
        for piece in pieces:
            _write(descriptor, piece, size)
            size += len(piece)
        os.fsync(descriptor)
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise
    finally:
        os.close(descriptor)
    if keep is not None and path.exists():
        kept = keep.with_name(f"{keep.name}.new")
        kept.unlink(missing_ok=True)
        os.link(path, kept)
        kept.replace(keep)
    fresh.replace(path)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Makes sure that the names in a directory are on the disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Appender:
    """A file that only grows, by whole writes that are on the disk when `append` returns.

    While it is open it may end in zeros: room for what comes next. Where a write stays within what
    the file has already, the file system has nothing of its own to write down, and a sync takes
    half the time or less. Zeros, because no line of JSON holds one: a line of which the disk has
    only parts is never taken for whole. There is as much room made as was appended so far, so that
    the cost stays in proportion.
    """

    def __init__(self, path: Path, size: int) -> None:
        """Opens `path`, made if need be, and cuts off what stands after `size` bytes."""
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, PRIVATE)
        self.size = size
        self._length = size
        self._appended = 0
        self._torn = False
        self._cut()
        os.fdatasync(self._descriptor)
        sync_directory(path.parent)

    def append(self, data: bytes) -> None:
        """Adds `data`; where that fails (a full disk), what was half written is taken back.

        Where not even that can be done nothing more is added: what came after it would be lost.
        """
        if self._torn:
            self._cut()
        fits = self.size + len(data) <= self._length
        room = 0 if fits else min(self._appended, _ROOM)
        try:
            self._put(data, room)
        except OSError:
            if not room or self._torn:
                raise
            self._put(data, 0)
        self._appended += len(data)

    def close(self) -> None:
        """Lets go of the file, which then ends with what was appended last."""
        with contextlib.suppress(OSError):  # who opens it next cuts it off as well
            os.ftruncate(self._descriptor, self.size)
        os.close(self._descriptor)

    def _put(self, data: bytes, room: int) -> None:
        try:
            _write(self._descriptor, data + bytes(room), self.size)
            os.fdatasync(self._descriptor)
        except BaseException:
            self._torn = True
            with contextlib.suppress(OSError):
                self._cut()
            raise
        self.size += len(data)
        self._length = max(self._length, self.size + room)

    def _cut(self) -> None:
        """Has the file end after what was appended."""
        self._length = self.size
        os.ftruncate(self._descriptor, self.size)
        self._torn = False


class Lock:
    """A lock between processes, held while the `with` lasts and gone with the process.

    The file holds the process id of who has it. BlockingIOError where somebody else does.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def __enter__(self) -> Self:
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, PRIVATE)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            raise
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._descriptor)

    def holder(self) -> str:
        """The process id that the file names, as text; empty where it names none."""
        try:
            return self._path.read_text("ascii").strip()
        except (OSError, ValueError):
            return ""


def _write(descriptor: int, data: bytes, at: int) -> None:
    """Writes all of `data` from byte `at` on: pwrite(2) may take less than it is given."""
    done = 0
    while done < len(data):
        done += os.pwrite(descriptor, data[done:] if done else data, at + done)
