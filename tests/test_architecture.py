"""docs/architecture.md says what is there, and its picture is the one that the code draws."""

import re
from pathlib import Path

import pytest
from wings import MODULES, PACKAGE, PAGE, ROOT, arrows, picture, reduced, wing, with_picture

TEXT = PAGE.read_text("utf-8")
PATHS = sorted(set(re.findall(r"`((?:[a-z_]+/)+[a-z_.]*)`", TEXT)))
"""`mail/layout`, `mail/`, `digest/errors.py`: what the page names of the code."""
RECORDS = sorted((ROOT / "docs" / "adr").glob("*.md"))


def test_the_picture_is_current() -> None:
    """The picture is drawn from the imports as they are; `make wings` draws it again."""
    assert with_picture(TEXT) == TEXT


@pytest.mark.parametrize("path", PATHS)
def test_a_named_place_exists(path: str) -> None:
    """A module or a folder that the page names is there."""
    places = [PACKAGE / path, PACKAGE / f"{path}.py", ROOT / path]
    assert any(place.exists() for place in places)


def test_every_wing_is_named() -> None:
    """The table of the wings has a line for each folder of the package, and for nothing else."""
    named = re.findall(r"^\| `([a-z_]+)/`", TEXT.partition("## The way")[0], re.MULTILINE)
    folders = {wing(module) for module in MODULES if "." in module}
    assert sorted(named) == sorted({*folders, "digest"})


def test_the_page_is_one_page() -> None:
    """It is short enough to be read at one go."""
    assert len(TEXT.splitlines()) <= 130


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_names_modules_that_exist(record: Path) -> None:
    """A module that a decision record names is there."""
    for name in re.findall(r"`digest\.([a-z_.]+)`", record.read_text("utf-8")):
        assert name in MODULES, f"{record.name} names {name}"


@pytest.mark.parametrize("number", sorted(set(re.findall(r"docs/adr/(\d{4})", TEXT))))
def test_a_named_record_exists(number: str) -> None:
    """A decision record that the page refers to is there."""
    assert any(record.name.startswith(number) for record in RECORDS)


def test_an_arrow_is_left_out_only_where_a_longer_way_leads_there() -> None:
    """Each import from another wing is a way over the arrows that are drawn."""
    every = arrows()
    drawn = reduced(every)

    def reached(start: str) -> set[str]:
        return set().union(*({other} | reached(other) for other in drawn[start]))

    assert all(others <= reached(start) for start, others in every.items())
    assert reduced({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == {
        "a": {"b"},
        "b": {"c"},
        "c": set(),
    }


def test_the_picture_shows_each_wing() -> None:
    """Every wing has its box, and the ground says that it is the folder itself."""
    assert all(re.search(rf"\b{name}\b", picture()) for name in arrows())
