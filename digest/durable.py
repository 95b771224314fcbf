"""Files that survive a crash: the only place that writes, syncs and renames for the state store.

On POSIX a file's content is safe after fsync of the file, and its name after fsync of the
directory; a rename is atomic for every reader. What cannot be done raises OSError as it comes, and
leaves nothing open, locked or half made; `digest.store.json_file.store` says it in words.
"""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

PRIVATE = 0o600
"""The store holds readers' addresses: for the owner's eyes alone."""

_ROOM = 256 * 1024
"""Bytes of room at most that a file is given ahead."""
_PIECE = 1024 * 1024
"""Bytes that are copied at once."""
_NO_SUCH_SYNC = {errno.EBADF, errno.EINVAL, errno.ENOSYS, errno.ENOTSUP}
"""The errors of fsync(2) where a file system cannot sync a directory: SMB and some FUSE mounts."""
_ID = 10
"""Characters that a process id is given in a lock's file: Linux has none longer than seven."""


def followed(path: Path) -> Path:
    """The file that `path` names: where it is a symbolic link, the one that this leads to.

    OSError where links lead in a circle. A file need not be there.
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
    """Makes `pieces` the content of `path`: a reader finds the old one or the new one, whole.

    Args:
        path: the file; its directory must be there. A symbolic link is followed, not replaced.
        pieces: the new content.
        keep: a name that the old content is kept under, if there is any.
        mode: the permissions of a file that is made, less those that the process's umask takes.
    """
    path = followed(path)
    with _fresh(path, pieces, mode) as fresh:
        if keep is not None and path.exists():
            _keep(path, keep)
        fresh.replace(path)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> bool:
    """Makes sure that the names in a directory are on the disk.

    Returns:
        False where this file system cannot do it: there a name is safe when the system writes it.
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
    """Gives the content of `path` the name `other` as well, which nothing has.

    Where link(2) is refused (vfat, exFAT, many SMB and FUSE mounts) the content is copied, and is
    on the disk.

    Returns:
        Whether it is a link.
    """
    try:
        os.link(path, other)
    except OSError:
        with path.open("rb") as content:
            _write_new(other, iter(lambda: content.read(_PIECE), b""), PRIVATE)
        return False
    return True


def _keep(path: Path, keep: Path) -> None:
    """Has `keep` name the content of `path`, in place of what it names."""
    if keep.exists() and keep.samefile(path):
        return  # since a replacement that failed; rename(2) does nothing between two such names
    kept = keep.with_name(f"{keep.name}.new")
    kept.unlink(missing_ok=True)
    with _removed_on_failure(kept):
        link_or_copy(path, kept)
        kept.replace(keep)


@contextlib.contextmanager
def _fresh(path: Path, pieces: Iterable[bytes], mode: int) -> Iterator[Path]:
    """A file beside `path` with the new content, on the disk; removed where the `with` fails."""
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
        try:
            if os.fstat(self._descriptor).st_size != size:
                self._cut()  # and else not: it would look as if something had been written
            os.fdatasync(self._descriptor)
            sync_directory(path.parent)
        except BaseException:
            self._let_go()
            raise

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
        """Lets go of the file, which then ends with what was appended last; once is enough."""
        if self._torn or self._length != self.size:
            with contextlib.suppress(OSError):  # who opens it next cuts it off as well
                os.ftruncate(self._descriptor, self.size)
        self._let_go()

    def _let_go(self) -> None:
        """Closes the descriptor, whose number may be another file's then."""
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
        """Has the file end after what was appended."""
        self._length = self.size
        os.ftruncate(self._descriptor, self.size)
        self._torn = False


class Lock:
    """A lock between processes, held while the `with` lasts and gone with the process.

    The file holds the process id of its holder, where there was room to write it. BlockingIOError
    where another has the lock, OSError where the file system has no locks.
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
            self._let_go()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._let_go()

    def holder(self) -> str:
        """The process id that the file names, as text; empty where it names none."""
        try:
            named = self._path.read_text("ascii").strip()
        except (OSError, ValueError):
            return ""
        return named if named.isdecimal() else ""

    def _sign(self) -> None:
        """Writes the process id over the one before, so that also a full disk has room for it.

        It is for a message alone. Where it cannot be written nobody is named, and the lock holds.
        """
        line = f"{os.getpid():<{_ID}}\n".encode()
        try:
            _write(self._descriptor, line, 0)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, 0)

    def _let_go(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        _close(descriptor)


def _close(descriptor: int) -> None:
    """Closes a file of which everything that counts is on the disk, whatever the system says."""
    if descriptor != -1:
        with contextlib.suppress(OSError):
            os.close(descriptor)


def _write(descriptor: int, data: bytes, at: int) -> None:
    """Writes all of `data` from byte `at` on: pwrite(2) may take less than it is given."""
    done = 0
    while done < len(data):
        done += os.pwrite(descriptor, data[done:] if done else data, at + done)
