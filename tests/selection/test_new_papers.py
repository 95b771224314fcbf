"""The unseen papers, of a keyword and of a reader; also against a very simple model."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from builders import ADA, BOB, CYD, DAY, HERE, START, THERE, paper, reader, schedule
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from digest.model.edition import newest_first
from digest.model.paper import Paper
from digest.selection.changes import Wanted, changes
from digest.selection.completeness import Judgement
from digest.selection.new_papers import (
    FormerReading,
    Selection,
    looked_at,
    sift,
    unmet,
    unseen,
)
from digest.store.events import (
    AcceptedTogether,
    Composed,
    ConfigurationGone,
    Configured,
    EditionKept,
    Event,
    Expired,
    KeywordOpened,
    Passed,
    Refused,
    Withdrawn,
)
from digest.store.ledger import Ledger
from digest.store.records import FormerQuery

NOW = START
COMPLETE = Judgement(complete=True)
INCOMPLETE = Judgement(complete=False, reason="cut")
AWAY = Judgement(complete=False, reason="arXiv is away")
KEYWORDS = ("A", "B", "C")


class Place:
    """A ledger in which all keywords are asked for by Ada; what arXiv lists; and the time.

    `listed` are the papers that arXiv has for each query. `keen` want to see new versions.
    """

    def __init__(self, *readers: str, keen: tuple[str, ...] = ()) -> None:
        self.ledger = Ledger()
        self.now = NOW
        self.keen = keen
        self.listed: dict[str, list[Paper]] = defaultdict(list)
        self.reads: dict[str, tuple[str, ...]] = {}
        self.configure(dict.fromkeys(readers or (ADA,), KEYWORDS))

    def configure(
        self,
        readers: dict[str, tuple[str, ...]],
        *,
        name: str = HERE,
        first_days: int = 7,
        queries: dict[str, str] | None = None,
        **asked: str,
    ) -> list[Event]:
        """Takes note of what a configuration says; a keyword's query is its name by itself."""
        asked = queries or asked or {keyword: keyword.lower() for keyword in KEYWORDS}
        wanted = Wanted(name=name, queries=asked, readers=readers, first_days=first_days)
        events = changes(self.ledger, wanted, self.now)
        for event in events:
            self.ledger.apply(event)
        again = changes(self.ledger, wanted, self.now)
        assert all(isinstance(event, Expired) for event in again)  # of a configuration just gone
        self.reads |= readers
        return events

    def later(self, days: float = 0, seconds: float = 0) -> None:
        """Time passes."""
        self.now += timedelta(days=days, seconds=seconds)

    def fetch(
        self, keyword: str, *papers: Paper, judgement: Judgement = COMPLETE
    ) -> tuple[list[str], list[str]]:
        """arXiv lists papers, and is read; identifiers of what was new, and of what was old."""
        record = self.ledger.records.keywords[keyword]
        self.listed[record.query] += papers
        return self.read(keyword, judgement)

    def read(
        self, keyword: str, judgement: Judgement = COMPLETE, former: Judgement = COMPLETE
    ) -> tuple[list[str], list[str]]:
        """The same of what is listed; `former` judges the readings of queries of before."""
        record = self.ledger.records.keywords[keyword]
        found = [
            FormerReading(
                former=one,
                complete=former.complete,
                found=frozenset(paper.id for paper in self.listed[one.query])
                if former is not AWAY
                else frozenset(),
            )
            for one in record.former
        ]
        papers = [] if judgement is AWAY else self.listed[record.query]
        if judgement.complete and not former.complete:
            judgement = Judgement(complete=False, reason="the former one was not complete")
        event = sift(self.ledger, keyword, papers, judgement, self.now, former=found)
        self.ledger.apply(event)
        return [p.versioned_id for p in event.new], [p.versioned_id for p in event.old]

    def find(self, keyword: str, number: int, **changes: Any) -> None:
        """A paper of today is found for a keyword."""
        one = paper(number, **({"updated": self.now} | changes))
        assert self.fetch(keyword, one)[0] == [one.versioned_id]

    def unseen(self, address: str, *chosen: str) -> Selection:
        """Returns the papers that a reader has not had."""
        one = reader(address, *self.reads[address], schedule=schedule(updates=address in self.keen))
        return unseen(self.ledger, one, looked_at(self.ledger, one, chosen or None))

    def owed(self, address: str, *chosen: str) -> list[int]:
        """The numbers of what a reader has not had."""
        return sorted(int(one[5:10]) for one in shown(self.unseen(address, *chosen)))

    def compose(self, address: str, *chosen: str) -> list[str]:
        """Makes a digest of what a reader has not had, if there is anything."""
        selection = self.unseen(address, *chosen)
        if selection.empty:
            self.ledger.apply(Passed(address=address, covers=dict(selection.covers)))
        else:
            self.ledger.apply(EditionKept(edition="e", sender="s@x", head="", body=""))
            self.ledger.apply(composed(address, selection, self.now))
        return shown(selection)

    def compose_each(self, address: str) -> list[str]:
        """The same with a message for each paper."""
        selection = self.unseen(address)
        papers = shown(selection)
        for part, one in enumerate(papers, 1):
            self.ledger.apply(
                EditionKept(edition=f"e{part}", sender="s@x", head="", body="", papers=(one,))
            )
            self.ledger.apply(composed(address, selection, self.now, part, len(papers)))
        return papers

    def accept(self, address: str) -> None:
        """The server takes the first message that waits."""
        name = self.ledger.records.subscribers[address].pending[0].message_id
        self.ledger.apply(AcceptedTogether(at=self.now, messages=((address, name, "ok"),)))

    def refuse(self, address: str) -> None:
        """The server refuses it for good."""
        name = self.ledger.records.subscribers[address].pending[0].message_id
        self.ledger.apply(
            Refused(address=address, message_id=name, at=self.now, code=550, reply="no")
        )

    def mail(self, address: str, *chosen: str) -> list[str]:
        """Composes and delivers what a reader has not had; returns its identifiers."""
        found = self.compose(address, *chosen)
        if found:
            self.accept(address)
        return found

    def waits(self, address: str) -> bool:
        """Whether a digest waits for a reader."""
        return bool(self.ledger.records.subscribers[address].pending)


def shown(selection: Selection) -> list[str]:
    """The versioned identifiers of a selection that stand in full."""
    return [
        row.paper.versioned_id
        for group in (selection.sections, selection.updates)
        for section in group.values()
        for row in section
        if row.full_under is None
    ]


def composed(
    address: str, selection: Selection, at: datetime, part: int = 1, parts: int = 1
) -> Composed:
    """A message that waits; where a digest has several, each has an edition of its own."""
    return Composed(
        address=address,
        message_id=f"<{part}@x>",
        edition=f"e{part}" if parts > 1 else "e",
        recipient=address,
        head="",
        at=at,
        papers=1,
        covers=dict(selection.covers),
        part=part,
        parts=parts,
    )


def test_first_run() -> None:
    """Papers of the last days are mailed, older ones count as seen."""
    place = Place()
    old = paper(2, updated=NOW - 8 * DAY)
    assert place.fetch("A", paper(1, updated=NOW - DAY), old) == (
        ["2611.00001v1"],
        ["2611.00002v1"],
    )
    assert place.mail(ADA) == ["2611.00001v1"]


def test_held_by_moderation() -> None:
    """A paper with an old date that shows up after the first complete fetch is new."""
    place = Place()
    place.fetch("A", paper(1, updated=NOW - DAY))
    place.mail(ADA)
    assert place.fetch("A", paper(2, updated=NOW - 26 * DAY))[0] == ["2611.00002v1"]


def month(*, held: int = 0) -> list[Paper]:
    """A paper a day from yesterday on, for forty days; and some from ten days ago."""
    daily = [paper(number, updated=NOW - number * DAY) for number in range(1, 41)]
    return daily + [paper(90 + n, updated=NOW - 10 * DAY) for n in range(held)]


def test_a_first_listing_that_was_cut() -> None:
    """A later listing shows that the first one had lost a month: that month counts as seen."""
    place = Place()
    assert place.fetch("A", month()[0])[0] == ["2611.00001v1"]
    new, old = place.fetch("A", *month())
    assert new == [f"2611.{number:05}v1" for number in range(2, 8)]
    assert len(old) == 33
    assert place.fetch("A", *month(held=2))[0] == ["2611.00090v1", "2611.00091v1"]


def test_a_first_listing_that_was_whole() -> None:
    """Papers that moderation held back for ten days are new, though they come together."""
    place = Place()
    place.fetch("A", *month())
    assert place.fetch("A", *month(held=3))[0] == [f"2611.{n:05}v1" for n in (90, 91, 92)]


def test_the_first_listing_is_not_doubted_for_ever() -> None:
    """After three days a listing is what it is, and whatever comes is new."""
    place = Place()
    place.fetch("A", month()[0])
    for days in (2, 4):
        event = sift(place.ledger, "A", [month()[0]], COMPLETE, NOW + days * DAY)
        place.ledger.apply(event)
        assert (event.begun is None) == (days > 3)
    event = sift(place.ledger, "A", month(), COMPLETE, NOW + 5 * DAY)
    assert len(event.new) == 36


def test_nothing_listed_at_first() -> None:
    """As long as there is nothing to hold it against, a first listing stays in doubt."""
    place = Place()
    nothing = Judgement(complete=True, empty=2)
    place.ledger.apply(sift(place.ledger, "A", [], nothing, NOW))
    place.ledger.apply(sift(place.ledger, "A", [], nothing, NOW + 20 * DAY))
    event = sift(place.ledger, "A", month(), COMPLETE, NOW + 21 * DAY)
    assert [p.id for p in event.new] == [f"2611.{number:05}" for number in range(1, 8)]


def test_old_before_the_first_complete_fetch() -> None:
    """As long as no fetch was complete, an old date means that the paper was there before."""
    place = Place()
    place.fetch("A", paper(1), judgement=INCOMPLETE)
    assert place.fetch("A", paper(2, updated=NOW - 26 * DAY))[1] == ["2611.00002v1"]


def test_forgotten_by_arxiv() -> None:
    """A paper that drops out of the answer and comes back is not new again."""
    place = Place()
    place.fetch("A", paper(1), paper(2))
    assert place.mail(ADA)
    place.fetch("A", paper(2))
    assert place.fetch("A", paper(1), paper(2)) == ([], [])
    assert place.mail(ADA) == []


def test_second_keyword_later() -> None:
    """A paper that another of the reader's keywords finds on a later day is not mailed again."""
    place = Place()
    place.fetch("A", paper(1))
    place.mail(ADA)
    place.fetch("B", paper(1), paper(2))
    assert place.mail(ADA) == ["2611.00002v1"]


def test_two_keywords_at_once() -> None:
    """A paper under two keywords stands in full under the first, and is named under the other."""
    place = Place()
    place.fetch("A", paper(1))
    place.fetch("B", paper(1))
    sections = place.unseen(ADA).sections
    assert [(k, [r.full_under for r in rows]) for k, rows in sections.items()] == [
        ("A", [None]),
        ("B", ["A"]),
    ]


def test_refused_papers_come_again() -> None:
    """The papers of a digest that was refused for good are in the next one."""
    place = Place()
    place.fetch("A", paper(1))
    place.compose(ADA)
    place.refuse(ADA)
    place.fetch("A", paper(2), paper(1))
    assert set(place.mail(ADA)) == {"2611.00001v1", "2611.00002v1"}


def test_new_version() -> None:
    """A new version is an update for who wants them, and nothing for the others."""
    place = Place(ADA, CYD, keen=(CYD,))
    place.fetch("A", paper(1))
    assert place.mail(ADA) == place.mail(CYD) == ["2611.00001v1"]
    place.fetch("A", paper(1, version=3))
    assert place.mail(ADA) == []
    (row,) = place.unseen(CYD).updates["A"]
    assert (row.paper.version, row.previous_version) == (3, 1)
    assert place.mail(CYD) == ["2611.00001v3"]
    assert place.mail(CYD) == []


def test_first_met_at_version_three() -> None:
    """A paper whose first version nobody saw is new."""
    place = Place()
    assert place.fetch("A", paper(1, version=3))[0] == ["2611.00001v3"]


def test_a_reader_who_joins() -> None:
    """Someone who is added gets what was found in the last days, and what is found from then on."""
    place = Place()
    place.find("A", 1)
    place.later(days=5)
    place.find("A", 2)
    place.later(days=3)
    place.configure({ADA: KEYWORDS, BOB: KEYWORDS})
    place.find("A", 3)
    assert place.mail(BOB) == ["2611.00003v1", "2611.00002v1"]
    assert place.owed(ADA) == [1, 2, 3]


def test_no_days_for_a_reader_who_joins() -> None:
    """With `first_days` 0 a new reader starts with what is found from then on."""
    place = Place()
    place.find("A", 1)
    place.later(seconds=1)
    place.configure({ADA: KEYWORDS, BOB: KEYWORDS}, first_days=0)
    place.later(seconds=1)
    place.find("A", 2)
    assert place.owed(BOB) == [2]


def test_a_keyword_that_others_read() -> None:
    """A reader who is given it gets what was found in the last days, less what they had."""
    place = Place(ADA, BOB)
    place.configure({ADA: KEYWORDS, BOB: ("B",)})
    place.find("A", 1)
    place.later(days=5)
    place.find("A", 2)
    place.find("A", 3)
    place.find("B", 3)
    assert place.mail(BOB) == ["2611.00003v1"]
    place.later(days=3)
    place.configure({ADA: KEYWORDS, BOB: ("B", "A")})
    assert place.owed(BOB) == [2]


def test_nothing_for_a_configuration_that_stands() -> None:
    """A configuration that is the same changes nothing, but that it is in use, once a day."""
    place = Place()
    place.later(days=0.9)
    assert place.configure({ADA: KEYWORDS}) == []
    place.later(days=0.2)
    assert place.configure({ADA: KEYWORDS}) == [
        Configured(configuration=HERE, at=place.now, first_days=7)
    ]


def test_opened_while_the_clock_was_wrong() -> None:
    """A keyword that begins in the future begins anew, or it would hold every paper for old."""
    place = Place()
    place.later(days=-30)
    since = place.now - 7 * DAY
    opened = [e for e in place.configure({ADA: KEYWORDS}) if isinstance(e, KeywordOpened)]
    assert opened == [
        KeywordOpened(
            keyword=keyword, query=keyword.lower(), since=since, configuration=HERE, anew=True
        )
        for keyword in KEYWORDS
    ]


@pytest.mark.parametrize("revised_before", [False, True])
def test_a_clock_a_year_ahead(*, revised_before: bool) -> None:
    """Papers that were taken for old then, and revised since, are new once the clock is right."""
    place = Place(ADA, CYD, keen=(CYD,))
    place.later(days=365)
    place = ahead(place)
    of_today = paper(1, updated=NOW - DAY)
    assert place.fetch("A", of_today) == ([], ["2611.00001v1"])
    if revised_before:
        place.fetch("A", paper(1, version=2, updated=NOW))
        assert place.mail(ADA) == place.mail(CYD) == []
    place.now = NOW
    place.configure({ADA: KEYWORDS, CYD: KEYWORDS})
    place.fetch("A", paper(1, version=2, updated=NOW), paper(2, updated=NOW - 60 * DAY))
    assert place.mail(ADA) == place.mail(CYD) == ["2611.00001v2"]
    place.fetch("A", paper(2, version=2, updated=NOW))
    assert place.mail(ADA) == place.mail(CYD) == []


def ahead(place: Place) -> Place:
    """The same readers of the same keywords, who begin at the moment it is in a place."""
    other = Place.__new__(Place)
    other.ledger, other.now, other.keen = Ledger(), place.now, place.keen
    other.listed, other.reads = defaultdict(list), {}
    other.configure(place.reads)
    return other


# Addresses and keywords that come and go while something waits or was refused


@pytest.mark.parametrize(
    ("days", "seconds", "owed"), [(0, 3, [1, 2, 3]), (17, 0, [1, 3]), (91, 0, [3])]
)
@pytest.mark.parametrize("refused", [False, True])
def test_a_reader_leaves_and_returns(
    days: float, seconds: float, owed: list[int], *, refused: bool
) -> None:
    """Papers found for a reader who left stay owed for 90 days, with the last week on the return.

    Found are paper 1 before, 2 right after they left, and 3 when they are back.
    """
    place = Place(ADA, BOB)
    place.find("A", 1)
    assert place.compose(BOB) == ["2611.00001v1"]
    if refused:
        place.refuse(BOB)
    place.configure({ADA: KEYWORDS})
    place.find("A", 2)
    for _ in range(int(days)):
        place.later(days=1)
        place.configure({ADA: KEYWORDS})
    place.later(seconds=seconds)
    place.configure({ADA: KEYWORDS, BOB: KEYWORDS})
    place.find("A", 3)
    got = []
    if place.waits(BOB):
        got = [1]
        place.accept(BOB)
    assert got == ([1] if not refused and days < 90 else [])
    got += sorted(int(one[5:10]) for one in place.mail(BOB))
    assert got == owed
    assert place.mail(BOB) == []


def test_back_on_the_day_of_the_expiry() -> None:
    """A reader back after the 90 days starts as a new one does, and is due the coming papers.

    Runs are rare: none came between the end of the 90 days and the return.
    """
    place = Place(ADA, BOB)
    place.find("A", 1)
    place.configure({ADA: KEYWORDS})
    for _ in range(3):
        place.later(days=29)
        place.configure({ADA: KEYWORDS})
    place.later(days=5)
    place.configure({ADA: KEYWORDS, BOB: KEYWORDS})
    place.find("A", 2)
    assert place.owed(BOB) == [2]


def test_expired() -> None:
    """After 90 days nothing is owed; once, and not before."""
    place = Place(ADA, BOB)
    place.find("A", 1)
    place.compose(BOB)
    place.configure({ADA: KEYWORDS})
    expired: list[tuple[int, Event]] = []
    for day in range(1, 100):
        place.later(days=1)
        events = place.configure({ADA: KEYWORDS})
        expired += [(day, event) for event in events if isinstance(event, Expired)]
    assert expired == [(90, Expired(address=BOB))]
    assert not place.waits(BOB)
    assert place.owed(ADA) == [1]


@pytest.mark.parametrize("runs", [1, 2, 5])
def test_a_clock_that_leaps(runs: int) -> None:
    """While it is a year ahead, also for some runs of that day, nobody's papers expire."""
    place = Place(ADA, BOB)
    place.configure({CYD: KEYWORDS}, name=THERE)
    place.find("A", 1)
    place.compose(BOB)
    place.configure({ADA: KEYWORDS})
    place.later(days=365)
    for _ in range(runs):
        place.configure({ADA: KEYWORDS})
        place.later(seconds=600)
    place.now = NOW + DAY
    place.configure({ADA: KEYWORDS, BOB: KEYWORDS})
    assert place.waits(BOB)
    place.configure({CYD: KEYWORDS}, name=THERE)
    assert place.owed(CYD) == [1]
    assert place.owed(ADA) == [1]


@pytest.mark.parametrize("outcome", ["waits", "refused", "withdrawn"])
@pytest.mark.parametrize(
    ("keywords", "queries"),
    [
        (("B",), {"A": "a", "B": "b"}),
        (("B",), {"B": "b"}),
        (("A new",), {"A new": "a"}),
        (("A",), {"A": "a narrower"}),
        (("B", "A"), {"A": "b", "B": "a"}),
    ],
    ids=["dropped", "closed", "renamed", "narrowed", "swapped"],
)
def test_keywords_change(outcome: str, keywords: tuple[str, ...], queries: dict[str, str]) -> None:
    """A paper that a digest had spoken of comes all the same, once."""
    place = Place(ADA, BOB)
    place.configure({ADA: KEYWORDS, BOB: ("A",)})
    place.find("A", 1)
    assert place.compose(BOB) == ["2611.00001v1"]
    if outcome == "refused":
        place.refuse(BOB)
    elif outcome == "withdrawn":
        place.ledger.apply(Withdrawn(address=BOB))
    place.configure({ADA: keywords, BOB: keywords}, queries=queries)
    assert place.waits(BOB) == (outcome == "waits")
    if outcome == "waits":
        place.accept(BOB)
        assert place.owed(BOB) == []
    else:
        assert place.mail(BOB) == ["2611.00001v1"]
    for keyword in queries:
        place.read(keyword)
    assert place.mail(BOB) == []


def test_refused_and_mended() -> None:
    """A misspelt address that is refused, and mended, gets what the wrong one was owed."""
    place = Place(ADA, BOB)
    place.find("A", 1)
    place.compose(BOB)
    place.refuse(BOB)
    place.later(days=20)
    place.find("A", 2)
    place.configure({ADA: KEYWORDS, CYD: KEYWORDS})
    assert place.owed(CYD) == [1, 2]


def test_a_keyword_taken_up_again_while_a_digest_waits() -> None:
    """The digest speaks of what was owed of it when it was made, and not of what came later.

    The keyword was dropped after a refusal. While others read on, Bob is sent what he is owed of
    it; before that digest is accepted he takes the keyword up again.
    """
    place = Place(ADA, BOB)
    place.find("A", 1)
    place.compose(BOB)
    place.refuse(BOB)
    place.configure({ADA: KEYWORDS, BOB: ("B",)})
    place.later(days=20)
    place.find("A", 2)
    place.later(days=1)
    place.find("A", 3)
    assert place.compose(BOB) == ["2611.00001v1"]
    place.later(days=1)
    place.configure({ADA: KEYWORDS, BOB: ("B", "A")})
    place.accept(BOB)
    assert place.mail(BOB) == ["2611.00003v1", "2611.00002v1"]


def test_some_keywords_alone() -> None:
    """A digest of chosen keywords leaves alone what a refused one spoke of under the others."""
    place = Place()
    place.find("A", 1)
    place.find("B", 2)
    place.compose(ADA)
    place.refuse(ADA)
    assert place.mail(ADA, "B") == ["2611.00002v1"]
    place.configure({ADA: ("B",)})
    assert place.owed(ADA) == [1]


# Two configurations that share a state


def test_taking_turns() -> None:
    """Each gets all that its readers are due, whoever fetched it; neither closes the other's."""
    place = Place()
    for day in range(20):
        if day:
            place.later(days=0.5)
        place.configure({ADA: ("A",)}, A="a")
        place.find("A", 100 + day)
        if day:
            place.later(days=0.5)
        events = place.configure({BOB: ("A", "B")}, name=THERE, A="a", B="b")
        assert not any(isinstance(event, KeywordOpened) for event in events) or not day
        place.find("A", 200 + day)
        place.find("B", 300 + day)
        if day % 5 == 4:
            every = [(100 + one, 200 + one) for one in range(day - 4, day + 1)]
            first = place.mail(ADA)
            second = place.mail(BOB)
            assert sorted(int(one[5:10]) for one in first) == sorted(sum(every, ()))
            b = tuple(300 + one for one in range(day - 4, day + 1))
            assert sorted(int(one[5:10]) for one in second) == sorted(sum(every, b))


@pytest.mark.parametrize("first_days", [0, 7])
def test_taking_turns_with_one_name_for_two_queries(first_days: int) -> None:
    """A keyword of the same name, asked in two ways by turns, loses no paper of either."""
    place = Place()
    place.ledger = Ledger()
    place.reads = {}
    found: dict[str, set[str]] = {HERE: set(), THERE: set()}
    number = 0
    due: dict[str, set[str]] = {HERE: set(), THERE: set()}
    for day in range(12):
        for name, address, query in ((HERE, ADA, "mine"), (THERE, BOB, "theirs")):
            place.later(days=0.5)
            place.configure({address: ("A",)}, name=name, first_days=first_days, A=query)
            place.read("A")
            found[name] |= set(place.mail(address))
            for other, listing in ((HERE, "mine"), (THERE, "theirs")):
                number += 1
                held = 10 * DAY if number % 3 == 0 else timedelta()
                one = paper(number, updated=place.now + timedelta(hours=1) - held)
                place.listed[listing].append(one)
                if 0 < day < 11:
                    due[other].add(one.versioned_id)
    assert due[HERE] - found[HERE] == set()
    assert due[THERE] - found[THERE] == set()


def test_a_reader_of_both() -> None:
    """A reader whom two configurations name gets each paper once, and is gone when both say so."""
    place = Place()
    place.configure({ADA: ("A", "B")}, A="a", B="b")
    place.configure({ADA: ("B", "C")}, name=THERE, B="b", C="c")
    place.find("A", 1)
    place.find("B", 2)
    place.find("C", 3)
    place.reads[ADA] = ("A", "B")
    assert place.owed(ADA) == [1, 2]
    place.mail(ADA)
    place.reads[ADA] = ("B", "C")
    assert place.owed(ADA) == [3]
    place.configure({}, A="a", B="b")
    record = place.ledger.records.subscribers[ADA]
    assert (record.left_at, record.keywords) == (None, ("B", "C"))
    place.configure({}, name=THERE, B="b", C="c")
    assert record.left_at == place.now


def test_a_configuration_that_is_used_no_more() -> None:
    """Its readers have left when it was last in use; after 90 days more they are owed nothing."""
    place = Place()
    place.configure({BOB: ("A",)}, name=THERE, A="a")
    place.find("A", 1)
    gone: list[int] = []
    expired: list[int] = []
    for day in range(1, 120):
        place.later(days=1)
        events = place.configure({ADA: KEYWORDS})
        gone += [day for event in events if event == ConfigurationGone(configuration=THERE)]
        expired += [day for event in events if event == Expired(address=BOB)]
    assert gone == [90]
    assert expired in ([90], [91])
    assert place.owed(ADA) == [1]


# Messages of one digest


def test_one_message_of_several() -> None:
    """An accepted message is never offered again; the rest comes in a digest made anew."""
    place = Place(ADA, CYD, keen=(CYD,))
    place.find("A", 1)
    place.find("A", 2)
    place.find("B", 3)
    assert place.compose_each(CYD) == ["2611.00002v1", "2611.00001v1", "2611.00003v1"]
    place.accept(CYD)
    assert place.waits(CYD)
    place.refuse(CYD)
    assert not place.waits(CYD)
    place.find("B", 2)
    assert place.owed(CYD) == [1, 3]
    assert place.fetch("A", paper(2, version=2))[0] == ["2611.00002v2"]
    (row,) = place.unseen(CYD).updates["A"]
    assert (row.paper.versioned_id, row.previous_version) == ("2611.00002v2", 1)
    place.mail(CYD)
    assert place.mail(CYD) == []
    assert place.ledger.had_versions(CYD, ("2611.00002",)) == {"2611.00002": 2}


def test_taken_back_and_made_anew() -> None:
    """All that a withdrawn digest spoke of comes in the next, with what was found since."""
    place = Place()
    place.find("A", 1)
    place.compose(ADA)
    place.ledger.apply(Withdrawn(address=ADA))
    place.find("A", 2)
    assert place.mail(ADA) == ["2611.00002v1", "2611.00001v1"]


# Queries that change


def test_query_changed_amid_an_outage() -> None:
    """Papers of the outage that match both are mailed; old ones that match the new one are not."""
    place = Place()
    place.find("A", 1)
    place.mail(ADA)
    place.later(days=1)
    missed = [paper(2, updated=place.now), paper(3, updated=place.now)]
    for _ in range(10):
        place.later(days=1)
        assert place.fetch("A", judgement=AWAY) == ([], [])
    place.listed["a"] += missed
    place.listed["other"] = [missed[0], paper(4, updated=place.now - 20 * DAY)]
    place.configure({ADA: KEYWORDS}, A="other", B="b", C="c")
    assert place.read("A", AWAY) == ([], [])
    assert place.read("A", COMPLETE, former=AWAY) == ([], [])
    assert place.read("A") == (["2611.00002v1"], ["2611.00004v1"])
    assert place.ledger.records.keywords["A"].former == ()


def test_query_changed_back_amid_an_outage() -> None:
    """Words that were used before have their claim back, as if nothing had been changed."""
    place = Place()
    place.find("A", 1)
    place.mail(ADA)
    place.later(days=1)
    missed = [paper(2, updated=place.now), paper(3, updated=place.now - 20 * DAY)]
    for query in ("other", "another", "a"):
        place.later(days=5)
        place.configure({ADA: KEYWORDS}, A=query, B="b", C="c")
        assert place.read("A", AWAY) == ([], [])
    place.listed["a"] += missed
    assert place.read("A") == (["2611.00002v1", "2611.00003v1"], [])


def test_query_changed_twice_amid_an_outage() -> None:
    """A paper owed by the first query is mailed where the last one finds it too."""
    place = Place()
    place.find("A", 1)
    place.mail(ADA)
    place.later(days=1)
    of_first, of_second = (paper(n, updated=place.now) for n in (2, 3))
    for query in ("other", "another"):
        place.later(days=10)
        place.configure({ADA: KEYWORDS}, A=query, B="b", C="c")
        assert place.read("A", AWAY) == ([], [])
    place.listed["a"].append(of_first)
    place.listed["other"].append(of_second)
    place.listed["another"] += [of_first, of_second]
    assert place.read("A", INCOMPLETE, former=INCOMPLETE) == (["2611.00002v1"], [])
    assert place.read("A") == ([], ["2611.00003v1"])


@pytest.mark.parametrize("read", [False, True])
def test_nothing_is_old_before_a_former_query_was_read(*, read: bool) -> None:
    """A keyword that has its claim back takes nothing for old that another query may be owed."""
    place = Place()
    place.find("A", 1)
    former = FormerQuery("other", place.now - 7 * DAY)
    place.ledger.records.keywords["A"].former = (former,)
    readings = [FormerReading(former=former, complete=read, found=frozenset())]
    listed = [paper(2, updated=place.now - 90 * DAY)]
    event = sift(place.ledger, "A", listed, COMPLETE, place.now, former=readings)
    assert (list(event.new), list(event.old)) == ([], listed if read else [])


@pytest.mark.parametrize("edited", [False, True])
def test_held_on_the_day_of_the_edit(*, edited: bool) -> None:
    """A paper that moderation held for twelve days is mailed, also when the query changes then."""
    place = Place()
    place.later(days=30)
    place.find("A", 1)
    place.later(days=1)
    held = paper(2, updated=place.now - 12 * DAY)
    old = paper(3, updated=place.now - 12 * DAY)
    place.listed["a"].append(held)
    if edited:
        place.listed["other"] = [held, old]
        place.configure({ADA: KEYWORDS}, A="other", B="b", C="c")
    assert place.read("A") == (["2611.00002v1"], ["2611.00003v1"] if edited else [])


def test_closed_for_ten_days() -> None:
    """A paper announced while nobody read the keyword is owed only in the last week.

    What was found for a reader before is owed still.
    """
    place = Place()
    place.find("A", 1)
    place.compose(ADA)
    place.refuse(ADA)
    place.configure({ADA: ("B",)}, B="b")
    closed = place.now
    place.later(days=10)
    place.configure({ADA: KEYWORDS})
    between = [
        paper(n, updated=closed + days * DAY) for n, days in ((2, 1), (3, 2.9), (4, 3), (5, 9))
    ]
    before = paper(6, updated=closed - 2 * DAY)
    assert place.fetch("A", *between, before) == (
        ["2611.00004v1", "2611.00005v1", "2611.00006v1"],
        ["2611.00002v1", "2611.00003v1"],
    )
    assert place.owed(ADA) == [1, 4, 5, 6]


def test_closed_for_three_days() -> None:
    """Nothing is missing where a keyword was not read for less than `first_days`."""
    place = Place()
    place.find("A", 1)
    place.configure({ADA: ("B",)}, B="b")
    place.later(days=1)
    between = paper(2, updated=place.now)
    place.later(days=2)
    place.configure({ADA: KEYWORDS})
    assert place.fetch("A", between) == (["2611.00002v1"], [])


# Versions under several keywords


def test_a_later_version_under_another_keyword() -> None:
    """Where one keyword has met v2 and another v3, v3 is what is shown, and once."""
    place = Place(CYD, keen=(CYD,))
    place.fetch("A", paper(1, updated=NOW))
    place.mail(CYD)
    place.fetch("A", paper(1, version=2, updated=NOW))
    place.fetch("B", paper(1, version=3, updated=NOW))
    selection = place.unseen(CYD)
    assert shown(selection) == ["2611.00001v3"]
    assert selection.sections == {}
    place.mail(CYD)
    place.fetch("A", paper(1, version=3, updated=NOW))
    assert place.mail(CYD) == []
    place.fetch("A", paper(1, version=4, updated=NOW))
    assert place.mail(CYD) == ["2611.00001v4"]


def test_a_later_version_of_a_keyword_that_is_read_from_now_on() -> None:
    """A version that another keyword met before the reader had it counts as had when shown."""
    place = Place(ADA, CYD, keen=(CYD,))
    place.configure({ADA: KEYWORDS, CYD: ("A",)})
    place.fetch("A", paper(1, updated=NOW))
    place.fetch("B", paper(1, version=2, updated=NOW))
    place.later(days=1)
    place.configure({ADA: KEYWORDS, CYD: ("A", "B")}, first_days=0)
    first = place.mail(CYD)
    place.fetch("A", paper(1, version=2, updated=NOW))
    assert [*first, *place.mail(CYD)] in (["2611.00001v2"], ["2611.00001v1", "2611.00001v2"])


def test_a_later_version_under_a_keyword_that_is_not_looked_at() -> None:
    """A digest of one keyword shows a version once, whatever the others have met."""
    place = Place(CYD, keen=(CYD,))
    place.fetch("A", paper(1, updated=NOW))
    place.fetch("B", paper(1, version=2, updated=NOW))
    assert [*place.mail(CYD, "A"), *place.mail(CYD)] in (
        ["2611.00001v2"],
        ["2611.00001v1", "2611.00001v2"],
    )


def test_unmet_takes_the_latest() -> None:
    """Of two versions in one answer the later one counts."""
    place = Place()
    papers = [paper(1), paper(1, version=2), paper(2)]
    assert [p.versioned_id for p in unmet(place.ledger, "A", papers)] == [
        "2611.00001v2",
        "2611.00002v1",
    ]


def test_newest_first_keeps_the_order_of_a_day() -> None:
    """Within a day arXiv's order stands, whatever the hour says."""
    papers = [
        paper(1, updated=NOW - DAY),
        paper(2, updated=NOW),
        paper(3, updated=NOW - DAY + timedelta(hours=3)),
    ]
    assert [p.id[-1] for p in newest_first(papers)] == ["2", "1", "3"]


class Model(RuleBasedStateMachine):
    """Fetches, deliveries, refusals and changes of mind in any order; all mail counted.

    All of it is on one day, so that who takes a keyword is due all that it ever found.
    """

    addresses = (ADA, BOB, CYD)

    @initialize()
    def begin(self) -> None:
        """Everyone reads everything."""
        self.place = Place(*self.addresses)
        self.found: dict[str, list[str]] = {keyword: [] for keyword in KEYWORDS}
        self.due: dict[str, dict[str, set[str]]] = {
            address: {keyword: set() for keyword in KEYWORDS} for address in self.addresses
        }
        self.had: dict[str, Counter[str]] = {address: Counter() for address in self.addresses}

    @rule(keyword=st.sampled_from(KEYWORDS), numbers=st.sets(st.integers(1, 12)))
    def fetched(self, keyword: str, numbers: set[int]) -> None:
        """arXiv lists these papers, and perhaps not others that it listed before."""
        self.place.listed.clear()
        self.place.fetch(keyword, *(paper(n, updated=NOW) for n in sorted(numbers)))
        found = [paper(n).id for n in sorted(numbers) if paper(n).id not in self.found[keyword]]
        self.found[keyword] += found
        for address, keywords in self.place.reads.items():
            if keyword in keywords:
                self.due[address][keyword] |= set(found)

    @rule(address=st.sampled_from(addresses), accepted=st.booleans())
    def mailed(self, address: str, *, accepted: bool) -> None:
        """A reader's digest is composed and offered; one that was refused owes what it had."""
        due = set().union(*self.due[address].values())
        sent = {versioned_id[:-2] for versioned_id in self.place.compose(address)}
        assert sent == due - set(self.had[address])
        if sent:
            (self.place.accept if accepted else self.place.refuse)(address)
        if accepted or not sent:
            self.had[address].update(sent)
            self.due[address] = {keyword: set() for keyword in KEYWORDS}

    @rule(address=st.sampled_from(addresses), wanted=st.sets(st.sampled_from(KEYWORDS), min_size=1))
    def changed(self, address: str, wanted: set[str]) -> None:
        """A reader takes other keywords: all that each found today is theirs, dropped or taken."""
        before = self.place.reads[address]
        keywords = tuple(keyword for keyword in KEYWORDS if keyword in wanted)
        for keyword in KEYWORDS:
            if keyword in wanted and keyword not in before:
                self.due[address][keyword] |= set(self.found[keyword])
        self.place.configure(self.place.reads | {address: keywords})

    @invariant()
    def once(self) -> None:
        """Nobody ever gets a paper twice."""
        for counts in self.had.values():
            assert all(count == 1 for count in counts.values())


TestModel = Model.TestCase
TestModel.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@given(st.lists(st.lists(st.integers(1, 30), max_size=10), max_size=10))
def test_every_listed_paper_is_mailed(days: list[list[int]]) -> None:
    """Whatever arXiv lists on whatever day, all of it is mailed by the end, once."""
    place = Place()
    sent: Counter[str] = Counter()
    for numbers in days:
        place.listed.clear()
        place.fetch("A", *(paper(n) for n in numbers), judgement=INCOMPLETE)
        sent.update(place.mail(ADA))
    assert sent == Counter({paper(n).versioned_id for numbers in days for n in numbers})
