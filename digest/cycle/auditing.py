"""Compares keywords that are evaluated here with arXiv's own search, a few a day.

    keywords ─> turn ─> arXiv's listing, the papers kept here ─> compare ─> Audited

The papers of either side are the keyword's, and those that are new are mailed. Keywords for authors
are served by the API, and are evaluated here for this comparison only.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TypeVar

from digest.clock import Clock, Moment
from digest.errors import QueryRefusedError
from digest.model.announcements import Calendar
from digest.model.paper import Paper
from digest.search.grammar import parse
from digest.selection.agreement import BUDGET, Comparable, Comparison, compare, turn
from digest.selection.completeness import Judgement, page_size
from digest.selection.evaluated_here import Evaluable
from digest.selection.new_papers import sift
from digest.source.recent_papers import RecentPapers
from digest.source.source import Reading, Source
from digest.stopping import Lifetime
from digest.store.known import Known
from digest.store.readings import Audited
from digest.store.recorder import Recorder
from digest.text import logfmt

log = logging.getLogger(__name__)

T = TypeVar("T")

_A_DAY = timedelta(days=1)
_REACH = timedelta(days=30)
"""The days that a comparison reaches back."""


@dataclass(frozen=True, slots=True)
class Auditing:
    """The parts with which keywords are compared; `source` is arXiv's query API."""

    source: Source
    papers: RecentPapers
    calendar: Calendar
    clock: Clock
    lifetime: Lifetime | None = None

    def turn(self, known: Known, evaluable: Evaluable) -> list[str]:
        """The keywords to compare now; none before a harvest of the last announcement is there."""
        now = self.clock.now()
        coverage = self.papers.coverage()
        if coverage is None or coverage.through < self.calendar.last(now - _A_DAY):
            return []
        on_trial = evaluable.on_trial(known)
        used = 0
        comparable = []
        for name in (*evaluable.here(known), *on_trial):
            record = known.open_keyword(name)
            at = record.agreement.at if record.agreement else None
            used += bool(at and timedelta() <= now - at < _A_DAY)
            if record.complete_through and (record.here or name in on_trial):
                comparable.append(Comparable(name, record.since, at))
        return turn(comparable, now, BUDGET - used)

    def audit(self, recorder: Recorder, keyword: str) -> bool:
        """Compares one keyword and records the result; returns whether arXiv answered."""
        coverage = self.papers.coverage()
        if coverage is None:
            return False
        known, now = recorder.known, self.clock.now()
        query = known.open_keyword(keyword).query
        back_to = max(datetime.combine(coverage.first, time(), UTC), now - _REACH)
        reading = self._read(keyword, query, back_to)
        if reading is None:
            return False
        if not reading.ended:
            back_to = max(back_to, min(paper.updated for paper in reading.papers))
        found = self._run(lambda: list(self.papers.found(parse(query), back_to.date())))
        result = compare(
            reading.papers,
            found,
            back_to=back_to,
            kept=self._kept,
            now=now,
            calendar=self.calendar,
            counted_before=_counted(known, keyword),
        )
        papers = {paper.id: paper for paper in (*(one.paper for one in found), *reading.papers)}
        new = sift(known, keyword, list(papers.values()), Judgement(complete=True), now).new
        recorder.append(
            Audited(
                keyword,
                now,
                result.agreed,
                there=result.only_there,
                here=result.only_here,
                explained=result.explained,
                new=new,
            )
        )
        _log(keyword, result, len(new))
        return True

    def _read(self, keyword: str, query: str, back_to: Moment) -> Reading | None:
        """Reads arXiv's listing of a query back to a moment; None where it does not come."""
        try:
            reading = self._run(
                lambda: self.source.read(
                    query,
                    page_size=page_size(0),
                    expected=False,
                    more=lambda page: all(paper.updated >= back_to for paper in page),
                )
            )
        except QueryRefusedError as error:
            fault = str(error)
        else:
            fault = reading.fault
            if not fault:
                return reading
        log.warning(logfmt("not-compared", keyword=keyword, reason=fault))
        return None

    def _kept(self, identifier: str) -> Paper | None:
        record = self.papers.get(identifier)
        return record.paper if record else None

    def _run(self, work: Callable[[], T]) -> T:
        return self.lifetime.run(work) if self.lifetime else work()


def _counted(known: Known, keyword: str) -> tuple[str, ...]:
    """The differences of a keyword that were counted already."""
    agreement = known.open_keyword(keyword).agreement
    return (*agreement.missed, *agreement.extra) if agreement else ()


def _log(keyword: str, result: Comparison, new: int) -> None:
    log.info(
        logfmt(
            "compared",
            keyword=keyword,
            agreed=result.agreed,
            only_arxiv=" ".join(result.only_there) or "-",
            only_here=" ".join(result.only_here) or "-",
            explained=result.explained,
            new=new,
        )
    )
