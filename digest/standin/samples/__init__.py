"""Invented papers and readers, for the demonstration and the tests.

The papers have what real ones have: LaTeX, long and empty comments, signs of HTML and Markdown,
names in many scripts, new versions, a paper under several keywords, one that moderation held back.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files

from digest.clock import Moment
from digest.model.paper import Paper

DAY_ONE: Moment = datetime(2026, 11, 16, 7, tzinfo=UTC)
DAY_TWO: Moment = datetime(2026, 11, 17, 7, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sample:
    """One version of a paper, and the moment from which arXiv's listing is to show it."""

    paper: Paper
    visible_from: Moment


def sample_papers() -> list[Sample]:
    """The papers of papers.json, in the file's order."""
    return [_sample(record) for record in json.loads(_read("papers.json"))]


def sample_subscribers() -> bytes:
    """The content of a subscribers.yaml: three keywords and four readers."""
    return _read("subscribers.yaml")


def _read(name: str) -> bytes:
    return files(__name__).joinpath(name).read_bytes()


def _sample(record: dict[str, object]) -> Sample:
    values = {
        name: tuple(value) if isinstance(value, list) else value for name, value in record.items()
    }
    moments = {
        name: datetime.fromisoformat(str(values.pop(name)))
        for name in ("published", "updated", "visible_from")
    }
    visible_from = moments.pop("visible_from")
    return Sample(Paper(**values, **moments), visible_from)  # type: ignore[arg-type]
