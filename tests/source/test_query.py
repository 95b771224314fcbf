"""Keywords as arXiv's query language puts them."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from builders import paper
from hypothesis import given
from hypothesis import strategies as st
from installation import corpus

from digest.model.keyword import Keyword
from digest.source.arxiv_api.query import arxiv_query, search_url

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("keyword", "query"),
    [
        (
            Keyword("Graph Neural Networks"),
            'ti:"Graph Neural Networks" OR abs:"Graph Neural Networks"',
        ),
        (Keyword("Trajectory", in_both=True), 'ti:"Trajectory" AND abs:"Trajectory"'),
        (Keyword("X", fields=("title",)), 'ti:"X"'),
        (
            Keyword("Molecular Generation", match="all"),
            '(ti:"Molecular" AND ti:"Generation") OR (abs:"Molecular" AND abs:"Generation")',
        ),
        (
            Keyword("D", fields=("title",), categories=("cs", "stat.ML")),
            '(ti:"D") AND (cat:cs OR cat:cs.* OR cat:stat.ML)',
        ),
        (
            Keyword("D", fields=("title",), exclude=("heat equation",)),
            '(ti:"D") ANDNOT (ti:"heat equation" OR abs:"heat equation")',
        ),
        (Keyword("T", query='abs:"x-y" ANDNOT cat:cs.CV'), 'abs:"x-y" ANDNOT cat:cs.CV'),
    ],
)
def test_the_query(keyword: Keyword, query: str) -> None:
    """Each way to write a keyword has its query."""
    assert arxiv_query(keyword) == query


@pytest.mark.parametrize(
    "name",
    [
        "test-time training",
        'the "no free lunch" theorem',
        "C++ compilers",
        "f(x) optimization",
        "Q: answering",
        "AND OR ANDNOT",
        "back\\slash",
        "[bracket]",
        "Erdős graphs",
        "naïve *wild*",
    ],
)
def test_what_a_name_holds_is_no_operator(name: str) -> None:
    """A name with signs of the query language finds the paper with that title and no other."""
    keyword = Keyword(name, fields=("title",))
    papers = corpus([paper(1, f"On {name} today"), paper(2, "On something else")])
    found = papers.search(arxiv_query(keyword), (), NOW, "relevance", ascending=False)
    assert [one.id for one in found] == ["2611.00001"]


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_every_name_is_a_query(name: str) -> None:
    """Whatever stands in a name and its exclusions, arXiv's grammar can read the query."""
    keyword = Keyword(f"a {name}", match="all", categories=("cs",), exclude=(f"b {name}",))
    corpus([paper(1)]).search(arxiv_query(keyword), (), NOW, "relevance", ascending=False)


def test_search_url() -> None:
    """The address for readers asks arxiv.org for the phrase, newest first."""
    url = urlsplit(search_url(Keyword('Time "Series"')))
    assert (url.scheme, url.netloc) == ("https", "arxiv.org")
    assert parse_qs(url.query)["query"] == ['"Time Series"']
