"""Where the state is, when no setting says so."""

import os
from pathlib import Path

import pytest
from builders import paper
from installation import Lab


@pytest.fixture
def elsewhere(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another working directory, with no DIGEST_STATE set; a paper is there to be mailed."""
    place = tmp_path / "elsewhere"
    place.mkdir()
    monkeypatch.chdir(place)
    del lab.environment["DIGEST_STATE"]
    lab.publish(paper(1))
    return place


def test_beside_subscribers(lab: Lab, elsewhere: Path) -> None:
    """It is beside subscribers.yaml, wherever a command is called; nothing need be said of it."""
    result = lab.run("send")
    assert result.status == 0
    assert "WARNING" not in result.err
    assert lab.state.exists()
    assert not list(elsewhere.iterdir())


def test_one_of_before_is_found(lab: Lab, elsewhere: Path) -> None:
    """One in the working directory is used, nobody is mailed again, and what to do is said."""
    assert lab.run("send", DIGEST_STATE=str(elsewhere / "state.json")).status == 0
    mailed = len(lab.mail.received)
    for command in ("send", "status"):
        result = lab.run(command)
        assert result.status == 0
        assert f"state-elsewhere used={elsewhere}/state.json belongs={lab.state}" in result.err
        assert f"DIGEST_STATE={elsewhere}/state.json" in result.err
        assert f"mv {elsewhere}/state.json* {lab.home}/" in result.err
    assert len(lab.mail.received) == mailed
    assert not lab.state.exists()

    for file in elsewhere.iterdir():
        file.rename(lab.home / file.name)
    result = lab.run("send")
    assert "state-elsewhere" not in result.err
    assert len(lab.mail.received) == mailed


def test_two_of_them(lab: Lab, elsewhere: Path) -> None:
    """The one beside subscribers.yaml is used, and that the other is not read is said."""
    assert lab.run("send").status == 0
    lab.run("send", DIGEST_STATE=str(elsewhere / "state.json"))
    mailed = len(lab.mail.received)
    result = lab.run("send")
    assert f"two-states used={lab.state} not_read={elsewhere}/state.json" in result.err
    assert len(lab.mail.received) == mailed
    assert "two-states" not in lab.run("status", STATE_DIRECTORY=str(lab.home)).err


def test_a_file_of_others(lab: Lab, elsewhere: Path) -> None:
    """A `state.json` that is not ours is left alone, and nothing is said of it."""
    (elsewhere / "state.json").write_text('{"version": 4, "terraform_version": "1.9"}')
    result = lab.run("send")
    assert result.status == 0
    assert "WARNING" not in result.err
    assert lab.state.exists()


def test_a_state_that_lost_its_snapshot(lab: Lab, elsewhere: Path) -> None:
    """A state of the working directory that is damaged is not passed over for an empty one."""
    lab.run("send", DIGEST_STATE=str(elsewhere / "state.json"))
    (elsewhere / "state.json").unlink()
    result = lab.run("send")
    assert result.status == 74
    assert "is missing although its journal is there" in result.err


def test_subscribers_from_a_pipe(lab: Lab, elsewhere: Path) -> None:
    """Where subscribers.yaml is a pipe, the state is in the working directory."""
    ear, mouth = os.pipe()
    os.write(mouth, (lab.home / "subscribers.yaml").read_bytes())
    os.close(mouth)
    assert lab.run("send", "--subscribers", f"/dev/fd/{ear}").status == 0
    os.close(ear)
    assert (elsewhere / "state.json").exists()
