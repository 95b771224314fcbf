"""Reads the ranges of dates in queries: `submittedDate:[20261101 TO 20261130]`, in GMT.

A range has minutes in the end: `202611010000 TO 202611302359`. The rules are those of arXiv's
published code (arXiv/arxiv-search, classic_search_query.py and prepare.py).
"""

import calendar
import re
from datetime import UTC, datetime

from digest.clock import Moment

_RANGE = re.compile(r"submittedDate:\[([\d-]{4,14}) TO ([\d-]{4,14})\]", re.ASCII)
_MINUTE = "%Y%m%d%H%M"


def filled(query: str) -> str:
    """Returns the query with its ranges in quotes, and their short dates filled up.

    The first date begins its year, month or day; the second one ends it.
    """
    return _RANGE.sub(
        lambda match: f'submittedDate:"{_begun(match[1])} TO {_ended(match[2])}"', query
    )


def ends(text: str) -> tuple[Moment, Moment]:
    """Returns both ends of a range, to the minute; a paper on either end is inside.

    Raises:
        ValueError: `text` is not two dates `YYYYMMDDHHMM` with TO between them.
    """
    first, last = (_moment(date.strip()) for date in text.split("TO"))
    return first, last


def written(first: Moment, last: Moment) -> str:
    """Returns a range as a query has it: `YYYYMMDDHHMM TO YYYYMMDDHHMM`."""
    return f"{first:{_MINUTE}} TO {last:{_MINUTE}}"


def _begun(date: str) -> str:
    date = date[:12]
    if not date.isdigit():
        return date
    return date + {4: "01010000", 6: "010000", 8: "0000"}.get(len(date), "")


def _ended(date: str) -> str:
    date = date[:12]
    if not date.isdigit():
        return date
    if len(date) == 6 and int(date[:4]) and 1 <= int(date[4:]) <= 12:
        date += str(calendar.monthrange(int(date[:4]), int(date[4:]))[1])
    return date + {4: "12312359", 8: "2359"}.get(len(date), "")


def _moment(digits: str) -> Moment:
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"{digits!r} is no date")
    return datetime.strptime(digits, _MINUTE).replace(tzinfo=UTC)
