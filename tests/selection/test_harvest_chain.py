"""Is a harvest all that arXiv had to give? E1 to E4, each from recorded facts."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from announced_year import announced, harvested
from hypothesis import given
from hypothesis import strategies as st

from digest.selection.doubts import Doubt
from digest.selection.harvest_chain import ended, may_go_on, nothing_lacks, readable, recent
from digest.source.harvest import Harvest, HarvestPage, Place

THROUGH = datetime(2026, 11, 24, 1, tzinfo=UTC)
NOW = THROUGH + timedelta(hours=2, minutes=45)
BEGIN, TODAY = date(2026, 11, 21), date(2026, 11, 24)
HOUR = timedelta(hours=1)
RECORDS = [announced(f"2611.{n:05}", TODAY, THROUGH - 8 * HOUR) for n in range(1, 200)]
WHOLE = harvested(RECORDS, BEGIN, NOW)


def page(start: Place, following: Place | None, made_at: datetime = NOW) -> HarvestPage:
    """A page that is read when it is made."""
    return HarvestPage(start, following, made_at, made_at, 100)


def chain(*places: Place, whole: bool = True) -> Harvest:
    """A harvest whose pages begin at these places."""
    following = [*places[1:], None if whole else Place(places[-1].day, places[-1].skip + 9)]
    return replace(WHOLE, pages=tuple(map(page, places, following)))


def reasons(doubts: Iterable[Doubt]) -> list[str]:
    """The words of the doubts that block."""
    return [doubt.words for doubt in doubts if doubt.blocks]


def test_a_whole_harvest() -> None:
    """A whole harvest raises no doubt at all."""
    assert [
        *readable(WHOLE),
        *ended(WHOLE),
        *recent(WHOLE, THROUGH),
        *nothing_lacks(WHOLE, THROUGH),
    ] == []


def test_a_fault() -> None:
    """The fault on the way is the reason, in its own words."""
    assert reasons(readable(replace(WHOLE, fault="HTTP status 503"))) == ["HTTP status 503"]


def test_a_record_that_cannot_be_read() -> None:
    """Each record that cannot be read is a doubt of its own, which passes with the next harvest."""
    doubts = list(readable(replace(WHOLE, unreadable=("2611.00001", "2611.00002", "2611.00001"))))
    assert [doubt.name for doubt in doubts] == ["unreadable 2611.00001", "unreadable 2611.00002"]
    assert all(doubt.blocks and doubt.at_once for doubt in doubts)
    assert "2611.00001" in doubts[0].words


@pytest.mark.parametrize(
    "harvest",
    [
        replace(WHOLE, pages=()),
        chain(Place(BEGIN), whole=False),
        replace(WHOLE, broken_at=Place(TODAY, 7)),
        replace(WHOLE, seen={}, records=(), listed={}),
    ],
    ids=["no page", "a token left", "broken off", "no paper"],
)
def test_an_end_that_is_none(harvest: Harvest) -> None:
    """A chain without an end, or without any paper, is not complete."""
    assert reasons(ended(harvest))


def test_pages_rise() -> None:
    """Pages that follow one another are good; one that goes back or leaves something out is not."""
    first, second, third = Place(BEGIN), Place(BEGIN, 100), Place(TODAY, 30)
    assert not reasons(ended(chain(first, second, third)))
    back = (page(first, second), page(second, first), page(first, None))
    hole = (page(first, second), page(third, None))
    for pages in (back, hole):
        assert "does not follow" in reasons(ended(replace(WHOLE, pages=pages)))[0]


def test_a_day_begun_again() -> None:
    """A chain may begin a day again that broke off; its records may then come twice."""
    first, second = Place(BEGIN), Place(TODAY, 100)
    pages = (page(first, second), page(Place(TODAY), None))
    twice = tuple(record.id for record in RECORDS[:100])
    yesterday = dict.fromkeys(WHOLE.seen, BEGIN)
    assert not reasons(ended(replace(WHOLE, pages=pages, repeated=twice, seen=yesterday)))


def test_records_that_come_twice() -> None:
    """A few records of today moved while they were read; others that come twice are a fault."""
    few, many = ("2611.00001",), tuple(record.id for record in RECORDS[:100])
    older = {**WHOLE.seen, "2611.00001": BEGIN}
    assert not reasons(ended(replace(WHOLE, repeated=few)))
    assert len(list(ended(replace(WHOLE, repeated=few)))) == 1
    assert "2611.00001" in reasons(ended(replace(WHOLE, repeated=few, seen=older)))[0]
    assert "100 papers" in reasons(ended(replace(WHOLE, repeated=many)))[0]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9000)), min_size=1, max_size=8))
def test_only_a_rising_chain_is_whole(steps: list[tuple[int, int]]) -> None:
    """A chain of linked pages is without doubt exactly if its places rise."""
    places = [Place(BEGIN + timedelta(days=days), skip) for days, skip in steps]
    rises = all((a.day, a.skip) < (b.day, b.skip) for a, b in pairwise(places))
    assert (not reasons(ended(chain(*places)))) == rises


@pytest.mark.parametrize(
    ("made", "received", "words"),
    [
        (NOW, NOW, ""),
        (NOW - HOUR, NOW, "too early"),
        (NOW + HOUR, NOW + 3 * HOUR, "a cache of 2026-11-24 04:45 UTC"),
        (NOW + HOUR, NOW + 2 * HOUR, ""),
        (THROUGH - 20 * HOUR, NOW, "a page of 2026-11-23 05:00 UTC, too early"),
    ],
)
def test_the_age_of_a_page(made: datetime, received: datetime, words: str) -> None:
    """A page of before the announcement, or one that a cache kept for over an hour, is refused."""
    old = HarvestPage(Place(BEGIN), None, made, received, 9)
    found = reasons(recent(replace(WHOLE, pages=(old,)), THROUGH))
    assert [words in text for text in found] == [True] * bool(words)


def test_one_old_page_of_many() -> None:
    """One page from a cache is enough."""
    pages = tuple(page(Place(BEGIN, n), Place(BEGIN, n + 1)) for n in range(9))
    stale = replace(pages[4], made_at=THROUGH - HOUR)
    assert reasons(recent(replace(WHOLE, pages=(*pages[:4], stale, *pages[5:])), THROUGH))


def test_a_clock_that_is_ahead() -> None:
    """Pages that are all equally old are noted: this machine's clock is ahead, not a cache old."""
    places = [Place(BEGIN, n) for n in range(4)]
    pages = [replace(page(at, None), received_at=NOW + 3 * HOUR) for at in places]
    (doubt,) = recent(replace(WHOLE, pages=tuple(pages)), THROUGH)
    assert "180 minutes old: this machine's clock is ahead" in doubt.words
    assert not doubt.blocks
    fresh = replace(pages[1], made_at=NOW + 3 * HOUR)
    assert reasons(recent(replace(WHOLE, pages=(pages[0], fresh)), THROUGH))


def test_a_clock_that_is_behind() -> None:
    """Pages from the future are noted: this machine's clock is behind, and the pages are good."""
    pages = (HarvestPage(Place(BEGIN), None, NOW + 3 * HOUR, NOW, 9),)
    (doubt,) = recent(replace(WHOLE, pages=pages), THROUGH)
    assert "clock is behind" in doubt.words
    assert not doubt.blocks


def test_going_on() -> None:
    """A chain that broke off is of use for an announcement only if it was begun after it."""
    pages = chain(Place(BEGIN), Place(TODAY, 4), whole=False).pages
    assert may_go_on(pages, THROUGH)
    assert not may_go_on(pages, THROUGH + timedelta(days=1))


def test_without_a_second_list() -> None:
    """Without the second list nothing shows that the harvest is whole; a fault says more."""
    missing = replace(WHOLE, listed=None)
    words = replace(missing, unchecked="HTTP status 503")
    assert "second list did not come: HTTP status 503" in reasons(nothing_lacks(words, THROUGH))[0]
    assert "second list did not come" in reasons(nothing_lacks(missing, THROUGH))[0]
    assert not list(nothing_lacks(replace(missing, fault="HTTP status 503"), THROUGH))


@pytest.mark.parametrize(
    "harvest",
    [
        replace(WHOLE, lacking=("2611.09999",)),
        replace(WHOLE, listed={**WHOLE.seen, "2611.09999": TODAY}),
        replace(WHOLE, seen={**WHOLE.seen, "2611.09999": BEGIN}, listed={"2611.09999": TODAY}),
    ],
    ids=["not fetched", "not seen", "changed since"],
)
def test_a_paper_that_lacks(harvest: Harvest) -> None:
    """A paper of the second list that could not be fetched, or was changed since, is named."""
    assert "2611.09999" in reasons(nothing_lacks(harvest, THROUGH))[0]


def test_few_that_lack_for_days() -> None:
    """A paper that lacks for a whole day is an oddity of arXiv's; hundreds never are."""
    few = replace(WHOLE, lacking=("2611.09999",))
    many = replace(WHOLE, lacking=tuple(f"2611.{n:05}" for n in range(5000, 5100)))
    assert [doubt.name for doubt in nothing_lacks(few, THROUGH)] == ["lacks 2611.09999"]
    assert [doubt.name for doubt in nothing_lacks(many, THROUGH)] == [""]


def test_an_unreadable_record_does_not_lack() -> None:
    """A record that came and cannot be read is a doubt of E1 alone."""
    listed = {**WHOLE.seen, "2611.09999": TODAY}
    odd = replace(WHOLE, listed=listed, unreadable=("oai:arXiv.org:2611.09999",))
    assert not list(nothing_lacks(odd, THROUGH))


def test_a_second_list_from_a_cache() -> None:
    """A second list that lacks many papers of the harvest is an old one, and proves nothing."""
    most = dict(list(WHOLE.seen.items())[:150])
    nearly = dict(list(WHOLE.seen.items())[:198])
    assert "second list lacks 49" in reasons(nothing_lacks(replace(WHOLE, listed=most), THROUGH))[0]
    assert not reasons(nothing_lacks(replace(WHOLE, listed=nearly), THROUGH))


@pytest.mark.parametrize(
    ("age", "stale"), [(-2 * HOUR, False), (HOUR / 2, False), (2 * HOUR, True), (20 * HOUR, True)]
)
def test_the_age_of_the_second_list(age: timedelta, stale: bool) -> None:
    """A second list that a cache kept from before the announcement, or for long, is refused."""
    harvest = replace(WHOLE, listed_at=NOW - age)
    assert [
        words.startswith("arXiv's second list is from a cache")
        for words in reasons(nothing_lacks(harvest, THROUGH))
    ] == [True] * stale


def test_a_list_far_older_than_the_pages() -> None:
    """A second list of the morning does not show the pages of the evening to be whole."""
    page = HarvestPage(Place(BEGIN), None, NOW + 12 * HOUR, NOW + 12 * HOUR, 9)
    harvest = replace(WHOLE, pages=(page,), listed_at=NOW)
    assert "a cache of 2026-11-24 03:45 UTC" in reasons(nothing_lacks(harvest, THROUGH))[0]


def test_a_chain_that_was_not_mended() -> None:
    """The reason why the lacking papers could not be fetched is noted beside them."""
    harvest = replace(WHOLE, lacking=("2611.09999",), unchecked="HTTP status 500")
    doubts = [(doubt.blocks, doubt.words) for doubt in nothing_lacks(harvest, THROUGH)]
    assert doubts[-1] == (False, "HTTP status 500")
    assert doubts[0][0]
