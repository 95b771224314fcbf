"""Decides what the configuration changes about the state: keywords and readers come, go, return.

Two configurations may share a state. Each speaks for its own keywords and readers alone: a reader
whom it does not name is another one's, and has not gone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from digest.clock import Moment
from digest.selection.wrong_clock import opened_wrongly, refuse_to_go_back
from digest.store.events import (
    ConfigurationGone,
    Configured,
    Event,
    Expired,
    KeywordClosed,
    KeywordOpened,
    Subscribed,
    Unsubscribed,
)
from digest.store.known import Known
from digest.store.records import A_LEAP, OWED_FOR, SubscriberRecord

_A_DAY = timedelta(days=1)
_STEADY = timedelta(days=7)
"""So long after the last leap of the clock nothing expires: the clock may be wrong."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one configuration says.

    `name` is the path of its file, `queries` gives arXiv's query for each keyword, `readers` the
    keywords of each address in its canonical form. A new keyword or reader is due the papers of the
    last `first_days` days.
    """

    name: str
    queries: Mapping[str, str]
    readers: Mapping[str, tuple[str, ...]]
    first_days: int


def changes(known: Known, wanted: Wanted, at: Moment) -> list[Event]:
    """The events that bring what is known up to what the configuration says at the moment `at`.

    Raises:
        ClockBehindError: the present is far before papers that are known.
    """
    refuse_to_go_back(known.papers(), at)
    return [
        *_in_use(known, wanted, at),
        *_keywords(known, wanted, at),
        *(_expired(known, at) if _steady(known, wanted, at) else ()),
        *_readers(known, wanted, at),  # after: who is back on that day is due what comes
    ]


def _own_name(known: Known, wanted: Wanted) -> str:
    """The name under which the configuration is known: none, in a state of an older program."""
    return wanted.name if known.configurations() else ""


def _in_use(known: Known, wanted: Wanted, at: Moment) -> Iterator[Event]:
    """Yields that this configuration is in use, and which others are not any more."""
    record = known.configuration(wanted.name)
    passed = record is not None and not timedelta() <= at - record.seen < _A_DAY
    if record is None or passed or record.first_days != wanted.first_days:
        yield Configured(wanted.name, at, wanted.first_days)
    if _steady(known, wanted, at):
        for name, other in known.configurations():
            if name != wanted.name and at - other.seen >= OWED_FOR:
                yield ConfigurationGone(name)


def _steady(known: Known, wanted: Wanted, at: Moment) -> bool:
    """Whether the clock has gone on for a week as it does from day to day."""
    record = known.configuration(wanted.name)
    return (
        record is not None
        and timedelta() <= at - record.seen < A_LEAP
        and at - record.steady_since >= _STEADY
    )


def _keywords(known: Known, wanted: Wanted, at: Moment) -> Iterator[Event]:
    """Yields what is other about the keywords.

    One that was opened while the clock was wrong begins anew.
    """
    own, since = _own_name(known, wanted), at - timedelta(days=wanted.first_days)
    for name, query in wanted.queries.items():
        record = known.keyword(name)
        anew = record is not None and opened_wrongly(record, since, at)
        asked = record.asked.get(own, record.query) if record else query
        if (
            record is None
            or anew
            or own not in record.configurations
            or {record.query, asked} != {query}
        ):
            yield KeywordOpened(name, query, since, wanted.name, anew=anew)
    for name, record in known.keywords():
        if own in record.configurations and name not in wanted.queries:
            yield KeywordClosed(name, wanted.name, at)


def _readers(known: Known, wanted: Wanted, at: Moment) -> Iterator[Event]:
    """Yields what is other about the readers and what they read.

    Where one address goes and a new one comes that reads a keyword of theirs, it may be that of
    the same person: the new one is due what the other is owed, however long ago that was found.
    """
    own = _own_name(known, wanted)
    since = at - timedelta(days=wanted.first_days)
    gone: dict[str, tuple[str, ...]] = {}
    for address, record in known.readers():
        read = record.history.reads.get(own)
        if read and address not in wanted.readers:
            gone[address] = read
    owed = {address: _owed_since(known, address) for address in gone}
    for address, keywords in wanted.readers.items():
        reader = known.reader(address)
        had = reader.history.reads.get(own, ()) if reader else ()
        if had == keywords:
            continue
        before, now = set(had), set(keywords)
        if added := tuple(keyword for keyword in keywords if keyword not in before):
            # first: a reader with no keyword left has gone
            heir = [owed[one] for one in gone if not reader and now & set(gone[one])]
            begins = min([since, *filter(None, heir)])
            yield Subscribed(address, added, wanted.name, begins, at)
        if removed := tuple(keyword for keyword in had if keyword not in now):
            yield Unsubscribed(address, removed, wanted.name, at)
    for address, read in gone.items():
        yield Unsubscribed(address, read, wanted.name, at)


def _owed_since(known: Known, address: str) -> Moment | None:
    """When the first of what a reader is owed was found, None where nothing is or it is unknown."""
    keywords = known.known_reader(address).claims
    found = (
        known.open_keyword(keyword).found.get(number)
        for keyword in keywords
        for number in known.due(address, keyword)
    )
    return min((moment for moment in found if moment), default=None)


def _expired(known: Known, at: Moment) -> Iterator[Event]:
    """Yields the readers who have been gone for so long that nothing is owed to them any more."""
    for address, record in known.readers():
        if record.left_at and at - record.left_at >= OWED_FOR and _is_owed(record):
            yield Expired(address)


def _is_owed(record: SubscriberRecord) -> bool:
    return bool(record.pending or record.owed_elsewhere)
