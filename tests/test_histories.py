"""Histories: one object for each, and the steps from one to the next."""

from lab import START, paper

from digest.events import Accepted, Composed, EditionKept, Fetched, KeywordOpened, Subscribed
from digest.histories import Histories
from digest.ledger import Ledger
from digest.records import NO_HISTORY

READERS = tuple(f"reader{number}@example.org" for number in range(4))


def known() -> Ledger:
    """Four readers of one keyword, in which there is something new."""
    ledger = Ledger()
    ledger.apply(KeywordOpened("A", "a", START))
    for address in READERS:
        ledger.apply(Subscribed(address, ("A",)))
    ledger.apply(Fetched("A", START, complete=True, new=(paper(1),)))
    return ledger


def mailed(ledger: Ledger, address: str) -> None:
    """A reader gets all of it."""
    ledger.apply(Composed(address, "<1@x>", "e", address, "", START, 1, {"A": 1}))
    ledger.apply(Accepted(address, "<1@x>", START, "ok"))


def test_shared() -> None:
    """Readers with the same past have one object for it, also after further steps."""
    ledger = known()
    for address in READERS[:3]:
        ledger.apply(EditionKept("e", "x@example.org", "", ""))
        mailed(ledger, address)
    records = [ledger.records.subscribers[address] for address in READERS]
    assert records[0].history is records[1].history is records[2].history
    assert records[0].spans == {"A": ((0, 1),)}
    assert records[3].spans == {"A": ((0, 0),)}


def test_a_step_leaves_the_history_before() -> None:
    """Nobody's history changes with another one's step."""
    histories = Histories()
    before = histories.begun(NO_HISTORY, (("A", 2),))
    after = histories.covered(before, {"A": 5}, {})
    again = histories.begun(histories.ended(after, ("A",)), (("A", 9),))
    assert before.spans == {"A": ((2, 2),)}
    assert after.spans == {"A": ((2, 5),)}
    assert again.spans == {"A": ((2, 5), (9, 9))}
    earlier = histories.covered(again, {"A": 7}, {"A": 2})
    assert earlier.spans == {"A": ((2, 7), (9, 9))}


def test_what_nobody_has_is_forgotten() -> None:
    """Only the histories that are kept are left, and steps lead to equal ones."""
    histories = Histories()
    first = histories.begun(NO_HISTORY, (("A", 1),))
    second = histories.begun(NO_HISTORY, (("A", 2),))
    histories.keep([first])
    assert list(histories) == [first]
    assert histories.begun(NO_HISTORY, (("A", 2),)) == second
    assert histories.begun(NO_HISTORY, (("A", 1),)) is first


def test_an_edition_goes_with_its_last_digest() -> None:
    """Its text is held as long as somebody's digest waits that is made from it."""
    ledger = known()
    ledger.apply(EditionKept("e", "x@example.org", "", ""))
    for address in READERS[:2]:
        ledger.apply(Composed(address, "<1@x>", "e", address, "", START, 1, {"A": 1}))
    ledger.apply(Accepted(READERS[0], "<1@x>", START, "ok"))
    assert "e" in ledger.records.editions
    ledger.apply(Accepted(READERS[1], "<1@x>", START, "ok"))
    assert not ledger.records.editions
