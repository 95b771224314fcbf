"""Pauses and monthly digests: when nothing comes, and that everything comes afterwards."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from builders import ADA, DAY, composed, deferred, kept, paper, reader
from hypothesis import given
from hypothesis import strategies as st
from installation import Lab, identifiers

from digest.model.keyword import Keyword
from digest.model.subscriber import Pause, Schedule, Subscriptions
from digest.service.due import Due, due
from digest.service.slots import last_slot, next_slot, pauses_until
from digest.store.events import KeywordOpened, Served, Subscribed
from digest.store.ledger import Ledger
from digest.store.readings import Fetched

BERLIN = ZoneInfo("Europe/Berlin")
CHRISTMAS = Pause(date(2026, 12, 24), date(2027, 1, 6))
HOUR = timedelta(hours=1)


def local(*numbers: int) -> datetime:
    """A moment in Berlin."""
    return datetime(*numbers, tzinfo=BERLIN).astimezone(UTC)  # type: ignore[misc, arg-type]


def schedule(pause: Pause | None = CHRISTMAS, days: str = "01234", **more: bool) -> Schedule:
    """Every working day at eight in Berlin, but for the pause."""
    return Schedule(time(8), BERLIN, frozenset(map(int, days)), pause=pause, **more)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (local(2026, 12, 23, 23, 59), None),
        (local(2026, 12, 24), local(2027, 1, 7, 8)),
        (local(2027, 1, 6, 23), local(2027, 1, 7, 8)),
        (local(2027, 1, 7, 7, 59), local(2027, 1, 7, 8)),
        (local(2027, 1, 7, 8), None),
    ],
)
def test_while_it_lasts(now: datetime, until: datetime | None) -> None:
    """A pause lasts from midnight of its first day until the first slot after its last day."""
    assert pauses_until(schedule(), now) == until


def test_one_that_began_before() -> None:
    """A pause without a first day is in force whenever one asks, until it is over."""
    begun = schedule(Pause(None, date(2027, 1, 6)))
    assert pauses_until(begun, local(2020, 1, 1)) == local(2027, 1, 7, 8)
    assert pauses_until(begun, local(2027, 1, 7, 8)) is None
    assert last_slot(begun, local(2027, 1, 7, 9)) == local(2027, 1, 7, 8)


def test_none_on_the_days_of_a_pause() -> None:
    """The slot before it is followed by the first one after it."""
    assert next_slot(schedule(), local(2026, 12, 23, 8)) == local(2027, 1, 7, 8)
    assert last_slot(schedule(), local(2027, 1, 7, 8)) == local(2027, 1, 7, 8)


@pytest.mark.parametrize(
    ("days", "month", "day"), [("01234", 11, 2), ("0", 11, 2), ("4", 1, 2), ("56", 8, 1)]
)
def test_monthly(days: str, month: int, day: int) -> None:
    """A monthly digest comes on the first of the chosen days in each month."""
    monthly = schedule(None, days, monthly=True)
    slot = local(2026, month, day, 8)
    assert next_slot(monthly, slot - HOUR) == slot
    assert last_slot(monthly, slot + 27 * DAY - HOUR) == slot


@given(
    days=st.sets(st.integers(0, 6), min_size=1),
    begin=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
)
def test_a_year_of_months(days: set[int], begin: date) -> None:
    """Each month has one slot, on a chosen day of its first seven."""
    monthly = Schedule(time(8), ZoneInfo("UTC"), frozenset(days), monthly=True)
    now = datetime.combine(begin, time(8), UTC)
    slots = []
    for _ in range(12):
        now = next_slot(monthly, now)
        slots.append(now)
    assert all(slot.day <= 7 and slot.weekday() in days for slot in slots)
    months = [12 * slot.year + slot.month for slot in slots]
    assert months == list(range(months[0], months[0] + 12))


def known(*events: object) -> Ledger:
    """The records of a reader who was served on the 23rd, and of a keyword complete since."""
    ledger = Ledger()
    before = local(2026, 12, 23, 8)
    first = (
        KeywordOpened("K", query="k", since=before - 90 * DAY),
        Subscribed(ADA, keywords=("K",)),
    )
    for event in (
        *first,
        Fetched("K", at=before, complete=True),
        Served(ADA, slot=before),
        *events,
    ):
        ledger.apply(event)  # type: ignore[arg-type]
    return ledger


def decide(ledger: Ledger, now: datetime) -> Due:
    """Returns the work that is due for Ada."""
    ada = reader(ADA, "K", schedule=schedule())
    return due(ledger, Subscriptions((Keyword("K"),), (ada,), 7, BERLIN), now)


def test_nothing_is_due_in_a_pause() -> None:
    """On each hour of the pause nothing is due, and the next digest is that after it."""
    now, end = local(2026, 12, 24), local(2027, 1, 7, 8)
    ledger = known()
    while now < end - HOUR:
        decided = decide(ledger, now)
        assert not decided.anything
        assert decided.next_digest == (end, ADA)
        now += HOUR


def test_a_slot_missed_before_it() -> None:
    """A digest not made before the pause, as the machine was off, waits until it is over."""
    ledger = known(Served(ADA, slot=local(2026, 12, 22, 8)))
    assert decide(ledger, local(2026, 12, 23, 23)).digests == {ADA: local(2026, 12, 23, 8)}
    assert not decide(ledger, local(2026, 12, 24, 1)).anything


def test_the_first_digest_after_it() -> None:
    """arXiv is asked minutes before the first slot after it, and then there is one digest."""
    ledger, end = known(), local(2027, 1, 7, 8)
    assert decide(ledger, end - timedelta(minutes=5)).keywords == ("K",)
    ledger.apply(Fetched("K", at=end - timedelta(minutes=5), complete=True))
    assert not decide(ledger, end - timedelta(minutes=1)).anything
    assert decide(ledger, end).digests == {ADA: end}
    ledger.apply(Served(ADA, slot=end))
    assert not decide(ledger, end).anything


def test_what_waits_is_not_offered_in_a_pause() -> None:
    """A digest that the server put off before the pause is offered when it is over."""
    at = local(2026, 12, 23, 8)
    ledger = known(kept("e1"), composed(ADA, {"K": 0}, at=at), deferred(ADA, at=at))
    assert not decide(ledger, local(2026, 12, 25, 8)).again
    assert decide(ledger, local(2027, 1, 7, 8)).again == (ADA,)


PAUSED = """\
keywords:
  Time Series:
subscribers:
  - email: ada@example.org
    pause: 2026-11-16 to 2026-11-20
  - bob@example.net
"""


def test_send_leaves_out_who_pauses(lab: Lab) -> None:
    """`digest send` mails the others; the report says who pauses, and until when."""
    lab.subscribe(PAUSED)
    lab.publish(paper(1))
    result = lab.run("send")
    assert result.status == 0
    assert "ada@example.org: paused (to 2026-11-20, as subscribers.yaml says)" in result.out
    assert set(lab.mails()) == {"bob@example.net"}
    lines = lab.run("send", "--json", "--dry-run").data["digests"]
    assert [line["status"] for line in lines if line["address"] == ADA] == ["paused"]


def test_send_to_who_pauses(lab: Lab) -> None:
    """A reader named with `--to` gets mail in a pause too."""
    lab.subscribe(PAUSED)
    lab.publish(paper(1))
    assert lab.run("send", "--to", ADA).status == 0
    assert set(lab.mails()) == {ADA}


def test_everything_afterwards(lab: Lab) -> None:
    """The first digest after a pause has all papers of the time between, once."""
    lab.subscribe(PAUSED.replace("    pause: 2026-11-16 to 2026-11-20\n", ""))
    lab.publish(paper(1))
    lab.run("send")
    lab.subscribe(PAUSED.replace("11-16 to", "11-17 to"))
    for number in range(2, 6):
        lab.clock.moment += DAY
        lab.publish(paper(number, updated=lab.clock.moment))
        assert lab.run("send").status == 0
    assert [len(mails) for mails in lab.mails().values()] == [1, 5]
    lab.clock.moment += DAY
    lab.run("send")
    _, afterwards = lab.mails()[ADA]
    assert sorted(identifiers(afterwards)) == [f"2611.0000{number}v1" for number in range(2, 6)]


def test_status_and_preview(lab: Lab) -> None:
    """`status` says who pauses and until when; `preview` shows what they would get."""
    lab.subscribe(PAUSED)
    lab.publish(paper(1))
    lab.run("send")
    assert (
        "pauses until Mon 2026-11-23 08:00 UTC, as subscribers.yaml says" in lab.run("status").out
    )
    ada, bob = lab.run("status", "--json").data["subscribers"]
    assert (ada["pause_until"], bob["pause_until"]) == ("2026-11-23T08:00:00+00:00", None)
    pages = lab.home / "pages"
    assert lab.run("preview", "--offline", "--output", str(pages)).status == 0
    assert [page.name for page in pages.glob("ada@example.org*.html")] != []
