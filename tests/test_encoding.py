"""The store's format: what is written is read, and what is broken is seen."""

import json
from collections.abc import Callable

import pytest
from lab import START, paper

from digest.encoding import (
    SCHEMA,
    Snapshot,
    decode_event,
    decode_snapshot,
    encode_event,
    encode_snapshot,
)
from digest.errors import StateError
from digest.events import (
    Accepted,
    AcceptedTogether,
    Composed,
    Deferred,
    EditionKept,
    Event,
    Fetched,
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
)
from digest.ledger import Ledger

EVENTS: tuple[Event, ...] = (
    KeywordOpened("Ä “keyword”", 'ti:"x"', START),
    Subscribed("zoë@xn--e.example", ("Ä “keyword”",)),
    Fetched("Ä “keyword”", START, complete=True, new=(paper(1), paper(2)), old=(paper(3),)),
    Fetched("Ä “keyword”", START, complete=False, reason="cut", missing=("2611.00001",), depth=7),
    Imported("elsewhere", START, (paper(9, 'שלום | \\ " \u202e'),)),
    EditionKept("e1", "a@example.org", "Subject: x\r\n", "body\r\n"),
    Composed("zoë@xn--e.example", "<1@x>", "e1", "z@x", "To: z\r\n", START, 2, {"Ä “keyword”": 1}),
    Deferred("zoë@xn--e.example", "<1@x>", START, 451, "später"),
    Accepted("zoë@xn--e.example", "<1@x>", START, "ok"),
    AcceptedTogether(START, (("zoë@xn--e.example", "<1@x>", "ok"), ("b@x", "<2@x>", ""))),
    Served("zoë@xn--e.example", START),
    OperatorTold(START, ("Ä: not complete",)),
    Passed("zoë@xn--e.example", {"Ä “keyword”": 1}),
    Refused("zoë@xn--e.example", "<1@x>", START, 550, "no", under="0123456789abcdef"),
    Resumed("zoë@xn--e.example", START),
    MailTroubled(START, "553 non merci"),
    Unsubscribed("zoë@xn--e.example", ("Ä “keyword”",)),
    KeywordClosed("Ä “keyword”"),
)


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
    """What is no event is not taken for one."""
    assert decode_event(line) is None


def ledger() -> Ledger:
    """What all the events come to, but for the last two."""
    known = Ledger()
    for event in EVENTS[:-2]:
        known.apply(event)
    return known


def test_snapshot() -> None:
    """A snapshot is one JSON object, and comes back as it was."""
    snapshot = Snapshot(7, ledger().records)
    data = b"".join(encode_snapshot(snapshot))
    assert json.loads(data)["schema"] == SCHEMA
    assert decode_snapshot(data) == snapshot


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
    """What is not a whole snapshot is said to be so."""
    data = b"".join(encode_snapshot(Snapshot(1, ledger().records)))
    with pytest.raises(ValueError, match=r"^."):
        decode_snapshot(damage(data))


def test_a_history_that_is_missing() -> None:
    """A reader's record with the number of no history is damage."""
    ledger = Ledger()
    for event in (KeywordOpened("A", "a", START), Subscribed("ada@example.org", ("A",))):
        ledger.apply(event)
    data = b"".join(encode_snapshot(Snapshot(1, ledger.records)))
    assert b'{"history":0}' in data
    for number in (b"1", b"-1", b"true"):
        with pytest.raises(ValueError, match=r".+"):
            decode_snapshot(data.replace(b'{"history":0}', b'{"history":%s}' % number))
