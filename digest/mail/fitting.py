"""Decides how much of a digest is shown, so that the message stays below its limit.

Gmail cuts a long message off in the middle, and with it whatever papers stand below. So abstracts
and comments are shortened first; then abstracts are left out for the oldest papers; then the oldest
are titles alone; then a paper that several keywords found is named under the first of them alone.
What not even that makes room for goes into a further message of the same digest.
"""

from collections.abc import Callable
from dataclasses import dataclass

_LADDER = (1200, 900, 700, 500, 400, 300, 220, 160)
"""Characters of an abstract, from a long one to two lines."""

_SENTENCE_ENDS = (". ", "! ", "? ", "。")


@dataclass(frozen=True, slots=True)
class Shape:
    """How much is shown; the counts are of the newest papers, each one within the next.

    `abstracts` papers have their abstract, `details` have authors and comment; the rest has title
    and link. An abstract or comment has at most `abstract_characters` (None for any length).
    Without `repeats` a paper is named under the first keyword that found it alone.
    """

    abstract_characters: int | None
    abstracts: int
    details: int
    repeats: bool = True


def whole(papers: int) -> Shape:
    """The shape in which nothing is cut of so many papers."""
    return Shape(None, papers, papers)


SMALLEST = Shape(_LADDER[-1], 0, 0, repeats=False)
"""Titles alone."""


def fit(papers: int, size_of: Callable[[Shape], int], limit: int, most: int | None = None) -> Shape:
    """The fullest shape that is within the limit.

    Args:
        papers: how many there are.
        size_of: the size of the message in some shape, in the unit of `limit`; the less is shown,
            the smaller.
        limit: the largest size that is allowed.
        most: how many papers are shown in full at most, None for as many as there is room for.

    Returns:
        The shape; the smallest one where not even that is within the limit.
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
