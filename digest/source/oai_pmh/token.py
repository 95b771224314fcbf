"""Reads and writes resumption tokens: the places in a chain of pages.

arXiv's tokens hold all that the server knows of the chain: the arguments of the request, with
`from` moved on to the day that was reached, and `skip`, the number of that day's records that were
given already (arXiv's published code, arXiv/oaipmh). So a token can be written here as well.

    verb%3DListRecords%26metadataPrefix%3DarXivRaw%26from%3D2026-11-23%26skip%3D1187
"""

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlencode

from digest.source.harvest import Place

PREFIX = "arXivRaw"
"""The metadata format that is asked for; it is the only one with all versions of a paper."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SKIP = re.compile(r"\d{1,9}", re.ASCII)
_TIMES = 3
"""The most times that a token was percent-encoded."""


@lru_cache(maxsize=64)
def read_day(text: str) -> date | None:
    """The day that is written `YYYY-MM-DD`; None where the text is something else."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def arguments(verb: str, place: Place) -> dict[str, str]:
    """The arguments of the request that asks for the page at `place`."""
    if place.token:
        return {"verb": verb, "resumptionToken": place.token}
    if place.skip:
        return {"verb": verb, "resumptionToken": _written(verb, place)}
    return {"verb": verb, "metadataPrefix": PREFIX, "from": place.day.isoformat()}


def next_place(place: Place, token: str, days: Sequence[date]) -> Place:
    """The place to which a resumption token leads.

    A token of another form than arXiv's own tells no place. Then the place is counted.

    Args:
        place: the place of the page that holds the token.
        token: the resumption token.
        days: the datestamps of the records on that page.

    Raises:
        ValueError: the place is not after `place`, so the chain would have no end.
    """
    found = _place(token) or _counted(place, token, days)
    if (found.day, found.skip) <= (place.day, place.skip):
        raise ValueError("a resumption token that does not lead on")
    return found


def _written(verb: str, place: Place) -> str:
    fields = {
        "verb": verb,
        "metadataPrefix": PREFIX,
        "from": place.day.isoformat(),
        "skip": str(place.skip),
    }
    return quote(urlencode(fields), safe="")


def _place(token: str) -> Place | None:
    text = token
    for _ in range(_TIMES):
        fields = dict(parse_qsl(text))
        day, skip = read_day(fields.get("from", "")), fields.get("skip", "0")
        if day and _SKIP.fullmatch(skip):
            return Place(day, int(skip), token)
        text = unquote(text)
    return None


def _counted(place: Place, token: str, days: Sequence[date]) -> Place:
    last = max(days, default=place.day)
    before = place.skip if last == place.day else 0
    return Place(last, before + sum(day == last for day in days), token)
