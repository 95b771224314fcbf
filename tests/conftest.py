"""The fixtures that all tests share: the real data, and an installation to try things in."""

import gc
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from installation import HandClock, Lab, laboratory


def pytest_collection_finish() -> None:
    """Leaves the tests themselves out of each later look for what is no longer used."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The directory of real data; DIGEST_REAL_DATA names it, and what is named must be there."""
    named = os.environ.get("DIGEST_REAL_DATA")
    path = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if path.is_dir():
        return path
    if named:
        pytest.fail(f"DIGEST_REAL_DATA names {path}, which is not there")
    pytest.skip("no real data: DIGEST_REAL_DATA names no directory")


@pytest.fixture
def clock() -> HandClock:
    """A clock that stands at the start of the tests' first day."""
    return HandClock()


@pytest.fixture
def lab(tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """An installation with two readers; no mail was sent so far."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with laboratory(home, clock) as running:
        yield running


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Shows the figures that tests have found, which a run in parallel would not print."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "figure":
                terminalreporter.write_line(str(value))
