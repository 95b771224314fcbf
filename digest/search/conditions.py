"""Turns a query into a condition, which holds for a document or does not.

    ti, abs      stems; a phrase in quotes with its holes, or all words in any order
    co, jr, rn   plain words, likewise
    cat          one of the paper's categories, with wildcards, whatever the capitals
    id, doi      the whole of it, with wildcards
    submittedDate  the moment of version 1
    au, all      `authors` and `all_fields`

The rules are those of arXiv's published code (arXiv/arxiv-search, services/index/prepare.py and
classic_api/query_builder.py, mappings/DocumentMapping.json).
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from digest.search.all_fields import anywhere
from digest.search.authors import wanted
from digest.search.boundaries import tokens
from digest.search.date_range import ends
from digest.search.documents import Document, Words
from digest.search.tree import And, AndNot, Not, Or, Query, Term
from digest.search.wildcards import is_wild, pattern
from digest.search.words import phrase, plain, stems

Holds = Callable[[Document], bool]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on a document: `holds(document)` returns whether a query finds it."""

    holds: Holds


def condition(query: Query) -> Condition:
    """Returns the condition that a query expresses."""
    return Condition(_holds(query))


def _holds(query: Query) -> Holds:
    if isinstance(query, Term):
        return _term(query)
    if isinstance(query, Not):
        unwanted = _holds(query.query)
        return lambda document: not unwanted(document)
    left, right = _holds(query.left), _holds(query.right)
    if isinstance(query, And):
        return lambda document: left(document) and right(document)
    if isinstance(query, Or):
        return lambda document: left(document) or right(document)
    assert isinstance(query, AndNot)
    return lambda document: left(document) and not right(document)


def _term(term: Term) -> Holds:
    """Returns the condition of one term; a term without content holds always, as at arXiv."""
    if not term.text:
        return _always
    if term.field == "all":
        return anywhere(term, [_FIELDS[name](term) for name in _SEPARATE])
    return _FIELDS[term.field](term)


def _always(_: Document) -> bool:
    return True


def _never(_: Document) -> bool:
    return False


def _title(term: Term) -> Holds:
    formulas = set(_FORMULA.findall(term.text))
    if formulas and term.text.startswith("$") and not term.quoted:
        return lambda document: not formulas.isdisjoint(_FORMULA.findall(document.paper.title))
    return _stemmed(term, lambda document: document.title)


_FORMULA = re.compile(r"\$[^$]+\$")


def _abstract(term: Term) -> Holds:
    if term.quoted and not phrase(term.text):
        return _of_common_words(term.text)
    return _stemmed(term, lambda document: document.abstract)


def _of_common_words(text: str) -> Holds:
    """Returns the condition for a phrase of common words, which an abstract has to the letter."""
    wanted = _small(text)
    if not wanted:
        return _never

    def holds(document: Document) -> bool:
        words = _small(document.paper.abstract)
        return any(
            words[at : at + len(wanted)] == wanted for at in range(len(words) - len(wanted) + 1)
        )

    return holds


def _stemmed(term: Term, field: Callable[[Document], Words]) -> Holds:
    if term.quoted:
        return _phrase(phrase(term.text), field)
    if is_wild(term.text):
        return _wild(term.text, field)
    return _all_of([stem for _, stem in stems(term.text)], field)


def _plain(
    field: Callable[[Document], Words], cut: Callable[[str], Iterable[str]]
) -> Callable[[Term], Holds]:
    """Returns the condition of a field without stems; `cut` is how a term without quotes is cut."""

    def holds(term: Term) -> Holds:
        if term.quoted:
            words = plain(term.text)
            return _phrase(tuple((at - words[0][0], word) for at, word in words), field)
        if is_wild(term.text):
            return _wild(term.text, field)
        return _all_of(cut(term.text), field)

    return holds


def _phrase(wanted: Sequence[tuple[int, str]], field: Callable[[Document], Words]) -> Holds:
    """Returns the condition that the words stand at these distances from the first one."""
    if not wanted:
        return _never
    first, *others = wanted

    def holds(document: Document) -> bool:
        places = field(document).places
        found = places.get(first[1])
        if found is None or not all(word in places for _, word in others):
            return False
        starts = set(found)
        for offset, word in others:
            starts &= {place - offset for place in places[word]}
        return bool(starts)

    return holds


def _all_of(words: Iterable[str], field: Callable[[Document], Words]) -> Holds:
    wanted = tuple(words)
    if not wanted:
        return _never
    return lambda document: all(word in field(document).places for word in wanted)


def _wild(text: str, field: Callable[[Document], Words]) -> Holds:
    """Returns the condition that a word has this form; the word is a stem where there are stems."""
    fits = pattern(text.lower())
    return lambda document: any(map(fits, field(document).places))


def _small(text: str) -> list[str]:
    """Returns all words in small letters."""
    return [word.lower() for word in tokens(text)]


def _category(term: Term) -> Holds:
    fits = pattern(term.text.lower())
    return lambda document: any(map(fits, document.categories))


_NOT_PLAIN = re.compile(r'[-+=><!(){}\[\]^~:\\/"]')
_OLD_NUMBER = re.compile(r"\d{7}", re.ASCII)


def _identifier(term: Term) -> Holds:
    """Returns the condition for a paper's identifier, with or without version.

    arXiv compares a text in quotes with its quotes, and one with signs with a backslash before
    each, unless it has a wildcard: so both find nothing. The seven digits of an old identifier
    stand for it in every archive.
    """
    if term.quoted:
        return _never
    if is_wild(term.text):
        fits = pattern(term.text.lower())
    elif _OLD_NUMBER.fullmatch(term.text):
        fits = pattern(f"*/{term.text}")
    elif _NOT_PLAIN.search(term.text):
        return _never
    else:
        fits = pattern(term.text)
    return lambda document: fits(document.paper.id) or fits(document.paper.versioned_id)


def _doi(term: Term) -> Holds:
    """Returns the condition for a DOI; arXiv puts only a wildcard into small letters."""
    fits = pattern(term.text.lower() if is_wild(term.text) else term.text)
    return lambda document: fits(document.doi)


def _submitted(term: Term) -> Holds:
    first, last = ends(term.text)
    return lambda document: first <= document.submitted <= last


def _author(term: Term) -> Holds:
    holds = wanted(term)
    return lambda document: holds(document.paper.authors)


def _kept(text: str) -> list[str]:
    return [word for _, word in plain(text)]


_FIELDS: dict[str, Callable[[Term], Holds]] = {
    "ti": _title,
    "abs": _abstract,
    "co": _plain(lambda document: document.comment, _small),
    "jr": _plain(lambda document: document.journal_ref, _kept),
    "rn": _plain(lambda document: document.report_no, _kept),
    "cat": _category,
    "id": _identifier,
    "doi": _doi,
    "submittedDate": _submitted,
    "au": _author,
}
_SEPARATE = ("ti", "abs", "co", "jr", "rn", "id", "doi", "au")
