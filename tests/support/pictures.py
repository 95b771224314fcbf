"""Takes the pictures of docs/: the demonstration's second day, on a telephone and a desk.

    the demo's mail ─> Chromium, four screens ─> pngquant: 32 colours ─> docs/

`make pictures` runs it. The page asks for the font of the system it is read on; Roboto, that of
many telephones, has to be there for pictures that look as they do elsewhere.
"""

import contextlib
import io
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from browser import CHROMIUM, SCREENS, Screen, chromium, framed

from digest.commands import demo

DOCS = Path(__file__).parents[2] / "docs"
READER = "day-2-kwame@example.org.html"
"""Has new papers of two keywords, and a new version."""
LARGEST = 200_000
"""Bytes of a picture in the documentation."""

_HEIGHTS = {375: 1350, 800: 1000}
_DENSITY = 2
"""Pixels of the picture for one of the page."""
_NARROWEST_WINDOW = 500


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a page on a screen."""

    screen: Screen

    @property
    def path(self) -> Path:
        """Where it stands in the documentation."""
        dark = "-dark" if self.screen.scheme == "dark" else ""
        return DOCS / f"digest-{self.screen.width}{dark}.png"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in its own pixels."""
        return self.screen.width * _DENSITY, _HEIGHTS[self.screen.width] * _DENSITY


PICTURES = tuple(map(Picture, SCREENS))


def photographed(page: str, picture: Picture, folder: Path) -> Path:
    """Has Chromium take the picture; returns the file, in `folder`.

    A window has at least 500 pixels: what is narrower is shown larger, with fewer of the picture's
    pixels for each, which comes to the same.
    """
    width, height = picture.screen.width, _HEIGHTS[picture.screen.width]
    larger = max(1, _NARROWEST_WINDOW / width)
    wrapper, file = folder / "picture.html", folder / picture.path.name
    style = f"margin:0;overflow:hidden;transform-origin:0 0;transform:scale({larger})"
    frame = framed(page, picture.screen, height)
    wrapper.write_text(f'<!DOCTYPE html><meta charset=utf-8><body style="{style}">{frame}', "utf-8")
    chromium(
        folder,
        f"--force-device-scale-factor={_DENSITY / larger}",
        f"--window-size={width * larger:.0f},{height * larger:.0f}",
        f"--screenshot={file}",
        wrapper.as_uri(),
    )
    return file


def _page(folder: Path) -> str:
    """The page that the demonstration mails."""
    with contextlib.redirect_stdout(io.StringIO()):
        demo.run(folder)
    return (folder / READER).read_text("utf-8")


def main() -> None:
    """Takes all of them."""
    if CHROMIUM is None or shutil.which("pngquant") is None:
        sys.exit("the pictures need Chromium and pngquant")
    with tempfile.TemporaryDirectory(prefix="digest-pictures-") as place:
        page = _page(Path(place) / "demo")
        for picture in PICTURES:
            taken = photographed(page, picture, Path(place))
            quantise = ["pngquant", "--force", "--strip", "--speed", "1", "--output"]
            subprocess.run([*quantise, picture.path, "32", taken], check=True)
            sys.stdout.write(f"{picture.path}: {picture.path.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
