"""The recorded days through the harvest: the same papers as through arXiv's API, each once."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import ADA, subscribers
from recorded_days import CONFIGURATION, KEYWORDS, READ
from recorded_harvest import lived, mornings, own_words, visible

from digest.search.conditions import condition
from digest.search.documents import document_of
from digest.search.grammar import parse
from digest.source.arxiv_api.query import arxiv_query

pytestmark = pytest.mark.real
Figure = Callable[[str, object], None]


@pytest.mark.parametrize("most", [8, pytest.param(60, marks=pytest.mark.long)])
def test_the_same_papers(
    tmp_path: Path, real_data: Path, most: int, record_property: Figure
) -> None:
    """Each reader gets the papers that the API brings as well, each once, and no other."""
    by_harvest = lived(tmp_path / "harvest", real_data, CONFIGURATION, ["harvest"] * most)
    by_api = lived(tmp_path / "api", real_data, CONFIGURATION, ["api"] * most)
    assert by_harvest == by_api
    assert set(by_harvest) == set(READ)
    for address, keywords in READ.items():
        counts = by_harvest[address]
        assert set(counts.values()) == {1}
        wanted = [condition(parse(arxiv_query(KEYWORDS[one]))).holds for one in keywords]
        found = {
            paper.id
            for paper in visible(real_data, mornings(real_data, most)[-1])
            if any(holds(document_of(paper)) for holds in wanted)
        }
        assert set(counts) == found
    papers = sum(map(len, by_harvest.values()))
    record_property("figure", f"harvest and API: {papers:,} papers on {most} mornings, 0 differ")


@pytest.mark.parametrize(("count", "most"), [(60, 4), pytest.param(300, 9, marks=pytest.mark.long)])
def test_keywords_of_their_own_words(
    tmp_path: Path, real_data: Path, count: int, most: int, record_property: Figure
) -> None:
    """Keywords made from the papers' own words find the same by the harvest as by the API."""
    words = own_words(visible(real_data, mornings(real_data, most)[-1]), count)
    asked = {f"K{number}": {"query": arxiv_query(one)} for number, one in enumerate(words)}
    text = subscribers(ADA, keywords=asked)
    by_harvest = lived(tmp_path / "harvest", real_data, text, ["harvest"] * most)
    by_api = lived(tmp_path / "api", real_data, text, ["api"] * most)
    assert by_harvest == by_api
    assert set(by_harvest[ADA].values()) == {1}
    papers = len(by_harvest[ADA])
    assert papers > count // 3
    record_property(
        "figure",
        f"{count} keywords of their own words: {papers:,} papers, {most} mornings, 0 differ",
    )


@pytest.mark.parametrize(
    "sources",
    [
        ["api", "api", "harvest", "harvest", "api", "harvest"],
        pytest.param(
            ["harvest", "api", "api", "harvest", "harvest", "api"], marks=pytest.mark.long
        ),
    ],
    ids=" ".join,
)
def test_there_and_back(tmp_path: Path, real_data: Path, sources: list[str]) -> None:
    """A state goes on by another source on any day, without a loss or a repetition."""
    changing = lived(tmp_path / "changing", real_data, CONFIGURATION, sources)
    by_api = lived(tmp_path / "api", real_data, CONFIGURATION, ["api"] * len(sources))
    assert changing == by_api
    assert all(counts == Counter(set(counts)) for counts in changing.values())
