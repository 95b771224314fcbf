"""The harvest over real HTTP: the chain, what breaks it, and what mends it."""

import gzip
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from email.utils import format_datetime

import pytest
from builders import DAY, START
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from installation import HandClock
from oai_script import OaiScript, oai_answer, oai_error, raw_record

from digest.source.harvest import Broken, Harvest, Place
from digest.source.oai_pmh.client import OaiPmh
from digest.source.pacing import Politeness
from digest.standin.corpus import Corpus
from digest.standin.server import Raw, Reply, Request, StandIn, reset_after, silence

TODAY = START.date()
YESTERDAY = TODAY - DAY


@pytest.fixture
def script(clock: HandClock) -> OaiScript:
    """A service with 12 records of yesterday and 5 of today, five on a page."""
    made = OaiScript(clock.now)
    made.fill(YESTERDAY, range(1, 13))
    made.fill(TODAY, range(21, 26))
    return made


@pytest.fixture
def arxiv(clock: HandClock, script: OaiScript) -> Iterator[StandIn]:
    """A server that answers by the script."""
    with StandIn(Corpus(), clock.now) as running:
        running.intercept = script
        yield running


def client(arxiv: StandIn, clock: HandClock, **changes: float) -> OaiPmh:
    """A client with three tries."""
    values = {"tries": 3, "timeout": 5.0, "budget": 3600.0, "largest": 2**20} | changes
    return OaiPmh(
        url=arxiv.url.replace("/api/query", "/oai"),
        politeness=Politeness(3),
        contact="ops@example.org",
        clock=clock,
        tries=int(values["tries"]),
        timeout=values["timeout"],
        budget=values["budget"],
        largest=int(values["largest"]),
    )


@pytest.fixture
def oai(arxiv: StandIn, clock: HandClock) -> Iterator[OaiPmh]:
    """The client."""
    asked = client(arxiv, clock)
    yield asked
    asked.close()


def harvest(oai: OaiPmh, begin: date = YESTERDAY, broken: Broken | None = None) -> Harvest:
    """Everything since a day."""
    return oai.harvest(begin, wanted=lambda _: True, broken=broken)


def asked(arxiv: StandIn, verb: str) -> list[Request]:
    """The requests with a verb."""
    return [request for request in arxiv.requests if request.params["verb"] == verb]


def at_page(
    number: int, reply: Callable[[], Reply | Raw]
) -> Callable[[Request], Reply | Raw | None]:
    """Answers the page whose token skips so many records with `reply`, at each try."""

    def odd(request: Request) -> Reply | Raw | None:
        token = request.params.get("resumptionToken", "")
        is_it = token.endswith(f"skip%3D{number}") if number else "from" in request.params
        return reply() if is_it and request.params["verb"] == "ListRecords" else None

    return odd


def once(odd: Callable[[Request], Reply | Raw | None]) -> Callable[[Request], Reply | Raw | None]:
    """Does as `odd` does until it has answered once."""
    done: list[Reply | Raw] = []

    def first(request: Request) -> Reply | Raw | None:
        if not done and (reply := odd(request)):
            done.append(reply)
            return reply
        return None

    return first


def test_the_whole_chain(oai: OaiPmh, script: OaiScript, arxiv: StandIn) -> None:
    """The pages follow their tokens to the end, and a list of identifiers confirms them."""
    found = harvest(oai)
    assert {record.id for record in found.records} == script.stamps.keys()
    assert [(page.place.day, page.place.skip, page.records) for page in found.pages] == [
        *((YESTERDAY, skip, 5) for skip in (0, 5, 10)),
        (TODAY, 3, 2),
    ]
    assert [page.next and page.next.skip for page in found.pages] == [5, 10, 3, None]
    assert found.seen == found.listed == {i: at.date() for i, at in script.stamps.items()}
    assert (found.fault, found.unchecked, found.lacking, found.repeated) == ("", "", (), ())
    assert (found.begin, found.broken_at, found.requests) == (YESTERDAY, None, 5)
    assert found.listed_at
    assert found.listed_at > found.pages[-1].made_at > found.pages[0].made_at >= START
    first, *others, last = arxiv.requests
    window = {"metadataPrefix": "arXivRaw", "from": "2026-11-15"}
    assert first.params == {"verb": "ListRecords", **window}
    assert last.params == {"verb": "ListIdentifiers", **window}
    assert all(request.params.keys() == {"verb", "resumptionToken"} for request in others)


def test_headers_and_pauses(oai: OaiPmh, arxiv: StandIn, clock: HandClock) -> None:
    """A request names the client and the wanted form, and three seconds lie before the next."""
    harvest(oai)
    headers = arxiv.requests[0].headers
    assert "(ops@example.org)" in headers["user-agent"]
    assert "text/xml" in headers["accept"]
    assert headers["accept-encoding"] == "gzip"
    assert len(clock.waits) == 4
    assert all(2.5 < wait <= 3 for wait in clock.waits)


def test_one_page(oai: OaiPmh, script: OaiScript) -> None:
    """A list that fits one page has no token at all, and has ended."""
    script.stamps = dict(list(script.stamps.items())[:4])
    found = harvest(oai)
    assert (len(found.records), len(found.pages), found.fault) == (4, 1, "")
    assert found.pages[0].next is None


def test_unwanted_records(oai: OaiPmh) -> None:
    """A record that is not wanted is counted and seen, and not returned."""
    found = oai.harvest(YESTERDAY, wanted=lambda record: record.id == "2611.00021")
    assert [record.id for record in found.records] == ["2611.00021"]
    assert (len(found.seen), sum(page.records for page in found.pages)) == (17, 17)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(503, {"retry-after": "0"}, b""), "HTTP status 503"),
        (Reply(500, {}, b""), "HTTP status 500"),
        (Reply(406, {}, b""), "HTTP status 406"),
        (Reply(503, {}, oai_answer(raw_record())), "HTTP status 503"),
        (Reply(200, {}, b""), "an empty body"),
        (Reply(200, {}, b"<html>busy</html>"), "a web page"),
        (Reply(200, {}, b"<!DOCTYPE html><html><br></html>"), "a web page"),
        (Reply(200, {}, b"busy"), "broken or half an XML document"),
        (Reply(200, {}, b"<feed/>"), "XML of another kind"),
        (Reply(200, {}, oai_answer(raw_record())[:-12]), "broken or half an XML document"),
        (Reply(200, {}, oai_answer("")), "without a record"),
        (Reply(200, {}, oai_answer(raw_record(), "GetRecord")), "without ListRecords"),
        (Reply(200, {}, oai_answer(raw_record(), made_at="today")), "an impossible date"),
        (
            Reply(200, {}, oai_answer(raw_record(), made_at="2026-11-31T07:00:00Z")),
            "an impossible date",
        ),
        (
            Reply(200, {}, oai_answer(raw_record() + "<resumptionToken/>" * 2)),
            "several resumption tokens",
        ),
        (Reply(200, {"content-length": "9000", "connection": "close"}, b"<OAI"), "broke off"),
        (Reply(302, {"location": "http://elsewhere.example/"}, b""), "another host"),
        (Reply(200, {}, b" " * 2**21), "larger than"),
        (Reply(200, {"content-encoding": "gzip"}, gzip.compress(b" " * 2**22)), "larger than"),
        (Reply(200, {"content-encoding": "gzip"}, b"no gzip"), "broke off"),
    ],
)
@pytest.mark.parametrize("skip", [0, 10])
def test_tried_again(  # noqa: PLR0917
    oai: OaiPmh, script: OaiScript, clock: HandClock, skip: int, reply: Reply, words: str
) -> None:
    """A page that is not whole is asked for again, ever later, and then the chain is broken."""
    script.odd = once(at_page(skip, lambda: reply))
    assert (harvest(oai).fault, len(harvest(oai).records)) == ("", 17)
    script.odd = at_page(skip, lambda: reply)
    clock.waits.clear()
    found = harvest(oai)
    assert words in found.fault
    assert (len(found.records), found.listed) == (skip, None)
    assert found.broken_at is not None
    assert (found.broken_at.day, found.broken_at.skip) == (YESTERDAY, skip)
    assert max(clock.waits) > 9
    assert min(clock.waits) > 2.5


def test_billion_laughs(oai: OaiPmh, script: OaiScript) -> None:
    """A document with entities of its own is refused before they are expanded."""
    bomb = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + oai_answer("&b;")[39:]
    script.odd = at_page(0, lambda: Reply(200, {}, bomb))
    assert "XML with a document type" in harvest(oai).fault


@pytest.mark.parametrize(
    "code", ["noRecordsMatch", "badArgument", "cannotDisseminateFormat", "badVerb", "other", ""]
)
def test_an_error_of_the_protocol(
    oai: OaiPmh, script: OaiScript, arxiv: StandIn, code: str
) -> None:
    """An error with status 200 proves nothing: it is a fault at once, in words."""
    script.odd = at_page(0, lambda: Reply(200, {}, oai_error(code)))
    found = harvest(oai)
    assert "no record matches" in found.fault if code == "noRecordsMatch" else code in found.fault
    assert (found.records, found.broken_at, len(arxiv.requests)) == ((), Place(YESTERDAY), 1)


@pytest.mark.parametrize("code", ["badResumptionToken", "noRecordsMatch"])
def test_a_token_that_arxiv_does_not_take(
    oai: OaiPmh, script: OaiScript, arxiv: StandIn, code: str
) -> None:
    """The day of the token is begun again, and no paper is missing or counted as repeated."""
    script.odd = at_page(3, lambda: Reply(200, {}, oai_error(code)))
    found = harvest(oai)
    assert (found.fault, len(found.records), found.repeated) == ("", 17, ())
    assert [page.next and page.next.day for page in found.pages] == [
        *(YESTERDAY, YESTERDAY, TODAY),
        None,
    ]
    assert found.pages[2].next == found.pages[3].place == Place(TODAY)
    assert [r.params.get("from") for r in asked(arxiv, "ListRecords")][-1] == "2026-11-16"


def test_a_token_that_is_never_taken(oai: OaiPmh, script: OaiScript, arxiv: StandIn) -> None:
    """A day is begun again once; then the chain is broken at its place."""
    script.odd = lambda r: (
        Reply(200, {}, oai_error("badResumptionToken")) if "resumptionToken" in r.params else None
    )
    found = harvest(oai)
    assert "badResumptionToken" in found.fault
    assert len(arxiv.requests) == 4
    assert len(found.records) == 5


@pytest.mark.parametrize(
    "token",
    [
        "verb%3DListRecords%26metadataPrefix%3DarXivRaw%26from%3D2026-11-15%26skip%3D5",
        "verb%3DListRecords%26metadataPrefix%3DarXivRaw%26from%3D2026-11-14%26skip%3D50",
        "verb%3DListRecords%26from%3D2026-11-15",
    ],
)
def test_a_token_that_repeats(oai: OaiPmh, script: OaiScript, arxiv: StandIn, token: str) -> None:
    """A token that leads back or to its own page ends the chain with a fault, not never."""
    page = oai_answer(raw_record() + f"<resumptionToken>{token}</resumptionToken>")
    script.odd = at_page(5, lambda: Reply(200, {}, page))
    found = harvest(oai)
    assert "a resumption token that does not lead on" in found.fault
    assert (len(arxiv.requests), len(found.records)) == (4, 5)


def test_a_token_of_another_form(oai: OaiPmh, script: OaiScript, arxiv: StandIn) -> None:
    """A token that tells no place is sent back as it is, and the place is counted."""
    page = oai_answer(
        "".join(raw_record(f"2611.{n:05}", d) for n, d in ((1, "2026-11-15"), (2, "2026-11-16")))
        + "<resumptionToken>a/b c%2F&amp;=</resumptionToken>"
    )
    script.odd = once(at_page(0, lambda: Reply(200, {}, page)))
    last = Reply(200, {}, oai_answer(raw_record("2611.00003") + "<resumptionToken/>"))
    arxiv.intercept = lambda r: last if "a/b c%2F&=" in r.params.values() else script(r)
    found = harvest(oai)
    assert found.pages[1].place == Place(TODAY, 1, "a/b c%2F&=")
    assert found.fault == ""


@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after(oai: OaiPmh, script: OaiScript, clock: HandClock, *, as_date: bool) -> None:
    """A server that says when to come back is asked no sooner."""
    when = format_datetime(START + timedelta(seconds=120), usegmt=True) if as_date else "120"
    script.odd = once(at_page(5, lambda: Reply(503, {"retry-after": when}, b"")))
    assert harvest(oai).fault == ""
    assert max(clock.waits) >= 100


def test_a_year_later(oai: OaiPmh, script: OaiScript, arxiv: StandIn) -> None:
    """A server that wants to be left alone for a year is, for a day, and the result says so."""
    script.odd = at_page(5, lambda: Reply(503, {"retry-after": "31536000"}, b""))
    found = harvest(oai)
    assert "asks to be left alone for a day or more" in found.fault
    assert 86_000 < found.left_alone <= 86_400
    assert len(arxiv.requests) == 2
    oai.resume()
    assert harvest(oai).fault.startswith("not asked for, since arXiv fails")
    assert len(arxiv.requests) == 2


def test_silence_and_a_trickle(script: OaiScript, arxiv: StandIn, clock: HandClock) -> None:
    """Neither a server that never answers, nor one that sends a byte at times, holds the client."""

    def trickle() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while not arxiv.closing.wait(0.02):
            yield b" "

    oai = client(arxiv, clock, timeout=0.2, tries=1)
    script.odd = at_page(5, lambda: Raw(silence(arxiv)))
    assert harvest(oai).fault == "arXiv did not answer within 0.2 seconds"
    script.odd = at_page(5, lambda: Raw(trickle()))
    assert harvest(oai).fault == "arXiv's answer took longer than 0.4 seconds"
    script.odd = at_page(5, lambda: Raw(reset_after(b"HTTP/1.1 200 OK\r\n\r\n<OAI")))
    oai.resume()
    assert harvest(oai).fault == "arXiv's answer broke off"
    oai.close()


def test_no_hours_for_a_failing_server(script: OaiScript, arxiv: StandIn, clock: HandClock) -> None:
    """A server that fails at every other request holds the harvest for its budget, and no more."""
    script.fill(YESTERDAY, range(100, 200))
    turns = iter(range(1000))
    script.odd = lambda _: Reply(503, {}, b"") if next(turns) % 2 else None
    oai = client(arxiv, clock, budget=60)
    found = harvest(oai)
    late, failing = "the harvest took longer than 1 minutes", "arXiv answered with HTTP status 503"
    assert found.fault in (late, failing)  # the second where time ran out at a failing request
    assert 55 <= sum(clock.waits) < 75
    oai.close()


def test_a_broken_chain_goes_on(oai: OaiPmh, script: OaiScript, arxiv: StandIn) -> None:
    """A later harvest goes on from the place, with the pages and papers of the first one."""
    script.odd = at_page(10, lambda: Reply(500, {}, b""))
    first = harvest(oai)
    assert first.broken_at
    assert first.broken_at.token
    script.odd = lambda _: None
    arxiv.requests.clear()
    oai.resume()
    broken = Broken(first.begin, first.pages, first.seen, first.broken_at)
    second = harvest(oai, TODAY, broken)
    assert (second.begin, second.fault, second.repeated) == (YESTERDAY, "", ())
    assert [page.place.skip for page in second.pages] == [0, 5, 10, 3]
    assert second.seen.keys() == script.stamps.keys()
    assert len(second.records) == 7
    assert len(arxiv.requests) == 3


def test_a_place_without_a_token(oai: OaiPmh, script: OaiScript, arxiv: StandIn) -> None:
    """Where the token is not known one is written, and arXiv takes it."""
    found = harvest(oai, broken=Broken(YESTERDAY, (), {}, Place(YESTERDAY, 10)))
    assert arxiv.requests[0].params["resumptionToken"] == (
        "verb%3DListRecords%26metadataPrefix%3DarXivRaw%26from%3D2026-11-15%26skip%3D10"
    )
    assert (found.fault, found.pages[0].place) == ("", Place(YESTERDAY, 10))
    assert found.seen.keys() == script.stamps.keys()


def edit_between(script: OaiScript, identifiers: list[str]) -> None:
    """Edits one record before each continued page."""
    left = iter(identifiers)

    def before(request: Request) -> None:
        if "resumptionToken" in request.params and (identifier := next(left, None)):
            script.change(identifier)

    script.before = before


def test_drift_at_an_edge(oai: OaiPmh, script: OaiScript, arxiv: StandIn, clock: HandClock) -> None:
    """Records that slipped through between two pages are fetched one by one, each once."""
    edit_between(script, ["2611.00001", "2611.00002"])
    found = harvest(oai)
    assert [r.params["identifier"] for r in asked(arxiv, "GetRecord")] == [
        "oai:arXiv.org:2611.00006",
        "oai:arXiv.org:2611.00012",
    ]
    assert {record.id for record in found.records} == script.stamps.keys()
    assert (found.fault, found.unchecked, found.lacking, found.repeated) == ("", "", (), ())
    assert len(asked(arxiv, "ListIdentifiers")) == 1
    assert min(clock.waits) > 2.5


def test_a_record_that_moved(oai: OaiPmh, script: OaiScript) -> None:
    """A record that comes again with a later day replaces the earlier one, and is no repeat."""
    edit_between(script, ["2611.00001"])
    found = harvest(oai)
    (moved,) = (record for record in found.records if record.id == "2611.00001")
    assert moved.datestamp == found.seen["2611.00001"] == TODAY
    assert found.repeated == ()


def test_a_record_that_repeats(oai: OaiPmh, script: OaiScript) -> None:
    """A record that comes twice with the same day is named."""
    page = oai_answer(raw_record("2611.00001", "2026-11-15") + "<resumptionToken/>")
    script.odd = at_page(5, lambda: Reply(200, {}, page))
    assert harvest(oai).repeated == ("2611.00001",)


def test_many_that_slipped_through(oai: OaiPmh, script: OaiScript, arxiv: StandIn) -> None:
    """When more than twenty are lacking the days they are of are read again."""
    script.fill(YESTERDAY, range(100, 200))

    def before(request: Request) -> None:
        if request.params.get("resumptionToken", "").endswith("D50"):
            for number in range(100, 130):
                script.change(f"2611.{number:05}")
            script.before = lambda _: None

    script.before = before
    found = harvest(oai)
    assert {record.id for record in found.records} == script.stamps.keys()
    assert (found.lacking, found.fault, found.repeated) == ((), "", ())
    assert asked(arxiv, "GetRecord") == []
    assert len(asked(arxiv, "ListIdentifiers")) == 1
    assert len(asked(arxiv, "ListRecords")) > 40


def test_a_record_that_is_listed_and_cannot_be_had(
    oai: OaiPmh, script: OaiScript, arxiv: StandIn
) -> None:
    """A listed record that arXiv does not give is asked for three times, and is then lacking."""
    script.odd = once(at_page(10, lambda: Reply(200, {}, oai_answer(raw_record("2611.00011")))))
    arxiv.intercept = lambda r: (
        Reply(200, {}, oai_error("idDoesNotExist"))
        if r.params["verb"] == "GetRecord"
        else script(r)
    )
    found = harvest(oai)
    assert found.lacking
    assert (found.fault, found.unchecked) == ("", "")
    assert len(asked(arxiv, "ListIdentifiers")) == 3
    assert len(asked(arxiv, "GetRecord")) == 3 * len(found.lacking)


@pytest.mark.parametrize("verb", ["ListIdentifiers", "GetRecord"])
def test_no_second_list(oai: OaiPmh, script: OaiScript, verb: str) -> None:
    """When the list or a lacking record does not come the chain has ended, but is not checked."""
    edit_between(script, ["2611.00001"])
    script.odd = lambda r: Reply(503, {}, b"") if r.params["verb"] == verb else None
    found = harvest(oai)
    assert (found.fault, found.unchecked) == ("", "arXiv answered with HTTP status 503")
    assert (found.listed is None) == (verb == "ListIdentifiers")
    assert found.lacking == (() if found.listed is None else ("2611.00006",))


@pytest.mark.parametrize("code", ["noRecordsMatch", "badResumptionToken"])
def test_a_list_that_is_refused(oai: OaiPmh, script: OaiScript, arxiv: StandIn, code: str) -> None:
    """A list that arXiv refuses is asked for at another address, at most three times."""
    refusal = Reply(200, {}, oai_error(code))
    script.odd = once(lambda r: refusal if r.params["verb"] == "ListIdentifiers" else None)
    found = harvest(oai)
    assert (found.unchecked, found.listed == found.seen) == ("", True)
    script.odd = lambda r: refusal if r.params["verb"] == "ListIdentifiers" else None
    arxiv.requests.clear()
    found = harvest(oai)
    assert code in found.unchecked
    assert (found.listed, len(asked(arxiv, "ListIdentifiers"))) == (None, 3)


def test_a_list_that_leads_back(clock: HandClock, arxiv: StandIn) -> None:
    """A list whose token does not lead on is no list, and it ends."""
    script = OaiScript(clock.now, listed=4)
    script.fill(TODAY, range(1, 11))
    first = script(Request("", {"verb": "ListIdentifiers", "from": f"{TODAY}"}, {}, START))
    script.odd = lambda r: first if r.params["verb"] == "ListIdentifiers" else None
    arxiv.intercept = script
    oai = client(arxiv, clock)
    found = harvest(oai, TODAY)
    assert (found.fault, found.listed) == ("", None)
    assert "does not lead on" in found.unchecked
    oai.close()


@pytest.mark.parametrize("number", [1, 30])
def test_a_record_that_is_refused(oai: OaiPmh, script: OaiScript, number: int) -> None:
    """Where arXiv refuses the lacking records, one by one or with their day, they stay lacking."""
    held = {f"2611.{n:05}" for n in range(200, 200 + number)}
    whole = dict(script.stamps)

    def odd(request: Request) -> Reply | None:
        if request.params["verb"] == "ListIdentifiers":
            script.stamps = whole | dict.fromkeys(held, START)
            return None
        done = len(script.stamps) > len(whole)
        return Reply(200, {}, oai_error("badArgument")) if done else None

    script.odd = odd
    found = harvest(oai)
    assert (found.fault, set(found.lacking)) == ("", held)
    assert "badArgument" in found.unchecked


def test_an_old_list(oai: OaiPmh, script: OaiScript, arxiv: StandIn) -> None:
    """A list that lacks papers of the chain is an old one: another is asked for elsewhere."""
    lists = iter(
        [script(Request("", {"verb": "ListIdentifiers", "from": "2026-11-15"}, {}, START))]
    )
    script.fill(TODAY, [26])
    script.odd = lambda r: next(lists, None) if r.params["verb"] == "ListIdentifiers" else None
    found = harvest(oai)
    assert [r.params["from"] for r in asked(arxiv, "ListIdentifiers")] == [
        *("2026-11-15", "2026-11-14"),
    ]
    assert found.listed == found.seen


def test_a_list_of_several_pages(clock: HandClock, arxiv: StandIn) -> None:
    """The list of identifiers has tokens of its own."""
    script = OaiScript(clock.now, listed=4)
    script.fill(TODAY, range(1, 11))
    arxiv.intercept = script
    oai = client(arxiv, clock)
    found = harvest(oai, TODAY)
    assert found.listed == found.seen
    assert len(asked(arxiv, "ListIdentifiers")) == 3
    oai.close()


def test_a_page_from_the_cache(oai: OaiPmh, script: OaiScript) -> None:
    """The moment at which arXiv made a page shows that it is an old one."""
    old = oai_answer(raw_record() + "<resumptionToken/>", made_at="2026-11-15T20:00:00Z")
    script.odd = at_page(5, lambda: Reply(200, {}, old))
    found = harvest(oai)
    assert found.pages[1].made_at < START - timedelta(hours=10)
    assert found.pages[1].received_at >= START


@pytest.mark.parametrize("place", ["first", "amid", "last"])
def test_an_odd_record(oai: OaiPmh, script: OaiScript, place: str) -> None:
    """A record that cannot be read is named; the others of its page are there."""
    good = [raw_record("2611.00001", "2026-11-15"), raw_record("2611.00002", "2026-11-15")]
    good.insert({"first": 0, "amid": 1, "last": 2}[place], raw_record("2611.00003", versions=()))
    script.stamps = dict(list(script.stamps.items())[:3])
    script.odd = at_page(0, lambda: Reply(200, {}, oai_answer("".join(good))))
    found = harvest(oai)
    assert found.unreadable == ("2611.00003",)
    assert [record.id for record in found.records] == ["2611.00001", "2611.00002"]
    assert (found.fault, found.lacking) == ("", ())


def test_politeness_is_shared(arxiv: StandIn, clock: HandClock) -> None:
    """Another client of the same politeness waits for the delay, and has the only connection."""
    politeness = Politeness(3)
    clients = [
        OaiPmh(url=arxiv.url, politeness=politeness, tries=1, contact="", clock=clock)
        for _ in range(2)
    ]
    for one in clients:
        harvest(one, TODAY)
    assert len(clock.waits) == len(arxiv.requests) - 1
    assert min(clock.waits) > 2.5
    open_ones = [
        [socket for socket in one._transport._sockets if socket.fileno() >= 0] for one in clients
    ]
    assert [len(sockets) for sockets in open_ones] == [0, 1]
    for one in clients:
        one.close()


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    page=st.integers(1, 9),
    records=st.lists(st.integers(0, 2), min_size=1, max_size=30),
    edits=st.lists(st.lists(st.integers(0, 29), max_size=4), max_size=30),
)
def test_every_record_of_the_window(
    arxiv: StandIn, page: int, records: list[int], edits: list[list[int]]
) -> None:
    """Whatever is edited between two pages of any size, the mended chain has every record."""
    clock = HandClock()
    script = OaiScript(clock.now, page=page)
    for number, days in enumerate(records):
        script.fill(TODAY - days * DAY, [number])
    left = iter(edits)

    def before(request: Request) -> None:
        if request.params["verb"] == "ListRecords":
            for number in next(left, ()):
                script.change(f"2611.{number % len(records):05}")

    script.before = before
    arxiv.intercept = script
    oai = client(arxiv, clock)
    found = harvest(oai, TODAY - 2 * DAY)
    oai.close()
    assert found.fault == found.unchecked == ""
    assert found.lacking == ()
    assert {record.id for record in found.records} == script.stamps.keys()
    assert found.seen == {i: at.date() for i, at in script.stamps.items()}
    for earlier in found.pages:
        assert earlier.next is None or (earlier.place.day, earlier.place.skip) < (
            earlier.next.day,
            earlier.next.skip,
        )
