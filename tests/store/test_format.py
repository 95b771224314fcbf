"""The store's format: what is written is read, and what is broken is seen."""

import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from builders import DAY, START, paper

from digest.errors import StateError
from digest.store.events import (
    Accepted,
    AcceptedTogether,
    Composed,
    ConfigurationGone,
    Configured,
    Deferred,
    DeliveryBegun,
    DeliveryEnded,
    EditionKept,
    Event,
    Expired,
    Imported,
    KeywordClosed,
    KeywordOpened,
    MailTroubled,
    OperatorTold,
    Passed,
    Refused,
    Resumed,
    Served,
    Subscribed,
    Unsubscribed,
    Withdrawn,
)
from digest.store.json_file.format import (
    SCHEMA,
    Snapshot,
    decode_event,
    decode_snapshot,
    encode_event,
    encode_snapshot,
)
from digest.store.ledger import Ledger
from digest.store.readings import Audited, Fetched, Harvested, HarvestFacts, Trusted
from digest.store.records import KeywordRecord, Records, SubscriberRecord

HERE, KEYWORD, ZOE = "/etc/digest/subscribers.yaml", "Ä “keyword”", "zoë@xn--e.example"


def composed(address: str, name: str, edition: str, part: int = 1, parts: int = 1) -> Composed:
    """A message that waits."""
    return Composed(
        address=address,
        message_id=name,
        edition=edition,
        recipient="z@x",
        head="To: z\r\n",
        at=START,
        papers=2,
        covers={KEYWORD: 1},
        part=part,
        parts=parts,
    )


def edition(name: str, *papers: str) -> EditionKept:
    """The text of messages."""
    return EditionKept(
        edition=name,
        sender="a@example.org",
        head="Subject: x\r\n",
        body="body\r\n",
        signature="0" * 16,
        papers=papers,
    )


CHANGES: tuple[Event, ...] = (
    Configured(configuration=HERE, at=START, first_days=7),
    Configured(configuration="other.yaml", at=START, first_days=0),
    KeywordOpened(keyword=KEYWORD, query='ti:"x"', since=START, configuration=HERE),
    Subscribed(address=ZOE, keywords=(KEYWORD,), configuration=HERE, since=START, at=START),
    Subscribed(address="b@x", keywords=(KEYWORD,), configuration=HERE, since=START, at=START),
    Subscribed(address="c@x", keywords=(KEYWORD,)),
    Fetched(keyword=KEYWORD, at=START, complete=False, reason="arXiv is away", away=True),
    Fetched(
        keyword=KEYWORD,
        at=START + DAY,
        complete=True,
        new=(paper(1), paper(2)),
        old=(paper(3),),
        depth=2,
    ),
    Fetched(keyword=KEYWORD, at=START + DAY, complete=False, new=(paper(4),)),
    KeywordOpened(keyword=KEYWORD, query="other", since=START, configuration="other.yaml"),
    Fetched(
        keyword=KEYWORD,
        at=START + DAY,
        complete=False,
        reason="cut",
        missing=("2611.00001",),
        depth=7,
        still=True,
        empty=2,
        unreadable=("2611.00007",),
        begun=START,
    ),
    Fetched(keyword=KEYWORD, at=START + DAY, complete=True),
    KeywordOpened(keyword="H", query="h", since=START, configuration=HERE),
    Harvested(
        at=START,
        source="harvest",
        complete=False,
        reason="the second list did not come",
        keywords=("H",),
        away=True,
        left_alone=START + DAY,
    ),
    Harvested(
        at=START + DAY,
        source="harvest",
        complete=True,
        keywords=("H",),
        papers=(paper(5), paper(6)),
        new={"H": ("2611.00005v1",)},
        old={"H": ("2611.00006v1",)},
        facts=HarvestFacts(
            begin=START.date(),
            through=START,
            records=7,
            requests=3,
            days={"2026-11-16": (2, 1)},
            largest="2611.00006",
            notes=("two of 90 numbers are missing",),
        ),
        newest="2611.00006",
    ),
    Audited(
        keyword="H",
        at=START + DAY,
        agreed=1,
        there=("2611.00007v1",),
        here=("2611.00005v1",),
        explained=2,
        new=(paper(7),),
    ),
    Fetched(
        keyword=KEYWORD,
        at=START + DAY,
        complete=False,
        reason="HTTP status 429",
        away=True,
        left_alone=START + 2 * DAY,
    ),
    Imported(keyword="elsewhere", at=START, papers=(paper(9, 'שלום | \\ " \u202e'),)),
    Imported(keyword=KEYWORD, at=START, papers=(paper(8),)),
    edition("e1"),
    composed(ZOE, "<1@x>", "e1"),
    DeliveryBegun(at=START),
    Deferred(
        address=ZOE,
        message_id="<1@x>",
        at=START,
        code=451,
        reply="später",
        offered=True,
        uncertain=True,
    ),
    DeliveryEnded(at=START),
    edition("e2", "2611.00001v1"),
    edition("e3", "2611.00002v1"),
    composed("b@x", "<2@x>", "e2", 1, 2),
    composed("b@x", "<3@x>", "e3", 2, 2),
    Accepted(address=ZOE, message_id="<1@x>", at=START, reply="ok"),
    AcceptedTogether(at=START, messages=((ZOE, "<1@x>", "ok"), ("b@x", "<2@x>", ""))),
    Withdrawn(address="b@x"),
    Served(address=ZOE, slot=START),
    OperatorTold(at=START, lines=("Ä: not complete",), once=("Ä",)),
    Passed(address=ZOE, covers={KEYWORD: 1}),
    Refused(
        address=ZOE,
        message_id="<1@x>",
        at=START,
        code=550,
        reply="no",
        waited=True,
        under="0123456789abcdef",
    ),
    Resumed(address=ZOE, at=START),
    MailTroubled(at=START, reason="553 non merci"),
    Unsubscribed(address="b@x", keywords=(KEYWORD,), configuration=HERE, at=START),
)
ENDS: tuple[Event, ...] = (
    Trusted(keyword="H", at=START + DAY),
    Expired(address="b@x"),
    Unsubscribed(address="c@x", keywords=(KEYWORD,)),
    ConfigurationGone(configuration=HERE),
    KeywordClosed(keyword=KEYWORD, configuration="other.yaml", at=START),
    KeywordOpened(
        keyword=KEYWORD, query="other", since=START + 20 * DAY, configuration="other.yaml"
    ),
)
EVENTS = CHANGES + ENDS


def test_every_event_is_here() -> None:
    """The list above has one of each kind."""
    assert {type(event) for event in EVENTS} == set(Event.__args__)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_events(event: Event) -> None:
    """An event is one line of plain JSON, and comes back as it was."""
    line = encode_event(event)
    assert line.count(b"\n") == 1
    assert json.loads(line)["event"] == type(event).__name__
    assert decode_event(line) == [event]


def test_events_that_happened_together() -> None:
    """Several are one line: a hole or a cut anywhere in it, and none of them counts."""
    line = encode_event(*EVENTS)
    assert line.count(b"\n") == 1
    assert decode_event(line) == list(EVENTS)
    for place in range(0, len(line) - 40, 97):
        assert decode_event(line[:place] + b"\0" * 40 + line[place + 40 :]) is None


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_half_a_line(event: Event) -> None:
    """A line that was cut anywhere is none."""
    line = encode_event(event)
    assert [decode_event(line[:length]) for length in range(len(line))] == [None] * len(line)


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{}\n",
        b"null\n",
        b"\xff\xfe\n",
        b'{"event":"Nonsense","data":{}}\n',
        b'{"event":"Passed","data":{"address":1,"covers":{}}}\n',
        b'{"event":"KeywordClosed","data":{}}\n',
        b"\0" * 64 + b"\n",
    ],
)
def test_garbage(line: bytes) -> None:
    """A line that is no event is not taken for one."""
    assert decode_event(line) is None


def ledger(events: tuple[Event, ...] = CHANGES) -> Ledger:
    """Returns the records after these events; by themselves those before the ends."""
    known = Ledger()
    for event in events:
        known.apply(event)
    return known


@pytest.mark.parametrize("events", [CHANGES, EVENTS, CHANGES[:-6]])
def test_snapshot(events: tuple[Event, ...]) -> None:
    """A snapshot is one JSON object, and comes back as it was."""
    snapshot = Snapshot(7, ledger(events).records)
    data = b"".join(encode_snapshot(snapshot))
    assert json.loads(data)["schema"] == SCHEMA
    assert decode_snapshot(data) == snapshot


EMPTY: dict[type, object] = {
    Records: Records({}, {}, {}, {}, {}),
    KeywordRecord: KeywordRecord("", START - DAY),
    SubscriberRecord: SubscriberRecord(),
}
"""A record of each kind in which every field is as it is by itself."""


def names(kind: Any) -> list[str]:
    """The fields of a record."""
    return [field.name for field in fields(kind)]


def test_no_field_is_forgotten() -> None:
    """Each field of each record comes to something else than its default in some snapshot above."""
    seen: set[tuple[type, str]] = set()
    for length in range(len(EVENTS) + 1):
        records = ledger(EVENTS[:length]).records
        every: list[object] = [
            records,
            *records.keywords.values(),
            *records.subscribers.values(),
        ]
        for record in every:
            empty = EMPTY[type(record)]
            seen |= {
                (type(record), name)
                for name in names(type(record))
                if getattr(record, name) != getattr(empty, name)
            }
        data = b"".join(encode_snapshot(Snapshot(1, records)))
        assert decode_snapshot(data).records == records
    assert {(kind, name) for kind in EMPTY for name in names(kind)} - seen == set()


def test_a_newer_schema() -> None:
    """A snapshot of a newer program is refused, whatever else is in it."""
    data = json.dumps({"schema": SCHEMA + 1, "surprise": True}).encode()
    with pytest.raises(StateError, match="written by a newer digest"):
        decode_snapshot(data)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:0],
        lambda data: data[:-1],
        lambda data: data[: len(data) // 2],
        lambda data: b"\0" * len(data),
        lambda data: data.replace(b'"version":1', b'"version":"one"', 1),
        lambda data: b"[" + data + b"]",
        lambda data: data + b"x",
    ],
)
def test_a_damaged_snapshot(damage: Callable[[bytes], bytes]) -> None:
    """A snapshot that is not whole is said to be so."""
    data = b"".join(encode_snapshot(Snapshot(1, ledger().records)))
    with pytest.raises(ValueError, match=r"^."):
        decode_snapshot(damage(data))


def test_a_history_that_is_missing() -> None:
    """A reader's record with the number of no history is damage."""
    ledger = Ledger()
    ledger.apply(KeywordOpened(keyword="A", query="a", since=START, configuration=HERE))
    ledger.apply(
        Subscribed(
            address="ada@example.org", keywords=("A",), configuration=HERE, since=START, at=START
        )
    )
    data = b"".join(encode_snapshot(Snapshot(1, ledger.records)))
    assert b'{"history":0}' in data
    for number in (b"1", b"-1", b"true"):
        with pytest.raises(ValueError, match=r".+"):
            decode_snapshot(data.replace(b'{"history":0}', b'{"history":%s}' % number))
