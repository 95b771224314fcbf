"""The unit files, and the daemon under a real systemd."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import ADA, BOB, DAY, EVERY_DAY, paper, subscribers
from installation import Lab

from digest.config.files import load_subscriptions
from digest.cycle.reconciling import reconcile
from digest.source.arxiv_api.query import ArxivLanguage
from digest.store.events import Served
from digest.store.json_file.store import JsonFile

UNITS = Path(__file__).parents[2] / "systemd"
SERVICES = ["digest.service", "digest@.service", "digest-send.service"]
KEPT = ("Type", "NotifyAccess", "ExecReload", "Restart", "RestartPreventExitStatus")
"""The directives that a user's service manager knows as well as that of the system."""

pytestmark = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="there is no systemd on this machine"
)


@pytest.mark.parametrize("name", [*SERVICES, "digest-send.timer"])
def test_units_are_right(name: str, tmp_path: Path) -> None:
    """systemd itself finds nothing wrong with the units."""
    for file in UNITS.glob("digest*"):
        text = file.read_text("utf-8").replace("/opt/digest/bin/digest", "/bin/true")
        (tmp_path / file.name).write_text(text, "utf-8")
    unit = tmp_path / name.replace("@.", "@lab.")
    if not unit.exists():
        unit.symlink_to(tmp_path / name)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )
    assert [line for line in done.stderr.splitlines() if "digest" in line] == []


@pytest.mark.parametrize("name", SERVICES)
def test_exposure(name: str) -> None:
    """The service can do little to the machine: its exposure is 1.5 or less of 10."""
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", UNITS / name],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= 1.5


@pytest.mark.parametrize("name", SERVICES)
def test_waits_for_the_time(name: str) -> None:
    """A service is started once the machine has heard what the time is, and wants that it does."""
    text = (UNITS / name).read_text("utf-8")
    for key in ("Wants", "After"):
        (targets,) = re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)
        assert targets.split() == ["network-online.target", "time-sync.target"]


def test_one_user_for_one_state() -> None:
    """Units that share a state share its owner: starting one takes the files for its user."""
    owners: dict[str, set[str]] = {}
    for name in SERVICES:
        found = re.findall(
            r"^(User|StateDirectory)=(.*)$", (UNITS / name).read_text(), re.MULTILINE
        )
        values = dict(found)
        owners.setdefault(values["StateDirectory"], set()).add(values["User"])
    assert owners == {"digest": {"digest"}, "digest-%i": {"digest-%i"}}


@dataclass(frozen=True, slots=True)
class Manager:
    """A service manager of its own, with the daemon as `digest.service`."""

    environment: dict[str, str]

    def call(self, *arguments: str) -> str:
        """Returns the output of systemctl."""
        command = ["systemctl", "--user", "--no-pager", *arguments]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr

    def show(self, name: str) -> str:
        """One property of the service."""
        return self.call("show", "digest", "-p", name, "--value").strip()

    def wait(self, wanted: Callable[[], object]) -> None:
        """Returns when something is as wanted; fails after half a minute."""
        end = time.monotonic() + 30
        while not wanted():
            assert time.monotonic() < end, self.call("status", "digest")
            time.sleep(0.05)


@pytest.fixture
def manager(lab: Lab, tmp_path: Path) -> Iterator[Manager]:
    """A service manager of its own, and a store that knows of a day on which it was down."""
    if not shutil.which("dbus-daemon") or not os.access("/run/systemd", os.W_OK):
        pytest.skip("a service manager of one's own needs dbus and /run/systemd")
    Path("/run/systemd/system").mkdir(exist_ok=True)
    now = datetime.now(UTC)
    lab.clock.moment = now
    lab.publish(paper(1, updated=now - DAY, published=now - DAY), visible_from=now - DAY)
    lab.subscribe(subscribers(ADA, defaults=EVERY_DAY))
    with JsonFile(lab.state).writing() as store:
        reconcile(store, load_subscriptions(lab.home / "subscribers.yaml"), ArxivLanguage(), now)
        store.append(Served("ada@example.org", slot=now - 2 * DAY))
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    units = tmp_path / "config" / "systemd" / "user"
    units.mkdir(parents=True)
    (units / "digest.service").write_text(_unit(lab), "utf-8")
    environment = {name: value for name, value in os.environ.items() if "DBUS" not in name} | {
        "XDG_RUNTIME_DIR": str(runtime),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus",
    }
    log = (tmp_path / "log").open("wb")
    program = shutil.which("systemd") or "/lib/systemd/systemd"
    with log, subprocess.Popen([program, "--user"], env=environment, stderr=log) as process:
        running = Manager(environment)
        try:
            for _ in range(200):
                if "running" in running.call("is-system-running") or process.poll() is not None:
                    break
                time.sleep(0.05)
            if process.poll() is not None or not (runtime / "systemd" / "private").exists():
                pytest.skip("systemd cannot run as a service manager of its own here")
            yield running
        finally:
            running.call("stop", "digest")
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()


def _unit(lab: Lab) -> str:
    """The shipped unit, with what needs the system's own manager left out, and quicker."""
    lines = (UNITS / "digest.service").read_text("utf-8").splitlines()
    kept = [line for line in lines if line.partition("=")[0] in KEPT]
    settings = [f'Environment="{name}={value}"' for name, value in lab.environment.items()]
    program = f"{sys.executable} -m digest run"
    quick = [f"ExecStart={program}", "WatchdogSec=3", "RestartSec=100ms"]
    return "\n".join(["[Service]", *kept, *settings, *quick, ""])


def test_its_life(manager: Manager, lab: Lab) -> None:
    """Ready, killed, frozen, reloaded and stopped: it goes on, and mails nothing twice."""
    assert manager.call("start", "digest") == ""
    assert manager.show("ActiveState") == "active"
    manager.wait(lambda: manager.show("StatusText").startswith("next digest"))
    assert "for ada@example.org" in manager.show("StatusText")
    assert len(lab.mail.received) == 1

    first = manager.show("MainPID")
    os.kill(int(first), signal.SIGKILL)
    manager.wait(lambda: manager.show("MainPID") not in (first, "0"))
    manager.wait(lambda: manager.show("StatusText").startswith("next digest"))

    frozen = manager.show("MainPID")
    os.kill(int(frozen), signal.SIGSTOP)
    manager.wait(lambda: manager.show("MainPID") not in (frozen, "0"))
    manager.wait(lambda: manager.show("StatusText").startswith("next digest"))
    assert manager.show("NRestarts") == "2"
    assert len(lab.mail.received) == 1

    earlier, soon = (datetime.now(UTC) + timedelta(hours=hours) for hours in (-2, 1))
    lab.subscribe(
        subscribers(
            ADA,
            {"email": BOB, "at": f"{soon:%H:%M}"},
            defaults=EVERY_DAY | {"at": f"{earlier:%H:%M}"},
        )
    )
    assert manager.call("reload", "digest") == ""
    manager.wait(lambda: "bob@example.net" in manager.show("StatusText"))

    began = time.monotonic()
    assert manager.call("stop", "digest") == ""
    assert time.monotonic() - began < 10
    assert (manager.show("ActiveState"), manager.show("Result")) == ("inactive", "success")
    assert len(lab.mail.received) == 1
