"""How the state store is written: a snapshot as one JSON object, an event as one line of JSON.

The field names of `digest.events` and `digest.records` are the format; `msgspec` checks every type
on the way in, so that what decodes is what was meant.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from digest.errors import StateError
from digest.events import Event
from digest.records import Records

SCHEMA = 2
"""The number of this format. A change that an older program cannot read takes the next one.

1: a journal has an event on each line.
2: events that were recorded together are one line, an array of them.
"""

_EVENTS: dict[str, Any] = {kind.__name__: kind for kind in Event.__args__}


@dataclass(slots=True)
class Snapshot:
    """All records at the moment when the journal of `generation` was begun."""

    generation: int
    records: Records
    schema: int = SCHEMA


@dataclass(slots=True)
class _Schema:
    """As much of a snapshot as every schema has."""

    schema: int


@dataclass(slots=True)
class _Line:
    event: str
    data: msgspec.Raw


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """The snapshot as a file's content."""
    return msgspec.json.encode(snapshot)


def decode_snapshot(data: bytes) -> Snapshot:
    """The snapshot in a file's content.

    Raises:
        ValueError: `data` is not a snapshot, or not a whole one.
        StateError: it is one of a newer program.
    """
    try:
        schema = msgspec.json.decode(data, type=_Schema).schema
        if schema > SCHEMA:
            raise StateError(
                f"it was written by a newer digest (schema {schema}, this one knows {SCHEMA}): "
                "run that version, or a newer one"
            )
        return msgspec.json.decode(data, type=Snapshot)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error


def encode_event(*events: Event) -> bytes:
    """Events that happened together as one line, with its line end: all of it counts, or none."""
    lines = [
        _Line(type(event).__name__, msgspec.Raw(msgspec.json.encode(event))) for event in events
    ]
    return msgspec.json.encode(lines if len(lines) > 1 else lines[0]) + b"\n"


def decode_event(line: bytes) -> list[Event] | None:
    """The events of one line, None where the line is broken or not whole."""
    if not line.endswith(b"\n"):
        return None
    try:
        found = msgspec.json.decode(line, type=list[_Line] | _Line)
        return [
            msgspec.json.decode(one.data, type=_EVENTS[one.event])
            for one in (found if isinstance(found, list) else [found])
        ]
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError):
        return None
