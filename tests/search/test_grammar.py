"""Queries are read as arXiv reads them since November 2025."""

import time

import pytest
from builders import paper
from hypothesis import given
from hypothesis import strategies as st

from digest.search.conditions import condition
from digest.search.documents import document_of
from digest.search.evaluable import not_here
from digest.search.grammar import MalformedQueryError, parse, understood
from digest.search.tree import And, AndNot, Not, Or, Query, Term

A, B, C = Term("ti", "a"), Term("ti", "b"), Term("ti", "c")


def everywhere(text: str) -> Term:
    """A word that is looked for in all fields."""
    return Term("all", text)


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("ti:a", A),
        ('ti:"a b"', Term("ti", "a b", quoted=True)),
        ('ti:"  a b "', Term("ti", "a b", quoted=True)),
        ('au:""', Term("au", "", quoted=True)),
        ("ti:a AND ti:b OR ti:c", And(A, Or(B, C))),
        ("ti:a OR ti:b AND ti:c", Or(A, And(B, C))),
        ("(ti:a AND ti:b) OR ti:c", Or(And(A, B), C)),
        ("ti:a ANDNOT ti:b ANDNOT ti:c", AndNot(A, AndNot(B, C))),
        ("ANDNOT ti:a", Not(A)),
        ("ANDNOT ti:a AND ti:b", Not(And(A, B))),
        ("ti:a OR (ANDNOT ti:b)", Or(A, Not(B))),
        ("ti:a NOT ti:b", AndNot(A, B)),
        ("ti:a AND NOT ti:b", AndNot(A, B)),
        ("ti:a AND (NOT ti:b)", And(A, Not(B))),
        ("NOT ti:a", Not(A)),
        ("ti:(a b)", Or(A, B)),
        ("ti:(a AND (b OR c))", And(A, Or(B, C))),
        ("ti:(a AND abs:b)", And(A, Term("abs", "b"))),
        ("ti:(abs:(a))", A),
        ("ti:ti:(a) b", None),
        ("title:a", A),
        ("ti: a", A),
        ("a", everywhere("a")),
        ("ti:a b", Or(A, everywhere("b"))),
        ("ti:a and ti:b", Or(A, Or(everywhere("and"), B))),
        ("foo:x", everywhere("foo:x")),
        ("Ti:a", everywhere("Ti:a")),
        ("-ti:a", everywhere("-ti:a")),
        ("ti:a AND OR AND ti:b", And(A, B)),
        ("ti:a OR AND NOT ti:b", AndNot(A, B)),
        ("(ti:a)(ti:b)", Or(A, B)),
        ("ti:a(ti:b)", Or(A, B)),
        ("ti:a co:", None),
        ("ti:a co: AND ti:b", None),
        ("co: (ti:a)", A),
        ("ti:a AND co: ANDNOT ti:b", And(A, Not(B))),
        ('"ti:a', A),
        ('ti:a"', A),
        ('ti:"x" "y"', Or(Term("ti", "x", quoted=True), Term("all", "y", quoted=True))),
        ("ti:state-of-the-art", Term("ti", "state-of-the-art")),
        ("ti:a~2 AND ti:b^5", And(Term("ti", "a~2"), Term("ti", "b^5"))),
        ('ti:"x"~3', Or(Term("ti", "x", quoted=True), everywhere("~3"))),
        ("ti:gra* AND ti:gr?ph", And(Term("ti", "gra*"), Term("ti", "gr?ph"))),
        ("cat:*.LG", Term("cat", "*.LG")),
        ("ti:ANDx ORti:y", Or(Term("ti", "ANDx"), everywhere("ORti:y"))),
        ("ti:a\nAND\r\nti:b", And(A, B)),
        ("ti:a\u3000AND\xa0ti:b", And(A, B)),
        ("au:del_maestro", Term("au", "del maestro", quoted=True)),
        ('au:"del_maestro"', Term("au", "del maestro", quoted=True)),
        ("ti:a AND au:del_maestro", And(A, Term("au", "del_maestro"))),
        ("(au:del_maestro)", Term("au", "del_maestro")),
        ("ti:d_e AND au:x", And(Term("ti", "d_e"), Term("au", "d e", quoted=True))),
        ("ti:[1 TO 2]", Or(Term("ti", "[1"), Or(everywhere("TO"), everywhere("2]")))),
        ("ti:" + "(" * 9 + "a" + ")" * 9, A),
    ],
)
def test_the_language(query: str, tree: Query | None) -> None:
    """Operators, prefixes, parentheses and oddities mean the same as at arXiv; None: an error."""
    if tree is None:
        with pytest.raises(MalformedQueryError):
            parse(query)
    else:
        assert parse(query) == tree


@pytest.mark.parametrize(
    ("dates", "text"),
    [
        ("submittedDate:[202611010930 TO 202611022359]", "202611010930 TO 202611022359"),
        ("lastUpdatedDate:[20261101 TO 20261102]", "202611010000 TO 202611022359"),
        ("submittedDate:[202602 TO 202602]", "202602010000 TO 202602282359"),
        ("submittedDate:[202402 TO 2024]", "202402010000 TO 202412312359"),
        ("submittedDate:[20261101093059 TO 20261102235959]", "202611010930 TO 202611022359"),
        ('submittedDate:"202611010930 TO 202611022359"', "202611010930 TO 202611022359"),
        ('submittedDate: "202611010930TO202611022359"', "202611010930 TO 202611022359"),
    ],
)
def test_dates(dates: str, text: str) -> None:
    """A range of dates comes out to the minute, from the first one of its start to its last one."""
    term = parse(dates)
    assert term == Term("submittedDate", text, quoted=True)
    assert parse(f"ti:a AND {dates}") == And(A, term)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "the query has no word to look for"),
        (" \n ", "the query has no word to look for"),
        ("ti: abs:", "a term is missing before OR"),
        ('"', "the query has no word to look for"),
        ("ti:", "the query has no word to look for"),
        ("(ti:a AND ti:b", "a parenthesis is not closed: (ti:a AND ti:b"),
        ("ti:a AND (ti:b OR (ti:c", "a parenthesis is not closed: (ti:c"),
        ("ti:a)", "a parenthesis is closed that is not open: ti:a)"),
        ("ti:a) AND (ti:b", "a parenthesis is closed that is not open: ti:a)"),
        ("()", "a term is missing between ( and ): ()"),
        ("ti:a AND ()", "a term is missing between ( and )"),
        ("(ti:a OR)", "a term is missing between OR and ): (ti:a OR)"),
        ("ti:a AND", "a term is missing after AND: ti:a AND"),
        ("AND ti:a", "a term is missing before AND: AND"),
        ("AND", "a term is missing before AND"),
        ("ti:a AND (OR ti:b)", "a term is missing between ( and OR: ti:a AND (OR"),
        ("ti:a AND co:", "a term is missing after AND"),
        ("ti:a AND NOT NOT ti:b", "AND NOT is followed by NOT"),
        ('ti:"a\\" AND ti:b', "a backslash takes its meaning from the second quote"),
        ("ti:*a", "a wildcard cannot begin a word of ti:: ti:*a"),
        ("ti:?", "a wildcard cannot begin a word of ti:"),
        ("all:*", "a wildcard cannot begin a word of all:"),
        ("*", "a wildcard cannot begin a word of all:"),
        ("id:*1", "a wildcard cannot begin a word of id:"),
        ('doi:"*1"', "a wildcard cannot begin a word of doi:"),
        ("ti:a && ti:b", "&& is no operator and no word"),
        ("submittedDate:[20261101 TO *]", "a range of dates is written submittedDate:["),
        ("submittedDate:20261101", "a range of dates is written submittedDate:["),
        ("submittedDate:[2026-11-01 TO 2026-11-02]", "a range of dates is written"),
        ("submittedDate:[20261301 TO 20261302]", "a range of dates is written"),
        ("submittedDate:[202613 TO 202699]", "a range of dates is written"),
        ("submittedDate:[0000 TO 0001]", "a range of dates is written"),
    ],
)
def test_refusals(query: str, message: str) -> None:
    """A query that arXiv answers with an error is refused in words that say why and where."""
    with pytest.raises(MalformedQueryError) as refused:
        parse(query)
    assert message in str(refused.value)


def test_a_long_query_is_quoted_in_part() -> None:
    """The message of a long query shows the text around the mistake, and no more."""
    long = " OR ".join(f"ti:word{number}" for number in range(300))
    for query, shown in ((f"{long} OR", "ti:word299 OR"), (f"({long}", "(ti:word0 OR")):
        with pytest.raises(MalformedQueryError) as refused:
            parse(query)
        assert shown in str(refused.value)
        assert len(str(refused.value)) < 100


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("testing", "all:testing"),
        ("ti:(a b) NOT lastUpdatedDate:[2026 TO 2026]", "(ti:a OR ti:b) ANDNOT"),
        ("", ""),
        ("(( ti:a ))", "( (ti:a) )"),
        ("submittedDate:[2026 TO 2026]", 'submittedDate:"202601010000 TO 202612312359"'),
    ],
)
def test_what_arxiv_repeats(query: str, words: str) -> None:
    """The title of arXiv's answer shows the query as it was understood."""
    assert understood(query).startswith(words)


TERMS = st.builds(
    Term,
    st.sampled_from(("ti", "abs", "au", "cat", "co", "jr", "rn", "id", "doi", "all")),
    st.text("abcxyz.-:", min_size=1, max_size=5).filter(lambda text: not text.startswith("*")),
    st.booleans(),
)
TREES = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        st.builds(Not, inner), *(st.builds(kind, inner, inner) for kind in (And, Or, AndNot))
    ),
    max_leaves=12,
)
NAMES: dict[type, str] = {And: "AND", Or: "OR", AndNot: "ANDNOT"}


def written(query: Query) -> str:
    """A tree as a query with all its parentheses."""
    if isinstance(query, Term):
        return f'{query.field}:"{query.text}"' if query.quoted else f"{query.field}:{query.text}"
    if isinstance(query, Not):
        return f"(ANDNOT {written(query.query)})"
    return f"({written(query.left)} {NAMES[type(query)]} {written(query.right)})"


@given(TREES)
def test_a_tree_that_is_written_is_read(tree: Query) -> None:
    """With all its parentheses, a tree comes back as it was."""
    assert parse(written(tree)) == tree


PIECES = st.lists(
    st.sampled_from(
        [
            *("ti:", "abs:", "au:", "co:", "title:", "foo:", "submittedDate:", "lastUpdatedDate:"),
            *("AND", "OR", "NOT", "ANDNOT", "(", ")", '"', '"x y"', '""', "word", "a_b", "d-e"),
            *("\\", "*", "x*", "&&", "[2026 TO 2026]", " ", "\n", "\u2028", "\0", "ü", "漢"),
        ]
    ),
    max_size=20,
)


@given(st.one_of(PIECES.map("".join), PIECES.map(" ".join), st.text(max_size=40)))
def test_any_text_is_a_query_or_a_mistake(text: str) -> None:
    """Any text has a tree that can be used, or a message; rewriting it twice changes nothing."""
    try:
        tree = parse(text)
    except MalformedQueryError:
        return
    assert parse(understood(text)) == tree
    assert condition(tree)
    assert isinstance(not_here(tree), str)


@pytest.mark.parametrize(
    "query",
    [
        "(" * 10_000 + "ti:a" + ")" * 10_000,
        "(" * 50_000,
        ")" * 50_000,
        "ti:(" * 20_000 + "a" + ")" * 20_000,
        "ti:" * 30_000,
        'ti:"' * 20_000,
        "ANDNOT " * 10_000 + "ti:a",
        "(ANDNOT " * 10_000 + "ti:a" + ")" * 10_000,
        "AND NOT " * 10_000 + "ti:a",
        "ti:a AND " * 10_000 + "ti:b",
        "(ti:a AND " * 5_000 + "ti:b" + ")" * 5_000,
        "(" * 5_000 + "ti:a" + " AND ti:b)" * 5_000,
        "au:a_b " * 10_000,
        "a" * 100_000,
        'ti:"' + "a b " * 25_000 + '"',
        "ti:" + "a*" * 50_000,
        "submittedDate:[" * 7_000,
        "submittedDate:[2026 TO 2026] " * 3_000,
        "\\" * 100_000,
        'ti:"' + "\\" * 100_001 + '"',
        "ti:a\0b\ud800",
    ],
    ids=lambda query: query[:12],
)
def test_hostile_queries(query: str) -> None:
    """Deep, long and odd queries have a tree or a short message within a few seconds."""
    begun = time.process_time()
    message = ""
    try:
        assert condition(parse(query))
    except MalformedQueryError as error:
        message = str(error)
    assert len(message) < 200
    assert time.process_time() - begun < 8


def test_how_deep_a_query_may_be() -> None:
    """250 operators inside one another can be read, compared and evaluated; one more is refused."""
    terms = [f"ti:w{number}" for number in range(252)]
    tree = parse(" ANDNOT ".join(terms[:251]))
    assert tree == parse(" ANDNOT ".join(terms[:251]))
    assert not_here(tree) == ""
    assert condition(tree).holds(document_of(paper(1, "w0"))) is True
    with pytest.raises(MalformedQueryError, match="divide it among several keywords"):
        parse(" ANDNOT ".join(terms))


@pytest.mark.parametrize(("operator", "found"), [("AND", False), ("OR", True)])
def test_a_long_row_is_not_deep(operator: str, found: bool) -> None:
    """Five thousand ANDs or ORs in a row can be read and evaluated."""
    tree = parse(f" {operator} ".join(f"ti:w{number}" for number in range(5_000)))
    assert condition(tree).holds(document_of(paper(1, "w4999"))) is found
    assert not_here(tree) == ""


def test_parentheses_are_for_free() -> None:
    """Ten thousand parentheses around a term change nothing."""
    assert parse("(" * 10_000 + "ti:a" + ")" * 10_000) == A
