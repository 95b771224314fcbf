"""Has each announcement brought as many papers as usual? E5 and E6 from counts."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from announced_year import announced

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
    to_the_end,
)
from digest.selection.doubts import Doubt
from digest.store.readings import HarvestFacts

CALENDAR = Calendar()
THURSDAY = datetime(2026, 11, 20, 1, tzinfo=UTC)
SUNDAY, MONDAY, TUESDAY = (datetime(2026, 11, day, 1, tzinfo=UTC) for day in (23, 24, 25))
"""Announcements by their evening in the US; their UTC day is the next one."""
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)


def papers(one: Announcement, count: int, first: int = 1, version: int = 1) -> list[Record]:
    """Papers of an announcement, submitted evenly over its hours."""
    step = (one.closes - one.opens) / max(1, count)
    return [
        announced(f"2611.{first + n:05}", one.day, one.opens + n * step, version)
        for n in range(count)
    ]


def of(at: datetime, after: datetime | None = None) -> tuple[Announcement, ...]:
    """The announcements up to one, after another or only the last."""
    return announcements(after, at, CALENDAR)


def history(weeks: int, counts: tuple[int, int] = (1000, 400)) -> list[HarvestFacts]:
    """The facts of complete harvests on each working day of so many weeks before this one."""
    return [
        HarvestFacts(
            (at - 3 * DAY).date(),
            at,
            days={at.date().isoformat(): counts},
            numbers=1000,
            short=2,
        )
        for back in range(weeks, 0, -1)
        for at in [MONDAY - back * WEEK + n * DAY for n in range(-1, 4)]
    ]


def reasons(doubts: Iterable[Doubt]) -> list[str]:
    """The words of the doubts that block."""
    return [doubt.words for doubt in doubts if doubt.blocks]


def test_announcements_since() -> None:
    """The announcements since the last complete harvest, without weekends and holidays."""
    assert [one.at for one in of(TUESDAY, THURSDAY)] == [SUNDAY, MONDAY, TUESDAY]
    assert [one.at for one in of(TUESDAY)] == [TUESDAY]
    assert of(TUESDAY, TUESDAY) == ()
    thanksgiving = [one.day for one in of(datetime(2026, 11, 30, 1, tzinfo=UTC), TUESDAY)]
    assert thanksgiving == [date(2026, 11, 26), date(2026, 11, 30)]


def test_closing_hours() -> None:
    """Papers are taken until 14:00 US Eastern, for Sunday until Friday, in summer as in winter."""
    assert closing(MONDAY) == datetime(2026, 11, 23, 19, tzinfo=UTC)
    assert closing(SUNDAY) == datetime(2026, 11, 20, 19, tzinfo=UTC)
    assert closing(datetime(2026, 7, 22, 0, tzinfo=UTC)) == datetime(2026, 7, 21, 18, tzinfo=UTC)
    sunday, monday = of(MONDAY, THURSDAY)
    assert (sunday.closes, monday.opens) == (closing(SUNDAY), closing(SUNDAY))


def test_new_papers() -> None:
    """A new paper has one version, was submitted of late, and has a number above those known."""
    (one,) = of(MONDAY)
    new, old = papers(one, 2, first=101), papers(one, 1, first=7)
    late = announced("2611.00500", one.day, MONDAY - 40 * DAY)
    again = papers(one, 1, first=600, version=2)
    strange = announced("hep-th/9901001", one.day, MONDAY - DAY)
    assert first_versions([*new, *old, late, *again, strange], "2611.00100") == new
    assert first_versions([*new, *old], "") == [*new, *old]
    unknown = replace(new[0], versions=())  # a source that does not know the dates of versions
    assert first_versions([unknown], "2611.00100") == [unknown]
    deleted = replace(new[0], deleted=True)
    assert first_versions([deleted], "2611.00100") == []


def test_later_versions() -> None:
    """A new version was submitted of late, and after the last announcement known had closed."""
    (one,) = of(MONDAY)
    new = papers(one, 3, version=2)
    stamped_again = announced("2510.00007", one.day, MONDAY - 6 * DAY, 3)
    assert later_versions([*new, stamped_again], one.opens) == new
    assert later_versions([*new, stamped_again], None) == [*new, stamped_again]
    assert later_versions([announced("2408.00007", one.day, MONDAY - 90 * DAY, 2)], None) == []
    assert later_versions([replace(new[0], deleted=True)], None) == []


def test_counts() -> None:
    """Papers and versions are counted by day, without the days that were known before."""
    sunday, monday = of(MONDAY, THURSDAY)
    new = [*papers(sunday, 3), *papers(monday, 5, first=50)]
    again = papers(monday, 2, version=2)
    assert counts(new, again, sunday.day) == {"2026-11-24": (5, 2)}
    assert counts(new, again, None) == {"2026-11-23": (3, 0), "2026-11-24": (5, 2)}


def test_an_announcement_without_papers() -> None:
    """An announcement that brought nothing is doubted until the next one shows it was none."""
    expected = of(MONDAY, THURSDAY)
    (doubt,) = alive(expected, papers(expected[1], 100))
    assert doubt.words == "arXiv's harvest has no new paper of the announcement of 2026-11-23"
    assert doubt.name == "none 2026-11-23"
    assert not list(alive(expected, [*papers(expected[0], 1), *papers(expected[1], 99, first=9)]))


def test_a_few_that_were_held() -> None:
    """A few papers that moderation held over do not stand for the announcement they missed."""
    sunday, monday = expected = of(MONDAY, THURSDAY)
    held = [announced(f"2611.{n:05}", monday.day, sunday.opens + HOUR) for n in range(3)]
    assert list(alive(expected, [*held, *papers(monday, 100, first=50)]))


def test_a_bulk_edit_after_days_away() -> None:
    """Papers that a bulk edit moved to a later day count for their own by their submission."""
    sunday, monday = expected = of(MONDAY, THURSDAY)
    moved = [replace(one, datestamp=monday.day) for one in papers(sunday, 1000)]
    new = [*moved, *papers(monday, 1000, first=2000)]
    assert not list(alive(expected, new))
    again = [
        *[replace(one, datestamp=monday.day) for one in papers(sunday, 400, version=2)],
        *papers(monday, 400, first=2000, version=2),
    ]
    assert not list(as_usual(expected, new, again, history(8), CALENDAR))


@pytest.mark.parametrize(
    ("new", "again", "words"),
    [
        (1000, 400, ""),
        (400, 160, ""),
        (3000, 1200, ""),
        (390, 400, "390 new papers of 2026-11-24, where 1000 are usual"),
        (3100, 400, "3100 new papers"),
        (1000, 150, "150 new versions of 2026-11-24, where 400 are usual"),
    ],
)
def test_the_usual_counts(new: int, again: int, words: str) -> None:
    """Counts from 0.4 to 3 times the usual one of that day of the week are good."""
    (one,) = expected = of(MONDAY)
    versions = papers(one, again, first=5000, version=2)
    found = as_usual(expected, papers(one, new), versions, history(8), CALENDAR)
    assert [words in text for text in reasons(found)] == [True] * bool(words)


def test_far_too_many_versions() -> None:
    """Nothing is lost with too many new versions, so they are only noted."""
    (one,) = expected = of(MONDAY)
    versions = papers(one, 1300, first=5000, version=2)
    (doubt,) = as_usual(expected, papers(one, 1000), versions, history(8), CALENDAR)
    assert not doubt.blocks


@pytest.mark.parametrize(("weeks", "blocks"), [(0, []), (1, [False]), (3, [False]), (4, [True])])
def test_known_first(weeks: int, blocks: list[bool]) -> None:
    """With fewer than four of the same day of the week known, a count is only noted."""
    (one,) = expected = of(MONDAY)
    versions = papers(one, 400, first=5000, version=2)
    found = as_usual(expected, papers(one, 100), versions, history(weeks), CALENDAR)
    assert [doubt.blocks for doubt in found] == blocks


def test_the_last_eight_count() -> None:
    """The usual count is that of the last eight such days, and holidays are none of them."""
    (one,) = expected = of(MONDAY)
    versions = papers(one, 400, first=5000, version=2)
    grown = [*history(20, (100, 400))[:60], *history(8)]
    assert not reasons(as_usual(expected, papers(one, 500), versions, grown, CALENDAR))
    holidays = Calendar(frozenset(date(2026, 11, 23) - n * WEEK for n in range(1, 9)))
    assert not list(as_usual(expected, papers(one, 1), versions, history(8), holidays))


def test_small_numbers() -> None:
    """A usual count of a few papers proves nothing, and E5 alone speaks of none at all."""
    (one,) = expected = of(MONDAY)
    assert not list(as_usual(expected, papers(one, 1), [], history(8, (40, 3)), CALENDAR))
    assert not list(as_usual(expected, [], [], history(8), CALENDAR))


def test_each_by_its_day() -> None:
    """Several announcements after days away are judged each by its own day."""
    sunday, monday, tuesday = expected = of(TUESDAY, THURSDAY)
    new = [*papers(sunday, 990), *papers(monday, 1000, 2000), *papers(tuesday, 200, 4000)]
    again = [
        record
        for place, one in enumerate(expected)
        for record in papers(one, 400, 5000 + 1000 * place, version=2)
    ]
    (words,) = reasons(as_usual(expected, new, again, history(8), CALENDAR))
    assert words == "arXiv's harvest has 200 new papers of 2026-11-25, where 1000 are usual"


def test_an_announcement_that_ends_early() -> None:
    """Where the last papers are absent, none was submitted in the last hours."""
    (one,) = expected = of(MONDAY)
    whole = papers(one, 1000)
    assert not list(to_the_end(expected, whole, history(4)))
    (words,) = reasons(to_the_end(expected, whole[:700], history(4)))
    assert words.startswith("arXiv's harvest has no paper of 2026-11-24 submitted between")
    assert "and 19:00 UTC" in words
    assert not list(to_the_end(expected, whole[:10], history(4)))


def test_the_end_is_measured_first() -> None:
    """Until a month is measured, an early end is only noted; a usual one is never doubted."""
    (one,) = expected = of(MONDAY)
    half = papers(one, 1000)[:700]
    assert [doubt.blocks for doubt in to_the_end(expected, half, history(3))] == [False]
    usual = [replace(facts, short=600) for facts in history(4)]
    assert not list(to_the_end(expected, half, usual))
