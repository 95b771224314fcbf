"""The stand-in answers OAI-PMH as arXiv does: forms, pages, tokens, errors, cache."""

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from time import process_time
from typing import Any

import pytest
from builders import DAY, HOUR, START, paper
from hypothesis import given
from hypothesis import strategies as st
from installation import HandClock
from oai_client import OAI, RAW, error, get, identifiers, token, tree, walk

from digest.standin.cache import Cache
from digest.standin.corpus import Corpus, Holding
from digest.standin.oai import Repository
from digest.standin.server import StandIn

AT = datetime(2026, 11, 24, 3, 41, 7, tzinfo=UTC)
RAW_LIST = (("verb", "ListRecords"), ("metadataPrefix", "arXivRaw"))


@pytest.fixture
def arxiv(clock: HandClock) -> Iterator[StandIn]:
    """A stand-in without papers, on a Tuesday evening after the announcement."""
    clock.moment = AT
    with StandIn(Corpus(), clock.now) as running:
        yield running


def publish(arxiv: StandIn, numbers: range, at: datetime = AT - 2 * HOUR, **values: Any) -> None:
    """Announces papers with these numbers."""
    arxiv.corpus.add(*(Holding(paper(n, **values), at) for n in numbers))


TEAPOTS = Holding(
    paper(
        42,
        "Teapots on Étale Covers: A Survey",
        version=2,
        authors=("Ida Example", "J. O'Sample", "Bo van der Test"),
        abstract="We pour $x < y$ cups.",
        comment="12 pages",
        categories=("cs.LG", "stat.ML"),
        published=datetime(2026, 10, 30, 17, 5, tzinfo=UTC),
        updated=datetime(2026, 11, 23, 9, 30, 12, tzinfo=UTC),
    ),
    AT - 2 * HOUR,
    raw_title=r"Teapots on \'{E}tale Covers: A Survey",
    raw_authors="Ida Example, J. O'Sample (1), and Bo van der Test ((1) Nowhere Institute)",
    journal_ref="J. Kettles 3 (2026) 1-12",
    report_no="NI-7",
    doi="10.0000/kettle.3",
    submitter="Ida Example",
)


def test_a_record_has_arxivs_elements_in_arxivs_order(arxiv: StandIn) -> None:
    """Header, versions and texts stand as in arXivRaw, with quotes escaped and TeX as it is."""
    arxiv.corpus.add(TEAPOTS)
    status, body = get(arxiv.oai_url, verb="ListRecords", metadataPrefix="arXivRaw")
    assert (status, token(body)) == (200, None)
    assert rb"<title>Teapots on \&#39;{E}tale Covers: A Survey</title>" in body
    answer = tree(arxiv.oai_url, verb="ListRecords", metadataPrefix="arXivRaw")
    names = [one.tag.removeprefix(OAI) for one in answer]
    assert (answer.tag, names) == (f"{OAI}OAI-PMH", ["responseDate", "request", "ListRecords"])
    assert answer.findtext(f"{OAI}responseDate") == "2026-11-24T03:41:07Z"
    record = answer.find(f".//{OAI}record")
    assert record is not None
    assert [(one.tag.removeprefix(OAI), one.text) for one in record[0]] == [
        ("identifier", "oai:arXiv.org:2611.00042"),
        ("datestamp", "2026-11-24"),
        ("setSpec", "cs:cs:LG"),
        ("setSpec", "stat:stat:ML"),
    ]
    raw = record.find(f".//{RAW}arXivRaw")
    assert raw is not None
    assert [one.tag.removeprefix(RAW) for one in raw] == [
        *("id", "submitter", "version", "version", "title", "authors", "categories", "comments"),
        *("report-no", "journal-ref", "doi", "license", "abstract"),
    ]
    versions = raw.findall(f"{RAW}version")
    assert [(one.attrib["version"], one.findtext(f"{RAW}date")) for one in versions] == [
        ("v1", "Fri, 30 Oct 2026 17:05:00 GMT"),
        ("v2", "Mon, 23 Nov 2026 09:30:12 GMT"),
    ]
    assert re.fullmatch(r"\d+kb", versions[0].findtext(f"{RAW}size", ""))
    assert [one.findtext(f"{RAW}source_type") for one in versions] == ["D", None]
    assert raw.findtext(f"{RAW}title") == TEAPOTS.raw_title
    assert raw.findtext(f"{RAW}authors") == TEAPOTS.raw_authors
    assert raw.findtext(f"{RAW}categories") == "cs.LG stat.ML"
    assert raw.findtext(f"{RAW}abstract") == "We pour $x < y$ cups."


def test_what_a_record_lacks_is_absent(arxiv: StandIn) -> None:
    """An empty comment, report number, journal reference or DOI has no element."""
    publish(arxiv, range(1, 2), comment="")
    raw = tree(arxiv.oai_url, verb="ListRecords", metadataPrefix="arXivRaw").find(f".//{RAW}id/..")
    assert raw is not None
    assert {"comments", "report-no", "journal-ref", "doi"}.isdisjoint(
        one.tag.removeprefix(RAW) for one in raw
    )


def test_the_other_verbs(arxiv: StandIn) -> None:
    """Identify, ListMetadataFormats, ListSets, ListIdentifiers and GetRecord answer."""
    arxiv.corpus.add(TEAPOTS)
    identify = tree(arxiv.oai_url, verb="Identify").find(f"{OAI}Identify")
    assert identify is not None
    assert identify.findtext(f"{OAI}granularity") == "YYYY-MM-DD"
    assert identify.findtext(f"{OAI}earliestDatestamp") == "2005-09-16"
    assert identify.findtext(f"{OAI}deletedRecord") == "persistent"
    formats = tree(arxiv.oai_url, verb="ListMetadataFormats")
    prefixes = [one.text for one in formats.iter(f"{OAI}metadataPrefix")]
    assert prefixes == ["oai_dc", "arXiv", "arXivOld", "arXivRaw"]
    specs = [one.text for one in tree(arxiv.oai_url, verb="ListSets").iter(f"{OAI}setSpec")]
    assert specs[:4] == ["physics", "cs", "econ", "eess"]
    assert {"cs:cs", "cs:cs:LG", "physics:hep-th", "q-fin:q-fin:TR"} <= set(specs)
    headers = tree(arxiv.oai_url, verb="ListIdentifiers", metadataPrefix="arXivRaw", form=True)
    assert [one.tag for one in headers.find(f"{OAI}ListIdentifiers") or ()] == [f"{OAI}header"]
    assert identifiers(headers) == ["2611.00042"]
    one = tree(
        arxiv.oai_url,
        verb="GetRecord",
        metadataPrefix="arXivRaw",
        identifier="oai:arXiv.org:2611.00042",
        form=True,
    )
    assert one.findtext(f"{OAI}GetRecord/{OAI}record//{RAW}id") == "2611.00042"


def test_twins_and_archives_have_their_sets(arxiv: StandIn) -> None:
    """A category with two names is in the sets of both, and a set holds its cross-lists."""
    publish(arxiv, range(1, 2), categories=("math-ph", "math.MP", "hep-th"))
    publish(arxiv, range(2, 3), categories=("cs.SY",))
    publish(arxiv, range(3, 4), categories=("nlin.CD", "cs.LG"))
    answer = tree(arxiv.oai_url, verb="ListRecords", metadataPrefix="arXivRaw")
    specs = [
        [one.text for one in header.iter(f"{OAI}setSpec")] for header in answer.iter(f"{OAI}header")
    ]
    assert specs == [
        ["physics:math-ph", "math:math:MP", "physics:hep-th"],
        ["cs:cs:SY", "eess:eess:SY"],
        ["physics:nlin:CD", "cs:cs:LG"],
    ]
    assert walk(arxiv.oai_url, set="cs") == [["2611.00002", "2611.00003"]]
    assert walk(arxiv.oai_url, set="physics:hep-th") == [["2611.00001"]]


def test_a_walk_gives_each_record_once(arxiv: StandIn) -> None:
    """Over several days and pages, in the order of days and identifiers within each page."""
    publish(arxiv, range(1, 8), AT - 2 * DAY)
    publish(arxiv, range(8, 30), AT - DAY)
    publish(arxiv, range(30, 41))
    arxiv.repository.page = 6
    pages = walk(arxiv.oai_url, from_="2026-11-22")
    assert [len(page) for page in pages] == [6, 6, 6, 6, 6, 6, 4]
    assert [one for page in pages for one in page] == [f"2611.{n:05}" for n in range(1, 41)]
    assert walk(arxiv.oai_url, from_="2026-11-23", until="2026-11-23", verb="ListIdentifiers") == [
        [f"2611.{n:05}" for n in range(8, 30)]
    ]


def test_an_edit_between_two_pages_hides_the_next_record(arxiv: StandIn, clock: HandClock) -> None:
    """The edited record moves to the end, and the one after the edge of the page is in no page."""
    publish(arxiv, range(1, 21))
    arxiv.repository.page = 6

    def edit(done: int) -> None:
        clock.sleep(3)
        arxiv.corpus.edit(f"2611.{done:05}", clock.moment)

    had = [one for page in walk(arxiv.oai_url, edit) for one in page]
    every = {f"2611.{n:05}" for n in range(1, 21)}
    assert every - set(had) == {"2611.00007", "2611.00014"}
    assert sorted(one for one in every if had.count(one) > 1) == ["2611.00002", "2611.00003"]
    (listed,) = walk(arxiv.oai_url, verb="ListIdentifiers")
    assert set(listed) == every


@given(
    days=st.lists(st.integers(0, 9), min_size=1, max_size=5),
    page=st.integers(1, 7),
)
def test_no_page_size_loses_a_record(days: list[int], page: int) -> None:
    """For any page size and number of records a day, a quiet walk is complete and ends."""
    corpus, number = Corpus(), 0
    for day, count in enumerate(days):
        for _ in range(count):
            number += 1
            corpus.add(Holding(paper(1000 - number), START + day * DAY))
    repository, arguments = Repository(corpus.harvested, page), RAW_LIST
    had: list[bytes] = []
    places: list[str | None] = []
    while True:
        body = repository.answer(arguments, START + 10 * DAY).body
        had += re.findall(rb"<id>([^<]*)</id>", body)
        places.append(token(body))
        if not places[-1]:
            break
        arguments = (("verb", "ListRecords"), ("resumptionToken", places[-1]))
    assert len(had) == len(set(had)) == number
    assert len(places) == max(1, -(-number // page))
    assert places[-1] == ("" if len(places) > 1 else None)


def test_a_token_is_the_request_encoded_twice(arxiv: StandIn) -> None:
    """It moves `from` to the day reached, and may be sent as it stands or made by hand."""
    publish(arxiv, range(1, 5), AT - DAY)
    publish(arxiv, range(5, 10))
    arxiv.repository.page = 6
    _, body = get(arxiv.oai_url, verb="ListRecords", metadataPrefix="arXivRaw", from_="2026-11-20")
    written = "verb%3DListRecords%26metadataPrefix%3DarXivRaw%26from%3D2026-11-24%26skip%3D2"
    assert token(body) == written
    assert b"<resumptionToken expirationDate='2026-11-25T00:00:00Z'>" in body
    assert b' metadataPrefix="arXivRaw" from="2026-11-24">http' in body
    _, last = get(arxiv.oai_url, verb="ListRecords", resumptionToken=written)
    assert f"<request verb='ListRecords' resumptionToken='{written}'>".encode() in last
    assert b"<resumptionToken/>" in last
    by_hand = "verb=ListRecords&metadataPrefix=arXivRaw&from=2026-11-24&skip=4"
    answer = tree(arxiv.oai_url, verb="ListRecords", resumptionToken=by_hand)
    assert identifiers(answer) == ["2611.00009"]
    with_until = {"from_": "2026-11-24", "until": "2026-11-24"}
    arxiv.repository.page = 2
    _, body = get(arxiv.oai_url, verb="ListRecords", metadataPrefix="arXivRaw", **with_until)
    assert "%26from%3D2026-11-24%26until%3D2026-11-24%26skip%3D2" in (token(body) or "")


GOOD = {"verb": "ListRecords", "metadataPrefix": "arXivRaw"}


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("badVerb", {}),
        ("badVerb", {"verb": "listrecords"}),
        ("badArgument", {"verb": "Identify", "set": "cs"}),
        ("badArgument", {"verb": "ListRecords"}),
        ("badArgument", {"verb": "GetRecord", "metadataPrefix": "arXivRaw"}),
        ("badArgument", {**GOOD, "from": "2026-11-24T00:00:00Z"}),
        ("badArgument", {**GOOD, "from": "2026-11-31"}),
        ("badArgument", {**GOOD, "until": "today"}),
        ("badArgument", {**GOOD, "from": "2026-11-23", "until": "2026-11-22"}),
        ("badArgument", {**GOOD, "from": "2026-11-25"}),
        ("badArgument", {**GOOD, "from": "2005-09-15"}),
        ("badArgument", {**GOOD, "until": "2026-11-26"}),
        ("badArgument", {**GOOD, "cursor": "7"}),
        ("badArgument", {**GOOD, "set": "cs.LG"}),
        ("badArgument", {**GOOD, "set": "cs:cs:XX"}),
        ("badArgument", {"verb": "ListSets", "resumptionToken": "x"}),
        ("badArgument", {**GOOD, "resumptionToken": "verb%3DListRecords%26skip%3D0"}),
        ("badArgument", {"verb": "ListRecords", "resumptionToken": "verb=ListRecords&skip=0"}),
        ("cannotDisseminateFormat", {**GOOD, "metadataPrefix": "marc"}),
        ("cannotDisseminateFormat", {**GOOD, "metadataPrefix": "oai_dc"}),
        ("noRecordsMatch", {**GOOD, "until": "2026-11-23"}),
        ("badResumptionToken", {"verb": "ListRecords", "resumptionToken": "xyz"}),
        ("badResumptionToken", {"verb": "ListRecords", "resumptionToken": "verb=x&skip=-1"}),
        (
            "badResumptionToken",
            {"verb": "ListRecords", "resumptionToken": "verb=x&skip=" + "9" * 5000},
        ),
        (
            "badResumptionToken",
            {
                "verb": "ListRecords",
                "resumptionToken": "verb=ListIdentifiers&metadataPrefix=arXivRaw&skip=1",
            },
        ),
        (
            "noRecordsMatch",
            {
                "verb": "ListRecords",
                "resumptionToken": "verb=ListRecords&metadataPrefix=arXivRaw&skip=4",
            },
        ),
        ("idDoesNotExist", {**GOOD, "verb": "GetRecord", "identifier": "2611.00001"}),
        ("idDoesNotExist", {**GOOD, "verb": "GetRecord", "identifier": "oai:arXiv.org:x"}),
        ("idDoesNotExist", {**GOOD, "verb": "GetRecord", "identifier": "oai:arXiv.org:2611.00009"}),
        ("", {**GOOD, "from": "2005-09-16"}),
        ("", {**GOOD, "from": "2026-11-24", "until": "2026-11-24"}),
        ("", {**GOOD, "verb": "GetRecord", "identifier": "oai:arXiv.org:2611.00001"}),
    ],
)
def test_errors_have_status_200(arxiv: StandIn, code: str, arguments: dict[str, str]) -> None:
    """Each refusal has its code; what is in order has none."""
    publish(arxiv, range(1, 5))
    assert error(arxiv.oai_url, **arguments) == code


def test_a_repeated_argument_is_refused(arxiv: StandIn) -> None:
    """The same argument twice is badArgument, in single quotes, and no argument is repeated."""
    _, body = get(f"{arxiv.oai_url}?verb=ListRecords&verb=ListRecords")
    assert b"<error code='badArgument'>" in body
    assert b"<request>" in body


def test_an_unknown_category_breaks_its_page(arxiv: StandIn) -> None:
    """The page that holds the odd record answers 500, and the others come."""
    publish(arxiv, range(1, 13))
    publish(arxiv, range(8, 9), categories=("cs.LG", "cs.XX"))
    arxiv.repository.page = 4
    by_hand = "verb=ListRecords&metadataPrefix=arXivRaw&skip={}"
    statuses = [
        get(arxiv.oai_url, verb="ListRecords", resumptionToken=by_hand.format(skip))[0]
        for skip in (0, 4, 8)
    ]
    assert statuses == [200, 500, 200]


def test_the_old_address_leads_to_the_new(arxiv: StandIn) -> None:
    """oai2 answers 301 with an empty body, and its arguments go along."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    old = arxiv.oai_url.replace("/oai", "/oai2")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.build_opener(Stay).open(f"{old}?verb=Identify&set=a%26b", timeout=10)
    with refused.value as answer:
        assert (answer.code, answer.read()) == (301, b"")
        assert answer.headers["location"] == f"{arxiv.oai_url}?verb=Identify&set=a%26b"
    assert error(old, verb="Identify") == ""


def made_at(arxiv: StandIn, **arguments: Any) -> str:
    """The responseDate of an answer."""
    return tree(arxiv.oai_url, **arguments).findtext(f"{OAI}responseDate", "")


def test_the_cache_keeps_a_page_for_an_hour(arxiv: StandIn, clock: HandClock) -> None:
    """The same page comes again with its old responseDate, another is new; a POST is not kept."""
    publish(arxiv, range(1, 5), AT - DAY)
    arxiv.cache = Cache()
    first = made_at(arxiv, **GOOD)
    closed = made_at(arxiv, **GOOD, until="2026-11-23")
    clock.moment = AT + HOUR / 2
    publish(arxiv, range(5, 9))
    assert made_at(arxiv, **GOOD) == first
    assert len(walk(arxiv.oai_url)[0]) == 4
    assert made_at(arxiv, **GOOD, from_="2026-11-20") > first
    assert made_at(arxiv, **GOOD, form=True) > first
    clock.moment = AT + HOUR
    assert made_at(arxiv, **GOOD) > first
    assert len(walk(arxiv.oai_url)[0]) == 8
    assert made_at(arxiv, **GOOD, until="2026-11-23") == closed


def test_an_announcement_purges_pages_and_no_errors(arxiv: StandIn, clock: HandClock) -> None:
    """noRecordsMatch stays until 00:00 UTC, though the records are there by then."""
    clock.moment = AT.replace(hour=0, minute=30)  # half an hour before the announcement
    publish(arxiv, range(1, 5), AT - DAY)
    arxiv.cache = Cache()
    today = {**GOOD, "from_": "2026-11-24"}
    assert error(arxiv.oai_url, **today) == "noRecordsMatch"
    before = made_at(arxiv, **GOOD)
    clock.moment = AT.replace(hour=1, minute=5)
    publish(arxiv, range(5, 9), clock.moment)
    assert made_at(arxiv, **GOOD) > before
    assert len(walk(arxiv.oai_url, from_="2026-11-23")[0]) == 8
    assert error(arxiv.oai_url, **today) == "noRecordsMatch"
    clock.moment = AT.replace(hour=23, minute=59)
    assert error(arxiv.oai_url, **today) == "noRecordsMatch"
    clock.moment = AT.replace(hour=0) + DAY
    assert error(arxiv.oai_url, **today) == ""


def test_a_day_of_6000_records_is_quick(clock: HandClock) -> None:
    """A record is written once, so that five further walks of five pages take a few seconds."""
    corpus = Corpus(Holding(paper(n), START) for n in range(6000))
    repository = Repository(corpus.harvested)

    def pages() -> list[int]:
        arguments, counts = RAW_LIST, []
        while arguments[1][1]:
            body = repository.answer(arguments, clock.moment).body
            counts.append(body.count(b"<record>"))
            arguments = (("verb", "ListRecords"), ("resumptionToken", token(body) or ""))
            clock.sleep(3)
        return counts

    assert pages() == [1300, 1300, 1300, 1300, 800]
    begun = process_time()
    for _ in range(5):
        pages()
    assert process_time() - begun < 5
