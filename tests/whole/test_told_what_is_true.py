"""The mails of days without papers: nothing new, an outage, a first run."""

from datetime import timedelta

import pytest
from builders import DAY, START, paper
from installation import Lab, identifiers, part

from digest.standin.server import Reply

ADA, BOB = "ada@example.org", "bob@example.org"
DAILY = """\
keywords: {Time Series: }
subscribers:
  - {email: ada@example.org, timezone: Europe/Berlin}
  - {email: bob@example.org, empty: send, timezone: Europe/Berlin}
"""


def outage(lab: Lab) -> None:
    """ArXiv answers nothing from now on."""
    lab.arxiv.intercept = lambda _: Reply(503, {}, b"")


def plain(lab: Lab, address: str, number: int) -> str:
    """The text of one of a reader's mails, on one line."""
    return " ".join(part(lab.mails()[address][number], "plain").split())


def days_of(lab: Lab, *, away: int) -> None:
    """A first day, some on which arXiv is away, and one on which it is back with a paper."""
    lab.subscribe(DAILY)
    lab.publish(paper(1))
    lab.run("send")
    for day in range(1, away + 1):
        lab.clock.moment = START + day * DAY
        outage(lab)
        assert lab.run("send").status == 75
    lab.clock.moment = START + (away + 1) * DAY
    lab.arxiv.intercept = None
    lab.publish(paper(2, updated=START + DAY))
    assert lab.run("send").status == 0


def test_a_day_without_arxiv_is_made_up_for(lab: Lab) -> None:
    """The next mail names the day; who wants empty mails is told on the day itself."""
    days_of(lab, away=1)
    assert len(lab.mails()[ADA]) == 2
    words = "arXiv could not be read on Tuesday, 17 November. This mail makes up for that day."
    assert words in plain(lab, ADA, 1)
    assert words in " ".join(part(lab.mails()[ADA][1], "html").split())
    told = plain(lab, BOB, 1)
    assert "could not be fetched completely" in told
    assert "There is nothing new for your keywords" in told
    assert words in plain(lab, BOB, 2)


def test_several_days_are_named(lab: Lab) -> None:
    """All of them, in order."""
    days_of(lab, away=3)
    words = (
        "could not be read on Tuesday, 17 November; Wednesday, 18 November; and Thursday, "
        "19 November. This mail makes up for those days."
    )
    assert words in plain(lab, ADA, 1)


def test_an_hour_without_arxiv_is_none_of_the_readers_business(lab: Lab) -> None:
    """A day on which arXiv was read in the end is not named; nor is any day after it again."""
    lab.subscribe(DAILY)
    lab.publish(paper(1))
    lab.run("send")
    lab.clock.moment = START + DAY
    lab.publish(paper(2, updated=lab.clock.moment))
    outage(lab)
    lab.run("send")
    lab.clock.moment += timedelta(hours=2)
    lab.arxiv.intercept = None
    lab.run("send")
    assert "makes up" not in plain(lab, ADA, 1)


def test_told_once(lab: Lab) -> None:
    """The day is named in one mail, and in none after it."""
    days_of(lab, away=1)
    lab.clock.moment += DAY
    lab.publish(paper(3, updated=lab.clock.moment))
    lab.run("send")
    assert identifiers(lab.mails()[ADA][2]) == ["2611.00003v1"]
    assert "makes up" not in plain(lab, ADA, 2)


def test_the_same_reason_is_said_once(lab: Lab) -> None:
    """Sixty keywords that arXiv gave nothing for are one notice, with some of their names."""
    names = "".join(f"  Time Series {number}:\n" for number in range(60))
    lab.subscribe(f"keywords:\n{names}subscribers: [{{email: {BOB}, empty: send}}]\n")
    outage(lab)
    lab.run("send")
    text = plain(lab, BOB, 0)
    assert text.count("could not be fetched completely") <= 3
    assert "more keywords could not be fetched completely" in text


@pytest.mark.parametrize("day", [0, 1])
def test_one_mail_a_day_says_that_there_is_nothing_new(lab: Lab, day: int) -> None:
    """Thirty readers are put off; each gets one mail in the end, however often `send` runs."""
    listed = "".join(f"  - email: reader{number}@example.org\n" for number in range(30))
    lab.subscribe(f"keywords: {{Time Series: }}\ndefaults: {{empty: send}}\nsubscribers:\n{listed}")
    if day:
        lab.run("send")
        lab.mail.received.clear()
        lab.clock.moment += DAY
    lab.mail.recipient_reply = lambda _: "450 4.2.0 greylisted"
    assert lab.run("send").status == 75
    lab.mail.recipient_reply = lambda _: None
    for _ in range(3):
        lab.clock.moment += timedelta(minutes=10)
        assert lab.run("send").status == 0
    assert len(lab.mail.received) == 30
    assert len({one.recipients for one in lab.mail.received}) == 30


def test_a_first_run_says_so(lab: Lab) -> None:
    """Before it sends it says whom it will mail how many papers; a later run does not."""
    lab.publish(paper(1), paper(2))
    result = lab.run("send")
    first, *_ = result.out.splitlines()
    assert first.startswith("This is a first run")
    assert "the papers of the last 7 days" in first
    assert "ada@example.org: 2 papers" in result.out
    assert "first run" not in lab.run("send").out


def test_a_first_run_says_so_before_anything_is_sent(lab: Lab) -> None:
    """It is said also where the mail server then takes nothing."""
    lab.publish(paper(1))
    result = lab.run("send", DIGEST_SMTP_PORT="1")
    assert "This is a first run" in result.out
    assert lab.mail.received == []


def test_a_quiet_keyword_is_no_outage(lab: Lab) -> None:
    """A keyword that arXiv lists nothing for at first makes up for no day later."""
    lab.subscribe(f"keywords: {{Rare: }}\nsubscribers: [{{email: {ADA}}}]\n")
    lab.run("send")
    lab.clock.moment += DAY
    lab.publish(paper(1, "A rare thing", updated=lab.clock.moment))
    lab.run("send")
    assert "could not be read" not in plain(lab, ADA, 0)
