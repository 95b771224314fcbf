"""Decides which keywords are served by a harvest, by the papers kept here, or by arXiv's API.

keywords asked for ─┬─> complete through the last announcement: nothing to do
├─> the papers kept here reach back far enough: evaluated on them
├─> a harvest, from the day on that the keywords need
└─> a few that need days long past: the API is cheaper
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from digest.clock import Moment
from digest.model.announcements import Calendar
from digest.selection.completeness import REACH_BACK
from digest.selection.source_choice import MOST_BY_API
from digest.selection.window import begin_of_window, needed_from
from digest.source.recent_papers import Coverage
from digest.store.known import Known
from digest.store.records import FormerQuery, KeywordRecord

_FAR = timedelta(days=5)
"""A keyword that needs days before this makes a harvest much longer."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The way of each keyword that was asked for.

    `begin` is the first day of the harvest, None where none is needed. `evaluated` are the keywords
    to be evaluated on it; with `long` they need days before `begin`, which are kept here.
    """

    current: tuple[str, ...] = ()
    from_kept: tuple[str, ...] = ()
    begin: date | None = None
    evaluated: tuple[str, ...] = ()
    long: tuple[str, ...] = ()
    api: tuple[str, ...] = ()


def is_stale(record: KeywordRecord, available: Moment, now: Moment) -> bool:
    """Returns whether a keyword may lack papers that are to be had.

    `available` is the moment when the last announcement arrived.
    """
    through = record.complete_through
    return through is None or through > now or through < available or bool(record.former)


def needs(record: KeywordRecord) -> Moment:
    """The moment from which a keyword needs papers; its former queries have to be read as well."""
    asked: tuple[KeywordRecord | FormerQuery, ...] = (record, *record.former)
    return min(needed_from(one.complete_through, one.since) for one in asked)


def _met_from(record: KeywordRecord) -> Moment:
    """The moment from which a keyword meets papers, where the harvest has to be long for it.

    A new keyword meets those of the month before its beginning as well, as by a listing of the API.
    So a paper of that month that is revised later does not count as new.
    """
    return needs(record) if record.complete_through else record.since - REACH_BACK


def plan(
    ledger: Known,
    asked: Iterable[str],
    here: Collection[str],
    *,
    calendar: Calendar,
    kept: Coverage | None,
    now: Moment,
    most_by_api: int = MOST_BY_API,
) -> Plan:
    """Decides for each keyword.

    Args:
        ledger: what is known.
        asked: the keywords that are to be read now.
        here: all active keywords that can be evaluated here.
        calendar: the days and hours of arXiv's announcements.
        kept: the days that the papers kept here cover, None for none.
        now: the present.
        most_by_api: the keywords that the API may serve; 0 where it refuses.
    """
    names = list(asked)
    available = calendar.available(now)
    every = {name: record for name, record in ledger.keywords() if name in here}
    api = [name for name in names if name not in every]
    mine = [name for name in names if name in every]
    stale = [name for name in mine if is_stale(every[name], available, now)]
    lacking = set(stale)
    current = tuple(name for name in mine if name not in lacking)
    needed = {name: needs(every[name]) for name in stale}
    first = datetime.combine(kept.first, time(), UTC) if kept else now
    fresh = kept is not None and kept.through >= calendar.last(available)
    from_kept = [name for name in stale if fresh and first <= needed[name]]
    rest = [name for name in stale if not (fresh and first <= needed[name])]
    far = [name for name in rest if needed[name] < min(first, now - _FAR)]
    if len(far) > most_by_api:
        needed |= {name: _met_from(every[name]) for name in far}
        far = []
    api += far
    if len(far) == len(rest):
        return Plan(current, tuple(from_kept), api=tuple(api))
    left_out = set(far)
    last = ledger.harvests.complete[-1] if ledger.harvests.complete else None
    beyond = [needed[name] for name in rest if name not in left_out and needed[name] < first]
    begin = begin_of_window(last, beyond, now)
    start = datetime.combine(begin, time(), UTC)
    evaluated = tuple(
        name
        for name, record in every.items()
        if name not in left_out and min(start, first) <= needs(record)
    )
    long = tuple(name for name in evaluated if needs(every[name]) < start)
    return Plan(current, (), begin, evaluated, long, tuple(api))
