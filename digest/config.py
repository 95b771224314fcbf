"""subscribers.yaml: who reads which keywords, and when.

    data ── yaml_tree ──> a tree with lines ── this module ──> Subscriptions
                                  └── every mistake at once ──> MistakesError

docs/configuration.md says what each key means.
"""

import re
from dataclasses import dataclass, field
from datetime import time
from zoneinfo import ZoneInfo, available_timezones

from digest.addresses import address, is_name
from digest.fields import Fields, described
from digest.keywords import Keyword, read_keywords
from digest.paper import clean
from digest.wording import did_you_mean, shown
from digest.yaml_tree import Findings, Items, Scalar, read_tree

__all__ = [
    "DEFAULTS_KEYS",
    "FILE_KEYS",
    "SUBSCRIBER_KEYS",
    "Keyword",
    "Subscriber",
    "Subscriptions",
    "parse",
]

FILE_KEYS = ("keywords", "defaults", "subscribers")
SCHEDULE_KEYS = ("at", "timezone", "days", "updates", "empty")
_MOST_DAYS = 36500
"""A hundred years: further back than arXiv."""

DEFAULTS_KEYS = (*SCHEDULE_KEYS, "first_days")
SUBSCRIBER_KEYS = ("email", "name", "keywords", *SCHEDULE_KEYS)

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Someone who gets mail: `keywords`, in the file's order, at `at` in `timezone` on `days`.

    `days` counts from 0, Monday; `updates` and `empty` say whether new versions are shown, and
    whether a mail goes out when there is nothing new. `address_key` is the same for two ways of
    writing one address; `name` is empty where none is given.
    """

    email: str
    name: str
    keywords: tuple[str, ...]
    at: time
    timezone: ZoneInfo
    days: frozenset[int]
    updates: bool
    empty: bool
    address_key: str


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """The whole file. A new keyword mails the papers of the last `first_days` days."""

    keywords: tuple[Keyword, ...]
    subscribers: tuple[Subscriber, ...]
    first_days: int
    timezone: ZoneInfo

    def keyword(self, name: str) -> Keyword:
        """The keyword called `name`; KeyError where there is none."""
        for keyword in self.keywords:
            if keyword.name == name:
                return keyword
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class _Schedule:
    """What a subscriber takes from `defaults` where it says nothing itself."""

    at: time = time(8)
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    days: frozenset[int] = frozenset(range(5))
    updates: bool = False
    empty: bool = False


def parse(data: bytes, where: str) -> Subscriptions:
    """Reads the bytes of subscribers.yaml; `where` is the file's name, for the messages.

    Raises:
        MistakesError: With every mistake there is, in the order of the lines.
    """
    findings = Findings(where)
    root = read_tree(data, findings)
    if root is None or (isinstance(root, Scalar) and root.empty):
        findings.add(1, "the file is empty; it needs the sections keywords and subscribers")
        raise findings.error()
    top = Fields.of(root, "the file", FILE_KEYS, findings)
    if top is None:
        raise findings.error()
    keywords = read_keywords(top, findings)
    first_days, schedule = _defaults(top, findings)
    subscribers = _subscribers(top, tuple(keywords), schedule, findings)
    if findings.mistakes:
        raise findings.error()
    return Subscriptions(
        keywords=tuple(keyword for keyword in keywords.values() if keyword),
        subscribers=subscribers,
        first_days=first_days,
        timezone=schedule.timezone,
    )


def _defaults(top: Fields, findings: Findings) -> tuple[int, _Schedule]:
    """The section `defaults`: `first_days`, and what subscribers take from it."""
    built_in = _Schedule()
    node = top.node("defaults", may_be_empty=True)
    given = Fields.of(node, "defaults", DEFAULTS_KEYS, findings) if node else None
    if given is None:
        return 7, built_in
    days = given.text("first_days")
    days = "7" if days is None else days
    if not re.fullmatch("[0-9]{1,5}", days) or int(days) > _MOST_DAYS:
        allowed = f"write a number from 0 to {_MOST_DAYS}"
        given.wrong("first_days", f"{shown(days)} is not allowed; {allowed}")
        days = "7"
    return int(days), _schedule(given, built_in)


def _schedule(given: Fields, default: _Schedule) -> _Schedule:
    """When and with what a mail goes out, from `given` and for the rest from `default`."""
    days = given.choices("days", DAYS)
    updates = given.choice("updates", ("ignore", "section"))
    empty = given.choice("empty", ("skip", "send"))
    return _Schedule(
        at=_time(given) or default.at,
        timezone=_timezone(given) or default.timezone,
        days=frozenset(map(DAYS.index, days)) if days else default.days,
        updates=updates == "section" if updates else default.updates,
        empty=empty == "send" if empty else default.empty,
    )


def _time(given: Fields) -> time | None:
    text = given.text("at")
    if text is None:
        return None
    if match := _TIME.fullmatch(text):
        return time(int(match[1]), int(match[2]))
    given.wrong("at", f'{shown(text)} is no time of day; write one from "00:00" to "23:59"')
    return None


def _timezone(given: Fields) -> ZoneInfo | None:
    name = given.text("timezone")
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        hint = did_you_mean(name, available_timezones()) or "; write one such as Europe/Berlin"
        given.wrong("timezone", f"{shown(name)} is no time zone of the IANA database{hint}")
        return None


def _subscribers(
    top: Fields, keywords: tuple[str, ...], default: _Schedule, findings: Findings
) -> tuple[Subscriber, ...]:
    node = top.node("subscribers")
    if "subscribers" not in top:
        findings.add(1, "there is no section subscribers; it lists who gets mail")
    elif isinstance(node, Items) and not node.nodes:
        top.wrong("subscribers", "there is none; list at least one, as `- email: ada@example.org`")
    elif node and not isinstance(node, Items):
        top.wrong("subscribers", f"a list is wanted here, not {described(node)}")
    if not isinstance(node, Items):
        return ()
    subscribers = []
    first_lines: dict[str, int] = {}
    for item in node.nodes:
        given = Fields.of(item, "a subscriber", SUBSCRIBER_KEYS, findings)
        if given is None:
            continue
        subscriber = _subscriber(given, keywords, default, findings)
        if not subscriber:
            continue
        if first := first_lines.get(subscriber.address_key):
            given.wrong("email", f"{shown(subscriber.email)} is subscribed in line {first} already")
        else:
            first_lines[subscriber.address_key] = given.line("email")
            subscribers.append(subscriber)
    return tuple(subscribers)


def _subscriber(
    given: Fields, keywords: tuple[str, ...], default: _Schedule, findings: Findings
) -> Subscriber | None:
    name = given.text("name") or ""
    if not is_name(name):
        given.wrong("name", "there is a line break or a control character in it; leave it out")
    wanted = _wanted(given, keywords, findings)
    schedule = _schedule(given, default)
    text = given.text("email")
    if text is None:
        if "email" not in given:
            given.wrong("email", "this subscriber has no address; every subscriber needs one")
        return None
    try:
        to = address(text)
    except ValueError as error:
        given.wrong("email", f"{shown(text)} is no mail address: {error}")
        return None
    return Subscriber(
        email=to.text,
        name=name.strip(),
        keywords=wanted,
        at=schedule.at,
        timezone=schedule.timezone,
        days=schedule.days,
        updates=schedule.updates,
        empty=schedule.empty,
        address_key=to.key,
    )


def _wanted(given: Fields, keywords: tuple[str, ...], findings: Findings) -> tuple[str, ...]:
    """A subscriber's keywords, in the order of the section; all where none is named."""
    listed = given.texts("keywords")
    if listed is None:
        return keywords
    wanted = set()
    for item in listed:
        name = clean(item.text)
        if keywords and name not in keywords:
            hint = did_you_mean(name, keywords)
            findings.add(item.line, f"keywords: {shown(name)} is not a keyword of this file{hint}")
        wanted.add(name)
    return tuple(keyword for keyword in keywords if keyword in wanted)
