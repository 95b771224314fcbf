"""When arXiv is asked next: from the clock, the tries and what it said."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.source.pacing import Pace, Politeness, retry_after


def fail(pace: Pace, attempt: int, *, asked: float | None = None, jitter: float = 1.0) -> float:
    """The pause after a try that failed at second 100."""
    pace.failed(100.0, attempt, "HTTP status 503", asked=asked, jitter=jitter)
    return pace.wait(100.0)


def test_the_delay() -> None:
    """After an answer the delay passes, and before the first request nothing."""
    pace = Pace(Politeness(3), 5)
    assert pace.wait(0) == 0
    pace.answered(100)
    assert [pace.wait(now) for now in (100, 102, 103, 200)] == [3, 1, 0, 0]


def test_pauses_grow() -> None:
    """Each try waits twice as long as the one before, within a bound, with its jitter."""
    pace = Pace(Politeness(3), 5)
    assert [fail(pace, n) for n in (1, 2, 3, 4, 9)] == [6, 12, 24, 48, 300]
    assert fail(pace, 1, jitter=1.25) == 7.5


@pytest.mark.parametrize(
    ("asked", "pause"), [(None, 6), (0.0, 6), (2.0, 6), (60.0, 60), (300.0, 300)]
)
def test_what_the_server_asks(asked: float | None, pause: float) -> None:
    """Retry-After makes a pause longer, never shorter."""
    pace = Pace(Politeness(3), 5)
    assert fail(pace, 1, asked=asked) == pause
    assert pace.tries(100) == 5


def test_left_alone() -> None:
    """A server that asks for more than five minutes is left alone at once."""
    pace = Pace(Politeness(3), 5)
    fail(pace, 1, asked=301.0)
    assert pace.tries(100) == 0
    assert pace.trouble == "HTTP status 503, and asks to be left alone for 301 seconds"


def test_the_breaker() -> None:
    """After one page that was given up the next is tried once, after a second none."""
    pace = Pace(Politeness(3), 5)
    tries = [pace.tries(0)]
    for _ in range(3):
        fail(pace, 1)
        pace.gave_up()
        tries.append(pace.tries(100))
    assert tries == [5, 1, 0, 0]
    pace.answered(100)
    assert pace.tries(100) == 5


def test_no_delay() -> None:
    """Where no delay is asked for, as on loopback, only the server's own wish is kept."""
    pace = Pace(Politeness(0), 5)
    assert fail(pace, 4) == 0
    assert fail(pace, 1, asked=2.0) == 2


@pytest.mark.parametrize("asked", [86_400.0, 1e9, 1e300])
def test_a_day_at_most(asked: float) -> None:
    """A server that asks for longer than a day is left alone for a day, and that is said."""
    pace = Pace(Politeness(3), 5)
    assert fail(pace, 1, asked=asked) == 86_400
    assert pace.trouble.endswith("asks to be left alone for a day or more: for a day")
    assert pace.tries(100 + 86_400) == 5


@pytest.mark.parametrize("attempt", [10, 1_000, 100_000])
def test_many_tries(attempt: int) -> None:
    """The pause between tries grows to five minutes, however many there are."""
    assert fail(Pace(Politeness(3), attempt), attempt) == 300


def test_one_politeness_for_all_hosts() -> None:
    """After an answer of one host every host is left in peace for the delay."""
    politeness = Politeness(3)
    api, harvest = Pace(politeness, 5), Pace(politeness, 5)
    api.answered(100)
    assert [pace.wait(101) for pace in (api, harvest)] == [2, 2]


@pytest.mark.parametrize("asked", [None, 120.0, 3600.0])
def test_a_failure_silences_one_host(asked: float | None) -> None:
    """A host that fails, or asks to be left alone, keeps no other from being asked."""
    politeness = Politeness(3)
    api, harvest = Pace(politeness, 5), Pace(politeness, 5)
    for _ in range(3):
        assert fail(harvest, 4, asked=asked) >= 48
        harvest.gave_up()
    assert (harvest.tries(100), harvest.left_alone(100) > 0) == (0, asked == 3600.0)
    assert (api.tries(100), api.left_alone(100), api.wait(100)) == (5, 0, 3)


def test_one_connection_at_a_time() -> None:
    """A client closes its connection when another one has its turn, and only then."""
    politeness = Politeness(3)
    closed: list[str] = []

    def leaves(name: str) -> Callable[[], None]:
        return lambda: closed.append(name)

    api, harvest = leaves("api"), leaves("harvest")
    for client in (api, api, harvest, harvest, api):
        politeness.turn(client)
    assert closed == ["api", "harvest"]


NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("9999999999", 9_999_999_999.0),
        ("Tue, 24 Nov 2026 07:02:00 GMT", 120.0),
        ("Tue, 24 Nov 2026 08:02:00 +0100", 120.0),
        ("Tue, 24 Nov 2026 07:02:00 -0000", 120.0),
        ("Tuesday, 24-Nov-26 07:02:00 GMT", 120.0),
        ("Mon, 23 Nov 2026 07:00:00 GMT", 0.0),
        ("Sun, 01 Jan 0001 00:00:00 GMT", 0.0),
        (None, None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("9" * 400, None),
        ("٣", None),
        ("soon", None),
        ("Fri, 31 Dec 9999 23:59:59 -0100", None),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
        ("Tue, 24 Nov 2026 07:02:60 GMT", None),
        ("Tue, 31 Nov 2026 07:02:00 GMT", None),
        ("Tue, 24 Nov 2026 07:02:00 +99999999999", None),
    ],
)
def test_what_retry_after_asks_for(value: str | None, seconds: float | None) -> None:
    """A number of seconds or a date (RFC 9110 section 10.2.3); nonsense counts as none."""
    assert retry_after(value, NOW) == seconds


@given(st.text(max_size=60) | st.from_regex(r"[A-Z][a-z]{2}, \d+ Nov \d+ \d+:\d+:\d+ [+-]\d+"))
def test_whatever_retry_after_says(value: str) -> None:
    """No header ends the program."""
    asked = retry_after(value, NOW)
    assert asked is None or asked >= 0
