"""The sample papers have in them what real papers have."""

import re
import unicodedata
from datetime import timedelta
from pathlib import Path

import pytest

from digest.config.files import load_subscriptions
from digest.model.announcements import Calendar
from digest.model.keyword import Keyword
from digest.model.paper import Paper, split_identifier
from digest.model.taxonomy import NAMES
from digest.source.arxiv_api.query import arxiv_query
from digest.standin.corpus import Corpus, Holding
from digest.standin.feeds import announced, wanted
from digest.standin.oai_xml import sets
from digest.standin.samples import DAY_ONE, DAY_TWO, sample_papers, sample_subscribers
from digest.text import clean

SAMPLES = sample_papers()
PAPERS = [sample.paper for sample in SAMPLES]
KEYWORDS = (
    Keyword("Graph Neural Networks"),
    Keyword("Trajectory", in_both=True),
    Keyword("Time Series"),
)


def found(keyword: Keyword) -> list[Paper]:
    """Returns the papers that the keyword finds on the second day."""
    corpus = Corpus(Holding(sample.paper, sample.visible_from) for sample in SAMPLES)
    return corpus.search(arxiv_query(keyword), (), DAY_TWO, "relevance", ascending=False)


def test_enough_of_them() -> None:
    """There are more than forty papers over three keywords and two days, and each is found."""
    by_keyword = {keyword.name: {paper.id for paper in found(keyword)} for keyword in KEYWORDS}
    assert len(PAPERS) >= 50
    assert all(len(ids) >= 12 for ids in by_keyword.values())
    assert set().union(*by_keyword.values()) == {paper.id for paper in PAPERS}
    assert sum(sample.visible_from > DAY_ONE for sample in SAMPLES) >= 8
    two = [id_ for id_ in {p.id for p in PAPERS} if sum(id_ in i for i in by_keyword.values()) > 1]
    assert len(two) >= 3


def test_they_could_be_arxivs() -> None:
    """Identifiers, dates and text are as arXiv has them."""
    assert len({paper.versioned_id for paper in PAPERS}) == len(PAPERS)
    for sample in SAMPLES:
        paper = sample.paper
        assert split_identifier(paper.versioned_id) == (paper.id, paper.version)
        assert paper.published <= paper.updated <= sample.visible_from
        assert paper.primary_category in paper.categories
        assert len(paper.abstract) <= 1920
        for text in (paper.title, paper.abstract, paper.comment, *paper.authors):
            assert text == clean(text)


@pytest.mark.parametrize(
    "pattern",
    [
        r'\\"o',
        r"\\H\{o\}",
        r"\\'a",
        r"\$O\(",
        r"\$\\alpha\$",
        r"\\ell_1",
        r"10\^\{-3\}",
        r"\\mathbb\{R\}",
        r"\\begin\{pmatrix\}",
        r"\\emph\{",
        r"\\texttt\{",
        r"\d\\%",
        r"\$\d+ per|\$5 of",
        r"\|",
        "<",
        "&",
        '"',
        "'",
        "‘",
        r"\\ as",
        "</td><script>",
        "https://",
    ],
)
def test_peculiarities(pattern: str) -> None:
    """LaTeX, money, and signs that mean something elsewhere."""
    texts = [t for p in PAPERS for t in (p.title, p.abstract, p.comment, *p.authors)]
    assert any(re.search(pattern, text) for text in texts)


def test_lengths() -> None:
    """Long and short titles, abstracts, comments and lists of authors."""
    comments = {len(paper.comment) for paper in PAPERS}
    assert {0, 20, 21} <= comments
    assert max(comments) > 80
    assert max(len(paper.title) for paper in PAPERS) > 200
    assert max(len(paper.abstract) for paper in PAPERS) > 1600
    assert min(len(paper.abstract) for paper in PAPERS) < 130
    assert max(len(paper.authors) for paper in PAPERS) == 40


def test_scripts() -> None:
    """Names in other scripts, and text from right to left."""
    names = "".join(name for paper in PAPERS for name in paper.authors)
    scripts = {unicodedata.name(character, "").split()[0] for character in names}
    assert {"CJK", "CYRILLIC", "GREEK", "ARABIC", "DEVANAGARI"} <= scripts
    assert any(unicodedata.bidirectional(c) == "R" for paper in PAPERS for c in paper.title)


def test_versions_and_dates() -> None:
    """A new version on the second day, an old identifier, papers held back, and old ones."""
    later = [sample for sample in SAMPLES if sample.visible_from > DAY_ONE]
    known = {sample.paper.id for sample in SAMPLES if sample.visible_from <= DAY_ONE}
    assert [sample.paper.version for sample in later if sample.paper.id in known] == [2]
    assert any("/" in paper.id for paper in PAPERS)
    assert any(s.visible_from - s.paper.updated > timedelta(days=4) for s in later)
    assert sum(paper.updated < DAY_ONE - timedelta(days=7) for paper in PAPERS) >= 8


def test_readers(tmp_path: Path) -> None:
    """The readers' file is a good one, with every kind of reader."""
    file = tmp_path / "subscribers.yaml"
    file.write_bytes(sample_subscribers())
    subscriptions = load_subscriptions(file)
    assert [keyword.name for keyword in subscriptions.keywords] == [k.name for k in KEYWORDS]
    readers = subscriptions.subscribers
    assert len(readers) == 4
    assert any(reader.updates for reader in readers)
    assert any(reader.empty for reader in readers)
    assert any(not reader.name.isascii() for reader in readers)


def test_the_harvest_and_the_feeds_have_them_day_by_day() -> None:
    """Each paper is announced when arXiv announces, and stands in the harvest and a feed then."""
    corpus = Corpus(Holding(sample.paper, sample.visible_from) for sample in SAMPLES)
    calendar = Calendar()
    assert {sample.visible_from for sample in SAMPLES} == {
        calendar.available(sample.visible_from) for sample in SAMPLES
    }
    _, categories = wanted("+".join(name for name in NAMES if "." not in name))
    for day, fresh in ((DAY_ONE, 25), (DAY_TWO, 10)):
        records = [one for one in corpus.harvested.by_stamp(day) if one.stamped.day == day.day]
        fed = announced(corpus.fed, categories, day, calendar)
        assert len(records) == fresh
        assert {one.id for one in records} == {entry.listed.id for entry in fed}
        assert {entry.kind for entry in fed} == {"new", "replace"}
        assert all(sets(one) for one in records)
