"""A refusal counts against a reader only where it is the reader's own; pauses come to an end."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from builders import ADA, BOB, CYD, DAY, envelopes, paper, subscribers
from installation import Lab, identifiers

from digest.cycle.precedents import Precedents
from digest.delivery.hearing import MANY, Hearing
from digest.delivery.meaning import Concern, Step, common_words
from digest.delivery.transaction import Outcome
from digest.selection.pauses import ended, fingerprint
from digest.store.ledger import Ledger
from digest.store.records import SubscriberRecord, Trouble

READERS = (ADA, BOB, CYD)
GONE = "550 5.1.1 no such user"
UNTOLD = "554 5.7.1 message refused"


def morning(lab: Lab, **changes: str) -> tuple[int, str]:
    """A new day with a paper, and a `send`: its exit status, and all that it says."""
    lab.clock.moment += DAY
    lab.publish(paper(int(f"{lab.clock.moment:%m%d}"), published=lab.clock.moment - DAY / 2))
    done = lab.run("send", **changes)
    return done.status, done.out + done.err


def readers(lab: Lab, **changes: str) -> dict[str, dict[str, object]]:
    """Returns the entry of `status --json` for each reader, by address."""
    told = lab.run("status", "--json", **changes).data["subscribers"]
    return {one["address"]: one for one in told}


def at(step: str, reply: str, *to: str) -> Callable[[Lab], None]:
    """Has the server answer a step so, for these recipients, or for all."""

    def set_up(lab: Lab) -> None:
        def said(recipient: str) -> str | None:
            return reply if not to or recipient in to else None

        if step == "RCPT":
            lab.mail.recipient_reply = said
        elif step == ".":
            lab.mail.data_reply = lambda received: said(received.recipients[0])
        else:
            lab.mail.command_reply = lambda verb: reply if verb == step else None

    return set_up


def mend(lab: Lab) -> None:
    """The server is well again."""
    lab.mail.recipient_reply = lambda _: None
    lab.mail.data_reply = lambda _: None
    lab.mail.command_reply = lambda _: None


@pytest.mark.parametrize(
    ("step", "reply", "status", "advice"),
    [
        ("RCPT", "553 5.7.1 <d@x>: Sender address rejected: not owned", 69, "DIGEST_MAIL_FROM"),
        ("RCPT", "504 5.5.2 <h>: Helo command rejected: need a name", 69, "DIGEST_SMTP_HELO"),
        ("RCPT", "554 5.7.1 <x@y>: Relay access denied", 69, "DIGEST_SMTP_USERNAME"),
        (".", "554 5.2.252 SendAsDenied; d@x not allowed to send as y@x", 69, "DIGEST_MAIL_FROM"),
        (".", "554 Message rejected: Email address is not verified.", 69, "DIGEST_MAIL_FROM"),
        (".", "550 5.4.5 Daily user sending quota exceeded", 75, "the account has sent as much"),
        (".", "550 5.1.90 You've reached your daily limit for recipients", 75, "the account has"),
        ("MAIL", "550 5.4.5 Daily user sending limit exceeded", 75, "the account has sent"),
        (".", UNTOLD, 69, "each message met the same"),
        ("RCPT", "550 Invalid recipient: <x@y>", 69, "each message met the same"),
    ],
)
def test_not_the_readers(lab: Lab, step: str, reply: str, status: int, advice: str) -> None:
    """A refusal of all, for the sender or the server, counts against nobody; then all goes out."""
    lab.subscribe(subscribers(*READERS))
    at(step, reply)(lab)
    for _ in range(4):
        ended_with, told = morning(lab)
        assert ended_with == status, told
        assert advice in told
        assert told.count(reply[4:20]) == 1, "a reason is said once, not for each reader"
    assert {one["refused_in_a_row"] for one in readers(lab).values()} == {0}
    mend(lab)
    assert morning(lab)[0] == 0
    assert set(lab.mails()) == set(READERS)
    for mails in lab.mails().values():  # the digest that waited, and one with all since
        assert [len(identifiers(mail)) for mail in mails] == [1, 4]


@pytest.mark.parametrize(
    ("step", "reply"), [("RCPT", GONE), (".", UNTOLD), ("RCPT", "552 5.2.2 mailbox full")]
)
def test_one_readers_own(lab: Lab, step: str, reply: str) -> None:
    """Where others are accepted, a refusal is the reader's own; after three they are paused."""
    lab.subscribe(subscribers(*READERS))
    at(step, reply, READERS[1])(lab)
    for times in (1, 2, 3):
        assert morning(lab)[0] == 69
        assert readers(lab)[READERS[1]]["refused_in_a_row"] == times
    assert [one["paused"] for one in readers(lab).values()] == [False, True, False]
    status, told = morning(lab)
    assert status == 0
    assert f"{READERS[1]}: paused (refused for good 3 times in a row ({reply[:9]}" in told
    assert f"`digest send --to {READERS[1]}` tries again" in told
    assert "paused" in lab.run("status").out


def test_a_relay_for_some(lab: Lab) -> None:
    """A server that relays for some alone serves those; the others wait, and are not counted."""
    lab.subscribe(subscribers(*READERS))
    at("RCPT", "554 5.7.1 <bob@example.net>: Relay access denied", READERS[1])(lab)
    for day in range(1, 5):
        status, told = morning(lab)
        assert (status, "refuses a message, and no reader is at fault" in told) == (69, True)
        assert len(lab.mails()[READERS[0]]) == day
    assert readers(lab)[READERS[1]]["refused_in_a_row"] == 0
    mend(lab)
    morning(lab)
    assert len(lab.mails()[READERS[1]]) >= 1


def paused(lab: Lab) -> None:
    """Three mornings on which one reader is refused, and the end of it."""
    lab.subscribe(subscribers(*READERS))
    at("RCPT", GONE, READERS[1])(lab)
    for _ in range(3):
        morning(lab)
    assert readers(lab)[READERS[1]]["paused"]


def test_a_pause_ends_with_what_caused_it(lab: Lab) -> None:
    """Another sender or server is a reason to try again; one more refusal, and it is a pause."""
    paused(lab)
    assert morning(lab)[0] == 0, "nobody is offered anything"
    assert morning(lab, DIGEST_MAIL_FROM="papers@example.org")[0] == 69
    assert readers(lab)[READERS[1]]["paused"]
    mend(lab)
    assert "paused" in morning(lab, DIGEST_MAIL_FROM="papers@example.org")[1]
    assert morning(lab)[0] == 0
    assert len(lab.mails()[READERS[1]]) == 1


def test_a_pause_ends_after_a_month(lab: Lab) -> None:
    """After thirty days a reader is tried again, with all that is owed."""
    paused(lab)
    mend(lab)
    lab.clock.moment += timedelta(days=27)
    assert f"{READERS[1]}: paused" in morning(lab)[1]
    lab.clock.moment += timedelta(days=2)
    assert f"{READERS[1]}: accepted" in morning(lab)[1]


def test_who_is_named_is_tried(lab: Lab) -> None:
    """`send --to` tries who is paused, and once accepted the pause is over."""
    paused(lab)
    assert lab.run("send", "--to", READERS[1]).status == 69
    mend(lab)
    assert lab.run("send", "--to", READERS[1]).status == 0
    assert not readers(lab)[READERS[1]]["paused"]


def test_check_names_who_is_paused(lab: Lab) -> None:
    """`check` warns of readers who are paused, with what ends it."""
    paused(lab)
    told = lab.run("check", "--offline").out
    assert f"{READERS[1]} is paused, refused for good 3 times in a row (550 5.1.1" in told


def test_too_small_a_server(lab: Lab) -> None:
    """A server whose SIZE is below a digest's is told of in a sentence; no message is begun."""
    lab.subscribe(subscribers(*READERS))
    offers = "250-localhost\r\n250 SIZE 2000"
    lab.mail.command_reply = lambda verb: offers if verb == "EHLO" else None
    status, told = morning(lab)
    assert status == 69
    assert "it takes messages of up to 2,000 octets, and this one has " in told
    assert "message_size_limit" in told
    assert [line for line in lab.mail.lines if line.startswith(b"MAIL")] == []
    assert {one["refused_in_a_row"] for one in readers(lab).values()} == {0}


def outcome(name: str, reply: str, step: Step = Step.END) -> Outcome:
    """A server's reply to one reader's message."""
    (envelope,) = envelopes(name)
    return Outcome(envelope, int(reply[:3]), reply[4:], step=step)


def test_held_until_it_is_known() -> None:
    """A reply that does not tell is held until another message is accepted, or the run ends."""
    hearing = Hearing()
    assert hearing.refused(outcome("ada", UNTOLD)) == []
    assert [one.envelope.key for one in hearing.accepted()] == ["ada@example.org"]
    assert hearing.refused(outcome("bob", UNTOLD)) == []
    assert [one.concern for one in hearing.settle()] == [Concern.READER]
    assert list(hearing.failures("it")) == []


def test_beside_others_it_is_the_readers() -> None:
    """Refusals that do not tell are the readers' own where others were accepted before, too."""
    hearing = Hearing()
    hearing.accepted()
    for name in ("ada", "bob"):
        assert hearing.refused(outcome(name, UNTOLD)) == []
    assert [one.concern for one in hearing.settle()] == [Concern.READER] * 2


def test_of_one_alone_it_is_the_readers() -> None:
    """One refusal that does not tell, of one reader, is that one's; two alike are the server's."""
    for names, concern in (("a", Concern.READER), ("ab", Concern.SERVER)):
        hearing = Hearing()
        for name in names:
            hearing.refused(outcome(name, UNTOLD))
        assert {one.concern for one in hearing.settle()} == {concern}
    hearing = Hearing()
    for name, reply in (("a", UNTOLD), ("b", "554 5.3.0 something else")):
        hearing.refused(outcome(name, reply))
    assert {one.concern for one in hearing.settle()} == {Concern.READER}


def test_many_in_a_row_end_a_run() -> None:
    """After so many that are not the readers' own the rest is not even offered."""
    for reply, step in ((UNTOLD, Step.END), ("554 5.7.1 Relay access denied", Step.RCPT)):
        hearing = Hearing()
        hearing.accepted()
        for number in range(MANY):
            assert not hearing.enough
            hearing.refused(outcome(f"r{number}", reply, step))
        assert hearing.enough
        assert {one.concern for one in hearing.settle()} <= {Concern.SERVER}
        assert len(list(hearing.failures("it"))) == 1


def test_only_those_in_a_row_end_a_run() -> None:
    """A message that is accepted in between shows that the others are worth a try."""
    hearing = Hearing()
    for number in range(3 * MANY):
        hearing.refused(outcome(f"r{number}", "554 5.7.1 Relay access denied", Step.RCPT))
        if number % (MANY - 1) == 0:
            hearing.accepted()
    assert not hearing.enough


def test_precedents(lab: Lab) -> None:
    """The last troubles of all readers tell more than a run of one message can."""
    now = lab.clock.now()

    met = SubscriberRecord(trouble=Trouble(now - DAY, 554, UNTOLD[4:]))
    accepted = SubscriberRecord(mailed_at=now)

    def concern(records: dict[str, SubscriberRecord]) -> Concern:
        ledger = Ledger()
        ledger.records.subscribers.update(records)
        hearing = Hearing(Precedents(ledger))
        known = hearing.refused(outcome("ada", UNTOLD))
        return [*known, *hearing.settle()][0].concern

    other = "bob@example.org"
    assert concern({}) is Concern.READER
    assert concern({other: met}) is Concern.SERVER
    assert concern({other: met, "cyd": accepted}) is Concern.READER
    assert concern({"ada@example.org": met, "cyd": accepted}) is Concern.READER


def test_known_to_be_their_own(lab: Lab) -> None:
    """Two who met the same before, when others were accepted, meet it again for their own sake."""
    now, ledger = lab.clock.now(), Ledger()
    met = SubscriberRecord(trouble=Trouble(now - DAY, 554, UNTOLD[4:]))
    ledger.records.subscribers |= {f"{name}@example.org": met for name in ("ada", "bob")}
    ledger.records.subscribers["cyd"] = SubscriberRecord(mailed_at=now)
    hearing = Hearing(Precedents(ledger))
    told = [one for name in ("ada", "bob") for one in hearing.refused(outcome(name, UNTOLD))]
    assert [one.concern for one in told] == [Concern.READER] * 2
    assert hearing.settle() == []


@pytest.mark.parametrize(("readers", "own"), [(2, True), (30, False)])
def test_many_are_no_precedent(lab: Lab, readers: int, *, own: bool) -> None:
    """Words that many have met tell nothing of one of them, though others were accepted since."""
    now, ledger = lab.clock.now(), Ledger()
    met = SubscriberRecord(trouble=Trouble(now - DAY, 554, UNTOLD[4:]))
    ledger.records.subscribers |= {f"r{n}": met for n in range(readers)}
    ledger.records.subscribers["cyd"] = SubscriberRecord(mailed_at=now)
    assert Precedents(ledger).own("r0", common_words(554, UNTOLD[4:])) is own


def test_a_fingerprint_tells_facts_apart() -> None:
    """Two sets of facts have two fingerprints, in which nothing can be read."""
    assert fingerprint("mail.example.org", 25) == fingerprint("mail.example.org", 25)
    assert fingerprint("mail.example.org", 25) != fingerprint("mail.example.org", 26)
    assert "example" not in fingerprint("mail.example.org", 25)


def test_a_pause_under_an_unknown_sender(lab: Lab) -> None:
    """A pause of an older program, which kept no fingerprint, ends after a month."""
    now = lab.clock.now()
    record = SubscriberRecord(refusals=3, trouble=Trouble(now, 550, "no"))
    assert ended({"ada": record}.get, ["ada", "bob"], "abc", now + 29 * DAY) == []
    assert [one.address for one in ended({"ada": record}.get, ["ada"], "abc", now + 30 * DAY)] == [
        "ada"
    ]
