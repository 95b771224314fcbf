"""The recorded papers as arXiv's harvest would have announced them, evening after evening."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import count, groupby, islice
from pathlib import Path

from builders import DAY, HOUR
from harvest_lab import by_harvest
from installation import Lab, laboratory
from recorded_days import lines, mailed, recorded_paper

from digest.model.announcements import Calendar
from digest.model.keyword import Keyword
from digest.model.paper import Paper

_WEEKEND = (5, 6)


@cache
def recorded(data: Path) -> tuple[Paper, ...]:
    """All recorded versions of papers, oldest first."""
    found = map(recorded_paper, lines(data / "replay" / "papers.jsonl.gz"))
    return tuple(sorted(found, key=lambda paper: (paper.updated, paper.versioned_id)))


@cache
def first_morning(data: Path) -> datetime:
    """The first morning of the record, at seven in UTC."""
    day = next(lines(data / "replay" / "days.jsonl.gz"))
    at = datetime.fromisoformat(day["run_at"]).astimezone(UTC)
    return at.replace(hour=7, minute=0, second=0, microsecond=0)


def announced(paper: Paper) -> datetime:
    """The evening on which arXiv announces a version: that after its day, at 14:00 US Eastern."""
    return Calendar().next(paper.updated + 18 * HOUR)


def publish(lab: Lab, data: Path) -> None:
    """Has all of arXiv's services list each version from its announcement on."""
    papers = sorted(recorded(data), key=announced)
    for evening, some in groupby(papers, key=announced):
        lab.publish(*some, visible_from=evening)


def mornings(data: Path, most: int) -> list[datetime]:
    """The first mornings of the record that follow an announcement."""
    days = (first_morning(data) + n * DAY for n in count())
    return list(islice((day for day in days if day.weekday() not in _WEEKEND), most))


def lived(home: Path, data: Path, text: str, sources: Sequence[str]) -> dict[str, Counter[str]]:
    """The papers mailed to each address, with their counts; each morning has its DIGEST_SOURCE.

    The record is a small part of arXiv. On an evening of which it has no new paper the harvest is
    not complete, and says so: the exit status is then 75.
    """
    home.mkdir()
    with laboratory(home) as lab:
        by_harvest(lab)
        lab.subscribe(text)
        publish(lab, data)
        for lab.clock.moment, source in zip(mornings(data, len(sources)), sources, strict=True):
            sent = lab.run("send", DIGEST_SOURCE=source)
            assert sent.status in (0, 75), (lab.clock.moment, source, sent)
        return {address: Counter(papers) for address, papers in mailed(lab).items()}


def own_words(papers: Sequence[Paper], number_of: int) -> list[Keyword]:
    """Keywords whose names are pieces of titles and abstracts, one to five words long."""
    lots = random.Random(20261126)
    found = []
    for number in range(number_of):
        paper = lots.choice(papers)
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


def visible(data: Path, morning: datetime) -> list[Paper]:
    """The versions that arXiv had announced by a morning."""
    return [paper for paper in recorded(data) if announced(paper) <= morning]
