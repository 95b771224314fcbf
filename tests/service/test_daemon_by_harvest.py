"""The daemon by harvest: one harvest for each announcement, each paper once, on time."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import ADA, DAY, HOUR, subscribers
from daemon_life import living
from harvest_lab import TOPICS, Announcements, asked, by_harvest
from installation import HandClock, Lab, laboratory, new_identifiers, parsed, part

from digest.model.announcements import Calendar
from digest.standin.server import Reply

AT = 8
BEGIN = datetime(2026, 11, 9, 12, tzinfo=UTC)
"""A Monday, before an announcement."""


def announce(lab: Lab, begin: datetime, end: datetime) -> Announcements:
    """Has an invented arXiv announce papers from two weeks before the beginning to the end."""
    arxiv = Announcements(lab)
    arxiv.at = begin - 14 * DAY
    arxiv.until(end)
    return arxiv


def announcements(begin: datetime, end: datetime) -> int:
    """The number of announcements in a span."""
    calendar, number, at = Calendar(), 0, begin
    while (at := calendar.next(at)) <= end:
        number += 1
    return number


def mailed(lab: Lab) -> Counter[str]:
    """How often each paper came as new."""
    found: Counter[str] = Counter()
    for received in lab.mail.received:
        found.update(new_identifiers(parsed(received.data)))
    return found


def text() -> str:
    """A reader of all topics who has a mail each day at eight."""
    daily = {"at": f"{AT:02}:00", "timezone": "UTC", "days": "daily"}
    return subscribers(ADA, keywords=dict.fromkeys(TOPICS), defaults=daily)


@pytest.mark.parametrize("days", [17, pytest.param(365, marks=pytest.mark.long)])
def test_one_harvest_for_each_announcement(tmp_path: Path, days: int) -> None:
    """The readers get each paper once, on its morning; arXiv is harvested once an announcement."""
    with laboratory(tmp_path, HandClock(BEGIN)) as lab:
        by_harvest(lab)
        lab.subscribe(text())
        end = BEGIN + days * DAY
        arxiv = announce(lab, BEGIN, end)
        with living(lab) as life:
            life.daemon.start()
            life.until(end)
        assert {at.hour for _, at in life.came} == {AT}
        due = [one.id for one in arxiv.papers if one.updated >= BEGIN - 7 * DAY]
        counts = mailed(lab)
        assert set(counts.values()) == {1}
        assert set(due) <= set(counts)
        number = announcements(BEGIN, end)  # and those before the first mail
        verbs = Counter(asked(lab))
        assert number - 1 <= verbs["ListRecords"] <= number + 2
        assert verbs["rss"] <= number + 2
        assert verbs["api"] <= len(TOPICS) + 20 * number, "new keywords, and the comparison"


def test_away_for_a_day(tmp_path: Path) -> None:
    """After a day without arXiv the papers of that day come, once, and somebody was told."""
    with laboratory(tmp_path, HandClock(BEGIN)) as lab:
        by_harvest(lab)
        lab.subscribe(text())
        end = BEGIN + 6 * DAY
        arxiv = announce(lab, BEGIN, end)
        with living(lab) as life:
            life.daemon.start()
            life.until(BEGIN + 2 * DAY)
            lab.arxiv.intercept = lambda _: Reply(503, {}, b"")
            life.until(BEGIN + 3 * DAY)
            lab.arxiv.intercept = None
            life.until(end)
        counts = mailed(lab)
        visible = end - timedelta(days=1)
        due = {p.id for p in arxiv.papers if BEGIN - 7 * DAY <= p.updated < visible - 30 * HOUR}
        assert due <= set(counts)
        assert set(counts.values()) == {1}
        told = [part(parsed(one.data), "plain") for one in lab.mail.received]
        assert any("arXiv" in said and "503" in said for said in told)
