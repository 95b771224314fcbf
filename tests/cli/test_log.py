"""The log: one event with its fields a line, readable by people and by programs."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from builders import BOB, DAY, paper
from hypothesis import given
from hypothesis import strategies as st
from installation import Lab

from digest.cli import sentences
from digest.cli.sentences import Sentences
from digest.standin.server import Reply
from digest.text import clean, logfmt

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
    assert fields(next(e for e in events if e.startswith("mailed"))) == {
        **dict.fromkeys(("refused", "waiting", "nothing_new", "held_back", "paused"), "0"),
        "digests": "2",
        "accepted": "1",
        "deferred": "1",
    }


@pytest.mark.parametrize("named", [True, False])
def test_levels_for_the_journal(named: bool) -> None:
    """Where standard error is the journal's stream, a line begins with its level's number."""
    ear, mouth = os.pipe()
    stat = os.fstat(mouth)
    stream = f"{stat.st_dev}:{stat.st_ino}" if named else "1:1"
    code = (
        "import logging, os; from digest.cli.log import log_to_stderr;"
        "log_to_stderr(os.environ, verbose=False, command='send');"
        "logging.getLogger('digest.x').warning('oh'); logging.getLogger('digest.x').info('well')"
    )
    environment = {**os.environ, "JOURNAL_STREAM": stream}
    subprocess.run([sys.executable, "-c", code], check=True, stderr=mouth, env=environment)
    os.close(mouth)
    with os.fdopen(ear) as journal:
        lines = journal.read().splitlines()
    assert lines == (["<4>oh", "<6>well"] if named else ["WARNING oh", "INFO well"])


FIELDS_AS_LOGGED = re.compile(r"\b[a-z_]+=")
EVENTS = (Path(__file__).parents[2] / "digest").rglob("*.py")


def logged() -> Iterator[tuple[str, list[str]]]:
    """Yields each event that the program logs, with the names of its fields."""
    for file in EVENTS:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "logfmt":
                event = node.args[0]
                if isinstance(event, ast.Constant):
                    yield str(event.value), [word.arg for word in node.keywords if word.arg]


def test_every_event_can_be_said() -> None:
    """Each event has words for a terminal, and no words are there for an event that is not."""
    known = dict(logged()) | {"deferred": ["recipient", "code", "reply"]}
    assert set(sentences._SENTENCES) <= set(known)
    for event, names in known.items():
        said = Sentences().of(logfmt(event, **dict.fromkeys(names, 7)))
        assert said
        assert not FIELDS_AS_LOGGED.search(said)
        assert event not in said or "-" not in event


def test_an_event_without_words_of_its_own() -> None:
    """Its name and its fields are said plainly."""
    line = logfmt("tea-is-ready", reason="it was time", cups=3, hot=True)
    assert Sentences().of(line) == "tea is ready (cups 3, hot yes): it was time"


def test_a_reason_is_said_once() -> None:
    """A reply that sixty readers got is said with the first of them."""
    said = Sentences()
    lines = [logfmt("deferred", recipient=f"r{n}@x.org", code=451, reply="full") for n in range(60)]
    told = [said.of(line) for line in lines]
    assert told[0] == "r0@x.org: put off for now: 451 full"
    assert set(told[1:]) == {
        f"r{n}@x.org: put off for now for the same reason" for n in range(1, 60)
    }


def test_sentences_on_a_terminal(lab: Lab) -> None:
    """A person at a terminal reads sentences alone, and each reason once."""
    now = lab.clock.moment = datetime.now(UTC)
    lab.publish(paper(1, updated=now - DAY, published=now - DAY), visible_from=now - DAY)
    own = lab.home / "own"
    own.mkdir()
    (own / "digest.html").write_text("{{ nobody }}")
    lab.environment["DIGEST_TEMPLATES"] = str(own)
    lab.mail.recipient_reply = lambda _: "451 4.2.0 the mailbox is full"
    out, shown = lab.on_a_terminal("send")
    assert out.count("the mailbox is full") == 1
    assert "(as for ada@example.org)" in out
    assert f"digest: the template {own}/digest.html:1 is broken" in shown
    assert "is used instead" in shown
    lab.arxiv.intercept = lambda _: Reply(406, {}, b"")
    out, more = lab.on_a_terminal("send", "--keyword", "Time Series")
    assert "digest: arXiv: arXiv answered with HTTP status 406 (try 1 of 2)" in more
    assert out.count("HTTP status 406") == 1
    out, third = lab.on_a_terminal("check")
    assert "FAIL  arXiv: arXiv answered with HTTP status 406" in out
    assert "406" not in third
    _, fourth = lab.on_a_terminal("send", "--listing", str(lab.home / "none"), "--json")
    assert "\x1b[2Kdigest: the listing" in fourth  # where a progress bar may stand
    for text in (shown, more, third, fourth):
        assert not FIELDS_AS_LOGGED.search(text)
        assert "WARNING" not in text


def test_log_lines_in_a_journal(lab: Lab) -> None:
    """Where both streams are the journal's it has the log alone, and of an error one line."""
    lab.publish(paper(1))
    code = "from digest.cli.entry import entry_point; entry_point()"
    file = lab.home / "journal"
    for arguments in (["send"], ["send", "--to", "nobody@example.org"]):
        with file.open("a") as journal:
            stat = os.fstat(journal.fileno())
            environment = os.environ | lab.environment
            environment["JOURNAL_STREAM"] = f"{stat.st_dev}:{stat.st_ino}"
            subprocess.run(
                [sys.executable, "-c", code, *arguments],
                env=environment,
                stdout=journal,
                stderr=journal,
                check=False,
            )
    lines = file.read_text().splitlines()
    assert all(re.match("<[346]>[a-z-]+ ", line) for line in lines), lines
    (failed,) = [line for line in lines if line.startswith("<3>")]
    assert failed.startswith("<3>failed reason=\"'nobody@example.org' is no subscriber")
    assert failed.endswith(" exit_status=64")
