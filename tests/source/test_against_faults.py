"""Each fault of arXiv's harvest and feeds strikes the clients: none passes as whole that lacks."""

import random
from collections.abc import Iterator

import pytest
from builders import DAY, HOUR
from fault_trial import Trial
from harvest_faults import HARVEST
from installation import Lab

from digest.source.feeds.client import RssFeeds
from digest.source.harvest import Harvest
from digest.source.oai_pmh.client import OaiPmh
from digest.source.pacing import Politeness

FAULTS = {fault.name: fault for fault in HARVEST}
OUTCOMES = {
    "OAI: edits between two pages": "whole",
    "OAI: a page of yesterday from the cache": "old",
    "OAI: noRecordsMatch until midnight": "no record matches",
    "OAI: half a page, status 200": "half an XML document",
    "OAI: a page cut after a record, and closed": "whole",
    "OAI: 503 with Retry-After: 0, three times": "whole",
    "OAI: 503 with Retry-After: 0": "HTTP status 503",
    "OAI: a run of 30 ids missing until tomorrow": "whole",  # only the numbers can show it
    "OAI: a record that breaks its page, status 500": "HTTP status 500",
    "OAI: version numbers with a gap": "unreadable",
    "OAI: a date that is none": "unreadable",
    "OAI: accepts and never answers": "did not answer",
    "OAI: an HTML page, status 200": "a web page",
    "OAI: an entity bomb": "a document type",
    "OAI: a token that leads back": "does not lead on",
    "OAI: a token refused": "badResumptionToken",
    "OAI: no second list": "HTTP status 503",
    "OAI: a redirect to another host": "another host",
    "OAI: away, while the API is well": "cannot be reached",
    "OAI, feeds and API: away": "cannot be reached",
    "OAI away, feeds of 2,000 without new papers": "cannot be reached",
    "OAI away, feeds of yesterday": "cannot be reached",
}


@pytest.fixture
def trial(lab: Lab) -> Iterator[Trial]:
    """An installation with two mornings' papers, to which something is going to happen."""
    started = Trial(lab, random.Random(20261126))
    with started.at_the_end, started.cleanup:
        started.prepare(1)
        started.morning()
        started.morning()
        yield started


def harvest(trial: Trial) -> Harvest:
    """The harvest of the last two days, with four tries."""
    arxiv, clock = trial.lab.arxiv, trial.lab.clock
    oai = OaiPmh(
        url=arxiv.oai_url,
        politeness=Politeness(3),
        tries=4,
        contact="",
        clock=clock,
        timeout=0.5,
    )
    found = oai.harvest((clock.moment - 2 * DAY).date(), wanted=lambda _: True)
    oai.close()
    return found


def outcome(trial: Trial, found: Harvest) -> str:
    """The fault of a harvest, or a word for what else is wrong with it; `whole` for nothing."""
    if found.fault or found.unchecked:
        return found.fault or found.unchecked
    if found.lacking or found.unreadable:
        return "lacks" if found.lacking else "unreadable"
    is_old = min(page.made_at for page in found.pages) < trial.lab.clock.moment - HOUR
    return "old" if is_old else "whole"


def lost(trial: Trial, found: Harvest) -> set[str]:
    """The records of the last two days that arXiv has, and the harvest lacks."""
    now = trial.lab.clock.moment
    known = trial.lab.arxiv.corpus.harvested.known(now)
    begin = (now - 2 * DAY).date()
    return {one.id for one in known if one.stamped.date() >= begin} - found.seen.keys()


@pytest.mark.parametrize("name", FAULTS)
def test_nothing_that_lacks_is_whole(trial: Trial, name: str) -> None:
    """A harvest that looks whole is whole; any other says so; and on the next day all is well."""
    FAULTS[name].strike(trial)
    found = harvest(trial)
    told = outcome(trial, found)
    assert OUTCOMES.get(name, "") in told
    assert told != "whole" or not lost(trial, found)
    trial.relent()
    trial.morning()
    found = harvest(trial)
    assert (outcome(trial, found), lost(trial, found)) == ("whole", set())


@pytest.mark.parametrize("name", [name for name in FAULTS if "feeds" in name])
def test_feeds_that_fail(trial: Trial, name: str) -> None:
    """A feed that is away has a fault; one that is too long is cut."""
    arxiv, clock = trial.lab.arxiv, trial.lab.clock
    FAULTS[name].strike(trial)
    feeds = RssFeeds(
        url=arxiv.feed_url, politeness=Politeness(3), timeout=5, tries=2, contact="", clock=clock
    )
    (feed,) = feeds.read(["cs.LG"])
    feeds.close()
    is_away = name in {"feeds away", "OAI, feeds and API: away"}
    assert feed.fault == ("arXiv cannot be reached" if is_away else "")
    assert feed.cut == ("2,000" in name)
