"""86 recorded days, one after the other: every paper once, none missing."""

from collections import defaultdict
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest
from installation import Lab
from recorded_days import base, begin, check, days, in_bad_weather, lines, mailed, recorded_paper

from digest.model.announcements import Calendar
from digest.selection.standstill import pulse, standing_still

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("most", "least"), [(20, 300), pytest.param(86, 2000, marks=pytest.mark.long)]
)
def test_each_paper_once(lab: Lab, real_data: Path, most: int, least: int) -> None:
    """Over the days each reader is mailed each base identifier that a keyword found, once."""
    begin(lab, real_data)
    found: dict[str, set[str]] = defaultdict(set)
    count = 0
    for listing in islice(days(lab, real_data), most):
        for name, listed in listing.items():
            found[name].update(map(base, listed))
        assert lab.run("send").status in (0, 75)
        count += 1
    assert count == most
    assert least < len(set().union(*found.values())) < 2300
    check(lab, found)
    assert set(mailed(lab)["all@example.org"]) == set().union(*found.values())


def test_each_paper_once_in_bad_weather(lab: Lab, real_data: Path) -> None:
    """With every fifth answer and every tenth message failing nothing is lost or repeated."""
    tally = in_bad_weather(lab, real_data, seed=20240315, most=20)
    assert tally.bad_answers > 8
    assert tally.bad_messages > 0
    assert tally.expected > 500
    assert (tally.lost, tally.repeated) == (0, 0)


def test_no_standstill_in_the_record(real_data: Path) -> None:
    """On none of the recorded days the index seems to stand still, by all keywords or by one."""
    calendar = Calendar()
    recorded = map(recorded_paper, lines(real_data / "replay" / "papers.jsonl.gz"))
    papers = {one.versioned_id: one for one in recorded}
    alarms, judged = [], 0
    for day in lines(real_data / "replay" / "days.jsonl.gz"):
        at = datetime.fromisoformat(day["run_at"]).astimezone(UTC)
        listed = [[papers[one] for one in ids] for ids in day["listing"].values()]
        pulses = [one for one in (pulse(some, at, calendar) for some in listed) if one]
        for some in (pulses, *([one] for one in pulses)):
            judged += 1
            if words := standing_still(some, calendar, at):
                alarms.append((at, len(some), words))
    assert judged > 300
    assert alarms == []
