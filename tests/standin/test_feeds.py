"""The stand-in's feeds have arXiv's form, its limit and its order."""

import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from builders import DAY, HOUR, paper
from installation import HandClock
from oai_client import get

from digest.model.announcements import Calendar
from digest.standin import feeds
from digest.standin.corpus import Corpus, Holding
from digest.standin.register import Register
from digest.standin.server import StandIn

AT = datetime(2026, 11, 24, 5, 30, tzinfo=UTC)
"""Half an hour after midnight in New York, on a Tuesday."""
ARXIV = "{http://arxiv.org/schemas/atom}"
DC = "{http://purl.org/dc/elements/1.1/}"


@pytest.fixture
def arxiv(clock: HandClock) -> Iterator[StandIn]:
    """A stand-in without papers."""
    clock.moment = AT
    with StandIn(Corpus(), clock.now) as running:
        yield running


def items(arxiv: StandIn, name: str) -> list[ET.Element]:
    """The items of a feed."""
    status, body = get(f"{arxiv.feed_url}/{name}")
    assert status == 200
    return ET.fromstring(body).findall("channel/item")


def listed(arxiv: StandIn, name: str) -> list[tuple[str, str]]:
    """The identifier, with its version, and the kind of each item, in order."""
    return [
        (one.findtext("guid", "").rpartition(".")[2], one.findtext(f"{ARXIV}announce_type", ""))
        for one in items(arxiv, name)
    ]


def announce(arxiv: StandIn, number: int, *categories: str, version: int = 1) -> None:
    """Announces a version of a paper at midnight in New York."""
    one = paper(
        number, version=version, primary_category=categories[0], categories=tuple(categories)
    )
    arxiv.corpus.add(Holding(one, AT - HOUR / 2))


def test_a_feed_has_arxivs_elements(arxiv: StandIn) -> None:
    """Channel and item have arXiv's elements in their order, the texts with their TeX."""
    one = paper(
        42, version=2, categories=("cs.LG", "stat.ML"), primary_category="cs.LG", abstract="$x<y$"
    )
    holding = Holding(
        one,
        AT - HOUR,
        raw_title=r"Teapots on \'{E}tale Covers: A Survey",
        raw_authors="Ida Example, J. O'Sample (1), and Bo van der Test ((1) Nowhere Institute)",
        journal_ref="J. Kettles 3",
        doi="10.0000/kettle.3",
    )
    arxiv.corpus.add(holding)
    status, body = get(f"{arxiv.feed_url}/cs.LG")
    channel = ET.fromstring(body).find("channel")
    assert status == 200
    assert channel is not None
    assert [one.tag for one in channel] == [
        *("title", "link", "description", "docs", "language", "lastBuildDate", "managingEditor"),
        *("pubDate", "skipDays", "item"),
    ]
    assert channel.findtext("title") == "cs.LG updates on arXiv.org"
    assert channel.findtext("lastBuildDate") == "Tue, 24 Nov 2026 05:00:06 +0000"
    assert channel.findtext("pubDate") == "Tue, 24 Nov 2026 00:00:00 -0500"
    assert [day.text for day in channel.findall("skipDays/day")] == ["Saturday", "Sunday"]
    assert [(one.tag, one.text) for one in channel.find("item") or ()] == [
        ("title", holding.raw_title),
        ("link", "https://arxiv.org/abs/2611.00042"),
        ("description", "arXiv:2611.00042v2 Announce Type: replace \nAbstract: $x<y$"),
        ("guid", "oai:arXiv.org:2611.00042v2"),
        ("category", "cs.LG"),
        ("category", "stat.ML"),
        ("pubDate", "Tue, 24 Nov 2026 00:00:00 -0500"),
        (f"{ARXIV}announce_type", "replace"),
        (f"{DC}rights", "http://creativecommons.org/licenses/by/4.0/"),
        (f"{ARXIV}DOI", "10.0000/kettle.3"),
        (f"{ARXIV}journal_reference", "J. Kettles 3"),
        (f"{DC}creator", "Ida Example, J. O'Sample (Nowhere Institute), Bo van der Test"),
    ]


def test_the_kind_is_relative_to_the_categories(arxiv: StandIn) -> None:
    """New papers stand last, the newest first; a replacement from version 6 on is left out."""
    announce(arxiv, 1, "cs.LG", "stat.ML")
    announce(arxiv, 2, "cs.LG")
    announce(arxiv, 3, "stat.ML")
    announce(arxiv, 4, "cs.LG", "stat.ML", version=2)
    announce(arxiv, 5, "cs.LG", version=5)
    announce(arxiv, 6, "cs.LG", version=6)
    announce(arxiv, 7, "math.ST", "cs.AI")
    assert listed(arxiv, "cs.LG") == [
        ("00005v5", "replace"),
        ("00004v2", "replace"),
        ("00002v1", "new"),
        ("00001v1", "new"),
    ]
    assert listed(arxiv, "stat") == [
        ("00004v2", "replace-cross"),
        ("00001v1", "cross"),
        ("00007v1", "new"),
        ("00003v1", "new"),
    ]
    assert listed(arxiv, "STAT.ml+Cs.Ai") == listed(arxiv, "cs.AI%2Bstat.ML")
    assert [kind for _, kind in listed(arxiv, "cs.AI+stat.ML")] == [
        *("replace-cross", "cross", "cross", "new"),
    ]


def test_a_cross_list_is_in_the_feed_of_its_new_category(arxiv: StandIn) -> None:
    """An edit that adds a category is a cross there alone; any other edit is in no feed."""
    arxiv.corpus.add(Holding(paper(1), AT - 9 * DAY), Holding(paper(2), AT - 9 * DAY))
    arxiv.corpus.edit("2611.00001", AT - HOUR / 2, categories=("cs.LG", "stat.ML"))
    arxiv.corpus.edit("2611.00002", AT - HOUR / 2, comment="Accepted")
    assert listed(arxiv, "stat.ML") == [("00001v1", "cross")]
    assert listed(arxiv, "cs") == []


@pytest.mark.parametrize(
    ("hours", "entries"),
    [(-1, 0), (0, 1), (23, 1), (24, 0)],
)
def test_a_feed_is_that_of_one_announcement(
    arxiv: StandIn, clock: HandClock, hours: int, entries: int
) -> None:
    """From midnight in New York to the next one, with the papers that are visible by then."""
    announce(arxiv, 1, "cs.LG")
    clock.moment = AT - HOUR / 2 + hours * HOUR
    assert len(items(arxiv, "cs.LG")) == entries


def test_weekends_and_holidays_have_empty_feeds(arxiv: StandIn, clock: HandClock) -> None:
    """Friday's feed has Thursday's announcement, and Saturday, Sunday and holidays have none."""
    for day in range(10):
        arxiv.corpus.add(Holding(paper(day + 1), AT - HOUR / 2 + day * DAY))
    found = []
    for day in range(10):  # from Tuesday; Thursday the 26th is a holiday in the evening
        clock.moment = AT + day * DAY
        found.append(len(items(arxiv, "cs")))
    assert found == [1, 1, 1, 0, 0, 0, 1, 1, 1, 1]


def test_a_full_feed_loses_its_new_papers(clock: HandClock) -> None:
    """Of more than 2,000 entries the new papers fall off, the oldest ids first."""
    corpus = Corpus()
    for number in range(1, 2101):
        version = 2 if number <= 1990 else 1
        corpus.add(Holding(paper(number, version=version), AT - HOUR / 2))
    with StandIn(corpus, clock.now) as arxiv:
        clock.moment = AT
        entries = listed(arxiv, "cs")
        assert len(entries) == feeds.LIMIT
        assert entries[-10:] == [(f"{n:05}v1", "new") for n in range(2100, 2090, -1)]


@pytest.mark.parametrize("name", ["cs.XX", "", "cs+", "nothing", "cs..LG", "cs.LG+x"])
def test_a_bad_name_is_refused_with_a_feed(arxiv: StandIn, name: str) -> None:
    """Status 400, and a feed whose title says so."""
    status, body = get(f"{arxiv.feed_url}/{name}")
    assert status == 400
    channel = ET.fromstring(body).find("channel")
    assert channel is not None
    assert channel.findtext("title", "").startswith("Feed error for query: ")
    assert channel.find("item") is None


def test_an_unchanged_feed_is_not_sent_again(arxiv: StandIn) -> None:
    """Its ETag answers 304 until the feed changes, and it may be kept until midnight."""
    announce(arxiv, 1, "cs.LG")
    url = f"{arxiv.feed_url}/cs.LG"
    with urllib.request.urlopen(url, timeout=10) as response:
        tag = response.headers["etag"]
        assert response.headers["cache-control"] == f"max-age={23 * 3600 + 1800}"
    conditional = urllib.request.Request(url, headers={"If-None-Match": tag})
    with pytest.raises(urllib.request.HTTPError) as unchanged:
        urllib.request.urlopen(conditional, timeout=10)
    with unchanged.value as answer:
        assert answer.code == 304
    announce(arxiv, 2, "cs.LG")
    with urllib.request.urlopen(conditional, timeout=10) as response:
        assert response.status == 200


@pytest.mark.parametrize(
    ("name", "some"),
    [
        ("math-ph", {"math-ph", "math.MP"}),
        ("cs.IT", {"cs.IT", "math.IT"}),
        ("quant-ph", {"quant-ph"}),
        ("q-fin", {"q-fin.EC", "econ.GN", "q-fin.ST"}),
    ],
)
def test_an_archive_stands_for_its_categories(name: str, some: set[str]) -> None:
    """Under both names of each."""
    names, categories = feeds.wanted(name)
    assert names == [name]
    assert some <= categories


def test_a_feed_can_lag_behind() -> None:
    """A register with a lag gives yesterday's feed its papers late, and no harm to the others."""
    register = Register(lag=2 * HOUR)
    register.put(Holding(paper(1), AT))
    _, categories = feeds.wanted("cs.LG")
    found = [
        len(feeds.announced(register, categories, AT + hours * HOUR, Calendar()))
        for hours in (0, 1, 2, 3)
    ]
    assert found == [0, 0, 1, 1]
