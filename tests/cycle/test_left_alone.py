"""arXiv that asks to be left alone (Retry-After) is left alone by the next process as well."""

from datetime import timedelta

import pytest
from builders import DAY, paper
from installation import Lab

from digest.standin.server import Reply

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def asks_for(lab: Lab, retry_after: str) -> None:
    """Has arXiv answer 429 with this Retry-After."""
    lab.arxiv.intercept = lambda _: Reply(429, {"retry-after": retry_after}, b"")


def requests(lab: Lab) -> int:
    """Runs `digest send`; returns the number of its requests to arXiv."""
    before = len(lab.arxiv.requests)
    lab.run("send")
    return len(lab.arxiv.requests) - before


def test_the_next_process_leaves_arxiv_alone(lab: Lab) -> None:
    """After "in an hour" a second `digest send` asks nothing and says until when; then it asks."""
    lab.publish(paper(1))
    asks_for(lab, "3600")
    assert requests(lab) == 1
    lab.arxiv.intercept = None
    lab.clock.moment += MINUTE
    before = len(lab.arxiv.requests)
    second = lab.run("send")
    assert len(lab.arxiv.requests) == before
    assert second.status == 75
    assert "not asked for until 2026-11-1" in second.out
    assert "HTTP status 429, and asks to be left alone for 3600 seconds" in second.out
    assert lab.run("send", "--dry-run").out.count("not asked for until") == 2
    assert len(lab.arxiv.requests) == before
    assert "not asked for until" in lab.run("status").out
    assert not lab.mail.received
    lab.clock.moment += HOUR
    assert lab.run("send").status == 0
    assert len(lab.mail.received) == 2


def test_a_wish_that_is_over_is_forgotten(lab: Lab) -> None:
    """A wish that was over once does not come back, even if the clock is set back into it."""
    asks_for(lab, "3600")
    assert requests(lab) == 1
    lab.arxiv.intercept = None
    lab.clock.moment += 2 * HOUR
    assert requests(lab) == 2
    lab.clock.moment -= 2 * HOUR - MINUTE
    assert requests(lab) == 2


def test_at_most_a_day(lab: Lab) -> None:
    """A longer wish counts for a day."""
    asks_for(lab, "9999999")
    assert requests(lab) == 1
    lab.clock.moment += DAY - HOUR
    assert requests(lab) == 0
    lab.clock.moment += HOUR
    assert requests(lab) == 1


def test_a_clock_that_was_set_back(lab: Lab) -> None:
    """A wish that seems to come from the future is void: nobody knows when it ends."""
    asks_for(lab, "3600")
    assert requests(lab) == 1
    lab.arxiv.intercept = None
    lab.clock.moment -= MINUTE
    assert requests(lab) == 2


@pytest.mark.parametrize("retry_after", ["0", "soon", "-5"])
def test_a_short_wish_or_none(lab: Lab, retry_after: str) -> None:
    """A failure without a usable Retry-After holds nobody back."""
    asks_for(lab, retry_after)
    assert requests(lab)
    lab.arxiv.intercept = None
    assert requests(lab) == 2
