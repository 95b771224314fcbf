"""Any number of keywords are matched as each query by itself would be."""

import string
from datetime import timedelta
from time import process_time

import pytest
from builders import START, paper
from hypothesis import example, given
from hypothesis import strategies as st

from digest.model.keyword import Keyword
from digest.model.paper import Paper
from digest.search.conditions import condition
from digest.search.documents import document_of
from digest.search.grammar import MalformedQueryError, parse
from digest.search.matching import Matcher
from digest.source.arxiv_api.query import arxiv_query

# A common word, and words with one stem, so that phrases are found and have holes.
_WORDS = ("graph", "graphs", "node", "the", "of", "x_1", "state-of-the-art", "$\\alpha$", "Kähler")
_TEXTS = st.lists(st.sampled_from(_WORDS), max_size=9).map(" ".join)
_CATEGORIES = ("cs.LG", "cs.CV", "math-ph", "math.MP")


@st.composite
def _papers(draw: st.DrawFn) -> list[Paper]:
    return [
        paper(
            number,
            title=draw(_TEXTS),
            abstract=draw(_TEXTS),
            comment=draw(_TEXTS),
            categories=draw(st.lists(st.sampled_from(_CATEGORIES), max_size=2, unique=True)),
            published=START - timedelta(days=draw(st.integers(0, 3))),
        )
        for number in range(draw(st.integers(0, 5)))
    ]


_PHRASES = st.lists(st.sampled_from((*_WORDS, "node*", "?", "\\")), max_size=4).map(" ".join)
_TERMS = st.one_of(
    st.builds('{}:"{}"'.format, st.sampled_from(("ti", "abs", "co", "all", "au")), _PHRASES),
    st.builds(
        "{}:{}".format,
        st.sampled_from(("ti", "abs", "co", "all")),
        st.sampled_from(
            ("graph", "the", "gra*", "g?aph", "x_*", "no*e", "state-of-art", "$\\alpha$", "$a*$")
        ),
    ),
    st.builds("cat:{}".format, st.sampled_from(("cs.LG", "CS.*", "math-ph", "cs", "*", "*.MP"))),
    st.sampled_from(
        (
            "submittedDate:[20261113 TO 20261114]",
            "lastUpdatedDate:[202611140000 TO 202611150000]",
            "id:2611.00001",
            "id:2611*",
            'cat:"cs.LG"',
            "au:del_maestro",
            'ti:""',
            "graph",
            "doi:10*",
        )
    ),
)
_QUERIES = st.recursive(
    _TERMS,
    lambda part: st.one_of(
        st.builds("({}) {} ({})".format, part, st.sampled_from(("AND", "OR", "ANDNOT")), part),
        st.builds("{} {} {}".format, part, st.sampled_from(("AND", "OR", "ANDNOT", "")), part),
        st.builds("(ANDNOT {})".format, part),
    ),
    max_leaves=6,
)
_ANY_TEXT = st.text(alphabet=string.ascii_letters + '"():[]*?_\\ \n' + "ANDORTti", max_size=30)


def _readable(query: str) -> bool:
    try:
        parse(query)
    except MalformedQueryError:
        return False
    return True


def _one_by_one(queries: dict[str, str], papers: list[Paper]) -> dict[str, tuple[str, ...]]:
    """Evaluates each query on each document."""
    documents = [document_of(one) for one in papers]
    found = {}
    for name, query in queries.items():
        holds = condition(parse(query)).holds
        found[name] = tuple(one.id for one in documents if holds(one))
    return {name: ids for name, ids in found.items() if ids}


def _matched(queries: dict[str, str], papers: list[Paper]) -> dict[str, tuple[str, ...]]:
    """Matches all papers together, and in parts that must find the same."""
    matcher = Matcher(queries)
    found = matcher.matches(map(document_of, papers))
    assert matcher.matches(map(document_of, papers), together=2) == found
    return found


@given(st.lists(_QUERIES.filter(_readable), max_size=6), _papers())
def test_as_each_by_itself(queries: list[str], papers: list[Paper]) -> None:
    """Each keyword finds the documents for which its query holds, in their order."""
    named = {f"keyword {number}": query for number, query in enumerate(queries)}
    assert _matched(named, papers) == _one_by_one(named, papers)


@given(_ANY_TEXT)
@example('ti:"a" AND au:del_maestro')
@example('au:del_maestro AND ti:"graph"')
@example('au:1_0 AND ti:"graph"')
@example('au:"a_b" OR au:"c"')
@example('submittedDate:[2026 TO "2027]"')
@example('ti:"a" OR ti:" "')
@example('ti:"a" OR "')
@example('ti:"0" AND abs:"graph"')
def test_queries_as_the_grammar_reads_them(query: str) -> None:
    """A query is refused where the grammar refuses it, and means the same otherwise."""
    papers = [
        paper(1, "a graph"),
        paper(2, "0 b", abstract="graph of c"),
        paper(3, "AND", abstract=""),
    ]
    if _readable(query):
        assert _matched({"one": query}, papers) == _one_by_one({"one": query}, papers)
    else:
        with pytest.raises(MalformedQueryError):
            Matcher({"one": query})


@given(
    st.lists(
        st.builds(
            Keyword,
            name=_PHRASES.filter(str.strip),
            fields=st.sampled_from((("title",), ("abstract",), ("title", "abstract"))),
            in_both=st.booleans(),
            match=st.sampled_from(("phrase", "all")),
            categories=st.sampled_from(((), ("cs",), ("cs.LG", "math-ph"))),
            exclude=st.lists(_PHRASES.filter(str.strip), max_size=1).map(tuple),
        ),
        max_size=6,
    ),
    _papers(),
)
def test_keywords_as_they_are_configured(keywords: list[Keyword], papers: list[Paper]) -> None:
    """The queries that are written for keywords find the same, too."""
    written = filter(_readable, map(arxiv_query, keywords))
    queries = {str(number): query for number, query in enumerate(written)}
    assert _matched(queries, papers) == _one_by_one(queries, papers)


def test_nothing() -> None:
    """No keywords find nothing, and no documents are found by none."""
    assert Matcher({}).matches([document_of(paper(1))]) == {}
    assert Matcher({"Graphs": 'ti:"graph"', "None": 'ANDNOT ti:"graph"'}).matches([]) == {}


def test_empty_documents() -> None:
    """A document without any text is found only by a query that wants something not to be there."""
    papers = [paper(1, title="", abstract="", comment="", categories=())]
    queries = {"a": 'ti:"graph"', "b": 'abs:"of the"', "c": "cat:*", "d": 'ANDNOT ti:"graph"'}
    assert _matched(queries, papers) == {"d": ("2611.00001",)}


def test_common_words_alone() -> None:
    """A phrase of common words is found in an abstract to the letter, and never in a title."""
    papers = [paper(1, "to be or not", abstract="To be; or not"), paper(2, abstract="to be of not")]
    queries = {
        "both": 'ti:"to be or" OR abs:"to be or"',
        "title": 'ti:"to be or"',
        "signs": 'abs:"+"',
    }
    assert _matched(queries, papers) == {"both": ("2611.00001",)}


def test_holes_of_any_size() -> None:
    """Common words inside a phrase stand for as many words, few or many."""
    few, many = "node of graph", f"node {'of the ' * 7} graph"
    papers = [paper(1, few), paper(2, "node and graph"), paper(3, many), paper(4, "node graph")]
    queries = {"few": f'ti:"{few}"', "many": f'ti:"{many}"', "none": 'ti:"node graph"'}
    assert _matched(queries, papers) == {
        "few": ("2611.00001", "2611.00002"),
        "many": ("2611.00003",),
        "none": ("2611.00004",),
    }


def test_long_phrases_at_both_ends() -> None:
    """A phrase is not found where the text ends before it, nor where it would begin before."""
    papers = [paper(1, "c d e"), paper(2, "a b c d e"), paper(3, "b c d e a"), paper(4, "d e b c")]
    assert _matched({"whole": 'ti:"b c d e"'}, papers) == {"whole": ("2611.00002", "2611.00003")}


def test_equal_keywords() -> None:
    """Ten thousand keywords with one query all find the same, at the cost of one."""
    queries = {f"keyword {number}": 'ti:"graph"' for number in range(10_000)}
    papers = [paper(1, "graph"), paper(2, "graph"), paper(3, "tree")]
    found = Matcher(queries).matches(map(document_of, papers))
    assert len(found) == len(queries)
    assert len({id(ids) for ids in found.values()}) == 1
    assert found["keyword 9999"] == ("2611.00001", "2611.00002")


def test_many_alternatives() -> None:
    """A query may have as many alternatives as the grammar takes, on either side."""
    terms = [f'ti:"graph {number}"' for number in range(400)]
    left = "(" * 200 + terms[199] + "".join(f" OR {term})" for term in terms[200:])
    queries = {"right": " OR ".join(terms), "left": left, "all": " AND ".join(terms)}
    found = _matched(queries, [paper(1, "Graph 399"), paper(2, "Graph 400"), paper(3, "Graph 0")])
    assert found == {"right": ("2611.00001", "2611.00003"), "left": ("2611.00001",)}


def test_many_parts_inside_one_another() -> None:
    """A query may be as deep as the grammar takes it."""
    query = 'ti:"graph"'
    for number in range(120):
        query = f'ti:"x{number}" OR (ti:"deep" AND ({query}))'
    found = _matched({"deep": query}, [paper(1, "A deep graph"), paper(2, "A graph")])
    assert found == {"deep": ("2611.00001",)}


def test_too_many_parts_inside_one_another() -> None:
    """A query that is too deep for the grammar is refused in its words."""
    with pytest.raises(MalformedQueryError, match="too deep"):
        Matcher({"deep": "(" * 300 + "ti:a" + " OR ti:b)" * 300})


def test_time_grows_with_the_keywords() -> None:
    """Categories alone, and phrases that begin with the same words, take no quadratic time."""
    papers = [paper(number, "deep graph learning") for number in range(200)]

    def seconds(size: int) -> float:
        queries = {f"category {number}": f"cat:cs.X{number}" for number in range(size)}
        queries |= {f"any {number}": f"cat:cs.* ANDNOT ti:x{number}" for number in range(size)}
        queries |= {f"phrase {number}": f'ti:"deep graph {number}"' for number in range(size)}
        begin = process_time()
        assert len(Matcher(queries).matches(map(document_of, papers))) == size
        return process_time() - begin

    few = min(seconds(200) for _ in range(3))
    assert seconds(2000) < 40 * few
