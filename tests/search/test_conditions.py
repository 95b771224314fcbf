"""Conditions hold for a paper where arXiv's search finds it."""

from datetime import UTC, datetime, timedelta

import pytest
from builders import START, paper
from hypothesis import given
from hypothesis import strategies as st

from digest.model.record import Record
from digest.search.conditions import condition
from digest.search.documents import Document, document, document_of
from digest.search.grammar import parse
from digest.search.wildcards import pattern

NIGHT = datetime(2026, 11, 3, 23, 59, 30, tzinfo=UTC)
PAPER = paper(
    42,
    "A Survey of $k$-Means, GitHub.com and State-of-the-Art Teapots",
    abstract=(
        "This is not to be. Topological kettles (i.i.d.) cost 1,000 or 4.5 cups; we pour them as a "
        "service. Transformers in time series, x_1 and R^2 of Parkinson's disease in the café "
        "Schrödinger, by technological biology."
    ),
    authors=("Émile van der Test", "Jean-Pierre Noether", "Ida Müller"),
    comment="Accepted at TEA-2026, the 9th conference; code's there",
    categories=("math-ph", "cs.LG"),
    published=NIGHT,
)
RECORD = Record(
    PAPER,
    datestamp=START.date(),
    versions=(NIGHT - timedelta(days=2), NIGHT),
    journal_ref="J. of Kettles 3 (2026) 1-12",
    report_no="NI-7",
    doi="10.1000/Kettle.3",
)
DOCUMENT = document(RECORD)
OLD = document_of(paper(1, "Nothing", id="math/9901001", abstract="", comment="", authors=()))


def holds(query: str, of: Document = DOCUMENT) -> bool:
    """Whether a query finds the paper."""
    return condition(parse(query)).holds(of)


def cases(text: str) -> list[tuple[str, bool]]:
    """The queries of a table: one a line, after `+` if it finds the paper and `-` if not."""
    rows = (line.strip() for line in text.strip().splitlines())
    return [(row[1:].strip(), row[0] == "+") for row in rows]


STEMS = cases(
    """
    + ti:"survey of"
    + ti:"surveys"
    + ti:"of teapots"
    + ti:"state of the art"
    + ti:"state in an art"
    - ti:"state art"
    - ti:"state of art"
    - ti:"art state"
    + ti:state-of-the-art
    + ti:art-state
    - ti:art-kettle
    + ti:"github.com"
    - ti:"github"
    - ti:"of the"
    - ti:the
    - ti:this-is
    + ti:"k means"
    + ti:K-means
    + abs:"this is"
    + abs:"not to be"
    + abs:"THIS is not"
    - abs:"to be this"
    - abs:"is this"
    - abs:this-is
    - abs:"+++"
    - abs:+++
    + abs:"topology"
    + abs:"topologies kettle"
    - abs:"biological"
    + abs:"technology"
    + abs:"i.i.d"
    - abs:"i i d"
    + abs:"1,000"
    - abs:"1000"
    - abs:"000"
    + abs:"4.5 cups"
    - abs:"4"
    + abs:"as a service"
    + abs:"pour them as a service"
    + abs:"pour it for the services"
    + abs:"transformers for time series"
    - abs:"transformers time series"
    + abs:"x_1"
    - abs:"x"
    + abs:"R^2"
    + abs:R^2
    + abs:"r 2"
    + abs:"parkinson disease"
    + abs:"Parkinson’s diseases"
    + abs:"parkinsons"
    - abs:"parkinsonian"
    + abs:"CAFÉ schrödinger"
    - abs:"cafe"
    + abs:topol*
    - abs:topological*
    + abs:TOPO*
    + abs:t*g
    - abs:t*y
    + abs:k?ttl
    - abs:k?ttle
    - abs:ket?
    - abs:"topol*"
    + abs:*
    - abs:time-of*
    + ti:$k$
    - ti:$K$
    - ti:$x$
    + abs:$we$
    + ti:"" AND abs:"  "
    """
)

OTHER_FIELDS = cases(
    """
    + co:accepted
    - co:accept
    + co:accept*
    + co:"accepted at tea"
    + co:"accepted in tea"
    - co:accepted-at-tea
    + co:accepted-tea
    - co:the
    - co:"the"
    + co:"code's"
    - co:"code"
    + co:"9TH Conference"
    + jr:kettles
    - jr:kettle
    + jr:"j of kettles"
    + jr:j-of-kettles
    - jr:of
    + jr:2026
    + rn:NI-7
    + rn:"ni 7"
    - rn:8
    + cat:cs.LG
    + cat:CS.lg
    + cat:"cs.LG"
    + cat:math-ph
    + cat:cs.*
    + cat:"cs.*"
    + cat:*
    + cat:*LG
    + cat:c?.LG
    - cat:cs
    - cat:math.*
    - cat:cs.L
    + id:2611.00042
    + id:2611.00042v1
    - id:2611.00042v2
    - id:2611.0004
    + id:2611.*
    + id:2611.0004?
    - id:"2611.00042"
    + doi:10.1000/Kettle.3
    + doi:"10.1000/Kettle.3"
    - doi:10.1000/kettle.3
    - doi:10.1000/K*
    + doi:10.1000/*.3 OR ti:survey
    + doi:10.10*
    - submittedDate:[20261101 TO 20261101]
    + submittedDate:[20261101 TO 20261102]
    + submittedDate:[202611012358 TO 2027]
    - submittedDate:[202611012359 TO 202611012359]
    - lastUpdatedDate:[20261103 TO 20261103]
    - submittedDate:[2025 TO 2025]
    """
)

AUTHORS = cases(
    """
    + au:noether
    + au:NOETHER
    + au:Émile
    + au:emile
    + au:mueller
    + au:"noether jean-pierre"
    - au:"noether jean"
    - au:"noether test"
    + au:"van der test"
    + au:van_der_test
    - ti:survey AND au:van_der_test
    + au:noe*
    + au:"noe* jean-pierre"
    + au:noether,jean
    + au:noether,j
    - au:noether,e
    - au:test,jean
    + au:noether,
    + au:noether;test
    - au:noether;nobody
    - au:;
    - au:,
    - au:nobody
    """
)

EVERYWHERE = cases(
    """
    + noether
    + all:survey
    + all:"state of the art"
    + "emile van der test"
    + all:accepted
    + all:kettles
    + all:10.1000/Kettle.3
    + all:cs.LG
    + all:2026
    + all:2026-11
    + all:2611
    - all:2026-10
    - all:2025
    - all:"2025"
    + all:surv*
    + all:$k$
    - all:$z$
    - all:foo:x
    + all:~3
    - all:~99
    - all:"of the"
    - all:nobody
    """
)

OPERATORS = cases(
    """
    - ANDNOT ti:survey
    + ANDNOT ti:nothing
    + ti:survey ANDNOT ti:nothing
    - ti:survey ANDNOT abs:kettle
    + ti:survey ANDNOT abs:kettle ANDNOT abs:cups
    - ti:nothing AND ti:survey OR ti:teapot
    + (ti:nothing AND ti:survey) OR ti:teapot
    + ti:nothing survey
    - ti:(nothing AND survey)
    + ti:(nothing survey)
    + ANDNOT ti:survey AND ti:nothing
    - (ANDNOT ti:survey) AND ti:nothing
    """
)


@pytest.mark.parametrize(
    ("query", "found"), [*STEMS, *OTHER_FIELDS, *AUTHORS, *EVERYWHERE, *OPERATORS]
)
def test_conditions(query: str, found: bool) -> None:
    """Each field has its rules for phrases, words, wildcards, signs and capitals."""
    assert holds(query) is found


@pytest.mark.parametrize(
    ("query", "found"),
    [("id:9901001", True), ("id:9901002", False), ("id:math/9901001", False), ("id:math/99*", True)]
    + [(f"{field}:x", False) for field in ("abs", "co", "jr", "rn", "doi", "au", "all")]
    + [(f'{field}:"x"', False) for field in ("abs", "co", "jr", "rn", "doi", "au", "all")],
)
def test_old_identifiers_and_empty_fields(query: str, found: bool) -> None:
    """An old identifier is found by its digits or a wildcard; an empty field has nothing."""
    assert holds(query, OLD) is found


def test_a_paper_alone_is_a_document_too() -> None:
    """Without a record, the date of version 1 is the paper's own."""
    alone = document_of(PAPER)
    assert holds("lastUpdatedDate:[20261103 TO 202611032359]", alone) is False
    assert holds("submittedDate:[20261103 TO 20261104]", alone) is True
    assert (alone.title, alone.abstract, alone.id) == (DOCUMENT.title, DOCUMENT.abstract, PAPER.id)
    assert document(Record(PAPER, START.date())) == alone


def test_documents_know_their_words_both_ways() -> None:
    """The stem at each position, and the positions of each stem, are the same facts."""
    for words in (DOCUMENT.title, DOCUMENT.abstract, DOCUMENT.comment):
        places = {(at, word) for word, found in words.places.items() for at in found}
        assert places == {(at, word) for at, word in enumerate(words.line) if word}


def test_a_phrase_may_begin_anywhere() -> None:
    """A phrase is found although its beginning stands in other places before."""
    repeated = document_of(paper(1, "red tea red red pot red tea pot red"))
    assert holds('ti:"red tea pot"', repeated)
    assert holds('ti:"red red pot"', repeated)
    assert not holds('ti:"tea pot tea"', repeated)
    assert not holds('ti:"red red red"', repeated)


@given(st.text("ab*?", max_size=9), st.text("ab", max_size=9))
def test_wildcards(wanted: str, word: str) -> None:
    """A pattern fits exactly the words that a slow comparison finds."""

    def fits(wanted: str, word: str) -> bool:
        if not wanted:
            return not word
        if wanted[0] == "*":
            return any(fits(wanted[1:], word[at:]) for at in range(len(word) + 1))
        return bool(word) and wanted[0] in ("?", word[0]) and fits(wanted[1:], word[1:])

    assert pattern(wanted)(word) is fits(wanted, word)


def test_a_hostile_pattern_is_quick() -> None:
    """A thousand wildcards cost no more than the length of the word for each of them."""
    assert pattern("a*" * 1_000 + "b")("a" * 255) is False
    assert pattern("*?" * 100 + "*")("a" * 255) is True
