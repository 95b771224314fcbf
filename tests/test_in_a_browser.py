"""The HTML part in a real browser, on a telephone and on a desk."""

import json
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path

import pytest
from lab import Lab, paper, part

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

_FRAME = """<!DOCTYPE html>
<iframe width="{width}" height="1200" style="border:0" srcdoc="{page}"></iframe>
<script>
addEventListener("load", () => {{
  const screen = document.querySelector("iframe").contentWindow;
  const style = (query) => screen.getComputedStyle(screen.document.querySelector(query));
  document.body.dataset.found = JSON.stringify({{
    width: screen.document.documentElement.scrollWidth,
    cell: style(".t td").display,
    head: style(".t .h").display,
    title: style(".t a").fontWeight,
    rows: screen.document.querySelectorAll(".t tr").length,
  }});
}});
</script>
"""
"""The page on a screen of so many pixels: a window of Chromium has at least 500."""


def measured(page: str, width: int, folder: Path) -> dict[str, object]:
    """What a browser of that width in pixels makes of the page."""
    file = folder / f"{width}.html"
    file.write_text(_FRAME.format(width=width, page=escape(page)), "utf-8")
    assert CHROMIUM
    done = subprocess.run(
        [
            *(CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *(f"--user-data-dir={folder / 'profile'}", "--window-size=900,1300"),
            *("--dump-dom", file.as_uri()),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    match = re.search(r'data-found="([^"]*)"', done.stdout)
    assert match
    found: dict[str, object] = json.loads(unescape(match[1]))
    return found


@pytest.mark.parametrize(
    ("width", "cell", "head"), [(375, "block", "none"), (800, "table-cell", "table-row")]
)
def test_nothing_is_wider_than_the_screen(
    lab: Lab, tmp_path: Path, *, width: int, cell: str, head: str
) -> None:
    """On 375 pixels each paper is a card, on 800 a row; nothing has to be scrolled sideways."""
    lab.publish(
        paper(1, "Time series " + "x" * 1900),
        paper(2, comment="see https://example.org/" + "path/" * 60),
        paper(3, abstract="A time series of " + "many words " * 150),
        paper(4, "A trajectory of a time series", abstract="A trajectory."),
    )
    assert lab.run("send", "--to", "ada@example.org").status == 0
    page = part(lab.mails()["ada@example.org"][0], "html")
    found = measured(page, width, tmp_path)
    assert found["width"] == width
    assert (found["cell"], found["head"]) == (cell, head)
    assert found["title"] == "700"
    assert found["rows"] == 7
