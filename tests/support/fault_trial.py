"""A fortnight of an installation in which something goes wrong, and what its readers got of it.

A trial has a quiet first morning, or none; some mornings on which a fault strikes; and quiet ones
after it. Every morning brings new papers and a `digest send`. In the end each reader is to have had
each paper that one of their keywords found, once.
"""

import random
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import installation
from builders import DAY, START, paper
from harvest_lab import by_harvest as harvested
from installation import Lab, Result, new_identifiers, parsed

from digest.model.paper import Paper
from digest.standin.mailserver import MailStandIn, Received
from digest.store.json_file.store import JsonFile

SUBSCRIBERS = f"""\
{installation.SUBSCRIBERS}\
    updates: section
  - email: cyd@example.org
    keywords: [Trajectory]
"""
KEYWORDS = ("Time Series", "Trajectory")
READS = {
    "ada@example.org": {"Time Series", "Trajectory"},
    "bob@example.net": {"Time Series"},
    "cyd@example.org": {"Trajectory"},
}
WEEKEND = (5, 6)
QUIET_AFTER = 2
STRUCK = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong: a name, how it strikes, and what is said of it.

    `told` is what a run says while it is at work, as a pattern; "" where it is healed before
    anybody need know, with a `|` at its end where it may be. `background` is the number of papers a
    day in the weeks before: with many there are more pages. A `fresh` fault strikes the first
    reading of all. `settings` hold while it strikes. `before` is done before anything else;
    `fold_at` is the size in bytes at which the journal is folded, None for the usual one. One
    `by_harvest` strikes an installation that reads arXiv by its harvest.
    """

    name: str
    strike: Callable[["Trial"], None]
    told: str
    background: int = 1
    fresh: bool = False
    settings: dict[str, str] = field(default_factory=dict)
    before: Callable[["Trial"], None] | None = None
    fold_at: int | None = None
    by_harvest: bool = False


@dataclass(slots=True)
class Trial:
    """One installation, its papers, and what it was told.

    `told` collects what the runs said in which the fault was at work, `hits` counts how often it
    was, `last` is the last run. `share` is how often a fault strikes that stands in the place of
    answers or replies: 1 for each time. With `by_harvest` arXiv is read by its harvest. `guards`
    are servers that nothing may reach. `shift` is by how much this machine's clock is wrong.
    `cleanup` takes the fault away, `at_the_end` the rest.
    """

    lab: Lab
    chance: random.Random
    cleanup: ExitStack = field(default_factory=ExitStack)
    at_the_end: ExitStack = field(default_factory=ExitStack)
    shift: timedelta = timedelta()
    settings: dict[str, str] = field(default_factory=dict)
    wanted: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in READS})
    last: Result = field(default_factory=lambda: Result(0, "", ""))
    told: list[Result] = field(default_factory=list)
    hits: int = 0
    share: float = 1.0
    number: int = 0
    frozen: datetime = START
    certificate: Path = Path()
    guards: list[MailStandIn] = field(default_factory=list)
    by_harvest: bool = False

    def prepare(self, papers: int) -> None:
        """Sets the readers up, and has arXiv list so many papers a day of the weeks before."""
        if self.by_harvest:
            harvested(self.lab)
        self.lab.subscribe(SUBSCRIBERS)
        for day in range(1, 53):
            for _ in range(papers):  # what is less than a week old is to be mailed
                self.publish(wanted=day < 7, dated=START - day * DAY, seen=START - 80 * DAY)

    def publish(
        self,
        title: str = "Time series at noon",
        *,
        wanted: bool = True,
        dated: datetime | None = None,
        seen: datetime | None = None,
        **changes: Any,
    ) -> Paper:
        """Has arXiv list one more paper, dated last evening, from now on or from a moment."""
        self.number += 1
        dated = dated or self.lab.clock.moment - timedelta(hours=16)
        about = "Its trajectory." if "rajector" in title else "A time series."
        values = {
            "abstract": f"{about} Sample {self.number}.",
            "published": dated,
            "updated": dated,
        }
        fresh = paper(self.number, title, **(values | changes))
        self.lab.publish(fresh, visible_from=seen or self.lab.clock.moment)
        found = {keyword for keyword in KEYWORDS if keyword.lower() in title.lower()}
        for address, keywords in READS.items():
            if wanted and keywords & found:
                self.wanted[address].add(fresh.id)
        return fresh

    def morning(self) -> None:
        """A new day, with its papers: some for each keyword, one for both, a new version.

        A harvest is read when arXiv announces, so then the days are those after an announcement.
        """
        self.lab.clock.moment = max(self.lab.clock.moment, START) + DAY
        while self.by_harvest and self.lab.clock.moment.weekday() in WEEKEND:
            self.lab.clock.moment += DAY
        self.lab.clock.moment = self.lab.clock.moment.replace(hour=7, minute=0, second=0)
        self.publish("Time series at dawn")
        self.publish("Time series at dusk")
        self.publish("A trajectory")
        self.publish("The trajectory of a time series", abstract="A trajectory, a time series.")
        if self.number > 4 and not self.shift:
            later = {"version": 2, "updated": self.lab.clock.moment - timedelta(hours=15)}
            old = paper(self.number - 3, "Time series at dawn, revised", **later)
            self.lab.publish(old, visible_from=self.lab.clock.moment + DAY)

    def send(self, **changes: str) -> Result:
        """`digest send`, with the trial's settings, and with this machine's clock."""
        return self._run("send", **(self.settings | changes))

    def _run(self, *command: str, **changes: str) -> Result:
        clock, right = self.lab.clock, self.lab.clock.moment
        self.lab.arxiv.clock = lambda: clock.moment - self.shift
        clock.moment += self.shift
        try:
            return self.lab.run(*command, **changes)
        finally:
            clock.moment = right

    def live(self, fault: Fault) -> None:
        """The whole of it."""
        self.by_harvest = fault.by_harvest
        if fault.before:
            fault.before(self)
        if fault.fold_at:
            self.lab.kept = partial(JsonFile, fold_at=fault.fold_at)
        self.prepare(fault.background)
        if not fault.fresh:
            self.morning()
            self.send()
        for _ in range(STRUCK):
            self.morning()
            self.settings.update(fault.settings)
            fault.strike(self)
            self.told.append(self.send())
            self.told.append(self._run("status"))
        self.relent()
        for _ in range(QUIET_AFTER):
            self.morning()
            self.last = self.send()
            self._end_pauses()

    def _end_pauses(self) -> None:
        """Does what whoever runs it does: names those who are paused, since they are mended."""
        readers = self._run("status", "--json").data["subscribers"]
        named = [part for one in readers if one["paused"] for part in ("--to", one["address"])]
        if named:
            self.last = self._run("send", *named)

    def relent(self) -> None:
        """Takes the fault away."""
        self.cleanup.close()
        self.shift = timedelta()
        self.settings.clear()
        self.lab.arxiv.intercept = None
        self.lab.mail.recipient_reply = lambda _: None
        self.lab.mail.command_reply = lambda _: None
        self.lab.mail.one_each = False

    def accepted(self) -> list[Received]:
        """The messages that arrived, each once, however often its very bytes came."""
        once = {(one.recipients, one.data): one for one in self.lab.mail.received}
        return list(once.values())

    def again(self) -> int:
        """How many messages came a second time, byte for byte."""
        return len(self.lab.mail.received) - len(self.accepted())

    def had(self) -> dict[str, Counter[str]]:
        """For each reader how many messages brought each paper as new."""
        had: dict[str, Counter[str]] = {name: Counter() for name in READS}
        for received in self.accepted():
            had[received.recipients[0]].update(new_identifiers(parsed(received.data)))
        return had

    def lost(self) -> list[tuple[str, str]]:
        """Reader and paper, where it never came."""
        had = self.had()
        return [(to, i) for to, wanted in self.wanted.items() for i in wanted if not had[to][i]]

    def repeated(self) -> list[tuple[str, str]]:
        """Reader and paper, where it came in more than one message."""
        return [(to, i) for to, counts in self.had().items() for i, n in counts.items() if n > 1]

    def expected(self) -> int:
        """How many papers there are to mail, counted for each reader."""
        return sum(map(len, self.wanted.values()))
