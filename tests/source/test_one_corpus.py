"""The clients of harvest and feeds ask a stand-in that serves one corpus, with arXiv's faults."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from builders import DAY, HOUR, MINUTE, START, paper
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from installation import HandClock

from digest.source.arxiv_api.listing import Listing
from digest.source.feeds.client import RssFeeds
from digest.source.harvest import Harvest
from digest.source.oai_pmh.client import OaiPmh
from digest.source.pacing import Politeness
from digest.standin.cache import Cache
from digest.standin.corpus import Corpus, Holding
from digest.standin.server import Reply, Request, StandIn

NOW = START.replace(hour=6) + DAY
"""After midnight in New York, on a Tuesday."""
ANNOUNCED = NOW - 5 * HOUR


@pytest.fixture
def arxiv(clock: HandClock) -> Iterator[StandIn]:
    """A stand-in without papers, whose pages have five records."""
    clock.moment = NOW
    with StandIn(Corpus(), clock.now) as running:
        running.repository.page = 5
        yield running


@pytest.fixture
def oai(arxiv: StandIn, clock: HandClock) -> Iterator[OaiPmh]:
    """A client of the harvest with two tries."""
    politeness = Politeness(3)
    asked = OaiPmh(url=arxiv.oai_url, politeness=politeness, tries=2, contact="", clock=clock)
    yield asked
    asked.close()


@pytest.fixture
def feeds(arxiv: StandIn, clock: HandClock) -> Iterator[RssFeeds]:
    """A client of the feeds with two tries."""
    asked = RssFeeds(
        url=arxiv.feed_url,
        politeness=Politeness(3),
        timeout=5,
        tries=2,
        contact="",
        clock=clock,
    )
    yield asked
    asked.close()


def announce(arxiv: StandIn, *numbers: int, **values: Any) -> None:
    """Announces papers."""
    arxiv.corpus.add(*(Holding(paper(n, **values), ANNOUNCED) for n in numbers))


def harvest(oai: OaiPmh) -> Harvest:
    """Everything since two days ago."""
    return oai.harvest((NOW - 2 * DAY).date(), wanted=lambda _: True)


def complete(found: Harvest) -> bool:
    """Whether the harvest has ended and lacks nothing that the list names."""
    return not (found.fault or found.unchecked or found.lacking) and found.listed == found.seen


def test_papers_as_the_search_has_them(oai: OaiPmh, arxiv: StandIn) -> None:
    """A record is the paper that the search lists, with the moments of its versions."""
    announce(arxiv, *range(1, 8))
    one = paper(42, "Teapots, a survey", version=3, published=START - 30 * DAY, comment="")
    arxiv.corpus.add(
        Holding(one, ANNOUNCED, doi="10.0000/x", journal_ref="J. Kettles 3", report_no="NI-7")
    )
    found = harvest(oai)
    assert complete(found)
    assert {record.id: record.paper for record in found.records} == {
        known.id: known for known in (*map(paper, range(1, 8)), one)
    }
    (record,) = (record for record in found.records if record.id == one.id)
    assert len(record.versions) == 3
    assert (record.versions[0], record.versions[-1]) == (one.published, one.updated)
    assert (record.doi, record.journal_ref, record.report_no) == (
        "10.0000/x",
        "J. Kettles 3",
        "NI-7",
    )
    assert record.datestamp == ANNOUNCED.date()


def test_tex_in_both(oai: OaiPmh, feeds: RssFeeds, arxiv: StandIn) -> None:
    """Harvest and feeds give the paper as the search has it, although their texts are raw TeX."""
    one = paper(
        42,
        "Teapots on Étale Covers: $α$",
        authors=("Ida Example", "J. O'Sample", "Bo van der Tést"),
        abstract="Schrödinger pours $x < y$ cups.",
    )
    raw = Holding(
        one,
        ANNOUNCED,
        raw_title=r"Teapots on \'{E}tale Covers: $\alpha$",
        raw_authors=r"Ida Example, J. O'Sample (1), and Bo van der T\'est ((1) Nowhere Institute)",
        raw_abstract='Schr\\"odinger pours\n$x < y$ cups.',
    )
    arxiv.corpus.add(raw)
    (record,) = harvest(oai).records
    ((entry,),) = (feed.records for feed in feeds.read(["cs"]))
    assert record.paper == one
    assert (entry.paper.title, entry.paper.abstract) == (one.title, one.abstract)
    assert entry.paper.authors == one.authors


def test_an_edge_at_midnight(oai: OaiPmh, arxiv: StandIn) -> None:
    """A page that ends with its day leads to the beginning of the next one."""
    announce(arxiv, *range(1, 6))
    arxiv.corpus.add(Holding(paper(9), ANNOUNCED + DAY - 2 * DAY))
    arxiv.repository.page = 1
    found = harvest(oai)
    assert complete(found)
    assert [page.place.skip for page in found.pages] == [0, 0, 1, 2, 3, 4]


def test_behind_the_cache(oai: OaiPmh, arxiv: StandIn, clock: HandClock) -> None:
    """A page from the cache is an old one, as its moment shows; after an hour it is new."""
    announce(arxiv, *range(1, 8))
    arxiv.cache = Cache()
    first = harvest(oai)
    clock.moment += 30 * MINUTE
    announce(arxiv, 8)
    second = harvest(oai)
    assert complete(first)
    assert "2611.00008" not in second.seen
    assert second.pages[0].made_at == first.pages[0].made_at
    assert second.pages[0].received_at - second.pages[0].made_at >= 30 * MINUTE
    clock.moment += HOUR
    assert "2611.00008" in harvest(oai).seen


def test_an_error_from_the_cache(oai: OaiPmh, arxiv: StandIn, clock: HandClock) -> None:
    """An empty window is a fault until midnight; one that begins a day earlier is not."""
    arxiv.cache = Cache()
    assert "no record matches" in harvest(oai).fault
    announce(arxiv, 1)
    clock.moment += 2 * HOUR
    assert "no record matches" in harvest(oai).fault
    earlier = oai.harvest((NOW - 3 * DAY).date(), wanted=lambda _: True)
    assert complete(earlier)


def test_a_record_that_breaks_its_page(oai: OaiPmh, arxiv: StandIn) -> None:
    """Where a page always fails the harvest ends at its place, with the pages before."""
    announce(arxiv, *range(1, 8))
    announce(arxiv, 9, categories=("cs.LG", "cs.XX"))
    found = harvest(oai)
    assert "HTTP status 500" in found.fault
    assert found.broken_at
    assert (found.broken_at.skip, len(found.records)) == (5, 5)
    arxiv.corpus.edit("2611.00009", NOW, categories=("cs.LG",))
    oai.resume()
    assert complete(harvest(oai))


def test_a_bulk_stamp(oai: OaiPmh, arxiv: StandIn) -> None:
    """When old records are stamped anew there are many pages, and few wanted papers."""
    old = {"published": START - 900 * DAY, "updated": START - 900 * DAY}
    announce(arxiv, *range(100, 400), **old)
    announce(arxiv, *range(1, 8))
    found = oai.harvest(
        (NOW - 2 * DAY).date(), wanted=lambda record: record.paper.updated > START - 35 * DAY
    )
    assert complete(found)
    assert (len(found.records), len(found.seen), len(found.pages)) == (7, 307, 62)


def test_the_old_address(arxiv: StandIn, clock: HandClock) -> None:
    """A redirect on the same host is followed."""
    announce(arxiv, 1)
    url = arxiv.oai_url.replace("/oai", "/oai2")
    oai = OaiPmh(url=url, politeness=Politeness(3), tries=1, contact="", clock=clock)
    assert complete(harvest(oai))
    oai.close()


def test_feeds_and_harvest_agree(oai: OaiPmh, feeds: RssFeeds, arxiv: StandIn) -> None:
    """A feed has the versions that the harvest has, with the same texts and authors."""
    announce(arxiv, *range(1, 8))
    announce(arxiv, 11, version=2, published=START - 9 * DAY)
    announce(arxiv, 12, primary_category="math.NT", categories=("math.NT", "cs.LG"))
    (feed,) = feeds.read(["cs.LG"])
    records = {record.id: record.paper for record in harvest(oai).records}
    assert (feed.fault, feed.unreadable, feed.cut) == ("", (), False)
    assert len(feed.records) == 9
    for record in feed.records:
        known = records[record.id]
        fields = ("versioned_id", "title", "authors", "abstract", "categories", "primary_category")
        assert [getattr(record.paper, name) for name in fields] == [
            getattr(known, name) for name in fields
        ]
    kinds = [feed.announced[f"2611.000{name}"] for name in ("01v1", "11v2", "12v1")]
    assert kinds == ["new", "replace", "cross"]


def test_feeds_that_fail(feeds: RssFeeds, arxiv: StandIn, clock: HandClock) -> None:
    """A name that arXiv does not know is a fault in its words; a quiet day is none."""
    announce(arxiv, 1)
    unknown, quiet = feeds.read(["teapot", "hep-th"])
    assert (
        unknown.fault == "arXiv has no feed teapot: 'teapot names no archive or category of arXiv'"
    )
    assert (quiet.fault, quiet.records) == ("", ())
    clock.moment += 5 * DAY
    assert feeds.read(["cs"])[0].records == ()


def test_a_feed_with_too_many(feeds: RssFeeds, arxiv: StandIn) -> None:
    """A feed of 2,000 entries has lost its new papers, and is cut."""
    announce(arxiv, *range(1, 11))
    announce(arxiv, *range(3000, 5000), version=2, published=START - 90 * DAY)
    (feed,) = feeds.read(["cs"])
    assert feed.cut
    assert set(feed.announced.values()) == {"replace"}


def test_one_host_silences_no_other(arxiv: StandIn, clock: HandClock) -> None:
    """While OAI-PMH wants to be left alone the API and the feeds answer, three seconds apart."""
    announce(arxiv, 1)
    politeness = Politeness(3)
    common: dict[str, Any] = {"politeness": politeness, "tries": 3, "contact": "", "clock": clock}
    oai = OaiPmh(url=arxiv.oai_url, **common)
    listing = Listing(url=arxiv.url, timeout=5, **common)
    feeds = RssFeeds(url=arxiv.feed_url, timeout=5, **common)
    gone = Reply(503, {"retry-after": "36000"}, b"")
    arxiv.intercept = lambda request: gone if request.path == "/oai" else None
    assert harvest(oai).left_alone > 35_000
    found = listing.read("all:series", page_size=10, expected=True, more=lambda _: False)
    assert (found.fault, len(found.papers)) == ("", 1)
    assert [feed.fault for feed in feeds.read(["cs", "math"])] == ["", ""]
    assert len(clock.waits) == len(arxiv.requests) - 1 == 3
    assert all(2.5 < wait <= 3 for wait in clock.waits)
    for client in (oai, listing, feeds):
        client.close()


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    page=st.integers(1, 9),
    listed=st.integers(1, 40),
    days=st.lists(st.integers(0, 2), min_size=1, max_size=30),
    edits=st.lists(st.lists(st.integers(0, 29), max_size=4), max_size=30),
)
def test_every_record_of_the_window(
    arxiv: StandIn, page: int, listed: int, days: list[int], edits: list[list[int]]
) -> None:
    """Whatever is edited between two pages of any size, the mended chain has every record."""
    clock = HandClock(NOW)
    holdings = (Holding(paper(n), ANNOUNCED - d * DAY) for n, d in enumerate(days))
    arxiv.corpus = Corpus(holdings)
    arxiv.clock = clock.now
    arxiv.repository.register = arxiv.corpus.harvested
    arxiv.repository.page, arxiv.repository.long_page = page, listed
    left = iter(edits)

    def edit(request: Request) -> None:
        if request.params["verb"] == "ListRecords":
            for number in next(left, ()):
                arxiv.corpus.edit(f"2611.{number % len(days):05}", request.at)

    arxiv.intercept = edit
    oai = OaiPmh(url=arxiv.oai_url, politeness=Politeness(3), tries=2, contact="", clock=clock)
    found = oai.harvest((NOW - 3 * DAY).date(), wanted=lambda _: True)
    oai.close()
    assert complete(found)
    known = arxiv.corpus.harvested.known(clock.now() + timedelta(seconds=1))
    assert found.seen == {one.id: one.stamped.date() for one in known}
    assert {record.id for record in found.records} == found.seen.keys()
