"""LaTeX as it stands in recorded titles, abstracts and comments."""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from digest.commands.markdown_table import read
from digest.mail.latex import to_unicode

pytestmark = pytest.mark.real

_LEFT = re.compile(r"\\[A-Za-z]+|\$[^\d\s]")
"""The marks of LaTeX that a text turned completely has lost; an amount of money may stay."""
_FORMULA = re.compile(r"(?<!\\)\$[^$\d][^$]*(?<!\\)\$")
_MACRO = re.compile(r"\\[A-Za-z]+")
_SCRIPT = re.compile(r"[_^]\{")


def recorded(folder: Path) -> Iterator[str]:
    """Yields every recorded text that may have LaTeX in it."""
    with gzip.open(folder / "replay" / "papers.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            paper = json.loads(line)
            yield from (paper[field] or "" for field in ("title", "abstract", "comment"))
    table = read((folder / "daily-papers.md").read_text("utf-8"), "daily-papers.md")
    for paper in (paper for papers in table.values() for paper in papers):
        yield from (paper.title, paper.abstract, paper.comment)


@pytest.fixture(scope="module")
def latex(real_data: Path) -> list[str]:
    """The recorded texts with a dollar sign or a backslash."""
    found = [text for text in recorded(real_data) if "$" in text or "\\" in text]
    assert len(found) > 400
    return found


def test_most_of_it_is_turned(
    latex: list[str], record_property: Callable[[str, object], None]
) -> None:
    """Of the texts with LaTeX in them at least 95 of 100 come out without a trace of it."""
    whole = sum(not _LEFT.search(to_unicode(text)) for text in latex)
    share = 100 * whole / len(latex)
    record_property("figure", f"LaTeX: {share:.1f} % of {len(latex)} recorded texts turned wholly")
    assert share >= 95


def test_what_is_left_is_as_it_was_written(latex: list[str]) -> None:
    """A formula or a macro that stays is one of the text's own, to the letter."""
    for text in latex:
        turned = to_unicode(text)
        for pattern in (_FORMULA, _MACRO):
            for left in pattern.findall(turned):
                assert left in text, (left, text)


def test_nothing_is_half_turned(latex: list[str]) -> None:
    """Where no formula and no macro is left, no brace, script or escape of one is left either."""
    for text in latex:
        turned = to_unicode(text)
        if _LEFT.search(turned):
            continue
        assert turned.count("{") == turned.count("}") <= text.count("{"), text
        assert not _SCRIPT.search(turned), text
        assert not re.search(r"\\[^\s]", turned), text


def test_turning_twice_changes_nothing(latex: list[str]) -> None:
    """A text turned wholly reads as plain text: no new LaTeX comes about."""
    for text in latex:
        turned = to_unicode(text)
        if not _LEFT.search(turned) and "$" not in turned:
            assert to_unicode(turned) == turned, text
