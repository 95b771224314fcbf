"""86 recorded days, one after the other: every paper once, none missing."""

from collections import defaultdict
from pathlib import Path

import pytest
from lab import Lab
from replay import base, begin, check, days, in_bad_weather, mailed

pytestmark = pytest.mark.real


def test_each_paper_once(lab: Lab, real_data: Path) -> None:
    """Over all the days each reader is mailed each base identifier that a keyword found, once."""
    begin(lab, real_data)
    found: dict[str, set[str]] = defaultdict(set)
    count = 0
    for listing in days(lab, real_data):
        for name, listed in listing.items():
            found[name].update(map(base, listed))
        assert lab.run("send").status in (0, 75)
        count += 1
    assert count == 86
    assert 2000 < len(set().union(*found.values())) < 2300
    check(lab, found)
    assert set(mailed(lab)["all@example.org"]) == set().union(*found.values())


def test_each_paper_once_in_bad_weather(lab: Lab, real_data: Path) -> None:
    """With every fifth answer and every tenth message failing nothing is lost or repeated."""
    tally = in_bad_weather(lab, real_data, seed=20240315, most=45)
    assert tally.bad_answers > 15
    assert tally.bad_messages > 2
    assert tally.expected > 1000
    assert (tally.lost, tally.repeated) == (0, 0)
