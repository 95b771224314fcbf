"""The daemon as a process: what it tells its service manager, and how it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from builders import ADA, BOB, DAY, EVERY_DAY, paper, subscribers
from installation import Lab

from digest.config.files import load_subscriptions
from digest.cycle.reconciling import reconcile
from digest.source.arxiv_api.query import ArxivLanguage
from digest.standin.mailserver import SILENCE
from digest.standin.server import Raw, silence
from digest.store.events import Served
from digest.store.json_file.store import JsonFile

DIGEST = [sys.executable, "-c", "from digest.cli.entry import entry_point; entry_point()"]


@dataclass(slots=True)
class Service:
    """The daemon's process, and the socket on which it says how it is."""

    process: subprocess.Popen[str]
    ear: socket.socket
    said: list[str]

    def hears(self, pattern: str) -> str:
        """Waits until something like this is said, for half a minute at most; returns it."""
        end = time.monotonic() + 30
        while True:
            for words in self.said:
                if re.search(pattern, words):
                    return words
            assert time.monotonic() < end, self.said
            self.said.append(self.ear.recv(4096).decode())

    def end(self, number: int = signal.SIGTERM) -> tuple[int, float, str]:
        """Sends a signal; the exit status, the seconds it took, and all that was logged."""
        began = time.monotonic()
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=15)
        return self.process.returncode, time.monotonic() - began, err


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[socket.socket]:
    """The service manager's socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.settimeout(20)
        yield channel


@pytest.fixture
def service(lab: Lab, ear: socket.socket, request: pytest.FixtureRequest) -> Iterator[Service]:
    """The daemon, started on a morning after a day on which it was down; for Ada, or for these."""
    readers = getattr(request, "param", (ADA,))
    now = datetime.now(UTC)
    lab.clock.moment = now
    lab.publish(paper(1, updated=now - DAY, published=now - DAY), visible_from=now - DAY)
    lab.subscribe(subscribers(*readers, defaults=EVERY_DAY))
    with JsonFile(lab.state).writing() as store:
        reconcile(store, load_subscriptions(lab.home / "subscribers.yaml"), ArxivLanguage(), now)
        store.append(*(Served(reader, slot=now - 2 * DAY) for reader in readers))
    environment = os.environ | lab.environment | {"NOTIFY_SOCKET": ear.getsockname()}
    environment["DIGEST_SMTP_RATE"] = "0.5" if len(readers) > 1 else ""
    environment["WATCHDOG_USEC"] = "1000000"
    with subprocess.Popen(
        [*DIGEST, "run"], env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        running = Service(process, ear, [])
        yield running
        process.kill()


def test_asleep(service: Service, lab: Lab) -> None:
    """It is ready, makes up for what was missed, says what comes next, and ends when told to."""
    service.hears("READY=1")
    words = service.hears("STATUS=next digest")
    assert re.fullmatch(
        r"STATUS=next digest \w{3} 08:00 UTC for ada@example\.org; "
        r"(arXiv is asked \w{3} [\d:]+ UTC; )?"
        r"1 keyword complete through \w{3} [\d:]+ UTC",
        words,
    )
    assert len(lab.mail.received) == 1
    service.hears("WATCHDOG=1")
    status, seconds, err = service.end()
    assert (status, seconds < 10) == (0, True)
    assert "Traceback" not in err
    service.hears("STOPPING=1")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asking_a_server_that_hangs(service: Service, lab: Lab, number: int) -> None:
    """While arXiv does not answer it ends as soon, and nothing is recorded of the question."""
    lab.arxiv.intercept = lambda _: Raw(silence(lab.arxiv))
    service.hears("STATUS=asking arXiv")
    service.hears("WATCHDOG=1")
    status, seconds, err = service.end(number)
    assert (status, seconds < 10) == (0, True), err
    lab.arxiv.intercept = None
    lab.clock.moment = datetime.now(UTC)
    assert "not asked yet" in lab.run("status").out
    assert lab.run("send").status == 0
    assert len(lab.mail.received) == 1


def test_mailing_to_a_server_that_hangs(service: Service, lab: Lab) -> None:
    """While the mail server does not reply it ends in time, and the same message comes again."""
    lab.mail.data_reply = lambda _: SILENCE
    service.hears("STATUS=mailing")
    while not lab.mail.received:
        time.sleep(0.01)
    status, seconds, err = service.end()
    assert (status, seconds < 10) == (0, True), err
    lab.mail.data_reply = lambda _: None
    lab.clock.moment = datetime.now(UTC)
    assert lab.run("send").status == 0
    first, second = lab.mail.received
    assert first.data == second.data


@pytest.mark.parametrize("service", [(ADA, BOB)], indirect=True)
def test_amid_a_long_pause(service: Service, lab: Lab) -> None:
    """Where the rate has two minutes pass between messages it ends in time, and the rest waits."""
    service.hears("STATUS=mailing")
    while not lab.mail.received:
        time.sleep(0.01)
    status, seconds, err = service.end()
    assert (status, seconds < 10) == (0, True), err
    assert len(lab.mail.received) == 1
    lab.clock.moment = datetime.now(UTC)
    assert lab.run("send").status == 0
    assert len(lab.mail.received) == 2


def test_reload(service: Service, lab: Lab) -> None:
    """On SIGHUP, and by itself, it takes a changed file; a mistake leaves the one before."""
    service.hears("STATUS=next digest")
    file = lab.home / "subscribers.yaml"
    good = file.read_text("utf-8")
    file.write_text(good + "  - email: bob\n", "utf-8")
    service.process.send_signal(signal.SIGHUP)
    service.hears("RELOADING=1\nMONOTONIC_USEC")
    service.hears("the configuration has a mistake")
    service.said.clear()
    file.write_text(good.replace("ada@example.org", "bob@example.net"), "utf-8")
    service.process.send_signal(signal.SIGHUP)
    service.hears("STATUS=next digest .* for bob@example.net")
    status, _, err = service.end()
    assert status == 0
    assert "no mail address" in err
    assert "configuration-kept" in err


def test_other_commands_beside_it(service: Service, lab: Lab) -> None:
    """While it sleeps all other commands work, `send` too."""
    service.hears("STATUS=next digest")
    lab.clock.moment = datetime.now(UTC)
    for command in (["status"], ["table"], ["preview", "--offline", "--output", "p"], ["send"]):
        result = lab.run(*command)
        assert result.status == 0, result
    assert service.end()[0] == 0


def test_a_mistake_at_the_start(lab: Lab) -> None:
    """A configuration that cannot be used ends it at once, with status 78."""
    lab.subscribe("keywords:\n")
    done = subprocess.run(
        [*DIGEST, "run"],
        env=os.environ | lab.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 78
    assert "subscribers.yaml" in done.stderr
