"""arXiv's categories: all there are, and what to write for one that there is not."""

import pytest

from digest.model.keyword import Keyword
from digest.model.taxonomy import NAMES, TWIN, is_category, no_category
from digest.source.arxiv_api.query import arxiv_query


def test_size() -> None:
    """arXiv has 20 archives and 155 categories, of which nine are an archive as well."""
    archives = [name for name in NAMES if "." not in name]
    assert len(archives) == 20
    assert len(NAMES) == 20 + 155 - 9


@pytest.mark.parametrize("name", ["cs", "math-ph", "math.MP", "cs.SY", "eess.SY", "stat.TH"])
def test_there_are(name: str) -> None:
    """Archives and categories are known, both names of one with two among them."""
    assert is_category(name)


@pytest.mark.parametrize("name", ["cs.ML", "cs.ai", "CS", "test", "cmp-lg", "cs.*", "", "q-bio."])
def test_there_are_not(name: str) -> None:
    """A name in another case, a closed archive and the archive for tests are none."""
    assert not is_category(name)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("cs.ML", "stat.ML or cs.LG"),
        ("stat.LG", "cs.LG or stat.ML"),
        ("cs.NLP", "cs.CL"),
        ("cs.IV", "eess.IV"),
        ("Cs.lg", "cs.LG"),
        ("hep.th", "hep-th"),
        ("math.PH", "math-ph"),
        ("machine learning", "cs.LG or stat.ML"),
        ("Quantum Physics", "quant-ph"),
        ("cond-mat.supercon", "cond-mat.supr-con"),
        ("cs.GN", "econ.GN, math.GN, q-bio.GN or q-fin.GN"),
    ],
)
def test_did_you_mean(text: str, meant: str) -> None:
    """The class of another archive, a name, or what looks alike is proposed."""
    assert no_category(text) == f"'{text}' is no arXiv category; did you mean {meant}?"


def test_whatever_is_proposed_exists() -> None:
    """The proposal for a category whose last letter is missing is an existing one."""
    for name in NAMES:
        said = no_category(name[:-1])
        if "did you mean" in said:
            proposed = said.partition("did you mean ")[2].rstrip("?").replace(" or ", ", ")
            assert all(map(is_category, proposed.split(", ")))


def test_both_names_are_asked_for() -> None:
    """A category with two names is asked for by both; an archive by itself and its categories."""
    keyword = Keyword("x", categories=("cs.SY", "cs.LG", "math-ph"))
    assert arxiv_query(keyword).endswith(
        " AND (cat:cs.SY OR cat:eess.SY OR cat:cs.LG"
        " OR cat:math-ph OR cat:math-ph.* OR cat:math.MP)"
    )
    assert all(TWIN[other] == one for one, other in TWIN.items())
