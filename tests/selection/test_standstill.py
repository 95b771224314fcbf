"""Does arXiv's index stand still? Judged by all keywords together, over simulated years."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from builders import paper

from digest.model.announcements import EASTERN, Calendar
from digest.selection.standstill import Pulse, pulse, standing_still

CALENDAR = Calendar()
DAY = timedelta(days=1)
HISTORY = 37 * DAY
"""How far back a keyword is read, at least."""


@dataclass(frozen=True)
class Rhythm:
    """How a simulated keyword's papers come: so many a working day on the average.

    A bursty one has all of them in some working days together, and then none for a month.
    """

    rate: float
    bursty: bool = False


@dataclass(frozen=True)
class Submitted:
    """A paper: when it was submitted, in which announcement that falls, when the API has it."""

    at: datetime
    announcement: int
    listed: datetime


def submitted(rhythm: Rhythm, chance: random.Random, year: int) -> list[Submitted]:
    """The papers of a keyword from half a year before a year to its end, as they are listed."""
    day, papers, burst = datetime(year - 1, 7, 1, tzinfo=UTC), [], 1
    while day.year <= year:
        if rhythm.bursty and chance.random() < (1 / 5 if burst else 1 / 30):
            burst = 0 if burst else 7
        expected = rhythm.rate * (0.25 if day.weekday() > 4 else 1) * burst
        for _ in range(_poisson(expected, chance)):
            at = day + timedelta(seconds=chance.uniform(0, 86_400))
            held = chance.choice([1, 2, 3, 5, 8]) if chance.random() < 0.187 else 0
            papers.append(Submitted(at, CALENDAR.announced(at), _listed(at + held * DAY)))
        day += DAY
    return sorted(papers, key=lambda one: one.listed)


def _poisson(expected: float, chance: random.Random) -> int:
    count, left = 0, chance.random()
    while left > math.exp(-expected):
        count, left = count + 1, left * chance.random()
    return count


def _listed(at: datetime) -> datetime:
    """When a paper that is submitted at a moment comes to the API."""
    local = at.astimezone(EASTERN)
    day = local.date() + (DAY if local.time() >= time(14) else 0 * DAY)
    day += {4: 2, 5: 2, 6: 1}.get(day.weekday(), 0) * DAY  # Friday's papers come on Sunday
    while CALENDAR.silence(day):
        day += DAY
    return datetime.combine(day, time(20), EASTERN).astimezone(UTC) + timedelta(hours=4)


def mornings(year: int) -> Iterator[datetime]:
    """Yields the mornings of a year after an announcement."""
    for number in range(365):
        day = date(year, 1, 1) + number * DAY
        if not CALENDAR.silence(day - DAY):
            yield datetime.combine(day, time(7), UTC)


def alarms(
    rhythms: Sequence[Rhythm], seed: int, frozen: datetime | None = None, year: int = 2026
) -> tuple[list[datetime], int]:
    """The mornings on which the index seems to stand still, and of how many.

    From `frozen` on it really does.
    """
    chance = random.Random(seed)
    keywords = [submitted(rhythm, chance, year) for rhythm in rhythms]
    found, days = [], 0
    for at in mornings(year):
        days += 1
        seen = min(at, frozen or at)
        pulses = filter(None, (_pulse(papers, seen, at) for papers in keywords))
        if standing_still(pulses, CALENDAR, at):
            found.append(at)
    return found, days


def _pulse(papers: Sequence[Submitted], seen: datetime, at: datetime) -> Pulse | None:
    """The records of a keyword: a hundred papers, or more where that is needed for a month."""
    there = [one for one in papers if one.listed <= seen]
    there = there[-max(100, sum(one.listed > seen - HISTORY for one in there[-400:])) :]
    if not there:
        return None
    brought = sorted({one.announcement for one in there})
    gaps = tuple(later - earlier for earlier, later in pairwise(brought))
    return Pulse(max(one.at for one in there), at, gaps)


SIXTY = [Rhythm(0.2 * 25 ** (number % 30 / 29), bursty=number >= 30) for number in range(60)]
"""From one paper a week to five a working day, half of them in bursts."""


def test_a_year_of_sixty_keywords() -> None:
    """No false alarm in a year: fewer than one day in a hundred were asked for."""
    found, days = alarms(SIXTY, seed=1)
    assert days > 250
    assert found == []


@pytest.mark.parametrize(
    "rhythms",
    [
        [Rhythm(0.2)],
        [Rhythm(1)],
        [Rhythm(5)],
        [Rhythm(0.2), Rhythm(0.3, bursty=True)],
        [Rhythm(3, bursty=True), Rhythm(0.5, bursty=True), Rhythm(1)],
    ],
    ids=str,
)
def test_a_year_of_few_keywords(rhythms: list[Rhythm]) -> None:
    """Few keywords, also quiet ones and ones that come in bursts, seldom raise a false alarm."""
    of = [alarms(rhythms, seed) for seed in range(4)]
    assert sum(len(found) for found, _ in of) <= sum(days for _, days in of) / 100


@pytest.mark.parametrize("day", [date(2026, 5, 12), date(2026, 9, 4)])
def test_a_real_standstill(day: date) -> None:
    """An index that is not renewed any more is noticed after the second announcement."""
    frozen = datetime.combine(day, time(6), UTC)
    found, _ = alarms(SIXTY, seed=2, frozen=frozen)
    first = next(at for at in found if at >= frozen)
    assert CALENDAR.silent(frozen, first) == 2
    assert [at for at in mornings(2026) if at >= first] == found


def test_one_busy_keyword_alone() -> None:
    """A keyword that brings papers at nearly every announcement notices within a week."""
    frozen = datetime(2026, 5, 12, 6, tzinfo=UTC)
    found, _ = alarms([Rhythm(6)], seed=3, frozen=frozen)
    assert CALENDAR.silent(frozen, found[0]) <= 5


NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
DAILY = (1,) * 40


def test_in_words() -> None:
    """The reason names the day and how often papers were announced since."""
    pulses = [Pulse(NOW - 6 * DAY, NOW, DAILY)] * 2
    words = "arXiv shows nothing after 2026-11-18, though it has announced papers 3 times since"
    assert standing_still(pulses, CALENDAR, NOW) == words


def test_one_that_has_news() -> None:
    """As long as one keyword has a new paper, the index moves, whatever the others show."""
    pulses = [Pulse(NOW - 30 * DAY, NOW, DAILY)] * 50
    assert standing_still(pulses, CALENDAR, NOW)
    assert standing_still([*pulses, Pulse(NOW - DAY, NOW, (1, 90))], CALENDAR, NOW) == ""


def test_one_announcement_is_not_enough() -> None:
    """One announcement without a paper may be a holiday that nobody listed."""
    pulses = [Pulse(NOW - 4 * DAY, NOW, DAILY)] * 60
    assert CALENDAR.later(NOW - 4 * DAY, NOW) == 1
    assert standing_still(pulses, CALENDAR, NOW) == ""


def test_a_year_whose_holidays_are_unknown() -> None:
    """There one more announcement has to pass."""
    at = NOW.replace(year=2027)
    pulses = [Pulse(at - 5 * DAY, at, DAILY)] * 60
    assert CALENDAR.later(at - 5 * DAY, at) == 2
    assert standing_still(pulses, CALENDAR, at) == ""
    known = Calendar(frozenset([date(2027, 1, 1)]))
    assert standing_still(pulses, known, at)


@pytest.mark.parametrize("pulses", [[], [Pulse(NOW - 90 * DAY, NOW, ())]])
def test_nothing_known(pulses: list[Pulse]) -> None:
    """Of keywords without a history nobody can say when the next paper is due."""
    assert standing_still(pulses, CALENDAR, NOW) == ""


def test_a_pulse() -> None:
    """A keyword's pulse: its newest paper, and the gaps between announcements with papers."""
    dates = [NOW - number * DAY for number in (0, 1, 1, 6, 13)]
    papers = [paper(number, updated=at) for number, at in enumerate(dates)]
    found = pulse(papers, NOW, CALENDAR)
    assert found is not None
    assert found.newest == NOW
    assert sorted(found.gaps) == [1, 3, 5]
    assert pulse([], NOW, CALENDAR) is None


def test_a_paper_from_the_future() -> None:
    """A date that is yet to come says nothing of how far the index is."""
    ahead = [paper(1, updated=NOW + 400 * DAY)]
    assert pulse(ahead, NOW, CALENDAR) is None


@pytest.mark.parametrize(
    ("at", "later"),
    [
        ("2026-11-19 15:00", 2),  # Thursday morning: announced on the same day, then Sunday, Monday
        ("2026-11-20 15:00", 1),  # Friday morning: announced on Sunday, then Monday
        ("2026-11-20 20:00", 0),  # Friday, after 14:00: announced on Monday
        ("2026-11-22 12:00", 0),  # Sunday: announced on Monday
        ("2026-11-23 12:00", 0),  # Monday morning: announced on Monday
    ],
)
def test_announcements_after_the_one_that_brought_it(at: str, later: int) -> None:
    """A paper submitted from Friday afternoon on is not in Sunday's announcement."""
    moment = datetime.fromisoformat(f"{at}Z")
    assert CALENDAR.later(moment, NOW) == later
