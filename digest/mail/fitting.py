"""Decides how much of each paper a digest shows, so that the message stays below its limit.

Gmail cuts a long message off, and the papers below the cut are lost. So abstracts and comments are
shortened first. Then the oldest papers lose their abstracts, and after that everything but their
titles. Then a paper that several keywords found stands only under the first of them. Papers that
still do not fit go into a further message of the same digest.
"""

from collections.abc import Callable
from dataclasses import dataclass

_LADDER = (1200, 900, 700, 500, 400, 300, 220, 160)
"""Characters of an abstract, from a long one to two lines."""

_SENTENCE_ENDS = (". ", "! ", "? ", "。")


@dataclass(frozen=True, slots=True)
class Shape:
    """The amount of each paper that is shown.

    The newest `details` papers have authors and comment, and the newest `abstracts` of these have
    an abstract as well. The other papers have title and link. An abstract or comment has at most
    `abstract_characters` characters, None for any length. Without `repeats` a paper stands only
    under the first keyword that found it.
    """

    abstract_characters: int | None
    abstracts: int
    details: int
    repeats: bool = True


def whole(papers: int) -> Shape:
    """Returns the shape that shows a number of papers in full."""
    return Shape(None, papers, papers)


SMALLEST = Shape(_LADDER[-1], 0, 0, repeats=False)
"""The shape with titles alone."""


def fit(papers: int, size_of: Callable[[Shape], int], limit: int, most: int | None = None) -> Shape:
    """Returns the fullest shape within the limit.

    Args:
        papers: the number of papers.
        size_of: returns the size of the message in a shape, in the unit of `limit`. A shape that
            shows less must not have a larger size.
        limit: the largest size that is allowed.
        most: the most papers that are shown in full, None for no such limit.

    Returns:
        The shape; the smallest shape where no shape is within the limit.
    """

    def fits(shape: Shape) -> bool:
        return size_of(shape) <= limit

    full = papers if most is None else min(papers, most)
    if fits(Shape(None, full, full)):
        return Shape(None, full, full)
    shortest = _LADDER[-1]
    if fits(Shape(shortest, full, full)):
        step = _first(len(_LADDER) - 1, lambda n: fits(Shape(_LADDER[n], full, full)))
        return Shape(_LADDER[step], full, full)
    if fits(Shape(shortest, 0, full)):
        cut = _first(full, lambda n: fits(Shape(shortest, full - n, full)))
        return Shape(shortest, full - cut, full)
    if fits(Shape(shortest, 0, 0)):
        cut = _first(full, lambda n: fits(Shape(shortest, 0, full - n)))
        return Shape(shortest, 0, full - cut)
    return SMALLEST


def shortened(text: str, characters: int | None) -> str:
    """Returns `text` cut to a number of characters after a sentence or word, with an ellipsis."""
    if characters is None or len(text) <= characters:
        return text
    kept = text[: characters - 2]
    sentence = max(kept.rfind(end) for end in _SENTENCE_ENDS) + 1
    if sentence > characters * 2 // 3:
        return f"{kept[:sentence]} …"
    word = kept.rfind(" ")
    return f"{kept[:word] if word > characters // 2 else kept} …"


def _first(last: int, holds: Callable[[int], bool]) -> int:
    """Returns the lowest number for which `holds` is true, or `last`, by binary search.

    `holds` must be true for all numbers above one for which it is true.
    """
    low, high = 0, last
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low
