"""Are the numbers that arXiv gave out all there? E5 from identifiers alone."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.selection.id_sequence import Run, numbers, unbroken
from digest.store.readings import HarvestFacts

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
AFTER = "2611.01000"


def named(*spans: tuple[int, int], month: int = 2611) -> list[str]:
    """The identifiers of these spans, both ends included."""
    return [f"{month}.{n:05}" for first, last in spans for n in range(first, last + 1)]


def facts(longest: int = 1, absent: int = 5) -> HarvestFacts:
    """The facts of a complete harvest of a thousand numbers."""
    return HarvestFacts(
        date(2026, 11, 1), NOW, numbers=1000, absent=absent, longest=longest, largest=AFTER
    )


MONTH = [facts()] * 20


def reasons(seen: list[str], past: list[HarvestFacts] = MONTH, after: str = AFTER) -> list[str]:
    """The reasons that these identifiers give."""
    return [doubt.words for doubt in unbroken(numbers(seen, after, NOW), past) if doubt.blocks]


def test_all_there() -> None:
    """A sequence without a gap raises no doubt; older identifiers say nothing."""
    found = numbers([*named((1001, 1500)), "2408.00007", "hep-th/9901001"], AFTER, NOW)
    assert (found.largest, found.given, found.absent) == ("2611.01500", 500, 0)
    assert not list(unbroken(found, MONTH))


def test_a_run_that_is_absent() -> None:
    """A long run is named with its ends."""
    (words,) = reasons(named((1001, 1115), (1351, 2000)))
    assert words == "arXiv's harvest lacks the 235 numbers from 2611.01116 to 2611.01350"


def test_the_first_papers_are_absent() -> None:
    """A run right after the largest number known before is found as well."""
    assert "2611.01001 to 2611.01400" in reasons(named((1401, 2000)))[0]


def test_a_month_begins() -> None:
    """Numbers begin at 1 with the month; the end of the old month is not known."""
    seen = [*named((1001, 1200)), *named((1, 300), month=2612)]
    last = datetime(2026, 11, 30, 3, tzinfo=UTC)
    found = numbers(seen, AFTER, last)
    assert (found.largest, found.given, found.runs) == ("2612.00300", 500, ())
    hole = numbers([*named((1001, 1200)), *named((200, 300), month=2612)], AFTER, last)
    assert hole.runs == (Run(2612, 1, 199),)


def test_a_year_begins() -> None:
    """January follows December."""
    found = numbers(["2701.00001"], "2612.20000", datetime(2027, 1, 1, 4, tzinfo=UTC))
    assert (found.largest, found.given, found.runs) == ("2701.00001", 1, ())


@pytest.mark.parametrize("odd", ["2612.00001", "9912.00001", "2611.99999"])
def test_a_number_that_cannot_be(odd: str) -> None:
    """A number of a later month, or far beyond all others, is not taken for the largest."""
    found = numbers([*named((1001, 1500)), odd], AFTER, NOW)
    assert (found.largest, found.runs) == ("2611.01500", ())


def test_the_first_harvest() -> None:
    """Without a number known before, gaps are not looked for."""
    found = numbers(["2408.00007", *named((900, 950), (1000, 1100))], "", NOW)
    assert (found.largest, found.given, found.runs) == ("2611.01100", 0, ())


def test_nothing_new() -> None:
    """Without new numbers the largest stays."""
    assert numbers(["2408.00007"], AFTER, NOW).largest == AFTER
    assert numbers([], "", NOW).largest == ""


@pytest.mark.parametrize(("harvests", "blocks"), [(0, False), (19, False), (20, True)])
def test_measured_first(harvests: int, blocks: bool) -> None:
    """Until a month is measured, an absent run is only noted."""
    found = numbers(named((1001, 1115), (1351, 2000)), AFTER, NOW)
    assert [doubt.blocks for doubt in unbroken(found, MONTH[:harvests])] == [blocks]


def test_usual_gaps() -> None:
    """Where arXiv's usual gaps are long, only longer ones are doubted."""
    seen = named((1001, 1100), (1161, 2000))
    assert reasons(seen)
    assert not reasons(seen, [facts(longest=25)] * 20)
    assert reasons(named((1001, 1100), (1201, 2000)), [facts(longest=25)] * 20)


def test_many_small_gaps() -> None:
    """A large share of absent numbers is doubted without any long run, unless it is usual."""
    seen = named((1001, 2000))[::2]
    (words,) = reasons(seen)
    assert words == "arXiv's harvest lacks 499 of 999 numbers after 2611.01000"
    assert not reasons(seen, [facts(absent=400)] * 20)


def test_one_bad_day_is_not_usual() -> None:
    """A long gap in one harvest of the past does not make long gaps usual."""
    assert reasons(named((1001, 1115), (1351, 2000)), [*MONTH, facts(longest=900)])


@given(st.sets(st.integers(1001, 3000), min_size=1))
def test_numbers_add_up(present: set[int]) -> None:
    """Present and absent numbers together are all numbers up to the largest."""
    found = numbers([f"2611.{n:05}" for n in present], AFTER, NOW)
    assert found.given == max(present) - 1000 == len(present) + found.absent
    assert all(run.first <= run.last for run in found.runs)
    assert not {n for run in found.runs for n in range(run.first, run.last + 1)} & present
