"""A clock that is wrong at the first run: no years of papers are mailed, and none is lost."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
from builders import DAY, START, paper
from installation import Lab, identifiers

from digest.errors import ClockBehindError
from digest.model.paper import Paper
from digest.selection.wrong_clock import behind, opened_wrongly, refuse_to_go_back
from digest.store.records import KeywordRecord

LONG_AGO = START - 900 * DAY


def dated(*ages: float) -> list[Paper]:
    """Papers that are so many days older than START."""
    moments = [START - age * DAY for age in ages]
    return [paper(n, published=at, updated=at) for n, at in enumerate(moments, start=1)]


@pytest.mark.parametrize(
    ("papers", "at", "wrong"),
    [
        (dated(1, 2, 3, 4), START, False),
        (dated(1, 2, 3, 4), START - 20 * DAY, False),
        (dated(1, 2, 3, 4), START - 60 * DAY, True),
        (dated(1, 2, 3, 4), LONG_AGO, True),
        (dated(1), LONG_AGO, True),
        (dated(1, 2, 905), LONG_AGO, False),
        ([], LONG_AGO, False),
        (dated(-4000, 1, 2, 3), START, False),
        (dated(-4000, -4000, -4000, 1, 2, 3, 4), START, False),
        (dated(1, 2, 3), datetime(1, 1, 1, tzinfo=UTC), True),
        (dated(1, 2, 3), datetime(9999, 12, 31, tzinfo=UTC), False),
    ],
)
def test_behind(papers: list[Paper], at: datetime, *, wrong: bool) -> None:
    """Papers of a month after the present prove it, unless they are few, or most are right."""
    since = max(datetime(1, 1, 1, tzinfo=UTC) + 7 * DAY, at) - 7 * DAY
    assert bool(behind(papers, KeywordRecord("q", since), at)) == wrong


def test_a_keyword_that_was_complete() -> None:
    """A keyword that has had its first complete fetch mails what is new since, as it always did."""
    record = KeywordRecord("q", LONG_AGO)
    record.complete_through = LONG_AGO
    assert behind(dated(1, 2, 3), record, LONG_AGO) == ""


def test_opened_wrongly() -> None:
    """A keyword opened by a clock that was ahead, or found to be behind, begins anew."""
    record = KeywordRecord("q", LONG_AGO)
    since = START - 7 * DAY
    assert opened_wrongly(record, since, START)
    record.last_fetch = LONG_AGO
    assert not opened_wrongly(record, since, START)
    record.reason = behind(dated(1, 2, 3), record, LONG_AGO)
    assert opened_wrongly(record, since, START)
    assert not opened_wrongly(record, record.since + timedelta(hours=1), START)
    record.complete_through = START
    assert not opened_wrongly(record, since, START)
    assert opened_wrongly(KeywordRecord("q", START), since, START - DAY)


@pytest.mark.parametrize(
    ("known", "at", "refused"),
    [
        (dated(1, 2, 3), START, False),
        (dated(1, 2, 3), START - 20 * DAY, False),
        (dated(1, 2, 3), START - 60 * DAY, True),
        (dated(1, 2, 3), datetime(1, 1, 1, tzinfo=UTC), True),
        (dated(1, 2, 3), datetime(9999, 12, 31, tzinfo=UTC), False),
        (dated(1, 2), LONG_AGO, False),
        (dated(-4000, -4000, -4000, 1, 2, 3, 4), START, False),
        (dated(-4000, -4000, -4000, 8, 9, 10, 11), START, True),
        ([], LONG_AGO, False),
    ],
)
def test_known_papers_of_the_future(known: list[Paper], at: datetime, *, refused: bool) -> None:
    """Three papers that are known and dated a month after the present prove that it is wrong."""
    with pytest.raises(ClockBehindError) if refused else nullcontext():
        refuse_to_go_back(known, at)


def test_a_machine_that_comes_back_years_behind(lab: Lab) -> None:
    """After three weeks without power, and an hour in 1970, all comes once and nothing old."""
    for one in dated(*range(1, 400, 3)):
        lab.publish(one, visible_from=one.updated)
    assert lab.run("send").status == 0
    had = len(identifiers(lab.mails()["bob@example.net"][0]))
    for age in range(1, 20):
        moment = START + age * DAY
        fresh = paper(1000 + age, published=moment, updated=moment)
        lab.publish(fresh, visible_from=moment)
    lab.arxiv.clock = lambda: START + 21 * DAY
    lab.clock.moment = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)
    for _ in range(2):
        result = lab.run("send")
        assert result.status == 75
        assert "clock is behind: it says 1970-01-01, and papers of 2026-11-15 are" in result.err
        lab.clock.moment += timedelta(minutes=30)
    assert len(lab.mails()["bob@example.net"]) == 1
    lab.clock.moment = START + 21 * DAY
    lab.run("send")
    (_, second) = lab.mails()["bob@example.net"]
    assert len(identifiers(second)) == 19
    assert had == 3


def test_a_first_run_years_behind(lab: Lab) -> None:
    """While the clock is wrong nothing is mailed, and said why; then the last seven days are."""
    for one in dated(*range(1, 800, 5)):
        lab.publish(one, visible_from=one.updated)
    lab.arxiv.clock = lambda: START
    lab.clock.moment = LONG_AGO
    for _ in range(2):
        result = lab.run("send")
        assert result.status == 75
        assert f"this machine's clock is behind: it says {LONG_AGO:%Y-%m-%d}" in result.out
        lab.clock.moment += timedelta(minutes=20)
    assert lab.mail.received == []
    assert len(lab.arxiv.requests) == 4
    checked = lab.run("check")
    assert checked.status == 75
    assert "set the clock (`timedatectl set-ntp true`)" in checked.out
    lab.clock.moment = START
    assert lab.run("send").status == 0
    (mail,) = lab.mails()["bob@example.net"]
    assert identifiers(mail) == ["2611.00001v1", "2611.00002v1"]
    lab.clock.moment += timedelta(hours=1)
    lab.run("send")
    assert len(lab.mails()["bob@example.net"]) == 1
