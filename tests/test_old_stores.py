"""A store that an older version left behind is gone on with; tests/stores has one of each."""

import shutil
from pathlib import Path

import pytest
from lab import DAY, START, Lab, identifiers, paper

from digest.encoding import SCHEMA, decode_snapshot

STORES = Path(__file__).parent / "stores"
ADA, BOB = "ada@example.org", "bob@example.net"


def test_one_of_each_schema() -> None:
    """No schema is left without a store to try."""
    names = {f"schema-{number}" for number in range(1, SCHEMA + 1)}
    assert {place.name for place in STORES.iterdir()} == names


@pytest.mark.parametrize("number", range(1, SCHEMA + 1))
def test_gone_on_with(lab: Lab, number: int) -> None:
    """Each store knows two days, and a digest for Bob that was put off on the second.

    He gets that one first, as it was; then both get what is new, and nothing of what they had.
    """
    shutil.copytree(STORES / f"schema-{number}", lab.home, dirs_exist_ok=True)
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


def test_written_in_the_newest(lab: Lab) -> None:
    """What is written is of the present schema."""
    lab.run("send")
    assert decode_snapshot(lab.state.read_bytes()).schema == SCHEMA
