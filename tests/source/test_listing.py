"""arXiv asked over real HTTP: pages, pauses, tries, and what is not believed."""

import gzip
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from email.utils import format_datetime

import pytest
from builders import START, paper
from installation import HandClock

from digest.errors import InputError, QueryRefusedError
from digest.model.paper import Paper
from digest.source import transport
from digest.source.arxiv_api import atom
from digest.source.arxiv_api.listing import Listing, read_saved
from digest.source.pacing import Politeness
from digest.source.source import Reading
from digest.standin.corpus import Corpus, Holding
from digest.standin.feed import Asked, feed
from digest.standin.server import Raw, Reply, Request, StandIn, reset_after, silence

QUERY = 'ti:"time series"'
PAPERS = [paper(n, updated=START - timedelta(hours=n)) for n in range(1, 26)]

PAGE = feed(Asked(QUERY, "", 0, 10), PAPERS[:10], 25, START)
EMPTY = feed(Asked(QUERY, "", 0, 10), [], 0, START)


@pytest.fixture
def arxiv(clock: HandClock) -> Iterator[StandIn]:
    """A stand-in with 25 papers."""
    with StandIn(Corpus(Holding(one, START) for one in PAPERS), clock.now) as running:
        yield running


@pytest.fixture
def listing(arxiv: StandIn, clock: HandClock) -> Iterator[Listing]:
    """arXiv's listing, polite, with three tries."""
    asked = Listing(
        url=arxiv.url,
        politeness=Politeness(3),
        timeout=5,
        tries=3,
        contact="ops@example.org",
        clock=clock,
    )
    yield asked
    asked.close()


def read(
    listing: Listing,
    size: int = 10,
    *,
    expected: bool = True,
    more: Callable[[Sequence[Paper]], bool] = lambda _: True,
) -> Reading:
    """Reads the test's query."""
    return listing.read(QUERY, page_size=size, expected=expected, more=more)


def once(reply: Reply) -> Callable[[Request], Reply | None]:
    """Answers the first request with `reply`, the others as arXiv would."""
    left = [reply]
    return lambda _: left.pop() if left else None


def test_page_after_page(listing: Listing, arxiv: StandIn) -> None:
    """The pages follow one another to the listing's end, newest first."""
    reading = read(listing)
    assert [one.id for one in reading.papers] == [one.id for one in PAPERS]
    assert (reading.total, reading.ended, reading.fault) == (25, True, "")
    asked = [(r.params["start"], r.params["max_results"]) for r in arxiv.requests]
    assert asked == [("0", "10"), ("10", "20")]
    assert {
        (r.params["search_query"], r.params["sortBy"], r.params["sortOrder"])
        for r in arxiv.requests
    } == {(QUERY, "lastUpdatedDate", "descending")}


def test_no_further_than_wanted(listing: Listing, arxiv: StandIn) -> None:
    """When the pages read are enough no other one is asked for."""
    reading = read(listing, more=lambda _: False)
    assert (len(reading.papers), reading.ended) == (10, False)
    assert len(arxiv.requests) == 1


def test_headers(listing: Listing, arxiv: StandIn) -> None:
    """A request names the client and the wanted form (arXiv answers 406 without Accept)."""
    read(listing)
    headers = arxiv.requests[0].headers
    assert headers["user-agent"].startswith("arxiv-digest/")
    assert "(ops@example.org)" in headers["user-agent"]
    assert "application/atom+xml" in headers["accept"]


def test_three_seconds_apart(listing: Listing, clock: HandClock) -> None:
    """Between two requests there is the delay."""
    read(listing)
    assert len(clock.waits) == 1
    assert all(2.5 < wait <= 3 for wait in clock.waits)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(406, {}, b""), "HTTP status 406"),
        (Reply(406, {}, feed(Asked(QUERY, "", 0, 10), PAPERS[:3], 3, START)), "HTTP status 406"),
        (Reply(429, {}, b"Rate exceeded."), "HTTP status 429"),
        (Reply(500, {}, b""), "HTTP status 500"),
        (Reply(503, {"retry-after": "0"}, b""), "HTTP status 503"),
        (Reply(200, {}, b""), "an empty body"),
        (Reply(200, {}, b"<html>busy</html>"), "a web page"),
        (
            Reply(200, {}, PAGE[:3000]),
            "half a feed",
        ),
        (Reply(200, {}, EMPTY), "nothing where papers"),
        (Reply(200, {"content-length": "90000", "connection": "close"}, b"<feed"), "broke off"),
        (Reply(200, {"content-encoding": "gzip"}, b"no gzip"), "broke off"),
        (Reply(302, {"location": "http://elsewhere.example/"}, b""), "another host"),
        (Reply(404, {}, b""), "HTTP status 404"),
    ],
)
def test_tried_again(
    listing: Listing, arxiv: StandIn, clock: HandClock, reply: Reply, words: str
) -> None:
    """An answer that is no whole feed is requested again, ever later, then given up in words."""
    arxiv.intercept = once(reply)
    assert read(listing).fault == ""
    arxiv.requests.clear()
    clock.waits.clear()
    arxiv.intercept = lambda _: reply
    reading = read(listing)
    assert words in reading.fault
    assert reading.papers == ()
    assert len(arxiv.requests) == 3
    pauses = [wait for wait in clock.waits if wait > 0.01]
    assert min(pauses[1:]) >= 2.5
    assert sum(pauses) > 6


def test_less_than_announced(listing: Listing, arxiv: StandIn) -> None:
    """A page with less than was announced is used, and said to be short."""
    arxiv.intercept = lambda _: Reply(200, {}, feed(Asked(QUERY, "", 0, 10), PAPERS[:1], 25, START))
    reading = read(listing)
    assert [one.id for one in reading.papers] == [PAPERS[0].id]
    assert "arXiv announced" in reading.fault


def test_nothing_where_nothing_is_known(listing: Listing, arxiv: StandIn) -> None:
    """Where no paper is known to be there an empty listing is an answer, asked for once."""
    arxiv.corpus.pins[QUERY] = []
    reading = read(listing, expected=False)
    assert (reading.papers, reading.total, reading.fault) == ((), 0, "")
    assert len(arxiv.requests) == 1


@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after(listing: Listing, arxiv: StandIn, clock: HandClock, *, as_date: bool) -> None:
    """A server that says when to come back is asked no sooner."""
    when = format_datetime(START + timedelta(seconds=120), usegmt=True) if as_date else "120"
    arxiv.intercept = once(Reply(429, {"retry-after": when}, b""))
    assert read(listing).fault == ""
    assert max(clock.waits) >= 100


def test_the_rest_of_the_round(listing: Listing, arxiv: StandIn) -> None:
    """Once arXiv has failed a page for good, the next one is asked for once and not hammered."""
    arxiv.intercept = lambda _: Reply(503, {}, b"")
    read(listing)
    before = len(arxiv.requests)
    read(listing)
    assert len(arxiv.requests) == before + 1


def test_a_wrong_query(listing: Listing, arxiv: StandIn) -> None:
    """A query that arXiv does not take is the user's matter, in arXiv's words, and asked once."""
    with pytest.raises(QueryRefusedError, match="arXiv refuses the query: malformed query"):
        listing.read("ti:(", page_size=10, expected=True, more=lambda _: True)
    assert len(arxiv.requests) == 1


def test_a_redirect_on_the_same_host(listing: Listing, arxiv: StandIn) -> None:
    """A redirect to the same host is followed."""
    target = f"{arxiv.url}?search_query={QUERY}&start=0&max_results=100"
    arxiv.intercept = once(Reply(301, {"location": target}, b""))
    assert len(read(listing, 100).papers) == 25


@pytest.mark.parametrize(
    ("asked", "target", "followed"),
    [
        ("https://a.example/q", "https://a.example/r", True),
        ("http://a.example/q", "https://a.example/q", True),
        ("http://a.example:80/q", "https://a.example:443/q", True),
        ("https://a.example/q", "http://a.example/q", False),
        ("https://a.example/q", "https://a.example:8443/q", False),
        ("https://a.example/q", "https://a.example:80/q", False),
        ("http://a.example:8080/q", "https://a.example/q", False),
        ("http://a.example/q", "http://a.example:8080/q", False),
        ("https://a.example/q", "https://b.example/q", False),
        ("https://a.example/q", "ftp://a.example/q", False),
    ],
)
def test_where_a_redirect_may_lead(asked: str, target: str, *, followed: bool) -> None:
    """To the same scheme, host and port, or from http up to https; never down, never elsewhere."""
    assert transport._is_same_place(asked, target) == followed


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_redirect_to_another_port(listing: Listing, arxiv: StandIn, scheme: str) -> None:
    """A redirect to another port of the same host is not followed, and that is said."""
    with StandIn(Corpus(), arxiv.clock) as elsewhere:
        target = elsewhere.url.replace("http", scheme, 1)
        arxiv.intercept = lambda _: Reply(302, {"location": target}, b"")
        assert "leads to another host or port" in read(listing).fault
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    "location", ["http://[", "http://127.0.0.1:99999/", "\\", "//", "a" * 9000]
)
def test_a_redirect_to_nowhere(listing: Listing, arxiv: StandIn, location: str) -> None:
    """A Location that is no address is one more failure."""
    arxiv.intercept = lambda _: Reply(302, {"location": location}, b"")
    assert read(listing).fault


def odd() -> bytes:
    """The first page, whose third entry has an impossible date."""
    pieces = PAGE.split(b"<entry>")
    pieces[3] = pieces[3].replace(b"<updated>2026-11-", b"<updated>2026-11-99-")
    return b"<entry>".join(pieces)


def test_an_entry_that_cannot_be_read(listing: Listing, arxiv: StandIn) -> None:
    """The page is asked for once more; then the rest of it is used, and the next page read."""
    arxiv.intercept = lambda r: Reply(200, {}, odd()) if r.params["start"] == "0" else None
    reading = read(listing)
    assert (reading.fault, reading.ended) == ("", True)
    assert reading.unreadable == (PAPERS[2].versioned_id,)
    assert [p.id for p in reading.papers] == [p.id for p in PAPERS if p is not PAPERS[2]]
    assert [r.params["start"] for r in arxiv.requests] == ["0", "0", "10"]


def test_an_entry_known_not_to_be_read(listing: Listing, arxiv: StandIn) -> None:
    """For an entry that could not be read the last time no page is asked for twice."""
    arxiv.intercept = lambda r: Reply(200, {}, odd()) if r.params["start"] == "0" else None
    reading = listing.read(
        QUERY,
        page_size=10,
        expected=True,
        more=lambda _: True,
        unreadable=(PAPERS[2].versioned_id,),
    )
    assert reading.unreadable == (PAPERS[2].versioned_id,)
    assert [r.params["start"] for r in arxiv.requests] == ["0", "10"]


def test_many_entries_that_cannot_be_read(listing: Listing, arxiv: StandIn) -> None:
    """A page of which nearly nothing can be read is no page: it is asked for to the last try."""
    body = PAGE.replace(b"<updated>2026-", b"<updated>20x26-")
    arxiv.intercept = lambda _: Reply(200, {}, body)
    assert "10 entries of arXiv's cannot be read: 2611.00001v1, " in read(listing).fault
    assert len(arxiv.requests) == 3


def test_whatever_the_package_raises(
    listing: Listing, arxiv: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the package's is a failed answer, in words."""
    monkeypatch.setattr(atom, "_is_readable", lambda _: True)
    arxiv.intercept = lambda _: Reply(200, {}, odd())
    assert read(listing).fault.startswith("arXiv's answer cannot be read (")


def fault_of_a_large_one(arxiv: StandIn, clock: HandClock, largest: int) -> str:
    """The fault of a reading whose answers may have so many bytes."""
    asked = Listing(
        url=arxiv.url,
        politeness=Politeness(0),
        timeout=5,
        tries=1,
        contact="",
        clock=clock,
        largest=largest,
    )
    fault = read(asked).fault
    asked.close()
    return fault


def test_too_large(arxiv: StandIn, clock: HandClock) -> None:
    """An answer of no end is not read to its end."""
    arxiv.intercept = lambda _: Reply(200, {}, b"x" * 400_000)
    assert "larger than" in fault_of_a_large_one(arxiv, clock, 100_000)


@pytest.mark.parametrize("first", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_trickle(arxiv: StandIn, clock: HandClock, first: bytes) -> None:
    """A server that sends a byte now and then, in headers or body, is given up."""
    asked = Listing(
        url=arxiv.url, politeness=Politeness(0), timeout=0.1, tries=1, contact="", clock=clock
    )

    def trickle() -> Iterator[bytes]:
        yield first
        while not arxiv.closing.wait(0.02):
            yield b"x"

    arxiv.intercept = lambda _: Raw(trickle())
    assert "took longer than 0.4 seconds" in read(asked).fault
    asked.close()


def test_silence_and_a_reset(arxiv: StandIn, clock: HandClock) -> None:
    """A server that never answers is waited for so long and no longer; a reset ends it at once."""
    asked = Listing(
        url=arxiv.url, politeness=Politeness(0), timeout=0.1, tries=1, contact="", clock=clock
    )
    arxiv.intercept = lambda _: Raw(silence(arxiv))
    assert read(asked).fault == "arXiv did not answer within 0.1 seconds"
    arxiv.intercept = lambda _: Raw(reset_after(b"HTTP/1.1 200 OK\r\n\r\n<feed"))
    assert read(asked).fault == "arXiv's answer broke off"
    asked.close()


def test_arxiv_as_a_whole(listing: Listing, arxiv: StandIn, clock: HandClock) -> None:
    """When two queries in a row come to nothing the others are not asked, and wait."""
    arxiv.intercept = lambda _: Reply(503, {}, b"")
    faults = [read(listing).fault for _ in range(4)]
    assert [fault.partition(":")[0] for fault in faults] == [
        *["arXiv answered with HTTP status 503"] * 2,
        *["not asked for, since arXiv fails"] * 2,
    ]
    assert len(arxiv.requests) == 3 + 1
    assert clock.waits[-1] > 10


def test_one_query_that_fails(listing: Listing, arxiv: StandIn) -> None:
    """After one query that came to nothing the next one is tried with care, and that heals it."""
    arxiv.intercept = lambda _: Reply(503, {}, b"")
    assert read(listing).fault
    arxiv.intercept = None
    assert read(listing).fault == ""
    arxiv.requests.clear()
    arxiv.intercept = lambda _: Reply(503, {}, b"")
    assert read(listing).fault
    assert len(arxiv.requests) == 3


def test_asked_to_stay_away(listing: Listing, arxiv: StandIn) -> None:
    """A server that wants more than five minutes is not asked again in this round."""
    arxiv.intercept = lambda _: Reply(429, {"retry-after": "3600"}, b"")
    words = "arXiv answered with HTTP status 429, and asks to be left alone for 3600 seconds"
    assert read(listing).fault == words
    assert read(listing).fault == f"not asked for, since arXiv fails: {words}"
    assert len(arxiv.requests) == 1


def test_a_total_that_shrinks(listing: Listing, arxiv: StandIn) -> None:
    """When arXiv announces less from page to page the end it shows is not the end."""

    def shrinking(request: Request) -> Reply:
        start = int(request.params["start"])
        total = 25 if not start else 20
        page = PAPERS[start : min(total, start + int(request.params["max_results"]))]
        return Reply(200, {}, feed(Asked(QUERY, "", start, 10), page, total, START))

    arxiv.intercept = shrinking
    reading = read(listing)
    assert reading.fault == "arXiv announced 25 papers, and then only 20"
    assert len(reading.papers) == 20


def test_a_document_type(listing: Listing, arxiv: StandIn) -> None:
    """A feed that brings its own entities is no answer of arXiv's."""
    bomb = b'<!DOCTYPE feed [<!ENTITY a "ha">]>' + PAGE.partition(b"?>")[2]
    arxiv.intercept = lambda _: Reply(200, {}, bomb)
    assert "XML with a DTD" in read(listing).fault


def test_unpacked_it_is_too_large(arxiv: StandIn, clock: HandClock) -> None:
    """The limit is for the size of the unpacked answer."""
    packed = gzip.compress(b" " * 50_000_000)
    arxiv.intercept = lambda _: Reply(200, {"content-encoding": "gzip"}, packed)
    assert "larger than" in fault_of_a_large_one(arxiv, clock, 1_000_000)


@pytest.mark.parametrize("encoding", ["gzip", "chunked"])
def test_encodings(listing: Listing, arxiv: StandIn, encoding: str) -> None:
    """A packed answer, and one in chunks, are read like any other."""
    chunks = [f"{len(PAGE):x}\r\n".encode(), PAGE, b"\r\n0\r\n\r\n"]
    replies = {
        "gzip": Reply(200, {"content-encoding": "gzip"}, gzip.compress(PAGE)),
        "chunked": Reply(200, {"transfer-encoding": "chunked"}, chunks),
    }
    arxiv.intercept = lambda _: replies[encoding]
    assert len(read(listing, more=lambda _: False).papers) == 10
    arxiv.intercept = lambda _: Reply(200, {"transfer-encoding": "chunked"}, chunks[:2])
    assert "broke off" in read(listing).fault


def test_nobody_there(clock: HandClock) -> None:
    """Where nobody answers the reason says so."""
    with StandIn(Corpus(), clock.now) as gone:
        url = gone.url
    asked = Listing(url=url, politeness=Politeness(0), timeout=2, tries=2, contact="", clock=clock)
    assert asked.read(QUERY, page_size=10, expected=True, more=lambda _: True).fault == (
        "arXiv cannot be reached"
    )
    asked.close()


def test_the_same_paper_on_two_pages(listing: Listing, arxiv: StandIn) -> None:
    """A paper that moved to the next page while paging is there once."""
    arxiv.corpus.pins[QUERY] = [p.versioned_id for p in (*PAPERS[:10], PAPERS[9], *PAPERS[10:14])]
    reading = read(listing)
    assert [one.id for one in reading.papers] == [one.id for one in PAPERS[:14]]


def test_the_same_page_for_ever(listing: Listing, arxiv: StandIn) -> None:
    """A server that gives its first page whatever is asked for is not asked for ever."""

    def repeat(request: Request) -> Reply:
        papers = (PAPERS * 8)[: int(request.params["max_results"])]
        return Reply(200, {}, feed(Asked(QUERY, "", 0, 25), papers, 9000, START))

    arxiv.intercept = repeat
    reading = read(listing, 25)
    assert "the same papers again" in reading.fault
    assert len(arxiv.requests) < 10


def test_every_field(listing: Listing) -> None:
    """An entry becomes the paper that was published, field by field."""
    assert read(listing).papers[0] == PAPERS[0]


def test_a_saved_page() -> None:
    """A page that was saved gives its papers."""
    page = feed(Asked(QUERY, "", 0, 10), PAPERS[:3], 25, START)
    assert read_saved(page, "the file").papers == tuple(PAPERS[:3])


@pytest.mark.parametrize("body", [b"", b"<html>", PAGE[:3000], EMPTY])
def test_a_saved_page_that_is_none(body: bytes) -> None:
    """A file that is no page with papers is bad input, named."""
    with pytest.raises(InputError, match=r"the file page\.xml"):
        read_saved(body, "the file page.xml")


def test_a_server_that_stops(arxiv: StandIn, clock: HandClock) -> None:
    """A server that stops in the middle is waited for no longer than set."""
    asked = Listing(
        url=arxiv.url, politeness=Politeness(0), timeout=0.2, tries=1, contact="", clock=clock
    )
    arxiv.intercept = lambda _: Reply(200, {"content-length": "90000"}, b"<feed")
    assert "sent nothing more for 0.2 seconds" in read(asked).fault
    asked.close()
