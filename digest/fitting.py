"""Decides how much of a digest is shown, so that the message stays below its limit.

Gmail cuts a long message off in the middle, and with it whatever papers stand below. So abstracts
and comments are shortened first; then abstracts are left out for the oldest papers; then the oldest
are titles alone; and what not even that makes room for is counted, with a link to arXiv's search.
"""

from collections.abc import Callable
from dataclasses import dataclass

_LADDER = (1200, 900, 700, 500, 400, 300, 220, 160)
"""Characters of an abstract, from a long one to two lines."""

_SENTENCE_ENDS = (". ", "! ", "? ", "。")


@dataclass(frozen=True, slots=True)
class Shape:
    """How much is shown; the counts are of the newest papers, each one within the next.

    `abstracts` papers have their abstract, `details` have authors and comment, `titles` have their
    title and link; the rest is counted. An abstract or comment has at most `abstract_characters`
    (None for any length).
    """

    abstract_characters: int | None
    abstracts: int
    details: int
    titles: int


def whole(papers: int) -> Shape:
    """The shape in which nothing is cut of so many papers."""
    return Shape(None, papers, papers, papers)


def fit(papers: int, size_of: Callable[[Shape], int], limit: int) -> Shape:
    """The fullest shape that is within the limit.

    Args:
        papers: how many there are.
        size_of: the size of the message in some shape, in the unit of `limit`; the less is shown,
            the smaller.
        limit: the largest size that is allowed.

    Returns:
        The shape; the smallest one where not even that is within the limit.
    """

    def fits(shape: Shape) -> bool:
        return size_of(shape) <= limit

    if fits(whole(papers)):
        return whole(papers)
    shortest = _LADDER[-1]
    if fits(Shape(shortest, papers, papers, papers)):
        step = _first(len(_LADDER) - 1, lambda n: fits(Shape(_LADDER[n], papers, papers, papers)))
        return Shape(_LADDER[step], papers, papers, papers)
    if fits(Shape(shortest, 0, papers, papers)):
        cut = _first(papers, lambda n: fits(Shape(shortest, papers - n, papers, papers)))
        return Shape(shortest, papers - cut, papers, papers)
    if fits(Shape(shortest, 0, 0, papers)):
        cut = _first(papers, lambda n: fits(Shape(shortest, 0, papers - n, papers)))
        return Shape(shortest, 0, papers - cut, papers)
    cut = _first(papers, lambda n: fits(Shape(shortest, 0, 0, papers - n)))
    return Shape(shortest, 0, 0, papers - cut)


def shortened(text: str, characters: int | None) -> str:
    """`text` in at most so many characters, cut after a sentence or a word, with an ellipsis."""
    if characters is None or len(text) <= characters:
        return text
    kept = text[: characters - 2]
    sentence = max(kept.rfind(end) for end in _SENTENCE_ENDS) + 1
    if sentence > characters * 2 // 3:
        return f"{kept[:sentence]} …"
    word = kept.rfind(" ")
    return f"{kept[:word] if word > characters // 2 else kept} …"


def _first(last: int, holds: Callable[[int], bool]) -> int:
    """The lowest number up to `last` for which `holds`, which then holds for all above; or `last`.

    By halving, so that few are tried.
    """
    low, high = 0, last
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low
