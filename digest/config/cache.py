"""A cache of subscribers.yaml that loads fast, for files with many readers.

The cache is used only if it is whole and was made by this version from exactly the bytes of the
file; otherwise the file is read. It has two lines: checksums, and the content as JSON, in which a
value shared by many readers stands once.
"""

import json
from dataclasses import asdict
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from digest import __version__
from digest.memory import uncollected
from digest.model.announcements import Calendar
from digest.model.keyword import Keyword
from digest.model.subscriber import Pause, Schedule, Subscriber, Subscriptions

_FORMAT = 3
"""The version of the cache. Raise it when the content, or the reading of the file, changes."""


def compiled(subscriptions: Subscriptions, data: bytes) -> bytes:
    """The cache of `subscriptions`, which were read from `data`."""
    subscribers = subscriptions.subscribers
    places = {keyword.name: place for place, keyword in enumerate(subscriptions.keywords)}
    lists: dict[tuple[str, ...], int] = {}
    schedules: dict[Schedule, int] = {}
    content = {
        "keywords": [asdict(keyword) for keyword in subscriptions.keywords],
        "first_days": subscriptions.first_days,
        "timezone": subscriptions.timezone.key,
        "patience": subscriptions.patience.total_seconds(),
        "holidays": [day.isoformat() for day in sorted(subscriptions.calendar.holidays)],
        "emails": "\n".join(one.email for one in subscribers),
        "names": "\n".join(one.name for one in subscribers),
        "keys": "\n".join(
            "" if one.address_key == one.email else one.address_key for one in subscribers
        ),
        "reads": [lists.setdefault(one.keywords, len(lists)) for one in subscribers],
        "comes": [schedules.setdefault(one.schedule, len(schedules)) for one in subscribers],
        "lists": [[places[name] for name in names] for names in lists],
        "schedules": [
            [
                *(f"{s.at:%H:%M}", s.timezone.key, sorted(s.days), s.updates, s.empty),
                *(s.monthly, s.most, _days(s.pause)),
            ]
            for s in schedules
        ],
    }
    body = json.dumps(content, separators=(",", ":")).encode()
    return f"{_origin(data)} {_digest(body)}\n".encode() + body


def decompiled(copy: bytes, data: bytes) -> Subscriptions | None:
    """The content of a cache; None if it is damaged or not made from `data` by this version."""
    head, _, body = copy.partition(b"\n")
    if head != f"{_origin(data)} {_digest(body)}".encode():
        return None
    try:
        with uncollected():
            return _subscriptions(json.loads(body))
    except (ArithmeticError, LookupError, TypeError, ValueError):  # such as an unknown time zone
        return None


def _subscriptions(content: dict[str, Any]) -> Subscriptions:
    keywords = tuple(_keyword(fields) for fields in content["keywords"])
    lists = [tuple(keywords[place].name for place in places) for places in content["lists"]]
    schedules = [
        Schedule(
            at=time.fromisoformat(at),
            timezone=ZoneInfo(zone),
            days=frozenset(days),
            updates=updates,
            empty=empty,
            monthly=monthly,
            most=most,
            pause=_pause(pause),
        )
        for at, zone, days, updates, empty, monthly, most, pause in content["schedules"]
    ]
    emails = content["emails"].split("\n")
    subscribers = map(
        Subscriber,
        emails,
        content["names"].split("\n"),
        map(lists.__getitem__, content["reads"]),
        map(schedules.__getitem__, content["comes"]),
        [key or email for key, email in zip(content["keys"].split("\n"), emails, strict=True)],
    )
    return Subscriptions(
        keywords=keywords,
        subscribers=tuple(subscribers),
        first_days=content["first_days"],
        timezone=ZoneInfo(content["timezone"]),
        patience=timedelta(seconds=content["patience"]),
        calendar=Calendar(frozenset(map(date.fromisoformat, content["holidays"]))),
    )


def _days(pause: Pause | None) -> list[str | None] | None:
    """The first and the last day of a pause, as text for JSON."""
    if pause is None:
        return None
    return [pause.first.isoformat() if pause.first else None, pause.last.isoformat()]


def _pause(days: list[str | None] | None) -> Pause | None:
    """The pause from its two days in the JSON."""
    if days is None:
        return None
    first, last = (date.fromisoformat(day) if day else None for day in days)
    assert last
    return Pause(first, last)


def _keyword(fields: dict[str, Any]) -> Keyword:
    lists = ("fields", "categories", "exclude", "author", "category")
    return Keyword(**fields | {name: tuple(fields[name]) for name in lists})


def _origin(data: bytes) -> str:
    """The checksum of the file's bytes and this version."""
    return _digest(f"{__version__} {_FORMAT}\n".encode() + data)


def _digest(data: bytes) -> str:
    import hashlib  # noqa: PLC0415 (loads OpenSSL; a small file has no copy)

    return hashlib.sha256(data).hexdigest()
