"""Conditions on the names of a paper's authors, for the `au:` of arXiv's query language.

The rules are those of arXiv's published code (arXiv/arxiv-search, services/index/authors.py);
`name_folding` has the words. arXiv also compares the names of the accounts that own a paper; these
are not public.
"""

from collections.abc import Callable, Iterable, Sequence

from digest.search.name_folding import folded
from digest.search.name_parts import without_suffix
from digest.search.tree import Term
from digest.search.wildcards import pattern

Names = Sequence[str]
Holds = Callable[[Names], bool]


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
        return lambda names: bool(authors) and all(author(names) for author in authors)
    if "," in text:
        return authors[0]
    tests = _tests(text)
    return lambda names: _all_hold(tests, [word for name in names for word in _words(name)])


def _one_author(text: str) -> Holds:
    tests = _tests(text)
    return lambda names: any(_all_hold(tests, _words(name)) for name in names)


def _surname_first(text: str) -> Holds:
    """Returns the test for `Surname,Forename`; a forename may be cut off or an initial."""
    surname, _, forename = text.partition(",")
    if not forename.strip(", "):
        return _one_author(surname)
    family, given = _tests(surname), folded(forename)

    def holds(names: Names) -> bool:
        return any(
            _all_hold(family, words) and _begins(words, given) for words in map(_words, names)
        )

    return holds


def _begins(name: Sequence[str], given: Sequence[str]) -> bool:
    return len(name) > len(given) and all(
        word.startswith(part) for part, word in zip(given, name, strict=False)
    )


def _tests(text: str) -> list[Callable[[str], bool]]:
    """Returns a test for each word; the letters around a wildcard are folded too."""
    return [pattern(word) for word in folded(text)]


def _all_hold(tests: Sequence[Callable[[str], bool]], words: Iterable[str]) -> bool:
    """Returns whether each test holds for a word; False without tests."""
    known = tuple(words)
    return bool(tests) and all(any(map(test, known)) for test in tests)


def _words(name: str) -> tuple[str, ...]:
    """Returns the words of an author's name; arXiv keeps Jr and the like apart from it."""
    return folded(without_suffix(name))
