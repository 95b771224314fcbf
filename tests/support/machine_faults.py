"""The machine's faults for a state store: a full disk, damage, two at once, a clock that jumps.

As in `network_faults`, each strikes a trial on a morning and is taken away again; what the
message says is done then to mend it.
"""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from fault_trial import Fault, Trial

from digest.store.json_file.format import SCHEMA

_HOLD = """
import sys
from pathlib import Path
from digest.store.json_file.store import JsonFile
with JsonFile(Path(sys.argv[1])).writing():
    print("held", flush=True)
    sys.stdin.read()
"""


def can_mount() -> bool:
    """Whether this process may mount a file system, which a full disk needs."""
    if os.geteuid() or not shutil.which("mount"):
        return False
    tried = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False)
    return tried.returncode == 0


def _call(*command: str | Path) -> None:
    subprocess.run(command, check=True)


def _small_disk(trial: Trial) -> None:
    """The state is on a disk of its own, of 512 KB."""
    place = trial.lab.home / "small"
    place.mkdir()
    _call("mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", place)
    trial.at_the_end.callback(_call, "umount", place)
    trial.lab.state = place / "state.json"
    trial.lab.environment["DIGEST_STATE"] = str(trial.lab.state)


def _full(room: int) -> Callable[[Trial], None]:
    """So many bytes are left on the disk."""

    def strike(trial: Trial) -> None:
        trial.hits += 1
        filler = trial.lab.state.with_name("filler")
        filler.unlink(missing_ok=True)
        size = 1 << 20
        with filler.open("wb", buffering=0) as file:
            while size:
                try:
                    file.write(b"x" * size)
                except OSError:
                    size //= 2
            file.truncate(max(0, file.tell() - room))
        trial.cleanup.callback(filler.unlink, missing_ok=True)

    return strike


def _full_at_the_lock(trial: Trial) -> None:
    """No byte is left for the process id in the lock, which is not there yet."""
    trial.lab.state.with_name("state.json.lock").unlink()
    _full(0)(trial)


def _without_links(trial: Trial) -> None:
    """The file system has no hard links."""

    def link(*_: object) -> None:
        trial.hits += 1
        raise PermissionError(errno.EPERM, "Operation not permitted")

    trial.cleanup.enter_context(patch.object(os, "link", link))


def _elsewhere(trial: Trial) -> None:
    """The state is a symbolic link from the beginning."""
    away = trial.lab.home / "away"
    away.mkdir()
    trial.lab.state.symlink_to("away/papers.json")


def _still_a_link(trial: Trial) -> None:
    """Whatever was recorded and folded, the link is one, and stands alone."""
    trial.hits += 1
    (alone,) = trial.lab.home.glob("state.json*")
    assert alone.is_symlink()


def _read_only(trial: Trial) -> None:
    """The disk is mounted read-only, as the system does after an error of the disk's."""
    trial.hits += 1
    place = trial.lab.state.parent
    _call("mount", "-o", "remount,ro", place)
    trial.cleanup.callback(_call, "mount", "-o", "remount,rw", place)


def _no_permission(trial: Trial) -> None:
    """The directory may not be written by this user."""
    trial.hits += 1
    trial.lab.home.chmod(0o500)
    trial.cleanup.callback(trial.lab.home.chmod, 0o700)
    for file in trial.lab.home.glob("state.json*"):
        file.chmod(0o400)
        trial.cleanup.callback(file.chmod, 0o600)


def _damaged(suffix: str, change: Callable[[bytes], bytes]) -> Callable[[Trial], None]:
    """The content of one of the store's files is another; it is put back from a backup."""

    def strike(trial: Trial) -> None:
        trial.hits += 1
        (file,) = trial.lab.home.glob(f"state.json{suffix}")
        content = file.read_bytes()
        damaged = change(content)
        file.write_bytes(damaged)

        def mend() -> None:
            assert file.read_bytes() == damaged, "a damaged file was written over"
            file.write_bytes(content)

        trial.cleanup.callback(mend)

    return strike


def _by_the_last_good_copy(trial: Trial) -> None:
    """The snapshot is garbage, and is mended as the message says: by copying the one before."""
    trial.hits += 1
    trial.lab.state.write_bytes(b"garbage")
    previous = trial.lab.state.with_name("state.json.previous")
    trial.cleanup.callback(shutil.copy, previous, trial.lab.state)


def _in_use(trial: Trial) -> None:
    """Another process has the store open, since the first of the mornings."""
    trial.hits += 1
    if trial.hits > 1:
        return
    held = subprocess.Popen(
        [sys.executable, "-c", _HOLD, trial.lab.state],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert held.stdout
    held.stdout.readline()
    trial.cleanup.callback(held.communicate)


def _clock(shift: timedelta) -> Callable[[Trial], None]:
    """This machine's clock is wrong by so much."""

    def strike(trial: Trial) -> None:
        trial.hits += 1
        trial.shift = shift

    return strike


def _first_line_broken(content: bytes) -> bytes:
    first, line_end, rest = content.partition(b"\n")
    assert rest
    return first[: len(first) // 2] + line_end + rest


WRITE = "cannot be read or written"

MACHINE = (
    Fault("a full disk, no byte left", _full(0), WRITE, before=_small_disk),
    Fault("a full disk, one block left", _full(4096), WRITE + "|", before=_small_disk),
    Fault("a full disk as the lock is taken", _full_at_the_lock, WRITE, before=_small_disk),
    Fault("a place without hard links", _without_links, "", fold_at=1),
    Fault("a state that is a symbolic link", _still_a_link, "", before=_elsewhere, fold_at=1),
    Fault("a disk that became read-only", _read_only, WRITE, before=_small_disk),
    Fault("a state directory without write permission", _no_permission, WRITE),
    Fault("a snapshot turned to garbage", _damaged("", lambda _: b"garbage"), "is damaged"),
    Fault("a snapshot that is empty", _damaged("", lambda _: b""), "is damaged"),
    Fault("a snapshot cut in half", _damaged("", lambda d: d[: len(d) // 2]), "is damaged"),
    Fault(
        "a snapshot of a newer schema",
        _damaged("", lambda d: d.replace(b'"schema":%d' % SCHEMA, b'"schema":%d' % (SCHEMA + 1))),
        "written by a newer digest",
    ),
    Fault(
        "a journal broken in the middle",
        _damaged(".journal-*", _first_line_broken),
        "is damaged in line 1",
    ),
    Fault(
        "mended by the last good copy", _by_the_last_good_copy, "the last good copy is", fold_at=1
    ),
    Fault("two processes at once", _in_use, r"process \d+ is writing the state"),
    Fault("a clock set back by a day", _clock(timedelta(days=-1)), ""),
    Fault("a clock set forward by a year", _clock(timedelta(days=365)), "shows nothing after"),
    Fault(
        "a clock in the year 1972", _clock(timedelta(days=-20_000)), "clock is behind: it says 1972"
    ),
    Fault("a first run a year ahead", _clock(timedelta(days=365)), "|", background=0, fresh=True),
)
