"""The power cut after every step of the state store: nothing that was recorded is lost by it."""

import os
from pathlib import Path

import pytest
from power_cut import History, StoreTrial


@pytest.fixture
def trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StoreTrial:
    """Operations that are noted as syncing need not sync, which saves time."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(os, "fdatasync", lambda _: None)
    return StoreTrial(tmp_path / "left")


def test_power_cut(tmp_path: Path, trial: StoreTrial) -> None:
    """Wherever the power is cut, the store opens with all that was recorded, and goes on."""
    history = History(tmp_path / "home")
    generations = [p.name[-1] for p in sorted((tmp_path / "home").glob("*.journal-*"))]
    assert generations[0] > "1"
    assert list(trial.complaints(history.cuts())) == []


def test_power_cut_after_a_kill(tmp_path: Path, trial: StoreTrial) -> None:
    """Nor is anything lost that a killed process has not synced and the next one builds on."""
    for kill in range(0, len(History(tmp_path / "home").recorder.log), 4):
        assert list(trial.complaints(History(tmp_path / str(kill), kill).cuts(kill))) == []


@pytest.mark.parametrize("deaf", ["fsync", "fdatasync", "sync_directory"])
def test_what_is_not_synced_is_missed(tmp_path: Path, trial: StoreTrial, deaf: str) -> None:
    """Where something is not synced that should be, the check finds that events are lost."""
    complaints = trial.complaints(History(tmp_path / "home", deaf=deaf).cuts())
    assert any(complaint[0].isdecimal() for complaint in complaints)
