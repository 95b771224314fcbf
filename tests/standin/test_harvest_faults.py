"""The faults of harvest and feeds strike as they do at arXiv: a reader who believes all is misled.

The reader here takes each page as it comes, which digest never does.
"""

import random
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from builders import DAY
from fault_trial import Fault, Trial
from harvest_faults import HARVEST
from installation import Lab
from oai_client import OAI, get, identifiers

FAULTS = {fault.name: fault for fault in HARVEST}
ALL = "all"
"""The outcome where the reader got every record."""
LACKS = "lacks"
"""The outcome where the reader believes to have all, and lacks some."""


@pytest.fixture
def trial(lab: Lab) -> Iterator[Trial]:
    """An installation with a morning's papers, to which something is going to happen."""
    started = Trial(lab, random.Random(20261126))
    with started.at_the_end, started.cleanup:
        started.prepare(1)
        started.morning()
        yield started


def open_page(trial: Trial, **arguments: str) -> ET.Element | str:
    """A page, or a word for what is wrong with it."""
    url = f"{trial.lab.arxiv.oai_url}?{urlencode(arguments)}"
    try:
        with urllib.request.urlopen(url, timeout=0.5) as response:
            page = ET.fromstring(response.read())
    except urllib.error.HTTPError as error:
        with error:
            return f"HTTP {error.code}"
    except ET.ParseError:
        return "no XML"
    except TimeoutError:
        return "silence"
    except (urllib.error.URLError, ConnectionError):
        return "away"
    if page.tag != f"{OAI}OAI-PMH":
        return page.tag
    found = page.find(f"{OAI}error")
    return page if found is None else found.attrib["code"]


def believed(trial: Trial, verb: str = "ListRecords") -> list[str] | str:
    """The identifiers that a list of the last two days brings, or a word for its end."""
    begin = trial.lab.clock.moment - 2 * DAY
    arguments = {"metadataPrefix": "arXivRaw", "from": f"{begin:%Y-%m-%d}"}
    had: list[str] = []
    for _ in range(100):
        page = open_page(trial, verb=verb, **arguments)
        if isinstance(page, str):
            return page
        had += identifiers(page)
        token = page.findtext(f".//{OAI}resumptionToken")
        if not token:
            return had
        arguments = {"resumptionToken": token}
    return "endless"


def known(trial: Trial) -> set[str]:
    """The papers of the last two days that the search finds."""
    corpus, now = trial.lab.arxiv.corpus, trial.lab.clock.moment
    found = corpus.search("", (), now, "relevance", ascending=True)
    record = corpus.harvested.record
    stamps = {one.id: entry.stamped for one in found if (entry := record(one.id, now))}
    day = (now - 2 * DAY).date()
    return {one.id for one in found if one.id not in stamps or stamps[one.id].date() >= day}


def outcome(trial: Trial) -> str:
    """A word for what the reader makes of a list."""
    had = believed(trial)
    if isinstance(had, str):
        return had
    return ALL if set(had) >= known(trial) else LACKS


OUTCOMES = {
    "OAI: edits between two pages": LACKS,
    "OAI: a page of yesterday from the cache": LACKS,
    "OAI: all answers of yesterday from the cache": LACKS,
    "OAI: a cache that keeps pages for an hour": ALL,
    "OAI: noRecordsMatch until midnight": "noRecordsMatch",
    "OAI: half a page, status 200": "no XML",
    "OAI: a page cut after a record, and closed": LACKS,
    "OAI: 503 with Retry-After: 0, three times": "HTTP 503",
    "OAI: 503 with Retry-After: 0": "HTTP 503",
    "OAI: a run of 30 ids missing until tomorrow": LACKS,
    "OAI: a bulk re-stamp": ALL,
    "OAI: a record that breaks its page, status 500": "HTTP 500",
    "OAI: version numbers with a gap": ALL,
    "OAI: a date that is none": ALL,
    "OAI: a record without id": LACKS,
    "OAI: a record that is deleted": ALL,
    "OAI: accepts and never answers": "silence",
    "OAI: an HTML page, status 200": "html",
    "OAI: an entity bomb": "no XML",
    "OAI: a token that leads back": "endless",
    "OAI: a token refused": "badResumptionToken",
    "OAI: no second list": ALL,
    "OAI: a redirect to another host": "away",
    "OAI: away, while the API is well": "away",
    "OAI, feeds and API: away": "away",
    "an announcement hours late": ALL,
    "an announcement that comes with the next one": ALL,
    "OAI away, feeds of 2,000 without new papers": "away",
    "OAI away, feeds of yesterday": "away",
    "the API: 406, while OAI is well": ALL,
    "feeds away": ALL,
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_strikes_and_goes(trial: Trial, name: str) -> None:
    """The list has the fault while it strikes, and on the next day it is whole."""
    _strike(trial, FAULTS[name])
    assert outcome(trial) == OUTCOMES[name]
    if "feeds" in name or "API" in name or "second" in name:
        believed(trial, "ListIdentifiers")
        _others(trial)
    assert trial.hits
    trial.relent()
    trial.morning()
    assert outcome(trial) == ALL


def _strike(trial: Trial, fault: Fault) -> None:
    """The fault strikes on the second morning, so that there is a list of yesterday too."""
    trial.morning()
    fault.strike(trial)


def _others(trial: Trial) -> None:
    """One request each to the search and to a feed, whatever they bring."""
    for url in (f"{trial.lab.arxiv.feed_url}/cs", trial.lab.arxiv.url):
        try:
            get(url, search_query="all:series")
        except (urllib.error.URLError, ConnectionError):
            continue


def test_an_edit_hides_one_record(trial: Trial) -> None:
    """A list that nobody edits is whole; an edit before each page hides one record or a few."""
    repository = trial.lab.arxiv.repository
    _strike(trial, FAULTS["OAI: edits between two pages"])
    assert repository.page == 2
    had = believed(trial)
    assert isinstance(had, list)
    assert 1 <= len(known(trial) - set(had)) <= trial.hits
    trial.relent()
    assert repository.page == 1300


def test_a_feed_of_2000_has_no_new_paper(trial: Trial) -> None:
    """All of its entries are replacements, where the real feed has new papers."""
    url = f"{trial.lab.arxiv.feed_url}/cs.LG"
    kinds = [one.text for one in ET.fromstring(get(url)[1]).iter(_KIND)]
    assert "new" in kinds
    FAULTS["OAI away, feeds of 2,000 without new papers"].strike(trial)
    kinds = [one.text for one in ET.fromstring(get(url)[1]).iter(_KIND)]
    assert len(kinds) == 2000
    assert "new" not in kinds


def test_a_feed_of_yesterday_has_todays_dates(trial: Trial) -> None:
    """Its papers are those of the day before."""
    url = f"{trial.lab.arxiv.feed_url}/cs.LG"
    before = _papers(get(url)[1])
    trial.lab.clock.moment += DAY
    trial.publish("Time series of the day")
    today = get(url)[1]
    assert _papers(today) != before
    FAULTS["OAI away, feeds of yesterday"].strike(trial)
    stale = get(url)[1]
    assert _papers(stale) == before
    assert _date(stale) == _date(today)


_KIND = "{http://arxiv.org/schemas/atom}announce_type"


def _papers(body: bytes) -> list[str | None]:
    return [one.text for one in ET.fromstring(body).iter("guid")]


def _date(body: bytes) -> str:
    return ET.fromstring(body).findtext("channel/pubDate", "")
