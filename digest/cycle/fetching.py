"""Fetches one keyword from arXiv, and judges whether the papers are complete.

record of the keyword ──> how far back to read ──> pages ──> judged complete or not ──> Fetched
all other records ──────> does the index stand still? ───────────────┘
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from typing import Protocol

from digest.clock import Moment, later
from digest.errors import QueryRefusedError
from digest.model.announcements import Calendar
from digest.model.paper import Paper
from digest.selection.completeness import Judgement, horizon, judge, page_size, passes
from digest.selection.new_papers import FormerReading, is_due, sift, unmet
from digest.selection.standstill import Pulse, pulse, standing_still
from digest.selection.wrong_clock import behind
from digest.source.source import Reading, Source
from digest.stopping import Lifetime
from digest.store.known import Known
from digest.store.readings import Fetched
from digest.store.records import FormerQuery, KeywordRecord

_PULSES = 200
"""The most other keywords whose rhythm is looked at; they are evidence enough."""

_RESIGNED = 6
"""The number of readings in a row after which a former query is believed to find nothing."""

_FORMER_NOT_READ = "the listing of its former query could not be read completely"


@dataclass(frozen=True, slots=True)
class Fetch:
    """The result of fetching one keyword: the event to record, and the number of papers read."""

    event: Fetched
    read: int
    refused: bool = False


class Fetcher(Protocol):
    """Fetches a keyword's papers, from a source, the store or a file."""

    def fetch(self, ledger: Known, keyword: str, at: Moment) -> Fetch:
        """The papers of a keyword that is open in the ledger."""
        ...


class FromArxiv:
    """The source arXiv: its listing, read as far back as the keyword needs."""

    def __init__(self, source: Source, calendar: Calendar) -> None:
        self._source = source
        self._calendar = calendar
        self._pulses: dict[str, tuple[object, Pulse | None]] = {}

    def fetch(self, ledger: Known, keyword: str, at: Moment) -> Fetch:
        """Reads page by page until no paper can be missing, and judges the result.

        A failure is part of the result: the papers that came are used, and the reason is recorded.
        """
        record = ledger.open_keyword(keyword)
        if (wish := ledger.left_alone) and wish.holds(at):
            reason = f"not asked for until {wish.until:%Y-%m-%d %H:%M} UTC: {wish.reason}"
            return Fetch(replace(_nothing_of(keyword, record, at, reason), away=True), 0)
        return self._ask(ledger, keyword, record, at)

    def _ask(self, ledger: Known, keyword: str, record: KeywordRecord, at: Moment) -> Fetch:
        known = ledger.listed(keyword)
        former = [self._read_former(one, record.failures) for one in record.former]
        asked: list[KeywordRecord | FormerQuery] = [record, *record.former]
        back_to = min(horizon(one.since, one.complete_through, known) for one in asked)

        def more(page: Sequence[Paper]) -> bool:
            """Returns whether to go on to the next page.

            Reading ends past the horizon, once all papers older than it are known.
            """
            if behind(page, record, at):
                return False
            if not passes(page, back_to):
                return True
            beyond = [paper for paper in page if paper.updated < back_to]
            return any(
                ledger.sightings(keyword).version(paper.id) or is_due(paper, record, former)
                for paper in unmet(ledger, keyword, beyond)
            )

        try:
            reading = self._source.read(
                record.query,
                page_size=page_size(record.depth),
                expected=bool(known),
                more=more,
                unreadable=record.unreadable,
            )
        except QueryRefusedError as error:
            return Fetch(_nothing_of(keyword, record, at, str(error)), 0, refused=True)
        if fault := behind(reading.papers, record, at):
            return Fetch(_nothing_of(keyword, record, at, fault), len(reading.papers))
        judgement = judge(
            reading,
            back_to=back_to,
            known=known,
            missing_before=record.missing,
            unreadable_before=record.unreadable,
            empty_before=record.empty,
        )
        if judgement.complete and reading.papers:
            own = pulse((*reading.papers, *known), at, self._calendar)
            pulses = [*filter(None, [own]), *self._others(ledger, keyword)]
            if still := standing_still(pulses, self._calendar, at):
                judgement = replace(judgement, complete=False, reason=still, still=True)
        if judgement.complete and not all(one.complete for one in former):
            judgement = replace(judgement, complete=False, reason=_FORMER_NOT_READ)
        event = sift(ledger, keyword, reading.papers, judgement, at, former=former)
        pause = timedelta(seconds=reading.left_alone)
        until = later(at, pause) if pause else None
        event = replace(event, away=bool(reading.fault), left_alone=until)
        return Fetch(event, len(reading.papers))

    def _read_former(self, former: FormerQuery, failures: int) -> FormerReading:
        """Reads the papers that a former query finds now; a query that arXiv refuses finds none.

        An empty result is believed if the query never found a paper, or after many readings.
        """
        back_to = horizon(former.since, former.complete_through, ())
        try:
            reading = self._source.read(
                former.query,
                page_size=page_size(0),
                expected=False,
                more=lambda page: not passes(page, back_to),
            )
        except QueryRefusedError:
            return FormerReading(former, complete=True, found=frozenset())
        judgement = judge(reading, back_to=back_to, known=(), missing_before=())
        found = frozenset(paper.id for paper in reading.papers)
        nothing = not reading.fault and not reading.total
        believed = nothing and (not former.met or failures >= _RESIGNED)
        return FormerReading(former, judgement.complete or believed, found)

    def _others(self, ledger: Known, keyword: str) -> Iterator[Pulse]:
        """Yields the pulse of each other keyword that had a complete fetch."""
        others = (
            (name, record, record.complete_through)
            for name, record in ledger.keywords()
            if name != keyword and record.active and record.complete_through
        )
        for name, record, through in islice(others, _PULSES):
            version = (record.last_batch, through)
            if self._pulses.get(name, (None,))[0] != version:
                known = pulse(ledger.listed(name), through, self._calendar)
                self._pulses[name] = (version, known)
            if found := self._pulses[name][1]:
                yield found


def _nothing_of(keyword: str, record: KeywordRecord, at: Moment, reason: str) -> Fetched:
    """The event of a fetch that gave no result."""
    return Fetched(
        keyword,
        at,
        complete=False,
        reason=reason,
        empty=record.empty,
        unreadable=record.unreadable,
    )


class FromStore:
    """A source without new papers: only the store's own."""

    def fetch(self, ledger: Known, keyword: str, at: Moment) -> Fetch:
        """No paper, and the unchanged reason of the last fetch."""
        reason = ledger.open_keyword(keyword).reason
        return Fetch(Fetched(keyword, at, complete=False, reason=reason), 0)


class FromFile:
    """A saved page, used as the listing of every keyword. It never proves completeness."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def fetch(self, ledger: Known, keyword: str, at: Moment) -> Fetch:
        """The papers of the page that the keyword has not met."""
        judgement = Judgement(complete=False)
        papers = self._reading.papers
        return Fetch(sift(ledger, keyword, papers, judgement, at), len(papers))


class Interruptible:
    """A fetcher that can be interrupted when the process is asked to stop."""

    def __init__(self, fetcher: Fetcher, lifetime: Lifetime) -> None:
        self._fetcher = fetcher
        self._lifetime = lifetime

    def fetch(self, ledger: Known, keyword: str, at: Moment) -> Fetch:
        """The result of the fetcher; StoppedError where the process is asked to stop meanwhile."""
        return self._lifetime.run(lambda: self._fetcher.fetch(ledger, keyword, at))
