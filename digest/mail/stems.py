"""Words as arXiv's search compares them: letters and digits in lower case, Porter's stems.

arXiv finds "forecasts" where "forecasting" is asked for. It does not say how; this explains what
it gave on record. The only user of `snowballstemmer`.
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
    """The stem of a word, and from where to where the word stands in its text."""

    stem: str
    start: int
    end: int


def words(text: str) -> Iterator[Word]:
    """Yields the words in `text`, in order."""
    for match in _WORD.finditer(text):
        yield Word(_stem(match[0].lower()), match.start(), match.end())


def stems(text: str) -> Stems:
    """The stems of the words in `text`, in order."""
    return tuple(_stem(word.lower()) for word in _WORD.findall(text))


@lru_cache(maxsize=1 << 16)
def _stem(word: str) -> str:
    return str(_STEMMER.stemWord(word))
