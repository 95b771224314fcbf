"""Pages on screens of given widths, light and dark, all in one run of headless Chromium.

Each page stands in a frame of its own, since a window of Chromium has at least 500 pixels. The
colour scheme of a frame is what the page in it is told that its reader prefers (CSS Color
Adjustment, section 2.2), so one run shows both.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
PACKAGES = Path(__file__).parents[2] / ".mailclients" / "node_modules"
"""Where `make mailclients` puts axe-core and doiuse-email."""
AXE = PACKAGES / "axe-core" / "axe.min.js"

_FRAME = (
    '<iframe name="{name}" width="{width}" height="{height}" srcdoc="{page}" '
    'style="border:0;display:block;color-scheme:{scheme}"></iframe>\n'
)

_LOOK = """
<script>
addEventListener("load", async () => {
  const found = {};
  const tool = document.querySelector("#tool");
  for (const frame of document.querySelectorAll("iframe")) {
    const screen = frame.contentWindow;
    const style = (query) => {
      const element = screen.document.querySelector(query);
      return element ? screen.getComputedStyle(element) : {};
    };
    const one = found[frame.name] = {
      width: screen.document.documentElement.scrollWidth,
      dark: screen.matchMedia("(prefers-color-scheme: dark)").matches,
      background: style("body").backgroundColor,
      cell: style(".t td").display,
      head: style(".t thead").display,
      title: style(".t a").fontWeight,
      rows: screen.document.querySelectorAll(".t tr").length,
      violations: [],
      passes: [],
    };
    if (tool) {
      screen.eval(tool.textContent);
      const result = await screen.axe.run();
      const names = (results) => results.flatMap((rule) => rule.nodes.map(
        (node) => `${rule.id}: ${node.html.slice(0, 200)}: ${node.failureSummary}`));
      const unsure = result.incomplete.filter((rule) => rule.id === "color-contrast");
      one.violations = names([...result.violations, ...unsure]);
      one.passes = result.passes.map((rule) => rule.id);
    }
  }
  document.body.dataset.found = JSON.stringify(found);
});
</script>
"""


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen of `width` pixels, whose reader prefers `scheme`: `light` or `dark`."""

    width: int
    scheme: str


SCREENS = tuple(Screen(width, scheme) for width in (375, 800) for scheme in ("light", "dark"))


def seen(
    pages: Mapping[str, str], screens: Sequence[Screen], folder: Path, *, with_axe: bool = False
) -> dict[tuple[str, Screen], dict[str, Any]]:
    """Renders each page on each screen in a browser; `violations` only `with_axe`.

    Args:
        pages: pages by name.
        screens: the screens to look at each of them on.
        folder: a directory for what the browser writes.
        with_axe: whether axe-core looks at each page, by all of its rules.
    """
    keys = {f"{name} {s.width} {s.scheme}": (name, s) for name in pages for s in screens}
    frames = [framed(pages[name], screen, 1200, key) for key, (name, screen) in keys.items()]
    tool = f'<script id="tool">{AXE.read_text("utf-8")}</script>' if with_axe else ""
    wrapper = folder / "screens.html"
    document = f"<!DOCTYPE html><meta charset=utf-8>{tool}{''.join(frames)}{_LOOK}"
    wrapper.write_text(document, "utf-8")
    dump = chromium(folder, "--virtual-time-budget=600000", "--dump-dom", wrapper.as_uri())
    match = re.search(r'data-found="([^"]*)"', dump)
    assert match, dump[-2000:]
    found: dict[str, dict[str, Any]] = json.loads(unescape(match[1]))
    return {keys[key]: one for key, one in found.items()}


def framed(page: str, screen: Screen, height: int, name: str = "page") -> str:
    """The page in a frame as large as the screen, `height` pixels of it."""
    return _FRAME.format(
        name=escape(name),
        width=screen.width,
        height=height,
        page=escape(page),
        scheme=screen.scheme,
    )


def chromium(folder: Path, *arguments: str) -> str:
    """Runs Chromium without a window, with its files in `folder`; returns what it prints."""
    assert CHROMIUM
    done = subprocess.run(
        [
            *(CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *(f"--user-data-dir={folder / 'profile'}", "--window-size=900,1300", *arguments),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout
