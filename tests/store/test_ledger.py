"""The ledger: what events come to. A simple model of it is in selection/test_new_papers.py."""

from dataclasses import replace

import pytest
from builders import (
    ADA,
    BOB,
    DAY,
    HERE,
    START,
    THERE,
    accepted,
    composed,
    deferred,
    fetched,
    kept,
    opened,
    paper,
    passed,
    refused,
    subscribed,
    unsubscribed,
)
from installation import had_version

from digest.store.events import (
    Accepted,
    ConfigurationGone,
    Configured,
    DeliveryBegun,
    DeliveryEnded,
    Event,
    Expired,
    Imported,
    KeywordClosed,
    KeywordOpened,
    Subscribed,
    Unsubscribed,
    Withdrawn,
)
from digest.store.json_file.format import Snapshot, decode_snapshot, encode_snapshot
from digest.store.known import RECENT
from digest.store.ledger import Ledger
from digest.store.readings import Fetched
from digest.store.records import REFUSALS, SubscriberRecord


def after(*events: Event) -> Ledger:
    """The ledger of two keywords after these events."""
    ledger = Ledger()
    known = Configured(configuration=HERE, at=START, first_days=7)
    for event in (known, opened("A"), opened("B"), *events):
        ledger.apply(event)
    return ledger


def reader(ledger: Ledger, address: str) -> SubscriberRecord:
    """The record of a reader, who is there."""
    record = ledger.reader(address)
    assert record
    return record


def owed(ledger: Ledger, address: str) -> dict[str, list[int]]:
    """The batches that a reader is due and has not had, by keyword, where there are any."""
    found = {k: sorted(ledger.due(address, k)) for k in reader(ledger, address).claims}
    return {keyword: numbers for keyword, numbers in found.items() if numbers}


def test_batches() -> None:
    """Each fetch that brings something new is a batch of its own; what is old is in batch 0."""
    ledger = after(
        fetched("A", paper(1), old=True),
        fetched("A", paper(2)),
        fetched("A"),
        fetched("A", paper(3), paper(4)),
    )
    record = ledger.keyword("A")
    assert record
    assert record.batches == {
        0: "2611.00001v1",
        1: "2611.00002v1",
        2: "2611.00003v1 2611.00004v1",
    }


def test_an_incomplete_fetch() -> None:
    """It leaves `complete_through` where it was, and its reason is kept."""
    ledger = after(fetched("A"), fetched("A", reason="cut"))
    record = ledger.keyword("A")
    assert record
    assert (record.complete_through, record.reason) == (START, "cut")


def test_only_the_message_that_waits_counts() -> None:
    """An acceptance of another message than the one that waits moves nothing."""
    events = (
        subscribed(ADA, "A"),
        fetched("A", paper(1)),
        kept("e1"),
        composed(ADA, {"A": 1}),
    )
    other = after(*events, accepted(ADA, "<2@x>"), accepted(BOB))
    assert had_version(other, ADA, "2611.00001") == 0
    assert had_version(after(*events), ADA, "2611.00001") == 0
    for acceptance in (accepted(ADA), Accepted(ADA, message_id="<1@x>", at=START, reply="ok")):
        same = after(*events, acceptance)
        assert had_version(same, ADA, "2611.00001") == 1
        record = reader(same, ADA)
        assert (record.pending, record.mailed_at, record.mailed_id) == ((), START, "<1@x>")
        assert record.mailed_papers == 1


def test_not_now_and_never() -> None:
    """A deferred digest waits, with the server's words; a refused one waits no more."""
    events = (
        subscribed(ADA, "A"),
        fetched("A", paper(1)),
        kept("e1"),
        composed(ADA, {"A": 1}),
    )
    put_off = reader(after(*events, deferred(ADA)), ADA)
    assert put_off.pending
    assert put_off.trouble
    assert (put_off.trouble.code, put_off.trouble.reply) == (451, "busy")
    assert (put_off.deferrals, put_off.in_vain, put_off.uncertain) == (1, 1, False)
    never = after(*events, refused(ADA))
    assert (reader(never, ADA).pending, reader(never, ADA).refusals) == ((), 1)
    assert owed(never, ADA) == {"A": [1]}
    assert not never.records.editions


def test_what_may_have_been_taken_waits_on() -> None:
    """It is broken up when it was refused for the third time, not earlier."""
    ledger = after(
        subscribed(ADA, "A"), fetched("A", paper(1)), kept("e1"), composed(ADA, {"A": 1})
    )
    ledger.apply(deferred(ADA, uncertain=True))
    ledger.apply(deferred(ADA))
    assert reader(ledger, ADA).uncertain
    for _ in range(REFUSALS - 1):
        ledger.apply(refused(ADA, waited=True))
        assert reader(ledger, ADA).pending
    ledger.apply(refused(ADA, waited=True))
    assert reader(ledger, ADA).pending == ()
    assert reader(ledger, ADA).paused
    assert owed(ledger, ADA) == {"A": [1]}
    ledger.apply(kept("e2"))
    ledger.apply(composed(ADA, {"A": 1}, "<2@x>"))
    assert not reader(ledger, ADA).uncertain


def test_a_process_that_died_amid_a_delivery() -> None:
    """Each digest that waited then may have been taken; one that is made later was not."""
    ledger = after(
        subscribed(ADA, "A"),
        subscribed(BOB, "A"),
        fetched("A", paper(1)),
        kept("e1"),
        composed(ADA, {"A": 1}),
        DeliveryBegun(at=START),
    )
    assert not reader(ledger, ADA).uncertain
    ledger.apply(DeliveryBegun(at=START))
    ledger.apply(DeliveryEnded(at=START))
    ledger.apply(composed(BOB, {"A": 1}))
    ledger.apply(DeliveryBegun(at=START))
    ledger.apply(DeliveryEnded(at=START))
    assert [reader(ledger, one).uncertain for one in (ADA, BOB)] == [True, False]
    ledger.apply(accepted(ADA))
    assert not reader(ledger, ADA).uncertain


def in_two(address: str, covers: dict[str, int]) -> tuple[Event, ...]:
    """A digest of two messages waits, with the first paper in one and the second in the other."""
    return (
        kept("e1", "2611.00001v1"),
        kept("e2", "2611.00002v1"),
        composed(address, covers, "<1@x>", part=1, parts=2),
        composed(address, covers, "<2@x>", part=2, parts=2),
    )


def test_a_digest_of_two_messages() -> None:
    """Each that is accepted is had, in part; with the last one the digest is."""
    ledger = after(subscribed(ADA, "A"), fetched("A", paper(1), paper(2)), *in_two(ADA, {"A": 1}))
    assert [message.message_id for message in reader(ledger, ADA).pending] == ["<1@x>", "<2@x>"]
    ledger.apply(accepted(ADA, "<1@x>"))
    record = reader(ledger, ADA)
    assert [message.message_id for message in record.pending] == ["<2@x>"]
    assert record.had_in_part == {"2611.00001": 1}
    assert owed(ledger, ADA) == {"A": [1]}
    assert set(ledger.records.editions) == {"e2"}
    assert [had_version(ledger, ADA, f"2611.0000{n}") for n in (1, 2)] == [1, 0]
    ledger.apply(accepted(ADA, "<2@x>"))
    record = reader(ledger, ADA)
    assert (record.pending, record.had_in_part, record.mailed_papers) == ((), None, 2)
    assert owed(ledger, ADA) == {}
    assert [had_version(ledger, ADA, f"2611.0000{n}") for n in (1, 2)] == [1, 1]
    assert not ledger.records.editions


@pytest.mark.parametrize("end", [refused(ADA), Withdrawn(address=ADA)])
def test_the_second_message_is_given_up(end: Event) -> None:
    """The papers of the first are had; all the rest is still owed, and then told by the claims."""
    ledger = after(
        subscribed(ADA, "A"),
        fetched("A", paper(1), paper(2)),
        *in_two(ADA, {"A": 1}),
        accepted(ADA, "<1@x>"),
        end,
    )
    record = reader(ledger, ADA)
    assert (record.pending, record.had_in_part) == ((), {"2611.00001": 1})
    assert owed(ledger, ADA) == {"A": [1]}
    assert not ledger.records.editions
    ledger.apply(kept("e3"))
    ledger.apply(composed(ADA, {"A": 1}, "<3@x>"))
    ledger.apply(accepted(ADA, "<3@x>"))
    assert reader(ledger, ADA).had_in_part is None
    assert [had_version(ledger, ADA, f"2611.0000{n}") for n in (1, 2)] == [1, 1]


def test_had_in_part_without_the_claim() -> None:
    """A paper that came in one message is had also when its keyword is dropped after a refusal."""
    ledger = after(
        subscribed(ADA, "A", "B"),
        fetched("A", paper(1), paper(2)),
        *in_two(ADA, {"A": 1, "B": 0}),
        accepted(ADA, "<1@x>"),
        refused(ADA),
        unsubscribed(ADA, "A"),
        fetched("B", paper(1)),
    )
    assert owed(ledger, ADA) == {"A": [1], "B": [1]}
    assert [had_version(ledger, ADA, f"2611.0000{n}") for n in (1, 2)] == [1, 0]


def test_taken_back() -> None:
    """A withdrawn digest waits no more, was not had, and stays owed whatever is read from then."""
    ledger = after(
        subscribed(ADA, "A", "B"),
        fetched("A", paper(1)),
        kept("e1"),
        composed(ADA, {"A": 1, "B": 0}),
        Withdrawn(address=ADA),
    )
    record = reader(ledger, ADA)
    assert (record.pending, record.refusals, record.trouble) == ((), 0, None)
    assert not ledger.records.editions
    ledger.apply(unsubscribed(ADA, "A"))
    assert owed(ledger, ADA) == {"A": [1]}
    assert reader(ledger, ADA).owed_elsewhere == ("A",)


def test_who_joins_and_leaves_an_older_program() -> None:
    """Its readers have what was found while they read, and not what was before or between."""
    ledger = after(
        fetched("A", paper(1)),
        Subscribed(ADA, keywords=("A",)),
        fetched("A", paper(2)),
        passed(ADA, {"A": 2}),
        Unsubscribed(ADA, keywords=("A",)),
        fetched("A", paper(3)),
        Subscribed(ADA, keywords=("A",)),
        fetched("A", paper(4)),
        passed(ADA, {"A": 4}),
    )
    had = {n: had_version(ledger, ADA, f"2611.0000{n}") for n in (1, 2, 3, 4)}
    assert had == {1: 0, 2: 1, 3: 0, 4: 1}


def test_who_joins_and_leaves() -> None:
    """A reader is due what was found while they read, and what was since a moment before."""
    day = [START + n * DAY for n in range(9)]
    ledger = after(
        fetched("A", paper(1), at=day[0]),
        fetched("A", paper(2), at=day[1]),
        subscribed(ADA, "A", since=day[1], at=day[2]),
        fetched("A", paper(3), at=day[3]),
    )
    assert owed(ledger, ADA) == {"A": [2, 3]}
    ledger.apply(passed(ADA, {"A": 2}))
    ledger.apply(unsubscribed(ADA, "A", at=day[4]))
    assert reader(ledger, ADA).left_at == day[4]
    for number in (5, 6, 7):
        ledger.apply(fetched("A", paper(number), at=day[number]))
    assert owed(ledger, ADA) == {"A": [3]}
    ledger.apply(subscribed(ADA, "A", since=day[6], at=day[8]))
    assert reader(ledger, ADA).left_at is None
    assert owed(ledger, ADA) == {"A": [3, 5, 6]}
    ledger.apply(passed(ADA, {"A": 6}))
    had = [had_version(ledger, ADA, f"2611.0000{n}") for n in (1, 2, 3, 5, 6, 7)]
    assert had == [0, 1, 1, 0, 1, 1]


def test_expired() -> None:
    """Nothing is owed or waits any more; what was had stays had."""
    ledger = after(
        subscribed(ADA, "A"),
        fetched("A", paper(1)),
        passed(ADA, {"A": 1}),
        fetched("A", paper(2)),
        kept("e1"),
        composed(ADA, {"A": 2}),
        unsubscribed(ADA, "A"),
        Expired(address=ADA),
    )
    record = reader(ledger, ADA)
    assert (record.pending, record.owed_elsewhere, record.left_at) == ((), (), None)
    assert owed(ledger, ADA) == {}
    assert not ledger.records.editions
    assert [had_version(ledger, ADA, f"2611.0000{n}") for n in (1, 2)] == [1, 0]
    ledger.apply(fetched("A", paper(3)))
    ledger.apply(subscribed(ADA, "A", since=START + DAY))
    ledger.apply(fetched("A", paper(4), at=START + DAY))
    assert owed(ledger, ADA) == {"A": [4]}


def test_a_keyword_is_dropped() -> None:
    """The papers it had found until then stay owed, whether a digest spoke of them or not."""
    begin = (subscribed(ADA, "A", "B"), fetched("A", paper(1)))
    later = (fetched("A", paper(2)), unsubscribed(ADA, "A"), fetched("A", paper(3)))
    waiting = (kept("e1"), composed(ADA, {"A": 1, "B": 0}))
    assert owed(after(*begin, *later), ADA) == {"A": [1, 2]}
    assert owed(after(*begin, *waiting, *later), ADA) == {"A": [1, 2]}
    assert owed(after(*begin, *waiting, refused(ADA), *later), ADA) == {"A": [1, 2]}
    assert owed(after(*begin, *waiting, accepted(ADA), *later), ADA) == {"A": [2]}


def test_a_configuration_is_gone() -> None:
    """Its readers have left when it was last in use, and its keywords were closed then."""
    ledger = after(
        Configured(configuration=THERE, at=START + DAY, first_days=7),
        subscribed(ADA, "A"),
        Subscribed(
            address=BOB, keywords=("A", "B"), configuration=THERE, since=START, at=START + DAY
        ),
        KeywordOpened(keyword="B", query="b", since=START, configuration=THERE),
        fetched("A", paper(1)),
        ConfigurationGone(configuration=HERE),
    )
    assert set(ledger.records.configurations) == {THERE}
    assert (reader(ledger, ADA).left_at, reader(ledger, ADA).keywords) == (START, ())
    assert owed(ledger, ADA) == {"A": [1]}
    assert (reader(ledger, BOB).left_at, reader(ledger, BOB).keywords) == (None, ("A", "B"))
    a, b = ledger.records.keywords["A"], ledger.records.keywords["B"]
    assert (a.active, a.closed_at, a.configurations) == (False, START, ())
    assert (b.active, b.closed_at, b.configurations) == (True, None, (THERE,))


def test_the_first_configuration_of_an_older_state() -> None:
    """It takes over the readers and keywords that an older program noted without a name."""
    ledger = Ledger()
    for event in (
        KeywordOpened("A", query="a", since=START),
        KeywordOpened("B", query="b", since=START),
        KeywordClosed("B"),
        Subscribed(ADA, keywords=("A",)),
        Configured(configuration=HERE, at=START, first_days=7),
    ):
        ledger.apply(event)
    assert dict(reader(ledger, ADA).history.reads) == {HERE: ("A",)}
    assert ledger.records.keywords["A"].configurations == (HERE,)
    assert ledger.records.keywords["B"].configurations == ()


def test_imported_counts_for_everyone() -> None:
    """A paper mailed by another program counts as had by every reader, also one who comes later."""
    ledger = after(
        Imported(keyword="elsewhere", at=START, papers=(paper(1, version=2),)),
        subscribed(BOB, "A"),
    )
    assert had_version(ledger, ADA, "2611.00001") == had_version(ledger, BOB, "2611.00001") == 2


def test_recent() -> None:
    """The newest papers by day, a later batch first within a day, each in its latest version."""
    ledger = after(
        fetched("A", paper(1), paper(2)),
        fetched("A", paper(3), paper(1, version=2)),
        fetched("A", paper(4, updated=START + DAY)),
        fetched("A", paper(5, updated=START - 90 * DAY), old=True),
    )
    assert [p.versioned_id for p in ledger.recent("A")] == [
        "2611.00004v1",
        "2611.00003v1",
        "2611.00001v2",
        "2611.00002v1",
        "2611.00005v1",
    ]
    assert [p.id for p in ledger.recent("A", limit=1)] == ["2611.00004"]
    assert ledger.recent("nobody") == []


def test_listed_is_of_the_present_query() -> None:
    """Papers that another query gave are not expected of this one."""
    ledger = after(
        fetched("A", paper(1)),
        KeywordOpened(keyword="A", query="other", since=START, configuration=HERE),
        fetched("A", paper(2)),
    )
    assert [p.id for p in ledger.listed("A")] == ["2611.00002"]


def test_listed_is_of_arxiv() -> None:
    """Papers of saved pages, which may be of any day and query, are not expected of arXiv."""
    saved = Fetched(keyword="A", at=START, complete=False, reason="", new=(paper(1),))
    cut = fetched("A", paper(2), reason="cut")
    ledger = after(saved, cut, fetched("A", paper(3)))
    assert [p.id for p in ledger.recent("A")] == ["2611.00003", "2611.00002", "2611.00001"]
    assert [p.id for p in ledger.listed("A")] == ["2611.00003", "2611.00002"]
    assert ledger.listed("nobody") == []


def test_what_a_batch_makes_up_for() -> None:
    """The days on which arXiv failed, each once, but for the day on which it then went well."""
    hour = DAY / 24
    failures = (START, START + hour, START + DAY, START + 2 * DAY)
    failed = [replace(fetched("A", reason="cut", at=at), away=True) for at in failures]
    ledger = after(*failed, fetched("A", paper(1), at=START + 2 * DAY + hour))
    record = ledger.records.keywords["A"]
    assert record.makes_up == {1: (START, START + DAY)}
    ledger.apply(fetched("A", paper(2), at=START + 3 * DAY))
    assert record.makes_up == {1: (START, START + DAY)}, "it is told once"


def test_an_event_that_is_not_known() -> None:
    """An unknown event is never passed over in silence: the store would then be another."""
    with pytest.raises(ValueError, match="an unknown event: str"):
        Ledger().apply("an event of a later program")  # type: ignore[arg-type]


def test_prune() -> None:
    """Texts that nobody needs go, identifiers stay, and what a reader still waits for stays."""
    many = [paper(n) for n in range(1, RECENT + 51)]
    ledger = after(
        subscribed(ADA, "A"),
        subscribed(BOB, "A"),
        fetched("A", *many, at=START - 60 * DAY),
        fetched("A", paper(999)),
        kept("e1"),
        kept("e2"),
        composed(ADA, {"A": 2}),
    )
    ledger.prune()
    assert len(ledger.records.papers) == RECENT + 51
    assert set(ledger.records.editions) == {"e1"}
    for address in (ADA, BOB):
        ledger.apply(kept("e1"))
        ledger.apply(composed(address, {"A": 2}))
        ledger.apply(accepted(address))
    ledger.prune()
    assert len(ledger.records.papers) == RECENT
    assert ledger.records.editions == {}
    record = ledger.keyword("A")
    assert record
    assert len(record.batches[1].split()) == RECENT + 50
    assert all(had_version(ledger, ADA, one.id) == 1 for one in many)


def test_prune_leaves_what_a_new_reader_is_due() -> None:
    """The texts of the last days stay, however many, and those of a reader who is gone."""
    many = [paper(n) for n in range(1, RECENT + 51)]
    ledger = after(subscribed(BOB, "A"), fetched("A", *many, at=START), passed(BOB, {"A": 1}))
    ledger.prune()
    ledger.apply(subscribed(ADA, "A", since=START - 7 * DAY))
    assert owed(ledger, ADA) == {"A": [1]}
    ledger.apply(unsubscribed(ADA, "A"))
    ledger.apply(fetched("A", paper(999), at=START + 60 * DAY))
    ledger.apply(passed(BOB, {"A": 2}))
    ledger.prune()
    assert len(ledger.records.papers) == RECENT + 51
    ledger.apply(Expired(address=ADA))
    ledger.prune()
    assert len(ledger.records.papers) == RECENT


def test_closed_and_opened_again() -> None:
    """A keyword that was away knows what it had seen; of ten days away three were read by nobody.

    Within `first_days` no day is missing, and after 90 days it begins as a new one does.
    """
    away = KeywordClosed(keyword="A", configuration=HERE, at=START)
    for days, unread in ((3, ()), (10, ((START, START + 3 * DAY),)), (98, ())):
        since = START + (days - 7) * DAY
        back = KeywordOpened(keyword="A", query="a", since=since, configuration=HERE)
        record = after(fetched("A", paper(1)), away).records.keywords["A"]
        assert (record.active, record.closed_at, record.configurations) == (False, START, ())
        ledger = after(fetched("A", paper(1)), away, back)
        record = ledger.records.keywords["A"]
        assert (record.active, record.closed_at, record.unread) == (True, None, unread)
        anew = days == 98
        assert record.complete_through == (None if anew else START)
        assert record.since == (since if anew else START - 7 * DAY)
        assert ledger.sightings("A").version("2611.00001") == 1


@pytest.mark.parametrize("folded", [False, True])
def test_the_same_after_a_snapshot(*, folded: bool) -> None:
    """A ledger that went through a snapshot takes events as the one that did not."""
    ledger = after(
        subscribed(ADA, "A", "B"),
        fetched("A", paper(1)),
        kept("e1"),
        composed(ADA, {"A": 1}),
    )
    if folded:
        ledger = Ledger(
            decode_snapshot(b"".join(encode_snapshot(Snapshot(1, ledger.records)))).records
        )
    ledger.apply(accepted(ADA))
    ledger.apply(fetched("B", paper(1), paper(2)))
    assert had_version(ledger, ADA, "2611.00001") == 1
    assert had_version(ledger, ADA, "2611.00002") == 0
