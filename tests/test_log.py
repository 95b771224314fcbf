"""The log: one event with its fields a line, readable by people and by programs."""

import json
import os
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lab import Lab, paper

from digest.paper import clean
from digest.wording import logfmt

BOB = "bob@example.net"
FIELD = re.compile(r' (?P<name>[a-z_]+)=(?P<value>"(?:[^"\\]|\\.)*"|[^\s"]+)')


def fields(line: str) -> dict[str, str]:
    """The fields of a line, read as logfmt; nothing of it may be left over."""
    name, _, rest = line.partition(" ")
    assert re.fullmatch("[a-z-]+", name)
    assert not FIELD.sub("", f" {rest}").strip(), line
    return {
        match["name"]: json.loads(match["value"]) if match["value"][0] == '"' else match["value"]
        for match in FIELD.finditer(f" {rest}")
    }


@given(st.text(max_size=250))
def test_any_value_comes_back(text: str) -> None:
    """Whatever a server says, the line is one line, and the words are in it."""
    line = logfmt("deferred", reply=text, code=451, complete=False)
    assert len(line.splitlines()) == 1
    assert fields(line)["complete"] == "no"
    assert fields(line)["reply"] == clean(text)


def test_what_is_bare_and_what_is_quoted() -> None:
    """A number, an address and a truth value stand as they are; words are in quotes."""
    line = logfmt("accepted", recipient=BOB, reply='2.0.0 "kept"', papers=3, complete=True)
    assert line == f'accepted recipient={BOB} reply="2.0.0 \\"kept\\"" papers=3 complete=yes'


def test_a_round(lab: Lab) -> None:
    """A round says of each keyword and of each message what became of it."""
    lab.publish(paper(1))
    lab.mail.recipient_reply = lambda recipient: "451 4.2.0 full" if recipient == BOB else None
    err = lab.run("send").err
    levels = {line.partition(" ")[0] for line in err.splitlines()}
    events = [line.partition(" ")[2] for line in err.splitlines()]
    assert levels == {"INFO", "WARNING"}
    assert fields(next(e for e in events if e.startswith("fetched")))["complete"] == "yes"
    deferred = fields(next(e for e in events if e.startswith("deferred")))
    assert (deferred["recipient"], deferred["code"]) == (BOB, "451")
    assert any(e.startswith("accepted recipient=ada@example.org") for e in events)


@pytest.mark.parametrize("named", [True, False])
def test_levels_for_the_journal(named: bool) -> None:
    """Where standard error is the journal's stream, a line begins with its level's number."""
    ear, mouth = os.pipe()
    stat = os.fstat(mouth)
    stream = f"{stat.st_dev}:{stat.st_ino}" if named else "1:1"
    code = (
        "import logging, os; from digest.log_lines import log_to_stderr;"
        "log_to_stderr(os.environ, verbose=False, daemon=False);"
        "logging.getLogger('digest.x').warning('oh'); logging.getLogger('digest.x').info('well')"
    )
    environment = {**os.environ, "JOURNAL_STREAM": stream}
    subprocess.run([sys.executable, "-c", code], check=True, stderr=mouth, env=environment)
    os.close(mouth)
    with os.fdopen(ear) as journal:
        lines = journal.read().splitlines()
    assert lines == (["<4>oh", "<6>well"] if named else ["WARNING oh", "INFO well"])
