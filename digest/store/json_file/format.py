"""Writes and reads the format of the state store: a snapshot is one JSON object, an event one line.

The field names of `digest.store.events` and `digest.store.records` are the format. `msgspec` checks
every type while it decodes, so a value of a wrong type is an error. A snapshot holds each history
once; the record of a reader has the number of its history. Default values are left out.
"""

from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields
from itertools import islice
from operator import attrgetter
from typing import Any, get_type_hints

import msgspec

from digest.clock import Moment
from digest.errors import StateError
from digest.memory import uncollected
from digest.model.paper import Paper
from digest.store.claims import Claim, History
from digest.store.events import EditionKept, Event
from digest.store.harvests import Harvests
from digest.store.json_file.earlier_schemas import of_this_schema
from digest.store.records import (
    ConfigurationRecord,
    KeywordRecord,
    LeftAlone,
    MailTrouble,
    Records,
    SubscriberRecord,
)

SCHEMA = 6
"""The number of this format. A change that an older program cannot read takes the next number.

1: a journal has an event on each line.
2: events that were recorded together are one line, an array of them.
3: a snapshot has each history once, and the identifiers of a batch as one text.
4: messages that were accepted together are one event.
5: a reader has claims, which outlive the reader's keywords; a digest may have several messages;
   keywords and readers know the configurations that name them.
6: one event for all keywords that were evaluated on a harvest.
"""


@dataclass(slots=True)
class Snapshot:
    """All records at the moment when the journal of `generation` was begun."""

    generation: int
    records: Records
    schema: int = SCHEMA


@dataclass(slots=True)
class _Schema:
    """The part of a snapshot that every schema has."""

    schema: int


class _History(msgspec.Struct):
    """A history, as it is written."""

    reads: dict[str, tuple[str, ...]]
    claims: dict[str, tuple[Claim, ...]]


def _default(one: Any) -> tuple[Any, ...]:
    """The default of a field, as `msgspec` takes it; none where the field has none."""
    if one.default is not MISSING:
        return (one.default,)
    if one.default_factory is not MISSING:
        return (msgspec.field(default_factory=one.default_factory),)
    return ()


_OWN = tuple(one for one in fields(SubscriberRecord) if one.name != "history")
_TYPES = get_type_hints(SubscriberRecord)
_Reader: Any = msgspec.defstruct(
    "_Reader",
    [("history", int), *((one.name, _TYPES[one.name], one.default) for one in _OWN)],
    omit_defaults=True,
    gc=False,
)
"""The record of a subscriber as it is written: `history` is a number, all else is unchanged."""
_own = attrgetter(*(one.name for one in _OWN))

_ASKED = fields(KeywordRecord)
_ASKED_TYPES = get_type_hints(KeywordRecord)
_Keyword: Any = msgspec.defstruct(
    "_Keyword",
    [(one.name, _ASKED_TYPES[one.name], *_default(one)) for one in _ASKED],
    omit_defaults=True,
    gc=False,
)
"""The record of a keyword as it is written: there may be many, most of them nearly empty."""
_asked = attrgetter(*(one.name for one in _ASKED))


class _Records(msgspec.Struct, kw_only=True):
    """The records as they are written; the readers come last, since they are many."""

    keywords: dict[str, _Keyword]
    histories: list[_History]
    papers: dict[str, Paper]
    editions: dict[str, EditionKept]
    imported: dict[str, int]
    operator_told: Moment | None = None
    told_once: tuple[str, ...] = ()
    mail_trouble: MailTrouble | None = None
    configurations: dict[str, ConfigurationRecord] = {}
    delivering: bool = False
    left_alone: LeftAlone | None = None
    harvests: Harvests = msgspec.field(default_factory=Harvests)
    subscribers: dict[str, _Reader]


class _Snapshot(msgspec.Struct):
    """A snapshot, as it is written."""

    generation: int
    schema: int
    records: _Records


@dataclass(slots=True)
class _Line:
    event: str
    data: msgspec.Raw


_END = b"}}}"
"""The ends of three JSON objects: the subscribers, the records and the snapshot."""
_AT_ONCE = 1_000

_SNAPSHOT = msgspec.json.Decoder(_Snapshot)
_LINES = msgspec.json.Decoder(list[_Line] | _Line)
_EVENTS: dict[str, msgspec.json.Decoder[Any]] = {
    kind.__name__: msgspec.json.Decoder(kind) for kind in Event.__args__
}


def encode_snapshot(snapshot: Snapshot) -> Iterator[bytes]:
    """Yields the content of a snapshot's file in pieces; the whole is never in memory."""
    records = snapshot.records
    numbers: dict[History, int] = {}
    for record in records.subscribers.values():
        numbers.setdefault(record.history, len(numbers))
    written = _Records(
        keywords={name: _Keyword(*_asked(one)) for name, one in records.keywords.items()},
        histories=[_History(dict(history.reads), dict(history.claims)) for history in numbers],
        papers=records.papers,
        editions=records.editions,
        imported=records.imported,
        operator_told=records.operator_told,
        told_once=records.told_once,
        mail_trouble=records.mail_trouble,
        configurations=records.configurations,
        delivering=records.delivering,
        left_alone=records.left_alone,
        harvests=records.harvests,
        subscribers={},
    )
    head = msgspec.json.encode(_Snapshot(snapshot.generation, SCHEMA, written))
    yield head.removesuffix(_END)
    readers = iter(records.subscribers.items())
    comma = b""
    while some := {
        key: _Reader(numbers[one.history], *_own(one)) for key, one in islice(readers, _AT_ONCE)
    }:
        yield comma + msgspec.json.encode(some)[1:-1]
        comma = b","
    yield _END


def decode_snapshot(data: bytes) -> Snapshot:
    """Reads the snapshot from a file's content; its `schema` is that of the file.

    Raises:
        ValueError: `data` is not a snapshot, or not a whole one.
        StateError: the snapshot is of a newer program.
    """
    try:
        schema = msgspec.json.decode(data, type=_Schema).schema
        if schema > SCHEMA:
            raise StateError(
                f"it was written by a newer digest (schema {schema}, this one knows {SCHEMA}): "
                "run that version, or a newer one"
            )
        with uncollected():
            found = _SNAPSHOT.decode(data if schema >= SCHEMA else of_this_schema(data))
            return Snapshot(found.generation, _records(found.records), schema)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error


def _records(written: _Records) -> Records:
    """The records that were written, with one object for each history."""
    histories = [History(history.reads, history.claims) for history in written.histories]
    readers = written.subscribers
    if any(not 0 <= reader.history < len(histories) for reader in readers.values()):
        raise ValueError("a reader's history is missing")
    subscribers = {
        address: SubscriberRecord(histories[reader.history], *_own(reader))
        for address, reader in readers.items()
    }
    return Records(
        {name: KeywordRecord(*_asked(one)) for name, one in written.keywords.items()},
        subscribers,
        written.papers,
        written.editions,
        written.imported,
        written.operator_told,
        written.told_once,
        written.mail_trouble,
        written.configurations,
        written.delivering,
        written.left_alone,
        written.harvests,
    )


def encode_event(*events: Event) -> bytes:
    """The line, with its end, for events that happened together: all of them count, or none."""
    lines = [{"event": type(event).__name__, "data": event} for event in events]
    return msgspec.json.encode(lines if len(lines) > 1 else lines[0]) + b"\n"


def decode_event(line: bytes) -> list[Event] | None:
    """The events of one line; None where the line is broken or not whole."""
    if not line.endswith(b"\n"):
        return None
    try:
        found = _LINES.decode(line)
        lines = found if isinstance(found, list) else [found]
        return [_EVENTS[one.event].decode(one.data) for one in lines]
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError):
        return None


def is_cut_short(line: bytes) -> bool:
    """Returns whether a broken line was being written when the process or the machine stopped.

    Such a line has no end, or it has sectors that never reached the disk and are read as zeros.
    """
    return not line.endswith(b"\n") or b"\0" in line
