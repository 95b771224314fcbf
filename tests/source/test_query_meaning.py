"""The query of a keyword finds what the keyword means, evaluated by arXiv's own grammar."""

from builders import paper
from hypothesis import given
from hypothesis import strategies as st

from digest.model.keyword import FIELDS, Keyword
from digest.model.paper import Paper
from digest.search.conditions import condition
from digest.search.documents import document_of
from digest.search.evaluable import not_here
from digest.search.grammar import parse
from digest.source.arxiv_api.query import arxiv_query

COMMON = {"of", "the"}
TEXTS = st.lists(st.sampled_from(["red", "tea", "pot", "of", "the"]), min_size=1, max_size=6).map(
    " ".join
)
CATEGORIES = st.lists(
    st.sampled_from(["cs.LG", "cs.SY", "eess.SY", "math.NT", "math-ph", "hep-th", "stat.ML"]),
    min_size=1,
    max_size=3,
    unique=True,
)
WANTED = st.sampled_from(["cs", "math", "cs.SY", "math-ph", "hep-th"])


@st.composite
def keywords(draw: st.DrawFn) -> Keyword:
    """Keywords of any kind but authors and categories."""
    return Keyword(
        draw(TEXTS),
        fields=draw(st.sampled_from([FIELDS, FIELDS[:1], FIELDS[1:]])),
        in_both=draw(st.booleans()),
        match=draw(st.sampled_from(["phrase", "all"])),
        categories=tuple(draw(st.lists(WANTED, max_size=2))),
        exclude=tuple(draw(st.lists(TEXTS, max_size=2))),
    )


@st.composite
def papers(draw: st.DrawFn) -> Paper:
    """Papers of few words."""
    categories = tuple(draw(CATEGORIES))
    return paper(1, draw(TEXTS), abstract=draw(TEXTS), categories=categories)


def stands(phrase: str, text: str, *, common_too: bool) -> bool:
    """Whether a phrase stands in a text, with any word where it has a common one.

    A phrase of common words alone stands to the letter, and that only in a field that has them.
    """
    words, found = phrase.split(), text.split()
    if set(words) <= COMMON:
        return common_too and f" {phrase} " in f" {text} "
    while words[0] in COMMON:
        del words[0]
    while words[-1] in COMMON:
        del words[-1]
    return any(
        all(
            wanted in COMMON or wanted == there
            for wanted, there in zip(words, found[at:], strict=False)
        )
        for at in range(len(found) - len(words) + 1)
    )


def finds(keyword: Keyword, one: Paper) -> bool:
    """Whether a keyword finds a paper, in words of its documentation."""

    def in_field(phrase: str, field: str) -> bool:
        text = one.title if field == "title" else one.abstract
        return stands(phrase, text, common_too=field == "abstract")

    parts = [keyword.name]
    if keyword.match == "all":
        words = keyword.name.split()
        parts = [word for word in words if word not in COMMON] or words
    fields = [all(in_field(part, field) for part in parts) for field in keyword.fields]
    found = all(fields) if keyword.in_both else any(fields)
    if keyword.categories:
        found = found and any(
            own == wanted or own.startswith(f"{wanted}.") or {own, wanted} == {"cs.SY", "eess.SY"}
            for own in one.categories
            for wanted in keyword.categories
        )
    excluded = [in_field(phrase, field) for phrase in keyword.exclude for field in FIELDS]
    return found and not any(excluded)


@given(keywords(), papers())
def test_a_keyword_finds_what_it_says(keyword: Keyword, one: Paper) -> None:
    """Phrases, words, fields, categories and exclusions mean the same in words and as a query."""
    tree = parse(arxiv_query(keyword))
    assert condition(tree).holds(document_of(one)) is finds(keyword, one)
    assert not_here(tree) == ""


@given(st.lists(WANTED, min_size=1, max_size=2), papers())
def test_a_category_is_all_of_it(wanted: list[str], one: Paper) -> None:
    """A keyword for categories finds the papers that are in one of them."""
    tree = parse(arxiv_query(Keyword("x", category=tuple(wanted))))
    named = Keyword("of", fields=("abstract",), categories=tuple(wanted))
    text = paper(1, abstract="of", categories=one.categories)
    assert condition(tree).holds(document_of(one)) is finds(named, text)
