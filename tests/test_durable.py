"""Files that survive: replaced whole, appended whole, locked by one."""

import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from digest.durable import Appender, Lock, replace

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
    """What holds addresses is for its owner's eyes alone."""
    replace(tmp_path / "a", [b"x"])
    Appender(tmp_path / "b", 0).close()
    with Lock(tmp_path / "c"):
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    assert modes == {"a": 0o600, "b": 0o600, "c": 0o600}


def test_append(tmp_path: Path) -> None:
    """What was appended is there after what was good before; the broken rest is cut off."""
    file = tmp_path / "journal"
    file.write_bytes(b"good\nbro")
    appender = Appender(file, 5)
    appender.append(b"more\n")
    appender.append(b"and more\n")
    appender.close()
    assert file.read_bytes() == b"good\nmore\nand more\n"
    assert appender.size == 19


def test_room_ahead(tmp_path: Path) -> None:
    """What is appended has zeros after it, at most as many bytes as were appended; none at last."""
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
