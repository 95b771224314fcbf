"""Files that survive: replaced whole, appended whole, locked by one."""

import errno
import fcntl
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digest.durable import Appender, Lock, followed, replace, sync_directory

_HOLD = """
import sys
from pathlib import Path
from digest.durable import Lock
with Lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_replace_keeps_the_one_before(tmp_path: Path) -> None:
    """The new content is there whole, the old one under the name to keep it by."""
    file, previous = tmp_path / "a", tmp_path / "a.previous"
    for content in (b"one", b"two", b"three"):
        replace(file, [content], keep=previous)
    assert (file.read_bytes(), previous.read_bytes()) == (b"three", b"two")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a", "a.previous"]


def test_private(tmp_path: Path) -> None:
    """A file with addresses is for its owner's eyes alone."""
    replace(tmp_path / "a", [b"x"])
    Appender(tmp_path / "b", 0).close()
    with Lock(tmp_path / "c"):
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    assert modes == {"a": 0o600, "b": 0o600, "c": 0o600}


def test_append(tmp_path: Path) -> None:
    """An appended line stands after the good ones before; the broken rest is cut off."""
    file = tmp_path / "journal"
    file.write_bytes(b"good\nbro")
    appender = Appender(file, 5)
    appender.append(b"more\n")
    appender.append(b"and more\n")
    appender.close()
    assert file.read_bytes() == b"good\nmore\nand more\n"
    assert appender.size == 19


def test_room_ahead(tmp_path: Path) -> None:
    """Appended bytes have zeros after them, at most as many as were appended; none at last."""
    file = tmp_path / "journal"
    appender = Appender(file, 0)
    content = b""
    for number in range(1, 60):
        line = b"x" * number + b"\n"
        appender.append(line)
        content += line
        found = file.read_bytes()
        assert found.rstrip(b"\0") == content
        assert len(found) <= 2 * len(content)
    assert len(found) > len(content)
    appender.close()
    assert file.read_bytes() == content


def test_a_write_that_does_not_fit(tmp_path: Path) -> None:
    """Where the disk is full, what was half written is taken back, and the next one fits."""
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from digest.durable import Appender\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "appender = Appender(Path(sys.argv[1]), 0)\n"
        "appender.append(b'first\\n')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try:\n"
        "    appender.append(b'x' * 200)\n"
        "except OSError as error:\n"
        "    print(error.errno)\n"
        "appender.append(b'last\\n')\n"
        "print(Path(sys.argv[1]).read_bytes().rstrip(bytes(1)))\n"
        "appender.close()\n"
    )
    file = tmp_path / "journal"
    done = subprocess.run(
        [sys.executable, "-c", script, file], capture_output=True, text=True, check=True
    )
    number, content = done.stdout.splitlines()
    assert int(number) > 0
    assert content == repr(b"first\nlast\n")
    assert file.read_bytes() == b"first\nlast\n"
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 100


def test_a_lock_between_processes(tmp_path: Path) -> None:
    """The second process is turned away and can tell who the first is; when that ends it may."""
    file = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, file],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        lock = Lock(file)
        with pytest.raises(BlockingIOError), lock:
            pass
        assert lock.holder() == str(other.pid)
        other.kill()
    with Lock(file):
        assert Lock(file).holder() == str(os.getpid())


def test_what_cannot_be_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where half a write stays in the file, nothing is added behind it until it is gone."""
    file = tmp_path / "file"
    appender = Appender(file, 0)
    appender.append(b"one\n")
    write, truncate = os.pwrite, os.ftruncate

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "no space left")

    def half(descriptor: int, data: bytes, at: int) -> int:
        write(descriptor, data[:2], at)
        return full()

    monkeypatch.setattr(os, "pwrite", half)
    monkeypatch.setattr(os, "ftruncate", full)
    with pytest.raises(OSError, match="no space"):
        appender.append(b"two\n")
    monkeypatch.setattr(os, "pwrite", write)
    with pytest.raises(OSError, match="no space"):
        appender.append(b"three\n")
    monkeypatch.setattr(os, "ftruncate", truncate)
    appender.append(b"four\n")
    appender.close()
    assert file.read_bytes() == b"one\nfour\n"


def test_told_to_stop_amid_a_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that was broken off by no error of the disk's leaves nothing behind the next one."""
    file = tmp_path / "file"
    appender = Appender(file, 0)
    appender.append(b"one\n")

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", stop)
        with pytest.raises(KeyboardInterrupt):
            appender.append(b"a line that is longer\n")
    appender.append(b"two\n")
    assert file.read_bytes().rstrip(b"\0") == b"one\ntwo\n"
    appender.close()
    assert file.read_bytes() == b"one\ntwo\n"


def failing(number: int) -> Callable[..., Any]:
    """A call of the system's that fails so."""

    def call(*_: object) -> Any:
        raise OSError(number, os.strerror(number))

    return call


def test_links_are_followed(tmp_path: Path) -> None:
    """A link stays a link: what it leads to is replaced, and kept where it is to be."""
    away = tmp_path / "away"
    away.mkdir()
    file, link, first = away / "file", tmp_path / "link", tmp_path / "first"
    link.symlink_to("away/file")
    first.symlink_to(link)
    for content in (b"one", b"two"):
        replace(first, [content], keep=away / "kept")
    assert (file.read_bytes(), (away / "kept").read_bytes()) == (b"two", b"one")
    assert (first.is_symlink(), link.is_symlink()) == (True, True)
    assert {entry.name for entry in tmp_path.iterdir()} == {"away", "link", "first"}
    assert followed(first) == file
    assert followed(file) == file


def test_links_in_a_circle(tmp_path: Path) -> None:
    """Links that lead to one another lead nowhere, and are left as they are."""
    one, other = tmp_path / "one", tmp_path / "other"
    one.symlink_to(other)
    other.symlink_to(one)
    with pytest.raises(OSError, match="symbolic links") as caught:
        replace(one, [b"x"])
    assert caught.value.errno == errno.ELOOP
    assert one.is_symlink()


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS])
def test_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Where link(2) is refused the old content is copied, whole and private."""
    monkeypatch.setattr(os, "link", failing(number))
    file, previous = tmp_path / "a", tmp_path / "a.previous"
    big = [b"x" * 700_000, b"y" * 700_000, b"z"]
    for content in (big, [b"two"], [b"three"]):
        replace(file, content, keep=previous)
        assert file.read_bytes() == b"".join(content)
        assert previous.exists() == (content is not big)
        if content == [b"two"]:
            assert previous.read_bytes() == b"".join(big)
    assert previous.read_bytes() == b"two"
    assert previous.stat().st_mode & 0o777 == 0o600
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a", "a.previous"]


@pytest.mark.parametrize("call", ["open", "pwrite", "fsync", "replace", "unlink", "link"])
@pytest.mark.parametrize("error", [OSError(errno.EIO, "broken"), KeyboardInterrupt()])
def test_a_replacement_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, error: BaseException
) -> None:
    """Whichever step fails, the old content is there, nothing is left over, and the next one works.

    Where the file is synced and renamed already, the new content is there instead.
    """
    file, previous = tmp_path / "a", tmp_path / "a.previous"
    for content in (b"one", b"two"):
        replace(file, [content], keep=previous)
    (tmp_path / "a.previous.new").touch()  # left by a process that was killed
    real, opened = getattr(os, call), len(list(Path("/proc/self/fd").iterdir()))

    def fail(*_: Any, **__: Any) -> Any:
        monkeypatch.setattr(os, call, real)
        raise error

    monkeypatch.setattr(os, call, fail)
    if call == "link" and isinstance(error, OSError):
        replace(file, [b"three"], keep=previous)
    else:
        with pytest.raises(type(error)):
            replace(file, [b"three"], keep=previous)
        assert file.read_bytes() == b"two"
        assert previous.read_bytes() in (b"one", b"two")
    assert len(list(Path("/proc/self/fd").iterdir())) == opened
    assert not (tmp_path / "a.new").exists()
    replace(file, [b"four"], keep=previous)
    assert file.read_bytes() == b"four"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a", "a.previous"]


def test_a_directory_that_cannot_be_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a file system has no such thing that is known; a disk that fails is an error."""
    assert sync_directory(tmp_path)
    monkeypatch.setattr(os, "fsync", failing(errno.EINVAL))
    assert not sync_directory(tmp_path)
    monkeypatch.setattr(os, "fsync", failing(errno.EIO))
    with pytest.raises(OSError, match="error"):
        sync_directory(tmp_path)


def test_a_full_disk_names_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process id that cannot be written fails nothing: the lock holds, and is let go."""
    file = tmp_path / "lock"
    file.write_text("4711\n", "ascii")
    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", failing(errno.ENOSPC))
        with Lock(file):
            assert Lock(file).holder() == ""
            with pytest.raises(BlockingIOError), Lock(file):
                pass
    with Lock(file):
        assert Lock(file).holder() == str(os.getpid())


def test_the_id_needs_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is written over the one before, which a full disk has room for."""
    file = tmp_path / "lock"
    with Lock(file):
        size = file.stat().st_size
    monkeypatch.setattr(os, "ftruncate", failing(errno.ENOSPC))
    with Lock(file):
        assert file.stat().st_size == size
        assert Lock(file).holder() == str(os.getpid())
    file.write_bytes(b"no number\n")
    assert Lock(file).holder() == ""


@pytest.mark.parametrize("call", ["flock", "pwrite"])
def test_a_lock_that_is_broken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Whatever comes between, the lock is let go with its descriptor."""
    file, opened = tmp_path / "lock", len(list(Path("/proc/self/fd").iterdir()))

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fcntl if call == "flock" else os, call, stop)
        with pytest.raises(KeyboardInterrupt), Lock(file):
            pass
    assert len(list(Path("/proc/self/fd").iterdir())) == opened
    with Lock(file):
        pass


@pytest.mark.parametrize("call", ["ftruncate", "fdatasync", "fsync"])
def test_an_appender_that_does_not_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """A file that cannot be made ready is not left open."""
    file, opened = tmp_path / "file", len(list(Path("/proc/self/fd").iterdir()))
    file.write_bytes(b"good\nbro")
    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing(errno.EIO))
        with pytest.raises(OSError, match="error"):
            Appender(file, 5)
    assert len(list(Path("/proc/self/fd").iterdir())) == opened
    Appender(file, 5).close()
    assert file.read_bytes() == b"good\n"


def test_to_open_and_close_changes_nothing(tmp_path: Path) -> None:
    """A file that nothing was added to looks as it did, to the nanosecond."""
    file = tmp_path / "file"
    appender = Appender(file, 0)
    appender.append(b"one\n")
    appender.close()
    os.utime(file, ns=(1, 1))
    Appender(file, 4).close()
    assert file.stat().st_mtime_ns == 1
    assert file.read_bytes() == b"one\n"


def test_closed_twice(tmp_path: Path) -> None:
    """A closed file stays closed, and touches no file that has its number since."""
    appender = Appender(tmp_path / "file", 0)
    appender.close()
    other = os.open(tmp_path / "other", os.O_WRONLY | os.O_CREAT)
    appender.close()
    with pytest.raises(OSError, match="descriptor"):
        appender.append(b"one\n")
    os.write(other, b"x")
    os.close(other)
    assert (tmp_path / "file").read_bytes() == b""
