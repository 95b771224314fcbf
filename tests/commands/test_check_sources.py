"""`digest check` on the source of the papers: the choice, the services, the cache."""

import os
from pathlib import Path

import pytest
from builders import START
from installation import Lab

from digest.source.recent_papers import RecentPapers
from digest.standin.server import Reply


def line_of(out: str, name: str) -> str:
    """The line about one thing."""
    (found,) = (line for line in out.splitlines() if line.split(maxsplit=1)[1].startswith(name))
    return found


AUTHOR = """\
keywords:
  Time Series:
  Noether: {author: Emmy Noether}
  Anything: {query: 'all:series'}
subscribers: [ada@example.org]
"""


@pytest.fixture
def harvest(lab: Lab) -> dict[str, str]:
    """The settings of an installation that harvests from the stand-in."""
    return {
        "DIGEST_SOURCE": "harvest",
        "DIGEST_OAI_URL": lab.arxiv.oai_url,
        "DIGEST_FEED_URL": lab.arxiv.feed_url,
    }


def asked(lab: Lab) -> list[str]:
    """The paths that arXiv was asked for, in order."""
    return [request.path for request in lab.arxiv.requests]


def test_the_source_by_itself(lab: Lab) -> None:
    """Few keywords: the API, with the reason; the services of the harvest are not asked."""
    result = lab.run("check", DIGEST_OAI_URL=lab.arxiv.oai_url)
    assert result.status == 0, result.out
    assert line_of(result.out, "source") == (
        "ok    source: arXiv's API (2 keywords: one request each a day; a harvest takes about 7)"
    )
    assert "papers: " not in result.out.partition("arXiv:")[0]
    assert asked(lab) == ["/api/query"]


def test_many_keywords(lab: Lab) -> None:
    """Many keywords: the harvest, with the reason."""
    names = ", ".join(f"Topic {number}" for number in range(30))
    lab.subscribe(f"keywords: [{names}]\nsubscribers: [ada@example.org]\n")
    result = lab.run("check", "--offline", DIGEST_OAI_URL=lab.arxiv.oai_url)
    assert line_of(result.out, "source").startswith(
        "ok    source: one harvest for all keywords (30 keywords: one harvest a day of about 7"
    )
    assert asked(lab) == []


def test_no_harvest_from_elsewhere(lab: Lab) -> None:
    """Where the API is not arXiv's own and no other address is set, there is no harvest."""
    names = ", ".join(f"Topic {number}" for number in range(30))
    lab.subscribe(f"keywords: [{names}]\nsubscribers: [ada@example.org]\n")
    result = lab.run("check", "--offline")
    assert "arXiv's API (no address for the harvest is configured)" in result.out


def test_the_services_of_the_harvest(lab: Lab, harvest: dict[str, str]) -> None:
    """The harvest's service and the feeds are asked once each, after the API."""
    result = lab.run("check", **harvest)
    assert result.status == 0, result.out
    assert asked(lab) == ["/api/query", "/oai", "/rss/econ"]
    assert lab.arxiv.requests[1].params == {"verb": "Identify"}
    assert f"{lab.arxiv.oai_url} answers as " in line_of(result.out, "harvest")
    assert "in the feed econ" in line_of(result.out, "feeds")


def test_offline(lab: Lab, harvest: dict[str, str]) -> None:
    """`--offline` leaves the services out, and not the choice and the cache."""
    result = lab.run("check", "--offline", **harvest)
    assert result.status == 0, result.out
    assert line_of(result.out, "source").endswith("(DIGEST_SOURCE asks for the harvest)")
    assert "empty until the first complete harvest" in line_of(result.out, "papers")
    assert lab.arxiv.requests == []


def test_a_delay_between_the_services(lab: Lab, harvest: dict[str, str]) -> None:
    """All three services share one pace."""
    lab.run("check", **harvest, DIGEST_ARXIV_DELAY="3")
    assert len(lab.clock.waits) == 2
    assert all(2 < wait <= 3 for wait in lab.clock.waits)


@pytest.mark.parametrize(
    ("path", "reply", "words"),
    [
        ("/oai", Reply(503, {}, b""), "HTTP status 503"),
        ("/oai", Reply(200, {}, b"<html>no</html>"), "arXiv answered with"),
        (
            "/oai",
            Reply(
                200,
                {},
                b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
                b"<error code='badVerb'>no such verb</error></OAI-PMH>",
            ),
            "arXiv answered badVerb: no such verb",
        ),
        (
            "/oai",
            Reply(200, {}, b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"/>'),
            "arXiv answered with an OAI-PMH answer without Identify",
        ),
        ("/rss/econ", Reply(503, {}, b""), "HTTP status 503"),
        ("/rss/econ", Reply(200, {}, b"half"), "arXiv answered with"),
    ],
)
def test_a_service_that_fails(
    lab: Lab, harvest: dict[str, str], path: str, reply: Reply, words: str
) -> None:
    """A service that does not answer is told with its setting; the others are asked as well."""
    lab.arxiv.intercept = lambda request: reply if request.path == path else None
    result = lab.run("check", **harvest)
    assert result.status == 75
    name, setting = (
        ("harvest", "DIGEST_OAI_URL") if path == "/oai" else ("feeds", "DIGEST_FEED_URL")
    )
    told = line_of(result.out, name)
    assert told.startswith("FAIL")
    assert words in told
    assert told.endswith(f"try again later, or look at {setting}")
    assert asked(lab) == ["/api/query", "/oai", "/rss/econ"]


def test_keywords_for_the_api(lab: Lab, harvest: dict[str, str]) -> None:
    """Each keyword that the harvest cannot serve is named, with the part of its query."""
    lab.subscribe(AUTHOR)
    notes = [
        line
        for line in lab.run("check", "--offline", **harvest).out.splitlines()
        if line.startswith("note")
    ]
    assert len(notes) == 2
    assert notes[0].startswith(
        """note  keyword 'Noether': arXiv's API is asked for it, since `au:"Emmy Noether"`"""
    )
    assert notes[1].startswith(
        "note  keyword 'Anything': arXiv's API is asked for it, since `all:series`"
    )
    assert "note" not in lab.run("check", "--offline").out


def test_many_keywords_for_the_api(lab: Lab, harvest: dict[str, str]) -> None:
    """Of many such keywords ten are named, and the others counted."""
    lines = "".join(f"  N{number}: {{author: A B{'c' * number}}}\n" for number in range(13))
    lab.subscribe(f"keywords:\n  Time Series:\n{lines}subscribers: [ada@example.org]\n")
    out = lab.run("check", "--offline", **harvest).out
    notes = [line for line in out.splitlines() if line.startswith("note")]
    assert len(notes) == 11
    assert notes[-1] == "note  3 more keywords for arXiv's API"


def test_the_cache(lab: Lab, harvest: dict[str, str], tmp_path: Path) -> None:
    """The days that the cache covers are told, and whether it is behind; it is not made."""
    path = tmp_path / "cache" / "papers.sqlite"
    where = harvest | {"DIGEST_PAPERS": str(path)}
    assert f"{path}, empty" in line_of(lab.run("check", "--offline", **where).out, "papers")
    assert not path.parent.exists()
    day = START.date()
    RecentPapers(path).keep([], begin=day, at=START, complete=True, through=START, broken=None)
    told = line_of(lab.run("check", "--offline", **where).out, "papers")
    assert told == f"ok    papers: {path}, papers from {day} to {day}"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("papers.sqlite", "it is no SQLite file; delete it, and the next harvest"),
        ("thesis.txt", "it is no SQLite file; name another file in DIGEST_PAPERS"),
    ],
)
def test_a_cache_that_cannot_be_read(
    lab: Lab, harvest: dict[str, str], tmp_path: Path, name: str, words: str
) -> None:
    """A file that is no cache is told, and stays as it is."""
    path = tmp_path / name
    path.write_bytes(b"my thesis")
    result = lab.run("check", "--offline", **harvest, DIGEST_PAPERS=str(path))
    assert result.status == 74
    assert words in line_of(result.out, "papers")
    assert path.read_bytes() == b"my thesis"


@pytest.mark.skipif(os.geteuid() == 0, reason="this user may write everything")
def test_a_cache_that_cannot_be_written(lab: Lab, harvest: dict[str, str], tmp_path: Path) -> None:
    """A directory of another user is told with the setting."""
    directory = tmp_path / "cache"
    directory.mkdir(mode=0o500)
    path = directory / "papers.sqlite"
    result = lab.run("check", "--offline", **harvest, DIGEST_PAPERS=str(path))
    assert result.status == 74
    assert "or name another file with DIGEST_PAPERS" in line_of(result.out, "papers")
