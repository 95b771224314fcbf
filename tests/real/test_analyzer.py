"""arXiv's recorded answers, explained by the analyzer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from porter import porter
from recorded_days import lines, recorded_paper

from digest.commands.markdown_table import read
from digest.model.paper import Paper
from digest.search.stems import stem
from digest.search.tex import unicode_text
from digest.search.words import Phrase, phrase, stems, words_cut

pytestmark = pytest.mark.real


@pytest.fixture
def papers(real_data: Path) -> dict[str, Paper]:
    """The recorded papers of the days, by identifier and version."""
    recorded = map(recorded_paper, lines(real_data / "replay" / "papers.jsonl.gz"))
    return {paper.versioned_id: paper for paper in recorded}


def fields(paper: Paper) -> Iterator[dict[int, str]]:
    """The stems of the title and of the abstract, by position."""
    for text in (paper.title, paper.abstract):
        yield dict(stems(unicode_text(text)))


def has(field: dict[int, str], wanted: Phrase) -> bool:
    """Whether the phrase stands in the field."""
    return any(all(field.get(at + distance) == one for distance, one in wanted) for at in field)


def test_every_listed_paper_has_the_phrase(real_data: Path, papers: dict[str, Paper]) -> None:
    """In each paper that arXiv listed for a keyword the phrase stands in title or abstract."""
    rows = {
        (name, identifier)
        for day in lines(real_data / "replay" / "days.jsonl.gz")
        for name, listed in day["listing"].items()
        for identifier in listed
    }
    apart = [
        (name, identifier)
        for name, identifier in sorted(rows)
        if not any(has(field, phrase(name)) for field in fields(papers[identifier]))
    ]
    assert len(rows) == 2618
    assert apart == []


def test_every_row_of_the_table_has_the_words(real_data: Path) -> None:
    """In each row of the recorded table, which was asked for words, all are in one field."""
    where = real_data / "daily-papers.md"
    table = read(where.read_text("utf-8"), str(where))
    rows = [(name, paper) for name, papers in table.items() for paper in papers]
    with_phrase = with_words = 0
    for name, paper in rows:
        wanted = {one for _, one in phrase(name)}
        with_phrase += any(has(field, phrase(name)) for field in fields(paper))
        with_words += any(wanted <= set(field.values()) for field in fields(paper))
    assert (len(rows), with_words, with_phrase) == (145, 145, 119)


def test_every_stem(papers: dict[str, Paper]) -> None:
    """Each word of the recorded papers has the stem that a second program gives it."""
    found = {
        word
        for paper in papers.values()
        for text in (paper.title, paper.abstract, paper.comment)
        for word in words_cut(text)
    }
    assert len(found) > 15_000
    assert {word for word in found if stem(word) != porter(word)} == set()


def test_turned_once(papers: dict[str, Paper]) -> None:
    """Turning TeX to Unicode again changes nothing in a recorded text."""
    texts = [text for paper in papers.values() for text in (paper.title, paper.abstract)]
    turned = [unicode_text(text) for text in texts]
    assert [unicode_text(text) for text in turned] == turned
