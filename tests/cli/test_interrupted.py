"""Ctrl-C, at any moment: the process ends without a traceback, soon, and says how it ended."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from builders import DAY, paper
from installation import Lab

AT_A_STEP = """
import os, signal, sys
from digest import interrupts
from digest.cli.entry import entry_point
at, count = int(sys.argv.pop(1)), 0
def step(event, _):
    global count
    count += 1
    if count == at:
        os.kill(os.getpid(), signal.SIGINT)
def leave(status, leave=interrupts.leave):
    print("steps", count, file=sys.stderr)
    leave(status)
interrupts.leave = leave
sys.addaudithook(step)
entry_point()
"""
"""Interrupts itself at the n-th step that Python reports (PEP 578): an import, a file opened, a
connection made; 0 counts them."""

NAMES_HANG = """
import socket, sys, time
from digest.cli.entry import entry_point
def hang(*_, **__):
    print("looking", file=sys.stderr, flush=True)
    time.sleep(60)
socket.getaddrinfo = hang
entry_point()
"""

COMMANDS = {
    "send": ["send"],
    "send as JSON": ["send", "--json"],
    "check": ["check"],
    "preview": ["preview", "--no-open"],
    "status": ["status", "--json"],
    "demo": ["demo"],
    "help": ["--help"],
}
MOMENTS = 7


def interrupted(
    lab: Lab, at: int, name: str, command: list[str]
) -> tuple[subprocess.CompletedProcess[str], float]:
    """The process, interrupted at a step; and how many seconds it took."""
    environment = os.environ | lab.environment | {"DIGEST_STATE": str(lab.home / f"{name}.json")}
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", AT_A_STEP, str(at), *command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done, time.monotonic() - began


@pytest.mark.parametrize("name", COMMANDS)
def test_at_any_step(lab: Lab, name: str) -> None:
    """Amid imports, while options are read, at work: one sentence, 130, and no traceback."""
    now = datetime.now(UTC)
    lab.clock.moment = now
    lab.publish(paper(1, updated=now - DAY, published=now - DAY), visible_from=now - DAY)
    command = COMMANDS[name]
    whole, _ = interrupted(lab, 0, "whole", command)
    assert whole.returncode == 0, whole.stderr
    steps = int(whole.stderr.split("steps ")[1])
    early = {1, 2, 3, 5, 8}
    for at in sorted(early | {1 + steps * part // MOMENTS for part in range(MOMENTS)}):
        done, seconds = interrupted(lab, at, f"state-{at}", command)
        assert done.returncode == 130, (at, steps, done)
        assert done.stderr.count("digest: interrupted; what was done so far is recorded") == 1
        assert "Traceback" not in done.stderr
        assert "ignored" not in done.stderr
        assert seconds < 5
        if "--json" in command:
            said = json.loads(done.stdout)
            assert said["exit_status"] == 130
            assert said["errors"] == [said["error"]]


@pytest.mark.parametrize("arguments", [["send"], ["check"]])
def test_while_a_name_is_looked_up(lab: Lab, arguments: list[str]) -> None:
    """The system's resolver may take half a minute; nobody has to wait for it."""
    lab.publish(paper(1))
    environment = os.environ | lab.environment | {"DIGEST_SMTP_HOST": "mail.example.org"}
    environment["DIGEST_ARXIV_RETRIES"] = "1"
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-c", NAMES_HANG, *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        assert any("looking" in line for line in process.stderr), "it ended before it looked"
        process.send_signal(2)
        rest = process.communicate(timeout=20)[1]
    assert process.returncode == 130
    assert "interrupted" in rest
    assert "Traceback" not in rest
    assert time.monotonic() - began < 10


def test_the_daemon_while_it_starts(lab: Lab) -> None:
    """The daemon that is only being started ends as the other commands do; at work it ends with 0.

    tests/service/test_signals.py has the latter.
    """
    lab.clock.moment = datetime.now(UTC)
    for at in (1, 100, 400, 800, 1200, 1600, 2000, 2400):
        done, seconds = interrupted(lab, at, f"daemon-{at}", ["run"])
        assert (done.returncode, "interrupted" in done.stderr) in ((130, True), (0, False)), done
        assert "Traceback" not in done.stderr
        assert seconds < 10


HANGS = """
import time
from digest import interrupts
interrupts._GRACE = 0.3
def run(_):
    try:
        os.kill(os.getpid(), signal.SIGINT)
    finally:
        time.sleep(60)
"""
"""A program whose clean-up takes for ever."""

IN_A_DESTRUCTOR = """
class Thing:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
def run(_):
    Thing()
    return 0
"""
"""Ctrl-C comes where Python can raise nothing, and only prints what was raised."""

TWICE = """
import threading, time
def run(_):
    try:
        os.kill(os.getpid(), signal.SIGINT)
    finally:
        threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        time.sleep(60)
"""


@pytest.mark.parametrize("command", [HANGS, IN_A_DESTRUCTOR, TWICE])
def test_what_cannot_be_cleaned_up(lab: Lab, command: str) -> None:
    """A command that does not end by itself is ended: after a while, or by the second Ctrl-C."""
    code = f"""
import os, signal
import digest.commands.status
{command}
digest.commands.status.run = run
from digest.cli.entry import entry_point
entry_point()
"""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code, "status", "--json"],
        env=os.environ | lab.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130, done
    assert time.monotonic() - began < 4.5
    assert done.stderr == "digest: interrupted; what was done so far is recorded\n"
    assert json.loads(done.stdout)["exit_status"] == 130
