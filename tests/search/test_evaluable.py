"""Queries that need arXiv are told from those that can be evaluated here."""

import pytest

from digest.search.evaluable import authors_alone, not_here
from digest.search.grammar import parse


@pytest.mark.parametrize(
    "query",
    [
        'ti:"graph neural networks" OR abs:"graph neural networks"',
        "ti:state-of-the-art AND abs:graph*",
        'abs:"a*b ~ $x$ ?"',
        "co:icml jr:nature rn:NI-7",
        'cat:cs.* AND cat:"math.*" ANDNOT cat:math-ph',
        "cat:* AND ti:x",
        "id:2611.00042 OR id:2611.*",
        "doi:10.1000/x.1* OR doi:10.1000/a~b",
        "submittedDate:[20261101 TO 20261130] AND lastUpdatedDate:[2026 TO 2026] AND ti:x",
        "ti:x ANDNOT (ti:y OR (abs:z AND cat:cs.LG))",
        "ANDNOT ti:x",
        "ti:(a AND b)",
    ],
)
def test_evaluated_here(query: str) -> None:
    """Title, abstract, comment, references, categories, identifiers and dates need no request."""
    assert not_here(parse(query)) == ""


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("au:noether", "`au:noether` searches names that only arXiv knows"),
        ('ti:x OR au:"Emmy Noether"', '`au:"Emmy Noether"` searches names'),
        ("noether", "`all:noether` searches all fields, as a word without a prefix does"),
        ("ti:graph neural", "`all:neural` searches all fields"),
        ("ti:a and ti:b", "`all:and` searches all fields"),
        ("foo:x", "`all:foo:x` searches all fields"),
        ("ti:x ANDNOT (abs:y AND all:z)", "`all:z` searches all fields"),
        ('ti:""', '`ti:""` has no word, and so arXiv finds every paper'),
        ("ti:gr?ph", "`ti:gr?ph` has a wildcard that is not the `*` at the end of a word"),
        ("abs:g*ph", "`abs:g*ph` has a wildcard"),
        ("abs:graph**", "`abs:graph**` has a wildcard"),
        ("co:*", "`co:*` has a wildcard"),
        ("cat:*.LG", "`cat:*.LG` has a wildcard"),
        ('cat:"c?.LG"', '`cat:"c?.LG"` has a wildcard'),
        ('doi:"10.*/1"', '`doi:"10.*/1"` has a wildcard'),
        ("ti:$x^2$", "`ti:$x^2$` searches formulas"),
        ("abs:$$x$$", "`abs:$$x$$` searches formulas"),
        ("ti:graph~2", "`ti:graph~2` has a sign whose meaning at arXiv is not known"),
        ("ti:graph^5", "`ti:graph^5` has a sign"),
        ("id:hep-th/9901001", "`id:hep-th/9901001` is no plain identifier such as"),
        ('id:"2611.00042"', '`id:"2611.00042"` is no plain identifier'),
        ("ANDNOT ti:x AND ti:y", "ANDNOT at the beginning, before more than one term, is an error"),
        ("ti:x AND (ANDNOT (ti:y OR ti:z))", "ANDNOT at the beginning"),
    ],
)
def test_asked_at_arxiv(query: str, reason: str) -> None:
    """The reason names the part of the query that needs arXiv."""
    assert not_here(parse(query)).startswith(reason)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ('au:"Emmy Noether"', ("Emmy Noether",)),
        ("au:Emmy_Noether", ("Emmy Noether",)),
        ('(au:"E Noether" OR au:"Emmy Noether") AND cat:math.*', ("E Noether", "Emmy Noether")),
        ('au:"Emmy Noether" ANDNOT ti:"teapot"', ("Emmy Noether",)),
        ("au:noether", ()),
        ('au:"noe*"', ()),
        ('au:""', ()),
        ('au:"Emmy Noether" AND all:x', ()),
        ('au:"Emmy Noether" AND au:noether', ()),
        ("ti:x", ()),
    ],
)
def test_authors_on_trial(query: str, names: tuple[str, ...]) -> None:
    """Authors in quotes are named, if nothing else in the query needs arXiv."""
    assert authors_alone(parse(query)) == names
