"""Does the evaluation here agree with arXiv's own search?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from announced_year import CALENDAR, announced
from builders import paper
from hypothesis import given
from hypothesis import strategies as st

from digest.model.paper import Paper
from digest.model.record import Record
from digest.selection.agreement import (
    Comparable,
    Comparison,
    at_least,
    compare,
    in_words,
    lost,
    share,
    turn,
)

NOW = datetime(2026, 11, 26, 6, tzinfo=UTC)
DAY = timedelta(days=1)
LAST_WEEK = NOW - 7 * DAY


def one(number: int, version: int = 1, updated: datetime = LAST_WEEK) -> Record:
    """A record of last week, or of another moment, announced a day after its submission."""
    stamp = (updated + DAY).date()
    return announced(f"2611.{number:05}", stamp, updated, version)


def compared(
    there: list[Record],
    here: list[Record],
    *others: Record,
    before: tuple[str, ...] = (),
    back_to: datetime = NOW - 30 * DAY,
) -> Comparison:
    """A comparison; `others` are kept here as well, and were not found."""
    kept = {record.id: record.paper for record in (*here, *others)}
    return compare(
        [record.paper for record in there],
        here,
        back_to=back_to,
        kept=kept.get,
        now=NOW,
        calendar=CALENDAR,
        counted_before=before,
    )


def test_agreement() -> None:
    """Papers that both found agree."""
    both = [one(1), one(2), one(3, 4)]
    assert compared(both, both) == Comparison(3)


def test_a_difference_either_way() -> None:
    """A paper that only one found is a difference, whichever it is."""
    assert compared([one(1), one(2)], [one(1)], one(2)) == Comparison(1, ("2611.00002v1",))
    assert compared([one(1)], [one(1), one(2)]) == Comparison(1, (), ("2611.00002v1",))


def test_a_paper_that_no_harvest_brought() -> None:
    """A paper of arXiv's that is not even kept here was lost by a harvest, not by the keyword."""
    result = compared([one(1), one(2)], [one(1)])
    assert (result.only_there, result.unknown) == (("2611.00002v1",), ("2611.00002v1",))


def test_too_young() -> None:
    """A paper that was announced less than a day ago may be missing on either side."""
    young = one(2, updated=NOW - timedelta(hours=13))
    assert compared([one(1), young], [one(1)]) == Comparison(1, explained=1)
    assert compared([one(1)], [one(1), young]) == Comparison(1, explained=1)


def test_stamped_today() -> None:
    """A paper held by moderation, or edited, that carries yesterday's day or today's is young."""
    held = replace(one(2), datestamp=NOW.date())
    assert compared([], [held]) == Comparison(0, explained=1)
    assert compared([], [replace(held, datestamp=(NOW - 2 * DAY).date())]).only_here


def test_beyond_the_horizon() -> None:
    """Papers older than the date that both reach are not compared."""
    old = one(2, updated=NOW - 31 * DAY)
    assert compared([old], []) == compared([], [old]) == Comparison(0)
    assert compared([old], [old]) == Comparison(0)


def test_versions() -> None:
    """Where one side has another version of a paper, that explains the difference."""
    assert compared([one(1, 2)], [one(1)]) == Comparison(0, explained=1)
    assert compared([one(1)], [], one(1, 2)) == Comparison(0, explained=1)
    earlier = one(1, updated=NOW - 60 * DAY)
    assert compared([one(1, 2)], [earlier]) == Comparison(0, explained=1)
    assert compared([earlier], [one(1, 2)]) == Comparison(0, explained=1)


def _with(record: Record, title: str, abstract: str = "We pour tea.") -> Record:
    return replace(record, paper=replace(record.paper, title=title, abstract=abstract))


def test_an_edited_text() -> None:
    """A text that was edited in between explains the difference."""
    there = _with(one(1), "Teapots and kettles")
    assert compared([there], [], _with(one(1), "Teapots")) == Comparison(0, explained=1)
    assert compared([there], [], there).only_there == ("2611.00001v1",)


@pytest.mark.parametrize(
    ("there", "here"),
    [
        ("The Schrödinger equation", r"The Schr\"odinger equation"),
        ("Erdős graphs", r"Erd\H{o}s graphs"),
        ("On α-divergence today", r"On $\alpha$-divergence today"),
        ("An α decay, again", r"An $\alpha$ decay, again"),
        ("Time  series", "time series"),
    ],
)
def test_another_way_to_write_it(there: str, here: str) -> None:
    """The same text with TeX's accents is no edit, so the difference counts."""
    assert compared([_with(one(1), there)], [], _with(one(1), here)).only_there


def test_a_difference_counts_once() -> None:
    """A difference that was counted before is explained by that."""
    result = compared([one(1)], [one(2)], one(1), before=("2611.00001v1", "2611.00002v1"))
    assert result == Comparison(0, explained=2)


papers = st.lists(
    st.builds(
        one,
        st.integers(1, 9),
        st.integers(1, 3),
        st.integers(1, 40).map(lambda days: NOW - days * DAY),
    ),
    unique_by=lambda record: record.id,
)


@given(papers, papers, papers)
def test_every_paper_counts_once(
    there: list[Record], here: list[Record], others: list[Record]
) -> None:
    """Each paper within the horizon agrees, is explained, or is a difference."""
    result = compared(there, here, *others)
    recent = {r.id for r in [*there, *here] if r.paper.updated >= NOW - 30 * DAY}
    counted = result.agreed + result.explained + len(result.only_there) + len(result.only_here)
    assert counted == len(recent)
    assert {*result.unknown} <= {*result.only_there}
    assert compared(there, there).only_there == compared(there, there).only_here == ()


def test_turn() -> None:
    """New keywords come at once, others after a month, the longest ago first, within the budget."""
    keywords = [
        Comparable("recent", LAST_WEEK, NOW - 3 * DAY),
        Comparable("old", LAST_WEEK, NOW - 31 * DAY),
        Comparable("older", LAST_WEEK, NOW - 40 * DAY),
        Comparable("new", LAST_WEEK),
        Comparable("wrong clock", LAST_WEEK - DAY, NOW + DAY),
    ]
    order = ["wrong clock", "new", "older", "old"]
    assert turn(keywords, NOW, 20) == order
    assert turn(keywords, NOW, 3) == order[:3]
    assert turn(keywords, NOW, 0) == turn(keywords, NOW, -4) == []


def test_everyone_has_their_turn() -> None:
    """Over the months each of 300 keywords is compared about once a month, within the budget."""
    last: dict[str, datetime | None] = {f"k{n}": None for n in range(300)}
    times = dict.fromkeys(last, 0)
    for day in range(120):
        now = NOW + day * DAY
        names = turn([Comparable(k, LAST_WEEK, at) for k, at in last.items()], now, 20)
        assert len(names) <= 20
        for name in names:
            last[name] = now
            times[name] += 1
    assert set(times.values()) <= {3, 4}


def test_more_keywords_than_a_month_has_room_for() -> None:
    """With too many keywords all take their turn, only less often."""
    last: dict[str, datetime | None] = dict.fromkeys([f"k{n}" for n in range(100)])
    seen: set[str] = set()
    for day in range(100):
        now = NOW + day * DAY
        for name in turn([Comparable(k, LAST_WEEK, at) for k, at in last.items()], now, 1):
            last[name] = now
            seen.add(name)
    assert len(seen) == 100


def test_strikes() -> None:
    """Differences on two different days send a keyword back to the API; one day does not."""
    assert not lost([])
    assert not lost([NOW, NOW + timedelta(hours=3)])
    assert lost([NOW, NOW + DAY])


def test_share() -> None:
    """The share of agreeing decisions, and the share that is shown by their number."""
    assert share(0, 0) is None
    assert share(3, 1) == 0.75
    assert at_least(0, 0) == 0
    assert at_least(3000, 0) == pytest.approx(0.999, abs=1e-4)
    assert at_least(4749, 1) == pytest.approx(0.999, abs=1e-4)
    assert at_least(0, 7) == 0


@given(st.integers(0, 10**6), st.integers(0, 1000))
def test_more_agreement_shows_more(agreed: int, disagreed: int) -> None:
    """Each agreeing decision shows more, each other one less, and never more than the share."""
    shown = at_least(agreed, disagreed)
    assert 0 <= shown <= (share(agreed, disagreed) or 0)
    assert at_least(agreed + 1, disagreed) >= shown >= at_least(agreed, disagreed + 1)


def test_words() -> None:
    """The agreement is one sentence, and its share is never rounded up."""
    assert in_words(0, 0) == "no paper has been compared with arXiv's own search yet"
    assert in_words(1, 0) == (
        "1 of 1 paper compared agree with arXiv's own search, too few for a share"
    )
    assert in_words(3000, 0) == (
        "3,000 of 3,000 papers compared agree with arXiv's own search, "
        "which shows an agreement of 99.9 % or more at 95 % confidence"
    )
    assert "999,999 of 1,000,000" in in_words(999_999, 1)
    assert "100" not in in_words(10**7, 0).partition("agreement of")[2]


def test_papers_without_records() -> None:
    """A paper of an unknown source is compared like any other."""
    other: Paper = paper(7, updated=LAST_WEEK)
    result = compare(
        [other], [], back_to=NOW - 30 * DAY, kept=lambda _: None, now=NOW, calendar=CALENDAR
    )
    assert result.unknown == (other.versioned_id,)
