"""Lays an edition out: what the templates show, paper by paper, in words ready to be read.

What a template is given are these objects (docs/operations.md lists them for who writes their own).
LaTeX has become Unicode here, and abstracts are as long as the shape allows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from digest.edition import Edition, Notice, Row, Section
from digest.fitting import Shape, shortened
from digest.latex import to_unicode
from digest.marking import Phrases, apart
from digest.paper import Paper
from digest.wording import counted

_AUTHORS = 3
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Entry:
    """One paper. `authors`, `abstract` and `comment` are "" where there is none, or no room.

    `full_under` names the keyword under which the paper stands in full, "" where that is here;
    `previous_version` is 0 for a paper that is new. `brief` says that there is room for the title
    alone. `matches` is what the filter `marked` needs to show why the paper is there.
    """

    title: str
    url: str
    date: date
    authors: str
    category: str
    version: int
    previous_version: int
    abstract: str
    comment: str
    full_under: str
    brief: bool
    matches: Phrases


@dataclass(frozen=True, slots=True)
class Part:
    """One keyword: `count` papers, of which `left_out` have no room among the `entries`."""

    keyword: str
    count: int
    entries: tuple[Entry, ...]
    left_out: int
    search_url: str


@dataclass(frozen=True, slots=True)
class Layout:
    """All that a template shows, but for whom to write to.

    `summary` says how many papers there are, `date_in_words` the day; `cut` says what there was no
    room for, "" where all is shown.
    """

    day: date
    date_in_words: str
    summary: str
    new_papers: int
    updated_papers: int
    keywords: tuple[str, ...]
    sections: tuple[Part, ...]
    updates: tuple[Part, ...]
    notices: tuple[Notice, ...]
    cut: str


def lay_out(edition: Edition, shape: Shape) -> Layout:
    """The edition with as much of each paper as the shape allows."""
    ranks = _ranks(edition)

    def parts(sections: Sequence[Section]) -> tuple[Part, ...]:
        return tuple(_part(section, shape, ranks) for section in sections)

    day = edition.day
    return Layout(
        day=day,
        date_in_words=f"{_WEEKDAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}",
        summary=_summary(edition),
        new_papers=edition.new_papers,
        updated_papers=edition.updated_papers,
        keywords=edition.keywords,
        sections=parts(edition.sections),
        updates=parts(edition.updates),
        notices=edition.notices,
        cut=_cut(shape, len(ranks)),
    )


@lru_cache(maxsize=8192)
def readable(text: str) -> str:
    """`text` with its LaTeX as Unicode."""
    return to_unicode(text)


@lru_cache(maxsize=8192)
def explained(title: str, abstract: str, phrases: Phrases) -> Phrases:
    """What to mark of `phrases` in a paper with this title and abstract."""
    return apart(phrases, (title, abstract))


def _ranks(edition: Edition) -> dict[str, int]:
    """For each version of a paper its place among all of them, 0 for the newest."""
    papers = {
        row.paper.versioned_id: row.paper
        for section in (*edition.sections, *edition.updates)
        for row in section.rows
    }
    newest = sorted(papers.values(), key=lambda paper: paper.updated, reverse=True)
    return {paper.versioned_id: rank for rank, paper in enumerate(newest)}


def _part(section: Section, shape: Shape, ranks: dict[str, int]) -> Part:
    shown = [row for row in section.rows if ranks[row.paper.versioned_id] < shape.titles]
    return Part(
        keyword=section.keyword,
        count=len(section.rows),
        entries=tuple(
            _entry(row, shape, ranks[row.paper.versioned_id], section.phrases) for row in shown
        ),
        left_out=len(section.rows) - len(shown),
        search_url=section.search_url,
    )


def _entry(row: Row, shape: Shape, rank: int, phrases: Phrases) -> Entry:
    paper = row.paper
    title, whole_abstract = readable(paper.title), readable(paper.abstract)
    full = row.full_under is None
    detailed = full and rank < shape.details
    abstract = whole_abstract if full and rank < shape.abstracts else ""
    comment = readable(paper.comment) if detailed else ""
    return Entry(
        title=title,
        url=paper.abstract_url,
        date=paper.updated.date(),
        authors=_authors(paper) if detailed else "",
        category=paper.primary_category if detailed else "",
        version=paper.version,
        previous_version=row.previous_version or 0,
        abstract=shortened(abstract, shape.abstract_characters),
        comment=shortened(comment, shape.abstract_characters),
        full_under=row.full_under or "",
        brief=full and not detailed,
        matches=explained(title, whole_abstract, phrases),
    )


def _authors(paper: Paper) -> str:
    """The first authors, and how many more there are; one more is named rather than counted."""
    names = [readable(name) for name in paper.authors]
    if len(names) <= _AUTHORS + 1:
        return ", ".join(names)
    return f"{', '.join(names[:_AUTHORS])} and {len(names) - _AUTHORS} more"


def _summary(edition: Edition) -> str:
    parts = [counted(edition.new_papers, "new paper")] if edition.new_papers else []
    if edition.updated_papers:
        parts.append(counted(edition.updated_papers, "updated paper"))
    return ", ".join(parts) or "nothing new"


def _cut(shape: Shape, papers: int) -> str:
    if shape.abstract_characters is None:
        return ""
    cut = "abstracts and comments" if shape.abstracts else "comments"
    parts = [f"long {cut} are shortened"] if shape.details else []
    if without := shape.details - shape.abstracts:
        parts.append(f"{counted(without, 'paper')} without abstract")
    if bare := shape.titles - shape.details:
        parts.append(f"{counted(bare, 'paper')} with the title alone")
    if rest := papers - shape.titles:
        parts.append(f"{counted(rest, 'paper')} only counted, with a link to arXiv's search")
    return f"To keep this mail short enough for every mail program: {'; '.join(parts)}."
