"""Keywords as arXiv's query language puts them."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from builders import paper
from hypothesis import given
from hypothesis import strategies as st
from installation import corpus

from digest.model.keyword import Keyword
from digest.source.arxiv_api.query import arxiv_query, search_url, wanted

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
        (
            Keyword("N", author=("Noether, Emmy",)),
            'au:"Emmy Noether" OR au:"E Noether"',
        ),
        (
            Keyword("N", author=('"Emmy Noether"', "Artin"), categories=("math", "hep-th")),
            (
                '(au:"Emmy Noether" OR au:"Artin") AND '
                "(cat:math OR cat:math.* OR cat:hep-th OR cat:hep-th.*)"
            ),
        ),
        (
            Keyword("N", author=("Artin",), categories=("math.RA",), exclude=("rings", "fields")),
            (
                '(((au:"Artin") AND (cat:math.RA)) ANDNOT (ti:"rings" OR abs:"rings")) ANDNOT '
                '(ti:"fields" OR abs:"fields")'
            ),
        ),
        (Keyword("C", category=("math.NT",)), "cat:math.NT"),
        (
            Keyword("C", category=("cs.SY", "hep-th"), exclude=("string",)),
            (
                "(cat:cs.SY OR cat:eess.SY OR cat:hep-th OR cat:hep-th.*) ANDNOT "
                '(ti:"string" OR abs:"string")'
            ),
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


def test_authors_url() -> None:
    """The address for one author asks for the name, that for several for any of the names."""
    one = urlsplit(search_url(Keyword("N", author=("Noether, Emmy",), categories=("math",))))
    assert parse_qs(one.query) == {
        "query": ['"Emmy Noether"'],
        "searchtype": ["author"],
        "order": ["-announced_date_first"],
    }
    two = urlsplit(search_url(Keyword("N", author=("Noether, Emmy", '"Emil Artin"'))))
    assert (two.netloc, two.path) == ("arxiv.org", "/search/advanced")
    fields = parse_qs(two.query)
    assert [fields[f"terms-{n}-term"] for n in (0, 1)] == [['"Emmy Noether"'], ['"Emil Artin"']]
    assert [fields[f"terms-{n}-operator"] for n in (0, 1)] == [["AND"], ["OR"]]
    assert fields["terms-1-field"] == ["author"]


def test_category_url() -> None:
    """The address for a category is arXiv's list of its recent papers."""
    assert (
        search_url(Keyword("C", category=("math.NT",))) == "https://arxiv.org/list/math.NT/recent"
    )


def test_nothing_to_mark() -> None:
    """The name of a keyword for an author or a category is marked nowhere."""
    assert wanted(Keyword("Number theory", category=("math.NT",), exclude=("prime",))) == ()
    assert wanted(Keyword("Noether", author=("Emmy Noether",))) == ()
    assert wanted(Keyword("Noether")) == ("Noether",)
