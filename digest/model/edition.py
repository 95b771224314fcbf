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
        """How many papers are printed, each under the first keyword that found it."""
        sections = (*self.sections, *self.updates)
        return sum(not row.full_under for section in sections for row in section.rows)

    def divided(self, parts: int) -> list["Edition"]:
        """The same papers in so many messages, in their order and of nearly the same number.

        Where a paper stands again under another keyword, that is with the last of its section.
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


def _divided(
    sections: Sequence[Section], bounds: Sequence[tuple[int, int]]
) -> list[tuple[Section, ...]]:
    """The sections of each message, whose bounds count through the papers that are printed."""
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

    arXiv gives the date in seconds, and the table shows the day: within one day arXiv's own order
    is kept, whatever it is.
    """
    return sorted(papers, key=lambda paper: paper.updated.date(), reverse=True)
