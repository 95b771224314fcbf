"""`digest check` tries a place for all that the store needs of it, and leaves it as it was."""

import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from builders import START

from digest.errors import StateError
from digest.store.events import KeywordOpened
from digest.store.json_file.store import JsonFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with something in it."""
    home = tmp_path / "home"
    home.mkdir()
    with JsonFile(home / "state.json").writing() as store:
        store.append(KeywordOpened("K", query="q", since=START))
    return home / "state.json"


def found(home: Path) -> dict[str, tuple[bytes, int]]:
    """Names, contents and times of a directory's files."""
    return {f.name: (f.read_bytes(), f.stat().st_mtime_ns) for f in home.iterdir()}


def refusing(number: int) -> Callable[..., Any]:
    """A call of the system's that is refused so."""

    def call(*_: object) -> Any:
        raise OSError(number, os.strerror(number))

    return call


def test_a_place_that_has_everything(path: Path) -> None:
    """It is said what is there, and every file is as it was, to the nanosecond."""
    before = found(path.parent)
    assert JsonFile(path).examine() == f"{path}, 0 papers seen"
    assert found(path.parent) == before


def test_nothing_there_yet(tmp_path: Path) -> None:
    """A place is tried before there is a store, and stays empty."""
    assert JsonFile(tmp_path / "state.json").examine() == f"{tmp_path / 'state.json'}, to be made"
    assert list(tmp_path.iterdir()) == []


def test_beside_a_writer(path: Path) -> None:
    """Somebody else's lock is in nobody's way."""
    with JsonFile(path).writing():
        assert JsonFile(path).examine().endswith("0 papers seen")


def test_without_hard_links(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place without them will do, and that is said."""
    monkeypatch.setattr(os, "link", refusing(errno.EPERM))
    assert (
        JsonFile(path)
        .examine()
        .endswith("0 papers seen, no hard links here: the state is copied instead")
    )


def test_without_a_sync_of_names(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that cannot sync a directory will do, and it is said what that may cost."""
    sync = os.fsync
    directory = path.parent.stat().st_ino

    def fsync(descriptor: int) -> None:
        if os.fstat(descriptor).st_ino == directory:
            raise OSError(errno.EINVAL, "Invalid argument")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    assert "a power cut here can cost the newest lines" in JsonFile(path).examine()


@pytest.mark.parametrize(
    ("call", "number"),
    [
        ("open", errno.EROFS),
        ("pwrite", errno.ENOSPC),
        ("fsync", errno.EIO),
        ("fdatasync", errno.EIO),
        ("replace", errno.EACCES),
        ("flock", errno.ENOLCK),
    ],
)
def test_what_the_store_cannot_do_without(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    """One sentence with the system's words for each; no file is left."""
    before = found(path.parent)
    with monkeypatch.context() as patch:
        patch.setattr(fcntl if call == "flock" else os, call, refusing(number))
        with pytest.raises(StateError, match=f"cannot be read or written .{os.strerror(number)}"):
            JsonFile(path).examine()
    assert found(path.parent) == before


def test_locks_that_hold_nobody(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some mounts take a lock from everybody: two writers would meet there."""
    monkeypatch.setattr(fcntl, "flock", lambda *_: None)
    with pytest.raises(StateError, match="locks exclude nobody"):
        JsonFile(path).examine()


def test_writes_that_are_lost(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place that says yes and keeps nothing is found out."""
    monkeypatch.setattr(os, "pwrite", lambda _, data, __: len(data))
    with pytest.raises(StateError, match="the bytes read back are not those that were written"):
        JsonFile(path).examine()


def test_little_room(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is nearly full is told of before it is."""
    room = SimpleNamespace(f_bavail=100, f_frsize=4096)
    monkeypatch.setattr(os, "statvfs", lambda _: room)
    with pytest.raises(StateError, match="only 400 KB are free, and 1024 KB may be needed"):
        JsonFile(path).examine()


def test_a_file_of_somebody_else(path: Path) -> None:
    """A journal that another user made, as a command run by root does, is told of."""
    script = (
        "import os, sys\nfrom pathlib import Path\n"
        "from digest.store.json_file.store import JsonFile\n"
        "path = Path(sys.argv[1])\n"
        "if not os.geteuid():\n"
        "    for file in [path.parent, *path.parent.iterdir()]:\n"
        "        os.chown(file, 65534, 65534)\n"
        "    os.chown(path.with_name('state.json.journal-1'), 0, 0)\n"
        "    os.chmod(path.with_name('state.json.journal-1'), 0o644)\n"
        "    for parent in path.parents:\n"
        "        if parent.stat().st_uid == 0 and parent.name:\n"
        "            parent.chmod(parent.stat().st_mode | 0o011)\n"
        "    os.setuid(65534)\n"
        "else:\n"
        "    path.with_name('state.json.journal-1').chmod(0o400)\n"
        "JsonFile(path).examine()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, path], capture_output=True, text=True, check=False
    )
    assert "StateError" in done.stderr, done.stderr
    assert "Permission denied" in done.stderr
