"""Why a paper is there: where the words that its keyword looks for stand in a text.

arXiv compares stems (digest.mail.stems), so "forecasts" is marked under Forecasting. A phrase is
looked for as it is, its words side by side; now and then arXiv lists a paper that has all its words
apart, and then these are marked.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from digest.mail.stems import Word, stems, words

Phrases = tuple[tuple[str, ...], ...]
"""What to mark: for each phrase the stems of its words."""

Span = tuple[int, int]
"""From where to where, in characters."""

_LITTLE_WORDS = frozenset(
    "a an and as at by for from in is of on or the to via with".split()  # noqa: SIM905 (one line)
)
"""Not marked where they stand alone: they are in every text."""


def phrases(texts: Iterable[str]) -> Phrases:
    """What to mark of the texts that a keyword looks for: each as the stems of its words."""
    return tuple(dict.fromkeys(filter(None, map(stems, texts))))


def apart(wanted: Phrases, texts: Sequence[str]) -> Phrases:
    """`wanted`, or where none of it stands in any of the texts, its words one by one."""
    if any(spans(text, wanted) for text in texts):
        return wanted
    singles = (stem for phrase in wanted for stem in _telling(phrase))
    return tuple((stem,) for stem in dict.fromkeys(singles))


def spans(text: str, wanted: Phrases) -> list[Span]:
    """Where the phrases stand in `text`, in order; what overlaps or touches is one span."""
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
    """Yields `text` cut into pieces, each with whether it is to be marked; together they are it."""
    edges = [0, *(edge for span in spans(text, wanted) for edge in span), len(text)]
    for number, (start, end) in enumerate(pairwise(edges)):
        if start < end:
            yield text[start:end], number % 2 == 1


def _last_word(found: list[Word], at: int, phrase: tuple[str, ...]) -> Word | None:
    """The last word of the phrase, if it stands at this place."""
    there = found[at : at + len(phrase)]
    return there[-1] if tuple(word.stem for word in there) == phrase else None


def _telling(phrase: tuple[str, ...]) -> list[str]:
    """The words of a phrase, without the little ones where there are others."""
    return [stem for stem in phrase if stem not in _LITTLE_WORDS] or list(phrase)
