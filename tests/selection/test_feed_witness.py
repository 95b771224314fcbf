"""Do arXiv's feeds name a paper that the harvest lacks? E7."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from announced_year import CALENDAR, announced, harvested

from digest.selection.feed_witness import useless, witnessed
from digest.source.harvest import Feed, Harvest

THROUGH = datetime(2026, 11, 24, 1, tzinfo=UTC)
BUILT = THROUGH + timedelta(hours=4, seconds=6)
TODAY, BEGIN = date(2026, 11, 24), date(2026, 11, 21)
AFTER = "2611.00100"
RECORDS = tuple(
    announced(f"2611.{n:05}", TODAY, THROUGH - timedelta(hours=8)) for n in range(101, 121)
)
FEED = Feed("cs.LG", RECORDS, built_at=BUILT)
WHOLE = harvested(RECORDS, BEGIN, BUILT)


def words(
    harvest: Harvest, *feeds: Feed, kept: tuple[tuple[str, int], ...] = ()
) -> tuple[list[str], list[str]]:
    """The reasons and the notes that feeds give."""
    doubts = list(
        witnessed(
            harvest,
            feeds,
            after=AFTER,
            through=THROUGH,
            known=lambda base, version: (base, version) in kept,
            calendar=CALENDAR,
        )
    )
    blocking = [doubt.words for doubt in doubts if doubt.blocks]
    return blocking, [doubt.words for doubt in doubts if not doubt.blocks]


def test_all_there() -> None:
    """A feed whose papers are all in the harvest raises no doubt."""
    assert words(WHOLE, FEED) == ([], [])
    assert words(WHOLE) == ([], [])


def test_a_paper_that_the_harvest_lacks() -> None:
    """A paper of a feed that the harvest lacks makes it incomplete, unless it was met before."""
    part = harvested(RECORDS[1:], BEGIN, BUILT)
    assert words(part, FEED)[0] == [
        "arXiv's feed cs.LG has 1 paper that its harvest lacks: 2611.00101v1"
    ]
    assert words(part, FEED, kept=(("2611.00101", 1),)) == ([], [])


def test_a_version_that_the_harvest_lacks() -> None:
    """A later version in a feed counts; an earlier one does not, since the harvest has the last."""
    newer = announced("2611.00101", TODAY, THROUGH, 2)
    feed = replace(FEED, records=(newer, *RECORDS[1:]))
    assert "2611.00101v2" in words(WHOLE, feed)[0][0]
    assert words(harvested((newer, *RECORDS[1:]), BEGIN, BUILT), FEED) == ([], [])


def test_an_old_paper_in_a_new_category() -> None:
    """An old paper that was cross-listed is in the harvest, though it was not kept."""
    old = announced("2408.00007", TODAY, THROUGH, 1)
    harvest = replace(WHOLE, seen={**WHOLE.seen, old.id: TODAY})
    assert words(harvest, replace(FEED, records=(old, *RECORDS))) == ([], [])
    assert words(WHOLE, replace(FEED, records=(old, *RECORDS)))[0]


@pytest.mark.parametrize(
    ("feed", "said"),
    [
        (replace(FEED, fault="HTTP status 503"), "HTTP status 503"),
        (replace(FEED, cut=True), "so long"),
        (replace(FEED, built_at=BUILT - timedelta(days=1)), "another day"),
        (replace(FEED, built_at=BUILT + timedelta(days=1)), "another day"),
        (replace(FEED, records=(announced(AFTER, TODAY, THROUGH),)), "no new paper"),
        (Feed("cs.LG"), "no new paper"),
    ],
)
def test_a_feed_that_proves_nothing(feed: Feed, said: str) -> None:
    """A feed that failed, is cut, or shows another day is noted; its papers are not looked for."""
    blocking, notes = words(harvested((), BEGIN, BUILT), feed)
    assert blocking == []
    assert [said in note for note in notes] == [True]


def test_a_feed_without_its_time() -> None:
    """A feed that does not say when it was made is judged by its numbers alone."""
    assert not useless(
        replace(FEED, built_at=None), after=AFTER, through=THROUGH, calendar=CALENDAR
    )
