"""The papers that `digest try` finds: among those that are kept here, or in one page of arXiv's.

Papers count whose version was submitted in the last 30 days. A record that arXiv changed since, but
not by a new version, is no news for a reader.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from digest.clock import Moment
from digest.model.paper import Paper
from digest.model.record import Record
from digest.source.recent_papers import Coverage
from digest.source.source import Reading

DAYS = 30
KEPT, ARXIV = "papers kept here", "arXiv"
"""The places where papers were looked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """The papers of the last days, newest first.

    `place` is where they were looked for. They are those of `days` days. `more` is True where
    arXiv has more of them than the page that was read.
    """

    place: str
    papers: tuple[Paper, ...]
    days: float
    more: bool = False

    @property
    def first_versions(self) -> int:
        """The number of papers that are in their first version."""
        return sum(paper.version == 1 for paper in self.papers)

    @property
    def a_week(self) -> float:
        """The number of papers in a week."""
        return len(self.papers) / self.days * 7


def since(now: Moment) -> Moment:
    """The moment from which on papers count."""
    return now - timedelta(days=DAYS)


def known_days(coverage: Coverage, now: Moment) -> float:
    """The number of the last days of which every record is kept; 0 for none."""
    first = datetime.combine(coverage.first, time(), UTC)
    known = min(now, coverage.through) - max(since(now), first)
    return max(0.0, known / timedelta(days=1))


def of_records(records: Iterable[Record], days: float, now: Moment) -> Found:
    """The papers among the records of so many of the last days."""
    papers = (record.paper for record in records)
    return Found(KEPT, _newest(one for one in papers if one.updated >= since(now)), days)


def of_a_page(reading: Reading, now: Moment) -> Found:
    """The papers in the first page of arXiv's listing, which may not reach back to all days."""
    begin = since(now)
    papers = _newest(paper for paper in reading.papers if paper.updated >= begin)
    if len(papers) < len(reading.papers) or reading.ended:
        return Found(ARXIV, papers, DAYS)
    oldest = min((paper.updated for paper in papers), default=begin)
    return Found(ARXIV, papers, max((now - oldest) / timedelta(days=1), 1 / 24), more=True)


def _newest(papers: Iterable[Paper]) -> tuple[Paper, ...]:
    return tuple(sorted(papers, key=lambda paper: (paper.updated, paper.id), reverse=True))
