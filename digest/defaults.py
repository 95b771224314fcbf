"""The section `defaults` of subscribers.yaml: when mails go out, unless a reader says otherwise."""

import re
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from digest.announcements import Calendar
from digest.fields import Fields
from digest.wording import did_you_mean, shown
from digest.yaml_tree import Findings

SCHEDULE_KEYS = ("at", "timezone", "days", "updates", "empty")
DEFAULTS_KEYS = (*SCHEDULE_KEYS, "first_days", "patience", "holidays")

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_MOST_DAYS = 36500
"""A hundred years: further back than arXiv."""
_MOST_PATIENCE = timedelta(hours=20)
"""Less than a day, or one digest would run into the next."""
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DURATION = re.compile(r"(?:([0-9]{1,4}(?:\.[0-9]+)?) ?h)? ?(?:([0-9]{1,4}) ?m(?:in)?)?")


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a mail goes out, and with what: what a subscriber takes from `defaults`.

    `at` is a local time in `timezone`, `days` counts from 0, Monday; `updates` says whether new
    versions are shown, `empty` whether a mail goes out when there is nothing new.
    """

    at: time = time(8)
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    days: frozenset[int] = frozenset(range(5))
    updates: bool = False
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Defaults:
    """The whole section. A new keyword mails the papers of the last `first_days` days.

    A digest waits for at most `patience` for arXiv; `calendar` knows of the holidays named here.
    """

    first_days: int = 7
    schedule: Schedule = field(default_factory=Schedule)
    patience: timedelta = timedelta(hours=2)
    calendar: Calendar = field(default_factory=Calendar)


def read_defaults(top: Fields, findings: Findings) -> Defaults:
    """The section in the file's mapping `top`, with what it leaves out."""
    built_in = Defaults()
    node = top.node("defaults", may_be_empty=True)
    given = Fields.of(node, "defaults", DEFAULTS_KEYS, findings) if node else None
    if given is None:
        return built_in
    days = _first_days(given)
    patience = _patience(given)
    return Defaults(
        first_days=built_in.first_days if days is None else days,
        schedule=read_schedule(given, built_in.schedule),
        patience=built_in.patience if patience is None else patience,
        calendar=Calendar(_holidays(given, findings)),
    )


def read_schedule(given: Fields, default: Schedule) -> Schedule:
    """When and with what a mail goes out, from `given` and for the rest from `default`."""
    if not any(key in given for key in SCHEDULE_KEYS):
        return default
    days = given.choices("days", DAYS)
    updates = given.choice("updates", ("ignore", "section"))
    empty = given.choice("empty", ("skip", "send"))
    return Schedule(
        at=_time(given) or default.at,
        timezone=_timezone(given) or default.timezone,
        days=frozenset(map(DAYS.index, days)) if days else default.days,
        updates=updates == "section" if updates else default.updates,
        empty=empty == "send" if empty else default.empty,
    )


def _first_days(given: Fields) -> int | None:
    text = given.text("first_days")
    if text is None:
        return None
    if re.fullmatch("[0-9]{1,5}", text) and int(text) <= _MOST_DAYS:
        return int(text)
    given.wrong(
        "first_days", f"{shown(text)} is not allowed; write a number from 0 to {_MOST_DAYS}"
    )
    return None


def _patience(given: Fields) -> timedelta | None:
    text = given.text("patience")
    if text is None:
        return None
    bare = re.fullmatch(r"[0-9]{1,2}(?:\.[0-9]+)?", text)
    match = _DURATION.fullmatch(f"{text}h" if bare else text)
    if match and any(match.groups()):
        duration = timedelta(hours=float(match[1] or 0), minutes=int(match[2] or 0))
        if duration <= _MOST_PATIENCE:
            return duration
    given.wrong("patience", f"{shown(text)} is not allowed; write 2h, 90m or 1h 30m, at most 20h")
    return None


def _holidays(given: Fields, findings: Findings) -> frozenset[date]:
    days = set()
    for item in given.texts("holidays") or ():
        try:
            days.add(date.fromisoformat(item.text))
        except ValueError:
            words = f"holidays: {shown(item.text)} is no day; write one such as 2027-01-01"
            findings.add(item.line, words)
    return frozenset(days)


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
