"""When arXiv is asked next: from the clock, the tries and what it said."""

import pytest

from digest.pacing import Pace


def fail(pace: Pace, attempt: int, *, asked: float | None = None, jitter: float = 1.0) -> float:
    """The pause after a try that failed at second 100."""
    pace.failed(100.0, attempt, "HTTP status 503", asked=asked, jitter=jitter)
    return pace.wait(100.0)


def test_the_delay() -> None:
    """After an answer the delay passes, and before the first request nothing."""
    pace = Pace(3, 5)
    assert pace.wait(0) == 0
    pace.answered(100)
    assert [pace.wait(now) for now in (100, 102, 103, 200)] == [3, 1, 0, 0]


def test_pauses_grow() -> None:
    """Each try waits twice as long as the one before, within a bound, with its jitter."""
    pace = Pace(3, 5)
    assert [fail(pace, n) for n in (1, 2, 3, 4, 9)] == [6, 12, 24, 48, 300]
    assert fail(pace, 1, jitter=1.25) == 7.5


@pytest.mark.parametrize(
    ("asked", "pause"), [(None, 6), (0.0, 6), (2.0, 6), (60.0, 60), (300.0, 300)]
)
def test_what_the_server_asks(asked: float | None, pause: float) -> None:
    """Retry-After makes a pause longer, never shorter."""
    pace = Pace(3, 5)
    assert fail(pace, 1, asked=asked) == pause
    assert pace.tries(100) == 5


def test_left_alone() -> None:
    """Who asks for more than five minutes is left alone at once."""
    pace = Pace(3, 5)
    fail(pace, 1, asked=301.0)
    assert pace.tries(100) == 0
    assert pace.trouble == "HTTP status 503, and asks to be left alone for 301 seconds"


def test_the_breaker() -> None:
    """After one page that was given up the next is tried once, after a second none."""
    pace = Pace(3, 5)
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
    pace = Pace(0, 5)
    assert fail(pace, 4) == 0
    assert fail(pace, 1, asked=2.0) == 2
