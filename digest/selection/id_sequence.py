"""Judges the sequence of identifiers in a harvest: the second half of E5.

arXiv numbers the papers of a month as it announces them: 2611.00001, 2611.00002, … So between the
largest number known before and the largest one now, nearly all should be there. A long run that is
absent is a part of the announcement that arXiv left out. How many are absent on usual days is not
known, so this is measured over twenty complete harvests before it makes one incomplete.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from itertools import groupby, pairwise
from statistics import median

from digest.clock import Moment
from digest.model.paper import place_in_order
from digest.selection.doubts import MEASURED, Doubt
from digest.store.readings import HarvestFacts

_RUN = 20
"""The longest run of absent numbers that is no doubt, where the usual ones are not longer."""
_SHARE = 0.1
"""The share of absent numbers that is no doubt, where the usual one is not larger."""
_SOME = 50
"""The fewest numbers of which a share says something."""
_LEAP = 10_000
"""A number so far beyond all others of its month is an error: it is a week of announcements."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of numbers of a month that no paper in the harvest has, from `first` to `last`."""

    month: int
    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __str__(self) -> str:
        return f"{_identifier(self.month, self.first)} to {_identifier(self.month, self.last)}"


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers that were given out after the largest one known before, `after`.

    `largest` is the largest identifier now. `given` counts the numbers from `after` up to it. The
    end of a month that has passed is not known: its numbers count up to the largest one seen.
    """

    after: str
    largest: str
    given: int = 0
    runs: tuple[Run, ...] = ()

    @property
    def absent(self) -> int:
        """The count of numbers that no paper has."""
        return sum(map(len, self.runs))

    @property
    def longest(self) -> int:
        """The length of the longest run of absent numbers."""
        return max(map(len, self.runs), default=0)


def numbers(seen: Iterable[str], after: str, now: Moment) -> Numbers:
    """The numbers in a harvest.

    Args:
        seen: the base identifiers in the harvest.
        after: the largest identifier known before; "" for none, and then gaps are not looked for.
        now: the present. Identifiers of a later month are errors, and are left out.
    """
    tomorrow = (now + timedelta(days=1)).astimezone(UTC)
    month = tomorrow.year % 100 * 100 + tomorrow.month
    known = place_in_order(after)
    above = {place for place in map(place_in_order, seen) if place > known and place[0] <= month}
    runs: list[Run] = []
    given, largest = 0, known
    for of_month, places in groupby(sorted(above), key=lambda place: place[0]):
        start = known[1] if of_month == known[0] else 0
        found = [start]
        for _, number in places:
            if number - found[-1] > _LEAP:
                break
            found.append(number)
        runs.extend(Run(of_month, a + 1, b - 1) for a, b in pairwise(found) if b - a > 1)
        given += found[-1] - start
        largest = max(largest, (of_month, found[-1]))
    if not after:
        given, runs = 0, []
    return Numbers(after, _identifier(*largest) if largest > (0, 0) else "", given, tuple(runs))


def unbroken(found: Numbers, past: Sequence[HarvestFacts]) -> Iterator[Doubt]:
    """Yields the doubts of E5 about numbers: no long run is absent, and no large share.

    Args:
        found: the numbers of this harvest.
        past: the facts of earlier complete harvests.
    """
    measured = [facts for facts in past if facts.numbers]
    blocks = len(measured) >= MEASURED
    usual_run = median(facts.longest for facts in measured) if measured else 0
    usual_share = median(facts.absent / facts.numbers for facts in measured) if measured else 0
    long = [run for run in found.runs if len(run) > max(_RUN, 3 * usual_run)]
    for run in long:
        words = f"arXiv's harvest lacks the {len(run)} numbers from {run}"
        yield Doubt(words, blocks=blocks, name=f"run {run}")
    absent = found.absent - sum(map(len, long))
    if found.given >= _SOME and absent > found.given * max(_SHARE, 3 * usual_share):
        words = f"arXiv's harvest lacks {absent} of {found.given} numbers after {found.after}"
        yield Doubt(words, blocks=blocks, name=f"numbers after {found.after}")


def _identifier(month: int, number: int) -> str:
    return f"{month:04}.{number:05}"
