"""Finds the words of a keyword in a text, to show why the paper is there.

Words are compared as arXiv's search compares them (`digest.search.words`), so "forecasts" is marked
under Forecasting. The words of a phrase must stand side by side; where the phrase has a common word
any word may stand, and it is marked with them: "state of the art" marks "state-of-an-art".
Sometimes arXiv lists a paper in which the words stand apart; then they are marked one by one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from digest.search.words import Phrase, Word, phrase, words

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
    root = _ways(wanted)
    found = {word.position: word for word in words(text)}
    merged: list[Span] = []
    for position, word in found.items():
        last = _last_word(root, found, position)
        if last is None:
            continue
        start, end = word.start, last.end
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


def _last_word(root: _Way, found: Mapping[int, Word], first: int) -> Word | None:
    """Returns the last word of the longest phrase whose first word has position `first`, if any."""
    last: Word | None = None
    ahead = [(root, first)]
    while ahead:
        way, at = ahead.pop()
        if way.ends and (last is None or at > last.position):
            last = found[at]
        for distance, by_stem in way.onward.items():
            word = found.get(at + distance)
            if word and word.stem in by_stem:
                ahead.append((by_stem[word.stem], word.position))
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
