"""arXiv's feeds over real HTTP: papers with their announcement, and what is no feed."""

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from installation import HandClock

from digest.source.feeds.client import RssFeeds
from digest.source.feeds.rss import read_feed
from digest.source.harvest import Feed
from digest.source.pacing import Politeness
from digest.standin.corpus import Corpus
from digest.standin.server import Raw, Reply, StandIn, silence

BUILT = "Mon, 16 Nov 2026 05:00:06 +0000"
BUILT_AT = datetime(2026, 11, 16, 5, 0, 6, tzinfo=UTC)


def entry(identifier: str = "2611.00042v2", kind: str = "replace", **changes: str) -> str:
    """An entry; a field may be XML, or empty for none."""
    fields = {
        "title": "Teapots on Covers:\n A Survey",
        "link": "https://arxiv.org/abs/2611.00042",
        "description": f"arXiv:{identifier} Announce Type: {kind} \n"
        "Abstract: We pour $x &lt; y$ cups.",
        "guid": f"oai:arXiv.org:{identifier}",
        "category": "cs.LG</category><category>stat.ML",
        "pubDate": "Mon, 16 Nov 2026 00:00:00 -0500",
        "arxiv:announce_type": kind,
        "dc:rights": "http://creativecommons.org/licenses/by/4.0/",
        "dc:creator": "Ida Example, J. O&#39;Sample, Bo van der Test",
        **{name.replace("__", ":"): text for name, text in changes.items()},
    }
    elements = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items() if text)
    return f"<item>{elements}</item>"


def rss(*entries: str, built: str = BUILT, title: str = "cs.LG updates on arXiv.org") -> bytes:
    """A feed."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel>'
        f"<title>{title}</title><image><title>arXiv</title></image>"
        f"<lastBuildDate>{built}</lastBuildDate>"
        "<pubDate>Mon, 16 Nov 2026 00:00:00 -0500</pubDate>"
        f"<skipDays><day>Saturday</day></skipDays>{''.join(entries)}</channel></rss>"
    ).encode()


@pytest.fixture
def arxiv(clock: HandClock) -> Iterator[StandIn]:
    """A server with the feed of one paper."""
    with StandIn(Corpus(), clock.now) as running:
        running.intercept = lambda _: Reply(200, {}, rss(entry()))
        yield running


def client(arxiv: StandIn, clock: HandClock, timeout: float = 5) -> RssFeeds:
    """A client with three tries."""
    return RssFeeds(
        url=arxiv.url.replace("/api/query", "/rss"),
        politeness=Politeness(3),
        timeout=timeout,
        tries=3,
        contact="ops@example.org",
        clock=clock,
        largest=2**20,
    )


@pytest.fixture
def feeds(arxiv: StandIn, clock: HandClock) -> Iterator[RssFeeds]:
    """The client."""
    asked = client(arxiv, clock)
    yield asked
    asked.close()


def test_every_field(feeds: RssFeeds) -> None:
    """An entry becomes a paper, with the moment of the feed and arXiv's word for it."""
    (feed,) = feeds.read(["cs.LG"])
    (record,) = feed.records
    paper = record.paper
    assert (feed.name, feed.fault, feed.cut, feed.built_at) == ("cs.LG", "", False, BUILT_AT)
    assert (paper.id, paper.version, paper.title) == (
        "2611.00042",
        2,
        "Teapots on Covers: A Survey",
    )
    assert paper.authors == ("Ida Example", "J. O'Sample", "Bo van der Test")
    assert paper.abstract == "We pour $x < y$ cups."
    assert (paper.primary_category, paper.categories) == ("cs.LG", ("cs.LG", "stat.ML"))
    assert paper.published == paper.updated == BUILT_AT
    assert (record.datestamp, record.versions) == (BUILT_AT.date(), ())
    assert feed.announced == {"2611.00042v2": "replace"}
    assert feed.unreadable == ()


def test_one_request_each(feeds: RssFeeds, arxiv: StandIn, clock: HandClock) -> None:
    """Each feed is one request, three seconds after the one before."""
    read = feeds.read(["cs.LG", "hep-th+math", "astro-ph"])
    assert [feed.name for feed in read] == ["cs.LG", "hep-th+math", "astro-ph"]
    assert [r.path for r in arxiv.requests] == ["/rss/cs.LG", "/rss/hep-th+math", "/rss/astro-ph"]
    assert len(clock.waits) == 2
    assert min(clock.waits) > 2.5
    headers = arxiv.requests[0].headers
    assert "application/rss+xml" in headers["accept"]
    assert "(ops@example.org)" in headers["user-agent"]


@pytest.mark.parametrize("kind", ["new", "cross", "replace", "replace-cross", "teapot"])
def test_announcements(kind: str) -> None:
    """arXiv's word for the announcement is kept, from its element or else from the description."""
    for one in (entry(kind=kind), entry(kind=kind, arxiv__announce_type="")):
        assert read_feed("cs", rss(one)).announced == {"2611.00042v2": kind}


@pytest.mark.parametrize(
    ("description", "abstract"),
    [
        ("arXiv:2611.00042v2 Announce Type: new\nAbstract: We pour.", "We pour."),
        ("arXiv:2611.00042v2 Announce Type: new \n  Abstract:   We\npour.", "We pour."),
        ("We pour. Abstract: cups", "We pour. Abstract: cups"),
        ("arXiv:1 Announce Type: new Abstract: Abstract: a word", "Abstract: a word"),
        ("&lt;p&gt;We pour.&lt;/p&gt;", "<p>We pour.</p>"),
        ("arXiv:2611.00042v2 Announce Type: new", ""),
        ("", ""),
    ],
)
def test_an_abstract(description: str, abstract: str) -> None:
    """The description without its beginning is the abstract."""
    (record,) = read_feed("cs", rss(entry(description=description))).records
    assert record.paper.abstract == abstract


def test_an_empty_feed(feeds: RssFeeds, arxiv: StandIn) -> None:
    """On a day without an announcement a feed is empty, which is no fault."""
    arxiv.intercept = lambda _: Reply(200, {}, rss())
    assert feeds.read(["cs"]) == [Feed("cs", built_at=BUILT_AT)]


@pytest.mark.parametrize(("number", "cut"), [(1999, False), (2000, True), (2001, True)])
def test_a_feed_that_is_cut(number: int, *, cut: bool) -> None:
    """A feed of 2,000 entries has lost some, and says so."""
    feed = read_feed("cs", rss(*(entry(f"2611.{n:05}v1", title="") for n in range(number))))
    assert (feed.cut, len(feed.records)) == (cut, number)


@pytest.mark.parametrize(
    ("odd", "name"),
    [
        (entry(guid=""), "https://arxiv.org/abs/2611.00042"),
        (entry(guid="", link=""), "Teapots on Covers: A Survey"),
        ("<item/>", "an entry without guid, link and title"),
        (entry(guid="oai:arXiv.org:2611.00042"), "oai:arXiv.org:2611.00042"),
        (entry(guid="oai:arXiv.org:2611.00042v0"), "oai:arXiv.org:2611.00042v0"),
        (entry(guid="oai:example.org:2611.00042v1"), "oai:example.org:2611.00042v1"),
        (entry(guid="2611.00042v1"), "2611.00042v1"),
        (entry(guid="oai:arXiv.org:v1"), "oai:arXiv.org:v1"),
    ],
)
def test_an_odd_entry(odd: str, name: str) -> None:
    """An entry without a versioned identifier is named; the others are read."""
    feed = read_feed("cs", rss(entry("2611.00001v1"), odd, entry("hep-th/9901001v3")))
    assert feed.unreadable == (name,)
    assert [one.paper.versioned_id for one in feed.records] == ["2611.00001v1", "hep-th/9901001v3"]


def test_an_entry_with_nothing_else() -> None:
    """An entry that has only an identifier is a paper."""
    (record,) = read_feed("cs", rss("<item><guid>oai:arXiv.org:2611.00042v1</guid></item>")).records
    assert (record.id, record.paper.title, record.paper.categories) == ("2611.00042", "", ())


def test_an_entry_twice() -> None:
    """A version that is there twice counts once, with its first entry."""
    feed = read_feed("cs", rss(entry(kind="new"), entry(kind="cross")))
    assert (len(feed.records), feed.announced) == (1, {"2611.00042v2": "new"})


def test_the_other_date() -> None:
    """Where the feed does not say when it was built its day counts."""
    assert read_feed("cs", rss(built="today")).built_at == datetime(2026, 11, 16, 5, tzinfo=UTC)


def test_a_feed_that_does_not_exist(feeds: RssFeeds, arxiv: StandIn) -> None:
    """For a category that arXiv does not have it answers 400, with the reason in the title."""
    arxiv.intercept = lambda _: Reply(400, {}, rss(title="Bad archive &lt;teapot&gt;"))
    (feed,) = feeds.read(["teapot"])
    assert feed == Feed("teapot", fault="arXiv has no feed teapot: 'Bad archive <teapot>'")
    assert len(arxiv.requests) == 1


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(400, {}, b""), "HTTP status 400"),
        (Reply(404, {}, rss(entry())), "HTTP status 404"),
        (Reply(406, {}, b""), "HTTP status 406"),
        (Reply(503, {"retry-after": "0"}, b""), "HTTP status 503"),
        (Reply(200, {}, b""), "an empty body"),
        (Reply(200, {}, b"<html>busy</html>"), "a web page"),
        (Reply(200, {}, rss(entry())[:-8]), "broken or half an XML document"),
        (Reply(200, {}, b"<feed/>"), "XML of another kind"),
        (Reply(200, {}, b"<rss/>"), "a feed without its channel"),
        (Reply(200, {}, b"<rss><channel/></rss>"), "a feed without a possible date"),
        (Reply(200, {}, b'<!DOCTYPE rss [<!ENTITY a "ha">]>' + rss()[39:]), "a document type"),
        (Reply(302, {"location": "http://elsewhere.example/"}, b""), "another host"),
        (Reply(200, {}, b" " * 2**21), "larger than"),
        (Reply(200, {"content-encoding": "gzip"}, gzip.compress(b" " * 2**22)), "larger than"),
    ],
)
def test_no_feed(
    feeds: RssFeeds, arxiv: StandIn, clock: HandClock, reply: Reply, words: str
) -> None:
    """An answer that is no whole feed is asked for again, ever later, and then is a fault."""
    arxiv.intercept = lambda _: reply
    (feed,) = feeds.read(["cs"])
    assert words in feed.fault
    assert (feed.records, feed.built_at, len(arxiv.requests)) == ((), None, 3)
    assert min(clock.waits) > 4


def test_silence(arxiv: StandIn, clock: HandClock) -> None:
    """When two feeds in a row have not come no other one is asked for in this round."""
    arxiv.intercept = lambda _: Raw(silence(arxiv))
    feeds = client(arxiv, clock, timeout=0.1)
    faults = [feed.fault for feed in feeds.read(["cs", "math", "stat"])]
    assert faults[0] == faults[1] == "arXiv did not answer within 0.1 seconds"
    assert faults[2].startswith("not asked for, since arXiv fails")
    assert len(arxiv.requests) == 4
    arxiv.intercept = lambda _: Reply(200, {}, rss(entry()))
    feeds.resume()
    assert [feed.fault for feed in feeds.read(["cs"])] == [""]
    feeds.close()


@given(st.text(max_size=40), st.sampled_from(["guid", "description", "category", "dc:creator"]))
def test_whatever_an_entry_holds(text: str, name: str) -> None:
    """No text of an entry ends the program: it is read or named."""
    escaped = "".join(f"&#{ord(c)};" for c in text if c.isprintable())
    feed = read_feed("cs", rss(entry(**{name.replace(":", "__"): escaped or " "})))
    assert len(feed.records) + len(feed.unreadable) == 1
