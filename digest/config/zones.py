"""Time zones by their names in the IANA database, and suggestions for other names.

An abbreviation such as PST or an offset such as UTC+2 names no place, so it does not say when
summer time begins. Each is a mistake, and the message names the zone to write. CET, EET, MET, WET,
HST and GMT are names in the database with their usual meaning, and are accepted.
"""

import re
import unicodedata
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from digest.config.cities import ZONES
from digest.text import either, nearest, shown

_LIKE = 0.75
"""How like a city's name a slip of the pen is: that of another city is mostly less like it."""

_FIXED = {
    "EST": ("America/New_York", "America/Panama"),
    "MST": ("America/Denver", "America/Phoenix"),
}
"""Names in the database without summer time: for each the usual zone, and one without it."""

_ABBREVIATIONS = {
    **dict.fromkeys(("EDT", "ET"), ("America/New_York",)),
    **dict.fromkeys(("CDT", "CT"), ("America/Chicago",)),
    **dict.fromkeys(("MDT", "MT"), ("America/Denver",)),
    **dict.fromkeys(("PST", "PDT", "PT"), ("America/Los_Angeles",)),
    **dict.fromkeys(("AKST", "AKDT"), ("America/Anchorage",)),
    **dict.fromkeys(("NST", "NDT"), ("America/St_Johns",)),
    **dict.fromkeys(("BRT", "BRST"), ("America/Sao_Paulo",)),
    **dict.fromkeys(("CEST", "MESZ", "MEZ"), ("Europe/Berlin",)),
    **dict.fromkeys(("EEST",), ("Europe/Athens",)),
    **dict.fromkeys(("WEST",), ("Europe/Lisbon",)),
    **dict.fromkeys(("MSK", "MSD"), ("Europe/Moscow",)),
    **dict.fromkeys(("TRT",), ("Europe/Istanbul",)),
    **dict.fromkeys(("JST",), ("Asia/Tokyo",)),
    **dict.fromkeys(("KST",), ("Asia/Seoul",)),
    **dict.fromkeys(("HKT",), ("Asia/Hong_Kong",)),
    **dict.fromkeys(("SGT",), ("Asia/Singapore",)),
    **dict.fromkeys(("IRST", "IRDT"), ("Asia/Tehran",)),
    **dict.fromkeys(("PKT",), ("Asia/Karachi",)),
    **dict.fromkeys(("ICT",), ("Asia/Bangkok",)),
    **dict.fromkeys(("WIB",), ("Asia/Jakarta",)),
    **dict.fromkeys(("CAT",), ("Africa/Maputo",)),
    **dict.fromkeys(("EAT",), ("Africa/Nairobi",)),
    **dict.fromkeys(("SAST",), ("Africa/Johannesburg",)),
    **dict.fromkeys(("WAT",), ("Africa/Lagos",)),
    **dict.fromkeys(("AEST", "AEDT"), ("Australia/Sydney", "Australia/Brisbane")),
    **dict.fromkeys(("ACST", "ACDT"), ("Australia/Adelaide",)),
    **dict.fromkeys(("AWST",), ("Australia/Perth",)),
    **dict.fromkeys(("NZST", "NZDT"), ("Pacific/Auckland",)),
    # Names used in several countries.
    "AST": ("America/Halifax", "Asia/Riyadh"),
    "ADT": ("America/Halifax",),
    "BST": ("Europe/London", "Asia/Dhaka"),
    "CST": ("America/Chicago", "Asia/Shanghai"),
    "GST": ("Asia/Dubai",),
    "IST": ("Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"),
}

_OFFSET = re.compile(
    r"(?:UTC|GMT|Z)? ?(?P<sign>[+−-])(?P<hours>[0-9]{1,2})(?::?(?P<minutes>[0-9]{2}))?"
)
_CITIES = {
    -600: "Pacific/Honolulu",
    -540: "America/Anchorage",
    -480: "America/Los_Angeles",
    -420: "America/Denver",
    -360: "America/Chicago",
    -300: "America/New_York",
    -240: "America/Halifax",
    -210: "America/St_Johns",
    -180: "America/Sao_Paulo",
    -60: "Atlantic/Azores",
    0: "Europe/London",
    60: "Europe/Berlin",
    120: "Europe/Athens",
    180: "Europe/Istanbul",
    210: "Asia/Tehran",
    240: "Asia/Dubai",
    300: "Asia/Karachi",
    330: "Asia/Kolkata",
    345: "Asia/Kathmandu",
    360: "Asia/Dhaka",
    390: "Asia/Yangon",
    420: "Asia/Bangkok",
    480: "Asia/Shanghai",
    540: "Asia/Tokyo",
    570: "Australia/Adelaide",
    600: "Australia/Sydney",
    720: "Pacific/Auckland",
}
"""A city for each offset of standard time from UTC, in minutes."""
_SUMMER = frozenset({-540, -480, -420, -360, -300, -240, -210, -60, 0, 60, 120, 570, 600, 720})
"""The offsets whose city has summer time."""


def zone(name: str) -> ZoneInfo:
    """The time zone called `name`.

    Raises:
        ValueError: There is none, or the name does not mean what it seems to. The message is a
            whole sentence with the name to write.
    """
    if name in _FIXED:
        usual, fixed = _FIXED[name]
        raise ValueError(
            f"{shown(name)} has no summer time in the IANA database; write {usual}, or {fixed} "
            "where there is no summer time"
        )
    try:
        return _known(name)
    except (LookupError, ValueError, OSError):
        hint = _hint(name) or "; write one such as Europe/Berlin"
        raise ValueError(f"{shown(name)} is no time zone of the IANA database{hint}") from None


@cache
def _known(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@cache
def _names() -> tuple[str, ...]:
    """All names in the database, read once."""
    return tuple(sorted(available_timezones()))


def _hint(name: str) -> str:
    """A suggestion as the end of a sentence; "" if there is none."""
    bare = name.strip().upper()
    if names := _ABBREVIATIONS.get(bare.replace(".", "")):
        return f"; write {either(names)}"
    if match := _OFFSET.fullmatch(bare):
        return _for_offset(match)
    city, cities = _city(name), _zones_by_city()
    meant = city if city in cities else nearest(city, tuple(cities), cutoff=_LIKE)
    if meant is None:
        return ""
    zone = nearest(name, cities[meant], cutoff=0)
    return f"; did you mean {shown(zone)}?" if zone else ""


def _city(name: str) -> str:
    """The part after the last slash, in small letters without accents, with spaces."""
    words = " ".join(name.rpartition("/")[2].replace("_", " ").split())
    letters = unicodedata.normalize("NFKD", words.casefold())
    return "".join(c for c in letters if not unicodedata.combining(c))


@cache
def _zones_by_city() -> dict[str, tuple[str, ...]]:
    """The zones that a city's name may mean, those of the database before any other."""
    found = {city: (zone,) for city, zone in ZONES.items()}
    named: dict[str, tuple[str, ...]] = {}
    for zone in _names():
        named[_city(zone)] = (*named.get(_city(zone), ()), zone)
    return found | named


def _for_offset(match: re.Match[str]) -> str:
    """The suggestions for an offset: a city that has it, and a zone whose offset never changes."""
    sign = 1 if match["sign"] == "+" else -1
    minutes = sign * (60 * int(match["hours"]) + int(match["minutes"] or 0))
    cities = [_CITIES[minutes]] if minutes in _CITIES else []
    if minutes - 60 in _SUMMER:
        cities.append(f"{_CITIES[minutes - 60]} (in summer)")
    hours, rest = divmod(abs(minutes), 60)
    if not minutes:
        cities.append("UTC (the same all year)")
    elif not rest and -12 * 60 <= minutes <= 14 * 60:
        # Names in the database have the sign of POSIX: plus is west of Greenwich.
        cities.append(f"Etc/GMT{'-' if sign > 0 else '+'}{hours} (the same all year)")
    return f"; write the zone of a city: {either(cities)}" if cities else ""
