"""The condition of `all:`: one field has it wholly, or all fields together have each word.

arXiv's index keeps the words of all fields of a paper once more, cut at spaces, with letters folded
and without stems (the field `combined` in arXiv/arxiv-search, mappings/DocumentMapping.json). A
year, a month or the digits YYMM stand for the papers that were announced then. arXiv also searches
data here that are not public, such as the names of accounts.
"""

import re
from collections.abc import Callable, Sequence

from digest.search.documents import Document
from digest.search.name_folding import folded
from digest.search.tree import Term
from digest.search.wildcards import is_wild, pattern
from digest.search.words import COMMON

Holds = Callable[[Document], bool]

_NUMBER = re.compile(r"(\d\d)(\d\d)\.", re.ASCII)
_FORMULA = re.compile(r"\$[^$]+\$")


def anywhere(term: Term, fields: Sequence[Holds]) -> Holds:
    """Returns the condition of an `all:` term; `fields` are those of the single fields."""
    if not term.quoted and term.text.startswith("$") and (formulas := _formulas(term.text)):
        return lambda document: any(
            formulas <= _formulas(text) for text in (document.paper.title, document.paper.abstract)
        )
    together = _together(term)
    announced = _announced(term)
    return lambda document: (
        any(holds(document) for holds in fields) or together(document) or announced(document)
    )


def _formulas(text: str) -> set[str]:
    return set(_FORMULA.findall(text))


def _together(term: Term) -> Holds:
    """Returns the condition on the combined field: the words of a phrase stand side by side."""
    if is_wild(term.text) and not term.quoted:
        fits = pattern(term.text.lower())
        return lambda document: any(
            fits(word) for text in _texts(document) for word in folded(text)
        )
    phrase = _without_common_ends(folded(term.text))
    if not phrase:
        return lambda _: False
    return lambda document: any(_stands(phrase, folded(text)) for text in _texts(document))


def _without_common_ends(words: Sequence[str]) -> Sequence[str]:
    places = [at for at, word in enumerate(words) if word not in COMMON]
    return words[places[0] : places[-1] + 1] if places else ()


def _stands(phrase: Sequence[str], words: Sequence[str]) -> bool:
    return any(
        all(
            wanted in COMMON or wanted == found
            for wanted, found in zip(phrase, words[at:], strict=False)
        )
        for at in range(len(words) - len(phrase) + 1)
    )


def _texts(document: Document) -> tuple[str, ...]:
    paper = document.paper
    return (paper.title, paper.abstract, paper.comment, *paper.authors, *paper.categories, paper.id)


def _announced(term: Term) -> Holds:
    """Returns the condition that the identifier has the year or month of a term."""
    match = not term.quoted and re.fullmatch(r"(\d{4})(?:-(\d\d))?", term.text, re.ASCII)
    if not match:
        return lambda _: False
    digits, month = match.groups()

    def holds(document: Document) -> bool:
        number = _NUMBER.match(document.paper.id)
        if not number:
            return False
        year = f"20{number[1]}"
        if month:
            return (year, number[2]) == (digits, month)
        return digits in (year, f"{number[1]}{number[2]}")

    return holds
