"""A store that an older version left behind is gone on with; `schemas` has one of each."""

from pathlib import Path

import pytest
from builders import ADA, BOB, DAY, START, paper
from installation import SUBSCRIBERS, Lab, identifiers

from digest.store.json_file.format import SCHEMA, decode_snapshot

STORES = Path(__file__).parent / "schemas"
THEIR_HOME = "/srv/ada/digest"
"""Where subscribers.yaml was when the stores were made that know its path."""


def leave(lab: Lab, number: int) -> None:
    """Has the lab find a store of this schema, made with its own subscribers.yaml."""
    for file in (STORES / f"schema-{number}").iterdir():
        text = file.read_text("utf-8").replace(THEIR_HOME, str(lab.home.resolve()))
        (lab.home / file.name).write_text(text, "utf-8")


def test_one_of_each_schema() -> None:
    """No schema is left without a store to try."""
    names = {f"schema-{number}" for number in range(1, SCHEMA + 1)}
    assert {place.name for place in STORES.iterdir()} == names


@pytest.mark.parametrize("number", range(1, SCHEMA + 1))
def test_gone_on_with(lab: Lab, number: int) -> None:
    """Each store knows two days, and a digest for Bob that was put off on the second.

    He gets that one first, as it was; then both get what is new, and nothing of what they had.
    """
    leave(lab, number)
    assert f'"schema":{number}' in lab.state.read_text("utf-8")
    second = START + DAY
    trajectory = {"abstract": "A trajectory."}
    lab.publish(
        *(paper(1), paper(2, "Trajectory", **trajectory), paper(3, updated=second - DAY / 2)),
        paper(4, "Trajectory", updated=second - DAY / 2, **trajectory),
    )
    lab.clock.moment = second + DAY
    assert "451 4.3.0 later" in lab.run("status").out
    lab.publish(paper(5, updated=second + DAY / 2))
    assert lab.run("send").status == 0
    mails = {to: [identifiers(m) for m in messages] for to, messages in lab.mails().items()}
    assert mails == {ADA: [["2611.00005v1"]], BOB: [["2611.00003v1"], ["2611.00005v1"]]}


@pytest.mark.parametrize("number", range(1, SCHEMA + 1))
def test_who_left_is_owed(lab: Lab, number: int) -> None:
    """Bob leaves with his digest waiting and is back after five days: it comes, as it was.

    With it comes what was found meanwhile. Ada has what she had, and what is new.
    """
    leave(lab, number)
    second = START + DAY
    trajectory = {"abstract": "A trajectory."}
    lab.publish(
        *(paper(1), paper(2, "Trajectory", **trajectory), paper(3, updated=second - DAY / 2)),
        paper(4, "Trajectory", updated=second - DAY / 2, **trajectory),
    )
    everybody = SUBSCRIBERS
    lab.clock.moment = second + DAY
    lab.publish(paper(5, updated=second + DAY / 2))
    lab.subscribe(everybody.partition("  - email: bob")[0])
    assert lab.run("send").status == 0
    lab.clock.moment = second + 6 * DAY
    lab.subscribe(everybody)
    assert lab.run("send").status == 0
    mails = {to: [identifiers(m) for m in messages] for to, messages in lab.mails().items()}
    assert mails == {ADA: [["2611.00005v1"]], BOB: [["2611.00003v1"], ["2611.00005v1"]]}


def test_written_in_the_newest(lab: Lab) -> None:
    """The written store is of the present schema."""
    lab.run("send")
    assert decode_snapshot(lab.state.read_bytes()).schema == SCHEMA
