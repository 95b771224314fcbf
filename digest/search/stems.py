"""Reduces a word to its stem as arXiv's search does: by Lucene's form of Porter's algorithm.

`snowballstemmer` has the algorithm as it was published in 1980. Lucene's PorterStemmer follows
Porter's own later program (https://tartarus.org/martin/PorterStemmer/), which departs from it:

    words of one or two letters stay                us, as
    -bli becomes -ble, not only -abli               possibly and possible have one stem
    -logi becomes -log                              topology and topological have one stem
    any double consonant before -ed, -ing is cut    trekking and trek have one stem

A word of this kind is replaced by one from which both programs go on in the same way. This is the
only module that uses `snowballstemmer`.
"""

import re
from functools import lru_cache
from itertools import pairwise

import snowballstemmer

_STEMMER = snowballstemmer.stemmer("porter")

# All forms that Porter's first step reduces to -bli or -logi.
_BLI_OR_LOGI = re.compile(r"(.*)(bl|log)(?:[iy](?:(?:ed|ing)?s?)|ies)", re.DOTALL)

_DOUBLED = re.compile(r"(.+)([^aeioulszbdfgmnprt])\2(?:ed|ing)s?", re.DOTALL)
"""A double consonant that the published list does not have, nor Porter's program except."""

_BEYOND = re.compile("[\U00010000-\U0010ffff]")
_PAIR = re.compile("([\ue000-\ue3ff])([\ue400-\ue7ff])")
_PRIVATE = 0xE000


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """Returns the stem of a word in lower case; characters other than a to z count as consonants.

    "forecasts" and "forecasting" become "forecast".
    """
    if not word.isascii() and _BEYOND.search(word):
        return _PAIR.sub(_one_character, stem(_BEYOND.sub(_two_characters, word)))
    return word if len(word) <= 2 else str(_STEMMER.stemWord(_equivalent(word)))


def _two_characters(found: re.Match[str]) -> str:
    """Returns two characters for one beyond 16 bits, since Java, and so Lucene, counts two."""
    high, low = divmod(ord(found[0]) - 0x10000, 0x400)
    return chr(_PRIVATE + high) + chr(_PRIVATE + 0x400 + low)


def _one_character(found: re.Match[str]) -> str:
    high, low = ord(found[1]) - _PRIVATE, ord(found[2]) - _PRIVATE - 0x400
    return chr(0x10000 + high * 0x400 + low)


def _equivalent(word: str) -> str:
    """Returns a word that the published algorithm reduces as Lucene's reduces `word`."""
    found = _BLI_OR_LOGI.fullmatch(word)
    if found and _has_measure(found[1]):
        return found[1] + ("ble" if found[2] == "bl" else "log")
    found = _DOUBLED.fullmatch(word)
    if found:
        vowels = _vowels(found[1] + found[2] * 2)
        if any(vowels) and not vowels[-1]:
            return f"{found[1]}{found[2]}s"
    return word


def _has_measure(text: str) -> bool:
    """Returns whether Porter's measure of `text` is above 0: a consonant follows a vowel."""
    return any(vowel and not after for vowel, after in pairwise(_vowels(text)))


def _vowels(text: str) -> list[bool]:
    """Returns for each letter whether it is a vowel; a y is one after a consonant."""
    vowels: list[bool] = []
    for letter in text:
        vowels.append(letter in "aeiou" or (letter == "y" and vowels[-1:] == [False]))
    return vowels
