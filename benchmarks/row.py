"""The result of one benchmark: ours beside something else, measured in the same run."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Series:
    """Several measurements of one thing, in one unit."""

    values: tuple[float, ...]
    unit: str

    @property
    def median(self) -> float:
        """The middle one: a machine that others use too has outliers on both sides."""
        return median(self.values)

    def __str__(self) -> str:
        low, high = min(self.values), max(self.values)
        return f"{number(self.median)} {self.unit} ({number(low)} to {number(high)})"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of docs/performance.md.

    `ratio` compares the two as the goal does, and `met` says whether the goal is reached.
    """

    work: str
    ours: Series
    other: str
    theirs: Series
    ratio: float
    goal: str
    met: bool


def series(values: Sequence[float], unit: str) -> Series:
    """The measurements as a series."""
    return Series(tuple(values), unit)


def number(value: float) -> str:
    """Three significant digits, with commas between thousands."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
