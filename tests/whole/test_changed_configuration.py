"""Hands on subscribers.yaml: whatever is changed in it, and when, no paper is lost by it."""

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from builders import DAY, START, paper
from installation import Lab, identifiers

from digest.commands.invocation import Invocation
from digest.commands.run import Parts
from digest.config.settings import settings_from
from digest.service.daemon import Daemon
from digest.service.systemd import ServiceManager
from digest.standin.mailserver import BREAK_OFF
from digest.standin.server import Reply
from digest.stopping import Lifetime
from digest.store.json_file.store import JsonFile

ADA, BOB = "ada@example.org", "bob@example.org"
SERIES = "keywords: {Time Series: }\n"
EVERY_DAY = "defaults: {at: '08:00', days: daily%s}\n"
"""An hour after the lab's clock begins, in UTC."""


def readers(*addresses: str) -> str:
    """The section with these readers."""
    return "subscribers:\n" + "".join(f"  - email: {address}\n" for address in addresses)


def had(lab: Lab, address: str) -> Counter[int]:
    """The numbers of the papers that an address has received, with how often."""
    mails = lab.mails().get(address, [])
    found = [one for mail in mails for one in dict.fromkeys(identifiers(mail))]
    return Counter(int(one.partition("v")[0].partition(".")[2]) for one in found)


def once(*numbers: int) -> Counter[int]:
    """These papers, each once."""
    return Counter(dict.fromkeys(numbers, 1))


@dataclass
class Way:
    """How a lab's digests go out: by `send` once a day, or by a daemon that lives on."""

    lab: Lab
    daily: Callable[[], None]
    text: str = ""
    published: int = 0
    dated: dict[int, datetime] = field(default_factory=dict)

    def configure(self, text: str) -> None:
        """Writes subscribers.yaml, and lets the daemon see it at once."""
        self.lab.clock.sleep(1)
        self.lab.subscribe(text)

    def day(self, *, publish: int = 1) -> None:
        """A day passes, with new papers in its morning."""
        self.lab.clock.moment = (self.lab.clock.moment + DAY).replace(hour=7, minute=0, second=0)
        for _ in range(publish):
            self.published += 1
            now = self.lab.clock.moment
            self.dated[self.published] = now
            self.lab.publish(paper(self.published, updated=now, published=now))
        self.daily()

    def quiet_days(self) -> None:
        """Three days without a new paper, of which one at least is no weekend's."""
        for _ in range(3):
            self.day(publish=0)

    def since(self, days: int) -> list[int]:
        """The papers of the last days, today's counted too."""
        return [n for n, at in self.dated.items() if at > self.lab.clock.moment - days * DAY]


@pytest.fixture(params=["send", "run"])
def way(request: pytest.FixtureRequest, lab: Lab) -> Iterator[Way]:
    """Both ways that digests go out."""
    lab.subscribe(SERIES + EVERY_DAY % "" + readers(ADA))
    if request.param == "send":
        _ran(lab)
        yield Way(lab, lambda: _ran(lab))
        return
    settings = settings_from(lab.environment)
    invocation = Invocation(argparse.Namespace(), settings, lab.clock)
    lifetime = Lifetime()
    with Parts(invocation) as parts:
        daemon = Daemon(parts, JsonFile(settings.state), lab.clock, lifetime, ServiceManager(""))
        daemon.start()

        def live() -> None:
            end = lab.clock.moment.replace(hour=20)
            while lab.clock.moment < end:
                look = daemon.step()
                lab.clock.moment = max(lab.clock.moment, min(look, end))

        live()
        yield Way(lab, live)
    lifetime.close()


def _ran(lab: Lab) -> None:
    assert lab.run("send").status in (0, 69, 75)


def refuse(lab: Lab, *addresses: str, reply: str = "550 5.1.1 no such user") -> None:
    """Has the mail server refuse these recipients, and no others."""
    lab.mail.recipient_reply = lambda to: reply if to in addresses else None


def bob_goes_while_a_digest_waits(way: Way) -> str:
    """Puts Bob's first digest off, and takes him out of the file; returns the file with both."""
    both = SERIES + EVERY_DAY % "" + readers(ADA, BOB)
    way.configure(both)
    refuse(way.lab, BOB, reply="451 4.3.0 later")
    way.day(publish=2)
    way.configure(SERIES + EVERY_DAY % "" + readers(ADA))
    return both


def test_a_misspelt_address_is_mended(way: Way) -> None:
    """The mended one gets what a new reader gets: the last seven days, today's with them."""
    way.configure(SERIES + EVERY_DAY % "" + readers(ADA, "bob@typo.example"))
    refuse(way.lab, "bob@typo.example")
    for _ in range(3):
        way.day()
    way.configure(SERIES + EVERY_DAY % "" + readers(ADA, BOB))
    way.day()
    assert had(way.lab, BOB) == once(*way.since(7))
    assert had(way.lab, ADA) == once(1, 2, 3, 4)


def test_commented_out_for_seconds(way: Way) -> None:
    """A reader who is out of the file while a digest waits gets that one, the same, once back."""
    both = bob_goes_while_a_digest_waits(way)
    way.daily()
    way.configure(both)
    refuse(way.lab)
    way.day()
    assert had(way.lab, BOB) == had(way.lab, ADA) == once(1, 2, 3)


def test_gone_for_seventeen_days(way: Way) -> None:
    """The reader is owed what was found before, and the last seven days of what came meanwhile."""
    both = bob_goes_while_a_digest_waits(way)
    refuse(way.lab)
    for _ in range(17):
        way.day()
    assert had(way.lab, BOB) == once()
    way.configure(both)
    least, most = way.since(7), way.since(10)  # nothing is asked for on a weekend
    way.quiet_days()
    got = had(way.lab, BOB)
    assert set(got.values()) == {1}
    assert {1, 2, *least} <= set(got) <= {1, 2, *most}


def test_gone_for_longer_than_is_kept(way: Way) -> None:
    """After ninety days the reader begins as a new one does."""
    both = bob_goes_while_a_digest_waits(way)
    refuse(way.lab)
    for number in range(92):
        way.day(publish=number % 2)
    way.configure(both)
    least, most = way.since(7), way.since(10)
    way.quiet_days()
    got = had(way.lab, BOB)
    assert set(got.values()) == {1}
    assert set(least) <= set(got) <= set(most)


def test_an_address_is_changed_while_a_digest_waits(way: Way) -> None:
    """Whatever waited for the old address, however long, comes to the new one."""
    way.configure(SERIES + EVERY_DAY % ", first_days: 2" + readers(ADA, BOB))
    refuse(way.lab, BOB, reply="451 4.3.0 later")
    for _ in range(10):
        way.day()
    way.configure(SERIES + EVERY_DAY % ", first_days: 2" + readers(ADA, "robert@example.org"))
    refuse(way.lab)
    way.day()
    way.quiet_days()
    assert had(way.lab, "robert@example.org") == had(way.lab, ADA) == once(*range(1, 12))


@pytest.mark.parametrize(
    "reply",
    ["451 4.3.0 later", pytest.param("550 5.7.0 not today", marks=pytest.mark.long)],
)
@pytest.mark.parametrize(
    "other",
    [
        "keywords: {Trajectory: }\n",
        "keywords: {Series in time: {query: 'ti:\"time series\"'}}\n",
        "keywords: {Time Series: {exclude: [sample 1]}}\n",
        "keywords: {Time Series: {categories: [math]}}\n",
    ],
    ids=["swapped", "renamed", "narrowed", "emptied"],
)
def test_a_keyword_is_changed_while_a_digest_waits(way: Way, other: str, reply: str) -> None:
    """The papers of a digest that waits, or was refused, come all the same, once."""
    refuse(way.lab, ADA, reply=reply)
    way.day(publish=2)
    way.configure(other + EVERY_DAY % "" + readers(ADA))
    way.day(publish=0)
    refuse(way.lab)
    way.day(publish=0)
    way.day(publish=0)
    assert had(way.lab, ADA) == once(1, 2)


def test_a_keyword_is_given_that_others_read(way: Way) -> None:
    """The reader gets what it found in the last seven days, and nothing from before."""
    two = "keywords: {Time Series: , Sample: }\n" + EVERY_DAY % ""
    way.configure(two + "subscribers:\n" + f"  - {ADA}\n  - {{email: {BOB}, keywords: [Sample]}}\n")
    for number in range(12):
        now = way.lab.clock.moment
        way.lab.publish(paper(50 + number, "Series", abstract="A time series.", updated=now))
        way.day()
    way.quiet_days()
    assert had(way.lab, BOB) == once(*range(1, 13))
    way.configure(two + readers(ADA, BOB))
    way.quiet_days()
    theirs = set(had(way.lab, BOB)) - set(range(1, 13))
    assert {58, 59, 60, 61} <= theirs <= set(range(52, 62))


def test_no_first_days(way: Way) -> None:
    """With `first_days: 0` a new reader begins with what is found from then on."""
    way.day()
    none = EVERY_DAY % ", first_days: 0"
    way.configure(SERIES + none + readers(ADA))
    way.day()
    way.configure(SERIES + none + readers(ADA, BOB))
    way.daily()
    way.day()
    assert had(way.lab, BOB) == once(3)
    assert had(way.lab, ADA) == once(1, 2, 3)


@pytest.mark.parametrize("first_days", [0, pytest.param(7, marks=pytest.mark.long)])
@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("names", ["its own", "the same"])
def test_two_configurations_share_a_state(
    lab: Lab, first_days: int, names: str, *, down: bool
) -> None:
    """Each gets all that its readers are due, whoever fetched it, mail server up or down."""
    defaults = EVERY_DAY % f", first_days: {first_days}"
    lab.subscribe(SERIES + defaults + readers(ADA))
    other = lab.home / "other.yaml"
    theirs = SERIES if names == "the same" else "keywords: {Sample: }\n"
    other.write_text(theirs + defaults + readers(BOB), "utf-8")

    def both() -> None:
        lab.run("send")
        lab.clock.sleep(3600)
        lab.run("send", DIGEST_SUBSCRIBERS=str(other))

    both()
    for day in range(1, 13):
        lab.clock.moment = START + day * DAY
        now = lab.clock.moment
        if down:
            refuse(lab, *((ADA, BOB) if day < 11 else ()), reply="451 4.3.0 later")
        if day % 2:  # found by the first one
            lab.publish(paper(day, updated=now, published=now))
            both()
        else:  # by the second one
            lab.run("send")
            lab.publish(paper(day, updated=now, published=now))
            lab.run("send", DIGEST_SUBSCRIBERS=str(other))
    both()
    assert had(lab, ADA) == had(lab, BOB) == once(*range(1, 13))


@pytest.mark.parametrize("held", [False, True])
def test_a_query_is_edited_amid_an_outage(lab: Lab, *, held: bool) -> None:
    """A keyword that was asked before keeps its claim; what the change brings in is old."""
    lab.subscribe(SERIES + readers(ADA))
    lab.publish(
        paper(70, "Trajectory", abstract="A trajectory.", updated=START - 20 * DAY),
        visible_from=START - 20 * DAY,
    )
    lab.run("send")
    for day in range(1, 12):
        lab.clock.moment = START + day * DAY
        now = lab.clock.moment
        lab.publish(paper(day, updated=now, published=now))
        lab.arxiv.intercept = (lambda _: Reply(503, {}, b"")) if day < 11 else None
        if day == 10:
            wide = "{query: 'abs:\"time series\" OR abs:trajectory'}"
            lab.subscribe(f"keywords: {{Time Series: {wide}}}\n" + readers(ADA))
        lab.run("send")
    if held:
        lab.clock.moment += DAY
        lab.publish(paper(50, updated=START - 5 * DAY))
        lab.run("send")
    assert had(lab, ADA) == once(*range(1, 12), *((50,) if held else ()))


@pytest.mark.parametrize(
    "when", ["days: [mon]", "days: monthly", "pause: 2026-11-17 to 2026-12-02"]
)
def test_a_keyword_is_renamed_before_a_reader_is_due(way: Way, when: str) -> None:
    """Papers found for a reader who gets no mail for a while come with their next digest."""
    when = f"subscribers:\n  - {ADA}\n  - {{email: {BOB}, {when}}}\n"
    way.configure(SERIES + EVERY_DAY % "" + when)
    way.daily()
    for _ in range(14):
        way.day()
    way.configure("keywords: {TS: {query: 'abs:\"time series\"'}}\n" + EVERY_DAY % "" + when)
    for _ in range(25):
        way.day(publish=0)
    assert had(way.lab, BOB) == had(way.lab, ADA) == once(*range(1, 15))


def test_a_mended_typo(lab: Lab) -> None:
    """A query that listed nothing holds nothing up once it is mended, however often it was."""
    for query in ("abs:sampel", "abs:smaple", "abs:sample"):
        lab.subscribe(f"keywords: {{Sample: {{query: '{query}'}}}}\n" + readers(ADA))
        for _ in range(3):
            lab.clock.moment += DAY
            lab.run("send")
    lab.publish(paper(1, updated=lab.clock.moment))
    lab.clock.moment += DAY
    assert lab.run("send").status == 0
    assert had(lab, ADA) == once(1)


def test_the_third_refusal_is_the_last_word(lab: Lab) -> None:
    """A reader whom it pauses is offered nothing more in that run."""
    lab.subscribe(SERIES + readers(ADA))
    lab.publish(paper(1))
    lab.mail.data_reply = lambda _: BREAK_OFF
    lab.run("send")
    refuse(lab, ADA)
    for _ in range(3):
        lab.clock.moment += DAY
        lab.run("send")
    offered = len(lab.mail.received)
    lab.mail.data_reply = lambda _: None
    refuse(lab)
    lab.run("send")
    assert len(lab.mail.received) == offered
