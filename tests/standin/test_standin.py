"""The stand-in for arXiv behaves like arXiv as far as is known."""

import urllib.error
import urllib.request
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from builders import START, paper
from installation import HandClock

from digest.search.grammar import MalformedQueryError
from digest.source.arxiv_api.atom import read_page
from digest.source.arxiv_api.listing import read_saved
from digest.standin.corpus import Corpus, Holding
from digest.standin.server import StandIn

HOUR = timedelta(hours=1)
PAPERS = {
    "gnn": paper(
        1, "Graph Neural Networks", abstract="Forecasting by nodes.", categories=("cs.LG",)
    ),
    "graphs": paper(2, "Networks of graphs", abstract="A neural graph network.", comment="9 pages"),
    "trees": paper(3, "Forests", abstract="Tree graphs", categories=("math.CO", "cs.DM")),
    "noether": paper(4, "Invariants", abstract="On symmetry.", authors=("Emmy Noether",)),
    "old": paper(5, "Graph walks", published=START - 400 * HOUR, updated=START - 300 * HOUR),
}


def found(query: str) -> set[str]:
    """The names of the papers that a query finds."""
    corpus = Corpus(Holding(one, START) for one in PAPERS.values())
    ids = {p.id for p in corpus.search(query, (), START, "relevance", ascending=False)}
    return {name for name, one in PAPERS.items() if one.id in ids}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ('ti:"graph neural network"', {"gnn"}),
        ('abs:"neural graph networks"', {"graphs"}),
        ('ti:"neural graph"', set()),
        ("abs:forecast", {"gnn"}),
        ("ti:graph", {"gnn", "graphs", "old"}),
        ("ti:GRAPHS AND abs:neural", {"graphs"}),
        ("ti:graph ANDNOT abs:neural", {"gnn", "old"}),
        ("(ti:forest OR au:noether) ANDNOT cat:cs.DM", {"noether"}),
        ("ti:graph ANDNOT (abs:neural OR abs:forecasting)", {"old"}),
        ("au:noether", {"noether"}),
        ('au:"Emmy Noether"', {"noether"}),
        ("cat:math.CO", {"trees"}),
        ("cat:cs.DM", {"trees"}),
        ("cat:math.*", {"trees"}),
        ("cat:math", set()),
        ("co:pages AND ti:networks", {"gnn", "graphs"}),
        ("noether", {"noether"}),
        ("all:tree", {"trees"}),
        ("forest noether", {"trees", "noether"}),
        ("ti:graph-neural", {"gnn"}),
        ("abs:graph-node", set()),
        ('ti:"graph-neural"', {"gnn"}),
        ("submittedDate:[202610010000 TO 202611090000]", {"old"}),
        ("submittedDate:[20261114 TO 2026] AND ti:graph", {"gnn", "graphs"}),
        ("lastUpdatedDate:[202610010000 TO 202611090000]", {"old"}),
        ("lastUpdatedDate:[202611030000 TO 202611032359]", set()),
        ("id:2611.00003", {"trees"}),
        ("ti:graph AND ti:neural OR au:noether", {"gnn"}),
        ("(ti:graph AND ti:neural) OR au:noether", {"gnn", "noether"}),
        ("ti:(graph AND (walk OR neural))", {"gnn", "old"}),
        ("ti:graph NOT abs:neural", {"gnn", "old"}),
        ("foo:x OR ti:forest", {"trees"}),
        ('"forests', {"trees"}),
        ("jr:nature", set()),
    ],
)
def test_the_query_language(query: str, names: set[str]) -> None:
    """Fields, phrases, stems, operators, parentheses, categories and dates."""
    assert found(query) == names


@pytest.mark.parametrize(
    "query",
    ["(ti:x", "ti:x)", "ti:", "AND", "ti:x AND", "submittedDate:[1 TO 2]", '"', "ti:x OR", "all:*"],
)
def test_what_is_no_query(query: str) -> None:
    """A query that cannot be read is refused."""
    with pytest.raises(MalformedQueryError):
        found(query)


def test_order() -> None:
    """By date of the version, or of the first one, either way round."""
    corpus = Corpus(
        Holding(paper(n, updated=START - u * HOUR, published=START - p * HOUR), START)
        for n, u, p in ((1, 2, 30), (2, 1, 20), (3, 3, 10))
    )

    def order(by: str, *, ascending: bool) -> str:
        papers = corpus.search("all:series", (), START, by, ascending=ascending)
        return "".join(one.id[-1] for one in papers)

    assert order("lastUpdatedDate", ascending=False) == "213"
    assert order("lastUpdatedDate", ascending=True) == "312"
    assert order("submittedDate", ascending=False) == "321"
    assert order("relevance", ascending=False) == "123"


def test_the_clock_and_the_latest_version() -> None:
    """A paper is listed from its moment on, and in its latest version alone."""
    corpus = Corpus(
        [Holding(paper(1), START), Holding(paper(1, version=2), START + HOUR)],
        {"pinned": ["2611.00001v1"]},
    )

    def at(hours: int, *identifiers: str) -> list[str]:
        moment = START + hours * HOUR
        papers = corpus.search("", identifiers, moment, "relevance", ascending=False)
        return [one.versioned_id for one in papers]

    assert [at(-1), at(0), at(1)] == [[], ["2611.00001v1"], ["2611.00001v2"]]
    assert at(1, "2611.00001v1", "2611.00001", "2611.99999") == ["2611.00001v1", "2611.00001v2"]
    pinned = corpus.search("pinned", (), START, "relevance", ascending=False)
    assert [one.versioned_id for one in pinned] == ["2611.00001v1"]


def get(url: str, **params: object) -> tuple[int, bytes]:
    """Status and body of one request."""
    try:
        with urllib.request.urlopen(f"{url}?{urlencode(params)}", timeout=10) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_over_http(clock: HandClock) -> None:
    """Pages, counts, identifiers and the error entry, over HTTP."""
    corpus = Corpus(Holding(paper(n), START) for n in range(1, 26))
    with StandIn(corpus, clock.now) as arxiv:
        status, body = get(arxiv.url, search_query="all:series", start=20, max_results=10)
        page = read_page(body)
        assert (status, page.total, page.start, page.entries) == (200, 25, 20, 5)
        assert read_page(get(arxiv.url, search_query="all:series")[1]).entries == 10
        assert (
            len(read_saved(get(arxiv.url, id_list="2611.00003,2611.00004v1")[1], "x").papers) == 2
        )
        assert read_page(get(arxiv.url, id_list="0000.0000")[1]).total == 0
        for params, words in (
            ({"id_list": "abc"}, "incorrect id format for abc"),
            ({"search_query": "(x"}, "malformed query: a parenthesis is not closed"),
            ({"search_query": "x", "max_results": 3000}, "max_results must not exceed 2000"),
            ({"search_query": "x", "start": -1}, "start must be a non-negative integer"),
            ({"search_query": "x", "sortBy": "size"}, "sortBy must be in"),
        ):
            status, body = get(arxiv.url, **params)
            assert status == 400
            assert words in read_page(body).error
        assert get(arxiv.url.replace("query", "other"))[0] == 404
        assert len(arxiv.requests) == 10
