"""The index of a paper in the stand-in for arXiv: the stems of its words, by field."""

from dataclasses import dataclass
from datetime import datetime

from digest.model.paper import Paper
from digest.search.words import Phrase, stems

TEXT_FIELDS = ("ti", "abs", "au", "co", "jr", "rn")
"""The field prefixes of the API user's manual, section 5.1, that hold words."""


@dataclass(frozen=True, slots=True)
class Document:
    """One paper in the index: `text` has (position, stem) by field prefix."""

    text: dict[str, Phrase]
    categories: tuple[str, ...]
    identifier: str
    submitted: datetime
    updated: datetime


def document(paper: Paper) -> Document:
    """Returns the paper's document; a Paper has no journal reference and no report number."""
    return Document(
        text={
            "ti": stems(paper.title),
            "abs": stems(paper.abstract),
            "au": stems(" ".join(paper.authors)),
            "co": stems(paper.comment),
            "jr": (),
            "rn": (),
        },
        categories=tuple(category.lower() for category in paper.categories),
        identifier=paper.id,
        submitted=paper.published,
        updated=paper.updated,
    )


def holds(words: Phrase, phrase: Phrase) -> bool:
    """Returns whether the stems of `phrase` stand in `words` at their distances, in order."""
    if not phrase:
        return False
    there = dict(words)
    first = phrase[0][1]
    return any(
        all(there.get(at + offset) == stem for offset, stem in phrase)
        for at, stem in words
        if stem == first
    )
