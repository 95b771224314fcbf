"""The work that is due, from the store, the configuration and the present alone."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from builders import ADA, DAY, HOUR, MINUTE, accepted, composed, deferred, refused
from hypothesis import given, settings
from hypothesis import strategies as st
from one_reader import SLOT, configured, fetched, ledger, reader

from digest.model.announcements import Calendar
from digest.model.keyword import Keyword
from digest.model.subscriber import Subscriptions
from digest.service.due import Due, due, pause, unserved
from digest.service.outlook import outlook
from digest.service.slots import last_slot, next_slot, slot_on
from digest.store.events import (
    KeywordOpened,
    Refused,
    Served,
)
from digest.store.ledger import Ledger

LEAD = timedelta(minutes=10, seconds=10)


COMPLETE = fetched(SLOT - DAY)


def decide(known: Ledger, now: datetime, subscriptions: Subscriptions | None = None) -> Due:
    """Returns the work that is due."""
    decided = due(known, subscriptions or configured(), now)
    assert decided.look > now
    return decided


def test_nothing_before_its_time() -> None:
    """Long before a slot there is nothing to do, and it is said when there will be."""
    decided = decide(ledger(COMPLETE), SLOT - 6 * HOUR)
    assert not decided.anything
    assert decided.next_digest == (SLOT, ADA)
    assert decided.next_fetch == decided.look == SLOT - LEAD


def test_arxiv_is_asked_in_time() -> None:
    """Minutes before the slot arXiv is asked, once; then the digest is due at its minute."""
    assert decide(ledger(COMPLETE), SLOT - LEAD).keywords == ("K",)
    known = ledger(COMPLETE, fetched(SLOT - LEAD))
    after = decide(known, SLOT - LEAD + MINUTE)
    assert (after.anything, after.look) == (False, SLOT)
    assert decide(known, SLOT).digests == {ADA: SLOT}
    known.apply(Served(ADA, slot=SLOT))
    assert not decide(known, SLOT).anything


def test_not_before_it_is_in_the_api() -> None:
    """A slot soon after midnight in New York waits with its question until the papers are there."""
    early = configured(reader(at="05:05"))
    known = ledger(fetched(SLOT - DAY))
    midnight = SLOT - 3 * HOUR
    assert decide(known, midnight - MINUTE, early).look == midnight
    assert decide(known, midnight, early).keywords == ("K",)
    known.apply(fetched(midnight))
    assert decide(known, midnight, early).keywords == (), "they are there from that moment on"
    assert decide(known, midnight + 5 * MINUTE, early).digests == {ADA: midnight + 5 * MINUTE}


@pytest.mark.parametrize("day", ["2026-11-21", "2026-11-22", "2026-11-27"])
def test_a_day_without_announcement(day: str) -> None:
    """On Saturday and Sunday, and after a holiday, what is complete is not asked for."""
    slot = datetime.combine(date.fromisoformat(day), time(8), UTC)
    daily = configured(reader(days="0123456"))
    known = ledger(fetched(slot - DAY), served=slot - DAY)
    assert decide(known, slot - MINUTE, daily).keywords == ()
    assert decide(known, slot, daily).digests == {ADA: slot}


def test_holidays_of_the_configuration() -> None:
    """A day that the configuration names is a holiday as well."""
    subscriptions = replace(configured(), calendar=Calendar(frozenset({date(2026, 11, 16)})))
    assert decide(ledger(COMPLETE), SLOT, subscriptions).keywords == ()


def test_patience() -> None:
    """While arXiv fails the digest waits and it is asked again, less often; then it goes."""
    known = ledger(COMPLETE, fetched(SLOT - LEAD, "503"))
    decided = decide(known, SLOT)
    assert (decided.keywords, decided.digests) == (("K",), {})
    known.apply(fetched(SLOT, "503"))
    assert decide(known, SLOT).look == SLOT + pause(2)
    assert decide(known, SLOT + 2 * HOUR - MINUTE).digests == {}
    for number in range(3):
        known.apply(fetched(SLOT + number * HOUR / 2, "503"))
    assert decide(known, SLOT + 2 * HOUR).digests == {ADA: SLOT}
    known.apply(fetched(SLOT + HOUR))
    assert decide(known, SLOT + HOUR).digests == {ADA: SLOT}


def test_no_patience_for_what_failed_yesterday() -> None:
    """A keyword that already failed for the announcement before holds nobody up."""
    known = ledger(fetched(SLOT - 3 * DAY), fetched(SLOT - LEAD, "no paper at all"))
    assert decide(known, SLOT).digests == {ADA: SLOT}


def test_patience_for_what_was_complete_just_then() -> None:
    """A keyword read at the moment of the announcement before has it, and is waited for."""
    before = SLOT - DAY - 3 * HOUR
    for read, late in ((before, {}), (before - MINUTE, {ADA: SLOT})):
        known = ledger(fetched(read), fetched(SLOT - LEAD, "503"))
        assert decide(known, SLOT).digests == late


def test_a_keyword_that_never_was_complete() -> None:
    """It holds a digest up for five failures; from the sixth on it is taken for hopeless."""
    known = ledger()
    for failures in range(1, 7):
        known.apply(fetched(SLOT - LEAD, "no paper at all"))
        assert decide(known, SLOT).digests == ({ADA: SLOT} if failures >= 6 else {})


def test_after_downtime() -> None:
    """A slot that was missed is made up for once, after arXiv has been asked."""
    late = SLOT + 3 * DAY + 3 * HOUR
    known = ledger(COMPLETE)
    decided = decide(known, late)
    assert (decided.keywords, decided.digests) == (("K",), {})
    known.apply(fetched(late))
    assert decide(known, late).digests == {ADA: SLOT + 3 * DAY}
    known.apply(Served(ADA, slot=SLOT + 3 * DAY))
    assert not decide(known, late).anything


def test_after_downtime_with_arxiv_away() -> None:
    """When the network is not there yet the missed digest waits for a few tries."""
    late = SLOT + 3 * DAY + 3 * HOUR
    known = ledger(fetched(SLOT + 2 * DAY), served=SLOT + 2 * DAY)
    known.apply(fetched(late, "cannot be reached"))
    assert decide(known, late + MINUTE).digests == {}
    for number in range(1, 4):
        known.apply(fetched(late + number * HOUR / 4, "cannot be reached"))
    assert decide(known, late + HOUR).digests == {ADA: SLOT + 3 * DAY}


def test_put_off() -> None:
    """A deferred digest is offered again after pauses that grow, and at the next slot."""
    known = ledger(COMPLETE, fetched(SLOT), composed(ADA, {"K": 0}, at=SLOT), served=SLOT)
    assert decide(known, SLOT).again == (ADA,)
    for failures in (1, 2, 3):
        known.apply(deferred(ADA, at=SLOT))
        assert decide(known, SLOT).look == SLOT + pause(failures)
        assert decide(known, SLOT + pause(failures)).again == (ADA,)
    known.apply(accepted(ADA, at=SLOT))
    assert not decide(known, SLOT + HOUR).anything


def test_refused() -> None:
    """A refused digest is offered again at the next slot alone; after three times no more."""
    known = ledger(COMPLETE, fetched(SLOT), composed(ADA, {"K": 0}, at=SLOT), served=SLOT)
    known.apply(refused(ADA, at=SLOT, waited=True))
    assert decide(known, SLOT + 12 * HOUR).again == ()
    assert decide(known, SLOT + DAY).again == (ADA,)
    known.apply(refused(ADA, at=SLOT + DAY, waited=True))
    known.apply(refused(ADA, at=SLOT + 2 * DAY, waited=True))
    assert not decide(known, SLOT + 3 * DAY).anything


def test_who_is_new() -> None:
    """A reader who is new, or was served by a clock a year ahead, begins with the next slot."""
    assert unserved(ledger(served=None).reader(ADA), SLOT)
    assert unserved(ledger(served=SLOT + 365 * DAY).reader(ADA), SLOT)
    assert not unserved(ledger(served=SLOT + DAY).reader(ADA), SLOT)
    assert not decide(ledger(served=None), SLOT).anything


def test_daylight_saving() -> None:
    """A time that does not exist comes an hour later by the clock; one that comes twice, once."""
    berlin = reader("Europe/Berlin", "02:30").schedule
    assert slot_on(date(2026, 3, 29), berlin) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert slot_on(date(2026, 10, 25), berlin) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    howe = reader("Australia/Lord_Howe", "02:15").schedule
    assert slot_on(date(2026, 10, 4), howe) == datetime(2026, 10, 3, 15, 45, tzinfo=UTC)


def test_a_day_that_did_not_exist() -> None:
    """When Samoa skipped a day, its slot and the next day's are one moment."""
    apia = reader("Pacific/Apia", "08:00", "0123456").schedule
    assert slot_on(date(2011, 12, 30), apia) == slot_on(date(2011, 12, 31), apia)


ZONES = st.sampled_from(
    [
        *("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"),
        *(
            "Africa/Casablanca",
            "Asia/Kolkata",
            "Pacific/Kiritimati",
            "America/St_Johns",
            "Asia/Tehran",
        ),
    ]
)
TIMES = st.times(timezones=st.none()).map(lambda at: f"{at:%H:%M}")
MOMENTS = st.integers(0, 30 * 365 * 24 * 60).map(
    lambda minutes: datetime(2005, 1, 1, tzinfo=UTC) + minutes * MINUTE
)


@given(zone=ZONES, at=TIMES, days=st.sets(st.integers(0, 6), min_size=1), now=MOMENTS)
def test_slots_follow_one_another(zone: str, at: str, days: set[int], now: datetime) -> None:
    """Between the last slot and the next one there is none, and each is on a chosen day."""
    one = reader(zone, at, "".join(map(str, days))).schedule
    last, coming = last_slot(one, now), next_slot(one, now)
    assert last <= now < coming
    assert last_slot(one, coming - MINUTE / 60) == last
    assert next_slot(one, last) == coming
    assert coming - last <= 8 * DAY


@settings(max_examples=60, deadline=None)
@given(
    zone=ZONES,
    at=TIMES,
    begin=MOMENTS,
    steps=st.lists(st.integers(-3 * 24 * 60, 20 * 24 * 60) | st.integers(1, 600), max_size=60),
)
def test_once_each_day_whatever_the_clock(
    zone: str, at: str, begin: datetime, steps: list[int]
) -> None:
    """However time passes, or is set, no slot is served twice, and the last one is not left out."""
    one = reader(zone, at, "0123456")
    known = ledger(fetched(begin), served=begin)
    served: list[datetime] = []
    now = begin
    for minutes in steps:
        now += minutes * MINUTE
        if unserved(known.reader(ADA), now):
            known.apply(Served(ADA, slot=now))
        for _ in range(3):
            decided = decide(known, now, configured(one))
            if decided.keywords:
                known.apply(fetched(now))
            for address, slot in decided.digests.items():
                known.apply(Served(address, slot=slot))
                served.append(slot)
        record = known.reader(ADA)
        assert record
        assert record.served
        assert record.served >= last_slot(one.schedule, now) or record.served > now - DAY
    forward = all(minutes > 0 for minutes in steps)
    assert len(served) == len(set(served)) or not forward
    assert forward is False or served == sorted(served)


def said(known: Ledger, now: datetime, subscriptions: Subscriptions | None = None) -> str:
    """The outlook at a moment."""
    configuration = subscriptions or configured()
    return outlook(due(known, configuration, now), known, configuration, now)


def test_the_outlook() -> None:
    """It says what comes next; a digest that arXiv holds back is one, and a paused reader none."""
    failing = ledger(COMPLETE, fetched(SLOT - MINUTE, "arXiv answered with HTTP status 406"))
    assert said(failing, SLOT + MINUTE) == (
        f"next digest Wed 08:00 UTC for {ADA}; 1 digest held back for arXiv, until Tue 10:00 UTC "
        "at most; arXiv is asked Tue 08:04 UTC; 1 of 1 keyword not complete"
    )
    refused = ledger(COMPLETE)
    for hour in range(3):
        at = SLOT - (9 - hour) * HOUR
        refused.apply(Refused(ADA, message_id=f"m{hour}", at=at, code=550, reply="no such user"))
    assert said(refused, SLOT - 6 * HOUR) == "1 keyword complete through Mon 08:00 UTC"
    monthly = configured(replace(reader(), schedule=replace(reader().schedule, monthly=True)))
    assert said(ledger(COMPLETE), SLOT - 6 * HOUR, monthly).startswith(
        "next digest Tue 2026-12-01 08:00 UTC for"
    )


def test_the_outlook_of_a_new_keyword() -> None:
    """A keyword that was never read is not passed over where it is said how the keywords stand."""
    two = replace(configured(), keywords=(Keyword("K"), Keyword("L")))
    known = ledger(COMPLETE)
    known.apply(KeywordOpened("L", query="l", since=SLOT - DAY))
    assert said(known, SLOT - 6 * HOUR, two).endswith("1 of 2 keywords not read from arXiv yet")
