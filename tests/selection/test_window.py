"""From which day on is a harvest asked for, and which of its records are kept?"""

from datetime import UTC, date, datetime, timedelta

import pytest
from announced_year import announced
from hypothesis import given
from hypothesis import strategies as st

from digest.selection.window import EARLIEST, begin_of_window, horizon, needed_from, wanted
from digest.store.readings import HarvestFacts

NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)
DAY = timedelta(days=1)
moments = st.integers(-9000, 5000).map(lambda days: NOW + days * DAY)


def complete(through: datetime) -> HarvestFacts:
    """The facts of a complete harvest through an announcement."""
    return HarvestFacts(through.date(), through)


@pytest.mark.parametrize("days", [0, 1, 3, 20, 400])
def test_days_away(days: int) -> None:
    """A window begins two days before the last complete harvest, however long ago that is."""
    through = datetime(2026, 11, 25, 1, tzinfo=UTC) - days * DAY
    assert begin_of_window(complete(through), (), NOW) == date(2026, 11, 23) - days * DAY


def test_the_first_harvest() -> None:
    """Without a complete harvest the window has at least one announcement in it."""
    assert begin_of_window(None, (), NOW) == date(2026, 11, 21)
    assert begin_of_window(None, [NOW - DAY], NOW) == date(2026, 11, 21)


def test_keywords_with_a_beginning_of_their_own() -> None:
    """A keyword that is new, or was complete by the API, takes the window further back."""
    new = needed_from(None, NOW - 7 * DAY)
    by_api = needed_from(NOW - 3 * DAY, NOW - 90 * DAY)
    assert begin_of_window(complete(NOW - DAY), [by_api], NOW) == date(2026, 11, 20)
    assert begin_of_window(complete(NOW - DAY), [by_api, new], NOW) == date(2026, 11, 17)


def test_a_wrong_clock() -> None:
    """A harvest from the future is not counted, and a need in the future changes nothing."""
    assert begin_of_window(complete(NOW + 90 * DAY), (), NOW) == date(2026, 11, 21)
    assert begin_of_window(complete(NOW - DAY), [NOW + 90 * DAY], NOW) == date(2026, 11, 22)


def test_before_arxiv() -> None:
    """A window never begins before arXiv's first datestamp, which would be an error."""
    since = datetime(1991, 8, 14, tzinfo=UTC)
    assert begin_of_window(None, [needed_from(None, since)], NOW) == EARLIEST


@given(st.none() | moments, st.lists(moments, max_size=3))
def test_nothing_is_left_out(through: datetime | None, needs: list[datetime]) -> None:
    """A window is never empty, and holds each day that somebody needs."""
    last = complete(through) if through and through <= NOW else None
    begin = begin_of_window(last, needs, NOW)
    assert begin == EARLIEST or all(begin <= need.date() for need in needs)
    assert begin == EARLIEST or last is None or begin <= last.through.date() - 2 * DAY
    assert begin <= (NOW - 2 * DAY).date()


def test_wanted() -> None:
    """A record is kept up to 35 days after its last version, counted from the last harvest."""
    usual = horizon(date(2026, 11, 22), NOW)
    assert usual == datetime(2026, 10, 20, tzinfo=UTC)
    after_20_days = horizon(date(2026, 11, 3), NOW)
    assert after_20_days == datetime(2026, 10, 1, tzinfo=UTC)
    record = announced("2611.00001", NOW.date(), NOW - 34 * DAY, 2)
    assert wanted(record, usual)
    assert not wanted(announced("2611.00001", NOW.date(), NOW - 37 * DAY, 2), usual)
    assert wanted(announced("2611.00001", NOW.date(), NOW - 50 * DAY, 2), after_20_days)


@given(st.dates(date(2006, 1, 1), date(2026, 11, 25)))
def test_the_horizon_is_old_enough(begin: date) -> None:
    """Nothing younger than 35 days is ever left out."""
    assert horizon(begin, NOW) <= NOW - 35 * DAY
