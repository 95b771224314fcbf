"""The store, whatever happens to it and in any order, against a model of plain sets."""

import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from pathlib import Path
from unittest.mock import patch
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from lab import START, paper

from digest import state
from digest.completeness import Judgement
from digest.config import Subscriber
from digest.events import Accepted, Composed, Deferred, EditionKept, Passed, Refused
from digest.selection import changes, sift, unseen
from digest.state import Store, reading, writing

KEYWORDS = ("A", "B", "C")
READERS = ("ada@example.org", "bob@example.net", "cyd@example.org")

keywords = st.sampled_from(KEYWORDS)
SUBSCRIBER = Subscriber(
    email="",
    name="",
    keywords=(),
    at=time(8),
    timezone=ZoneInfo("UTC"),
    days=frozenset(range(7)),
    updates=False,
    empty=False,
    address_key="",
)

readers = st.sampled_from(READERS)
some_keywords = st.lists(keywords, unique=True)


@dataclass
class Reader:
    """What the model knows of one reader: `owed` under each keyword read at present."""

    owed: dict[str, set[str]] = field(default_factory=dict)
    had: set[str] = field(default_factory=set)
    waiting: Composed | None = None
    refused: int = 0
    papers: set[str] = field(default_factory=set)
    of: dict[str, set[str]] = field(default_factory=dict)


class StoreModel(RuleBasedStateMachine):
    """Papers come, are fetched, composed, offered; readers and keywords come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        self.path = self.home / "state.json"
        self.listed: dict[str, dict[int, int]] = {keyword: {} for keyword in KEYWORDS}
        self.met: dict[str, set[str]] = {keyword: set() for keyword in KEYWORDS}
        self.queries: dict[str, str] = {}
        self.readers = {address: Reader() for address in READERS}
        self.number = 0
        self.open()
        self.configure({address: list(KEYWORDS) for address in READERS}, 1)

    def open(self) -> None:
        """Opens the store, as a process does that starts."""
        self.stack = ExitStack()
        self.store: Store = self.stack.enter_context(writing(self.path))

    def teardown(self) -> None:
        """Leaves nothing behind."""
        self.stack.close()
        shutil.rmtree(self.home)

    @rule(found_by=st.sets(keywords, min_size=1), number=st.integers(1, 12))
    def publish(self, found_by: set[str], number: int) -> None:
        """ArXiv lists a paper, or a new version of it."""
        version = max(listed.get(number, 0) for listed in self.listed.values()) + 1
        for keyword in KEYWORDS:
            if keyword in found_by or number in self.listed[keyword]:
                self.listed[keyword][number] = version

    @rule(keyword=keywords, left_out=st.sets(st.integers(1, 12)), complete=st.booleans())
    def fetch(self, keyword: str, left_out: set[int], complete: bool) -> None:
        """A listing is read, with or without all that is in it."""
        if keyword not in self.queries:
            return
        there = {n: v for n, v in self.listed[keyword].items() if n not in left_out}
        papers = [paper(n, version=v, updated=START) for n, v in there.items()]
        judgement = Judgement(complete, "" if complete else "cut")
        self.store.record(sift(self.store.ledger, keyword, papers, judgement, START))
        new = {one.id for one in papers} - self.met[keyword]
        self.met[keyword] |= new
        for reader in self.readers.values():
            if keyword in reader.owed:
                reader.owed[keyword] |= new

    @rule(address=readers)
    def compose(self, address: str) -> None:
        """A digest holds what is owed and was not had, and nothing else."""
        reader = self.readers[address]
        if reader.waiting or not reader.owed:
            return
        subscriber = replace(SUBSCRIBER, keywords=tuple(reader.owed), address_key=address)
        selection = unseen(self.store.ledger, subscriber, subscriber.keywords)
        rows = [row for section in selection.sections.values() for row in section]
        wanted = set().union(*reader.owed.values()) - reader.had
        assert {row.paper.id for row in rows} == wanted
        covers = dict(selection.covers)
        if not rows:
            self.store.record(Passed(address, covers))
            reader.owed = {keyword: set() for keyword in reader.owed}
            return
        self.number += 1
        message, edition = f"<{self.number}@x>", f"e{self.number}"
        reader.waiting = Composed(
            address, message, edition, address, "", START, len(wanted), covers
        )
        reader.papers, reader.refused = wanted, 0
        reader.of = {keyword: set(owed) for keyword, owed in reader.owed.items()}
        self.store.record(EditionKept(edition, "s@x", "", ""), reader.waiting)

    @rule(
        address=readers,
        outcome=st.sampled_from(["accepted", "deferred", "refused"]),
        waited=st.booleans(),
    )
    def offer(self, address: str, outcome: str, waited: bool) -> None:
        """What waits is offered: only what is accepted was had.

        What was offered before is the same until it has been refused three times.
        """
        reader = self.readers[address]
        if reader.waiting is None:
            return
        name = reader.waiting.message_id
        if outcome == "deferred":
            self.store.record(Deferred(address, name, START, 451, "later"))
            return
        if outcome == "accepted":
            self.store.record(Accepted(address, name, START, "ok"))
            reader.had |= reader.papers
            for keyword, papers in reader.of.items():
                if keyword in reader.owed:
                    reader.owed[keyword] -= papers
        else:
            self.store.record(Refused(address, name, START, 550, "no", waited))
            reader.refused += 1
            if waited and reader.refused < 3:
                return
        reader.waiting = None

    @rule(
        reads=st.fixed_dictionaries(dict.fromkeys(READERS, some_keywords)),
        wording=st.integers(1, 2),
    )
    def configure(self, reads: dict[str, list[str]], wording: int) -> None:
        """The configuration changes: readers and keywords come, go, come back, mean another."""
        self.queries = {
            keyword: f"{keyword}{wording}" for keyword in sorted(set().union(*reads.values()))
        }
        configured = {address: read for address, read in reads.items() if read}
        since = START - timedelta(days=7)
        events = changes(self.store.ledger, self.queries, configured, since=since, at=START)
        self.store.record(*events)
        for address, read in reads.items():
            reader = self.readers[address]
            reader.owed = {keyword: reader.owed.get(keyword, set()) for keyword in read}
            if not read:
                reader.waiting = None

    @rule(fold=st.booleans())
    def restart(self, fold: bool) -> None:
        """The process ends, folding its journal or not, and another one starts."""
        with patch.object(state, "_FOLD_AT_LEAST", 0 if fold else 1 << 30):
            self.stack.close()
        self.open()

    @rule(half=st.binary(max_size=40))
    def crash(self, half: bytes) -> None:
        """The process dies amid writing a line, which never counted."""
        with patch.object(state, "_FOLD_AT_LEAST", 1 << 30):
            self.stack.close()
        journals = self.home.glob("state.json.journal-*")
        newest = max(journals, key=lambda file: int(file.name.rpartition("-")[2]))
        with newest.open("ab") as file:
            file.write(b'{"event":"' + half.replace(b"\n", b""))
        self.open()

    @invariant()
    def what_waits_is_unchanged(self) -> None:
        """A digest that waits is the one that was composed."""
        for address, reader in self.readers.items():
            record = self.store.ledger.subscriber(address)
            assert (record.pending if record else None) == reader.waiting
            if reader.waiting:
                assert reader.waiting.edition in self.store.ledger.records.editions

    @precondition(lambda self: self.number % 3 == 0)
    @invariant()
    def the_disk_knows_it_all(self) -> None:
        """Who reads the store finds what its writer holds."""
        assert reading(self.path).records == self.store.ledger.records

    @precondition(lambda self: self.number % 3 == 1)
    @invariant()
    def nobody_had_it_who_had_not(self) -> None:
        """What counts as had is what was mailed."""
        for address, reader in self.readers.items():
            for number in range(1, 13):
                one = paper(number).id
                if one in reader.had:
                    assert self.store.ledger.had_version(address, one)


StoreModel.TestCase.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
TestStore = StoreModel.TestCase
