"""Serves all keywords that can be evaluated here by one harvest.

    keywords asked for ─> plan ─┬─> the papers kept here ──────────────────────┐
                                ├─> harvest ─> proof ─> kept here ─> evaluated ─┼─> Harvested
                                │      └─ not complete ─> feeds ─> evaluated ───┘
                                └─> left for the API

A harvest that is proved complete makes all keywords complete that were evaluated on it. One that is
not keeps what it found, says why, and goes on next time from where it broke off.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import TypeVar

from digest.clock import Clock, Moment, later
from digest.cycle.evaluating import evaluated
from digest.cycle.report import HarvestLine, KeywordLine, Report
from digest.model.announcements import EASTERN, Calendar
from digest.model.paper import place_in_order
from digest.model.record import Record
from digest.selection.completeness import Judgement
from digest.selection.evaluated_here import Evaluable, api_fails, present_choice
from digest.selection.found_here import as_event
from digest.selection.harvest_chain import may_go_on
from digest.selection.harvest_plan import Plan, needs, plan
from digest.selection.harvest_proof import Proof, prove
from digest.selection.source_choice import MOST_BY_API, fallback, witnesses
from digest.selection.window import horizon, wanted
from digest.source.harvest import FEEDS, Broken, Feed, Feeds, Harvest, Harvester
from digest.source.recent_papers import RecentPapers
from digest.stopping import Lifetime
from digest.store.known import Known
from digest.store.readings import Harvested
from digest.store.recorder import Recorder

log = logging.getLogger(__name__)

T = TypeVar("T")

_SETTLED = timedelta(hours=4)
"""The time from an announcement to midnight US Eastern: then harvest, feeds and API all show it."""
_A_DAY = timedelta(days=1)
_TRIES = 4
"""The tries of a harvest after which a digest goes without it, as `digest.service.due` has it."""
_WITNESSES = 1
"""The number of feeds that are read beside a harvest, in turn."""


@dataclass(frozen=True, slots=True)
class Harvesting:
    """The parts with which keywords are evaluated here.

    `setting` is DIGEST_SOURCE. `comes_again` is True for the daemon, which can wait and try once
    more; `lifetime` ends long work where the process is asked to stop.
    """

    harvester: Harvester
    feeds: Feeds | None
    papers: RecentPapers
    calendar: Calendar
    clock: Clock
    setting: str
    comes_again: bool = False
    evaluable: Evaluable = field(default_factory=Evaluable)
    lifetime: Lifetime | None = None

    def fetch(self, recorder: Recorder, asked: Sequence[str], report: Report) -> Sequence[str]:
        """Reads the keywords that can be evaluated here; returns those left for the API."""
        known, now = recorder.known, self.clock.now()
        here = self.evaluable.here(known)
        choice = present_choice(
            known,
            self.setting,
            now,
            here=len(here),
            by_api=sum(record.active for _, record in known.keywords()) - len(here),
            harvest_known=True,
        )
        if not choice.harvest:
            return asked
        kept = self.papers.coverage()
        most = 0 if api_fails(known, now) else MOST_BY_API
        way = plan(known, asked, here, calendar=self.calendar, kept=kept, now=now, most_by_api=most)
        report.read(map(_unchanged, way.current))
        if way.from_kept:
            self._from_kept(recorder, way.from_kept, report)
        if way.begin is None:
            return way.api
        return (*way.api, *self._serve(recorder, way, asked, report))

    def _run(self, work: Callable[[], T]) -> T:
        return self.lifetime.run(work) if self.lifetime else work()

    def _from_kept(self, recorder: Recorder, names: Sequence[str], report: Report) -> None:
        """Evaluates keywords on the papers that are kept here, without a request."""
        known, now = recorder.known, self.clock.now()
        coverage = self.papers.coverage()
        assert coverage is not None
        records = self.papers.since(coverage.first)
        found = self._run(partial(evaluated, known, names, records))
        newest = known.harvests.newest
        event = as_event(
            known, names, [found], Judgement(complete=True), now, source="papers", newest=newest
        )
        recorder.append(event)
        _report(event, 0, report)

    def _serve(
        self, recorder: Recorder, way: Plan, asked: Sequence[str], report: Report
    ) -> Sequence[str]:
        """Asks the harvest, and its stand-ins where that is not complete and no time is left.

        Returns the keywords that the API has to serve.
        """
        failures = recorder.known.harvests.failures
        mine = set(way.evaluated)
        names = [name for name in asked if name in mine]
        waits = self.comes_again and failures + 1 < _TRIES
        order = fallback(failures, here=len(names), waiting_is_possible=waits)
        for source in order:
            if source == "harvest":
                if self._harvest(recorder, way, report).complete:
                    return ()
            elif source == "feeds" and self.feeds is not None:
                self._from_feeds(recorder, way, report)
        return names if "api" in order else ()

    def _harvest(self, recorder: Recorder, way: Plan, report: Report) -> Harvested:
        """Reads, proves and evaluates one harvest, and records the result."""
        known, now = recorder.known, self.clock.now()
        assert way.begin is not None
        harvest, went_on = self._read(known, way.begin, now)
        through = self.calendar.last(self.clock.now() - _SETTLED)
        feeds = self._witnesses(harvest, through)
        earlier = self.papers.since(harvest.begin) if went_on else ()
        proof = self._proof(known, harvest, feeds, earlier, through)
        judgement = Judgement(proof.complete, "; ".join(proof.reasons))
        records = self._keep(harvest, proof, through, went_on=went_on)
        now = self.clock.now()

        def work() -> Harvested:
            long = set(way.long)
            usual = [name for name in way.evaluated if name not in long]
            found = [evaluated(known, usual, records)]
            if long:
                found.append(evaluated(known, way.long, self._long(known, way.long, harvest)))
            return as_event(
                known,
                way.evaluated,
                found,
                judgement,
                now,
                source="harvest",
                facts=proof.facts if harvest.pages else None,
                newest=max((known.harvests.newest, proof.facts.largest), key=place_in_order),
                away=bool(harvest.fault),
                left_alone=_until(now, harvest.left_alone),
            )

        event = self._run(work)
        recorder.append(event)
        _report(event, len(harvest.seen), report, proof.notes)
        return event

    def _read(self, known: Known, begin: date, now: Moment) -> tuple[Harvest, bool]:
        """Reads one harvest, or goes on with one that broke off; says whether it went on."""
        last = known.harvests.last
        if last and last.left_alone and last.at <= now < last.left_alone:
            words = f"not asked for until {last.left_alone:%Y-%m-%d %H:%M} UTC: {last.reason}"
            return Harvest(begin, (), (), fault=words), False
        broken = self.papers.broken()
        if broken and not (
            broken.begin <= begin
            and broken.at.day >= now.date() - _A_DAY
            and may_go_on(broken.pages, self.calendar.last(now - _SETTLED))
        ):
            broken = None
        begin = broken.begin if broken else begin
        oldest = horizon(begin, now)
        harvest = self._run(
            lambda: self.harvester.harvest(
                begin, wanted=lambda record: wanted(record, oldest), broken=broken
            )
        )
        return harvest, broken is not None

    def _witnesses(self, harvest: Harvest, through: Moment) -> list[Feed]:
        """Reads a feed or two to compare the harvest with; none where the harvest broke off."""
        if self.feeds is None or harvest.fault:
            return []
        names = witnesses(through.astimezone(EASTERN).date(), _WITNESSES)
        return self._run(partial(self.feeds.read, names))

    def _proof(
        self,
        known: Known,
        harvest: Harvest,
        feeds: Sequence[Feed],
        earlier: Iterable[Record],
        through: Moment,
    ) -> Proof:
        """Judges the harvest; the feeds are second witnesses, `earlier` records of its chain."""
        kept = self.papers.coverage()
        all_kept = kept is not None and kept.first <= harvest.begin

        def met(identifier: str, version: int) -> bool | None:
            record = self.papers.get(identifier)
            if record is not None and record.paper.version >= version:
                return True
            return False if all_kept else None

        requests = harvest.requests + len(feeds)
        return prove(
            replace(harvest, requests=requests),
            through=through,
            past=known.harvests.complete,
            before=known.harvests.before,
            feeds=feeds,
            earlier=earlier,
            known=met,
            calendar=self.calendar,
            now=self.clock.now(),
        )

    def _keep(
        self, harvest: Harvest, proof: Proof, through: Moment, *, went_on: bool
    ) -> Iterable[Record]:
        """Keeps the records for later; returns all records of the harvest's window."""
        broken = None
        if harvest.broken_at is not None:
            broken = Broken(harvest.begin, harvest.pages, harvest.seen, harvest.broken_at)
        self.papers.keep(
            harvest.records,
            begin=harvest.begin,
            at=self.clock.now(),
            complete=proof.complete,
            through=through if proof.complete else None,
            broken=broken,
        )
        return self.papers.since(harvest.begin) if went_on else harvest.records

    def _long(self, known: Known, names: Sequence[str], harvest: Harvest) -> Iterable[Record]:
        """Yields the records of the harvest and those kept here, as far back as keywords need."""
        first = min(needs(known.open_keyword(name)) for name in names).date()
        given = {record.id for record in harvest.records}
        yield from harvest.records
        yield from (record for record in self.papers.since(first) if record.id not in given)

    def _from_feeds(self, recorder: Recorder, way: Plan, report: Report) -> None:
        """Evaluates the keywords on all feeds. That proves nothing, but papers come in time."""
        assert self.feeds is not None
        known, now = recorder.known, self.clock.now()
        feeds = self._run(partial(self.feeds.read, FEEDS))
        records = {record.id: record for feed in feeds for record in feed.records}
        last = known.harvests.last
        reason = last.reason if last and last.reason else "arXiv's harvest has failed"
        judgement = Judgement(complete=False, reason=reason)
        found = self._run(partial(evaluated, known, way.evaluated, records.values()))
        event = as_event(
            known, way.evaluated, [found], judgement, now, source="feeds", away=not records
        )
        recorder.append(event)
        _report(event, len(records), report)


def _until(now: Moment, seconds: float) -> Moment | None:
    return later(now, timedelta(seconds=seconds)) if seconds else None


def _report(event: Harvested, read: int, report: Report, notes: Sequence[str] = ()) -> None:
    """Adds the lines of an evaluation to the report and the log."""
    new, old = event.new, event.old
    lines = [
        KeywordLine(
            keyword=name,
            read=len(new.get(name, ())) + len(old.get(name, ())),
            new=len(new.get(name, ())),
            older=len(old.get(name, ())),
            complete=event.complete,
            reason=event.reason,
        )
        for name in event.keywords
    ]
    report.read(lines)
    requests = event.facts.requests if event.facts else 0
    line = HarvestLine(
        source=event.source,
        read=read,
        requests=requests,
        keywords=len(event.keywords),
        new=sum(map(len, new.values())),
        complete=event.complete,
        reason=event.reason,
        notes=tuple(notes),
    )
    report.harvests.append(line)
    log.log(logging.INFO if event.complete else logging.WARNING, line.logged)


def _unchanged(keyword: str) -> KeywordLine:
    """The line of a keyword that is complete already."""
    return KeywordLine(keyword, read=0, new=0, older=0, complete=True, reason="", current=True)
