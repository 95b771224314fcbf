"""The HTML part in a real browser, on a telephone and on a desk, by day and by night."""

import struct
from pathlib import Path

import pytest
from browser import AXE, CHROMIUM, SCREENS, Screen, seen
from editions import KINDS
from pictures import LARGEST, PICTURES, Picture, photographed

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

PAGES = {name: kind.rendered.html for name, kind in KINDS.items()}
ROWS = {"one": 2, "new": 22, "cut": 12, "titles alone": 0, "empty": 0}
"""Rows of tables, with the head of each."""


def test_nothing_is_wider_than_the_screen(tmp_path: Path) -> None:
    """On 375 pixels each paper is a card, on 800 a row; nothing has to be scrolled sideways."""
    found = seen(PAGES, SCREENS, tmp_path)
    assert len(found) == len(PAGES) * len(SCREENS)
    for (name, screen), page in found.items():
        assert page["width"] == screen.width, (name, screen)
        assert page["rows"] == ROWS.get(name, page["rows"]), (name, screen)
        if page["rows"]:
            card = (
                ("block", "none") if screen.width == 375 else ("table-cell", "table-header-group")
            )
            assert (page["cell"], page["head"]) == card, (name, screen)
            assert page["title"] == "700", (name, screen)


def test_a_dark_mode_of_its_own(tmp_path: Path) -> None:
    """A reader who prefers dark pages gets one, on both screens."""
    found = seen({"one": PAGES["one"]}, SCREENS, tmp_path)
    backgrounds = {screen: page["background"] for (_, screen), page in found.items()}
    assert backgrounds == {
        Screen(375, "light"): "rgb(241, 243, 245)",
        Screen(375, "dark"): "rgb(19, 22, 25)",
        Screen(800, "light"): "rgb(255, 255, 255)",
        Screen(800, "dark"): "rgb(19, 22, 25)",
    }


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: make mailclients")
def test_contrast_and_structure(tmp_path: Path) -> None:
    """axe-core finds nothing in an edition of any kind, on any screen; it does in a bad page."""
    bad = PAGES["one"].replace("#5f6368", "#b0b4b8").replace("<h1", "<h4").replace("</h1", "</h4")
    found = seen(PAGES | {"bad": bad}, SCREENS, tmp_path, with_axe=True)
    assert len(found) == (len(PAGES) + 1) * len(SCREENS)
    for (name, screen), page in found.items():
        rules = {violation.partition(":")[0] for violation in page["violations"]}
        if name == "bad":
            light = {"color-contrast"} if screen.scheme == "light" else set()
            assert rules >= {"page-has-heading-one"} | light, screen
        else:
            assert page["violations"] == [], (name, screen)
            assert {"color-contrast", "region", "heading-order"} <= set(page["passes"])


def test_pictures_are_made(tmp_path: Path) -> None:
    """A picture has the size that is asked for, and the colours of its scheme."""
    picture = next(one for one in PICTURES if one.screen == Screen(375, "dark"))
    data = photographed(PAGES["one"], picture, tmp_path).read_bytes()
    assert data.startswith(b"\x89PNG")
    assert struct.unpack(">II", data[16:24]) == picture.size


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.path.stem)
def test_pictures_of_the_documentation(picture: Picture) -> None:
    """docs/ has a picture for each screen, of its size and with few bytes."""
    data = picture.path.read_bytes()
    assert struct.unpack(">II", data[16:24]) == picture.size
    assert len(data) < LARGEST
