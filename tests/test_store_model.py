"""The store, whatever happens to it and in any order, against a model of plain sets."""

import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from unittest.mock import patch
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from lab import START, had_version, paper

from digest import state
from digest.completeness import Judgement
from digest.config import Subscriber
from digest.defaults import Schedule
from digest.events import AcceptedTogether, Composed, Deferred, EditionKept, Passed, Refused
from digest.paper import Paper
from digest.selection import changes, sift, unseen
from digest.state import Store, reading, writing

KEYWORDS = ("A", "B", "C")
READERS = ("ada@example.org", "bob@example.net", "cyd@example.org")
KEEN = READERS[2]
"""The one who wants to see new versions."""

SINCE = START - timedelta(days=7)
LISTINGS = [(True, "", True), *[(False, "", True)] * 2, (True, "cut", True), (True, "", False)]
"""Whether a keyword finds the papers of a day, why its reading is cut, whether it is read."""

DATES = (START, START - timedelta(days=10), START - timedelta(days=90))
"""Of papers that are new, that were held back by moderation, and that are old."""

keywords = st.sampled_from(KEYWORDS)
HOUR, UTC, DAYS = time(8), ZoneInfo("UTC"), frozenset(range(7))
SCHEDULE = Schedule(HOUR, UTC, DAYS)
SUBSCRIBER = Subscriber("", "", (), SCHEDULE, address_key="")

readers = st.sampled_from(READERS)
numbers = st.integers(1, 6)
outcomes = st.fixed_dictionaries(
    dict.fromkeys(READERS, st.sampled_from(["accepted", "deferred", "refused", "kept", "away"]))
)
some_keywords = st.lists(keywords, unique=True)


@dataclass
class Reader:
    """What the model knows of one reader.

    Under each keyword read at present: which papers are `owed`, and which were `heard` of, in which
    version. `had` is what was mailed, in which version; `shown` what is in the digest that waits,
    and `told` what had been heard of when it was composed.
    """

    owed: dict[str, set[str]] = field(default_factory=dict)
    heard: dict[str, dict[str, int]] = field(default_factory=dict)
    had: dict[str, int] = field(default_factory=dict)
    waiting: Composed | None = None
    refused: int = 0
    shown: dict[str, int] = field(default_factory=dict)
    told: dict[str, dict[str, int]] = field(default_factory=dict)

    def looked_at(self, told: dict[str, dict[str, int]]) -> None:
        """Nothing of this is owed any more, and later versions alone are worth a word."""
        for keyword in told.keys() & self.owed.keys():
            self.owed[keyword] -= told[keyword].keys()
            self.heard[keyword] = {
                base: version
                for base, version in self.heard[keyword].items()
                if version > told[keyword].get(base, 0)
            }


class StoreModel(RuleBasedStateMachine):
    """Papers come, are fetched, composed, offered; readers and keywords come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        self.path = self.home / "state.json"
        self.listed: dict[str, dict[int, Paper]] = {keyword: {} for keyword in KEYWORDS}
        self.met: dict[str, dict[str, int]] = {keyword: {} for keyword in KEYWORDS}
        self.read_through: set[str] = set()
        self.queries: dict[str, str] = {}
        self.readers = {address: Reader() for address in READERS}
        self.number = 0
        self.open()
        self.configure({address: list(KEYWORDS) for address in READERS}, dict.fromkeys(KEYWORDS, 1))

    def open(self) -> None:
        """Opens the store, as a process does that starts."""
        self.stack = ExitStack()
        self.store: Store = self.stack.enter_context(writing(self.path))

    def teardown(self) -> None:
        """Leaves nothing behind."""
        self.stack.close()
        shutil.rmtree(self.home)

    @rule(
        found_by=st.fixed_dictionaries(dict.fromkeys(KEYWORDS, st.sampled_from(LISTINGS))),
        these=st.sets(numbers, min_size=1, max_size=2),
        date=st.sampled_from(DATES),
        outcomes=outcomes,
        waited=st.booleans(),
    )
    def day(
        self,
        found_by: dict[str, tuple[bool, str, bool]],
        these: set[int],
        date: datetime,
        outcomes: dict[str, str],
        waited: bool,
    ) -> None:
        """Papers or new versions come, keywords are read, digests are made and offered."""
        for number in these:
            there = [listed[number].version for listed in self.listed.values() if number in listed]
            version = max(there, default=0) + 1
            one = paper(number, version=version, updated=START if there else date)
            for keyword, listed in self.listed.items():
                if found_by[keyword][0] or number in listed:
                    listed[number] = one
        for keyword in sorted(self.queries):
            _, reason, live = found_by[keyword]
            left_out = {min(these)} if reason else set()
            read = [one for n, one in self.listed[keyword].items() if n not in left_out]
            if live or reason:
                self.fetch(keyword, read, Judgement(not reason, reason))
        for address, outcome in outcomes.items():
            reader = self.readers[address]
            if reader.owed and not reader.waiting and outcome != "away":
                self.compose(address, reader)
            if reader.waiting and outcome not in ("kept", "away"):
                self.offer(address, reader, outcome, waited)

    def fetch(self, keyword: str, papers: list[Paper], judgement: Judgement) -> None:
        """An old paper counts as seen unless it comes late; a doubtful first reading is not."""
        self.store.record(sift(self.store.ledger, keyword, papers, judgement, START))
        met, through = self.met[keyword], keyword in self.read_through
        for one in papers:
            new = one.updated >= SINCE - timedelta(days=30 if through else 0)
            if one.version <= met.get(one.id, 0):
                continue
            if one.id not in met and not new:
                if through or not judgement.reason:
                    met[one.id] = one.version
                continue
            for reader in self.readers.values():
                if keyword in reader.owed:
                    reader.heard[keyword][one.id] = one.version
                    reader.owed[keyword] |= {one.id} - met.keys()
            met[one.id] = one.version
        if judgement.complete:
            self.read_through.add(keyword)

    def compose(self, address: str, reader: Reader) -> None:
        """A digest holds what is owed and was not had, what is new of what was, and no more."""
        subscriber = replace(
            SUBSCRIBER,
            keywords=tuple(reader.owed),
            address_key=address,
            schedule=replace(SCHEDULE, updates=address == KEEN),
        )
        selection = unseen(self.store.ledger, subscriber, subscriber.keywords)
        rows = [row for section in selection.sections.values() for row in section]
        assert {row.paper.id for row in rows} == set().union(
            *reader.owed.values()
        ) - reader.had.keys()
        again = [row for section in selection.updates.values() for row in section]
        assert {row.paper.id for row in again} == {
            base
            for heard in reader.heard.values()
            for base, version in heard.items()
            if address == KEEN and version > reader.had.get(base, version)
        }
        assert all(row.previous_version == reader.had[row.paper.id] for row in again)
        rows += again
        covers = dict(selection.covers)
        told = {keyword: dict(heard) for keyword, heard in reader.heard.items()}
        if not rows:
            spans = self.store.ledger.records.subscribers[address].spans
            if any(spans[keyword][-1][1] < upto for keyword, upto in covers.items()):
                self.store.record(Passed(address, covers))
            reader.looked_at(told)
            return
        self.number += 1
        message, edition = f"<{self.number}@x>", f"e{self.number}"
        reader.waiting = Composed(address, message, edition, address, "", START, len(rows), covers)
        reader.shown = {
            row.paper.id: max(row.paper.version, *(t.get(row.paper.id, 0) for t in told.values()))
            for row in sorted(rows, key=lambda row: row.paper.version)
        }  # a later version that was heard of at the time counts with it
        reader.told, reader.refused = told, 0
        self.store.record(EditionKept(edition, "s@x", "", ""), reader.waiting)

    def offer(self, address: str, reader: Reader, outcome: str, waited: bool) -> None:
        """Only what is accepted was had; who has the same offered again may refuse it twice."""
        assert reader.waiting
        name = reader.waiting.message_id
        if outcome == "deferred":
            self.store.record(Deferred(address, name, START, 451, "later"))
            return
        if outcome == "accepted":
            self.store.record(AcceptedTogether(START, ((address, name, "ok"),)))
            reader.had |= reader.shown
            reader.looked_at(reader.told)
        else:
            self.store.record(Refused(address, name, START, 550, "no", waited))
            reader.refused += 1
            if waited and reader.refused < 3:
                return
        reader.waiting = None

    @rule(address=readers, keyword=keywords)
    def think_better(self, address: str, keyword: str) -> None:
        """A reader drops a keyword and takes it up again, whatever waits meanwhile."""
        read = list(self.readers[address].owed)
        self.change(address, [one for one in read if one != keyword])
        self.change(address, read)

    @rule(address=readers, read=some_keywords)
    def change(self, address: str, read: list[str]) -> None:
        """A reader takes other keywords, comes or goes."""
        present = {one: list(reader.owed) for one, reader in self.readers.items()}
        self.configure(present | {address: read}, self.wordings)

    @rule(keyword=keywords)
    def reword(self, keyword: str) -> None:
        """A keyword means something else."""
        present = {address: list(reader.owed) for address, reader in self.readers.items()}
        wording = self.wordings[keyword] + 1
        self.configure(present, self.wordings | {keyword: wording})

    def configure(self, reads: dict[str, list[str]], wordings: dict[str, int]) -> None:
        """The configuration changes: readers and keywords come, go, come back, mean another."""
        self.wordings = wordings
        before = self.queries
        used = sorted(set().union(*reads.values()))
        self.queries = {keyword: f"{keyword}{wordings[keyword]}" for keyword in used}
        self.read_through &= {k for k, query in self.queries.items() if before.get(k) == query}
        configured = {address: read for address, read in reads.items() if read}
        events = changes(self.store.ledger, self.queries, configured, since=SINCE, at=START)
        self.store.record(*events)
        for address, read in reads.items():
            reader = self.readers[address]
            reader.owed = {keyword: reader.owed.get(keyword, set()) for keyword in read}
            reader.heard = {keyword: reader.heard.get(keyword, {}) for keyword in read}
            reader.told = {k: told for k, told in reader.told.items() if k in read}
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

    @invariant()
    def what_was_had_was_mailed(self) -> None:
        """What counts as had is what was mailed, and nothing else."""
        for address, reader in self.readers.items():
            for number in range(1, 7):
                one = paper(number).id
                had = had_version(self.store.ledger, address, one)
                assert bool(had) == (one in reader.had)


StoreModel.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestStore = StoreModel.TestCase
