"""Finds the words of a keyword in a text, to show why the paper is there.

arXiv compares stems (`digest.search.stems`), so "forecasts" is marked under Forecasting. The words
of a phrase must stand side by side. Sometimes arXiv lists a paper in which they stand apart; then
they are marked one by one.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from digest.search.stems import Word, stems, words

Phrases = tuple[tuple[str, ...], ...]
"""Phrases to mark, each as the stems of its words."""

Span = tuple[int, int]
"""The first character of a marked place, and the one after its last."""

_LITTLE_WORDS = frozenset(
    "a an and as at by for from in is of on or the to via with".split()  # noqa: SIM905 (one line)
)
"""Words that are not marked alone, since they are in every text."""


def phrases(texts: Iterable[str]) -> Phrases:
    """Returns the texts that a keyword searches for as phrases of stems."""
    return tuple(dict.fromkeys(filter(None, map(stems, texts))))


def apart(wanted: Phrases, texts: Sequence[str]) -> Phrases:
    """Returns `wanted`, or its words one by one where no phrase is in any of the texts."""
    if any(spans(text, wanted) for text in texts):
        return wanted
    singles = (stem for phrase in wanted for stem in _telling(phrase))
    return tuple((stem,) for stem in dict.fromkeys(singles))


def spans(text: str, wanted: Phrases) -> list[Span]:
    """Returns the places of the phrases in `text`, in order; overlapping ones are joined."""
    if not wanted:
        return []
    found = list(words(text))
    starts = {phrase[0] for phrase in wanted}
    merged: list[Span] = []
    for at, word in enumerate(found):
        if word.stem not in starts:
            continue
        for phrase in wanted:
            last = _last_word(found, at, phrase)
            if last is None:
                continue
            if merged and word.start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], last.end))
            else:
                merged.append((word.start, last.end))
    return merged


def pieces(text: str, wanted: Phrases) -> Iterator[tuple[str, bool]]:
    """Yields `text` in pieces, each with True where it should be marked."""
    edges = [0, *(edge for span in spans(text, wanted) for edge in span), len(text)]
    for number, (start, end) in enumerate(pairwise(edges)):
        if start < end:
            yield text[start:end], number % 2 == 1


def _last_word(found: list[Word], at: int, phrase: tuple[str, ...]) -> Word | None:
    """Returns the last word of the phrase where the phrase begins at `at`, else None."""
    there = found[at : at + len(phrase)]
    return there[-1] if tuple(word.stem for word in there) == phrase else None


def _telling(phrase: tuple[str, ...]) -> list[str]:
    """Returns the words of a phrase without the little ones, or all where no other is left."""
    return [stem for stem in phrase if stem not in _LITTLE_WORDS] or list(phrase)
