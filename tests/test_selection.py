"""What is unseen, for a keyword and for a reader; and against a model that a child could follow."""

from collections import Counter, defaultdict
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from lab import START, paper

from digest.completeness import Judgement
from digest.config import Subscriber
from digest.defaults import Schedule
from digest.edition import newest_first
from digest.events import Accepted, Composed, KeywordOpened, Refused
from digest.ledger import Ledger
from digest.paper import Paper
from digest.selection import changes, sift, unmet, unseen

NOW = START
DAY = timedelta(days=1)
COMPLETE = Judgement(complete=True)
INCOMPLETE = Judgement(complete=False, reason="cut")
KEYWORDS = ("A", "B", "C")


def reader(address: str, *keywords: str, updates: bool = False) -> Subscriber:
    """A subscriber."""
    return Subscriber(
        email=address,
        name="",
        keywords=keywords or KEYWORDS,
        schedule=Schedule(
            time(8), ZoneInfo("UTC"), frozenset(range(7)), updates=updates, empty=False
        ),
        address_key=address,
    )


ADA = reader("ada@example.org")


def opened(*readers: Subscriber) -> Ledger:
    """A ledger in which all keywords are asked for, since a week ago, by these readers."""
    ledger = Ledger()
    configure(ledger, readers or (ADA,))
    return ledger


def configure(ledger: Ledger, readers: tuple[Subscriber, ...]) -> None:
    """Takes note of who reads what."""
    queries = {keyword: keyword.lower() for keyword in KEYWORDS}
    addresses = {one.address_key: one.keywords for one in readers}
    for event in changes(ledger, queries, addresses, since=NOW - 7 * DAY, at=NOW):
        ledger.apply(event)


def fetch(
    ledger: Ledger, keyword: str, *papers: Paper, judgement: Judgement = COMPLETE
) -> tuple[list[str], list[str]]:
    """Applies a reading; the identifiers of what was new, and of what was old."""
    event = sift(ledger, keyword, papers, judgement, NOW)
    ledger.apply(event)
    return [p.versioned_id for p in event.new], [p.versioned_id for p in event.old]


def mail(ledger: Ledger, one: Subscriber, *, accepted: bool = True) -> list[str]:
    """Composes and delivers what a reader has not had; returns its identifiers."""
    selection = unseen(ledger, one, one.keywords)
    rows = [
        row
        for group in (selection.sections, selection.updates)
        for section in group.values()
        for row in section
    ]
    if not selection.empty:
        key = one.address_key
        ledger.apply(Composed(key, "<1@x>", "e", key, "", NOW, len(rows), dict(selection.covers)))
        outcome = (
            Accepted(key, "<1@x>", NOW, "ok")
            if accepted
            else Refused(key, "<1@x>", NOW, 550, "no such user")
        )
        ledger.apply(outcome)
    return [row.paper.versioned_id for row in rows if row.full_under is None]


def test_first_run() -> None:
    """Papers of the last days are mailed, older ones count as seen."""
    ledger = opened()
    old = paper(2, updated=NOW - 8 * DAY)
    assert fetch(ledger, "A", paper(1, updated=NOW - DAY), old) == (
        ["2611.00001v1"],
        ["2611.00002v1"],
    )
    assert mail(ledger, ADA) == ["2611.00001v1"]


def test_held_by_moderation() -> None:
    """A paper with an old date that shows up after the first complete fetch is new."""
    ledger = opened()
    fetch(ledger, "A", paper(1, updated=NOW - DAY))
    mail(ledger, ADA)
    assert fetch(ledger, "A", paper(2, updated=NOW - 26 * DAY))[0] == ["2611.00002v1"]


def month(*, held: int = 0) -> list[Paper]:
    """A paper a day from yesterday on, for forty days; and some from ten days ago."""
    daily = [paper(number, updated=NOW - number * DAY) for number in range(1, 41)]
    return daily + [paper(90 + n, updated=NOW - 10 * DAY) for n in range(held)]


def test_a_first_listing_that_was_cut() -> None:
    """A later listing shows that the first one had lost a month: that month counts as seen."""
    ledger = opened()
    assert fetch(ledger, "A", month()[0])[0] == ["2611.00001v1"]
    new, old = fetch(ledger, "A", *month())
    assert new == [f"2611.{number:05}v1" for number in range(2, 8)]
    assert len(old) == 33
    assert fetch(ledger, "A", *month(held=2))[0] == ["2611.00090v1", "2611.00091v1"]


def test_a_first_listing_that_was_whole() -> None:
    """Papers that moderation held back for ten days are new, though they come together."""
    ledger = opened()
    fetch(ledger, "A", *month())
    assert fetch(ledger, "A", *month(held=3))[0] == [f"2611.{n:05}v1" for n in (90, 91, 92)]


def test_the_first_listing_is_not_doubted_for_ever() -> None:
    """After three days a listing is what it is, and whatever comes is new."""
    ledger = opened()
    fetch(ledger, "A", month()[0])
    for days in (2, 4):
        event = sift(ledger, "A", [month()[0]], COMPLETE, NOW + days * DAY)
        ledger.apply(event)
        assert (event.begun is None) == (days > 3)
    event = sift(ledger, "A", month(), COMPLETE, NOW + 5 * DAY)
    assert len(event.new) == 36


def test_nothing_listed_at_first() -> None:
    """As long as there is nothing to hold it against, a first listing stays in doubt."""
    ledger = opened()
    nothing = Judgement(complete=True, empty=2)
    ledger.apply(sift(ledger, "A", [], nothing, NOW))
    ledger.apply(sift(ledger, "A", [], nothing, NOW + 20 * DAY))
    event = sift(ledger, "A", month(), COMPLETE, NOW + 21 * DAY)
    assert [p.id for p in event.new] == [f"2611.{number:05}" for number in range(1, 8)]


def test_old_before_the_first_complete_fetch() -> None:
    """As long as no fetch was complete, an old date means that the paper was there before."""
    ledger = opened()
    fetch(ledger, "A", paper(1), judgement=INCOMPLETE)
    assert fetch(ledger, "A", paper(2, updated=NOW - 26 * DAY))[1] == ["2611.00002v1"]


def test_forgotten_by_arxiv() -> None:
    """A paper that drops out of the answer and comes back is not new again."""
    ledger = opened()
    fetch(ledger, "A", paper(1), paper(2))
    assert mail(ledger, ADA)
    fetch(ledger, "A", paper(2))
    assert fetch(ledger, "A", paper(1), paper(2)) == ([], [])
    assert mail(ledger, ADA) == []


def test_second_keyword_later() -> None:
    """A paper that another of the reader's keywords finds on a later day is not mailed again."""
    ledger = opened()
    fetch(ledger, "A", paper(1))
    mail(ledger, ADA)
    fetch(ledger, "B", paper(1), paper(2))
    assert mail(ledger, ADA) == ["2611.00002v1"]


def test_two_keywords_at_once() -> None:
    """A paper under two keywords stands in full under the first, and is named under the other."""
    ledger = opened()
    fetch(ledger, "A", paper(1))
    fetch(ledger, "B", paper(1))
    sections = unseen(ledger, ADA, KEYWORDS).sections
    assert [(k, [r.full_under for r in rows]) for k, rows in sections.items()] == [
        ("A", [None]),
        ("B", ["A"]),
    ]


def test_refused_papers_come_again() -> None:
    """The papers of a digest that was refused for good are in the next one."""
    ledger = opened()
    fetch(ledger, "A", paper(1))
    mail(ledger, ADA, accepted=False)
    fetch(ledger, "A", paper(2), paper(1))
    assert set(mail(ledger, ADA)) == {"2611.00001v1", "2611.00002v1"}


def test_new_version() -> None:
    """A new version is an update for who wants them, and nothing for the others."""
    keen = reader("bob@example.org", updates=True)
    ledger = opened(ADA, keen)
    fetch(ledger, "A", paper(1))
    assert mail(ledger, ADA) == mail(ledger, keen) == ["2611.00001v1"]
    fetch(ledger, "A", paper(1, version=3))
    assert mail(ledger, ADA) == []
    (row,) = unseen(ledger, keen, keen.keywords).updates["A"]
    assert (row.paper.version, row.previous_version) == (3, 1)
    assert mail(ledger, keen) == ["2611.00001v3"]
    assert mail(ledger, keen) == []


def test_first_met_at_version_three() -> None:
    """A paper whose first version nobody saw is new."""
    ledger = opened()
    assert fetch(ledger, "A", paper(1, version=3))[0] == ["2611.00001v3"]


def test_a_reader_who_joins() -> None:
    """Someone who is added starts with what is found from then on."""
    ledger = opened()
    fetch(ledger, "A", paper(1))
    late = reader("late@example.org")
    configure(ledger, (ADA, late))
    fetch(ledger, "A", paper(2))
    assert mail(ledger, late) == ["2611.00002v1"]


def test_nothing_for_a_configuration_that_stands() -> None:
    """A configuration that is the same changes nothing."""
    ledger = opened()
    queries = {keyword: keyword.lower() for keyword in KEYWORDS}
    readers = {ADA.address_key: ADA.keywords}
    assert changes(ledger, queries, readers, since=NOW, at=NOW) == []


def test_opened_while_the_clock_was_wrong() -> None:
    """A keyword that begins in the future begins anew, or it would hold every paper for old."""
    ledger = opened()
    queries = {keyword: keyword.lower() for keyword in KEYWORDS}
    readers = {ADA.address_key: ADA.keywords}
    earlier = NOW - 30 * DAY
    events = changes(ledger, queries, readers, since=earlier - 7 * DAY, at=earlier)
    assert events == [KeywordOpened(k, k.lower(), earlier - 7 * DAY) for k in KEYWORDS]


def test_unmet_takes_the_latest() -> None:
    """Of two versions in one answer the later one counts."""
    ledger = opened()
    papers = [paper(1), paper(1, version=2), paper(2)]
    assert [p.versioned_id for p in unmet(ledger, "A", papers)] == ["2611.00001v2", "2611.00002v1"]


def test_newest_first_keeps_the_order_of_a_day() -> None:
    """Within a day arXiv's order stands, whatever the hour says."""
    papers = [
        paper(1, updated=NOW - DAY),
        paper(2, updated=NOW),
        paper(3, updated=NOW - DAY + timedelta(hours=3)),
    ]
    assert [p.id[-1] for p in newest_first(papers)] == ["2", "1", "3"]


class Model(RuleBasedStateMachine):
    """Fetches, deliveries, refusals and changes of mind in any order; all mail counted."""

    addresses = ("ada@example.org", "bob@example.org", "cyd@example.org")

    @initialize()
    def begin(self) -> None:
        """Everyone reads everything."""
        self.readers = {address: reader(address) for address in self.addresses}
        self.ledger = opened(*self.readers.values())
        self.met: dict[str, set[str]] = defaultdict(set)
        self.due: dict[str, dict[str, set[str]]] = {
            address: defaultdict(set) for address in self.addresses
        }
        self.had: dict[str, Counter[str]] = {address: Counter() for address in self.addresses}

    @rule(keyword=st.sampled_from(KEYWORDS), numbers=st.sets(st.integers(1, 12)))
    def fetched(self, keyword: str, numbers: set[int]) -> None:
        """arXiv lists these papers, and perhaps not others that it listed before."""
        fetch(self.ledger, keyword, *(paper(n, updated=NOW) for n in sorted(numbers)))
        found = {paper(n).id for n in numbers} - self.met[keyword]
        self.met[keyword] |= found
        for address, one in self.readers.items():
            if keyword in one.keywords:
                self.due[address][keyword] |= found

    @rule(address=st.sampled_from(addresses), accepted=st.booleans())
    def mailed(self, address: str, *, accepted: bool) -> None:
        """A reader's digest is composed and offered."""
        one = self.readers[address]
        due = set().union(*(self.due[address][keyword] for keyword in one.keywords))
        sent = {versioned_id[:-2] for versioned_id in mail(self.ledger, one, accepted=accepted)}
        assert sent == due - set(self.had[address])
        if accepted or not sent:
            self.had[address].update(sent)
            for keyword in one.keywords:
                self.due[address][keyword].clear()

    @rule(address=st.sampled_from(addresses), wanted=st.sets(st.sampled_from(KEYWORDS), min_size=1))
    def changed(self, address: str, wanted: set[str]) -> None:
        """A reader takes other keywords: what is found from then on is theirs."""
        keywords = tuple(keyword for keyword in KEYWORDS if keyword in wanted)
        for keyword in KEYWORDS:
            if keyword not in wanted or keyword not in self.readers[address].keywords:
                self.due[address][keyword].clear()
        self.readers[address] = reader(address, *keywords)
        configure(self.ledger, tuple(self.readers.values()))

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
    ledger = opened()
    sent: Counter[str] = Counter()
    for numbers in days:
        fetch(ledger, "A", *(paper(n) for n in numbers), judgement=INCOMPLETE)
        sent.update(mail(ledger, ADA))
    assert sent == Counter({paper(n).versioned_id for numbers in days for n in numbers})
