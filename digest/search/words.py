"""Cuts a text into words as arXiv's search does, for its index and for queries.

    boundaries.py                      State  of  the  Art,  Parkinson's  arxiv.org
    a final 's goes, small letters     state  of  the  art   parkinson    arxiv.org
    33 common words leave holes        state   -   -   art   parkinson    arxiv.org
    stems.py                           state           art   parkinson    arxiv.org

This is the `english` analyzer of Elasticsearch, as in arXiv's published code (arXiv/arxiv-search,
mappings/DocumentMapping.json), for titles and abstracts. A word keeps the position that it has
among all words, so "state of the art" finds any two words between "state" and "art". Comments,
journal references and report numbers are cut by the analyzer `simple`: `plain`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from digest.search.boundaries import spans, tokens
from digest.search.stems import stem

Line = tuple[str, ...]
"""The word at each position of a text, "" for a common one."""

Phrase = tuple[tuple[int, str], ...]
"""The stems that must stand at these distances from the first of them, which is at 0."""

_COMMON = """
    a an and are as at be but by for if in into is it no not of on or such that the their then
    there these they this to was will with
"""
COMMON = frozenset(_COMMON.split())
"""The words that the index leaves out."""

_LARGEST = 1 << 16
"""Words that are remembered at most."""


@dataclass(frozen=True, slots=True)
class Word:
    """The stem of a word, its first character and the one after its last, and its position.

    The position counts all words of the text from 0, the common ones too.
    """

    stem: str
    start: int
    end: int
    position: int


def words(text: str) -> Iterator[Word]:
    """Yields the words of `text` in order, without the common ones."""
    for position, (start, end) in enumerate(spans(text)):
        if kept := _STEMS[text[start:end]]:
            yield Word(kept, start, end, position)


def stem_line(text: str) -> Line:
    """Returns the stem of each word of `text`, "" for a common word."""
    return tuple(map(_STEMS.__getitem__, tokens(text)))


def plain_line(text: str) -> Line:
    """Returns each word of `text` in small letters, "" for a common word; no stems.

    This is the analyzer of comments, journal references and report numbers; a final 's stays.
    """
    return tuple("" if word in COMMON else word for word in map(_small, tokens(text)))


def stems(text: str) -> tuple[tuple[int, str], ...]:
    """Returns (position, stem) of the words of `text` in order, without the common ones."""
    return tuple((at, word) for at, word in enumerate(stem_line(text)) if word)


def phrase(text: str) -> Phrase:
    """Returns what a search for `text` in quotes looks for; () if all its words are common.

    Common words inside leave holes, and those at the ends count for nothing: "survey of" is the
    word survey.
    """
    found = stems(text)
    return tuple((at - found[0][0], kept) for at, kept in found)


def plain(text: str) -> tuple[tuple[int, str], ...]:
    """Returns (position, word) in small letters, without the common words: see `plain_line`."""
    return tuple((at, word) for at, word in enumerate(plain_line(text)) if word)


def words_cut(text: str) -> tuple[str, ...]:
    """Returns the words of a title or abstract in small letters, with the common ones."""
    return tuple(map(_cut, tokens(text)))


def words_kept(text: str) -> tuple[str, ...]:
    """Returns the words of a title or abstract that the index can find, before they are stemmed."""
    return tuple(word for word in words_cut(text) if word not in COMMON)


class _Stems(dict[str, str]):
    """The stem of each word as it stands in a text, "" for a common one; found when first asked."""

    def __missing__(self, token: str) -> str:
        word = _cut(token)
        if len(self) >= _LARGEST:
            self.clear()
        self[token] = kept = "" if word in COMMON else stem(word)
        return kept


_STEMS = _Stems()


def _cut(token: str) -> str:
    """Returns a word in small letters without its final 's, as Lucene's possessive filter does."""
    return _small(token[:-2] if token.endswith(_POSSESSIVE) else token)


_POSSESSIVE = tuple(quote + letter for quote in "'’\uff07" for letter in "sS")


def _small(word: str) -> str:
    """Returns a word in small letters, one by one as Java's Character.toLowerCase has them.

    Python would make two characters of İ, and another sigma of a final Σ.
    """
    if not word.isascii():
        word = word.replace("İ", "i").replace("Σ", "σ")
    return word.lower()
