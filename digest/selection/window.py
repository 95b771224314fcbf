"""Decides from which day on to harvest, and which records to keep of it.

A record carries the day on which it changed, and that day only moves forward. So a window that
begins two days before the last complete harvest, and has an open end, holds every later change:
moderation does not delay a datestamp. A keyword that no harvest has completed begins earlier.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from digest.clock import Moment
from digest.model.record import Record
from digest.store.readings import HarvestFacts

_OVERLAP = timedelta(days=2)
"""The days of the last complete harvest that are read again."""
_BEFORE_A_START = timedelta(days=1)
_NEVER_EMPTY = timedelta(days=4)
"""The days before today with at least one announcement, at a weekend with a holiday too. arXiv's
cache keeps the answer that nothing matches until midnight, so no window may be empty."""
_KEPT = timedelta(days=35)
"""The age of its last version up to which a paper can be new: 26 days have been seen."""
EARLIEST = date(2005, 9, 16)
"""The first datestamp of arXiv. A window that begins before it is an error."""


def needed_from(complete_through: Moment | None, since: Moment) -> Moment:
    """The moment from which a keyword needs papers that no complete harvest has given it.

    Args:
        complete_through: the moment through which arXiv's API, or an earlier harvest, has completed
            it; None for a new keyword.
        since: the moment from which its papers are to be mailed.
    """
    if complete_through is None:
        return since - _BEFORE_A_START
    return complete_through - _OVERLAP


def begin_of_window(
    last_complete: HarvestFacts | None, needs: Iterable[Moment], now: Moment
) -> date:
    """The first day of the window to harvest.

    Args:
        last_complete: the facts of the last complete harvest, None where there was none.
        needs: the moments from which keywords need papers, as `needed_from` gives them, for each
            keyword that the last complete harvest did not complete.
        now: the present. Facts from the future are those of a wrong clock, and are not used.
    """
    latest = now - _NEVER_EMPTY
    if last_complete and last_complete.through <= now:
        latest = last_complete.through - _OVERLAP
    begin = min((latest, *needs))
    return max(begin.astimezone(UTC).date(), EARLIEST)


def horizon(begin: date, now: Moment) -> Moment:
    """The date of a version before which a record of the window is not kept.

    It is 35 days before the last complete harvest, or before today, whichever is earlier.
    """
    start = datetime.combine(begin, time(), UTC) + _OVERLAP
    return min(start, now) - _KEPT


def wanted(record: Record, oldest: Moment) -> bool:
    """Returns whether to keep a record: its last version is not older than `oldest`.

    An older one is an old paper that was edited; it counts as seen.
    """
    return record.paper.updated >= oldest
