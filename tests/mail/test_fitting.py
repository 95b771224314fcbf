"""How much is shown, by the limit."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.fitting import SMALLEST, Shape, fit, shortened, whole


def priced(papers: int, abstract: int, details: int, title: int) -> Callable[[Shape], int]:
    """A size: so many bytes for an abstract in full, for details, and for a title."""

    def size(shape: Shape) -> int:
        characters = shape.abstract_characters
        each = abstract if characters is None else min(abstract, characters)
        cut = 0 if shape == whole(papers) else 100
        named = papers if shape.repeats else papers * 3 // 4
        return cut + each * shape.abstracts + details * shape.details + title * named

    return size


@pytest.mark.parametrize(
    ("papers", "shape"),
    [
        (0, Shape(None, 0, 0)),
        (50, Shape(None, 50, 50)),
        (80, Shape(700, 80, 80)),
        (200, Shape(160, 111, 200)),
        (400, Shape(160, 0, 153)),
        (800, SMALLEST),
        (2000, SMALLEST),
    ],
)
def test_the_order_of_cutting(papers: int, shape: Shape) -> None:
    """Abstracts are shortened, then left out, then details, oldest first; then all repeats."""
    assert fit(papers, priced(papers, 1300, 260, 150), 99_900) == shape


@given(
    st.integers(0, 2000),
    st.integers(1, 2000),
    st.integers(1, 500),
    st.integers(1, 300),
    st.integers(1000, 200_000),
)
def test_the_fullest_that_fits(
    papers: int, abstract: int, details: int, title: int, limit: int
) -> None:
    """The result is within the limit, in few tries, and one paper more would not be."""
    size = priced(papers, abstract, details, title)
    tries: list[Shape] = []

    def counted(shape: Shape) -> int:
        tries.append(shape)
        return size(shape)

    shape = fit(papers, counted, limit)
    assert len(set(tries)) <= 20
    assert shape.abstracts <= shape.details <= papers
    if shape == SMALLEST:
        assert size(Shape(shape.abstract_characters, 0, 0)) > limit
        return
    assert size(shape) <= limit
    if 0 < shape.abstracts < papers:
        assert size(Shape(shape.abstract_characters, shape.abstracts + 1, papers)) > limit
    elif 0 < shape.details < papers:
        assert size(Shape(shape.abstract_characters, 0, shape.details + 1)) > limit


@given(st.integers(0, 300), st.integers(0, 300))
def test_no_more_in_full_than_the_reader_wants(papers: int, most: int) -> None:
    """The newest so many papers are in full, the rest are titles; more never are."""
    size = priced(papers, 1300, 260, 150)
    shape = fit(papers, size, 99_900, most)
    assert shape.abstracts <= shape.details <= min(most, papers)
    if size(Shape(None, min(most, papers), min(most, papers))) <= 99_900:
        assert shape == Shape(None, min(most, papers), min(most, papers))


@pytest.mark.parametrize(
    ("text", "characters", "result"),
    [
        ("short", None, "short"),
        ("short", 5, "short"),
        ("One sentence. Another one that is long", 18, "One sentence. …"),
        ("words that go on and on", 12, "words that …"),
        ("x" * 50, 10, "xxxxxxxx …"),
    ],
)
def test_shortened(text: str, characters: int | None, result: str) -> None:
    """Text is cut after a sentence or a word, with an ellipsis."""
    assert shortened(text, characters) == result


@given(st.text(max_size=400), st.integers(10, 300))
def test_shortened_is_short(text: str, characters: int) -> None:
    """Never longer than asked for."""
    assert len(shortened(text, characters)) <= max(characters, 0)
