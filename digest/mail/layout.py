"""Lays an edition out: turns it into objects with the text that the templates show.

The templates receive these objects; docs/operations.md describes them for authors of templates.
LaTeX is already Unicode in them, and abstracts are as long as the shape allows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from digest.mail.fitting import Shape, shortened
from digest.mail.latex import to_unicode
from digest.mail.marking import Phrases, apart
from digest.model.edition import Edition, Notice, Row, Section
from digest.model.paper import Paper
from digest.text import counted

_AUTHORS = 3
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Entry:
    """One paper. `authors`, `abstract` and `comment` are "" where there is none, or no room.

    `full_under` names the keyword under which the paper stands in full, "" where that is here.
    `previous_version` is 0 for a new paper. `namesake` says that its author may be another one than
    the keyword's, since only initials agree. `brief` says that there is room for the title alone.
    `matches` holds the phrases that the filter `marked` marks, which show why the paper is there.
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
    namesake: bool
    matches: Phrases


@dataclass(frozen=True, slots=True)
class Part:
    """One keyword with `count` papers; `left_out` of them stand only under other keywords.

    `left_to` names these keywords. A part that is `continued` began in an earlier message.
    """

    keyword: str
    count: int
    entries: tuple[Entry, ...]
    left_out: int
    left_to: tuple[str, ...]
    search_url: str
    continued: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """The content of a message for the templates, without the contact addresses.

    `summary` gives the number of papers, and `date_in_words` the day. `cut` says which parts had no
    room, "" where everything is shown. `number` is "2 of 3" in a digest of several messages, else
    "". `made_up` names the days whose papers come late, "" for none.
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
    number: str
    made_up: str


def lay_out(edition: Edition, shape: Shape) -> Layout:
    """Returns the edition with as much of each paper as the shape allows."""
    ranks = _ranks(edition)

    def parts(sections: Sequence[Section]) -> tuple[Part, ...]:
        return tuple(_part(section, shape, ranks) for section in sections)

    return Layout(
        day=edition.day,
        date_in_words=f"{_in_words(edition.day)} {edition.day.year}",
        summary=_summary(edition),
        new_papers=edition.new_papers,
        updated_papers=edition.updated_papers,
        keywords=edition.keywords,
        sections=parts(edition.sections),
        updates=parts(edition.updates),
        notices=edition.notices,
        cut=_cut(shape, len(ranks)),
        number=f"{edition.part} of {edition.parts}" if edition.parts > 1 else "",
        made_up=_made_up(edition.makes_up),
    )


@lru_cache(maxsize=8192)
def readable(text: str) -> str:
    """Returns `text` with its LaTeX as Unicode."""
    return to_unicode(text)


@lru_cache(maxsize=8192)
def explained(title: str, abstract: str, phrases: Phrases) -> Phrases:
    """Returns the phrases to mark in a paper with this title and abstract."""
    return apart(phrases, (title, abstract))


def _ranks(edition: Edition) -> dict[str, int]:
    """Returns the rank by date of each paper that is printed in full here, 0 for the newest."""
    papers = {
        row.paper.versioned_id: row.paper
        for section in (*edition.sections, *edition.updates)
        for row in section.rows
        if not row.full_under
    }
    newest = sorted(papers.values(), key=lambda paper: paper.updated, reverse=True)
    return {paper.versioned_id: rank for rank, paper in enumerate(newest)}


def _part(section: Section, shape: Shape, ranks: dict[str, int]) -> Part:
    shown = [row for row in section.rows if shape.repeats or not row.full_under]
    return Part(
        keyword=section.keyword,
        count=len(section.rows),
        entries=tuple(
            _entry(row, shape, ranks.get(row.paper.versioned_id, 0), section.phrases)
            for row in shown
        ),
        left_out=len(section.rows) - len(shown),
        left_to=()
        if shape.repeats
        else tuple(dict.fromkeys(row.full_under for row in section.rows if row.full_under)),
        search_url=section.search_url,
        continued=section.continued,
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
        namesake=row.namesake,
        matches=explained(title, whole_abstract, phrases),
    )


def _authors(paper: Paper) -> str:
    """Returns the first authors and the number of others; a single other author is named."""
    names = [readable(name) for name in paper.authors]
    if len(names) <= _AUTHORS + 1:
        return ", ".join(names)
    return f"{', '.join(names[:_AUTHORS])} and {len(names) - _AUTHORS} more"


def _summary(edition: Edition) -> str:
    """Returns the number of papers in the whole digest, in words."""
    new, updated = edition.whole or (edition.new_papers, edition.updated_papers)
    parts = [counted(new, "new paper")] if new else []
    if updated:
        parts.append(counted(updated, "updated paper"))
    return ", ".join(parts) or "nothing new"


def _in_words(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]}"


def _made_up(days: Sequence[date]) -> str:
    """Returns a sentence about the days on which arXiv could not be read, "" for none."""
    if not days:
        return ""
    words = [_in_words(day) for day in days]
    listed = words[0] if len(words) == 1 else f"{'; '.join(words[:-1])}; and {words[-1]}"
    them = "that day" if len(days) == 1 else "those days"
    return f"arXiv could not be read on {listed}. This mail makes up for {them}."


def _cut(shape: Shape, papers: int) -> str:
    parts = []
    if shape.abstract_characters is not None and shape.details:
        cut = "abstracts and comments" if shape.abstracts else "comments"
        parts.append(f"long {cut} are shortened")
    if without := shape.details - shape.abstracts:
        parts.append(f"{counted(without, 'paper')} without abstract")
    if bare := papers - shape.details:
        parts.append(f"{counted(bare, 'paper')} with the title alone")
    if not parts:
        return ""
    if shape.abstract_characters is None:
        return f"As you chose, {'; '.join(parts)}."
    return f"To keep this mail short enough for every mail program: {'; '.join(parts)}."
