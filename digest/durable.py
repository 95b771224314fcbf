"""Files that survive a crash: the only place that writes, syncs and renames for the state store.

On POSIX a file's content is safe after fsync of the file, and its name after fsync of the
directory; a rename is atomic for every reader. A failure raises the system's OSError unchanged, and
leaves no file open, locked or half written. `digest.store.json_file.store` makes a sentence of it.
"""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self

PRIVATE = 0o600
"""Permissions for the owner alone: the store holds readers' addresses."""

_ROOM = 256 * 1024
"""The most bytes of space that a file reserves ahead."""
_PIECE = 1024 * 1024
"""Bytes that are copied at a time."""
_NO_SUCH_SYNC = {errno.EBADF, errno.EINVAL, errno.ENOSYS, errno.ENOTSUP}
"""The errors of fsync(2) where a file system cannot sync a directory: SMB and some FUSE mounts."""
_ID = 10
"""Width of the process id in a lock's file, in characters. Linux needs at most seven."""


def followed(path: Path) -> Path:
    """The path to which a symbolic link leads, or `path` itself if it is none.

    The file need not exist. Links that lead in a circle raise OSError.
    """
    if not path.is_symlink():
        return path
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return target


def replace(
    path: Path, pieces: Iterable[bytes], *, keep: Path | None = None, mode: int = PRIVATE
) -> None:
    """Replaces the content of `path` in one step: a reader sees all of the old or all of the new.

    Args:
        path: the file. Its directory must exist. A symbolic link is followed, not replaced.
        pieces: the new content.
        keep: a second name for the old content; None to drop it.
        mode: the permissions of the new file, before the process's umask is applied.
    """
    path = followed(path)
    with _fresh(path, pieces, mode) as fresh:
        if keep is not None and path.exists():
            _keep(path, keep)
        fresh.replace(path)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> bool:
    """Writes the names in a directory to the disk.

    Returns:
        False if the file system cannot sync a directory. The system then writes the names later.
    """
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SUCH_SYNC:
            raise
        return False
    finally:
        os.close(descriptor)
    return True


def link_or_copy(path: Path, other: Path) -> bool:
    """Gives the content of `path` a second, unused name `other`.

    If the file system has no hard links (vfat, exFAT, many SMB and FUSE mounts), the content is
    copied and synced.

    Returns:
        True if `other` is a link, False if it is a copy.
    """
    try:
        os.link(path, other)
    except OSError:
        with path.open("rb") as content:
            _write_new(other, iter(lambda: content.read(_PIECE), b""), PRIVATE)
        return False
    return True


def _keep(path: Path, keep: Path) -> None:
    """Makes `keep` a name for the content of `path`, in place of its own content."""
    if keep.exists() and keep.samefile(path):
        return  # left by a failed replacement; rename(2) does nothing between two links to a file
    kept = keep.with_name(f"{keep.name}.new")
    kept.unlink(missing_ok=True)
    with _removed_on_failure(kept):
        link_or_copy(path, kept)
        kept.replace(keep)


@contextlib.contextmanager
def _fresh(path: Path, pieces: Iterable[bytes], mode: int) -> Iterator[Path]:
    """Writes and syncs the new content beside `path`; removes it if the `with` block fails."""
    fresh = path.with_name(f"{path.name}.new")
    with _removed_on_failure(fresh):
        _write_new(fresh, pieces, mode)
        yield fresh


def _write_new(path: Path, pieces: Iterable[bytes], mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        size = 0
        for piece in pieces:
            _write(descriptor, piece, size)
            size += len(piece)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _removed_on_failure(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
        raise


class Appender:
    """A file that only grows, by whole writes that are on the disk when `append` returns.

    While the file is open it may end in zeros, which are space for later writes. A write into this
    space does not change the file's length, so the file system has no metadata to write and a sync
    takes half the time or less. A line of JSON never holds a zero byte, so a line that the disk has
    only in part is never read as whole. The reserved space equals the bytes appended so far, up to
    a limit, so that its cost stays in proportion.
    """

    def __init__(self, path: Path, size: int) -> None:
        """Opens or creates `path`, and cuts it after `size` bytes."""
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, PRIVATE)
        self.size = size
        self._length = size
        self._appended = 0
        self._torn = False
        try:
            if os.fstat(self._descriptor).st_size != size:
                self._cut()  # only then: a needless cut would change the file's time
            os.fdatasync(self._descriptor)
            sync_directory(path.parent)
        except BaseException:
            self._release()
            raise

    def append(self, data: bytes) -> None:
        """Adds `data`. If the write fails (a full disk, say), the file is cut back.

        If the cut fails too, later calls cut first or fail: a line after a torn one would be lost.
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
        """Closes the file, which then ends with the last appended byte."""
        if self._torn or self._length != self.size:
            with contextlib.suppress(OSError):  # the next one to open the file cuts it as well
                os.ftruncate(self._descriptor, self.size)
        self._release()

    def _release(self) -> None:
        """Closes the descriptor and forgets its number, which another file may get next."""
        descriptor, self._descriptor = self._descriptor, -1
        _close(descriptor)

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
        """Cuts the file after the last appended byte."""
        self._length = self.size
        os.ftruncate(self._descriptor, self.size)
        self._torn = False


class Lock:
    """A lock between processes, held while the `with` lasts and gone with the process.

    The file holds the process id of its holder, if the disk had room for it. Entering raises
    BlockingIOError if another process holds the lock, and OSError if the file system has no locks.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def __enter__(self) -> Self:
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, PRIVATE)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._sign()
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._release()

    def holder(self) -> str:
        """The process id in the file, as text; empty if there is none."""
        try:
            named = self._path.read_text("ascii").strip()
        except (OSError, ValueError):
            return ""
        return named if named.isdecimal() else ""

    def _sign(self) -> None:
        """Writes the process id over the one before: this needs no new room on a full disk.

        The id serves only for a message. The lock holds even if it cannot be written.
        """
        line = f"{os.getpid():<{_ID}}\n".encode()
        try:
            _write(self._descriptor, line, 0)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, 0)

    def _release(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        _close(descriptor)


def _close(descriptor: int) -> None:
    """Closes a file and ignores errors: its content is already synced."""
    if descriptor != -1:
        with contextlib.suppress(OSError):
            os.close(descriptor)


def _write(descriptor: int, data: bytes, at: int) -> None:
    """Writes all of `data` from byte `at` on; pwrite(2) may need several calls."""
    done = 0
    while done < len(data):
        done += os.pwrite(descriptor, data[done:] if done else data, at + done)
