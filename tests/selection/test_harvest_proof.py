"""Is a harvest complete? Over simulated years, and with each fault that arXiv has had."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice

import pytest
from announced_year import (
    CALENDAR,
    NEW,
    READ_AFTER,
    Year,
    announced,
    harvested,
    newest,
    without,
)

from digest.model.record import Record
from digest.selection.announced_papers import Announcement
from digest.selection.harvest_proof import Proof, prove
from digest.selection.window import begin_of_window
from digest.source.harvest import Feed, Harvest, Place
from digest.store.readings import HarvestFacts

LOOKED_AT = 10
"""The announcements at the end of a year on which each fault is tried."""


@dataclass
class Life:
    """A year of an installation: its alarms, and all that its last harvests were judged by."""

    proofs: list[Proof]
    last: list[tuple[Announcement, Harvest, list[HarvestFacts]]]


def judged(
    one: Announcement,
    harvest: Harvest,
    past: list[HarvestFacts],
    before: HarvestFacts | None = None,
    *feeds: Feed,
    earlier: Iterable[Record] = (),
    known: Callable[[str, int], bool] = lambda _, __: True,
) -> Proof:
    """The proof of a harvest that was made when an announcement had settled."""
    return prove(
        harvest,
        through=one.at,
        past=past,
        before=before,
        feeds=feeds,
        earlier=earlier,
        known=known,
        calendar=CALENDAR,
        now=one.at + READ_AFTER,
    )


def lived(seed: int, announcements: int = 400) -> Life:
    """Lives through a year or a part of it, with one harvest an announcement."""
    year, past, proofs = Year(seed), list[HarvestFacts](), list[Proof]()
    last: list[tuple[Announcement, Harvest, list[HarvestFacts]]] = []
    before: HarvestFacts | None = None
    for one in islice(year.announcements(), announcements):
        begin = begin_of_window(past[-1] if past else None, (), one.at + READ_AFTER)
        harvest = year.harvest(begin, one)
        proof = judged(one, harvest, past[-60:], before)
        proofs.append(proof)
        if proof.complete:
            last = [*last, (one, harvest, past[-60:])][-LOOKED_AT:]
            past.append(proof.facts)
        before = proof.facts
    return Life(proofs, last)


@pytest.fixture(scope="module")
def life() -> Life:
    """A good quarter of a year, which most tests here share."""
    return lived(2, 70)


def test_no_false_alarm(life: Life) -> None:
    """In a quarter with holidays, a bulk edit and gaps, no harvest is doubted."""
    assert [proof.reasons for proof in life.proofs if not proof.complete] == []
    assert len(life.proofs) == 70


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
def test_false_alarms(seed: int) -> None:
    """In a year with holidays, bulk edits and gaps, fewer than one day in a hundred is doubted."""
    proofs = lived(seed).proofs
    assert len(proofs) > 240
    assert sum(not proof.complete for proof in proofs) <= len(proofs) // 100


def test_the_first_harvest(life: Life) -> None:
    """The first harvest of all is complete on the evidence of the chain alone."""
    first = life.proofs[0]
    assert first.complete
    assert (first.facts.numbers, first.facts.absent) == (0, 0)
    assert first.facts.largest.startswith("2601.")


def test_facts(life: Life) -> None:
    """The facts of a harvest are those that later ones are compared with."""
    one, harvest, past = life.last[-1]
    facts = judged(one, harvest, past).facts
    assert list(facts.days) == [one.day.isoformat()]
    assert facts.days[one.day.isoformat()][0] == len(newest(harvest, one, past[-1].largest))
    assert facts.largest == max(newest(harvest, one, past[-1].largest))
    assert (facts.begin, facts.through, facts.requests) == (harvest.begin, one.at, 3)
    assert facts.records == len(harvest.records)
    assert 0 <= facts.absent < 0.03 * facts.numbers


def _a_run_of_numbers(harvest: Harvest, ids: list[str]) -> Harvest:
    return without(harvest, ids[len(ids) // 3 : len(ids) // 3 + 40])


def _the_first_papers(harvest: Harvest, ids: list[str]) -> Harvest:
    return without(harvest, ids[:40])


def _the_first_half(harvest: Harvest, ids: list[str]) -> Harvest:
    return without(harvest, ids[: len(ids) // 2])


def _the_second_half(harvest: Harvest, ids: list[str]) -> Harvest:
    return without(harvest, ids[len(ids) // 2 :])


def _every_second_paper(harvest: Harvest, ids: list[str]) -> Harvest:
    return without(harvest, ids[::2])


def _the_whole_announcement(harvest: Harvest, ids: list[str]) -> Harvest:
    return without(harvest, ids)


def _the_new_versions(harvest: Harvest, _: list[str]) -> Harvest:
    return without(harvest, [r.id for r in harvest.records if r.paper.version > 1])


def _a_page_from_a_cache(harvest: Harvest, _: list[str]) -> Harvest:
    page = harvest.pages[0]
    old = replace(page, made_at=page.made_at - timedelta(hours=1, minutes=1))
    return replace(harvest, pages=(old,))


def _a_page_of_yesterday(harvest: Harvest, _: list[str]) -> Harvest:
    page = harvest.pages[0]
    old = page.made_at - timedelta(days=1)
    return replace(harvest, pages=(replace(page, made_at=old, received_at=old),))


def _an_edge_that_drifted(harvest: Harvest, ids: list[str]) -> Harvest:
    return replace(without(harvest, ids[7:8]), listed=harvest.listed)


def _an_end_that_is_none(harvest: Harvest, _: list[str]) -> Harvest:
    (page,) = harvest.pages
    return replace(harvest, pages=(replace(page, next=Place(harvest.begin, 9)),))


def _a_break(harvest: Harvest, ids: list[str]) -> Harvest:
    part = without(harvest, ids[5:])
    return replace(part, fault="HTTP status 503", broken_at=Place(part.begin, 9), listed=None)


def _an_odd_record(harvest: Harvest, _: list[str]) -> Harvest:
    return replace(harvest, unreadable=("2604.99999",))


FAULTS = [
    *(_a_run_of_numbers, _the_first_papers, _the_first_half, _the_second_half),
    *(_every_second_paper, _the_whole_announcement, _the_new_versions, _a_page_from_a_cache),
    *(_a_page_of_yesterday, _an_edge_that_drifted, _an_end_that_is_none, _a_break),
    _an_odd_record,
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__.strip("_"))
def test_each_fault_is_seen(life: Life, fault: Callable[[Harvest, list[str]], Harvest]) -> None:
    """Each fault that arXiv has had makes the harvest incomplete, on every day of the weeks."""
    assert len(life.last) == LOOKED_AT  # each of them is complete as it stands
    for one, harvest, past in life.last:
        ids = newest(harvest, one, past[-1].largest)
        proof = judged(one, fault(harvest, ids), past)
        assert not proof.complete
        assert proof.reasons
        assert all(len(reason) < 140 for reason in proof.reasons)
        assert proof.reason.startswith(proof.reasons[0])


def test_a_lost_paper_that_a_feed_names(life: Life) -> None:
    """One paper that arXiv itself has lost, without any gap to see, is found by a feed."""
    one, harvest, past = life.last[-1]
    ids = newest(harvest, one, past[-1].largest)
    built = one.at + timedelta(hours=4)
    feed = Feed("cs", tuple(r for r in harvest.records if r.id in ids), built_at=built)
    part = without(harvest, ids[9:10])
    assert judged(one, part, past).complete
    proof = judged(one, part, past, None, feed, known=lambda _, __: False)
    assert ids[9] in proof.reasons[0]


def test_a_fault_that_stays(life: Life) -> None:
    """A run that is absent the whole day through is believed with the next announcement."""
    (first, whole, past), (second, later, _) = life.last[-2:]
    lost = newest(whole, first, past[-1].largest)[50:95]
    doubted = judged(first, without(whole, lost), past)
    retried = judged(first, without(whole, lost), past, doubted.facts)
    believed = judged(second, without(later, lost), past, retried.facts)
    assert (doubted.complete, retried.complete) == (False, False)
    assert believed.complete
    assert any("numbers from" in note for note in believed.notes)


def test_doubts_survive_a_break(life: Life) -> None:
    """A harvest that breaks off does not make its doubts of before new ones."""
    (first, whole, past), (second, later, _) = life.last[-2:]
    lost = newest(whole, first, past[-1].largest)[50:95]
    doubted = judged(first, without(whole, lost), past)
    broken = judged(first, _a_break(whole, lost), past, doubted.facts)
    assert broken.reasons == ("HTTP status 503",)
    assert judged(second, without(later, lost), past, broken.facts).complete


def test_a_chain_that_went_on(life: Life) -> None:
    """A chain that broke off and went on is judged by the records of both its parts."""
    one, harvest, past = life.last[-1]
    half = len(harvest.records) // 2
    rest = replace(harvest, records=harvest.records[:half])
    since_edited = replace(harvest.records[half], datestamp=harvest.begin - timedelta(days=9))
    assert not judged(one, rest, past).complete
    proof = judged(one, rest, past, earlier=[*harvest.records[half:], since_edited])
    assert proof.complete
    assert proof.facts == judged(one, harvest, past).facts


def test_an_announcement_that_never_comes(life: Life) -> None:
    """A holiday that no list has is doubted for a day, and believed with the next announcement."""
    (first, whole, past), (second, later, _) = life.last[-2:]
    ids = newest(whole, first, past[-1].largest)
    versions = [r.id for r in whole.records if r.paper.version > 1 and r.datestamp == first.day]
    gone = [*ids, *versions]
    doubted = judged(first, without(whole, gone), past)
    assert doubted.reasons == (
        f"arXiv's harvest has no new paper of the announcement of {first.day}",
    )
    # The numbers of that day go to the papers of the next.
    shift = len(ids)
    month, number = past[-1].largest[:4], int(past[-1].largest[5:])
    moved = [
        announced(f"{month}.{number + n:05}", second.day, second.opens + timedelta(minutes=n), 1)
        for n in range(1, shift)
    ]
    moved.append(announced(f"{month}.{number + shift:05}", second.day, second.closes, 1))
    others = [r for r in without(later, gone).records if r.id <= past[-1].largest]
    again = [r for r in later.records if r.paper.version > 1 and r.datestamp == second.day]
    harvest = harvested([*moved, *others, *again], later.begin, later.pages[0].made_at)
    proof = judged(second, harvest, past, doubted.facts)
    assert proof.complete, proof.reasons


def test_without_a_new_announcement(life: Life) -> None:
    """On a day without an announcement since, no new paper is expected."""
    one, harvest, past = life.last[-1]
    whole = judged(one, harvest, past)
    saturday = harvested(harvest.records, harvest.begin, one.at + READ_AFTER)
    again = judged(one, saturday, [*past, whole.facts])
    assert again.complete
    assert (again.facts.days, again.facts.numbers) == ({}, 0)
    assert again.facts.largest == whole.facts.largest


def test_days_away() -> None:
    """After twenty days away with a bulk edit, one harvest proves all announcements of them."""
    year, past = Year(5, kept=9000), list[HarvestFacts]()
    away = (date(2026, 5, 4), date(2026, 5, 24))
    long: Proof | None = None
    for one in year.announcements():
        if away[0] <= one.day <= away[1]:
            continue
        begin = begin_of_window(past[-1] if past else None, (), one.at + READ_AFTER)
        proof = judged(one, year.harvest(begin, one), past)
        if proof.complete:
            past.append(proof.facts)
        if one.day > away[1]:
            long = proof
            break
    assert long is not None
    assert long.complete, long.reasons
    assert sum(new for new, _ in long.facts.days.values()) > 0.9 * long.facts.numbers
    assert long.facts.numbers > 14 * NEW


def test_papers_that_came_late(life: Life) -> None:
    """Papers of an earlier day that its harvest did not have are noted, and not lost."""
    one, harvest, past = life.last[-1]
    before = past[-1].through.date()
    late = announced(f"{past[-1].largest[:5]}{int(past[-1].largest[5:]) + 1:05}", before, one.opens)
    older = announced("2512.00001", before - timedelta(days=1), one.opens, 2)
    outside = announced("2512.00002", harvest.begin - timedelta(days=1), one.opens, 2)
    more = harvested(
        [*harvest.records, late, older, outside], harvest.begin, harvest.pages[0].made_at
    )
    met = {(r.id, r.paper.version) for r in harvest.records}
    proof = judged(one, more, past, known=lambda base, version: (base, version) in met)
    assert f"1 paper of {before} came after the harvest of that day" in proof.notes
    assert f"2 records from before {before} came too late: 2512.00001v2" in proof.notes
    assert f"1 record from before {harvest.begin} came unasked" in proof.notes
    assert proof.facts.notes == proof.notes


def test_an_empty_harvest() -> None:
    """A harvest of nothing at all is never complete."""
    one = next(Year(1).announcements())
    empty = harvested((), one.day, one.at + READ_AFTER)
    for harvest in (empty, replace(empty, pages=()), replace(empty, fault="noRecordsMatch")):
        assert not judged(one, harvest, []).complete
