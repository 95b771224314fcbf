"""The store, whatever happens to it and in any order, against a model of plain sets.

Two configurations take turns with one state; time passes; readers and keywords come, go and change
their minds; arXiv is away, holds papers back, and gives too little; digests have one message or
several, wait, are refused, taken back. The model knows what each reader is owed, and each digest is
compared with it. DIGEST_MODEL_EXAMPLES is how many such lives are tried.
"""

import os
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from builders import ADA, BOB, CYD, DAY, HERE, START, THERE, paper
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from installation import had_version

from digest.model.paper import Paper
from digest.model.subscriber import Schedule, Subscriber
from digest.selection.changes import Wanted, changes
from digest.selection.completeness import Judgement
from digest.selection.found_here import Found, as_event, former_name
from digest.selection.new_papers import FormerReading, Selection, looked_at, sift, unseen
from digest.store.events import (
    AcceptedTogether,
    Composed,
    Deferred,
    DeliveryBegun,
    DeliveryEnded,
    EditionKept,
    Expired,
    Passed,
    Refused,
    Withdrawn,
)
from digest.store.json_file.store import JsonFile, JsonWriter

EXAMPLES = int(os.environ.get("DIGEST_MODEL_EXAMPLES", "60"))

KEYWORDS = ("A", "B", "C")
WORDINGS = (1, 2)
QUERIES = tuple(f"{keyword}{wording}" for keyword in KEYWORDS for wording in WORDINGS)
READERS = (ADA, BOB, CYD)
KEEN = READERS[2]
"""The one who wants to see new versions."""

OWED_FOR, HELD, LEAP, STEADY = (timedelta(days=days) for days in (90, 30, 40, 7))

READINGS = (
    *("complete", "complete", "harvest", "harvest", "cut", "away", "former not read", "saved"),
    "half a harvest",
)
"""How arXiv is read; a saved page proves nothing, and is not read where there is none."""
HARVESTS = ("harvest", "half a harvest")

AGES = (timedelta(), 10 * DAY, 90 * DAY)
"""Of papers that are new, that were held back by moderation, and that are old."""

PAUSES = tuple(
    timedelta(**one) for one in ({"seconds": 3}, {"hours": 12}, {"days": 1}, {"days": 5})
)
SUBSCRIBER = Subscriber("", "", (), Schedule(time(8), ZoneInfo("UTC"), frozenset(range(7))), "")

OUTCOMES = (*["accepted"] * 3, *["refused"] * 2, "half", "deferred", "lost", "kept", "away")

configurations = st.sampled_from((HERE, THERE))
keywords = st.sampled_from(KEYWORDS)
readers = st.sampled_from(READERS)
numbers = st.integers(1, 6)
outcomes = st.fixed_dictionaries(
    dict.fromkeys(
        READERS,
        st.sampled_from(OUTCOMES),
    )
)
chosen_keywords = st.sampled_from((*[None] * 5, *KEYWORDS))
mostly = st.sampled_from((True, True, True, True, False))

NEVER_ASKED = timedelta(days=30)
"""A keyword that was opened so long ago, and never asked for, was opened by a wrong clock."""


def number_of(one: Paper) -> int:
    """The number of a paper, by which arXiv has announced it."""
    return int(one.id.partition(".")[2])


@dataclass(frozen=True)
class Asked:
    """How a keyword is or was asked for: from when on, and whether all of it was read once."""

    query: str
    since: datetime
    through: bool = False
    began: int | None = None

    def owes(self, one: Paper) -> bool:
        """Whether a paper that was not met is owed: it is new, or moderation held it.

        Where a harvest was the beginning, at the paper of number `began`, a paper before that one
        was there already.
        """
        if one.updated >= self.since:
            return True
        held = self.through and one.updated >= self.since - HELD
        there = self.began is not None and (one.version > 1 or number_of(one) <= self.began)
        return held and not there


@dataclass
class Key:
    """The model's knowledge of one keyword.

    `asks` are its queries by configuration; `former` are owed something, `resting` are asked by the
    other configuration. `gaps` were read by nobody. `met` has the papers, in which version;
    `found` what each reading found: when, and which papers in which version, new ones and later
    versions.
    """

    now: Asked
    asks: dict[str, str] = field(default_factory=dict)
    former: list[Asked] = field(default_factory=list)
    resting: list[Asked] = field(default_factory=list)
    gaps: list[tuple[datetime, datetime]] = field(default_factory=list)
    closed: datetime | None = None
    met: dict[str, int] = field(default_factory=dict)
    found: list[tuple[datetime, dict[str, int], set[str]]] = field(default_factory=list)

    def name(self, configuration: str, query: str, since: datetime) -> None:
        """A configuration names the keyword, as it did before or otherwise."""
        if not self.read and since - self.now.since > NEVER_ASKED:  # it begins as a new one does
            self.now, self.former, self.gaps, self.closed = Asked(query, since), [], [], None
        if self.asks.get(configuration) != query or self.now.query != query:
            self.open(configuration, query, since)

    def open(self, configuration: str, query: str, since: datetime) -> None:
        """A configuration names the keyword for the first time, again, or in other words."""
        if self.closed and self.closed < since:
            if since - self.closed > OWED_FOR:
                self.now, self.former, self.gaps = Asked(query, since), [], []
            else:
                self.gaps.append((self.closed, since))
        self.closed = None
        self.asks[configuration] = query
        if query == self.now.query:
            return
        names = [one.query for one in self.former]
        if query in names:  # what it was owed it is owed again
            place = names.index(query)
            self.now, self.former = self.former[place], self.former[:place]
            return
        before = self.now
        if rested := [one for one in self.resting if one.query == query]:
            self.now = rested[0]
        elif not self.read:
            self.now = Asked(query, min(since, before.since))
            return
        else:
            self.now = Asked(query, since)
        self.former.append(before)

    read = False
    """Whether anybody ever tried to."""

    def close(self, configuration: str, at: datetime) -> None:
        """A configuration names the keyword no more."""
        del self.asks[configuration]
        self.resting = [one for one in self.resting if one.query in self.asks.values()]
        if not self.asks:
            self.closed = at

    def is_due(self, one: Paper, also: dict[str, set[str]]) -> bool:
        """Whether a paper that was never met is to be mailed; `also` gives what others found."""
        if any(begin <= one.updated < end for begin, end in self.gaps):
            return False
        asked = [self.now, *(a for a in self.former if one.id in also.get(a.query, ()))]
        return any(a.owes(one) for a in asked)

    def complete(self, began: int | None = None) -> None:
        """All of it was read; `began` is the newest paper's number where that was a harvest."""
        if not self.now.through and self.now.began is None:
            self.now = replace(self.now, began=began)
        rest = {one.query: one for one in (*self.resting, *self.former)}
        others = set(self.asks.values()) - {self.now.query}
        self.resting = [one for query, one in rest.items() if query in others]
        self.now = replace(self.now, through=True)
        self.former, self.gaps = [], []


@dataclass
class Reader:
    """The model's knowledge of one reader.

    `reads` are the keywords by configuration. Of each keyword: which findings are `due`, and which
    were `had`. `versions` are those of the papers
    that were mailed. Of the digest that waits: its messages, the papers of each, its findings.
    """

    reads: dict[str, tuple[str, ...]] = field(default_factory=dict)
    due: dict[str, set[int]] = field(default_factory=dict)
    had: dict[str, set[int]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    waiting: list[Composed] = field(default_factory=list)
    papers: list[dict[str, int]] = field(default_factory=list)
    told: dict[str, set[int]] = field(default_factory=dict)
    refused: int = 0
    uncertain: bool = False
    left: datetime | None = None
    known: bool = False

    @property
    def keywords(self) -> set[str]:
        """Returns the keywords that the reader reads in any configuration."""
        return {keyword for read in self.reads.values() for keyword in read}

    def take(self, keyword: str, findings: set[int]) -> None:
        """The reader reads a keyword; these findings are due, where they were not had."""
        had = self.had.setdefault(keyword, set())
        self.due[keyword] = (self.due.get(keyword, set()) | findings) - had
        self.known, self.left = True, None

    def drop(self, configuration: str, dropped: set[str], at: datetime) -> None:
        """The reader reads no more of these there: what was found until then stays due."""
        self.reads[configuration] = tuple(
            k for k in self.reads.get(configuration, ()) if k not in dropped
        )
        if not self.keywords:
            self.left = at

    def have(self, told: dict[str, set[int]]) -> None:
        """These findings are due no more."""
        for keyword, findings in told.items():
            self.due[keyword] -= findings
            self.had[keyword] |= findings

    def give_up(self) -> None:
        """Ends the wait of a digest; its findings are due, whatever is read from then on."""
        self.waiting, self.papers, self.told = [], [], {}


class StoreModel(RuleBasedStateMachine):
    """Papers come, are fetched, composed, offered; readers and keywords come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        self.path = self.home / "state.json"
        self.now = START
        self.listed: dict[str, dict[int, Paper]] = {query: {} for query in QUERIES}
        self.keys: dict[str, Key] = {}
        self.readers = {address: Reader() for address in READERS}
        self.asks: dict[str, dict[str, int]] = {
            name: dict.fromkeys(KEYWORDS, 1) for name in (HERE, THERE)
        }
        self.reads: dict[str, dict[str, tuple[str, ...]]] = {HERE: {}, THERE: {}}
        self.seen: dict[str, tuple[datetime, datetime]] = {}
        self.delivering = False
        self.number = 0
        self.open()

    @initialize(
        first_days=st.sampled_from((7, 7, 0)),
        both=st.booleans(),
        wording=st.sampled_from(WORDINGS),
    )
    def begin(self, first_days: int, wording: int, *, both: bool) -> None:
        """Everyone reads everything in one configuration, and some in the other too.

        That one may mean something else by the same keywords.
        """
        self.asks[THERE] = dict.fromkeys(KEYWORDS, wording)
        self.first_days = first_days
        self.reads[HERE] = dict.fromkeys(READERS, KEYWORDS)
        self.configure(HERE)
        if both:
            self.reads[THERE] = {READERS[0]: ("B",), KEEN: ("A", "C")}
            self.configure(THERE)

    def open(self) -> None:
        """Opens the store, as a process does that starts."""
        self.stack = ExitStack()
        self.store: JsonWriter = self.stack.enter_context(JsonFile(self.path).writing())

    def teardown(self) -> None:
        """Leaves nothing behind."""
        self.stack.close()
        shutil.rmtree(self.home)

    # What a day brings

    @rule(
        name=configurations,
        pause=st.sampled_from(PAUSES),
        found_by=st.sets(st.sampled_from(QUERIES), min_size=1),
        these=st.sets(numbers, min_size=1, max_size=2),
        age=st.sampled_from(AGES),
        readings=st.fixed_dictionaries(dict.fromkeys(KEYWORDS, st.sampled_from(READINGS))),
        outcomes=outcomes,
        chosen=chosen_keywords,
        parts=st.integers(1, 3),
        ended=mostly,
    )
    def day(
        self,
        *,
        name: str,
        pause: timedelta,
        found_by: set[str],
        these: set[int],
        age: timedelta,
        readings: dict[str, str],
        outcomes: dict[str, str],
        chosen: str | None,
        parts: int,
        ended: bool,
    ) -> None:
        """Papers or new versions come, keywords are read, digests are made and offered."""
        self.now += pause
        for number in these:
            there = [listed[number].version for listed in self.listed.values() if number in listed]
            version = max(there, default=0) + 1
            one = paper(number, version=version, updated=self.now - (not there) * age)
            for query, listed in self.listed.items():
                if query in found_by or number in listed:
                    listed[number] = one
        self.configure(name)
        for keyword in sorted(self.queries(name)):
            self.read(keyword, readings[keyword], min(these))
        self.mail(name, outcomes, chosen, parts, ended=ended)

    @rule(
        name=configurations,
        these=st.sets(numbers, min_size=1, max_size=2),
        outcomes=outcomes,
        parts=st.integers(1, 3),
    )
    def good_day(self, name: str, these: set[int], outcomes: dict[str, str], parts: int) -> None:
        """The same, with nothing amiss on arXiv's side."""
        self.day(
            name=name,
            pause=DAY,
            found_by=set(QUERIES),
            these=these,
            age=timedelta(),
            readings=dict.fromkeys(KEYWORDS, "complete"),
            outcomes=outcomes,
            chosen=None,
            parts=parts,
            ended=True,
        )

    @rule(
        name=configurations,
        outcomes=outcomes,
        chosen=chosen_keywords,
        parts=st.integers(1, 3),
    )
    def send(self, name: str, outcomes: dict[str, str], chosen: str | None, parts: int) -> None:
        """A run in which arXiv is not asked."""
        self.now += timedelta(minutes=5)
        self.configure(name)
        self.mail(name, outcomes, chosen, parts, ended=True)

    def mail(
        self, name: str, outcomes: dict[str, str], chosen: str | None, parts: int, *, ended: bool
    ) -> None:
        """Digests are made and offered to the readers of one configuration."""
        here = [(a, r) for a, r in self.readers.items() if r.reads.get(name)]
        for address, reader in here:
            if not reader.waiting and outcomes[address] != "away":
                self.compose(name, address, reader, chosen, parts)
        self.begin_delivery()
        for address, reader in here:
            if reader.waiting and outcomes[address] not in ("kept", "away"):
                self.offer(address, reader, outcomes[address])
        if ended:
            self.store.append(DeliveryEnded(at=self.now))
            self.delivering = False

    def read(self, keyword: str, how: str, left_out: int) -> None:
        """An old paper counts as seen unless it comes late; a doubtful first reading is not."""
        key = self.keys[keyword]
        papers = [
            one
            for number, one in self.listed[key.now.query].items()
            if how != "away" and not (how in ("cut", "half a harvest") and number == left_out)
        ]
        if how == "saved" and not papers:
            return
        former_read = how in ("complete", "cut", "harvest")
        also = {
            a.query: {one.id for one in self.listed[a.query].values()}
            for a in key.former
            if former_read
        }
        former = [
            FormerReading(
                former=one, complete=former_read, found=frozenset(also.get(one.query, ()))
            )
            for one in self.store.known.records.keywords[keyword].former
        ]
        unread = how == "former not read" and bool(former)
        reason = "not all came" if how in ("cut", "away", "half a harvest") or unread else ""
        judgement = Judgement(not reason and how != "saved", reason)
        if how in HARVESTS:
            self.harvest(keyword, papers, judgement, also)
            return
        event = sift(
            self.store.known,
            keyword,
            papers,
            judgement,
            self.now,
            former=() if how == "saved" else former,
        )
        new, old = self.found(key, papers, also)
        settled = (former_read or not former) and (key.now.through or not reason)
        assert {one.id: one.version for one in event.new} == new
        assert {one.id: one.version for one in event.old} == (old if settled else {})
        self.store.append(event)
        self.take_in(keyword, new, old if settled else {})
        if judgement.complete:
            key.complete()

    def harvest(
        self, keyword: str, papers: list[Paper], judgement: Judgement, also: dict[str, set[str]]
    ) -> None:
        """A keyword is evaluated here, with its former queries; half a harvest proves nothing."""
        key, known = self.keys[keyword], self.store.known
        found = Found({keyword: papers})
        if judgement.complete:
            for number, one in enumerate(known.records.keywords[keyword].former):
                them = list(self.listed[one.query].values())
                found.by_query[former_name(keyword, number)] = them
        every = [number for listed in self.listed.values() for number in listed]
        newest = max(every, default=0)
        event = as_event(
            known,
            (keyword,),
            [found],
            judgement,
            self.now,
            source="harvest",
            newest=f"2611.{newest:05}",
        )
        new, old = self.found(key, papers, also)
        settled = judgement.complete or (key.now.through and not key.former)
        told = {"new": event.new.get(keyword, ()), "old": event.old.get(keyword, ())}
        wanted = {"new": new, "old": old if settled else {}}
        assert {kind: set(ids) for kind, ids in told.items()} == {
            kind: {f"{base}v{version}" for base, version in some.items()}
            for kind, some in wanted.items()
        }
        self.store.append(event)
        self.take_in(keyword, new, wanted["old"])
        if judgement.complete:
            key.complete(began=newest)

    def take_in(self, keyword: str, new: dict[str, int], old: dict[str, int]) -> None:
        """Notes the papers that a reading brought."""
        key = self.keys[keyword]
        if new:
            key.found.append((self.now, new, new.keys() - key.met.keys()))
            for reader in self.readers.values():
                if keyword in reader.keywords:
                    reader.due[keyword].add(len(key.found))
        key.met |= new | old
        key.read = True

    def found(
        self, key: Key, papers: list[Paper], also: dict[str, set[str]]
    ) -> tuple[dict[str, int], dict[str, int]]:
        """Which papers are to be mailed, and which were there before, with their versions."""
        new, old = dict[str, int](), dict[str, int]()
        for one in papers:
            if one.version > key.met.get(one.id, 0):
                mailed = one.id in key.met or key.is_due(one, also)
                (new if mailed else old)[one.id] = one.version
        return new, old

    def compose(
        self, name: str, address: str, reader: Reader, chosen: str | None, parts: int
    ) -> None:
        """A digest holds what is owed and was not had, what is new of what was, and no more."""
        subscriber = replace(
            SUBSCRIBER,
            keywords=reader.reads[name],
            address_key=address,
            schedule=replace(SUBSCRIBER.schedule, updates=address == KEEN),
        )
        looked = looked_at(self.store.known, subscriber, None if chosen is None else (chosen,))
        owed = {k for k, due in reader.due.items() if due and k not in reader.keywords}
        expected = {*reader.reads[name], *owed}
        assert set(looked) == (expected if chosen is None else expected & {chosen})
        if not looked:
            return
        selection = unseen(self.store.known, subscriber, looked)
        told = {keyword: set(reader.due[keyword]) for keyword in looked}
        shown = self.compare(address, reader, selection, told)
        if not shown:
            self.store.append(Passed(address=address, covers=dict(selection.covers)))
            reader.have(told)
            return
        messages = self.messages(shown, parts)
        self.keep(address, selection, messages)
        reader.waiting = list(self.store.known.records.subscribers[address].pending)
        assert [message.part for message in reader.waiting] == list(range(1, len(messages) + 1))
        reader.papers, reader.told = messages, told
        reader.refused, reader.uncertain = 0, False

    def compare(
        self, address: str, reader: Reader, selection: Selection, told: dict[str, set[int]]
    ) -> dict[str, int]:
        """Compares a selection with what is owed; returns the versions that it shows."""
        first, every, latest = set[str](), set[str](), dict[str, int]()
        for keyword, due in told.items():
            for number in due | reader.had[keyword]:
                _, versions, new = self.keys[keyword].found[number - 1]
                for base, version in versions.items():
                    latest[base] = max(version, latest.get(base, 0))
                if number in due:
                    first |= new
                    every |= versions.keys()
        had = reader.versions
        fresh = {base: latest[base] for base in first - had.keys()}
        again = {
            base: latest[base]
            for base in every & had.keys()
            if address == KEEN and latest[base] > had[base]
        }
        rows = [row for section in selection.sections.values() for row in section]
        assert {row.paper.id: row.paper.version for row in rows} == fresh
        rows = [row for section in selection.updates.values() for row in section]
        assert {row.paper.id: row.paper.version for row in rows} == again
        assert all(row.previous_version == had[row.paper.id] for row in rows)
        return fresh | again

    def messages(self, shown: dict[str, int], parts: int) -> list[dict[str, int]]:
        """The papers of a digest in so many messages, or in one for each paper."""
        papers = sorted(shown.items())
        return [dict(papers[part::parts]) for part in range(min(parts, len(papers)))]

    def keep(self, address: str, selection: Selection, messages: list[dict[str, int]]) -> None:
        """Records a digest of these messages."""
        self.number += 1
        kept = [
            EditionKept(
                edition=f"e{self.number}.{part}",
                sender="s@x",
                head="",
                body="",
                papers=tuple(f"{base}v{version}" for base, version in papers.items())
                if len(messages) > 1
                else (),
            )
            for part, papers in enumerate(messages, 1)
        ]
        composed = [
            Composed(
                address=address,
                message_id=f"<{self.number}.{part}@x>",
                edition=edition.edition,
                recipient=address,
                head="",
                at=self.now,
                papers=len(messages[part - 1]),
                covers=dict(selection.covers),
                part=part,
                parts=len(messages),
            )
            for part, edition in enumerate(kept, 1)
        ]
        self.store.append(*kept, *composed)

    # What becomes of what waits

    def begin_delivery(self) -> None:
        """Where a delivery began and did not end, a server may have any of what waits."""
        self.store.append(DeliveryBegun(at=self.now))
        if self.delivering:
            for reader in self.readers.values():
                reader.uncertain = reader.uncertain or bool(reader.waiting)
        self.delivering = True

    def offer(self, address: str, reader: Reader, outcome: str) -> None:
        """Only what is accepted was had; who has the same offered again may refuse it twice."""
        name = reader.waiting[0].message_id
        if outcome in ("deferred", "lost"):
            code, lost = (451, False) if outcome == "deferred" else (0, True)
            self.store.append(
                Deferred(
                    address, message_id=name, at=self.now, code=code, reply="later", uncertain=lost
                )
            )
            reader.uncertain = reader.uncertain or lost
            return
        if outcome == "refused":
            waited = reader.uncertain
            self.store.append(
                Refused(address, message_id=name, at=self.now, code=550, reply="no", waited=waited)
            )
            reader.refused += 1
            if not waited or reader.refused == 3:
                reader.give_up()
            return
        self.store.append(AcceptedTogether(at=self.now, messages=((address, name, "ok"),)))
        reader.versions |= reader.papers.pop(0)
        reader.waiting.pop(0)
        reader.refused, reader.uncertain = 0, False
        if not reader.waiting:
            reader.have(reader.told)
            reader.told = {}
        elif outcome == "accepted":
            self.offer(address, reader, outcome)

    @rule(address=readers)
    def take_back(self, address: str) -> None:
        """Takes a waiting digest back, unless a server may have it."""
        reader = self.readers[address]
        if self.delivering:
            self.begin_delivery()
            self.store.append(DeliveryEnded(at=self.now))
            self.delivering = False
        if reader.waiting and not reader.uncertain:
            self.store.append(Withdrawn(address=address))
            reader.give_up()

    # Changes of the configurations

    def queries(self, name: str) -> dict[str, str]:
        """The query of each keyword that a configuration names."""
        used = {keyword for read in self.reads[name].values() for keyword in read}
        return {keyword: f"{keyword}{self.asks[name][keyword]}" for keyword in sorted(used)}

    def configure(self, name: str) -> None:
        """A configuration is used: what it changes is recorded, and nothing is left to record."""
        reads = {address: read for address, read in self.reads[name].items() if read}
        wanted = Wanted(
            name=name, queries=self.queries(name), readers=reads, first_days=self.first_days
        )
        self.store.append(*changes(self.store.known, wanted, self.now))
        self.expect(name, wanted)
        again = changes(self.store.known, wanted, self.now)
        assert all(isinstance(event, Expired) for event in again)  # of a configuration just gone

    def expect(self, name: str, wanted: Wanted) -> None:
        """Makes the same change in the model."""
        since = self.now - self.first_days * DAY
        expired = [
            reader
            for reader in self.readers.values()
            if reader.left and self.now - reader.left >= OWED_FOR and self.is_steady(name)
        ]
        self.use(name)
        for keyword, query in wanted.queries.items():
            key = self.keys.setdefault(keyword, Key(Asked(query, since)))
            key.name(name, query, since)
        for keyword, key in self.keys.items():
            if name in key.asks and keyword not in wanted.queries:
                key.close(name, self.now)
        gone = [
            reader
            for address, reader in self.readers.items()
            if reader.reads.get(name) and address not in wanted.readers
        ]
        owed = [
            self.keys[keyword].found[number - 1][0]
            for reader in gone
            if reader not in expired
            for keyword, due in reader.due.items()
            for number in due
        ]
        moved = min([since, *owed])
        for reader in expired:
            reader.give_up()
            reader.due = {keyword: set() for keyword in reader.due}
            reader.left = None
        for address, read in wanted.readers.items():
            reader = self.readers[address]
            before = reader.reads.get(name, ())
            begins = since if reader.known else moved
            new = set(read) - set(before)
            for keyword in new:
                self.take(reader, keyword, begins)
            reader.reads[name] = (*before, *(k for k in read if k not in before))
            if dropped := set(before) - set(read):
                reader.drop(name, dropped, self.now)
            reader.reads[name] = read
        for reader in gone:
            reader.drop(name, set(reader.reads[name]), self.now)

    def take(self, reader: Reader, keyword: str, since: datetime) -> None:
        """A reader is given a keyword: one that they read elsewhere goes on as it is."""
        found = self.keys[keyword].found
        fresh = {number for number, (at, *_) in enumerate(found, 1) if at >= since}
        reader.take(keyword, set() if keyword in reader.keywords else fresh)

    def is_steady(self, name: str) -> bool:
        """Whether nothing leapt in the last week, as far as a configuration has seen."""
        if name not in self.seen:
            return False
        seen, steady_since = self.seen[name]
        return self.now - seen < LEAP and self.now - steady_since >= STEADY

    def use(self, name: str) -> None:
        """A configuration is in use; another one that is not for 90 days is gone."""
        steady = self.is_steady(name)
        other = THERE if name == HERE else HERE
        if steady and other in self.seen and self.now - self.seen[other][0] >= OWED_FOR:
            seen, _ = self.seen.pop(other)
            for reader in self.readers.values():
                if read := set(reader.reads.get(other, ())):
                    reader.drop(other, read, seen)
            for key in self.keys.values():
                if other in key.asks:
                    key.close(other, seen)
        if name not in self.seen:
            self.seen[name] = (self.now, self.now)
        elif self.now - self.seen[name][0] >= DAY:
            seen, steady_since = self.seen[name]
            leapt = self.now - seen >= LEAP
            self.seen[name] = (self.now, self.now if leapt else steady_since)

    @rule(
        name=configurations,
        address=readers,
        keyword=keywords,
        kind=st.sampled_from(("less", "less", "more", "none", "all", "moment", "moment gone")),
    )
    def change(self, name: str, address: str, keyword: str, kind: str) -> None:
        """A reader takes other keywords, comes or goes; it may be for three seconds."""
        read = self.reads[name].get(address, ())
        less = tuple(one for one in read if one != keyword)
        takes = {
            "less": less,
            "more": (*less, keyword),
            "none": (),
            "all": KEYWORDS,
            "moment": less,
            "moment gone": (),
        }
        self.reads[name] = self.reads[name] | {address: takes[kind]}
        self.configure(name)
        if kind.startswith("moment"):
            self.now += timedelta(seconds=3)
            self.reads[name] = self.reads[name] | {address: read}
            self.configure(name)

    @rule(
        name=configurations,
        address=readers,
        other=readers,
        keyword=keywords,
        wording=st.sampled_from(WORDINGS),
        mends=st.booleans(),
    )
    def edit(
        self, *, name: str, address: str, other: str, keyword: str, wording: int, mends: bool
    ) -> None:
        """One address stands in another's place, or a keyword means something else."""
        if mends:
            read = self.reads[name].get(address, ())
            self.reads[name] = self.reads[name] | {address: ()} | {other: read}
        else:
            self.asks[name] = self.asks[name] | {keyword: wording}
        self.configure(name)

    @rule(
        name=configurations,
        days=st.sampled_from((3, 17, 34, 45, 91)),
        step=st.sampled_from((5, 30, 50)),
    )
    def time_passes(self, name: str, days: int, step: int) -> None:
        """A configuration is used now and then, and nothing new comes."""
        until = self.now + timedelta(days=days)
        while self.now < until:
            self.now = min(until, self.now + timedelta(days=step))
            self.configure(name)

    # What becomes of processes

    @rule(how=st.sampled_from(("ends", "folds", "dies")), half=st.binary(max_size=40))
    def restart(self, how: str, half: bytes) -> None:
        """The process ends, folding its journal or not, and another one starts.

        One that dies amid writing a line leaves half of it, which never counted.
        """
        self.store.fold_at = 0 if how == "folds" else 1 << 30
        self.stack.close()
        if how == "dies":
            journals = self.home.glob("state.json.journal-*")
            newest = max(journals, key=lambda file: int(file.name.rpartition("-")[2]))
            with newest.open("ab") as file:
                file.write(b'{"event":"' + half.replace(b"\n", b""))
        self.open()

    # What is always so

    @invariant()
    def what_waits_is_unchanged(self) -> None:
        """A digest that waits is the one that was composed, and its texts are there."""
        for address, reader in self.readers.items():
            record = self.store.known.reader(address)
            assert list(record.pending if record else ()) == reader.waiting
            if reader.waiting:
                assert record
                assert record.uncertain == reader.uncertain
        kept = {one.edition for reader in self.readers.values() for one in reader.waiting}
        assert set(self.store.known.records.editions) == kept

    @precondition(lambda self: self.number % 3 == 0)
    @invariant()
    def the_disk_knows_it_all(self) -> None:
        """A second reading of the store finds the records that its writer holds."""
        assert JsonFile(self.path).reading().records == self.store.known.records

    @invariant()
    def what_was_had_was_mailed(self) -> None:
        """Exactly the mailed papers count as had."""
        for address, reader in self.readers.items():
            for number in range(1, 7):
                one = paper(number).id
                had = had_version(self.store.known, address, one)
                assert bool(had) == (one in reader.versions)


StoreModel.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestStore = StoreModel.TestCase
