"""Reduces words to stems as arXiv's search does: lower case, and Porter's algorithm.

arXiv finds "forecasts" in a search for "forecasting". Its method is not documented; this one agrees
with arXiv's recorded answers. The only module that uses `snowballstemmer`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

Stems = tuple[str, ...]

_WORD = re.compile(r"[A-Za-z0-9]+")
_STEMMER = snowballstemmer.stemmer("porter")


@dataclass(frozen=True, slots=True)
class Word:
    """The stem of a word, and the word's first character and the one after its last."""

    stem: str
    start: int
    end: int


def words(text: str) -> Iterator[Word]:
    """Yields the words in `text`, in order."""
    for match in _WORD.finditer(text):
        yield Word(_stem(match[0].lower()), match.start(), match.end())


def stems(text: str) -> Stems:
    """Returns the stems of the words in `text`, in order."""
    return tuple(_stem(word.lower()) for word in _WORD.findall(text))


@lru_cache(maxsize=1 << 16)
def _stem(word: str) -> str:
    return str(_STEMMER.stemWord(word))
