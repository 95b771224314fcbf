"""The daemon as it runs: a year of it, on a clock of its own."""

import gc
import logging
import tracemalloc
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from builders import DAY, paper
from daemon_life import OPERATOR, Life, living
from installation import Lab, new_identifiers, parsed, part

from digest.model.announcements import EASTERN, Calendar
from digest.standin.server import Reply, Request

READERS = {
    "berlin@example.org": ("Europe/Berlin", "02:30"),
    "york@example.org": ("America/New_York", "01:30"),
    "howe@example.org": ("Australia/Lord_Howe", "02:10"),
    "apia@example.org": ("Pacific/Apia", "23:55"),
    "casablanca@example.org": ("Africa/Casablanca", "02:45"),
    "kathmandu@example.org": ("Asia/Kathmandu", "00:00"),
}


@pytest.fixture
def life(lab: Lab) -> Iterator[Life]:
    """A daemon that has not started yet."""
    with living(lab) as begun:
        yield begun


def subscribe(lab: Lab, defaults: str = "") -> None:
    """A reader in each of the zones, who wants a mail each day."""
    readers = "".join(
        f'  - {{email: {address}, timezone: {zone}, at: "{at}"}}\n'
        for address, (zone, at) in READERS.items()
    )
    days = "[mon, tue, wed, thu, fri, sat, sun]"
    lab.subscribe(
        f"keywords:\n  Time Series:\ndefaults: {{empty: send, days: {days}{defaults}}}\n"
        f"subscribers:\n{readers}"
    )


def wanted(address: str, begin: datetime, end: datetime) -> set[datetime]:
    """The first minute of each local day on which the reader's clock shows their time.

    On a day on which it never does, any minute of the hour after will do: then it is left out.
    """
    zone, at = READERS[address]
    found: dict[object, datetime] = {}
    moment = begin.replace(second=0, microsecond=0)
    while moment < end:
        local = moment.astimezone(ZoneInfo(zone))
        if local.time() == time.fromisoformat(at):
            found.setdefault(local.date(), moment)
        moment += timedelta(minutes=5)
    return set(found.values())


@pytest.mark.parametrize(
    ("first", "days"),
    [
        (date(2026, 3, 20), 20),
        *(
            pytest.param(date(2026, 1, 1) + quarter * 91 * DAY, 92, marks=pytest.mark.long)
            for quarter in range(4)
        ),
    ],
)
def test_every_day_of_a_year(lab: Lab, life: Life, first: date, days: int) -> None:
    """Each reader has a mail at their minute of each day, and every paper once.

    Twenty days about the change of the clocks in spring; as a long test, a quarter of a year each.
    """
    begin = datetime.combine(first, time(12), UTC)
    end = begin + days * DAY
    lab.clock.moment = begin
    subscribe(lab)
    for age in range(1, 40):
        dated = begin - age * DAY
        lab.publish(paper(90000 + age, updated=dated, published=dated), visible_from=dated)
    calendar = Calendar()
    announcement, number = calendar.next(begin), 0
    while announcement < end:
        number += 1
        dated = announcement - timedelta(hours=9)
        one = paper(number, published=dated, updated=dated)
        lab.publish(one, visible_from=announcement + timedelta(hours=4))
        announcement = calendar.next(announcement)
    life.daemon.start()
    wakes = life.until(end)
    assert wakes < days * 40

    came: dict[str, list[datetime]] = defaultdict(list)
    for address, moment in life.came:
        came[address].append(moment)
    for address in READERS:
        minutes = wanted(address, begin, end)
        extra = set(came[address]) - minutes
        assert minutes <= set(came[address]), address
        assert len(came[address]) == len(set(came[address]))
        zone = ZoneInfo(READERS[address][0])
        on = [moment.astimezone(zone).date() for moment in came[address]]
        assert len(on) == len(set(on)), address
        assert len(extra) <= 1, (address, extra)
        assert days - 1 <= len(on) <= days + 1
    had: dict[str, list[str]] = defaultdict(list)
    for received in lab.mail.received:
        had[received.recipients[0]].extend(new_identifiers(parsed(received.data)))
    for address, identifiers in had.items():
        assert len(identifiers) == len(set(identifiers)), address
        assert len(identifiers) >= number - 3, address
    asked = [request.at.astimezone(EASTERN).date() for request in lab.arxiv.requests]
    assert len(asked) <= number + 5
    assert len(asked) == len(set(asked)) or days == 92


@pytest.mark.long
def test_ten_thousand_wake_ups(lab: Lab, life: Life, caplog: pytest.LogCaptureFixture) -> None:
    """The memory and the open files of the daemon do not grow."""
    caplog.set_level(logging.WARNING, "digest")  # pytest keeps each line of the log in memory
    subscribe(lab)
    life.daemon.start()
    for _ in range(200):
        life.daemon.step()
    gc.collect()
    files = len(list(Path("/proc/self/fd").iterdir()))
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(10_000):
        lab.clock.moment += timedelta(seconds=number % 2)
        life.daemon.step()
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 500_000
    assert len(list(Path("/proc/self/fd").iterdir())) <= files + 2


def told(lab: Lab) -> list[str]:
    """The texts that the operator got."""
    return [part(message, "plain") for message in lab.mails().get(OPERATOR, [])]


def on_time(life: Life) -> bool:
    """Whether every mail came at the minute of the hour that its reader asked for, as in UTC."""
    return {at.minute for to, at in life.came if to != OPERATOR} == {10, 15, 30, 45, 55}


def test_the_operator_is_told(lab: Lab, life: Life) -> None:
    """A keyword behind by two announcements: one mail a day, until it is well again."""
    lab.clock.moment = datetime(2026, 11, 16, 6, tzinfo=UTC)
    subscribe(lab)
    life.daemon.start()
    life.until(lab.clock.moment + 2 * DAY)
    assert told(lab) == []
    lab.arxiv.intercept = lambda _: Reply(503, {}, b"")
    life.until(lab.clock.moment + 4 * DAY)
    texts = told(lab)
    assert 2 <= len(texts) <= 3
    assert "Time Series: not complete since 2026-11-1" in texts[0]
    assert "HTTP status 503" in texts[0]
    assert "Time Series: not complete since" in lab.run("status").out
    lab.arxiv.intercept = None
    life.until(lab.clock.moment + DAY)
    known = len(told(lab))
    life.until(lab.clock.moment + 3 * DAY)
    assert len(told(lab)) == known


def test_an_entry_that_stays_broken(lab: Lab, life: Life) -> None:
    """It holds no mail up, is told of once, by its identifier, and comes when it can be read."""
    lab.clock.moment = datetime(2026, 11, 16, 6, tzinfo=UTC)
    subscribe(lab)
    broken = paper(1, "Broken time series", updated=lab.clock.moment - timedelta(hours=9))
    lab.publish(broken, paper(2, updated=lab.clock.moment - timedelta(hours=8)))

    def odd(request: Request) -> Reply:
        body = lab.arxiv.answer(request).body
        assert isinstance(body, bytes)
        at = body.index(broken.versioned_id.encode())
        return Reply(200, {}, body[:at] + body[at:].replace(b":00Z<", b":60Z<", 1))

    lab.arxiv.intercept = odd
    life.daemon.start()
    life.until(lab.clock.moment + 6 * DAY)
    (text,) = told(lab)
    assert "Time Series: arXiv's entry for 2611.00001v1 cannot be read" in text.replace("\n", " ")
    assert on_time(life)
    assert "complete; an entry of arXiv's cannot be read: 2611.00001v1" in lab.run("status").out
    lab.arxiv.intercept = None
    life.until(lab.clock.moment + 3 * DAY)
    assert len(told(lab)) == 1
    for address in READERS:
        had = [i for mail in lab.mails()[address] for i in sorted(new_identifiers(mail))]
        assert sorted(had) == ["2611.00001", "2611.00002"]


def test_a_keyword_that_arxiv_has_nothing_for(lab: Lab, life: Life) -> None:
    """It is complete from the second answer on, holds nothing up, and is told of once."""
    lab.clock.moment = datetime(2026, 11, 16, 6, tzinfo=UTC)
    subscribe(lab)
    lab.subscribe((lab.home / "subscribers.yaml").read_text("utf-8").replace("Series", "Serious"))
    life.daemon.start()
    life.until(lab.clock.moment + 9 * DAY)
    (text,) = told(lab)
    assert "Time Serious: arXiv has no paper at all for it" in text
    assert on_time(life)
    assert lab.run("send").status == 0
    assert "complete; arXiv has no paper at all for it" in lab.run("status").out


def test_an_index_that_stands_still(lab: Lab, life: Life) -> None:
    """It is noticed after two or three announcements, told of, and holds no mail up."""
    lab.clock.moment = datetime(2026, 11, 16, 6, tzinfo=UTC)
    subscribe(lab)
    lab.publish(
        *(paper(n, updated=lab.clock.moment - n * DAY / 12) for n in range(1, 500)),
        visible_from=lab.clock.moment - DAY,
    )
    life.daemon.start()
    life.until(lab.clock.moment + 2 * DAY)
    assert told(lab) == []
    life.until(lab.clock.moment + 3 * DAY)
    text = told(lab)[0].replace("\n", " ")
    assert "arXiv shows nothing after 2026-11-16, though it has announced papers" in text
    assert "1 keyword may lack papers since" in text
    assert on_time(life)
    lab.publish(paper(900, updated=lab.clock.moment - DAY))
    life.until(lab.clock.moment + DAY)
    known = len(told(lab))
    life.until(lab.clock.moment + 1.5 * DAY)
    assert len(told(lab)) == known


def test_who_is_refused_is_paused(lab: Lab, life: Life, caplog: pytest.LogCaptureFixture) -> None:
    """After three refusals in a row nothing more is offered; the operator knows, and can end it.

    The next start says who is paused.
    """
    lab.clock.moment = datetime(2026, 11, 16, 6, tzinfo=UTC)
    subscribe(lab)
    gone = "howe@example.org"
    refused: list[str] = []

    def refuse(recipient: str) -> str | None:
        if recipient != gone:
            return None
        refused.append(recipient)
        return "550 5.1.1 no such user"

    lab.mail.recipient_reply = refuse
    life.daemon.start()
    life.until(lab.clock.moment + 8 * DAY)
    assert len(refused) == 3
    assert f"{gone}: paused, refused for good 3 times in a row (550 5.1.1" in told(lab)[0]
    caplog.clear()
    life.daemon.start()
    assert f'paused recipient={gone} reason="refused for good 3 times' in caplog.text
    assert "paused" in lab.run("status").out
    lab.mail.recipient_reply = lambda _: None
    assert lab.run("send", "--to", gone).status in (0, 75)
    life.until(lab.clock.moment + 2 * DAY)
    assert len(lab.mails()[gone]) >= 2


def test_the_operator_hears_of_the_sender_once(
    lab: Lab, life: Life, caplog: pytest.LogCaptureFixture
) -> None:
    """A sender that is refused for all is told once, in the server's words; nobody is paused."""
    lab.clock.moment = datetime(2026, 11, 16, 6, tzinfo=UTC)
    subscribe(lab)
    words = "553 5.7.1 <digest@example.org>: Sender address rejected: not owned by user"
    lab.mail.recipient_reply = lambda to: None if to == OPERATOR else words
    life.daemon.start()
    life.until(lab.clock.moment + 2 * DAY)
    (text,) = told(lab)
    assert "refuses the sender digest@example.org: 553 5.7.1" in text
    assert "check DIGEST_MAIL_FROM" in text
    assert "a digest waits" not in text
    lab.mail.recipient_reply = lambda _: None
    life.until(lab.clock.moment + 2 * DAY)
    assert all(len(lab.mails()[address]) >= 2 for address in READERS)
    assert len(told(lab)) == 1
    assert "refuses the sender" not in lab.run("status").out
    lab.mail.recipient_reply = lambda to: None if to == OPERATOR else words
    life.until(lab.clock.moment + 2 * DAY)
    assert len(told(lab)) == 2, "what comes again is told again"
    assert caplog.text.count("Sender address rejected") <= 20


def test_a_mail_server_that_is_away_for_a_day(lab: Lab, life: Life) -> None:
    """A digest that waits for a day is told of once mail can be sent again; all comes, once."""
    lab.clock.moment = datetime(2026, 11, 16, 6, tzinfo=UTC)
    subscribe(lab)
    life.daemon.start()
    lab.mail.command_reply = lambda verb: "421 4.3.2 away" if verb == "" else None
    life.until(lab.clock.moment + 2 * DAY)
    assert lab.mail.received == []
    lab.mail.command_reply = lambda _: None
    life.until(lab.clock.moment + 2 * DAY)
    assert all(len(lab.mails()[address]) >= 2 for address in READERS)
    names = [parsed(one.data)["Message-ID"] for one in lab.mail.received]
    assert len(names) == len(set(names))


def test_a_year_without_holidays(lab: Lab, life: Life, caplog: pytest.LogCaptureFixture) -> None:
    """Where arXiv's holidays are not known that is a warning, once a year, and no failure."""
    lab.clock.moment = datetime(2027, 2, 1, 6, tzinfo=UTC)
    subscribe(lab)
    life.daemon.start()
    life.until(lab.clock.moment + 3 * DAY)
    warnings = [r.message for r in caplog.records if "holidays-unknown year=2027" in r.message]
    assert len(warnings) == 1
    subscribe(lab, ", holidays: [2027-02-15]")
    life.until(lab.clock.moment + 20 * DAY)
    asked = {request.at.astimezone(EASTERN).date() for request in lab.arxiv.requests}
    assert date(2027, 2, 16) not in asked
    assert date(2027, 2, 17) in asked


def test_a_pause_and_a_monthly_digest(lab: Lab, life: Life) -> None:
    """The daemon mails nothing in a pause, then all at once; a monthly reader gets one a month."""
    lab.subscribe(
        'keywords: [Time Series]\ndefaults: {at: "08:00", days: daily}\nsubscribers:\n'
        "  - {email: pause@example.org, pause: 2026-11-18 to 2026-11-24}\n"
        "  - {email: month@example.org, days: [monthly, tue]}\n"
        "  - day@example.org\n"
    )
    begin = lab.clock.moment
    for number in range(20):
        moment = begin + number * DAY
        one = paper(number + 1, published=moment, updated=moment)
        lab.publish(one, visible_from=moment)
    life.daemon.start()
    life.until(begin + 20 * DAY)
    days: dict[str, list[str]] = defaultdict(list)
    for address, moment in life.came:
        days[address].append(f"{moment:%m-%d}")
        assert (moment.hour, moment.minute) == (8, 0)
    assert days["month@example.org"] == ["12-01"]
    assert {"11-18", "11-19", "11-20", "11-24"} <= set(days["day@example.org"])
    assert [day for day in days["pause@example.org"] if "11-17" < day < "11-26"] == ["11-25"]
    had: dict[str, list[str]] = defaultdict(list)
    for received in lab.mail.received:
        had[received.recipients[0]].extend(new_identifiers(parsed(received.data)))
    assert sorted(had["pause@example.org"]) == sorted(had["day@example.org"])
    assert len(set(had["day@example.org"])) == len(had["day@example.org"]) > 15
