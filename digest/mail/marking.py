"""Finds the words of a keyword in a text, to show why the paper is there.

Words are compared as arXiv's search compares them (`digest.search.words`), so "forecasts" is marked
under Forecasting. The words of a phrase must stand side by side; where the phrase has a common word
any word may stand, and it is marked with them: "state of the art" marks "state-of-an-art".
Sometimes arXiv lists a paper in which the words stand apart; then they are marked one by one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from digest.search.words import Line, Phrase, phrase, stem_line, words

Phrases = tuple[Phrase, ...]
"""Phrases to mark, each as its stems with their distances from the first of them."""

Span = tuple[int, int]
"""The first character of a marked place, and the one after its last."""

_LITTLE_WORDS = frozenset({"from", "via"})
"""Words that are not marked alone, since they are in every text, beside those of the analyzer."""


def phrases(texts: Iterable[str]) -> Phrases:
    """Returns the texts that a keyword searches for as phrases; one of common words is left out."""
    return tuple(dict.fromkeys(filter(None, map(phrase, texts))))


def apart(wanted: Phrases, texts: Sequence[str]) -> Phrases:
    """Returns `wanted`, or its words one by one where no phrase is in any of the texts."""
    if any(spans(text, wanted) for text in texts):
        return wanted
    singles = (stem for one in wanted for stem in _telling(one))
    return tuple(((0, stem),) for stem in dict.fromkeys(singles))


def spans(text: str, wanted: Phrases) -> list[Span]:
    """Returns the places of the phrases in `text`, in order; overlapping ones are joined."""
    if not wanted:
        return []
    root, line = _ways(wanted), stem_line(text)
    begins = root.onward[0]
    found = {
        first: last
        for first, stem in enumerate(line)
        if stem in begins and (last := _last_position(root, line, first)) is not None
    }
    if not found:
        return []
    places = {word.position: word for word in words(text)}
    merged: list[Span] = []
    for first, last in found.items():
        start, end = places[first].start, places[last].end
        if merged and start <= merged[-1][1]:
            start, end = merged[-1][0], max(merged[-1][1], end)
            merged.pop()
        merged.append((start, end))
    return merged


@dataclass(slots=True)
class _Way:
    """The beginning of some phrases: their next words, by distance and stem.

    `ends` is True where a phrase ends. Phrases that begin with the same words share their way, so
    that a text is compared with all of them at once.
    """

    onward: dict[int, dict[str, "_Way"]] = field(default_factory=dict)
    ends: bool = False


def _ways(wanted: Phrases) -> _Way:
    """Returns the way to the first words of the phrases."""
    root = _Way()
    for one in wanted:
        way, at = root, 0
        for distance, stem in one:
            way = way.onward.setdefault(distance - at, {}).setdefault(stem, _Way())
            at = distance
        way.ends = True
    return root


def _last_position(root: _Way, line: Line, first: int) -> int | None:
    """Returns the position of the last word of the longest phrase that begins at `first`, if any.

    `line` has the stem at each position of the text.
    """
    last: int | None = None
    ahead = [(root, first)]
    while ahead:
        way, at = ahead.pop()
        if way.ends and (last is None or at > last):
            last = at
        for distance, by_stem in way.onward.items():
            there = at + distance
            if there < len(line) and line[there] in by_stem:
                ahead.append((by_stem[line[there]], there))
    return last


def pieces(text: str, wanted: Phrases) -> Iterator[tuple[str, bool]]:
    """Yields `text` in pieces, each with True where it should be marked."""
    edges = [0, *(edge for span in spans(text, wanted) for edge in span), len(text)]
    for number, (start, end) in enumerate(pairwise(edges)):
        if start < end:
            yield text[start:end], number % 2 == 1


def _telling(one: Phrase) -> list[str]:
    """Returns the stems of a phrase without the little words, or all where no other is left."""
    stems = [stem for _, stem in one]
    return [stem for stem in stems if stem not in _LITTLE_WORDS] or stems
