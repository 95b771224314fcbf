"""Judges from all keywords together whether arXiv's index stands still.

Now and then the index is not renewed for days: every answer is whole, and shows nothing new. One
keyword cannot tell this from a quiet week, but all keywords together can. If none of them has a
paper newer than some day, although announcements have passed, then either the index stands still,
or all keywords are quiet at once. The probability of the latter is computed here.

    papers of each keyword ─> its pulse ─┐
                                         ├─> how likely is such a silence? ─> still, or not
    announcements since the newest ──────┘

The probability of a silence comes from the earlier silences of the keyword. So a keyword that
brings its papers in bursts proves as little as one that brings a paper a week.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import prod

from digest.clock import Moment
from digest.model.announcements import Calendar
from digest.model.paper import Paper

_UNLIKELY = 0.005
"""The probability below which a silence proves a standstill. It is also about the share of days
with a false alarm if there is one keyword; with many keywords the true share is far lower."""

_STILL = 2
"""The announcements without a paper before a standstill is suspected; one more in a year whose
holidays are not known."""

_GOES_ON = 0.25
"""The probability that a silence longer than all before lasts for one more usual silence."""

_SHORTEST = 20
"""The fewest announcements from which a keyword's rhythm can be seen."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """The rhythm of one keyword's papers.

    `newest` is the date of the newest paper. `asked` is the moment of the reading that showed it as
    the newest. `gaps` are the numbers of announcements between one that brought papers and the
    next, in any order.
    """

    newest: Moment
    asked: Moment
    gaps: tuple[int, ...]


def pulse(papers: Iterable[Paper], asked: Moment, calendar: Calendar) -> Pulse | None:
    """The pulse of a keyword from its papers; None where all papers are later than `asked`."""
    dates = [paper.updated for paper in papers if paper.updated <= asked]
    if not dates:
        return None
    brought = sorted({calendar.announced(date) for date in dates})
    return Pulse(max(dates), asked, tuple(later - earlier for earlier, later in pairwise(brought)))


def standing_still(pulses: Iterable[Pulse], calendar: Calendar, at: Moment) -> str:
    """Says why arXiv's index seems to stand still; "" where it does not.

    Args:
        pulses: the pulses of all keywords that were read. A keyword that was read before the
            announcement in question proves nothing, and does no harm.
        calendar: the days and hours of arXiv's announcements.
        at: the present.
    """
    seen = list(pulses)
    newest = max((one.newest for one in seen), default=None)
    if newest is None:
        return ""
    silent = [calendar.later(newest, one.asked) for one in seen]
    fewest = _STILL if calendar.knows(at.year) and calendar.knows(newest.year) else _STILL + 1
    if max(silent) < fewest:
        return ""
    likely = prod(map(_chance, (one.gaps for one in seen), silent))
    if likely >= _UNLIKELY:
        return ""
    since = f"though it has announced papers {max(silent)} times since"
    return f"arXiv shows nothing after {newest:%Y-%m-%d}, {since}"


def _chance(gaps: tuple[int, ...], silent: int) -> float:
    """The probability that a keyword with these gaps brings nothing for so many announcements.

    It is the share of the announcements so far that ended such a silence, within the long gaps. One
    more gap, as long as the gap in which an average announcement lies, is added: otherwise a short
    record would give certainty. Beyond the longest gap the probability falls with the length.
    """
    seen = sum(gaps)
    if seen < _SHORTEST or not silent:
        return 1.0
    usual: float = sum(gap * gap for gap in gaps) / seen
    ended = sum(gap - silent for gap in gaps if gap > silent)
    beyond = max(0, silent - max(gaps))
    falling: float = _GOES_ON ** (beyond / usual)
    return (ended + usual) / (seen + usual) * falling
