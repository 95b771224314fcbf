"""The disk fails under the daemon, at each of its operations: the next step works, nothing is lost.

An operation is a call that makes, writes, cuts, syncs, links, renames, removes or locks a file. One
of them fails, or a few in a row, while the daemon lives through two days and folds the store each
time; then it is looked at what the readers got.
"""

import argparse
import errno
import fcntl
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from builders import ADA, BOB, DAY, paper, subscribers
from installation import Lab, new_identifiers, parsed

from digest.commands.invocation import Invocation
from digest.commands.run import Parts
from digest.config.settings import settings_from
from digest.durable import Lock
from digest.service.daemon import Daemon
from digest.service.systemd import ServiceManager
from digest.stopping import Lifetime
from digest.store.json_file.store import JsonFile

CALLS = ("open", "pwrite", "ftruncate", "fsync", "fdatasync", "link", "replace", "unlink")
BEGIN = datetime(2026, 11, 16, 6, tzinfo=UTC)
READERS = (ADA, BOB)
PARTS = 4
"""The operations are shared out over so many tests, which run beside one another."""


@dataclass(slots=True)
class Failing:
    """Counts operations; those from the `first` on, `count` of them, fail."""

    first: int = 0
    count: int = 1
    done: list[str] = field(default_factory=list)

    def step(self, name: str, call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Does one, or has it fail."""
        self.done.append(name)
        if self.first and 0 <= len(self.done) - self.first < self.count:
            number = errno.ENOLCK if name == "flock" else errno.ENOSPC
            raise OSError(number, os.strerror(number))
        return call(*arguments, **named)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Stands between the process and the system while the `with` lasts."""
        with pytest.MonkeyPatch.context() as patch:
            for name in CALLS:
                patch.setattr(os, name, partial(self.step, name, getattr(os, name)))
            patch.setattr(fcntl, "flock", partial(self.step, "flock", fcntl.flock))
            yield


def live(lab: Lab, home: Path, failing: Failing) -> list[str]:
    """Lets a daemon live two days on a disk that fails; returns what is wrong afterwards.

    The store is folded at each opportunity.
    """
    home.mkdir()
    lab.clock.moment = BEGIN
    lab.mail.received.clear()
    place = home / "state.json"
    settings = settings_from(lab.environment | {"DIGEST_STATE": str(place)})
    lifetime = Lifetime()
    with Parts(Invocation(argparse.Namespace(), settings, lab.clock)) as parts:
        daemon = Daemon(parts, JsonFile(place, fold_at=1), lab.clock, lifetime, ServiceManager(""))
        daemon.start()
        with failing.at_work():
            while lab.clock.moment < BEGIN + 2 * DAY:
                look = daemon.step()
                lab.clock.moment = max(lab.clock.moment, min(look, BEGIN + 2 * DAY))
    lifetime.close()
    wrong = []
    had = {reader: Counter[str]() for reader in READERS}
    for recipients, data in {(one.recipients, one.data) for one in lab.mail.received}:
        had[recipients[0]].update(new_identifiers(parsed(data)))
    for reader, counts in had.items():
        if counts != Counter({f"2611.0000{n}": 1 for n in (1, 2)}):
            wrong.append(f"{reader} had {dict(counts)}")
    left = [file.name for file in home.iterdir() if file.name.endswith(".new")]
    if left and failing.count == 1:  # where removing fails too, the next fold writes over it
        wrong.append(f"{left} is left")
    opened = map(os.path.realpath, Path("/proc/self/fd").iterdir())
    if left := [name for name in opened if name.startswith(str(home))]:
        wrong.append(f"{left} is left open")
    with Lock(home / "state.json.lock"):
        return wrong


@pytest.fixture
def at_work(lab: Lab) -> Lab:
    """Two readers, with a paper for each of two days."""
    lab.subscribe(subscribers(*READERS))
    for number in (1, 2):
        dated = BEGIN + (number - 2) * DAY
        one = paper(number, published=dated, updated=dated)
        lab.publish(one, visible_from=dated + timedelta(hours=1))
    return lab


@pytest.mark.parametrize("count", [1, 7])
@pytest.mark.parametrize("part", range(PARTS))
def test_each_operation_fails(at_work: Lab, tmp_path: Path, part: int, count: int) -> None:
    """Whichever fails, alone or with the next six: each reader has each paper, and all goes on."""
    smooth = Failing()
    assert live(at_work, tmp_path / "smooth", smooth) == []
    assert set(smooth.done) == {*CALLS, "flock"}
    step = 1 if count == 1 else 3
    for first in range(1 + part, len(smooth.done) + 1, PARTS * step):
        wrong = live(at_work, tmp_path / str(first), Failing(first, count))
        assert wrong == [], (first, smooth.done[first - 1])
