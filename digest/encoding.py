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

SCHEMA = 1
"""The number of this format. A change that an older program cannot read takes the next one."""

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


def encode_event(event: Event) -> bytes:
    """The event as a line, with its line end."""
    data = msgspec.Raw(msgspec.json.encode(event))
    return msgspec.json.encode(_Line(type(event).__name__, data)) + b"\n"


def decode_event(line: bytes) -> Event | None:
    """The event of one line, None where the line is broken or not whole."""
    if not line.endswith(b"\n"):
        return None
    try:
        envelope = msgspec.json.decode(line, type=_Line)
        event: Event = msgspec.json.decode(envelope.data, type=_EVENTS[envelope.event])
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError):
        return None
    return event
