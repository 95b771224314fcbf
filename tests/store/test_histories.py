"""Histories: one object for each, and the steps from one to the next."""

from builders import HERE, START, THERE, paper

from digest.store.claims import NO_HISTORY, Claim, History
from digest.store.events import (
    Accepted,
    Composed,
    EditionKept,
    KeywordOpened,
    Subscribed,
)
from digest.store.histories import Histories
from digest.store.ledger import Ledger
from digest.store.readings import Fetched

READERS = tuple(f"reader{number}@example.org" for number in range(4))


def known() -> Ledger:
    """Four readers of one keyword, in which there is something new."""
    ledger = Ledger()
    ledger.apply(KeywordOpened(keyword="A", query="a", since=START, configuration=HERE))
    for address in READERS:
        ledger.apply(
            Subscribed(address=address, keywords=("A",), configuration=HERE, since=START, at=START)
        )
    ledger.apply(Fetched(keyword="A", at=START, complete=True, new=(paper(1),)))
    return ledger


def composed(ledger: Ledger, address: str) -> None:
    """A digest of all of it is made for a reader, of the edition that all share."""
    ledger.apply(
        Composed(
            address=address,
            message_id="<1@x>",
            edition="e",
            recipient=address,
            head="",
            at=START,
            papers=1,
            covers={"A": 1},
        )
    )


def accepted(ledger: Ledger, address: str) -> None:
    """The server takes it."""
    ledger.apply(Accepted(address=address, message_id="<1@x>", at=START, reply="ok"))


def kept(ledger: Ledger) -> None:
    """The text of the edition is kept."""
    ledger.apply(EditionKept(edition="e", sender="x@example.org", head="", body=""))


def claims(history: History) -> dict[str, tuple[Claim, ...]]:
    """The claims of a history, to compare."""
    return dict(history.claims)


def test_shared() -> None:
    """Readers with the same past have one object for it, also after further steps."""
    ledger = known()
    for address in READERS[:3]:
        kept(ledger)
        composed(ledger, address)
        accepted(ledger, address)
    records = [ledger.records.subscribers[address] for address in READERS]
    assert records[0].history is records[1].history is records[2].history
    assert records[0].claims == {"A": (Claim(after=0, had=1),)}
    assert records[3].claims == {"A": (Claim(after=0, had=0),)}


def test_a_step_leaves_the_history_before() -> None:
    """Nobody's history changes with another one's step."""
    histories = Histories()
    before = histories.begun(NO_HISTORY, HERE, (("A", 2),))
    after = histories.covered(before, {"A": 5})
    left = histories.ended(after, HERE, (("A", 7),))
    again = histories.begun(left, HERE, (("A", 9),))
    assert claims(before) == {"A": (Claim(after=2, had=2),)}
    assert claims(after) == {"A": (Claim(after=2, had=5),)}
    assert claims(left) == {"A": (Claim(after=2, had=5, end=7),)}
    assert claims(again) == {"A": (Claim(after=2, had=5, end=7), Claim(after=9, had=9))}
    assert (before.keywords, left.keywords, again.keywords) == (("A",), (), ("A",))
    earlier = histories.covered(again, {"A": 7})
    assert claims(earlier) == {"A": (Claim(after=2, had=7, end=7), Claim(after=9, had=9))}


def test_a_claim_goes_on() -> None:
    """A reader of a keyword again, from a batch that is due anyway, has one claim to all of it."""
    histories = Histories()
    reads = histories.covered(histories.begun(NO_HISTORY, HERE, (("A", 2),)), {"A": 5})
    left = histories.ended(reads, HERE, (("A", 7),))
    for start in (2, 5, 6, 7):
        again = histories.begun(left, HERE, (("A", start),))
        assert claims(again) == {"A": (Claim(after=2, had=5),)}


def test_what_was_had_stays_had() -> None:
    """A claim never ends before what the reader has had, and covering goes forward alone."""
    histories = Histories()
    had = histories.covered(histories.begun(NO_HISTORY, HERE, (("A", 0),)), {"A": 5})
    assert claims(histories.ended(had, HERE, (("A", 3),))) == {"A": (Claim(0, 5, end=5),)}
    assert histories.covered(had, {"A": 3}) == had


def test_no_more_than_is_due_is_covered() -> None:
    """A claim that has ended is covered up to its end, and one that begins later not at all."""
    histories = Histories()
    ended = histories.ended(histories.begun(NO_HISTORY, HERE, (("A", 0),)), HERE, (("A", 3),))
    again = histories.begun(ended, HERE, (("A", 8),))
    covered = histories.covered(again, {"A": 6})
    assert claims(covered) == {"A": (Claim(0, 3, end=3), Claim(8, 8))}


def test_two_configurations() -> None:
    """A claim ends when no configuration has the reader read the keyword; a name may change."""
    histories = Histories()
    both = histories.begun(NO_HISTORY, HERE, (("A", 0),))
    both = histories.begun(both, THERE, (("A", 2), ("B", 1)))
    assert claims(both) == {"A": (Claim(0, 0),), "B": (Claim(1, 1),)}
    one = histories.ended(both, HERE, (("A", 4),))
    assert dict(one.reads) == {THERE: ("A", "B")}
    assert claims(one) == claims(both)
    none = histories.ended(one, THERE, (("A", 4), ("B", 1)))
    assert dict(none.reads) == {}
    assert claims(none) == {"A": (Claim(0, 0, end=4),), "B": (Claim(1, 1, end=1),)}
    renamed = histories.renamed(both, HERE, "moved.yaml")
    assert dict(renamed.reads) == {"moved.yaml": ("A",), THERE: ("A", "B")}
    assert claims(renamed) == claims(both)


def test_expired() -> None:
    """Nothing is owed any more, and what was had is still known."""
    histories = Histories()
    had = histories.covered(histories.begun(NO_HISTORY, HERE, (("A", 1), ("B", 0))), {"A": 2})
    gone = histories.ended(had, HERE, (("A", 5), ("B", 5)))
    expired = histories.expired(gone)
    assert claims(expired) == {"A": (Claim(1, 2, end=2),), "B": (Claim(0, 0, end=0),)}
    assert all(claim.settled for some in expired.claims.values() for claim in some)


def test_what_nobody_has_is_forgotten() -> None:
    """Only the histories that are kept are left, and steps lead to equal ones."""
    histories = Histories()
    first = histories.begun(NO_HISTORY, HERE, (("A", 1),))
    second = histories.begun(NO_HISTORY, HERE, (("A", 2),))
    histories.keep([first])
    assert list(histories) == [first]
    assert histories.begun(NO_HISTORY, HERE, (("A", 2),)) == second
    assert histories.begun(NO_HISTORY, HERE, (("A", 1),)) is first


def test_an_edition_goes_with_its_last_digest() -> None:
    """Its text is held as long as somebody's digest waits that is made from it."""
    ledger = known()
    kept(ledger)
    for address in READERS[:2]:
        composed(ledger, address)
    accepted(ledger, READERS[0])
    assert "e" in ledger.records.editions
    accepted(ledger, READERS[1])
    assert not ledger.records.editions
