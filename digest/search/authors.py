"""Compares names of authors as arXiv's index does: letters folded, words cut at spaces.

This is the analyzer `author_folding` of arXiv's published code (arXiv/arxiv-search,
mappings/DocumentMapping.json and services/index/authors.py). arXiv also compares the names of the
accounts that own a paper; these are not public.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from digest.search.tree import Term
from digest.search.wildcards import is_wild, pattern

Names = Sequence[str]
Holds = Callable[[Names], bool]

_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"}
)
_DROPPED = str.maketrans("", "", ".,;")
_E_AFTER_U = re.compile("(?<![aeiouyq])ue")
_TWO_VOWELS = re.compile("(a)[aeo]|(o)[eo]")


def wanted(term: Term) -> Holds:
    """Returns the test of the names of a paper's authors for an `au:` term.

    In quotes, all words must be in one author's name, in any order. Without them, they may belong
    to several authors; `Surname,Forename` is one author, and `;` stands between authors.
    """
    text = term.text.lower()
    if term.quoted:
        return _one_author(text)
    authors = [_surname_first(part) for part in text.split(";") if part]
    if ";" in text:
        return lambda names: all(author(names) for author in authors)
    if "," in text:
        return authors[0]
    tests = _tests(text)
    return lambda names: _all_hold(tests, [word for name in names for word in folded(name)])


def _one_author(text: str) -> Holds:
    tests = _tests(text)
    return lambda names: any(_all_hold(tests, folded(name)) for name in names)


def _surname_first(text: str) -> Holds:
    """Returns the test for `Surname,Forename`; a forename may be cut off or an initial."""
    surname, _, forename = text.partition(",")
    if not forename.strip(", "):
        return _one_author(surname)
    family, given = _tests(surname), folded(forename)

    def holds(names: Names) -> bool:
        return any(
            _all_hold(family, words) and _begins(words, given) for words in map(folded, names)
        )

    return holds


def _begins(name: Sequence[str], given: Sequence[str]) -> bool:
    return len(name) > len(given) and all(
        word.startswith(part) for part, word in zip(given, name, strict=False)
    )


def _tests(text: str) -> list[Callable[[str], bool]]:
    """Returns a test for each word; a wildcard is compared without folding."""
    words = [(word,) if is_wild(word) else folded(word) for word in text.split()]
    return [pattern(part) for parts in words for part in parts]


def _all_hold(tests: Sequence[Callable[[str], bool]], words: Iterable[str]) -> bool:
    """Returns whether each test holds for a word; False without tests."""
    known = tuple(words)
    return bool(tests) and all(any(map(test, known)) for test in tests)


def folded(text: str) -> tuple[str, ...]:
    """Returns the words of a text in small letters without accents, dots and commas.

    Two vowels that write one, as ae, oe, ue and aa, become the first of them.
    """
    return tuple([word for part in text.split() if (word := _folded(part))])


@lru_cache(maxsize=1 << 14)
def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.translate(_DROPPED).casefold()).translate(_LETTERS)
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _TWO_VOWELS.sub(lambda match: match[1] or match[2], _E_AFTER_U.sub("u", bare))
