"""Builders of papers, readers, files, events and messages: a test names the fields that matter.

All other fields have values that are plain and valid.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from digest.delivery.transaction import Envelope
from digest.delivery.wire import ready
from digest.mail.rendering import Contact
from digest.model.paper import Paper
from digest.model.record import Record
from digest.model.subscriber import Pause, Schedule, Subscriber
from digest.store.events import (
    AcceptedTogether,
    Composed,
    Deferred,
    EditionKept,
    KeywordOpened,
    Passed,
    Refused,
    Subscribed,
    Unsubscribed,
)
from digest.store.readings import Fetched

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 11, 16, 7, tzinfo=UTC)
"""The first day of the tests, a Monday."""
TODAY = START.date()

ADA, BOB, CYD = "ada@example.org", "bob@example.net", "cyd@example.org"
HERE, THERE = "here.yaml", "there.yaml"
"""The names of two configurations."""

CONTACT = Contact(
    "papers@example.org", "mailto:papers@example.org?subject=unsubscribe", "papers.example.org"
)
TWO_KEYWORDS: dict[str, object] = {
    "Time Series": None,
    "Trajectory": {"in": ["title", "abstract"]},
}
EVERY_DAY: dict[str, object] = {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}
"""The `defaults` of a file whose readers get mail on each day of the week."""


def paper(number: int, title: str = "Time series at noon", **changes: Any) -> Paper:
    """An invented paper of the day before START; `number` makes its identifier."""
    values: dict[str, Any] = {
        "id": f"2611.{number:05}",
        "version": 1,
        "title": title,
        "authors": ("Ada Example", "Bo Example"),
        "abstract": f"We look at sample {number} of a time series.",
        "comment": "9 pages",
        "primary_category": "cs.LG",
        "categories": ("cs.LG",),
        "published": START - DAY,
        "updated": START - DAY,
    }
    return Paper(**(values | changes))


def record(
    number: int, title: str = "Time series at noon", day: date = TODAY, **changes: Any
) -> Record:
    """The harvest's record of an invented paper, with its datestamp; `changes` are the paper's."""
    known = paper(number, title, **changes)
    dates = (known.published,) * (known.version - 1) + (known.updated,)
    return Record(known, day, versions=dates)


def schedule(
    at: str = "08:00",
    zone: str = "UTC",
    days: str = "0123456",
    pause: Pause | None = None,
    **changes: Any,
) -> Schedule:
    """A digest at one time of these days of the week, of which 0 is Monday."""
    weekdays = frozenset(map(int, days))
    return Schedule(time.fromisoformat(at), ZoneInfo(zone), weekdays, pause=pause, **changes)


def reader(address: str, *keywords: str, schedule: Schedule) -> Subscriber:
    """Someone who reads these keywords."""
    return Subscriber(
        email=address, name="", keywords=keywords, schedule=schedule, address_key=address
    )


def subscribers(
    *readers: str | Mapping[str, object],
    keywords: Mapping[str, object] | None = None,
    **sections: object,
) -> str:
    """The text of a subscribers.yaml: each reader is an address, or the fields of its entry.

    Without `keywords` there is one, Time Series; `sections` are the other parts of the file.
    """
    entries = [one if isinstance(one, str) else dict(one) for one in readers]
    asked = {"Time Series": None} if keywords is None else dict(keywords)
    return yaml.safe_dump(
        {"keywords": asked, **sections, "subscribers": entries},
        sort_keys=False,
        allow_unicode=True,
    )


def opened(keyword: str, **changes: Any) -> KeywordOpened:
    """A configuration asks for a keyword; its query is its name in small letters."""
    values: dict[str, Any] = {
        "query": keyword.lower(),
        "since": START - 7 * DAY,
        "configuration": HERE,
    }
    return KeywordOpened(keyword, **(values | changes))


def subscribed(address: str, *keywords: str, **changes: Any) -> Subscribed:
    """A reader comes, or is given keywords."""
    values: dict[str, Any] = {"configuration": HERE, "since": START, "at": START}
    return Subscribed(address, keywords=keywords, **(values | changes))


def unsubscribed(address: str, *keywords: str, **changes: Any) -> Unsubscribed:
    """A reader gives keywords up."""
    values: dict[str, Any] = {"configuration": HERE, "at": START}
    return Unsubscribed(address, keywords=keywords, **(values | changes))


def fetched(
    keyword: str, *papers: Paper, old: bool = False, reason: str = "", **changes: Any
) -> Fetched:
    """A fetch whose papers are new, or old; it is complete unless there is a reason why not."""
    values: dict[str, Any] = {
        "at": START,
        "complete": not reason,
        "new": () if old else papers,
        "old": papers if old else (),
    }
    return Fetched(keyword, reason=reason, **(values | changes))


def kept(edition: str, *papers: str, **changes: Any) -> EditionKept:
    """The part of a message that its recipients share."""
    values: dict[str, Any] = {"sender": "digest@example.org", "head": "", "body": ""}
    return EditionKept(edition, papers=papers, **(values | changes))


def composed(
    address: str, covers: Mapping[str, int], name: str = "<1@x>", **changes: Any
) -> Composed:
    """A message that waits; the first character of its name makes that of its edition."""
    values: dict[str, Any] = {
        "edition": f"e{name[1]}",
        "recipient": address,
        "head": "",
        "at": START,
        "papers": 1,
    }
    return Composed(address, message_id=name, covers=covers, **(values | changes))


def accepted(address: str, name: str = "<1@x>", **changes: Any) -> AcceptedTogether:
    """The server takes a message."""
    values: dict[str, Any] = {"at": START}
    return AcceptedTogether(messages=((address, name, "ok"),), **(values | changes))


def deferred(address: str, name: str = "<1@x>", **changes: Any) -> Deferred:
    """The server puts a message off."""
    values: dict[str, Any] = {"at": START, "code": 451, "reply": "busy"}
    return Deferred(address, message_id=name, **(values | changes))


def refused(address: str, name: str = "<1@x>", **changes: Any) -> Refused:
    """The server refuses a message for good."""
    values: dict[str, Any] = {"at": START, "code": 550, "reply": "no"}
    return Refused(address, message_id=name, **(values | changes))


def passed(address: str, covers: Mapping[str, int]) -> Passed:
    """A reader has had all of it."""
    return Passed(address, covers=covers)


def envelopes(
    *readers: str, data: bytes = b"Subject: x\r\n\r\nhello\r\n", edition: str = "e"
) -> Iterator[Envelope]:
    """Yields the same message to each; a reader without a domain is at example.org."""
    for name in readers:
        to = name if "@" in name else f"{name}@example.org"
        identifier = f"<{name.partition('@')[0]}@x>"
        yield Envelope(to, identifier, "digest@example.org", to, edition, lambda: (ready(data),))


async def at_once(_: float) -> None:
    """A pause that takes no time."""
