"""Is arXiv asked by one harvest or by its API, and which source comes next?"""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.selection.source_choice import Choice, choose, fallback, usual_cost, witnesses
from digest.source.harvest import FEEDS
from digest.store.readings import HarvestFacts

START = date(2026, 1, 5)


def chosen(here: int, *, was: bool | None = None, **changes: Any) -> Choice:
    """The choice for so many keywords, as it is set without anything being set."""
    values: dict[str, Any] = {
        "setting": "auto",
        "by_api": 0,
        "harvest_known": True,
        "api_fails": False,
    }
    values |= changes
    return choose(values.pop("setting"), here=here, was=was, **values)


@pytest.mark.parametrize(("here", "harvest"), [(0, False), (1, False), (7, False), (8, True)])
def test_the_cheaper_one(here: int, harvest: bool) -> None:
    """Without a choice before, the source with fewer requests is chosen."""
    assert chosen(here).harvest == harvest


def test_words() -> None:
    """A choice says why it was made, in a clause that a person understands."""
    assert chosen(17).why == "17 keywords: one harvest a day of about 7 requests in place of 17"
    assert chosen(3).why == "3 keywords: one request each a day; a harvest takes about 7"
    assert chosen(1).why == "1 keyword: one request a day; a harvest takes about 7"
    assert chosen(17, by_api=2).why.endswith(
        "in place of 17; 2 keywords only arXiv's API can answer"
    )
    assert chosen(6, was=True).why == "6 keywords: one harvest a day of about 7 requests as before"


@pytest.mark.parametrize(
    ("changes", "harvest", "words"),
    [
        ({"setting": "harvest"}, True, "DIGEST_SOURCE asks for the harvest"),
        ({"setting": "api"}, False, "DIGEST_SOURCE asks for arXiv's API"),
        ({"setting": "api", "api_fails": True}, False, "DIGEST_SOURCE"),
        ({"api_fails": True}, True, "arXiv's API refuses"),
        ({"api_fails": True, "harvest_known": False}, False, "no address"),
        ({"setting": "harvest", "harvest_known": False}, False, "no address"),
    ],
)
@pytest.mark.parametrize("here", [2, 200])
def test_settings_and_refusals(
    changes: dict[str, Any], harvest: bool, words: str, here: int
) -> None:
    """The setting decides; left to itself, a refusing API makes it the harvest."""
    choice = chosen(here, **changes)
    assert choice.harvest == harvest
    assert words in choice.why


def test_nothing_for_here() -> None:
    """Without a keyword that can be evaluated here no harvest is made, whatever the setting."""
    choice = chosen(0, setting="harvest", by_api=3, api_fails=True)
    assert not choice.harvest
    assert choice.why == (
        "no keyword can be evaluated here; 3 keywords only arXiv's API can answer"
    )


@given(
    st.integers(1, 40), st.integers(1, 20), st.booleans(), st.lists(st.integers(0, 1), max_size=12)
)
def test_it_does_not_flap(here: int, cost: int, first: bool, steps: list[int]) -> None:
    """One keyword that comes and goes changes the choice once at most."""
    was = first
    changes = 0
    for step in steps:
        now = chosen(here + step, was=was, cost=cost).harvest
        changes += now != was
        was = now
    assert changes <= 1


def test_the_usual_cost() -> None:
    """The cost is that of the last harvests, and seven before there was any."""
    moment = datetime(2026, 11, 24, 1, tzinfo=UTC)
    past = [HarvestFacts(moment.date(), moment, requests=n) for n in (90, *[6] * 9, 14)]
    assert (usual_cost([]), usual_cost(past[:1]), usual_cost(past)) == (7, 90, 6)


@pytest.mark.parametrize(
    ("failures", "here", "waiting", "order"),
    [
        (0, 9, True, ("harvest",)),
        (9, 9, True, ("harvest",)),
        (0, 30, False, ("harvest", "feeds", "api")),
        (2, 31, False, ("harvest", "feeds")),
        (3, 30, False, ("feeds", "api", "harvest")),
        (3, 100_000, False, ("feeds", "harvest")),
    ],
)
def test_fallback(failures: int, here: int, waiting: bool, order: tuple[str, ...]) -> None:
    """The harvest first, then the feeds, then the API for few; with patience the harvest alone."""
    assert fallback(failures, here=here, waiting_is_possible=waiting) == order


def test_the_feeds_in_turn() -> None:
    """One feed a harvest takes its turn; within seven weeks each was read, large ones twice."""
    days = [START + timedelta(days=n) for n in range(33 * 7)]
    read = Counter(feed for day in days if day.weekday() < 5 for feed in witnesses(day, 1))
    assert set(read) == set(FEEDS)
    assert read["cs.LG"] > 1.5 * read["hep-lat"]


@given(st.dates(date(2026, 1, 1)), st.integers(0, 30))
def test_as_many_feeds_as_asked_for(day: date, count: int) -> None:
    """As many different feeds as asked for are read, and all of them as a stand-in."""
    feeds = witnesses(day, count)
    assert len(set(feeds)) == len(feeds) == min(count, len(FEEDS))
    assert set(feeds) <= set(FEEDS)
    assert witnesses(day, len(FEEDS)) == FEEDS
