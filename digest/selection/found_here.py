"""Decides what follows for each keyword from the papers that were found for it here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from digest.clock import Moment
from digest.model.paper import Paper
from digest.selection.completeness import Judgement
from digest.selection.new_papers import FormerReading, sift
from digest.store.known import Known
from digest.store.readings import Fetched, Harvested, HarvestFacts


def former_name(keyword: str, number: int) -> str:
    """The name of a former query of a keyword, which no keyword has."""
    return f"{keyword}\0{number}"


@dataclass(slots=True)
class Found:
    """The papers that keywords found: `by_query` has them for a keyword, or for a former query."""

    by_query: dict[str, list[Paper]] = field(default_factory=dict)

    def of(self, keyword: str) -> Sequence[Paper]:
        """The papers of a keyword's present query."""
        return self.by_query.get(keyword, ())

    def of_former(self, keyword: str, number: int) -> frozenset[str]:
        """The base identifiers that a former query of the keyword found."""
        papers = self.by_query.get(former_name(keyword, number), ())
        return frozenset(paper.id for paper in papers)


def as_event(
    ledger: Known,
    keywords: Sequence[str],
    found: Iterable[Found],
    judgement: Judgement,
    at: Moment,
    *,
    source: str,
    facts: HarvestFacts | None = None,
    newest: str = "",
    away: bool = False,
    left_alone: Moment | None = None,
) -> Harvested:
    """The event of an evaluation: for each keyword the papers to mail, and those seen before.

    Args:
        ledger: what is known; the keywords are open in it.
        keywords: the keywords that were evaluated.
        found: what they found.
        judgement: whether the records were all that there are.
        at: the present.
        source: "harvest", "feeds" or "papers".
        facts: those of the harvest.
        newest: the largest identifier that was announced so far.
        away: True where arXiv failed.
        left_alone: the end of a Retry-After.
    """
    some = list(found)
    papers: dict[str, Paper] = {}
    new: dict[str, tuple[str, ...]] = {}
    old: dict[str, tuple[str, ...]] = {}
    for name in keywords:
        fetched = _fetched(ledger, name, some, judgement, at)
        for group, into in ((fetched.new, new), (fetched.old, old)) if fetched else ():
            if group:
                into[name] = tuple(paper.versioned_id for paper in group)
                papers.update((paper.versioned_id, paper) for paper in group)
    return Harvested(
        at=at,
        source=source,
        complete=judgement.complete,
        reason=judgement.reason,
        keywords=tuple(keywords),
        papers=tuple(papers.values()),
        new=new,
        old=old,
        facts=facts,
        away=away,
        left_alone=left_alone,
        newest=newest,
    )


def _fetched(
    ledger: Known, name: str, found: Sequence[Found], judgement: Judgement, at: Moment
) -> Fetched | None:
    """The papers of one keyword, divided into new and old ones; None where it found none."""
    met = [paper for one in found for paper in one.of(name)]
    if not met:
        return None
    former = [
        FormerReading(
            query,
            judgement.complete,
            frozenset().union(*(one.of_former(name, number) for one in found)),
        )
        for number, query in enumerate(ledger.open_keyword(name).former)
    ]
    return sift(ledger, name, met, judgement, at, former=former)
