"""Which words are marked, so that a reader sees why a paper is there."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.commands.markdown_table import read
from digest.mail.latex import to_unicode
from digest.mail.marking import Phrases, apart, phrases, pieces, spans
from digest.model.keyword import Keyword
from digest.search.words import Phrase
from digest.source.arxiv_api.query import wanted as looked_for

TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
GNN = phrases(looked_for(Keyword("Graph Neural Networks")))


def at_distances(stems: list[str]) -> Phrase:
    """The phrase of these stems; an empty one is a hole."""
    return tuple((distance, stem) for distance, stem in enumerate(stems) if stem)


def shown(text: str, wanted: Phrases) -> str:
    """The text with what is marked in brackets."""
    return "".join(f"[{piece}]" if found else piece for piece, found in pieces(text, wanted))


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("On graph neural network-based nets", "On [graph neural network]-based nets"),
        ("Graph-neural\nnetworking", "[Graph-neural\nnetworking]"),
        ("neural networks on graphs", "neural networks on graphs"),
        ("graph graph neural networks", "graph [graph neural networks]"),
        ("graph neural", "graph neural"),
        ("", ""),
    ],
)
def test_a_phrase(text: str, marked: str) -> None:
    """The words of a phrase are marked where they stand side by side, under any ending."""
    assert shown(text, GNN) == marked


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("The state of the art.", "The [state of the art]."),
        ("a state-of-an-art model", "a [state-of-an-art] model"),
        ("state in this art", "[state in this art]"),
        ("state of art", "state of art"),
        ("the art of the state", "the art of the state"),
    ],
)
def test_a_phrase_with_holes(text: str, marked: str) -> None:
    """A phrase with common words is marked as one, with the words that stand in their places."""
    assert shown(text, phrases(["state of the art"])) == marked


@pytest.mark.parametrize(
    ("sought", "text", "marked"),
    [
        ("GitHub", "on github.com, GitHub", "on github.com, [GitHub]"),
        ("Parkinson disease", "Parkinson's disease", "[Parkinson's disease]"),
        ("Erdős", "an ERDŐS graph", "an [ERDŐS] graph"),
        ("survey of", "a survey on it", "a [survey] on it"),
    ],
)
def test_by_the_same_analyzer(sought: str, text: str, marked: str) -> None:
    """Words are marked where arXiv's search finds them."""
    assert shown(text, phrases([sought])) == marked


def test_a_long_text_is_marked_at_once() -> None:
    """Thirty thousand words and a thousand phrases do not take one another's product."""
    wanted = phrases(f"graph number{n}" for n in range(1000))
    text = "graph " * 30_000
    assert spans(text, wanted) == []
    assert len(spans(text, (*wanted, *phrases(["graph graph"])))) == 1


def test_touching_phrases_are_one() -> None:
    """Overlapping phrases make one mark; phrases beside one another make two."""
    wanted = phrases(looked_for(Keyword("q", query='ti:"graph neural" OR abs:"neural networks"')))
    assert shown("a graph neural network", wanted) == "a [graph neural network]"
    assert shown("graph neural, neural network", wanted) == "[graph neural], [neural network]"


@pytest.mark.parametrize(
    ("keyword", "wanted"),
    [
        (Keyword("Schrödinger bridge"), [["schrödinger", "bridg"]]),
        (Keyword("State of the art"), [["state", "", "", "art"]]),
        (Keyword("This is"), []),
        (Keyword("Generation of molecules", match="all"), [["gener"], ["molecul"]]),
        (Keyword("q", query='abs:"test-time training"'), [["test", "time", "train"]]),
        (Keyword("q", query="ti:one ANDNOT ti:two AND two"), [["on"]]),
        (Keyword("q", query="(ti:one ANDNOT ti:two) AND two"), [["on"], ["two"]]),
        (Keyword("q", query='(ti:one ANDNOT (abs:"x y" OR (ti:z))) OR w'), [["on"], ["w"]]),
        (Keyword("q", query="(au:knuth AND cat:cs.DS) AND (all:sorting)"), [["sort"]]),
        (Keyword("q", query="submittedDate:[202601010000 TO 202602010000] AND x"), [["x"]]),
        (Keyword("q", query="au:knuth"), []),
        (Keyword("q", query=')(ti:"" ANDNOT'), []),
    ],
)
def test_what_a_keyword_looks_for(keyword: Keyword, wanted: list[list[str]]) -> None:
    """A phrase, all words, or what a query asks for in title and abstract and does not exclude."""
    assert phrases(looked_for(keyword)) == tuple(map(at_distances, wanted))


def test_words_apart() -> None:
    """Where the phrase stands nowhere in a paper its words are marked, but for the little ones."""
    wanted = phrases(looked_for(Keyword("Theory of graphs")))
    assert apart(wanted, ["On the theory of graphs", "A graph"]) == wanted
    assert apart(wanted, ["Graph theory", "of it"]) == (((0, "theori"),), ((0, "graph"),))
    assert shown("Graph theory of it", apart(wanted, ["Graph theory"])) == "[Graph] [theory] of it"
    assert apart((((0, "via"),),), ["nothing"]) == (((0, "via"),),)


@given(TEXT, st.lists(st.lists(st.sampled_from(["graph", "neural", "b"]), min_size=1)))
def test_nothing_is_lost(text: str, wanted: list[list[str]]) -> None:
    """The pieces are the text, and the spans lie in it, in order and apart."""
    given_phrases = tuple(map(at_distances, wanted))
    text = f"{text} graph neural {text} b"
    assert "".join(piece for piece, _ in pieces(text, given_phrases)) == text
    edges = [edge for span in spans(text, given_phrases) for edge in span]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(text) for edge in edges)


def test_every_recorded_row_is_explained(real_data: Path) -> None:
    """In every row of the recorded table something is marked, in title or abstract."""
    where = real_data / "daily-papers.md"
    for name, papers in read(where.read_text("utf-8"), str(where)).items():
        wanted = phrases(looked_for(Keyword(name)))
        for one in papers:
            texts = (to_unicode(one.title), to_unicode(one.abstract))
            assert any(spans(text, apart(wanted, texts)) for text in texts), (name, one.id)
