"""Keeps the facts of the last harvests, and the agreement of each keyword with arXiv's search."""

from dataclasses import dataclass

from digest.clock import Moment
from digest.store.readings import Audited, Harvested, HarvestFacts

_KEPT = 60
"""The number of complete harvests that are kept: those of some twelve weeks."""
STRIKES = 2
"""The days with an unexplained difference after which a keyword goes back to arXiv's API."""


@dataclass(frozen=True, slots=True)
class LastHarvest:
    """The last try of a harvest: its time and outcome.

    `keywords` counts those that were evaluated. `reason` says why it was not complete, "" where it
    was. `facts` are None where no harvest came. `left_alone` ends arXiv's Retry-After.
    """

    at: Moment
    keywords: int
    reason: str = ""
    facts: HarvestFacts | None = None
    left_alone: Moment | None = None


@dataclass(slots=True)
class Harvests:
    """The record of all harvests: facts of the complete ones, oldest first, and the last try.

    `complete_at` is the moment of the last complete one. `failures` counts tries in a row that were
    not complete. `newest` is the largest identifier that was announced so far. `before` are the
    facts of the last harvest that came, whole or not.
    """

    complete: tuple[HarvestFacts, ...] = ()
    complete_at: Moment | None = None
    last: LastHarvest | None = None
    failures: int = 0
    newest: str = ""
    before: HarvestFacts | None = None

    def note(self, event: Harvested) -> None:
        """Notes a try. An evaluation of feeds, or of the papers that are kept here, is none."""
        self.newest = event.newest or self.newest
        if event.source != "harvest":
            return
        reason = "" if event.complete else event.reason
        count = len(event.keywords)
        until = event.left_alone
        self.before = event.facts or self.before
        self.last = LastHarvest(event.at, count, reason, event.facts, until)
        if event.complete:
            self.failures, self.complete_at = 0, event.at
            if event.facts:
                self.complete = (*self.complete, event.facts)[-_KEPT:]
        else:
            self.failures += 1


@dataclass(slots=True)
class Agreement:
    """The comparisons of one keyword with arXiv's search: the last one, and the sums of all.

    `strikes` are the moments of comparisons with an unexplained difference, one for a day, since a
    person last looked. `missed` and `extra` are the latest papers that only arXiv, or only the
    evaluation here, has found.
    """

    at: Moment
    agreed: int = 0
    disagreed: int = 0
    strikes: tuple[Moment, ...] = ()
    missed: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    def note(self, event: Audited) -> None:
        """Notes a comparison."""
        self.at = event.at
        self.agreed += event.agreed
        different = (*event.there, *event.here)
        if not different:
            return
        self.disagreed += len(different)
        self.missed, self.extra = event.there, event.here
        if not any(strike.date() == event.at.date() for strike in self.strikes):
            self.strikes = (*self.strikes, event.at)

    @property
    def lost(self) -> bool:
        """Returns whether the keyword disagreed so often that arXiv is asked for it again."""
        return len(self.strikes) >= STRIKES
