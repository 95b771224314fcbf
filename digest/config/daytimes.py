"""Times, days and pauses, as people write them: `8 am`, `Mon-Fri`, `until 2027-01-06`.

Every function takes the text as it stands in the file and returns the value, or None if the text
has no meaning. The module that knows the key makes the error message. Results are cached, because
many readers have the same text.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache

from digest.model.subscriber import Pause

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = frozenset(range(7))

_WHOLE = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORTER = {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
_NUMBERS = {
    form: number
    for number, (short, whole) in enumerate(zip(DAYS, _WHOLE, strict=True))
    for form in (short, whole, f"{whole}s")
} | _SHORTER
_GROUPS = {
    **dict.fromkeys(("weekday", "weekdays", "workday", "workdays"), frozenset(range(5))),
    **dict.fromkeys(("weekend", "weekends"), frozenset({5, 6})),
    **dict.fromkeys(("daily", "everyday", "all"), EVERY_DAY),
}
_MONTHLY = frozenset({"monthly", "first", "1st"})
_BETWEEN_DAYS = re.compile(r"[\s,;/&+]+")
_RANGE = re.compile(r"\s*(?:\.\.+|[-–—]|\bto\b|\bthrough\b|\buntil\b)\s*")
_FILLERS = frozenset({"", "and", "on", "every", "each", "the", "of", "month"})

_TIME = re.compile(
    r"(?P<hour>[0-9]{1,2})"
    r"(?:(?P<colon>[:.h])(?P<minute>[0-9]{2})(?::00)?|(?P<joined>[0-9]{2}))?"
    r" ?(?P<half>[ap]\.?m\.?|h)?"
)
_NAMED_TIMES = {"noon": time(12), "midday": time(12), "midnight": time(0)}

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_SPAN = re.compile(rf"(?:from )?({_DATE})(?: ?(?:to|until|till|through|[-–—/]|\.\.+) ?)({_DATE})")
_UNTIL = re.compile(rf"(?:until|till|through|to) ({_DATE})")


@dataclass(frozen=True, slots=True)
class ChosenDays:
    """Days of the week, 0 for Monday; with `monthly` only the first of them in each month.

    `days` is empty if the text says only `monthly`; the inherited days then hold.
    """

    days: frozenset[int]
    monthly: bool = False


@lru_cache(maxsize=1024)
def time_of_day(text: str) -> time | None:
    """Reads a time of day: `08:00`, `8.30`, `8h30`, `0830`, `8 am`, `8:30 pm` or `noon`."""
    said = " ".join(text.lower().split())
    if said in _NAMED_TIMES:
        return _NAMED_TIMES[said]
    match = _TIME.fullmatch(said) if said.isascii() else None
    if match is None or (match["joined"] and len(match["hour"]) < 2):
        return None
    hour, minute = int(match["hour"]), int(match["minute"] or match["joined"] or 0)
    half = (match["half"] or "").replace(".", "")
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif half == "h" and match["colon"] == "h":
        return None
    return time(hour, minute) if hour < 24 and minute < 60 else None


@lru_cache(maxsize=1024)
def days_of(text: str) -> ChosenDays | None:
    """Reads days: `Mon`, `Monday`, `mon, thu`, `Mon-Fri`, `weekdays`, `monthly`.

    Returns None if a word is no day.
    """
    said = " ".join(text.lower().split()).replace("every day", "daily")
    monthly, days = False, set[int]()
    for word in _BETWEEN_DAYS.split(_RANGE.sub("-", said)):
        if word in _MONTHLY:
            monthly = True
        elif word not in _FILLERS:
            named = _named_days(word)
            if named is None:
                return None
            days |= named
    return ChosenDays(frozenset(days), monthly) if days or monthly else None


def together(chosen: Iterable[ChosenDays]) -> ChosenDays:
    """Combines several choices of days into one."""
    every = list(chosen)
    days = frozenset(day for one in every for day in one.days)
    return ChosenDays(days, any(one.monthly for one in every))


def _named_days(word: str) -> frozenset[int] | None:
    """The days of one word, which can be a range such as `fri-mon`."""
    first, dash, last = word.partition("-")
    if word in _GROUPS:
        return _GROUPS[word]
    if first not in _NUMBERS or (dash and last not in _NUMBERS):
        return None
    begin = _NUMBERS[first]
    length = (_NUMBERS[last] - begin) % 7 if dash else 0
    return frozenset((begin + step) % 7 for step in range(length + 1))


def pause_of(text: str) -> Pause | None:
    """Reads a pause: `2026-12-24 to 2027-01-06` or `until 2027-01-06`.

    Raises:
        ValueError: A day does not exist, or the pause ends before it begins, as the message says.
    """
    said = " ".join(text.lower().split())
    if match := _SPAN.fullmatch(said):
        first, last = _day(match[1]), _day(match[2])
        if last < first:
            raise ValueError(f"it ends ({last}) before it begins ({first})")
        return Pause(first, last)
    if match := _UNTIL.fullmatch(said):
        return Pause(None, _day(match[1]))
    return None


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"there is no day {text}") from None
    if not 1991 <= day.year < 9000:  # arXiv began in 1991; a slot must have a next one
        raise ValueError(f"the year of {text} cannot be right")
    return day
