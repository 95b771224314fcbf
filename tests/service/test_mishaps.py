"""The daemon when a step fails, or does nothing: it goes on, and somebody is told."""

import argparse
import errno
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from builders import DAY, paper
from installation import Lab, new_identifiers, parsed, part

from digest.clock import later
from digest.commands.invocation import Invocation
from digest.commands.run import Parts
from digest.config.settings import settings_from
from digest.cycle.cycle import Cycle
from digest.cycle.report import Report
from digest.errors import StateError, StoppedError
from digest.service import daemon as daemon_module
from digest.service.daemon import Daemon
from digest.service.due import due as decide
from digest.service.loop import loop
from digest.service.repetition import Repetition
from digest.stopping import Lifetime
from digest.store.json_file import files as generations
from digest.store.json_file import store as state
from digest.store.json_file.store import JsonFile
from digest.store.ledger import Ledger

OPERATOR = "ops@example.org"
BEGIN = datetime(2026, 11, 16, 6, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Manager:
    """A service manager that notes what it is told."""

    said: list[str] = field(default_factory=list)

    def ready(self) -> None:
        """It is up."""

    def status(self, words: str) -> None:
        """Returns the daemon's status."""
        self.said.append(words)

    def reloading(self) -> None:
        """It reads the configuration again."""

    def stopping(self) -> None:
        """It is on its way out."""
        self.said.append("stopping")

    def beat(self) -> None:
        """It is alive."""


@dataclass(slots=True)
class Life:
    """A daemon that has started, on the morning of BEGIN, with a paper to mail at eight."""

    lab: Lab
    daemon: Daemon
    lifetime: Lifetime
    manager: Manager

    def steps(self, count: int) -> list[timedelta]:
        """How long each of so many steps has it sleep; the time passes."""
        pauses = []
        for _ in range(count):
            look = self.daemon.step()
            pauses.append(look - self.lab.clock.moment)
            self.lab.clock.moment = max(look, self.lab.clock.moment)
        return pauses

    def until(self, end: datetime) -> None:
        """Lets it live until a moment."""
        while self.lab.clock.moment < end:
            self.lab.clock.moment = max(self.lab.clock.moment, min(self.daemon.step(), end))

    def had(self) -> list[str]:
        """The papers that the reader has got, in all messages."""
        received = [one for one in self.lab.mail.received if OPERATOR not in one.recipients]
        return [i for one in received for i in sorted(new_identifiers(parsed(one.data)))]

    def told(self) -> list[str]:
        """The texts that the operator got."""
        return [part(mail, "plain") for mail in self.lab.mails().get(OPERATOR, [])]


@pytest.fixture
def unstarted(lab: Lab) -> Iterator[Life]:
    """The daemon before its start."""
    lab.clock.moment = BEGIN
    lab.subscribe("keywords: {Time Series: }\nsubscribers:\n  - {email: ada@example.org}\n")
    lab.publish(paper(1, published=BEGIN - DAY, updated=BEGIN - DAY), visible_from=BEGIN - DAY)
    settings = settings_from(lab.environment | {"DIGEST_OPERATOR": OPERATOR})
    lifetime, manager = Lifetime(), Manager()
    with Parts(Invocation(argparse.Namespace(), settings, lab.clock)) as parts:
        daemon = Daemon(parts, JsonFile(settings.state), lab.clock, lifetime, manager)
        yield Life(lab, daemon, lifetime, manager)
    lifetime.close()


@pytest.fixture
def life(unstarted: Life) -> Life:
    """The daemon, up."""
    unstarted.daemon.start()
    return unstarted


def raising(error: BaseException, count: int = 1) -> Callable[..., Any]:
    """A function that fails so often, and does what `due` does afterwards."""
    left = [error] * count

    def call(*arguments: Any) -> Any:
        if left:
            raise left.pop().with_traceback(None)
        return decide(*arguments)

    return call


@pytest.mark.parametrize(
    "error",
    [ZeroDivisionError("by zero"), KeyError("k"), MemoryError(), RecursionError(), OverflowError()],
)
def test_something_unforeseen(
    life: Life, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """It is logged with its traceback, told to the operator once, and done again in a minute."""
    monkeypatch.setattr(daemon_module, "due", raising(error, 5))
    assert life.steps(5) == [A_MINUTE] * 5
    (first, *_) = [r for r in caplog.records if "unforeseen" in r.message]
    assert first.levelno == logging.ERROR
    assert first.exc_info
    assert type(error).__name__ in life.manager.said[-1]
    (told,) = life.told()
    assert "an error in digest itself, please report it" in told
    assert f"{type(error).__name__}:" in told
    assert "in call, line" in told
    life.until(BEGIN + DAY)
    assert life.had() == ["2611.00001"]


def test_what_is_kept_is_let_go(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where memory is short the store's content is not held on to: the next step reads it again."""
    reads: list[Path] = []

    def counted(path: Path) -> generations.Copy:
        reads.append(path)
        return generations.read(path)

    monkeypatch.setattr(state, "read", counted)
    monkeypatch.setattr(daemon_module, "due", raising(MemoryError()))
    life.steps(1)
    assert reads == []
    life.steps(1)
    assert len(reads) == 1
    life.until(BEGIN + timedelta(hours=3))
    assert life.had() == ["2611.00001"]


def test_told_anew_after_a_day(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake still there a day later is told a second time, and another mistake at once."""
    monkeypatch.setattr(daemon_module, "due", raising(ValueError("one"), 10_000))
    life.steps(60 * 24 - 2)
    assert len(life.told()) == 1
    life.steps(4)
    assert len(life.told()) == 2
    life.lab.clock.moment -= timedelta(hours=5)  # what was told was so by another clock
    life.steps(1)
    assert len(life.told()) == 3
    monkeypatch.setattr(daemon_module, "due", raising(ValueError("other")))
    life.steps(1)
    assert len(life.told()) == 4


def test_nobody_to_tell(
    life: Life, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A mail server that is away keeps nothing from going on, and is tried again in an hour."""
    tried: list[str] = []

    def away(verb: str) -> str | None:
        if verb:
            return None
        tried.append(verb)
        return "421 4.3.2 away"

    life.lab.mail.command_reply = away
    monkeypatch.setattr(daemon_module, "due", raising(ValueError("one"), 100))
    assert life.steps(1) == [A_MINUTE]
    first = len(tried)
    assert first
    assert life.steps(54) == [A_MINUTE] * 54
    assert len(tried) == first
    (failed,) = [r for r in caplog.records if "operator-not-told" in r.message]
    assert "away" in failed.message
    assert not failed.exc_info
    life.lab.mail.command_reply = lambda _: None
    life.steps(10)
    assert len(life.told()) == 1


def test_the_telling_fails_too(
    life: Life, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A mistake in telling of a mistake is logged, and the daemon goes on."""
    monkeypatch.setattr(daemon_module, "due", raising(ValueError("one")))

    def wrong(*_: object) -> None:
        raise LookupError("two")

    monkeypatch.setattr(Parts, "operator_mail", wrong)
    assert life.steps(1) == [A_MINUTE]
    assert any("operator-not-told" in message for message in caplog.messages)
    life.until(BEGIN + timedelta(hours=3))
    assert life.had() == ["2611.00001"]


def test_told_to_stop_while_telling(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon told to stop while it writes to the operator stops."""
    monkeypatch.setattr(daemon_module, "due", raising(ValueError("one")))

    def stop(*_: object) -> None:
        raise StoppedError("told to stop")

    monkeypatch.setattr(Parts, "operator_mail", stop)
    with pytest.raises(StoppedError):
        life.daemon.step()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)])
def test_what_ends_a_process(
    life: Life, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """Somebody's wish to end the process is no mistake, and is not held up."""
    monkeypatch.setattr(daemon_module, "due", raising(error))
    with pytest.raises(type(error)):
        life.daemon.step()


def test_a_disk_that_stays_full(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator hears of it after a quarter of an hour, once; afterwards everything comes."""
    with monkeypatch.context() as patch:

        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        life.until(BEGIN + timedelta(hours=1, minutes=40))
        patch.setattr(os, "pwrite", full)
        life.until(BEGIN + timedelta(hours=2, minutes=3))
        assert life.told() == []
        life.until(BEGIN + timedelta(hours=4))
        (told,) = life.told()
        assert "nothing could be done for 15 minutes" in told
        assert "No space left on device" in told
    life.until(BEGIN + timedelta(hours=5))
    assert life.had() == ["2611.00001"]
    assert len(life.told()) == 1


def test_a_store_that_stays_busy(life: Life) -> None:
    """So does who has another process hold the store for long; a moment is nothing."""
    with JsonFile(life.lab.state).writing():
        life.lab.clock.moment = BEGIN + timedelta(hours=2)
        assert life.steps(44) == [timedelta(seconds=20)] * 44
        assert life.told() == []
        life.steps(2)
    (told,) = life.told()
    assert f"process {os.getpid()} is writing" in told
    life.until(BEGIN + timedelta(hours=3))
    assert life.had() == ["2611.00001"]


def test_failures_that_pass(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures with good steps between them do not add up."""
    for _ in range(4):
        monkeypatch.setattr(daemon_module, "due", raising(StateError("away"), 10))
        life.steps(11)
        monkeypatch.undo()
    assert life.told() == []


def test_what_does_nothing(
    life: Life, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A step that fails is told, and tried again after a minute, two, four, up to an hour."""
    done: list[datetime] = []

    def nothing(_: Cycle, *__: object) -> Report:
        done.append(life.lab.clock.moment)
        return Report()

    with monkeypatch.context() as patch:
        patch.setattr(Cycle, "fetch", nothing)
        patch.setattr(Cycle, "mail", nothing)
        life.until(BEGIN + timedelta(hours=2))
        first = len(done)
        life.until(BEGIN + timedelta(hours=7))
        pauses = [after - before for before, after in pairwise(done[first:])]
        assert pauses[-1] == timedelta(hours=1)
        assert all(a <= b for a, b in pairwise(pauses))
        assert len(done) < 25
        assert any("due-again" in message for message in caplog.messages)
    life.until(BEGIN + timedelta(hours=9))
    assert life.had() == ["2611.00001"]


def test_in_vain() -> None:
    """The pauses double up to an hour; another thing, or another clock, is not held up."""
    repetition, now = Repetition(), BEGIN
    waited = []
    for _ in range(9):
        assert repetition.look("a", now) is None
        look = repetition.look("a", now)
        assert look
        assert repetition.look("a", look - timedelta(seconds=1)) == look
        waited.append((look - now) // A_MINUTE)
        now = look
    assert waited == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert repetition.look("b", now) is None
    assert repetition.look("b", now)
    assert repetition.look("b", now - 400 * DAY) is None
    assert repetition.look("b", now)
    repetition.forget()
    assert repetition.look("b", now) is None


def test_read_once_a_step(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step reads the store once where it does something, and not at all where it does not."""
    reads: list[Path] = []

    def counted(path: Path) -> generations.Copy:
        reads.append(path)
        return generations.read(path)

    monkeypatch.setattr(state, "read", counted)
    wrote: list[bool] = []
    while life.lab.clock.moment < BEGIN + 2 * DAY:
        before, version = len(reads), JsonFile(life.lab.state).version()
        look = life.daemon.step()
        wrote.append(JsonFile(life.lab.state).version() != version)
        assert len(reads) - before == wrote[-1]
        life.lab.clock.moment = max(life.lab.clock.moment, look)
    assert 3 <= sum(wrote) < len(wrote)
    with JsonFile(life.lab.state).writing() as other:
        other.fold_if_due()
    life.daemon.step()
    assert life.had() == ["2611.00001"]


def test_a_write_of_another_process_is_seen(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """An event that another process records just after a step is read with the next one."""
    life.until(BEGIN + timedelta(hours=1))
    known: list[Ledger] = []

    def due(ledger: Ledger, *rest: Any) -> Any:
        known.append(ledger)
        return decide(ledger, *rest)

    monkeypatch.setattr(daemon_module, "due", due)
    life.lab.clock.moment = BEGIN + timedelta(hours=1, minutes=50)
    assert life.steps(1) == [timedelta()]
    life.lab.run("send")
    life.until(BEGIN + timedelta(hours=3))
    assert known[-1].records.subscribers["ada@example.org"].pending == ()
    assert life.had() == ["2611.00001"]


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1, 1, 8, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 30, tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ],
)
def test_whatever_the_clock_says(unstarted: Life, moment: datetime) -> None:
    """No moment ends it, at the start or later; when the clock is right again all is as it was."""
    clock = unstarted.lab.clock
    old = [paper(n, updated=BEGIN - n * DAY, published=BEGIN - n * DAY) for n in range(20, 30)]
    unstarted.lab.publish(*old, visible_from=BEGIN - 60 * DAY)
    clock.moment = moment
    unstarted.daemon.start()
    for _ in range(5):
        look = unstarted.daemon.step()
        assert look >= clock.moment
    clock.moment = BEGIN
    unstarted.until(BEGIN + DAY)
    clock.moment = moment
    for _ in range(5):
        unstarted.daemon.step()
    clock.moment = BEGIN + DAY
    unstarted.until(BEGIN + 2 * DAY)
    assert unstarted.had() == ["2611.00001"]


def test_started_before_the_clock_is_right(unstarted: Life) -> None:
    """Where papers are known, a start in 1970 waits for the clock, and goes on with it."""
    lab = unstarted.lab
    old = [paper(n, updated=BEGIN - n * DAY, published=BEGIN - n * DAY) for n in range(20, 30)]
    lab.publish(*old, visible_from=BEGIN - 60 * DAY)
    lab.run("send", "--keyword", "Time Series")
    lab.mail.received.clear()
    lab.clock.moment = datetime(1970, 1, 1, tzinfo=UTC)
    unstarted.daemon.start()
    assert unstarted.steps(20) == [A_MINUTE] * 20
    assert "this machine's clock is behind: it says 1970-01-01" in unstarted.manager.said[-1]
    (told,) = unstarted.told()
    assert "set the clock" in told
    lab.clock.moment = BEGIN + DAY
    fresh = paper(2, updated=BEGIN, published=BEGIN)
    lab.publish(fresh, visible_from=BEGIN)
    unstarted.until(BEGIN + 3 * DAY)
    assert unstarted.had() == ["2611.00002"]


def test_the_end_of_the_calendar() -> None:
    """A pause that ends beyond the last moment ends with it."""
    last = datetime.max.replace(tzinfo=UTC)
    assert later(last - A_MINUTE / 2, A_MINUTE) == last
    assert later(BEGIN, A_MINUTE) == BEGIN + A_MINUTE


def test_a_sleep_beyond_the_calendar(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop sleeps a day at most, however far away the next look is, and ends when told to."""
    looks = [datetime.max.replace(tzinfo=UTC)]

    def step(_: Daemon) -> datetime:
        life.lifetime.stop()
        return looks[0]

    monkeypatch.setattr(Daemon, "step", step)
    life.lab.clock.moment = datetime(1, 1, 1, tzinfo=UTC)
    loop(life.daemon, life.lab.clock, life.lifetime, life.manager)
    assert life.manager.said[-1] == "stopping"
