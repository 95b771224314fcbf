"""The content of one digest before it is text: its papers and their sections.

An edition contains no address. All subscribers with the same keywords and the same history share
one edition, which is rendered once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from digest.model.paper import Paper


@dataclass(frozen=True, slots=True)
class Row:
    """One paper in a section.

    `full_under` names the keyword under which this edition prints the paper in full; None if that
    is here. `previous_version` is the version the reader was mailed before, None for a new paper.
    `namesake` says of a keyword for authors that only initials agree.
    """

    paper: Paper
    full_under: str | None = None
    previous_version: int | None = None
    namesake: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """The papers of one keyword, newest first. `search_url` lists them all on arxiv.org.

    `phrases` are the phrases to mark, each as its stems with their distances from the first of them
    (digest.mail.marking). A `continued` section began in an earlier message of the digest.
    """

    keyword: str
    rows: tuple[Row, ...]
    search_url: str
    phrases: tuple[tuple[tuple[int, str], ...], ...] = ()
    continued: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """A keyword that could not be fetched completely, with the reason in a few words."""

    keyword: str
    reason: str


@dataclass(frozen=True, slots=True)
class Edition:
    """The content of one digest, or of one of its messages. Sections without rows are left out.

    `day` is the date in the subject; `keywords` are all the reader's keywords, in order; `updates`
    is like `sections`, for new versions of papers mailed before. `makes_up` lists earlier days on
    which arXiv could not be read and whose papers are in this digest. A digest too large for one
    message has `parts` messages, and this is number `part`; `whole` counts the new and the updated
    papers of all of them.
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
        """The number of printed papers, each counted under the first keyword that found it."""
        sections = (*self.sections, *self.updates)
        return sum(not row.full_under for section in sections for row in section.rows)

    def divided(self, parts: int) -> list["Edition"]:
        """Splits the edition into `parts` messages of nearly equal size; the order stays.

        A reference to a paper under another keyword goes with the last paper of its section.
        """
        rows = self.rows
        new = sum(not row.full_under for section in self.sections for row in section.rows)
        bounds = list(pairwise(rows * number // parts for number in range(parts + 1)))
        sections = _divided(self.sections, bounds)
        updates = _divided(self.updates, [(begin - new, end - new) for begin, end in bounds])
        return [
            replace(
                self,
                sections=sections[number],
                updates=updates[number],
                notices=() if number else self.notices,
                makes_up=() if number else self.makes_up,
                part=number + 1,
                parts=parts,
                whole=(self.new_papers, self.updated_papers),
            )
            for number in range(parts)
        ]

    @property
    def versions(self) -> tuple[str, ...]:
        """The versioned identifiers of the papers printed here, in full or as a title."""
        rows = (row for section in (*self.sections, *self.updates) for row in section.rows)
        return tuple(dict.fromkeys(row.paper.versioned_id for row in rows if not row.full_under))

    @property
    def new_papers(self) -> int:
        """The number of new papers, each counted once."""
        return len({row.paper.id for section in self.sections for row in section.rows})

    @property
    def updated_papers(self) -> int:
        """The number of papers with a new version, each counted once."""
        return len({row.paper.id for section in self.updates for row in section.rows})


def _divided(
    sections: Sequence[Section], bounds: Sequence[tuple[int, int]]
) -> list[tuple[Section, ...]]:
    """The sections of each message. `bounds` are positions in the sequence of printed papers."""
    messages: list[list[Section]] = [[] for _ in bounds]
    before = 0
    for section in sections:
        own = tuple(row for row in section.rows if not row.full_under)
        again = tuple(row for row in section.rows if row.full_under)
        holds = [
            (number, max(0, begin - before), max(0, end - before))
            for number, (begin, end) in enumerate(bounds)
            if own[max(0, begin - before) : max(0, end - before)]
        ] or [(0, 0, 0)]
        for number, begin, end in holds:
            rows = own[begin:end] + (again if number == holds[-1][0] else ())
            messages[number].append(replace(section, rows=rows, continued=begin > 0))
        before += len(own)
    return [tuple(section for section in message if section.rows) for message in messages]


def newest_first(papers: Sequence[Paper]) -> list[Paper]:
    """`papers` by the day of their version, newest first; within a day in the order given.

    arXiv gives the date to the second, and the table shows the day. Within one day the papers stay
    in arXiv's own order.
    """
    return sorted(papers, key=lambda paper: paper.updated.date(), reverse=True)
