"""The behaviour of every store, whatever it is made of. A further one has a line in STORES."""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from builders import (
    ADA,
    BOB,
    START,
    accepted,
    composed,
    deferred,
    fetched,
    kept,
    opened,
    paper,
    passed,
    refused,
    subscribed,
    unsubscribed,
)
from memory_store import MemoryStore

from digest.errors import StateInUseError
from digest.store.events import (
    Configured,
    DeliveryBegun,
    DeliveryEnded,
    Event,
    Imported,
    MailTroubled,
    OperatorTold,
    Served,
    Withdrawn,
)
from digest.store.json_file.store import JsonFile
from digest.store.known import Known
from digest.store.ledger import Ledger
from digest.store.store import Store

STORES: Mapping[str, Callable[[Path], Store]] = {
    "JSON files": lambda home: JsonFile(home / "state.json"),
    "JSON files, folded each time": lambda home: JsonFile(home / "state.json", fold_at=0),
    "memory": lambda _: MemoryStore(),
}

HOUR = timedelta(hours=1)
LIFE: tuple[tuple[Event, ...], ...] = (
    (Configured("here", at=START, first_days=3), opened("K"), opened("L")),
    (subscribed(ADA, "K", "L"), subscribed(BOB, "K")),
    (Imported("K", at=START, papers=(paper(9),)),),
    (fetched("K", paper(1), paper(2)),),
    (fetched("L", paper(2), paper(3), reason="a page is missing"),),
    (
        kept("e1", paper(1).versioned_id),
        composed(ADA, {"K": 1, "L": 1}),
        composed(BOB, {"K": 1}, name="<1@y>"),
    ),
    (DeliveryBegun(at=START),),
    (accepted(ADA), deferred(BOB, name="<1@y>")),
    (MailTroubled(at=START, reason="no relaying"),),
    (OperatorTold(at=START, lines=("K: no relaying",), once=("a typo?",)),),
    (DeliveryEnded(at=START), Served(ADA, slot=START)),
    (refused(BOB, name="<1@y>", waited=True),),
    (Withdrawn(BOB),),
    (fetched("K", paper(1, version=2), paper(4)),),
    (passed(ADA, {"K": 2}), unsubscribed(BOB, "K")),
    (MailTroubled(at=START + HOUR, reason=""),),
    (DeliveryBegun(at=START + HOUR),),
)
"""Events of many kinds, in an order in which they may happen; those of a run are together."""


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store of each kind."""
    return STORES[request.param](tmp_path)


def record(store: Store, *events: Event) -> None:
    """Opens the store, records, and closes it."""
    with store.writing() as writer:
        writer.append(*events)


def met(known: Known) -> list[str]:
    """The papers that the keyword K has met, in order."""
    keyword = known.keyword("K")
    batches = sorted(keyword.batches.items()) if keyword else []
    return [versioned_id for _, batch in batches for versioned_id in batch.split()]


def answers(known: Known) -> dict[str, object]:
    """An answer to every question, about all that the state may know."""
    identifiers = [paper(number).id for number in range(1, 10)]
    readers, keywords = dict(known.readers()), dict(known.keywords())
    both = [(address, name) for address, one in readers.items() for name in one.claims]
    return {
        "keywords": keywords,
        "one keyword": [known.open_keyword(name) for name in keywords],
        "readers": readers,
        "one reader": [(known.reader(one), known.known_reader(one)) for one in readers],
        "unknown": (known.keyword("M"), known.reader("m"), known.edition("m")),
        "configurations": dict(known.configurations()),
        "one configuration": known.configuration("here"),
        "editions": [known.edition(name) for name in ("e1", "e2")],
        "mail": (known.mail_trouble, known.delivering),
        "operator": (known.operator_told, known.told_once),
        "papers": {one.versioned_id: one for one in known.papers()},
        "sightings": [list(known.sightings(k).of(i)) for k in keywords for i in identifiers],
        "had": [known.had_versions(address, identifiers) for address in readers],
        "recent": [(known.recent(name), known.listed(name)) for name in keywords],
        "due": [(list(known.due(*one)), known.due_upto(*one)) for one in both],
        "since last": [known.since_last(*one) for one in both],
        "latest": [known.latest(address, [name], paper(1)) for address, name in both],
    }


def test_nothing_yet(store: Store) -> None:
    """A store that was never written is empty."""
    assert answers(store.reading()) == answers(Ledger())
    assert "papers seen" not in store.examine() or " 0 papers seen" in store.examine()


def test_answers_follow_from_the_events(store: Store) -> None:
    """After each run a reader has the answers that follow from all events so far."""
    ledger = Ledger()
    for events in LIFE:
        for event in events:
            ledger.apply(event)
        record(store, *events)
        assert answers(store.reading()) == answers(ledger)


def test_all_at_once(store: Store) -> None:
    """Events that are recorded together have the same effect as one after the other."""
    events = [event for events in LIFE for event in events]
    record(store, *events)
    ledger = Ledger()
    for event in events:
        ledger.apply(event)
    assert answers(store.reading()) == answers(ledger)


def test_what_was_recorded_is_there(store: Store) -> None:
    """Each run goes on where the one before ended."""
    record(store, opened("K"), fetched("K", paper(1)))
    with store.writing() as writer:
        assert met(writer.known) == [paper(1).versioned_id]
        writer.append(fetched("K", paper(2)))
        assert met(writer.known) == [paper(1).versioned_id, paper(2).versioned_id]
    assert met(store.reading()) == [paper(1).versioned_id, paper(2).versioned_id]
    assert "2 papers seen" in store.examine()


def test_a_run_that_fails(store: Store) -> None:
    """Events that were recorded stay, whatever ends the run."""
    with suppress(ZeroDivisionError), store.writing() as writer:
        writer.append(opened("K"), fetched("K", paper(1)))
        raise ZeroDivisionError
    assert met(store.reading()) == [paper(1).versioned_id]
    record(store, fetched("K", paper(2)))


def test_one_writer(store: Store) -> None:
    """A second writer is refused; readers are let in, and see what was recorded so far."""
    with store.writing() as writer:
        writer.append(opened("K"), fetched("K", paper(1)))
        with pytest.raises(StateInUseError, match="is writing the state"):
            record(store)
        assert met(store.reading()) == [paper(1).versioned_id]
    record(store, fetched("K", paper(2)))


def test_a_rehearsal_changes_nothing(store: Store) -> None:
    """The records of a dry run are in its own memory alone."""
    record(store, opened("K"))
    before, version = answers(store.reading()), store.version()
    rehearsal = store.rehearsing()
    rehearsal.append(fetched("K", paper(1)))
    assert met(rehearsal.known) == [paper(1).versioned_id]
    assert answers(store.reading()) == before
    assert store.version() == version


def test_the_version_it_was_left_in(store: Store) -> None:
    """A store that was closed names its version, which holds until somebody writes."""
    record(store, opened("K"))
    with store.writing() as nothing_done:
        nothing_done.append()
    assert nothing_done.version == store.version()
    with store.writing() as writer:
        assert writer.version is None
        writer.append(fetched("K", paper(1)))
    assert writer.version == store.version() != nothing_done.version
    record(store, fetched("K", paper(2)))
    assert store.version() != writer.version


def test_read_while_it_is_written(store: Store) -> None:
    """A reader beside the writer finds a whole store, each time."""
    record(store, opened("K"))
    done = threading.Event()

    def write() -> None:
        with store.writing() as writer:
            for number in range(2000):
                writer.append(fetched("K", paper(number, abstract="Word " * (number % 50))))
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    known = 0
    while not done.is_set():
        now = len(met(store.reading()))
        assert now >= known
        known = now
    thread.join()
    assert len(met(store.reading())) == 2000
