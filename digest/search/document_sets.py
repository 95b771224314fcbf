"""Sets of a day's documents: those that have a phrase, a category, a word of some form.

A set is an integer: the document with the number n is in a set that has 1 << n. Sets are joined
with `|`, `&` and `& ~`, whatever their size, in well under a microsecond for a day's documents.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence

from digest.search.boundaries import tokens
from digest.search.conditions import condition
from digest.search.documents import Document, words_of
from digest.search.phrase_index import PhraseIndex
from digest.search.tree import Term
from digest.search.wildcards import is_wild, pattern
from digest.search.words import Line

FIELDS = ("ti", "abs")
"""The fields whose phrases are indexed."""

TO_THE_LETTER = len(FIELDS)
"""The place, after the fields, of the abstract with all of its words as they stand."""

_WILD = re.compile(r"[*?]")
_LAST = "\U0010ffff"


def in_field(number: int, place: int) -> int:
    """Returns an integer that stands for a phrase, by its number, in the field at a place."""
    return number * (len(FIELDS) + 1) + place


def is_pattern(term: Term) -> bool:
    """Returns whether a term is a pattern for a category, or for a word of a title or abstract."""
    if term.field == "cat":
        return bool(term.text)
    return term.field in FIELDS and not term.quoted and is_wild(term.text) and "$" not in term.text


class DocumentSets:
    """The documents of a day, by their phrases and other content; `every` is the set of all."""

    def __init__(
        self, documents: Iterable[Document], phrases: PhraseIndex, common: PhraseIndex
    ) -> None:
        """Looks at each document once; `common` are phrases of which all words count."""
        self._documents = list(documents)
        self._ids = [document.id for document in self._documents]
        self.every = (1 << len(self._documents)) - 1
        self._having: dict[int, int] = {}
        self._patterns: dict[Term, int] = {}
        self._values: dict[str, _Values] = {}
        for number, document in enumerate(self._documents):
            for place, words in enumerate((document.title, document.abstract)):
                self._add(number, place, phrases.found(words))
            if common:
                found = common.found(words_of(all_words(document.paper.abstract)))
                self._add(number, TO_THE_LETTER, found)

    def _add(self, number: int, place: int, phrases: Iterable[int]) -> None:
        """Notes that a document has these phrases in a field."""
        having, document = self._having, 1 << number
        for phrase in phrases:
            found = in_field(phrase, place)
            having[found] = having.get(found, 0) | document

    def identifiers(self, found: int) -> tuple[str, ...]:
        """Returns the base identifiers of the documents in a set, in their order."""
        return tuple(map(self._ids.__getitem__, _members(found))) if found else ()

    def having(self, number: int) -> int:
        """Returns the set of the documents with a phrase in a field, which `in_field` numbers."""
        return self._having.get(number, 0)

    def where(self, term: Term, among: int) -> int:
        """Returns the set of those documents among some for which a term holds; looks at each."""
        holds = condition(term).holds
        return _set(n for n in _members(among) if holds(self._documents[n]))

    def fitting(self, term: Term) -> int:
        """Returns the set of the documents with a category or word that a term fits."""
        if term not in self._patterns:
            if term.field not in self._values:
                self._values[term.field] = _Values(self._documents, _VALUES[term.field])
            numbers = self._values[term.field].fitting(term.text.lower())
            self._patterns[term] = _set(numbers)
        return self._patterns[term]


_ValuesOf = Callable[[Document], Iterable[str]]


class _Values:
    """The values that documents have in a field, and for each value the documents with it."""

    def __init__(self, documents: Sequence[Document], values: _ValuesOf) -> None:
        self._having: dict[str, list[int]] = {}
        for number, document in enumerate(documents):
            for value in set(values(document)):
                self._having.setdefault(value, []).append(number)
        self._sorted = sorted(self._having)

    def fitting(self, text: str) -> set[int]:
        """Returns the numbers of the documents that have a value which a pattern fits."""
        fits = pattern(text)
        beginning = _WILD.split(text)[0]
        first = bisect_left(self._sorted, beginning)
        end = bisect_left(self._sorted, beginning + _LAST)
        return {n for v in self._sorted[first:end] if fits(v) for n in self._having[v]}


_VALUES: dict[str, _ValuesOf] = {
    "cat": lambda document: document.categories,
    "ti": lambda document: document.title.places,
    "abs": lambda document: document.abstract.places,
}


def all_words(text: str) -> Line:
    """Returns the words of a text in small letters, with the common ones."""
    return tuple([word.lower() for word in tokens(text)])


def _set(numbers: Iterable[int]) -> int:
    """Returns the set of the documents with these numbers, each of which occurs once."""
    return sum(1 << number for number in numbers)


def _members(found: int) -> Iterator[int]:
    """Yields the members of a set in order."""
    digits = f"{found:b}"[::-1]
    member = digits.find("1")
    while member >= 0:
        yield member
        member = digits.find("1", member + 1)
