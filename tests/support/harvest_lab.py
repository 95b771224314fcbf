"""An installation that reads arXiv by one harvest, and announcements that fill it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from builders import ADA, DAY, paper, subscribers
from installation import HandClock, Lab, laboratory

from digest.model.announcements import Calendar
from digest.model.paper import Paper

STONES = "agate beryl coral diamond emerald flint garnet hematite iolite jade kyanite lapis mica"
TOPICS = tuple(f"topic {stone}" for stone in STONES.split())
FIRST = datetime(2026, 11, 10, 1, tzinfo=UTC)
"""An announcement: that of Monday evening in the east of the United States."""


class Announcements:
    """The announcements of an invented arXiv: some new papers each evening, numbered in order."""

    def __init__(self, lab: Lab, per_day: int = 26) -> None:
        self.lab = lab
        self.per_day = per_day
        self.at = FIRST - DAY
        self.number = 0
        self.papers: list[Paper] = []

    def until(self, moment: datetime) -> None:
        """Makes all announcements up to a moment."""
        calendar = Calendar()
        while (coming := calendar.next(self.at)) <= moment:
            self.at = coming
            self.announce(coming)

    def announce(self, at: datetime) -> list[Paper]:
        """Announces the papers of one evening: each has the phrase of one topic in its title."""
        made = []
        for _ in range(self.per_day):
            self.number += 1
            topic = TOPICS[self.number % len(TOPICS)]
            made.append(self.paper(f"On {topic} and its {self.number}th sample", at))
        self.publish(made, at)
        return made

    def paper(self, title: str, at: datetime, **changes: object) -> Paper:
        """A paper that was submitted 30 hours before its announcement."""
        submitted = at - timedelta(hours=30)
        values = {"published": submitted, "updated": submitted, "abstract": "An abstract."}
        return paper(self.number, title, **(values | changes))

    def publish(self, papers: list[Paper], at: datetime) -> None:
        """Has all of arXiv's services list papers from a moment on."""
        self.papers += papers
        self.lab.publish(*papers, visible_from=at)


def by_harvest(lab: Lab, **changes: str) -> None:
    """Lets an installation know the harvest and the feeds of its stand-in for arXiv."""
    lab.environment |= {
        "DIGEST_SOURCE": "harvest",
        "DIGEST_OAI_URL": lab.arxiv.oai_url,
        "DIGEST_FEED_URL": lab.arxiv.feed_url,
        **changes,
    }


def topics(
    *others: str | Mapping[str, object], number: int = len(TOPICS), **keywords: object
) -> str:
    """The text of a subscribers.yaml whose first reader reads a keyword for each topic."""
    asked = dict.fromkeys(TOPICS[:number]) | keywords
    return subscribers(ADA, *others, keywords=asked)


@contextmanager
def harvest_lab(home: Path, clock: HandClock | None = None) -> Iterator[tuple[Lab, Announcements]]:
    """A lab that harvests, and its announcements."""
    with laboratory(home, clock) as lab:
        by_harvest(lab)
        lab.subscribe(topics())
        yield lab, Announcements(lab)


def asked(lab: Lab, since: int = 0) -> list[str]:
    """The services that were asked: `api`, `rss`, or the verb of OAI-PMH."""
    names = {"/api/query": "api", "/oai": ""}
    return [
        names.get(one.path, "rss") or one.params.get("verb", "")
        for one in lab.arxiv.requests[since:]
    ]
