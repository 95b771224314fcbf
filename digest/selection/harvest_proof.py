"""Proves a harvest complete, or says why it is not.

    records, pages, second list ─> harvest_chain      E1 to E4 ─┐
    identifiers ─────────────────> id_sequence        E5 ───────┤
    days and counts ─────────────> announced_papers   E5, E6 ───┼─> doubts ─> complete, or reasons
    feeds ───────────────────────> feed_witness       E7 ───────┘

One complete harvest makes every keyword that is evaluated here complete. So each piece of evidence
can only take this away, and none alone is enough to give it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from digest.clock import Moment
from digest.model.announcements import Calendar
from digest.selection.announced_papers import (
    alive,
    announcements,
    as_usual,
    closing,
    counts,
    first_versions,
    later_versions,
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


def prove(
    harvest: Harvest,
    *,
    through: Moment,
    past: Sequence[HarvestFacts],
    before: HarvestFacts | None = None,
    feeds: Sequence[Feed] = (),
    known: Callable[[str, int], bool],
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
        known: takes a base identifier and a version, and returns whether this version was kept
            before this harvest.
        calendar: the days and hours of arXiv's announcements.
        now: the present.
    """
    last = past[-1] if past else None
    after = last.largest if last else ""
    found = numbers(harvest.seen, after, now)
    new = first_versions(harvest.records, after)
    again = later_versions(harvest.records, closing(last.through) if last else None)

    def doubts() -> Iterator[Doubt]:
        yield from readable(harvest)
        yield from ended(harvest)
        yield from recent(harvest, through)
        yield from nothing_lacks(harvest)
        if harvest.fault:
            return  # half a harvest is not like others
        expected = announcements(last.through if last else None, through, calendar)
        yield from alive(expected, new)
        yield from unbroken(found, past)
        yield from as_usual(expected, new, again, past, calendar)
        yield from witnessed(
            harvest, feeds, after=after, through=through, known=known, calendar=calendar
        )
        if last:
            yield from _late(harvest, last, known)

    earlier = before.doubts if before else {}
    result = weighed(doubts(), earlier, through)
    # A harvest that broke off does not show which of the earlier doubts still stand.
    standing = {**earlier, **result.standing} if harvest.fault else result.standing
    days = counts(new, again, utc_day(last.through) if last else None)
    facts = replace(_facts(harvest, through, found, days), notes=result.notes, doubts=standing)
    return Proof(not result.reasons, result.reasons, result.notes, facts)


def _facts(
    harvest: Harvest, through: Moment, found: Numbers, days: Mapping[str, tuple[int, int]]
) -> HarvestFacts:
    return HarvestFacts(
        begin=harvest.begin,
        through=through,
        records=sum(page.records for page in harvest.pages),
        requests=harvest.requests,
        days=days,
        largest=found.largest,
        numbers=found.given,
        absent=found.absent,
        longest=found.longest,
    )


def _late(
    harvest: Harvest, last: HarvestFacts, known: Callable[[str, int], bool]
) -> Iterator[Doubt]:
    """Yields notes on papers that came later than they should have.

    A record carries the day of its last change. If an unknown one carries a day that an earlier
    harvest held as a whole, then arXiv's datestamps do not prove all that they are used for.
    """
    day = utc_day(last.through)
    late = len([r for r in first_versions(harvest.records, last.largest) if r.datestamp <= day])
    if late:
        yield note(f"{counted(late, 'paper')} of {day} came after the harvest of that day")
    older = [
        record.id
        for record in harvest.records
        if record.datestamp < day and not known(record.id, record.paper.version)
    ]
    if older:
        yield note(f"{counted(len(older), 'record')} from before {day} came too late: {older[0]}")
    outside = sum(stamp < harvest.begin for stamp in harvest.seen.values())
    if outside:
        yield note(f"{counted(outside, 'record')} from before {harvest.begin} came unasked")
