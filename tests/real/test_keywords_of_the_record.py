"""Keywords made from the recorded papers' own words find what each query by itself finds."""

import random
from pathlib import Path

import pytest
from recorded_days import lines, recorded_paper

from digest.model.keyword import Keyword
from digest.search.conditions import condition
from digest.search.documents import Document, document_of
from digest.search.grammar import parse
from digest.search.matching import Matcher
from digest.search.words import phrase
from digest.source.arxiv_api.query import arxiv_query

pytestmark = pytest.mark.real


def _keywords(documents: list[Document], count: int) -> list[Keyword]:
    """Returns keywords whose names are pieces of titles and abstracts, one to five words long."""
    lots = random.Random(20261126)
    found = []
    for number in range(count):
        paper = lots.choice(documents).paper
        text = lots.choice((paper.title, paper.abstract)).split()
        length = lots.randint(1, 5)
        at = lots.randrange(max(1, len(text) - length + 1))
        found.append(
            Keyword(
                " ".join(text[at : at + length]).replace('"', " ").strip() or "graph",
                fields=lots.choice((("title",), ("abstract",), ("title", "abstract"))),
                match="all" if number % 7 == 0 else "phrase",
                exclude=(lots.choice(text),) if number % 5 == 0 else (),
                categories=lots.choice(((), ("cs",), ("math",))) if number % 3 == 0 else (),
            )
        )
    return found


def test_as_each_by_itself(real_data: Path) -> None:
    """Five hundred phrases, drawn from the papers, find the same as each of their queries."""
    recorded = map(recorded_paper, lines(real_data / "replay" / "papers.jsonl.gz"))
    documents = [document_of(one) for one in recorded][::5]
    queries = {
        str(number): arxiv_query(keyword)
        for number, keyword in enumerate(_keywords(documents, 500))
    }
    found = Matcher(queries).matches(documents)
    for name, query in queries.items():
        holds = condition(parse(query)).holds
        assert found.get(name, ()) == tuple(one.id for one in documents if holds(one)), query
    assert len(found) > 200


def test_each_title_finds_its_paper(real_data: Path) -> None:
    """A paper is found by its whole title, as a phrase."""
    recorded = map(recorded_paper, lines(real_data / "replay" / "papers.jsonl.gz"))
    papers = [one for one in recorded if phrase(one.title)]
    queries = {
        one.versioned_id: arxiv_query(Keyword(one.title, fields=("title",))) for one in papers
    }
    found = Matcher(queries).matches(map(document_of, papers))
    assert all(one.id in found[one.versioned_id] for one in papers)
    assert len(papers) > 2000
