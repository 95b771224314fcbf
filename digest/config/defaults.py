"""The section `defaults` of subscribers.yaml: the schedule of readers who set none themselves."""

import re
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from digest.config.daytimes import DAYS, ChosenDays, days_of, pause_of, time_of_day, together
from digest.config.mapping import Fields
from digest.config.yaml_tree import Findings
from digest.config.zones import zone
from digest.model.announcements import Calendar
from digest.model.subscriber import Pause, Schedule
from digest.text import either, shown

SCHEDULE_KEYS = ("at", "timezone", "days", "updates", "empty", "most", "pause")
DEFAULTS_KEYS = (*SCHEDULE_KEYS, "first_days", "patience", "holidays")

_MOST_DAYS = 36500
"""The most days of `first_days`: a hundred years, longer than arXiv has existed."""
_MOST_PATIENCE = timedelta(hours=20)
"""The longest patience. It must be less than a day, so that a digest goes out before the next."""
_MOST_PAPERS = 10_000
_HOURS, _MINUTES = r"h(?:(?:ou)?rs?)?", r"m(?:in(?:ute)?s?)?"
_DURATION = re.compile(
    rf"(?:([0-9]{{1,4}}(?:\.[0-9]+)?) ?{_HOURS})?(?: ?(?:and )?([0-9]{{1,4}}) ?{_MINUTES})?"
)
_DAYS_BACK = re.compile(r"([0-9]{1,5}) ?(?:(d(?:ays?)?)|(w(?:eeks?)?))?")
_YES = frozenset({"yes", "true", "on", "always"})
_NO = frozenset({"no", "false", "off", "never", "none"})


@dataclass(frozen=True, slots=True)
class Defaults:
    """The section's values. A new keyword mails the papers of the last `first_days` days.

    A digest waits for arXiv for at most `patience`; `calendar` includes the section's holidays.
    """

    first_days: int = 7
    schedule: Schedule = field(default_factory=Schedule)
    patience: timedelta = timedelta(hours=2)
    calendar: Calendar = field(default_factory=Calendar)


def read_defaults(top: Fields, findings: Findings) -> Defaults:
    """Reads the section from the file's mapping `top`; missing keys get the built-in values."""
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
    """Reads a schedule from `given`; missing keys get their value from `default`."""
    if not any(key in given for key in SCHEDULE_KEYS):
        return default
    chosen = _days(given)
    pause, says_pause = _pause(given)
    return Schedule(
        at=_time(given) or default.at,
        timezone=_timezone(given) or default.timezone,
        days=chosen.days or default.days if chosen else default.days,
        updates=_switch(given, "updates", off="ignore", on="section", default=default.updates),
        empty=_switch(given, "empty", off="skip", on="send", default=default.empty),
        monthly=chosen.monthly if chosen else default.monthly,
        most=_most(given) or default.most,
        pause=pause if says_pause else default.pause,
    )


def _days(given: Fields) -> ChosenDays | None:
    """Reads the days of the week. Each word that is no day is a finding; None if no day is left."""
    texts = given.texts("days")
    if texts is None:
        return None
    chosen = []
    for text in texts:
        days = days_of(text.text)
        if days is None:
            wanted = f"{either(DAYS)}, or weekdays, weekends, daily or monthly"
            if text.text.lower() == "weekly":
                wanted = "the one that is meant, such as mon"
            given.wrong_item("days", text, f"is no day; write {wanted}")
        else:
            chosen.append(days)
    return together(chosen) if chosen else None


def _switch(given: Fields, key: str, *, off: str, on: str, default: bool) -> bool:
    """Whether the key's value is `on` rather than `off`; `yes` and `no` are accepted too."""
    text = given.text(key)
    if text is None:
        return default
    word = text.lower()
    if word in (on, off):
        return word == on
    if word in _YES or word in _NO:
        return word in _YES
    given.wrong(key, f"{shown(text)} is not allowed; write {off} or {on}")
    return default


def _most(given: Fields) -> int | None:
    text = given.text("most")
    if text is None:
        return None
    if re.fullmatch("[0-9]{1,5}", text) and 1 <= int(text) <= _MOST_PAPERS:
        return int(text)
    given.wrong("most", f"{shown(text)} is not allowed; write a number from 1 to {_MOST_PAPERS}")
    return None


def _pause(given: Fields) -> tuple[Pause | None, bool]:
    """The pause, and whether the key is set. The value `no` removes the pause of `defaults`."""
    texts = given.texts("pause")
    if texts is None:
        return None, False
    text = " to ".join(one.text for one in texts)
    if text.lower() in _NO:
        return None, True
    try:
        pause = pause_of(text)
    except ValueError as error:
        given.wrong("pause", f"{shown(text)} is no pause: {error}")
        return None, False
    if pause is None:
        wanted = "write `2026-12-24 to 2027-01-06` or `until 2027-01-06`"
        given.wrong("pause", f"{shown(text)} is not allowed; {wanted}")
    return pause, pause is not None


def _first_days(given: Fields) -> int | None:
    text = given.text("first_days")
    if text is None:
        return None
    match = _DAYS_BACK.fullmatch(text.lower())
    days = int(match[1]) * (7 if match[3] else 1) if match else -1
    if 0 <= days <= _MOST_DAYS:
        return days
    given.wrong(
        "first_days", f"{shown(text)} is not allowed; write a number from 0 to {_MOST_DAYS}"
    )
    return None


def _patience(given: Fields) -> timedelta | None:
    text = given.text("patience")
    if text is None:
        return None
    bare = re.fullmatch(r"[0-9]{1,2}(?:\.[0-9]+)?", text)
    match = _DURATION.fullmatch(f"{text}h" if bare else text.lower())
    if match and any(match.groups()):
        duration = timedelta(hours=float(match[1] or 0), minutes=int(match[2] or 0))
        if duration <= _MOST_PATIENCE:
            return duration
    given.wrong("patience", f"{shown(text)} is not allowed; write 2h, 90m or 1h 30m, at most 20h")
    return None


def _holidays(given: Fields, findings: Findings) -> frozenset[date]:
    """Reads the days from a list or from one text with commas."""
    days = set()
    for item in given.texts("holidays") or ():
        for text in item.text.split(","):
            try:
                days.add(date.fromisoformat(text.strip()))
            except ValueError:
                words = f"holidays: {shown(text)} is no day; write one such as 2027-01-01"
                findings.add(item.line, words)
    return frozenset(days)


def _time(given: Fields) -> time | None:
    text = given.text("at")
    if text is None:
        return None
    at = time_of_day(text)
    if at is None:
        given.wrong("at", f'{shown(text)} is no time of day; write one from "00:00" to "23:59"')
    return at


def _timezone(given: Fields) -> ZoneInfo | None:
    name = given.text("timezone")
    if name is None:
        return None
    try:
        return zone(name)
    except ValueError as error:
        given.wrong("timezone", str(error))
        return None
