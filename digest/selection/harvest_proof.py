"""Proves a harvest complete, or says why it is not.

    records, pages, second list ─> harvest_chain      E1 to E4 ─┐
    identifiers ─────────────────> id_sequence        E5 ───────┤
    days and counts ─────────────> announced_papers   E5, E6 ───┼─> doubts ─> complete, or reasons
    feeds ───────────────────────> feed_witness       E7 ───────┘

One complete harvest makes every keyword that is evaluated here complete. So each piece of evidence
can only take this away, and none alone is enough to give it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from digest.clock import Moment
from digest.model.announcements import Calendar
from digest.model.record import Record
from digest.selection.announced_papers import (
    Announcement,
    alive,
    announcements,
    as_usual,
    closing,
    counts,
    first_versions,
    later_versions,
    minutes_short,
    to_the_end,
    utc_day,
)
from digest.selection.doubts import Doubt, note, weighed
from digest.selection.feed_witness import witnessed
from digest.selection.harvest_chain import ended, nothing_lacks, readable, recent
from digest.selection.id_sequence import Numbers, numbers, unbroken
from digest.source.harvest import Feed, Harvest
from digest.store.readings import HarvestFacts
from digest.text import counted


@dataclass(frozen=True, slots=True)
class Proof:
    """The judgement on a harvest: `complete`, or the `reasons` why not.

    `notes` are doubts that do not make it incomplete. `facts` are to be kept: later harvests are
    compared with them.
    """

    complete: bool
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    facts: HarvestFacts

    @property
    def reason(self) -> str:
        """All reasons on one line, or "": the first one, and the number of the others."""
        if len(self.reasons) < 2:
            return "".join(self.reasons)
        return f"{self.reasons[0]}, and {counted(len(self.reasons) - 1, 'doubt')} more"


def prove(
    harvest: Harvest,
    *,
    through: Moment,
    past: Sequence[HarvestFacts],
    before: HarvestFacts | None = None,
    feeds: Sequence[Feed] = (),
    earlier: Iterable[Record] = (),
    known: Callable[[str, int], bool | None],
    calendar: Calendar,
    now: Moment,
) -> Proof:
    """Proves a harvest.

    Args:
        harvest: the harvest.
        through: the last announcement that it should hold.
        past: the facts of complete harvests, oldest first; of three months at best.
        before: the facts of the harvest before this one, whole or not; its doubts are believed in
            the end. None where there was none.
        feeds: the feeds that were read with it, maybe none.
        earlier: the records that the earlier part of the chain brought, where it had broken off.
            Further records do no harm.
        known: takes a base identifier and a version, and returns whether this version was kept
            before this harvest; None where nobody can say.
        calendar: the days and hours of arXiv's announcements.
        now: the present.
    """
    harvest = _with_records(harvest, earlier)
    case = _case(harvest, through, past, calendar, now)
    doubts = [*_of_the_chain(case)]
    if not harvest.fault:  # half a harvest is not like others
        doubts += _of_the_papers(case, calendar)
        doubts += witnessed(
            harvest, feeds, after=case.after, through=through, known=known, calendar=calendar
        )
        doubts += _late(case, known)
    known_doubts = before.doubts if before else {}
    result = weighed(doubts, known_doubts, through)
    # A harvest that broke off does not show which of the earlier doubts still stand.
    standing = {**known_doubts, **result.standing} if harvest.fault else result.standing
    facts = replace(_facts(case), notes=result.notes, doubts=standing)
    return Proof(not result.reasons, result.reasons, result.notes, facts)


def _with_records(harvest: Harvest, earlier: Iterable[Record]) -> Harvest:
    """The harvest with the records of its earlier part, as far as they have not changed since."""
    own = {record.id for record in harvest.records}
    others = {
        record.id: record
        for record in earlier
        if record.id not in own and harvest.seen.get(record.id) == record.datestamp
    }
    return replace(harvest, records=(*others.values(), *harvest.records)) if others else harvest


@dataclass(frozen=True, slots=True)
class _Case:
    """A harvest, and the facts that several pieces of evidence share.

    `expected` are the announcements since `last`, the last complete harvest. `found` are the
    numbers given out since; `new` and `again` are records of new papers and of later versions.
    """

    harvest: Harvest
    through: Moment
    past: Sequence[HarvestFacts]
    last: HarvestFacts | None
    expected: Sequence[Announcement]
    found: Numbers
    new: Sequence[Record]
    again: Sequence[Record]

    @property
    def after(self) -> str:
        """The largest identifier known before; "" for none."""
        return self.found.after


def _case(
    harvest: Harvest,
    through: Moment,
    past: Sequence[HarvestFacts],
    calendar: Calendar,
    now: Moment,
) -> _Case:
    last = past[-1] if past else None
    after = last.largest if last else ""
    return _Case(
        harvest,
        through,
        past,
        last,
        expected=announcements(last.through if last else None, through, calendar),
        found=numbers(harvest.seen, after, now),
        new=first_versions(harvest.records, after),
        again=later_versions(harvest.records, closing(last.through) if last else None),
    )


def _of_the_chain(case: _Case) -> Iterator[Doubt]:
    yield from readable(case.harvest)
    yield from ended(case.harvest)
    yield from recent(case.harvest, case.through)
    yield from nothing_lacks(case.harvest, case.through)


def _of_the_papers(case: _Case, calendar: Calendar) -> Iterator[Doubt]:
    yield from alive(case.expected, case.new)
    yield from unbroken(case.found, case.past)
    yield from to_the_end(case.expected, case.new, case.past)
    yield from as_usual(case.expected, case.new, case.again, case.past, calendar)


def _facts(case: _Case) -> HarvestFacts:
    return HarvestFacts(
        begin=case.harvest.begin,
        through=case.through,
        records=sum(page.records for page in case.harvest.pages),
        requests=case.harvest.requests,
        days=counts(case.new, case.again, utc_day(case.last.through) if case.last else None),
        largest=case.found.largest,
        numbers=case.found.given,
        absent=case.found.absent,
        longest=case.found.longest,
        short=minutes_short(case.expected[-1], case.new) if case.expected else 0,
    )


def _late(case: _Case, known: Callable[[str, int], bool | None]) -> Iterator[Doubt]:
    """Yields notes on papers that came later than they should have.

    A record carries the day of its last change. If an unknown one carries a day that an earlier
    harvest held as a whole, then arXiv's datestamps do not prove all that they are used for.
    """
    harvest = case.harvest
    outside = sum(stamp < harvest.begin for stamp in harvest.seen.values())
    if outside:
        yield note(f"{counted(outside, 'record')} from before {harvest.begin} came unasked")
    if case.last is None:
        return
    day = utc_day(case.last.through)
    late = sum(record.datestamp <= day for record in case.new)
    if late:
        yield note(f"{counted(late, 'paper')} of {day} came after the harvest of that day")
    older = [
        record.paper.versioned_id
        for record in harvest.records
        if record.datestamp < day and known(record.id, record.paper.version) is False
    ]
    if older:
        yield note(f"{counted(len(older), 'record')} from before {day} came too late: {older[0]}")
