"""The number of requests that a first harvest costs, and the line that tells of it."""

from pathlib import Path

from builders import ADA, DAY, subscribers
from harvest_lab import FIRST, asked, harvest_lab

from digest.standin.server import Reply


def test_many_new_keywords_are_served_by_one_harvest(tmp_path: Path) -> None:
    """The first harvest reaches back for all of them: the API is asked for no more than audits."""
    with harvest_lab(tmp_path) as (lab, announcements):
        lab.subscribe(subscribers(ADA, keywords={f"topic {n}": None for n in range(300)}))
        announcements.until(FIRST + 3 * DAY)
        lab.clock.moment = FIRST + 3.5 * DAY
        assert lab.run("send").status == 0
        requests = asked(lab)
        assert "ListRecords" in requests
        assert requests.count("api") <= 20


def test_a_harvest_that_is_away_counts_no_requests(tmp_path: Path) -> None:
    """Neither the run nor the status says that 0 requests were made."""
    with harvest_lab(tmp_path) as (lab, announcements):
        lab.subscribe(subscribers(ADA, keywords={f"topic {n}": None for n in range(40)}))
        announcements.until(FIRST)
        lab.clock.moment = FIRST + DAY / 2
        lab.arxiv.intercept = lambda _: Reply(503, {}, b"")
        told = lab.run("send").out
        status = lab.run("status").out
        assert "last harvest" in status
        assert "0 requests" not in told + status
