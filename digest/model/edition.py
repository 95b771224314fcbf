"""One subscriber's digest before it is text: which papers stand where.

An edition has no address in it, so that all subscribers with the same keywords and the same history
share one, and it is rendered once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from digest.model.paper import Paper


@dataclass(frozen=True, slots=True)
class Row:
    """One paper in a section.

    `full_under` names the keyword of this edition where the paper stands in full; None where that
    is here. `previous_version` is the version the reader had before, None for a paper that is new.
    """

    paper: Paper
    full_under: str | None = None
    previous_version: int | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """The papers of one keyword, newest first. `search_url` lists them all on arxiv.org.

    `phrases` are what the keyword looks for, each as the stems of its words (digest.mail.marking).
    A section that is `continued` began in an earlier message of the digest.
    """

    keyword: str
    rows: tuple[Row, ...]
    search_url: str
    phrases: tuple[tuple[str, ...], ...] = ()
    continued: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """A keyword that could not be fetched completely, and in a few words why."""

    keyword: str
    reason: str


@dataclass(frozen=True, slots=True)
class Edition:
    """What one digest holds, or one message of it. Sections without rows are left out.

    `day` is the date in the subject; `keywords` are all that the reader is subscribed to, in order;
    `updates` is like `sections`, of new versions of papers the reader has had. `makes_up` are the
    days on which arXiv could not be read, and whose papers come with these. A digest that does not
    fit into one message has `parts`, of which this is number `part`; `whole` counts the new and the
    updated papers of all of them.
    """

    day: date
    keywords: tuple[str, ...]
    sections: tuple[Section, ...]
    updates: tuple[Section, ...] = ()
    notices: tuple[Notice, ...] = ()
    makes_up: tuple[date, ...] = ()
    part: int = 1
    parts: int = 1
    whole: tuple[int, int] | None = None

    @property
    def rows(self) -> int:
        """How many rows there are in all sections."""
        return sum(len(section.rows) for section in (*self.sections, *self.updates))

    def divided(self, parts: int) -> list["Edition"]:
        """The same rows in so many messages, in their order and of nearly the same number."""
        rows = self.rows
        bounds = [rows * number // parts for number in range(parts + 1)]
        return [
            replace(
                self,
                sections=_rows_of(self.sections, begin, end),
                updates=_rows_of(self.updates, begin - new, end - new),
                notices=self.notices if number == 1 else (),
                makes_up=self.makes_up if number == 1 else (),
                part=number,
                parts=parts,
                whole=(self.new_papers, self.updated_papers),
            )
            for new in [sum(len(section.rows) for section in self.sections)]
            for number, (begin, end) in enumerate(pairwise(bounds), start=1)
        ]

    @property
    def versions(self) -> tuple[str, ...]:
        """The versioned identifiers of the papers that stand here in full or as a title."""
        rows = (row for section in (*self.sections, *self.updates) for row in section.rows)
        return tuple(dict.fromkeys(row.paper.versioned_id for row in rows if not row.full_under))

    @property
    def new_papers(self) -> int:
        """How many papers are new here, each counted once."""
        return len({row.paper.id for section in self.sections for row in section.rows})

    @property
    def updated_papers(self) -> int:
        """How many papers have a new version here, each counted once."""
        return len({row.paper.id for section in self.updates for row in section.rows})


def _rows_of(sections: Sequence[Section], begin: int, end: int) -> tuple[Section, ...]:
    """The sections with the rows from number `begin` on and before `end`, counted through all."""
    found: list[Section] = []
    before = 0
    for section in sections:
        first, last = max(0, begin - before), max(0, end - before)
        if rows := section.rows[first:last]:
            found.append(replace(section, rows=rows, continued=first > 0))
        before += len(section.rows)
    return tuple(found)


def newest_first(papers: Sequence[Paper]) -> list[Paper]:
    """`papers` by the day of their version, newest first; within a day in the order given.

    arXiv gives the date in seconds, and the table shows the day: within one day arXiv's own order
    is kept, whatever it is.
    """
    return sorted(papers, key=lambda paper: paper.updated.date(), reverse=True)
