"""LaTeX as it stands in recorded abstracts."""

import gzip
import json
import re
from pathlib import Path

import pytest

from digest.latex import to_unicode
from digest.table import read

pytestmark = pytest.mark.real


def test_most_of_it_is_turned(real_data: Path) -> None:
    """Of the abstracts with LaTeX in them at least 94 of 100 come out without a trace of it."""
    with gzip.open(real_data / "replay" / "papers.jsonl.gz", "rt", encoding="utf-8") as lines:
        abstracts = [json.loads(line)["abstract"] for line in lines]
    table = read((real_data / "daily-papers.md").read_text("utf-8"), "daily-papers.md")
    abstracts += [paper.abstract for papers in table.values() for paper in papers]
    latex = [abstract for abstract in abstracts if "$" in abstract or "\\" in abstract]
    assert len(latex) > 400
    turned = [to_unicode(abstract) for abstract in latex]
    left = [text for text in turned if "\\" in text or re.search(r"\$[^\d]", text)]
    assert len(left) <= 0.06 * len(latex)


def test_nothing_is_half_turned(real_data: Path) -> None:
    """Braces are left only where a macro was left with them."""
    with gzip.open(real_data / "replay" / "papers.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            abstract = json.loads(line)["abstract"]
            text = to_unicode(abstract)
            if "\\" not in text and "$" not in text and "\\" in abstract:
                assert text.count("{") == text.count("}") <= abstract.count("{")
                assert not re.search(r"[_^]\{", text)
