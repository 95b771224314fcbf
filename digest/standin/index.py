"""The index of a paper in the stand-in for arXiv: the stems of its words, by field."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.model.paper import Paper
from digest.search.stems import Stems, stems

TEXT_FIELDS = ("ti", "abs", "au", "co", "jr", "rn")
"""The field prefixes of the API user's manual, section 5.1, that hold words."""


@dataclass(frozen=True, slots=True)
class Document:
    """One paper in the index: `text` as stems by field prefix, and fields that match as a whole."""

    text: dict[str, Stems]
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


def holds(words: Sequence[str], phrase: Sequence[str]) -> bool:
    """Returns whether the words of `phrase` stand in `words` side by side, in order."""
    if not phrase:
        return False
    length = len(phrase)
    return any(
        word == phrase[0] and tuple(words[at : at + length]) == tuple(phrase)
        for at, word in enumerate(words)
    )
