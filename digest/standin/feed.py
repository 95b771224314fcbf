"""Writes answers in arXiv's wire format of autumn 2026: an Atom feed, and an error as a feed.

    <?xml version='1.0' encoding='UTF-8'?>
    <feed xmlns:opensearch="..." xmlns:arxiv="..." xmlns="http://www.w3.org/2005/Atom">
      <id>https://arxiv.org/api/x191cA4DP50d5BMySOYKYRWV5Es</id>
      <title>arXiv Query: search_query=all:testing&amp;id_list=&amp;start=0...</title>
      ...

The form is that of recorded answers, byte for byte, except for the id of the feed.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from digest.clock import Moment
from digest.model.paper import Paper

_HEAD = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" \
xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">
"""
_SCHEME = "http://arxiv.org/schemas/atom"


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a request that arXiv repeats in its answer."""

    search_query: str
    id_list: str
    start: int
    max_results: int


def feed(asked: Asked, papers: Sequence[Paper], total: int, at: Moment) -> bytes:
    """Returns one page of an answer: `papers` of the `total` results, at the time `at`."""
    query = f"search_query={asked.search_query}"
    page = f"start={asked.start}&max_results={asked.max_results}"
    link = f"https://arxiv.org/api/query?{query}&{page}&id_list={asked.id_list}"
    name = hashlib.sha1(link.encode(), usedforsecurity=False).digest()
    lines = [
        f"<id>https://arxiv.org/api/{base64.b64encode(name).decode().rstrip('=')}</id>",
        f"<title>arXiv Query: {escape(f'{query}&id_list={asked.id_list}&{page}')}</title>",
        f"<updated>{_moment(at)}</updated>",
        f'<link href={quoteattr(link)} type="application/atom+xml"/>',
        *_counts(asked.max_results, total, asked.start),
    ]
    return _document([*lines, *(line for paper in papers for line in _entry(paper))])


def error_feed(words: str, at: Moment) -> bytes:
    """Returns the answer with which arXiv refuses a query, together with status 400."""
    link = f"https://arxiv.org/api/errors#{words.replace(' ', '_')}"
    return _document(
        [
            "<id>https://arxiv.org/</id>",
            "<title>arXiv Search Results</title>",
            f"<updated>{_moment(at)}</updated>",
            *_counts(1, 1, 0),
            "<entry>",
            f"  <id>{escape(link)}</id>",
            "  <title>Error</title>",
            f"  <updated>{_moment(at)}</updated>",
            f'  <link href={quoteattr(link)} rel="alternate" type="text/html"/>',
            f"  <summary>{escape(words)}</summary>",
            *_author("arXiv api core"),
            "</entry>",
        ]
    )


def _entry(paper: Paper) -> list[str]:
    name = paper.versioned_id
    pdf = f"https://arxiv.org/pdf/{name}"
    lines = [
        f"<id>http://arxiv.org/abs/{name}</id>",
        f"<title>{escape(paper.title)}</title>",
        f"<updated>{_moment(paper.updated)}</updated>",
        f'<link href="https://arxiv.org/abs/{name}" rel="alternate" type="text/html"/>',
        f'<link href="{pdf}" rel="related" type="application/pdf" title="pdf"/>',
        f"<summary>{escape(paper.abstract)}</summary>",
        *(f"<category term={quoteattr(c)} scheme={quoteattr(_SCHEME)}/>" for c in paper.categories),
        f"<published>{_moment(paper.published)}</published>",
        *([f"<arxiv:comment>{escape(paper.comment)}</arxiv:comment>"] if paper.comment else []),
        f"<arxiv:primary_category term={quoteattr(paper.primary_category)}/>",
    ]
    authors = [line for author in paper.authors for line in _author(author)]
    return ["<entry>", *(f"  {line}" for line in lines), *authors, "</entry>"]


def _author(name: str) -> list[str]:
    return ["  <author>", f"    <name>{escape(name)}</name>", "  </author>"]


def _counts(page: int, total: int, start: int) -> list[str]:
    return [
        f"<opensearch:itemsPerPage>{page}</opensearch:itemsPerPage>",
        f"<opensearch:totalResults>{total}</opensearch:totalResults>",
        f"<opensearch:startIndex>{start}</opensearch:startIndex>",
    ]


def _document(lines: Sequence[str]) -> bytes:
    body = "".join(f"  {line}\n" for line in lines)
    return f"{_HEAD}{body}</feed>\n".encode()


def _moment(moment: Moment) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
