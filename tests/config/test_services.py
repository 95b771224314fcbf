"""The addresses of arXiv's services, and the pause that each asks for."""

import pytest

from digest.config.services import FEED_URL, OAI_URL
from digest.config.settings import Settings, settings_from
from digest.errors import MistakesError

HERE = "http://127.0.0.1:8080"


def mistakes(**variables: str) -> list[tuple[str, str]]:
    """Name and sentence of every mistake; `oai_url` is DIGEST_OAI_URL."""
    with pytest.raises(MistakesError) as caught:
        settings(**variables)
    return [(mistake.where, mistake.found) for mistake in caught.value.mistakes]


def settings(**variables: str) -> Settings:
    """The settings of variables that are named as in `mistakes`."""
    return settings_from({f"DIGEST_{name.upper()}": value for name, value in variables.items()})


@pytest.mark.parametrize(
    ("url", "delay_is_free"),
    [
        ("http://localhost/api", True),
        ("http://127.9.9.9:1/api", True),
        ("https://[::1]:8443/api", True),
        ("https://export.arxiv.org/api/query", False),
        ("https://localhost.example.org/api", False),
        ("https://127.0.0.1.example.org/api", False),
    ],
)
def test_delay(url: str, delay_is_free: bool) -> None:
    """Less than 3 seconds between requests is accepted for this machine only."""
    if delay_is_free:
        assert settings(arxiv_url=url, arxiv_delay="0.01").arxiv_delay == 0.01
    else:
        assert mistakes(arxiv_url=url, arxiv_delay="2") == [
            ("DIGEST_ARXIV_DELAY", "'2' is not allowed; write a number from 3 to 3600")
        ]


@pytest.mark.parametrize("name", ["arxiv_url", "oai_url", "feed_url"])
def test_delay_over_all_three(name: str) -> None:
    """One service on another machine is enough for the pause of 3 seconds."""
    here = dict.fromkeys(("arxiv_url", "oai_url", "feed_url"), f"{HERE}/x")
    assert settings(**here, arxiv_delay="0").arxiv_delay == 0
    there = here | {name: "https://mirror.example.org/x"}
    assert settings(**there, arxiv_delay="3").arxiv_delay == 3
    assert [where for where, _ in mistakes(**there, arxiv_delay="2.9")] == ["DIGEST_ARXIV_DELAY"]


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://export.arxiv.org/api/query", "it must begin with https://; http is for this"),
        ("ftp://export.arxiv.org/", "write an address without a query"),
        ("export.arxiv.org", "write an address without a query"),
        ("https://", "write an address without a query"),
        ("https://arxiv.org/api?x=1", "write an address without a query"),
        ("https://arxiv.org/api#x", "write an address without a query"),
        ("https://arxiv.org/a b", "write an address without a query"),
        ("https://arxiv.org:0/", "write an address without a query"),
        ("https://arxiv.org:port/", "write an address without a query"),
        (f"https://{'a' * 64}.org/", "its host has more than 63 characters between two dots"),
        ("https://[::1/", "write an address without a query"),
        ("https://Zwiebel:fisch@arxiv.org/", "there must be no user name and no password in it"),
        ("https://Zwiebel:fisch@arxiv\u2100.org/", "write an address without a query"),
    ],
)
@pytest.mark.parametrize("name", ["arxiv_url", "oai_url", "feed_url"])
def test_address_mistake(name: str, url: str, found: str) -> None:
    """arXiv is asked over https, at a plain address; the written value is not repeated."""
    ((where, said),) = mistakes(**{name: url})
    assert where == f"DIGEST_{name.upper()}"
    assert said.startswith(found)
    assert "Zwiebel" not in said


@pytest.mark.parametrize(
    "url", ["https://export.arxiv.org/api/query", "https://ARXIV.org/api", "https://arxiv.org./"]
)
def test_arxiv_itself(url: str) -> None:
    """Where the API is arXiv's own, so are the other two services."""
    found = settings(arxiv_url=url)
    assert (found.oai_url, found.feed_url) == (OAI_URL, FEED_URL)


@pytest.mark.parametrize(
    "url", [f"{HERE}/api", "https://mirror.example.org/api", "https://notarxiv.org/api"]
)
def test_another_server(url: str) -> None:
    """An installation that points elsewhere does not ask arXiv for the other two services."""
    found = settings(arxiv_url=url)
    assert (found.oai_url, found.feed_url) == (None, None)
    named = settings(arxiv_url=url, oai_url=f"{HERE}/oai", feed_url=f"{HERE}/rss/")
    assert (named.oai_url, named.feed_url) == (f"{HERE}/oai", f"{HERE}/rss")


def test_a_harvest_from_nowhere() -> None:
    """The harvest needs an address; the message says how to give it."""
    ((where, found),) = mistakes(arxiv_url=f"{HERE}/api", source="Harvest")
    assert where == "DIGEST_SOURCE"
    assert "set DIGEST_OAI_URL" in found
    assert settings(arxiv_url=f"{HERE}/api", source="harvest", oai_url=f"{HERE}/oai").source
    assert settings(arxiv_url=f"{HERE}/api", source="auto").source == "auto"


def test_one_mistake_is_told_once() -> None:
    """A wrong address of the harvest is not followed by the advice to set it."""
    found = mistakes(arxiv_url=f"{HERE}/api", source="harvest", oai_url="ftp://x/")
    assert [where for where, _ in found] == ["DIGEST_OAI_URL"]


def test_an_unknown_source() -> None:
    """Only the three ways of asking are known."""
    assert mistakes(source="oai") == [
        ("DIGEST_SOURCE", "'oai' is not allowed; write auto, api or harvest")
    ]


def test_the_former_address() -> None:
    """arXiv's former address of the harvest is a mistake that names the present one."""
    for url in ("https://export.arxiv.org/oai2", "https://arxiv.org/oai2/"):
        assert mistakes(oai_url=url) == [
            ("DIGEST_OAI_URL", f"arXiv has moved this service; write {OAI_URL}")
        ]
    assert settings(oai_url="https://mirror.example.org/oai2").oai_url


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("DIGEST_RSS_URL", "DIGEST_FEED_URL"),
        ("DIGEST_OAI", "DIGEST_OAI_URL"),
        ("DIGEST_CACHE", "DIGEST_PAPERS"),
        ("DIGEST_BACKEND", "DIGEST_SOURCE"),
    ],
)
def test_another_name(name: str, meant: str) -> None:
    """A name that people would use for a service leads to its setting."""
    with pytest.raises(MistakesError, match=f"did you mean {meant}"):
        settings_from({name: "x"})
