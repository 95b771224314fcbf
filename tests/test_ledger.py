"""The ledger: what events come to. A simple model of it is in tests/test_selection.py."""

import pytest
from lab import DAY, START, had_version, paper

from digest.encoding import Snapshot, decode_snapshot, encode_snapshot
from digest.events import (
    Accepted,
    Composed,
    Deferred,
    EditionKept,
    Event,
    Fetched,
    Imported,
    KeywordClosed,
    KeywordOpened,
    Passed,
    Refused,
    Subscribed,
    Unsubscribed,
)
from digest.ledger import RECENT, Ledger
from digest.paper import Paper

ADA, BOB = "ada@example.org", "bob@example.net"


def after(*events: Event) -> Ledger:
    """The ledger of two keywords after these events."""
    ledger = Ledger()
    for event in (KeywordOpened("A", "a", START), KeywordOpened("B", "b", START), *events):
        ledger.apply(event)
    return ledger


def fetched(keyword: str, *papers: Paper, complete: bool = True, old: bool = False) -> Fetched:
    """A fetch whose papers are new, or old."""
    return Fetched(
        keyword,
        START,
        complete=complete,
        reason="" if complete else "cut",
        new=() if old else papers,
        old=papers if old else (),
    )


def composed(address: str, covers: dict[str, int], name: str = "<1@x>") -> Composed:
    """A digest that waits."""
    return Composed(address, name, "e1", address, "", START, 1, covers)


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
    ledger = after(fetched("A"), fetched("A", complete=False))
    record = ledger.keyword("A")
    assert record
    assert (record.complete_through, record.reason) == (START, "cut")


def test_only_the_message_that_waits_counts() -> None:
    """An acceptance of another message than the one that waits moves nothing."""
    events = (Subscribed(ADA, ("A",)), fetched("A", paper(1)), composed(ADA, {"A": 1}))
    other = after(*events, Accepted(ADA, "<2@x>", START, "ok"))
    assert had_version(other, ADA, "2611.00001") == 0
    assert had_version(after(*events), ADA, "2611.00001") == 0
    same = after(*events, Accepted(ADA, "<1@x>", START, "ok"))
    assert had_version(same, ADA, "2611.00001") == 1
    reader = same.subscriber(ADA)
    assert reader
    assert (reader.pending, reader.mailed_at, reader.mailed_id) == (None, START, "<1@x>")


def test_not_now_and_never() -> None:
    """What is deferred waits, with the server's words; what is refused waits no more."""
    events = (Subscribed(ADA, ("A",)), fetched("A", paper(1)), composed(ADA, {"A": 1}))
    deferred = after(*events, Deferred(ADA, "<1@x>", START, 451, "busy")).subscriber(ADA)
    refused = after(*events, Refused(ADA, "<1@x>", START, 550, "no")).subscriber(ADA)
    assert deferred
    assert refused
    assert deferred.pending
    assert deferred.trouble
    assert (deferred.trouble.code, deferred.trouble.reply) == (451, "busy")
    assert (refused.pending, refused.refusals) == (None, 1)


def test_who_joins_and_leaves() -> None:
    """A reader has what was found while they read, and not what was found before or between."""
    ledger = after(
        fetched("A", paper(1)),
        Subscribed(ADA, ("A",)),
        fetched("A", paper(2)),
        Passed(ADA, {"A": 2}),
        Unsubscribed(ADA, ("A",)),
        fetched("A", paper(3)),
        Subscribed(ADA, ("A",)),
        fetched("A", paper(4)),
        Passed(ADA, {"A": 4}),
    )
    had = {n: had_version(ledger, ADA, f"2611.0000{n}") for n in (1, 2, 3, 4)}
    assert had == {1: 0, 2: 1, 3: 0, 4: 1}


def test_imported_counts_for_everyone() -> None:
    """What somebody else has mailed, every reader has had, also one who comes later."""
    ledger = after(Imported("elsewhere", START, (paper(1, version=2),)), Subscribed(BOB, ("A",)))
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
        fetched("A", paper(1)), KeywordOpened("A", "other", START), fetched("A", paper(2))
    )
    assert [p.id for p in ledger.listed("A")] == ["2611.00002"]


def test_prune() -> None:
    """Texts that nobody needs go, identifiers stay, and what a reader still waits for stays."""
    many = [paper(n) for n in range(1, RECENT + 51)]
    ledger = after(
        Subscribed(ADA, ("A",)),
        Subscribed(BOB, ("A",)),
        fetched("A", *many),
        EditionKept("e1", "s@x", "", ""),
        EditionKept("e2", "s@x", "", ""),
        composed(ADA, {"A": 1}),
    )
    ledger.prune()
    assert len(ledger.records.papers) == RECENT + 50
    assert set(ledger.records.editions) == {"e1"}
    for address in (ADA, BOB):
        ledger.apply(composed(address, {"A": 1}))
        ledger.apply(Accepted(address, "<1@x>", START, "ok"))
    ledger.prune()
    assert len(ledger.records.papers) == RECENT
    assert ledger.records.editions == {}
    record = ledger.keyword("A")
    assert record
    assert len(record.batches[1].split()) == RECENT + 50
    assert all(had_version(ledger, ADA, one.id) == 1 for one in many)


def test_closed_and_opened_again() -> None:
    """A keyword that was away knows what it had seen, and has to be read completely again."""
    ledger = after(fetched("A", paper(1)), KeywordClosed("A"), KeywordOpened("A", "a", START + DAY))
    record = ledger.keyword("A")
    assert record
    assert record.active
    assert record.complete_through is None
    assert ledger.sightings("A").version("2611.00001") == 1


@pytest.mark.parametrize("folded", [False, True])
def test_the_same_after_a_snapshot(*, folded: bool) -> None:
    """A ledger that went through a snapshot takes events as the one that did not."""
    ledger = after(Subscribed(ADA, ("A", "B")), fetched("A", paper(1)), composed(ADA, {"A": 1}))
    if folded:
        ledger = Ledger(
            decode_snapshot(b"".join(encode_snapshot(Snapshot(1, ledger.records)))).records
        )
    ledger.apply(Accepted(ADA, "<1@x>", START, "ok"))
    ledger.apply(fetched("B", paper(1), paper(2)))
    assert had_version(ledger, ADA, "2611.00001") == 1
    assert had_version(ledger, ADA, "2611.00002") == 0
