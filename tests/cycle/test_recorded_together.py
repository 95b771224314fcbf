"""Outcomes of several connections, recorded together: durable before the next message."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest
from builders import composed, envelopes, kept, opened, subscribed
from installation import SUPPORT, HandClock
from scripted_server import Scripted

from digest.cycle.outcomes import Outcomes
from digest.delivery.connection import MailServer
from digest.delivery.dispatch import dispatch
from digest.delivery.transaction import Envelope, Outcome
from digest.errors import StateError
from digest.store.events import Composed, Subscribed
from digest.store.json_file.store import JsonFile, JsonWriter

CONNECTIONS = 8
READERS = 60


def key(number: int) -> str:
    """The address of a reader."""
    return f"reader{number}@example.org"


def prepare(store: JsonWriter, readers: int = READERS) -> None:
    """Has a digest wait for each reader."""
    events: list[Subscribed | Composed] = []
    for number in range(readers):
        waiting = composed(key(number), {"K": 0}, f"<reader{number}@x>", edition="e")
        events += (subscribed(key(number), "K"), waiting)
    store.append(opened("K"), kept("e"), *events)


def messages(readers: int = READERS) -> Iterator[Envelope]:
    """Yields the message of each reader."""
    return envelopes(*map(key, range(readers)))


def target(server: Scripted) -> MailServer:
    """How to reach the server."""
    return MailServer("127.0.0.1", server.port, "none", connections=CONNECTIONS, timeout=20)


def waiting(path: Path) -> set[str]:
    """Returns the readers who still wait for a digest, by the records on the disk."""
    return {
        name for name, one in JsonFile(path).reading().records.subscribers.items() if one.pending
    }


def test_on_the_disk_before_the_next_message(tmp_path: Path) -> None:
    """When the server sees a connection's next MAIL, its last outcome is in the store."""
    path = tmp_path / "state.json"
    last: dict[int, str] = {}
    early: list[str] = []

    def look(connection: int, verb: str, line: str) -> None:
        if verb == "MAIL" and connection in last and last[connection] in waiting(path):
            early.append(last[connection])
        if verb == "RCPT":
            last[connection] = line.partition("<")[2].partition(">")[0]

    groups: list[int] = []
    with Scripted(on_command=look) as server, JsonFile(path).writing() as store:
        prepare(store)
        outcomes = Outcomes(store, HandClock())

        def record(came: Sequence[Outcome]) -> None:
            groups.append(len(came))
            outcomes.store(came)

        dispatch(target(server), messages(), record)
    assert early == []
    assert sorted(outcomes.by_reader) == sorted(key(number) for number in range(READERS))
    assert waiting(path) == set()
    assert sum(groups) == READERS
    assert 1 < max(groups) <= CONNECTIONS


def test_a_slow_one_holds_nobody_up() -> None:
    """While one message has no reply yet, the others are recorded and go on."""
    others = threading.Event()
    done: list[str] = []

    def answer(verb: str, count: int) -> str | None:
        if (verb, count) == (".", 1):
            assert others.wait(20)
        return None

    def record(came: Sequence[Outcome]) -> None:
        done.extend(one.envelope.key for one in came)
        if len(done) == READERS - 1:
            others.set()

    with Scripted(answer) as server:
        dispatch(target(server), messages(), record)
    assert len(done) == READERS


def test_what_cannot_be_recorded_stops_all_of_it() -> None:
    """Where a group cannot be recorded no connection begins another message."""
    failed = threading.Event()
    late: list[str] = []

    def look(_: int, verb: str, line: str) -> None:
        if verb == "MAIL" and failed.is_set():
            late.append(line)

    def record(came: Sequence[Outcome]) -> None:
        taken.extend(came)
        if len(taken) > 20:
            failed.set()
            raise StateError("the disk is full")

    taken: list[Outcome] = []
    with Scripted(on_command=look) as server:
        with pytest.raises(StateError, match="the disk is full"):
            dispatch(target(server), messages(), record)
        assert len(late) < CONNECTIONS  # under way when it failed
        assert len(server.bodies) <= len(taken) + CONNECTIONS


@pytest.mark.parametrize(
    ("fails_after", "failure"), [(READERS, None), (20, StateError), (20, RuntimeError)]
)
def test_the_log_has_all_that_was_recorded(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    fails_after: int,
    failure: type[Exception] | None,
) -> None:
    """A line for each outcome in the store, also where the next one could not be recorded."""
    caplog.set_level("INFO")

    def replies(verb: str, count: int) -> str | None:
        return "550 5.7.1 no" if verb == "." and count % 7 == 0 else None

    def record(came: Sequence[Outcome]) -> None:
        if failure and not failed and len(outcomes.by_reader) + len(came) > fails_after:
            failed.append(len(server.bodies))
            raise failure("it cannot be recorded")
        outcomes.store(came)

    failed: list[int] = []

    with Scripted(replies) as server, JsonFile(tmp_path / "state.json").writing() as store:
        prepare(store)
        outcomes = Outcomes(store, HandClock())
        with pytest.raises(failure) if failure else nullcontext():
            dispatch(target(server), messages(), record, tell=outcomes.tell)
        assert not failed or len(server.bodies) <= failed[0] + CONNECTIONS
    told = re.findall(r"^(accepted|refused) recipient=(\S+)", _lines(caplog), re.MULTILINE)
    assert sorted(told) == sorted(
        ("accepted" if one.accepted else "refused", name)
        for name, one in outcomes.by_reader.items()
    )
    assert fails_after - CONNECTIONS < len(told) <= min(READERS, fails_after + CONNECTIONS)


def _lines(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(record.getMessage() for record in caplog.records)


_FULL = """
import json, resource, signal, sys
from pathlib import Path
from installation import HandClock
from scripted_server import Scripted
from test_recorded_together import messages, prepare, target
from digest.delivery.dispatch import dispatch
from digest.errors import StateError
from digest.cycle.outcomes import Outcomes
from digest.store.json_file.store import JsonFile

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path(sys.argv[1])
with Scripted() as server, JsonFile(path).writing() as store:
    prepare(store)
    room = next(path.parent.glob("*.journal-*")).stat().st_size + int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    outcomes = Outcomes(store, HandClock())
    try:
        dispatch(target(server), messages(), outcomes.store, tell=outcomes.tell)
        words = ""
    except StateError as error:
        words = str(error)
    print(json.dumps([len(server.bodies), sorted(outcomes.by_reader), words]))
"""


@pytest.mark.parametrize("room", [0, 100, 1000, 2500])
def test_a_full_disk(tmp_path: Path, room: int) -> None:
    """A group that does not fit is taken back whole: what was recorded is there, and no more."""
    path = tmp_path / "state.json"
    done = subprocess.run(
        [sys.executable, "-c", _FULL, path, str(room)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent,
        env=os.environ | {"PYTHONPATH": str(SUPPORT)},
    )
    taken, recorded, words = json.loads(done.stdout)
    assert "cannot be read or written (File too large)" in words
    assert waiting(path) == {key(number) for number in range(READERS)} - set(recorded)
    assert len(recorded) <= taken <= len(recorded) + CONNECTIONS
    assert taken < READERS
    with Scripted() as server, JsonFile(path).writing() as store:  # and it goes on from there
        outcomes = Outcomes(store, HandClock())
        again = (envelope for envelope in messages() if envelope.key not in recorded)
        dispatch(target(server), again, outcomes.store, tell=outcomes.tell)
    assert waiting(path) == set()
