"""An invented installation of any size: a configuration, papers, and what is known of both.

Everything follows from the sizes alone, so that two runs measure the same.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from digest.config.subscribers import parse
from digest.model.paper import Paper
from digest.model.subscriber import Subscriptions
from digest.source.arxiv_api.query import arxiv_query
from digest.store.events import Event, KeywordOpened, Served, Subscribed
from digest.store.json_file.store import JsonFile
from digest.store.ledger import Ledger
from digest.store.readings import Fetched

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
DAY = timedelta(days=1)
_WORDS = """
attention graph neural network transformer diffusion model learning representation data training
benchmark method framework sequence time series forecast molecule protein agent reinforcement
policy gradient sampling score latent embedding contrastive objective loss generalisation robust
sparse kernel spectral convolution temporal spatial evaluation
""".split()  # noqa: SIM905 (easier to read)
_FIRST = ("Ada", "Bo", "Cyd", "Dora", "Emil", "Fay", "Gus", "Zoë")
_LAST = ("Lovelace", "Example", "Novak", "Meyer", "Okafor", "Garcia", "Tanaka", "Müller")
_ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Europe/London")
_TIMES = ("07:00", "07:30", "08:00", "08:30")


@dataclass(frozen=True)
class World:
    """The sizes: `sets` different lists of keywords, `fresh` new papers a keyword, `seen` old.

    It is `now` in it.
    """

    subscribers: int
    keywords: int = 100
    sets: int = 300
    fresh: int = 20
    seen: int = 0
    now: datetime = NOW

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The keywords."""
        return tuple(f"Subject {number:04} learning" for number in range(self.keywords))

    @cached_property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        """The different lists of one to five keywords."""
        lots = random.Random(1)
        chosen: dict[tuple[str, ...], None] = {}
        for _ in range(100 * self.sets):
            most = min(5, self.keywords)
            chosen[tuple(sorted(lots.sample(self.names, lots.randint(1, most))))] = None
            if len(chosen) == self.sets:
                break
        return tuple(chosen)

    @cached_property
    def yaml(self) -> bytes:
        """The file subscribers.yaml; one in eight readers has a schedule of their own."""
        lines = ["keywords:", *(f"  {name}:" for name in self.names)]
        lines += ['defaults: {at: "08:00", timezone: UTC}', "subscribers:"]
        for number in range(self.subscribers):
            lines.append(f"  - email: reader{number:06}@lab{number % 977}.example.org")
            lines.append(f"    name: {_FIRST[number % 8]} {_LAST[number // 8 % 8]}")
            lines.append(f"    keywords: [{', '.join(self.choices[number % len(self.choices)])}]")
            if number % 8 == 3:
                lines.append(f'    at: "{_TIMES[number // 8 % 4]}"')
                lines.append(f"    timezone: {_ZONES[number // 32 % 4]}")
        return "".join(f"{line}\n" for line in lines).encode()

    @cached_property
    def subscriptions(self) -> Subscriptions:
        """The file, read."""
        return parse(self.yaml, "subscribers.yaml")

    def known(self, *, fresh: bool = True) -> Iterator[Event]:
        """Yields all that has happened: `seen` papers, readers, and what is `fresh` for them."""
        share = self.seen // self.keywords
        for at, keyword in enumerate(self.subscriptions.keywords):
            yield KeywordOpened(keyword.name, query=arxiv_query(keyword), since=self.now - 90 * DAY)
            for begin in range(0, share, 2000):
                numbers = range(at * share + begin, at * share + min(begin + 2000, share))
                old = tuple(paper(n, keyword.name, self.now, brief=True) for n in numbers)
                yield Fetched(keyword.name, at=self.now - 2 * DAY, complete=True, new=old)
        for subscriber in self.subscriptions.subscribers:
            yield Subscribed(subscriber.address_key, keywords=subscriber.keywords)
            yield Served(subscriber.address_key, slot=self.now - DAY)
        if fresh:
            for name, papers in self.fresh_papers():
                moment = self.now - timedelta(hours=2)
                yield Fetched(name, at=moment, complete=True, new=tuple(papers))

    def fresh_papers(self) -> Iterator[tuple[str, list[Paper]]]:
        """Yields each keyword with what is new for it; a fifth is new for its neighbour as well."""
        for at, name in enumerate(self.names):
            numbers = [10_000_000 + at * self.fresh + n for n in range(self.fresh)]
            numbers[::5] = [n + self.fresh for n in numbers[::5]]
            yield name, [paper(number, name, self.now) for number in numbers]

    def ledger(self) -> Ledger:
        """Returns the records."""
        ledger = Ledger()
        for event in self.known():
            ledger.apply(event)
        return ledger

    def write(self, home: Path, *, fresh: bool = False) -> None:
        """Writes subscribers.yaml and a store that knows all of it, folded."""
        (home / "subscribers.yaml").write_bytes(self.yaml)
        with JsonFile(home / "state.json").writing() as store:
            events: list[Event] = []
            for event in self.known(fresh=fresh):
                events.append(event)
                if len(events) == 1000:
                    store.append(*events)
                    events = []
            store.append(*events)


def paper(number: int, title: str, now: datetime, *, brief: bool = False) -> Paper:
    """An invented paper with an abstract of arXiv's usual length, or a `brief` one."""
    lots = random.Random(number)
    words = lots.choices(_WORDS, k=4 if brief else 150)
    moment = now - DAY - timedelta(seconds=number % 50_000)
    return Paper(
        id=f"{1001 + number // 99_999 % 1600:04}.{number % 99_999:05}",
        version=1,
        title=f"{title}: {' '.join(words[:8])}",
        authors=("Ada Example", "Bo Example", "Cyd Example"),
        abstract=f"{' '.join(words).capitalize()}.",
        comment="" if brief else "12 pages, 3 figures",
        primary_category="cs.LG",
        categories=("cs.LG", "stat.ML"),
        published=moment,
        updated=moment,
    )
