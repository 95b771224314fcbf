"""One subscriber's digest before it is text: which papers stand where.

An edition has no address in it, so that all subscribers with the same keywords and the same history
share one, and it is rendered once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from digest.paper import Paper


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

    `phrases` are what the keyword looks for, each as the stems of its words (digest.marking).
    """

    keyword: str
    rows: tuple[Row, ...]
    search_url: str
    phrases: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """A keyword that could not be fetched completely, and in a few words why."""

    keyword: str
    reason: str


@dataclass(frozen=True, slots=True)
class Edition:
    """What one mail holds. Sections without rows are left out.

    `day` is the date in the subject; `keywords` are all that the reader is subscribed to, in order;
    `updates` is like `sections`, of new versions of papers the reader has had.
    """

    day: date
    keywords: tuple[str, ...]
    sections: tuple[Section, ...]
    updates: tuple[Section, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def new_papers(self) -> int:
        """How many papers are new here, each counted once."""
        return len({row.paper.id for section in self.sections for row in section.rows})

    @property
    def updated_papers(self) -> int:
        """How many papers have a new version here, each counted once."""
        return len({row.paper.id for section in self.updates for row in section.rows})


def newest_first(papers: Sequence[Paper]) -> list[Paper]:
    """`papers` by the day of their version, newest first; within a day in the order given.

    arXiv gives the date in seconds, and the table shows the day: within one day arXiv's own order
    is kept, whatever it is.
    """
    return sorted(papers, key=lambda paper: paper.updated.date(), reverse=True)
