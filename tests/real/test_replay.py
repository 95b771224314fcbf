"""86 recorded days, one after the other: every paper once, none missing."""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lab import Lab, identifiers

from digest.config import Keyword
from digest.paper import Paper, clean, split_identifier
from digest.query import arxiv_query

pytestmark = pytest.mark.real

_KEYWORDS = {
    "Time Series": Keyword("Time Series"),
    "Trajectory": Keyword("Trajectory", in_both=True),
    "Graph Neural Networks": Keyword("Graph Neural Networks"),
}
_SUBSCRIBERS = """\
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
_READ = {
    "all@example.org": set(_KEYWORDS),
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


def test_each_paper_once(lab: Lab, real_data: Path) -> None:
    """Over all the days each reader is mailed each base identifier that a keyword found, once."""
    lab.subscribe(_SUBSCRIBERS)
    papers = [recorded_paper(line) for line in lines(real_data / "replay" / "papers.jsonl.gz")]
    lab.publish(*papers, visible_from=datetime(2024, 1, 1, tzinfo=UTC))
    found: dict[str, set[str]] = defaultdict(set)
    days = list(lines(real_data / "replay" / "days.jsonl.gz"))
    for day in days:
        lab.clock.moment = datetime.fromisoformat(day["run_at"]).astimezone(UTC)
        for name, keyword in _KEYWORDS.items():
            listed = day["listing"].get(name, [])
            lab.arxiv.corpus.pins[arxiv_query(keyword)] = listed
            found[name].update(map(base, listed))
        assert lab.run("send").status in (0, 75)

    new = _mailed(lab)
    for address, keywords in _READ.items():
        wanted = set().union(*(found[keyword] for keyword in keywords))
        counts = Counter(new[address])
        assert set(counts) == wanted, address
        assert max(counts.values()) == 1, address
    assert len(days) == 86
    assert 2000 < len(set().union(*found.values())) < 2300


def _mailed(lab: Lab) -> dict[str, list[str]]:
    """For each address the base identifiers mailed as new, once for each mail that had them."""
    mailed: dict[str, list[str]] = defaultdict(list)
    for address, messages in lab.mails().items():
        for message in messages:
            text = message.get_body(("plain",))
            assert text is not None
            content = str(text.get_content())
            new, _, updates = content.partition("New versions of papers you have had")
            updated = {line.strip() for line in updates.splitlines()}
            once = dict.fromkeys(
                base(versioned_id)
                for versioned_id in identifiers(message)
                if f"https://arxiv.org/abs/{versioned_id}" not in updated
            )
            mailed[address].extend(once)
            assert new
    return mailed
