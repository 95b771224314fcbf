"""An edition of every kind there is, as the shipped templates show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from builders import CONTACT, paper

from digest.mail.fitting import SMALLEST, Shape, whole
from digest.mail.marking import Phrases
from digest.mail.rendering import Rendered, Templates
from digest.model.edition import Edition, Notice, Row, Section, newest_first
from digest.model.paper import Paper
from digest.standin.samples import sample_papers

LINK = "https://arxiv.org/search/?query=time+series&searchtype=all&order=-announced_date_first"
WANTED: Phrases = (((0, "time"), (1, "seri")),)
PAPERS = newest_first([sample.paper for sample in sample_papers()])
"""The demonstration's: long titles, many authors, scripts, mathematics."""


@dataclass(frozen=True, slots=True)
class Kind:
    """An edition, and how much of it is shown."""

    edition: Edition
    shape: Shape

    @property
    def rendered(self) -> Rendered:
        """The three parts, by the shipped templates."""
        return Templates(None).render(self.edition, self.shape, CONTACT)


def _kind(
    *sections: Section,
    updates: tuple[Section, ...] = (),
    notices: tuple[Notice, ...] = (),
    shape: Shape | None = None,
) -> Kind:
    keywords = ("Time Series", "Trajectory")
    edition = Edition(date(2026, 11, 17), keywords, sections, updates, notices)
    return Kind(edition, shape or whole(edition.new_papers + edition.updated_papers))


def _section(keyword: str, papers: Sequence[Paper]) -> Section:
    return Section(keyword, tuple(map(Row, papers)), LINK, WANTED)


_BOTH = Section(
    "Trajectory", (Row(PAPERS[0], full_under="Time Series"), Row(PAPERS[20])), LINK, WANTED
)
_UPDATED = tuple(
    Section(name, (Row(paper(number, version=3), previous_version=1),), LINK, WANTED)
    for number, name in enumerate(("Time Series", "Trajectory"), start=1)
)
_LONG = "x" * 1900
_URL = "https://example.org/" + "path/" * 60

KINDS = {
    "one": _kind(_section("Time Series", PAPERS[:1])),
    "new": _kind(_section("Time Series", PAPERS[:20]), _BOTH),
    "updates": _kind(_section("Time Series", PAPERS[:3]), updates=_UPDATED),
    "updates alone": _kind(updates=_UPDATED),
    "notices": _kind(
        _section("Time Series", PAPERS[:2]),
        notices=(
            Notice("Trajectory", "arXiv answered with HTTP status 406"),
            Notice("Time Series", "a page of 40 papers where arXiv announced 100"),
        ),
    ),
    "cut": _kind(
        _section("Time Series", PAPERS[:20]),
        _section("Trajectory", PAPERS[20:40]),
        shape=Shape(160, 10, 22),
    ),
    "titles alone": _kind(
        _section("Time Series", PAPERS[:20]), _BOTH, updates=_UPDATED, shape=SMALLEST
    ),
    "empty": _kind(),
    "endless words": _kind(
        _section(
            f"Keyword {'y' * 200}", [paper(1, f"Time series {_LONG}"), paper(2, comment=_URL)]
        ),
        _section("Trajectory", [paper(3, abstract=_LONG, authors=(_LONG[:300],))]),
        notices=(Notice("z" * 300, _URL),),
    ),
}
"""By name, the kinds of editions."""
