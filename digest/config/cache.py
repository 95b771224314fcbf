"""A copy of what subscribers.yaml says that is read in a moment: for a file with many readers.

It is a cache and no more. It is trusted where it was made from exactly the bytes of the file, by
this version, and is whole; else the file is read. Two lines: checks, and the content as JSON in
which everything that many readers have alike stands once.
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

_FORMAT = 2
"""Takes the next number when what is compiled, or how the file is understood, changes."""


def compiled(subscriptions: Subscriptions, data: bytes) -> bytes:
    """The copy, made from `subscriptions`, which `data` was read as."""
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
    """What `copy` holds; None where it is damaged, or was not made from `data` by this version."""
    head, _, body = copy.partition(b"\n")
    if head != f"{_origin(data)} {_digest(body)}".encode():
        return None
    try:
        with uncollected():
            return _subscriptions(json.loads(body))
    except (ArithmeticError, LookupError, TypeError, ValueError):  # a time zone that is gone
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
    """The first and the last day of a pause."""
    if pause is None:
        return None
    return [pause.first.isoformat() if pause.first else None, pause.last.isoformat()]


def _pause(days: list[str | None] | None) -> Pause | None:
    """The pause of these days."""
    if days is None:
        return None
    first, last = (date.fromisoformat(day) if day else None for day in days)
    assert last
    return Pause(first, last)


def _keyword(fields: dict[str, Any]) -> Keyword:
    lists = ("fields", "categories", "exclude")
    return Keyword(**fields | {name: tuple(fields[name]) for name in lists})


def _origin(data: bytes) -> str:
    """What the copy is made from: the file's bytes, read by this version."""
    return _digest(f"{__version__} {_FORMAT}\n".encode() + data)


def _digest(data: bytes) -> str:
    import hashlib  # noqa: PLC0415 (loads OpenSSL; a small file has no copy)

    return hashlib.sha256(data).hexdigest()
