"""Cutting texts and queries into words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.search.words import Word, phrase, plain, stems, words, words_cut, words_kept

TEXT = st.text(
    st.one_of(st.sampled_from("abs 's’.,;:·_-19\"'É\u0301אシひ漢ไ\u200dİΣ"), st.characters()),
    max_size=40,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Forecasting time series", [(0, "forecast"), (1, "time"), (2, "seri")]),
        ("the state of the art", [(1, "state"), (4, "art")]),
        ("This is", []),
        ("Parkinson's PARKINSON’S x＇s", [(0, "parkinson"), (1, "parkinson"), (2, "x")]),
        ("it's, students'", [(1, "student")]),
        ("topology, topological", [(0, "topolog"), (1, "topolog")]),
        ("us as", [(0, "us")]),
        ("Schrödingers café", [(0, "schrödinger"), (1, "café")]),
        ("_ __ x", [(0, "x")]),
        ("", []),
    ],
)
def test_stems(text: str, found: list[tuple[int, str]]) -> None:
    """A text becomes the stems of its words with their positions, without the common words."""
    assert stems(text) == tuple(found)


@pytest.mark.parametrize(
    ("text", "sought"),
    [
        ("Graph Neural Networks", [(0, "graph"), (1, "neural"), (2, "network")]),
        ("state of the art", [(0, "state"), (3, "art")]),
        ("the survey of", [(0, "survei")]),
        ("IT", []),
        ("$+-", []),
    ],
)
def test_a_phrase_begins_at_its_first_word(text: str, sought: list[tuple[int, str]]) -> None:
    """A phrase keeps the holes inside; common words at its ends count for nothing."""
    assert phrase(text) == tuple(sought)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("12 Pages, at the ICML", [(0, "12"), (1, "pages"), (4, "icml")]),
        ("Kepler's Phys.Rev.", [(0, "kepler's"), (1, "phys.rev")]),
    ],
)
def test_a_comment_keeps_its_words(text: str, found: list[tuple[int, str]]) -> None:
    """Comments, journal references and report numbers are not stemmed and keep a final 's."""
    assert plain(text) == tuple(found)


@pytest.mark.parametrize(
    ("text", "small"), [("İSTANBUL", "istanbul"), ("ΟΔΟΣ", "οδοσ"), ("ÉTALE", "étale")]
)
def test_small_letters(text: str, small: str) -> None:
    """Letters become small one by one, as in Java, and keep their accents."""
    assert words_cut(text) == (small,)


def test_places() -> None:
    """Each word has its place in the text, and its position among all words."""
    assert list(words("On Graphs' x_1")) == [Word("graph", 3, 9, 1), Word("x_1", 11, 14, 2)]


@given(TEXT)
def test_one_analyzer(text: str) -> None:
    """The stems, the words with their places and the words kept are of the same words."""
    assert stems(text) == tuple((word.position, word.stem) for word in words(text))
    assert len(stems(text)) == len(words_kept(text)) <= len(words_cut(text))
    assert all(text[word.start : word.end] for word in words(text))


@given(TEXT, TEXT)
def test_a_text_holds_its_parts(text: str, before: str) -> None:
    """A phrase has the stems of its text, from 0 on, wherever the text stands among others."""
    found = stems(f"{before} - {text}")
    sought = phrase(text)
    assert [stem for _, stem in sought] == [stem for _, stem in stems(text)]
    assert not sought or sought[0][0] == 0
    tail = found[len(found) - len(sought) :]
    assert sought == tuple((at - tail[0][0], stem) for at, stem in tail)
