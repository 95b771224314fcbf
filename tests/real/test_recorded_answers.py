"""arXiv's recorded answers, read field by field and written again."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from digest.model.paper import Paper
from digest.source.arxiv_api.atom import read_page
from digest.source.arxiv_api.listing import read_saved
from digest.standin.feed import Asked, error_feed, feed
from digest.text import clean

pytestmark = pytest.mark.real

_TEXT = re.compile(r"(<(title|summary|arxiv:comment)>)([^<]*)(</)")
_NAMES = {
    "a": "http://www.w3.org/2005/Atom",
    "x": "http://arxiv.org/schemas/atom",
}


@pytest.fixture(scope="module")
def recorded(real_data: Path) -> dict[str, dict[str, str]]:
    """The recordings by name, each with url, status_code and body."""
    files = sorted((real_data / "arxiv-recorded").glob("*.json"))
    return {file.stem.rpartition("_")[0]: json.loads(file.read_bytes()) for file in files}


def body(recorded: dict[str, dict[str, str]], name: str) -> bytes:
    """One recording's body, whose bytes were recorded as Latin-1 characters."""
    return recorded[name]["body"].encode("latin-1")


@pytest.mark.parametrize(
    ("name", "entries", "total"),
    [
        ("q_testing_s0_m100", 100, 214881),
        ("q_testing_s0_m10", 10, 214881),
        ("id_1605.08386_s0_m100", 1, 1),
        ("id_2104.12255v1_s0_m100", 1, 1),
        ("id_quant-ph_0201082v1_s0_m100", 1, 1),
        ("id_0000.0000_s0_m100", 0, 0),
    ],
)
def test_what_a_page_says_of_itself(
    recorded: dict[str, dict[str, str]], name: str, entries: int, total: int
) -> None:
    """Every recording is a whole feed with the counts that arXiv announced."""
    page = read_page(body(recorded, name))
    assert (page.entries, page.total, page.start, page.error) == (entries, total, 0, "")


def test_the_error_entry(recorded: dict[str, dict[str, str]]) -> None:
    """arXiv's own words come out of the recorded error."""
    assert read_page(body(recorded, "id_abc_s0_m100")).error == "incorrect id format for abc"


@pytest.mark.parametrize(
    "name",
    [
        "q_testing_s0_m100",
        "q_testing_s0_m10",
        "id_1605.08386_s0_m100",
        "id_2104.12255v1_s0_m100",
        "id_quant-ph_0201082v1_s0_m100",
    ],
)
def test_every_field(recorded: dict[str, dict[str, str]], name: str) -> None:
    """Each entry becomes a paper with the same identifier, text, names, categories and dates."""
    papers = read_saved(body(recorded, name), name).papers
    entries = etree.fromstring(body(recorded, name)).findall("a:entry", _NAMES)
    assert len(papers) == len(entries) > 0
    for paper, entry in zip(papers, entries, strict=True):

        def text(path: str, entry: etree._Element = entry) -> str:
            return clean(entry.findtext(path, "", _NAMES))

        assert f"http://arxiv.org/abs/{paper.versioned_id}" == text("a:id")
        assert paper.abstract_url == text("a:id").replace("http:", "https:")
        assert (paper.title, paper.abstract) == (text("a:title"), text("a:summary"))
        assert paper.comment == text("x:comment")
        assert list(paper.authors) == [
            clean(author.findtext("a:name", "", _NAMES))
            for author in entry.findall("a:author", _NAMES)
        ]
        terms = [category.get("term") for category in entry.findall("a:category", _NAMES)]
        assert list(paper.categories) == terms
        primary = entry.find("x:primary_category", _NAMES)
        assert primary is not None
        assert paper.primary_category == primary.get("term")
        assert paper.published == datetime.fromisoformat(text("a:published"))
        assert paper.updated == datetime.fromisoformat(text("a:updated"))
        assert paper.updated.tzinfo == UTC


def _without_what_a_paper_has_not(page: str) -> str:
    """The feed less its id, journal references, DOIs, affiliations; text on one line."""
    page = re.sub(r"(<id>https://arxiv.org/api/)[^<#]+", r"\1", page)
    page = re.sub(r" *<arxiv:(journal_ref|doi|affiliation)>[^<]*</arxiv:\1>\n", "", page)
    page = re.sub(r' *<link rel="related" href="[^"]*" title="doi"/>\n', "", page)
    return _TEXT.sub(lambda match: f"{match[1]}{clean(match[3])}{match[4]}", page)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("q_testing_s0_m100", Asked("all:testing", "", 0, 100)),
        ("q_testing_s0_m10", Asked("all:testing", "", 0, 10)),
        ("id_1605.08386_s0_m100", Asked("", "1605.08386", 0, 100)),
        ("id_quant-ph_0201082v1_s0_m100", Asked("", "quant-ph/0201082v1", 0, 100)),
        ("id_0000.0000_s0_m100", Asked("", "0000.0000", 0, 100)),
    ],
)
def test_the_stand_in_writes_the_same(
    recorded: dict[str, dict[str, str]], name: str, asked: Asked
) -> None:
    """The stand-in's feed of the papers that were read is the recording, byte for byte."""
    recording = body(recorded, name).decode()
    page = read_page(recording.encode())
    papers: tuple[Paper, ...] = ()
    if page.entries:
        papers = read_saved(recording.encode(), name).papers
    moment = re.search(r"<updated>([^<]+)", recording)
    assert moment
    written = feed(asked, papers, page.total, datetime.fromisoformat(moment[1]))
    assert _without_what_a_paper_has_not(written.decode()) == _without_what_a_paper_has_not(
        recording
    )


def test_the_stand_in_refuses_the_same(recorded: dict[str, dict[str, str]]) -> None:
    """The stand-in's error feed is the recorded one, byte for byte."""
    recording = body(recorded, "id_abc_s0_m100").decode()
    moment = re.search(r"<updated>([^<]+)", recording)
    assert moment
    written = error_feed("incorrect id format for abc", datetime.fromisoformat(moment[1]))
    assert written.decode() == recording
