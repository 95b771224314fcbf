"""A document: one paper as arXiv's index holds it, ready for conditions.

    title, abstract        words.stems     Words: the stems with their positions, and back
    comment, journal       words.plain     Words: small letters, no stems
    identifier, DOI, categories, date of version 1: as they are

arXiv's index has one document for a version of a paper (arXiv/arxiv-search, services/index and
mappings/DocumentMapping.json).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from digest.clock import Moment
from digest.model.paper import Paper
from digest.model.record import Record
from digest.search.words import plain, stems


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one text: (position, word) in order, and the positions of each word.

    The positions count all words of the text from 0; common words are counted and left out.
    """

    pairs: tuple[tuple[int, str], ...]
    places: Mapping[str, list[int]]


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one paper in the index.

    `title` and `abstract` are in stems, `comment`, `journal_ref` and `report_no` in plain words.
    `categories` are in small letters; `doi` is as arXiv has it; `submitted` is the moment at which
    version 1 was submitted. `paper` has the texts as they stand, and the names of the authors.
    """

    paper: Paper
    title: Words
    abstract: Words
    comment: Words
    journal_ref: Words
    report_no: Words
    doi: str
    categories: tuple[str, ...]
    submitted: Moment

    @property
    def id(self) -> str:
        """The base identifier of the paper."""
        return self.paper.id


NO_WORDS = Words((), {})
"""The words of an empty text."""


def document(record: Record) -> Document:
    """Returns the document of a harvested record."""
    return document_of(
        record.paper,
        journal_ref=record.journal_ref,
        report_no=record.report_no,
        doi=record.doi,
        submitted=record.versions[0] if record.versions else None,
    )


def document_of(
    paper: Paper,
    *,
    journal_ref: str = "",
    report_no: str = "",
    doi: str = "",
    submitted: Moment | None = None,
) -> Document:
    """Returns the document of a paper, with facts that are known beside it.

    `submitted` is the moment of version 1, None for the one that the paper names.
    """
    return Document(
        paper=paper,
        title=_words(stems(paper.title)),
        abstract=_words(stems(paper.abstract)),
        comment=_plain(paper.comment),
        journal_ref=_plain(journal_ref),
        report_no=_plain(report_no),
        doi=doi,
        categories=tuple([category.lower() for category in paper.categories]),
        submitted=submitted or paper.published,
    )


def _plain(text: str) -> Words:
    return _words(plain(text)) if text else NO_WORDS


def _words(pairs: tuple[tuple[int, str], ...]) -> Words:
    places: dict[str, list[int]] = {}
    for position, word in pairs:
        if word in places:
            places[word].append(position)
        else:
            places[word] = [position]
    return Words(pairs, places)
