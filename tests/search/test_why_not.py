"""Which parts of a query do not hold for a paper."""

import pytest
from builders import record
from hypothesis import given
from hypothesis import strategies as st

from digest.search.conditions import condition
from digest.search.documents import document
from digest.search.grammar import parse
from digest.search.tree import And, AndNot, Not, Or, Query, Term
from digest.search.why_not import why_not

PAPER = document(
    record(
        7,
        "A survey of kettles",
        abstract="They pour tea by the heat equation.",
        comment="9 pages",
        categories=("math.AP", "cs.LG"),
    )
)


@pytest.mark.parametrize(
    ("query", "reasons"),
    [
        ("ti:kettle", ()),
        ('ti:"tea pots" OR abs:"tea pots"', ('neither title nor abstract has "tea pots"',)),
        ('ti:"tea" AND abs:"tea"', ('the title has no "tea"',)),
        ("ti:tea OR abs:pot", ('the title has no "tea", and the abstract has no "pot"',)),
        (
            "(ti:a1 AND ti:survey) OR (abs:a1 AND abs:survey)",
            ('neither title nor abstract has "a1", and the abstract has no "survey"',),
        ),
        (
            "(ti:tea OR abs:pot) AND (cat:stat.ML OR cat:physics.* OR cat:physics)",
            (
                'the title has no "tea", and the abstract has no "pot"',
                "it is in math.AP and cs.LG, not in stat.ML or physics",
            ),
        ),
        (
            '(ti:kettles) ANDNOT (ti:"heat equation" OR abs:"heat equation")',
            ('it has "heat equation", which is excluded',),
        ),
        (
            "(ti:pots) ANDNOT (abs:tea)",
            ('the title has no "pots"', 'it has "tea", which is excluded'),
        ),
        ("(ti:kettles) ANDNOT (cat:cs.*)", ("it has cs.*, which is excluded",)),
        ("ANDNOT ti:kettles", ('it has "kettles", which is excluded',)),
        ("co:figures", ('the comment has no "figures"',)),
        (
            "submittedDate:[20260101 TO 20260201]",
            ("it was submitted 2026-11-15, not from 2026-01-01 to 2026-02-01",),
        ),
        ("id:2611.00008", ("it is not found by id:2611.00008",)),
    ],
)
def test_the_parts(query: str, reasons: tuple[str, ...]) -> None:
    """Each part that does not hold is named, and no other."""
    assert why_not(parse(query), PAPER) == reasons


terms = st.builds(
    Term,
    st.sampled_from(("ti", "abs", "co", "cat", "id")),
    st.sampled_from(("kettles", "tea", "heat equation", "cs.LG", "math.*", "2611.00007", "x")),
    quoted=st.booleans(),
)
queries = st.recursive(
    terms,
    lambda inner: st.one_of(
        st.builds(And, inner, inner),
        st.builds(Or, inner, inner),
        st.builds(AndNot, inner, inner),
        st.builds(Not, inner),
    ),
    max_leaves=6,
)


@given(queries)
def test_there_is_a_reason(query: Query) -> None:
    """Whatever the query: it has a reason if and only if it does not find the paper."""
    reasons = why_not(query, PAPER)
    assert bool(reasons) != condition(query).holds(PAPER)
    assert all(reasons)
