"""A document: one paper as arXiv's index holds it, ready for conditions.

    title, abstract        words.stem_line     Words: the stem at each position, and back
    comment, journal       words.plain_line    Words: small letters, no stems
    identifier, DOI, categories, date of version 1: as they are

arXiv's index has one document for a version of a paper (arXiv/arxiv-search, services/index and
mappings/DocumentMapping.json).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from digest.clock import Moment
from digest.model.paper import Paper
from digest.model.record import Record
from digest.search.words import Line, plain_line, stem_line

Kept = tuple[Line, Line]
"""The stems of a title and of an abstract."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one text: the one at each position, and the positions of each.

    `line` has "" for a common word, and `places` has none of these.
    """

    line: Line
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


def document(record: Record, kept: Kept | None = None) -> Document:
    """Returns the document of a harvested record; `kept` are its stems where they are known."""
    return document_of(
        record.paper,
        kept,
        journal_ref=record.journal_ref,
        report_no=record.report_no,
        doi=record.doi,
        submitted=record.versions[0] if record.versions else None,
    )


def document_of(
    paper: Paper,
    kept: Kept | None = None,
    *,
    journal_ref: str = "",
    report_no: str = "",
    doi: str = "",
    submitted: Moment | None = None,
) -> Document:
    """Returns the document of a paper, with facts that are known beside it.

    `kept` are the stems of its title and its abstract, None to find them here. `submitted` is the
    moment of version 1, None for the one that the paper names.
    """
    title, abstract = kept or (stem_line(paper.title), stem_line(paper.abstract))
    return Document(
        paper=paper,
        title=words_of(title),
        abstract=words_of(abstract),
        comment=_plain(paper.comment),
        journal_ref=_plain(journal_ref),
        report_no=_plain(report_no),
        doi=doi,
        categories=tuple([category.lower() for category in paper.categories]),
        submitted=submitted or paper.published,
    )


def _plain(text: str) -> Words:
    return words_of(plain_line(text)) if text else NO_WORDS


def words_of(line: Line) -> Words:
    """Returns the words that stand at these positions."""
    places: dict[str, list[int]] = {}
    for position, word in enumerate(line):
        if word in places:
            places[word].append(position)
        elif word:
            places[word] = [position]
    return Words(line, places)
