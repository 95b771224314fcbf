"""86 recorded days as an installation lives through them."""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab import Lab, new_identifiers

from digest.config import Keyword
from digest.paper import Paper, clean, split_identifier
from digest.query import arxiv_query

KEYWORDS = {
    "Time Series": Keyword("Time Series"),
    "Trajectory": Keyword("Trajectory", in_both=True),
    "Graph Neural Networks": Keyword("Graph Neural Networks"),
}
SUBSCRIBERS = """\
keywords:
  Time Series:
  Trajectory: {in: [title, abstract]}
  Graph Neural Networks:
defaults: {first_days: 36500}
subscribers:
  - {email: all@example.org}
  - {email: two@example.org, keywords: [Trajectory, Graph Neural Networks]}
  - {email: one@example.org, keywords: [Time Series], updates: section}
"""
READ = {
    "all@example.org": set(KEYWORDS),
    "two@example.org": {"Trajectory", "Graph Neural Networks"},
    "one@example.org": {"Time Series"},
}


def lines(file: Path) -> Iterator[dict[str, Any]]:
    """Yields what a file of JSON lines holds."""
    with gzip.open(file, "rt", encoding="utf-8") as text:
        yield from map(json.loads, text)


def recorded_paper(line: dict[str, Any]) -> Paper:
    """A paper of the record, which has the day of its version and no authors."""
    moment = datetime.fromisoformat(line["updated"]).replace(tzinfo=UTC)
    return Paper(
        id=line["id"],
        version=line["version"],
        title=clean(line["title"]),
        authors=("A. Author",),
        abstract=clean(line["abstract"]),
        comment=clean(line["comment"]),
        primary_category="cs.LG",
        categories=("cs.LG",),
        published=moment,
        updated=moment,
    )


def base(versioned_id: str) -> str:
    """The base identifier."""
    found = split_identifier(versioned_id)
    assert found
    return found[0]


def begin(lab: Lab, data: Path) -> None:
    """Sets the readers up, and has arXiv hold all recorded papers."""
    lab.subscribe(SUBSCRIBERS)
    papers = [recorded_paper(line) for line in lines(data / "replay" / "papers.jsonl.gz")]
    lab.publish(*papers, visible_from=datetime(2024, 1, 1, tzinfo=UTC))


def days(lab: Lab, data: Path) -> Iterator[dict[str, list[str]]]:
    """Yields what arXiv listed for each keyword, day after day, and has it list that."""
    for day in lines(data / "replay" / "days.jsonl.gz"):
        lab.clock.moment = datetime.fromisoformat(day["run_at"]).astimezone(UTC)
        listing = {name: day["listing"].get(name, []) for name in KEYWORDS}
        for name, keyword in KEYWORDS.items():
            lab.arxiv.corpus.pins[arxiv_query(keyword)] = listing[name]
        yield listing


def check(lab: Lab, found: dict[str, set[str]]) -> None:
    """Each reader was mailed each base identifier that one of their keywords found, once."""
    new = mailed(lab)
    for address, keywords in READ.items():
        wanted = set().union(*(found[keyword] for keyword in keywords))
        counts = Counter(new[address])
        assert wanted - set(counts) == set(), f"{address}: lost"
        assert {one for one, count in counts.items() if count > 1} == set(), f"{address}: repeated"


def mailed(lab: Lab) -> dict[str, list[str]]:
    """For each address the base identifiers mailed as new, once for each mail that had them."""
    found: dict[str, list[str]] = defaultdict(list)
    for address, messages in lab.mails().items():
        for message in messages:
            found[address].extend(new_identifiers(message))
    return found
