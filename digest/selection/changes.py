"""Decides which keywords and readers the configuration adds, changes or removes.

Two configurations may share a state. Each speaks only for its own keywords and readers. A reader
that it does not name may belong to the other one, and is not removed.
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
"""The time after the last leap of the clock in which no reader expires: the clock may be wrong."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The content of one configuration.

    `name` is the path of its file. `queries` gives arXiv's query for each keyword. `readers` gives
    the keywords of each address in its canonical form. A new keyword or reader is due the papers of
    the last `first_days` days.
    """

    name: str
    queries: Mapping[str, str]
    readers: Mapping[str, tuple[str, ...]]
    first_days: int


def changes(known: Known, wanted: Wanted, at: Moment) -> list[Event]:
    """The events that bring the state up to the configuration at the moment `at`.

    Raises:
        ClockBehindError: the present is far before the dates of papers that are known.
    """
    refuse_to_go_back(known.papers(), at)
    return [
        *_in_use(known, wanted, at),
        *_keywords(known, wanted, at),
        *(_expired(known, at) if _steady(known, wanted, at) else ()),
        *_readers(known, wanted, at),  # last: a reader who returns today is due new papers
    ]


def _own_name(known: Known, wanted: Wanted) -> str:
    """The name by which the state knows the configuration; "" in a state of an older program."""
    return wanted.name if known.configurations() else ""


def _in_use(known: Known, wanted: Wanted, at: Moment) -> Iterator[Event]:
    """Yields an event for this configuration, and one for each that is no longer in use."""
    record = known.configuration(wanted.name)
    passed = record is not None and not timedelta() <= at - record.seen < _A_DAY
    if record is None or passed or record.first_days != wanted.first_days:
        yield Configured(wanted.name, at, wanted.first_days)
    if _steady(known, wanted, at):
        for name, other in known.configurations():
            if name != wanted.name and at - other.seen >= OWED_FOR:
                yield ConfigurationGone(name)


def _steady(known: Known, wanted: Wanted, at: Moment) -> bool:
    """Returns whether the clock has gone on steadily for a week."""
    record = known.configuration(wanted.name)
    return (
        record is not None
        and timedelta() <= at - record.seen < A_LEAP
        and at - record.steady_since >= _STEADY
    )


def _keywords(known: Known, wanted: Wanted, at: Moment) -> Iterator[Event]:
    """Yields an event for each keyword that was added, changed or removed.

    A keyword that was opened while the clock was wrong begins anew.
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
    """Yields an event for each reader who was added or removed, or whose keywords changed.

    When one address goes and another comes with a common keyword, both may belong to the same
    person. So the new address is due the papers that the old one is owed, however old they are.
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
            # unsubscribes first: a reader with no keyword left has gone
            heir = [owed[one] for one in gone if not reader and now & set(gone[one])]
            begins = min([since, *filter(None, heir)])
            yield Subscribed(address, added, wanted.name, begins, at)
        if removed := tuple(keyword for keyword in had if keyword not in now):
            yield Unsubscribed(address, removed, wanted.name, at)
    for address, read in gone.items():
        yield Unsubscribed(address, read, wanted.name, at)


def _owed_since(known: Known, address: str) -> Moment | None:
    """The moment when the oldest paper owed to a reader was found; None if none, or unknown."""
    keywords = known.known_reader(address).claims
    found = (
        known.open_keyword(keyword).found.get(number)
        for keyword in keywords
        for number in known.due(address, keyword)
    )
    return min((moment for moment in found if moment), default=None)


def _expired(known: Known, at: Moment) -> Iterator[Event]:
    """Yields an event for each reader who left so long ago that no paper is owed any more."""
    for address, record in known.readers():
        if record.left_at and at - record.left_at >= OWED_FOR and _is_owed(record):
            yield Expired(address)


def _is_owed(record: SubscriberRecord) -> bool:
    return bool(record.pending or record.owed_elsewhere)
