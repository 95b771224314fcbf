"""The benchmarks still run, and write where they are to."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.growing import Point
from benchmarks.page import million, rewritten, section
from benchmarks.row import Row, series

ROOT = Path(__file__).parents[1]


@pytest.mark.long
@pytest.mark.skipif(not Path("/usr/sbin/smtp-sink").exists(), reason="Postfix is not installed")
def test_the_short_form(tmp_path: Path) -> None:
    """All of it runs in small, and its figures come on to the page."""
    page = tmp_path / "performance.md"
    page.write_bytes((ROOT / "docs" / "performance.md").read_bytes())
    command = [sys.executable, "-m", "benchmarks", "--small", "--output", str(page)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "Not measured yet" not in page.read_text("utf-8")
    told = run.stdout.splitlines()
    for words in ("composing for", "memory of", "starting the daemon", "recording", "`digest"):
        assert any(words in line for line in told), words


def test_the_page_has_its_places() -> None:
    """Figures go between marks that are there; everything else stays as it is."""
    page = (ROOT / "docs" / "performance.md").read_text("utf-8")
    for mark in ("figures", "million"):
        once = rewritten(page, mark, "| 1 |")
        assert f"<!-- {mark} -->\n| 1 |\n<!-- end of {mark} -->" in once
        assert rewritten(once, mark, "| 1 |") == once
    with pytest.raises(ValueError, match="there are no comments"):
        rewritten(page, "nothing", "")


def test_a_row() -> None:
    """A row is a line of the table, with medians and ranges."""
    row = Row("work", series([1, 3, 2], "s"), "other", series([40], "s"), 20, "10 times", met=True)
    table = section("Title", [row]).splitlines()
    line = "| work | 2 s (1 to 3) | other | 40 s (40 to 40) | 20 | 10 times | yes |"
    assert table[-1] == line


def test_on_paper() -> None:
    """The conclusion for a million follows from the last two sizes."""
    name = "a decision of the daemon"
    sizes = (1_000, 10_000, 100_000)
    points = [Point(name, "ms", "subscribers", size, 10 + size / 1000) for size in sizes]
    assert million(points, []).splitlines() == ["- 1.01 s for each decision of the daemon"]
