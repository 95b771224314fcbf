"""One harvest for all keywords, through `digest send`: complete, cut, away, and back to the API."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from builders import ADA, BOB, DAY, START, subscribers
from harvest_lab import TOPICS, Announcements, asked, harvest_lab, topics
from installation import Lab, new_identifiers

from digest.model.paper import Paper
from digest.source.recent_papers import RecentPapers
from digest.standin.server import Reply, Request

ODD = Reply(503, {"Retry-After": "0"}, b"")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Lab, Announcements]]:
    """An installation that harvests; its clock stands on a Monday morning."""
    with harvest_lab(tmp_path) as (lab, arxiv):
        arxiv.until(lab.clock.moment)
        yield lab, arxiv


def mailed(lab: Lab, address: str = ADA) -> Counter[str]:
    """The number of times that each paper was mailed as new to an address."""
    return Counter(
        base for message in lab.mails().get(address, []) for base in new_identifiers(message)
    )


def next_day(lab: Lab, arxiv: Announcements, days: int = 1) -> None:
    """Lets days pass, with their announcements."""
    lab.clock.moment += days * DAY
    arxiv.until(lab.clock.moment)


def expected(arxiv: Announcements, first_days: int = 7) -> set[str]:
    """The papers that a reader of all topics is due, since the beginning of the lab."""
    return {one.id for one in arxiv.papers if one.updated >= START - first_days * DAY}


def begun(lab: Lab, arxiv: Announcements) -> None:
    """Makes the first runs: the first is read by the API, the next one is a harvest."""
    assert lab.run("send").status == 0
    next_day(lab, arxiv)
    assert lab.run("send").status == 0


@pytest.mark.parametrize("number", [1, 13, 300])
def test_the_same_requests(place: tuple[Lab, Announcements], number: int) -> None:
    """One keyword or 300: the day's harvest asks arXiv the same, and all are complete."""
    lab, arxiv = place
    more = {f"{TOPICS[n % 13]} and its {n}th sample": None for n in range(number - 13)}
    lab.subscribe(topics(number=min(number, 13), **more))
    begun(lab, arxiv)
    next_day(lab, arxiv)
    before = len(lab.arxiv.requests)
    result = lab.run("send", "--json")
    assert result.status == 0
    harvest = [one for one in asked(lab, before) if one != "api"]
    assert harvest == ["ListRecords", "ListIdentifiers", "rss"]
    assert all(line["complete"] for line in result.data["keywords"])
    assert len(result.data["keywords"]) == number


def test_each_paper_once(place: tuple[Lab, Announcements]) -> None:
    """Over three weeks every paper comes once; a second run on a day asks nothing."""
    lab, arxiv = place
    begun(lab, arxiv)
    for _ in range(19):
        next_day(lab, arxiv)
        assert lab.run("send").status == 0
        before = len(lab.arxiv.requests)
        assert lab.run("send").status == 0
        assert "ListRecords" not in asked(lab, before)
    assert mailed(lab) == Counter(expected(arxiv))


def test_half_a_harvest(place: tuple[Lab, Announcements]) -> None:
    """A chain that breaks off is told; what it gave is mailed, and the next run goes on there."""
    lab, arxiv = place
    begun(lab, arxiv)
    next_day(lab, arxiv)
    lab.arxiv.repository.page = 20
    pages = iter([None, None])

    def broken(request: Request) -> Reply | None:
        if request.path == "/api/query" or request.path.startswith("/rss"):
            return ODD
        return next(pages, ODD) if request.params.get("verb") == "ListRecords" else None

    lab.arxiv.intercept = broken
    result = lab.run("send")
    assert result.status == 75
    assert "HTTP status 503" in result.err
    assert "HTTP status 503" in lab.run("status").out
    lab.arxiv.intercept = None
    before = len(lab.arxiv.requests)
    lab.clock.moment += timedelta(minutes=5)
    assert lab.run("send").status == 0
    first = next(one for one in lab.arxiv.requests[before:] if one.path == "/oai")
    assert "resumptionToken" in first.params
    assert mailed(lab) == Counter(expected(arxiv))


def test_the_harvest_is_away(place: tuple[Lab, Announcements]) -> None:
    """Feeds and API stand in for it: the papers come in time, and nothing comes twice."""
    lab, arxiv = place
    begun(lab, arxiv)
    next_day(lab, arxiv)
    lab.arxiv.intercept = lambda request: ODD if request.path == "/oai" else None
    before = len(lab.arxiv.requests)
    result = lab.run("send")
    assert result.status == 0
    assert "api" in asked(lab, before)
    assert mailed(lab) == Counter(expected(arxiv))
    lab.arxiv.intercept = None
    for _ in range(2):
        next_day(lab, arxiv)
        assert lab.run("send").status == 0
    assert mailed(lab) == Counter(expected(arxiv))


def test_the_harvest_is_away_and_many_keywords(place: tuple[Lab, Announcements]) -> None:
    """More than thirty keywords are too many for the API: feeds alone stand in, without proof."""
    lab, arxiv = place
    more: dict[str, object] = {f"{TOPICS[0]} and its {n}th sample": None for n in range(20)}
    lab.subscribe(subscribers(ADA, keywords=dict.fromkeys(TOPICS) | more))
    begun(lab, arxiv)
    next_day(lab, arxiv)
    lab.arxiv.intercept = lambda request: ODD if request.path == "/oai" else None
    before = len(lab.arxiv.requests)
    result = lab.run("send")
    assert result.status == 75
    assert "api" not in asked(lab, before)
    assert "rss" in asked(lab, before)
    assert mailed(lab) == Counter(expected(arxiv))
    lab.arxiv.intercept = None
    lab.clock.moment += timedelta(hours=1)
    assert lab.run("send").status == 0
    assert mailed(lab) == Counter(expected(arxiv))


def test_the_api_is_away(place: tuple[Lab, Announcements]) -> None:
    """With `auto` the harvest takes over where the API refuses for days, also for few keywords."""
    lab, arxiv = place
    lab.environment["DIGEST_SOURCE"] = "auto"
    lab.subscribe(topics(number=2))
    assert lab.run("send").status == 0
    assert "ListRecords" not in asked(lab)
    lab.arxiv.intercept = lambda request: ODD if request.path == "/api/query" else None
    for _ in range(2):
        next_day(lab, arxiv)
        assert lab.run("send").status == 75
    assert "the harvest is another service" in lab.run("status").out
    assert lab.run("send").status == 0
    assert "ListRecords" in asked(lab)
    wanted = {p.id for p in arxiv.papers if re.search("topic (agate|beryl)", p.title)}
    assert mailed(lab) == Counter(expected(arxiv) & wanted)


def test_a_new_keyword_needs_no_request(place: tuple[Lab, Announcements]) -> None:
    """A keyword that is added later is evaluated on the papers kept here, at once."""
    lab, arxiv = place
    lab.subscribe(topics(number=12))
    begun(lab, arxiv)
    for _ in range(9):
        next_day(lab, arxiv)
        assert lab.run("send").status == 0
    lab.subscribe(topics())
    before = len(lab.arxiv.requests)
    result = lab.run("send")
    assert result.status == 0
    assert "ListRecords" not in asked(lab, before)
    assert "topic mica" in result.out
    late = {p.id for p in arxiv.papers if "topic mica" in p.title}
    assert mailed(lab).keys() & late == {
        p.id for p in arxiv.papers if p.id in late and p.updated >= lab.clock.moment - 7 * DAY
    }
    assert max(mailed(lab).values()) == 1


def test_two_configurations(place: tuple[Lab, Announcements]) -> None:
    """Each gets all that its own readers are due, whoever harvested it."""
    lab, arxiv = place
    begun(lab, arxiv)
    other = lab.home / "other.yaml"
    other.write_text(subscribers(BOB, keywords=dict.fromkeys(TOPICS[:2])), "utf-8")
    for _ in range(5):
        next_day(lab, arxiv)
        assert lab.run("send").status == 0
        assert lab.run("send", DIGEST_SUBSCRIBERS=str(other)).status == 0
    wanted = {p.id for p in arxiv.papers if re.search("topic (agate|beryl)", p.title)}
    assert max(mailed(lab, BOB).values()) == 1
    assert mailed(lab, BOB).keys() >= {
        p.id for p in arxiv.papers if p.id in wanted and p.updated >= START
    }
    assert mailed(lab) == Counter(expected(arxiv))


def test_there_and_back(place: tuple[Lab, Announcements]) -> None:
    """A state goes on from the API to the harvest and back on any day, without loss or repeat."""
    lab, arxiv = place
    for day in range(16):
        source = "api" if day % 5 in (0, 3) else "harvest"
        assert lab.run("send", DIGEST_SOURCE=source).status == 0
        next_day(lab, arxiv)
    assert lab.run("send").status == 0
    assert mailed(lab) == Counter(expected(arxiv))


@pytest.mark.parametrize("fault", ["garbage", "a directory", "deleted", "no room"])
def test_without_the_kept_papers(place: tuple[Lab, Announcements], fault: str) -> None:
    """The file of kept papers may be anything: nothing is lost, and nothing comes twice."""
    lab, arxiv = place
    begun(lab, arxiv)
    file = lab.home / "papers.sqlite"
    for _ in range(3):
        for one in lab.home.glob("papers.sqlite*"):
            one.unlink() if one.is_file() else one.rmdir()
        if fault == "garbage":
            file.write_bytes(b"SQLite format 3\0" + b"garbage" * 500)
        elif fault == "a directory":
            file.mkdir()
        elif fault == "no room":
            lab.environment["DIGEST_PAPERS"] = "/proc/1/none/papers.sqlite"
        next_day(lab, arxiv)
        sent = lab.run("send")
        assert sent.status == 0
        assert "came too late" not in sent.err, "nobody can say so without the kept papers"
    assert mailed(lab) == Counter(expected(arxiv))


def test_an_edit_of_a_keyword(place: tuple[Lab, Announcements]) -> None:
    """A narrowed keyword keeps its claim, after days on which nothing could be read."""
    lab, arxiv = place
    lab.subscribe(topics(number=12, **{"topic mica": None}))
    begun(lab, arxiv)
    lab.arxiv.intercept = lambda _: ODD
    for _ in range(4):
        next_day(lab, arxiv)
        assert lab.run("send").status == 75
    lab.subscribe(topics(number=12, **{"topic mica": {"exclude": ["unheard of"]}}))
    assert lab.run("send").status == 75
    lab.arxiv.intercept = None
    next_day(lab, arxiv)
    assert lab.run("send").status == 0
    assert mailed(lab) == Counter(expected(arxiv))


class Disagreement:
    """An arXiv whose search finds papers for one keyword that the words of these do not show."""

    def __init__(self, lab: Lab, arxiv: Announcements) -> None:
        self.lab = lab
        self.shown: list[Paper] = []
        self.numbers = iter(range(90_100, 90_200))
        lab.arxiv.intercept = self.answer
        self.arxiv = arxiv

    def show(self) -> str:
        """Adds such a paper, announced three days ago; returns its identifier."""
        at = self.arxiv.at - 3 * DAY
        one = self.arxiv.paper("Another title", at, id=f"2611.{next(self.numbers)}")
        self.lab.publish(one, visible_from=at)
        self.shown.append(one)
        return one.id

    def answer(self, request: Request) -> None:
        """Has the search find these papers as well."""
        query = request.params.get("search_query", "")
        if "coral" in query:
            corpus, at = self.lab.arxiv.corpus, request.at
            corpus.pins.pop(query, None)
            found = corpus.search(query, (), at, "lastUpdatedDate", ascending=False)
            corpus.pins[query] = [one.versioned_id for one in (*found, *self.shown)]


def test_arxiv_alone_has_a_paper(place: tuple[Lab, Announcements]) -> None:
    """A paper that only arXiv's search finds is mailed as well; after two days the API serves.

    A person who has looked says so, and the keyword is evaluated here again.
    """
    lab, arxiv = place
    disagreement = Disagreement(lab, arxiv)
    begun(lab, arxiv)
    odd = []
    for _ in range(2):
        next_day(lab, arxiv, 31)
        odd.append(disagreement.show())
        before = len(lab.arxiv.requests)
        assert lab.run("send").status == 0  # it compares after the mails
        assert asked(lab, before).count("api") == len(TOPICS)
        assert lab.run("send").status == 0
        assert mailed(lab)[odd[-1]] == 1
    assert "topic coral differs from arXiv's search: only there" in lab.run("status").out
    next_day(lab, arxiv)
    before = len(lab.arxiv.requests)
    result = lab.run("send")
    assert result.status == 0
    queries = [one.params.get("search_query", "") for one in lab.arxiv.requests[before:]]
    assert [query for query in queries if query] == ['ti:"topic coral" OR abs:"topic coral"']
    assert "arXiv's own search found other papers" in lab.run("status").out
    assert max(mailed(lab).values()) == 1


def test_kept_papers_hold_what_came(place: tuple[Lab, Announcements]) -> None:
    """After a harvest the records of its window are kept, with the days that they cover."""
    lab, arxiv = place
    begun(lab, arxiv)
    papers = RecentPapers(lab.home / "papers.sqlite")
    coverage = papers.coverage()
    assert coverage
    assert coverage.through == arxiv.at
    kept = {record.id for record in papers.since(coverage.first)}
    assert {one.id for one in arxiv.papers if one.updated >= START - DAY} <= kept
