"""Keywords that find something else than they seem to: a word about them, and no mistake."""

import pytest
from installation import Lab

from digest.model.keyword import Keyword
from digest.search.words import words_kept
from digest.source.arxiv_api.query import arxiv_query
from digest.source.arxiv_api.remarks import remarks


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("C++", ["c"]),
        ("IT", []),
        ("State of the Art", ["state", "art"]),
        ("Parkinson's disease", ["parkinson", "disease"]),
        ("github.com, i.i.d", ["github.com", "i.i.d"]),
        ("GPT-4.5 and 1,000", ["gpt", "4.5", "1,000"]),
        ("x_1 K-theory", ["x_1", "k", "theory"]),
        (".NET / C#", ["net", "c"]),
        ("++ $", []),
    ],
)
def test_what_the_index_keeps(text: str, kept: list[str]) -> None:
    """A text is cut as arXiv's analyzer cuts it."""
    assert list(words_kept(text)) == kept


@pytest.mark.parametrize(
    ("keyword", "said"),
    [
        (Keyword("C++"), "it finds every paper with 'c' standing alone, in formulas too"),
        (Keyword("R"), "it finds every paper with 'r' standing alone"),
        (Keyword("C and R", categories=("cs",)), "with 'c … r' standing alone"),
        (Keyword("5"), "it finds every paper with '5' standing alone"),
        (
            Keyword("as a Service"),
            "it finds every paper with 'service', since arXiv leaves words as",
        ),
        (Keyword("In-Context", categories=("cs",)), "with 'context', since arXiv leaves words as"),
        (Keyword("++"), "it finds nothing, since arXiv's index keeps letters and digits only"),
        (Keyword("Spin", exclude=("$",)), "`exclude: $` leaves out nothing, since arXiv's index"),
        (Keyword("Spin", exclude=("on chip",)), "leaves out every paper with 'chip', since arXiv"),
        (Keyword("IT"), "it finds no title, and every abstract with exactly these words"),
        (Keyword("This is", fields=("title",)), "it finds nothing, since arXiv leaves words as"),
        (Keyword("Spin", exclude=("R",)), "`exclude: R` leaves out every paper with 'r' standing"),
        (Keyword("Spin", exclude=("it",)), "`exclude: it` leaves out nearly everything"),
        (Keyword("IT", category=("cs",)), "it finds every paper of cs; for those with its name"),
        (Keyword("Graphs", category=("cs.LG", "cs.AI")), "every paper of cs.LG and cs.AI; for"),
        (Keyword("R", author=("X Y",), exclude=("R",)), "`exclude: R` leaves out every paper"),
        (Keyword("Q", query="abs:x AND cat:cs.ML"), "'cs.ML' is no arXiv category; did you mean s"),
        (Keyword("Q", query='cat:"cs"'), "cat:cs finds nothing; write cat:cs.*"),
    ],
)
def test_a_remark(keyword: Keyword, said: str) -> None:
    """A remark on arXiv's reading of a keyword has the keyword's name."""
    (remark,) = remarks([keyword])
    assert remark.startswith(f"the keyword '{keyword.name}': ")
    assert said in remark


@pytest.mark.parametrize(
    "keyword",
    [
        *(Keyword("IT", author=("A Z",)), Keyword("R", author=("B Y",))),
        *(Keyword("All of cs", category=("cs",)), Keyword("Theory", category=("math.NT",))),
        *(Keyword("K-theory"), Keyword("C++ templates"), Keyword("AI"), Keyword("5G")),
        *(Keyword("State of the Art"), Keyword("Text-to-Image"), Keyword("漢字")),
        Keyword("Q", query="cat:cs.* OR cat:math-ph OR cat:cs.LG OR cat:c*"),
        Keyword("R", query='abs:"R package"'),
    ],
)
def test_no_remark(keyword: Keyword) -> None:
    """Nothing is said of a keyword that finds what it says."""
    assert remarks([keyword]) == []


def test_common_words_among_all() -> None:
    """With `match: all` a word that the index leaves out is not asked for: no title has it."""
    keyword = Keyword("State of the Art", fields=("title",), match="all")
    assert arxiv_query(keyword) == 'ti:"State" AND ti:"Art"'
    assert arxiv_query(Keyword("IT", fields=("title",), match="all")) == 'ti:"IT"'


def test_where_they_are_told(lab: Lab) -> None:
    """`send` and `check` say it, and go on."""
    lab.subscribe("keywords: [Time Series, C++]\nsubscribers: [ada@example.org]\n")
    words = "the keyword 'C++': it finds every paper with 'c' standing alone"
    sent = lab.run("send")
    assert words in sent.err
    assert lab.mails() == {}
    checked = lab.run("check", "--offline")
    assert checked.status == 0
    assert words in checked.out
