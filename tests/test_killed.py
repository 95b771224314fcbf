"""Killed with SIGKILL before and after every step: nobody misses a paper, nobody gets it twice."""

import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lab import DAY, Lab, identifiers, paper, parsed
from stepper import Run, Stepper

from digest.standin.mailserver import BREAK_OFF, Received

PARTS = 8
CONNECTIONS = {"first": 1, "second": 2}

SUBSCRIBERS = """\
keywords:
  Time Series:
  Trajectory: {in: [title, abstract]}
subscribers:
  - email: ada@example.org
  - email: bob@example.net
    keywords: [Time Series]
  - email: cyd@example.org
    keywords: [Trajectory]
"""
BOTH = "A trajectory in a time series"
ALL = {1, 2, 3}
FIRST = {"ada@example.org": ALL, "bob@example.net": {1, 3}, "cyd@example.org": {2, 3}}
SECOND = {
    "ada@example.org": ALL | {4, 5},
    "bob@example.net": {1, 3, 4},
    "cyd@example.org": {2, 3, 5},
}


@pytest.fixture(scope="module")
def stepper() -> Iterator[Stepper]:
    """A process that runs commands step by step."""
    with Stepper() as running:
        yield running


def first_day(lab: Lab) -> None:
    """A store that is not there yet, and papers for three readers."""
    lab.subscribe(SUBSCRIBERS)
    lab.publish(
        paper(1),
        paper(2, "Trajectory", abstract="A trajectory."),
        paper(3, BOTH, abstract="Its trajectory."),
    )


def second_day(lab: Lab) -> None:
    """A day after one on which nobody knows what became of a message, and one was put off."""
    first_day(lab)
    replies = {"ada@example.org": BREAK_OFF, "bob@example.net": "451 4.3.0 later"}
    lab.mail.data_reply = lambda received: replies.get(received.recipients[0])
    assert lab.run("send").status == 75
    lab.mail.data_reply = lambda _: None
    lab.clock.moment += DAY
    lab.publish(
        paper(4, updated=lab.clock.moment - DAY / 2),
        paper(5, "Trajectory", abstract="A trajectory.", updated=lab.clock.moment - DAY / 2),
    )


def papers_of(message: Received) -> set[int]:
    """The numbers of the papers in a message."""
    return {int(i.partition("v")[0].partition(".")[2]) for i in identifiers(parsed(message.data))}


def check(received: list[Received], wanted: dict[str, set[int]]) -> None:
    """Each reader has each of their papers in one message, which may have come again unchanged."""
    copies = Counter((one.recipients[0], one.data) for one in received)
    names = defaultdict(set)
    had: dict[str, Counter[int]] = defaultdict(Counter)
    for recipient, data in copies:
        names[parsed(data)["Message-ID"]].add(data)
        had[recipient].update(papers_of(Received("", (recipient,), data)))
    assert all(len(contents) == 1 for contents in names.values()), "one name, two contents"
    assert {to: set(counts) for to, counts in had.items()} == wanted, "lost"
    assert max(max(counts.values()) for counts in had.values()) == 1, "in two messages"


def again(received: list[Received]) -> int:
    """How many messages came more than once."""
    return sum(count - 1 for count in Counter((o.recipients, o.data) for o in received).values())


def runs(lab: Lab, home: Path, scenario: str) -> Run:
    """`digest send` in a copy of the lab's directory."""
    shutil.copytree(lab.home, home)
    environment = lab.environment | {
        "DIGEST_STATE": str(home / "state.json"),
        "DIGEST_SMTP_CONNECTIONS": str(CONNECTIONS[scenario]),
    }
    return Run(["send"], environment, lab.clock.moment.isoformat(), fold_at=1)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("scenario", ["first", "second"])
def test_killed_at_every_step(
    lab: Lab, stepper: Stepper, tmp_path: Path, scenario: str, part: int
) -> None:
    """Whatever the step, the next run brings what is missing, and repeats what was in flight."""
    (first_day if scenario == "first" else second_day)(lab)
    wanted = FIRST if scenario == "first" else SECOND
    before = list(lab.mail.received)
    whole = stepper(runs(lab, tmp_path / "whole", scenario))
    assert whole.status == 0, whole.out
    check(lab.mail.received, wanted)
    usual = again(lab.mail.received)
    assert {"os.write", "os.fsync", "os.fdatasync", "os.replace"} <= set(whole.steps)
    assert {"socket.connect", "socket.send", "socket.sendall"} <= set(whole.steps)
    tried = 0
    for number in range(1 + part, len(whole.steps) + 1, PARTS):
        for after in (False, True):
            lab.mail.received[:] = before
            run = runs(lab, tmp_path / f"{number}-{after}", scenario)
            killed = stepper(replace(run, kill=number, after=after))
            assert killed.status in (-9, 0), killed.out
            ended = stepper(run)
            assert ended.status == 0, ended.out
            where = f"{'after' if after else 'before'} step {number}, {whole.steps[number - 1]}"
            try:
                check(lab.mail.received, wanted)
                assert again(lab.mail.received) <= usual + CONNECTIONS[scenario]
            except AssertionError as error:
                raise AssertionError(f"killed {where}: {error}") from error
            tried += killed.status == -9
    assert tried >= len(range(1 + part, len(whole.steps) + 1, PARTS))
