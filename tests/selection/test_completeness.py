"""Is a reading complete? Decided from the evidence alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from builders import paper

from digest.model.paper import Paper
from digest.selection.completeness import REACH_BACK, horizon, judge, page_size, passes
from digest.source.source import Reading

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
DAY = timedelta(days=1)


def listing(days: int, start: int = 0) -> tuple[Paper, ...]:
    """A paper a day, newest first, from `start` days ago on."""
    return tuple(paper(n + 1, updated=NOW - n * DAY) for n in range(start, start + days))


def weigh(
    reading: Reading,
    known: tuple[Paper, ...] = (),
    before: tuple[str, ...] = (),
    **further: Any,
) -> str:
    """The reason why a reading is not complete, "" where it is."""
    judgement = judge(
        reading, back_to=NOW - REACH_BACK, known=known, missing_before=before, **further
    )
    assert judgement.complete == (not judgement.reason)
    return judgement.reason


def test_back_far_enough() -> None:
    """A reading that passes the horizon is complete."""
    assert weigh(Reading(listing(45), 500, ended=False)) == ""


def test_not_far_enough() -> None:
    """One that stops before the horizon is not."""
    assert "far enough" in weigh(Reading(listing(20), 500, ended=False))


def test_the_end_of_the_listing() -> None:
    """A short listing read to its end is complete."""
    assert weigh(Reading(listing(3), 3, ended=True)) == ""


def test_zero_papers() -> None:
    """No paper at all is never taken as proof of a quiet day."""
    assert weigh(Reading((), 0, ended=True)) == "arXiv lists no paper at all for it"


def test_a_fault() -> None:
    """The fault on the way is the reason."""
    assert weigh(Reading(listing(45), 500, ended=False, fault="cut")) == "cut"


def test_a_lost_known_paper() -> None:
    """Papers known to be in the listing must be there."""
    known = listing(10)
    assert "1 paper listed before" in weigh(
        Reading(known[1:] + listing(35, 10), 500, ended=False), known
    )


def test_a_paper_that_stays_away() -> None:
    """One that was missing last time as well has left the listing for good."""
    known = listing(10)
    reading = Reading(known[1:] + listing(35, 10), 500, ended=False)
    assert weigh(reading, known, (known[0].id,)) == ""


def test_many_that_stay_away() -> None:
    """A cut answer stays incomplete, however often it comes."""
    known = listing(20)
    reading = Reading(known[:1], 1, ended=True)
    assert "19 papers" in weigh(reading, known, tuple(paper.id for paper in known[1:]))


def test_old_known_papers_need_not_be_there() -> None:
    """A paper beyond the horizon is not looked for, unless the listing was read to its end."""
    known = listing(1, 40)
    assert weigh(Reading(listing(45)[:40] + listing(9, 41), 500, ended=False), known) == ""


def test_ignored_order() -> None:
    """An answer in another order than asked for proves nothing about what follows."""
    papers = listing(60)
    mixed = papers[1::3] + papers[::3] + papers[2::3]
    shuffled = tuple(papers[(n * 23) % 60] for n in range(60))
    assert "order" in weigh(Reading(shuffled, 500, ended=False))
    assert weigh(Reading(mixed, 60, ended=True)) == ""


def test_one_old_paper_does_not_pass() -> None:
    """Ten papers in a row must be older: the order is not strictly by date."""
    papers = [*listing(20), paper(99, updated=NOW - 90 * DAY)]
    assert not passes(papers, NOW - REACH_BACK)
    assert passes(listing(45), NOW - REACH_BACK)
    assert not passes((), NOW)


def test_horizon() -> None:
    """A reading goes back thirty days before the last complete fetch, or the start."""
    assert horizon(NOW - 7 * DAY, None, ()) == NOW - 37 * DAY
    assert horizon(NOW - 90 * DAY, NOW - DAY, ()) == NOW - 31 * DAY


def test_horizon_of_a_wrong_clock() -> None:
    """A last fetch in the future does not keep a reading from going back a month."""
    known = listing(3, 2)
    assert horizon(NOW - 90 * DAY, NOW + 365 * DAY, known) == NOW - 32 * DAY
    assert horizon(NOW - 90 * DAY, NOW - 5 * DAY, known) == NOW - 35 * DAY


def test_nothing_listed_again() -> None:
    """Nothing where nothing is known is believed the second time."""
    reading = Reading((), 0, ended=True)
    assert weigh(reading, empty_before=0) == "arXiv lists no paper at all for it"
    assert weigh(reading, empty_before=1) == ""


@pytest.mark.parametrize(("known", "tries"), [(0, 2), (1, 6), (3, 6), (4, None)])
def test_nothing_where_papers_are_known(known: int, tries: int | None) -> None:
    """A handful of papers can leave a listing for good; more never do, as often as it is empty."""
    reading = Reading((), 0, ended=True, fault="nothing" if known else "")
    judged = [weigh(reading, listing(known), empty_before=times) for times in range(50)]
    assert [times for times, reason in enumerate(judged, 1) if not reason][:1] == [
        *filter(None, [tries])
    ]


def test_an_entry_that_cannot_be_read() -> None:
    """It keeps one reading from being complete, and not those after it; another one does again."""
    odd = ("2611.00001v1",)
    reading = Reading(listing(45), 500, ended=False, unreadable=odd)
    words = "an entry of arXiv's cannot be read: 2611.00001v1"
    assert weigh(reading) == words
    assert weigh(reading, unreadable_before=odd) == ""
    assert weigh(reading, unreadable_before=("2611.00009v1",)) == words


def test_unreadable_entries_are_remembered() -> None:
    """An unreadable entry stays known through a failed reading, and goes with a whole one."""

    def after(reading: Reading) -> tuple[str, ...]:
        judged = judge(reading, back_to=NOW - REACH_BACK, known=(), unreadable_before=("a",))
        return judged.unreadable

    assert after(Reading((), 0, ended=False, fault="HTTP status 503")) == ("a",)
    assert after(Reading(listing(45), 500, ended=False, unreadable=("b",))) == ("a", "b")
    assert after(Reading(listing(45), 500, ended=False)) == ()


def test_a_known_paper_that_cannot_be_read() -> None:
    """A paper whose entry is there and cannot be read has not gone missing."""
    known = listing(10)
    odd = known[0].versioned_id
    reading = Reading(known[1:] + listing(35, 10), 500, ended=False, unreadable=(odd,))
    assert weigh(reading, known, unreadable_before=(odd,)) == ""


@pytest.mark.parametrize(("depth", "size"), [(0, 100), (50, 100), (200, 270), (5000, 1000)])
def test_page_size(depth: int, size: int) -> None:
    """One request does where the last reading's depth grows by a quarter; never over a thousand."""
    assert page_size(depth) == size
