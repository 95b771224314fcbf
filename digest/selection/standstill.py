"""Judges whether arXiv's index stands still, by all keywords together.

Now and then the index is not renewed for days: every answer is whole, and shows nothing new. One
keyword cannot tell this from a quiet week. All of them can: that none has a paper newer than some
day, though announcements have passed, is as likely as all of them being quiet at once.

    papers of each keyword ─> its pulse ─┐
                                         ├─> how likely is such a silence? ─> still, or not
    announcements since the newest ──────┘

How likely a silence of a keyword is comes from the silences it had before, so that one that brings
its papers in bursts proves as little as one that brings a paper a week.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import prod

from digest.clock import Moment
from digest.model.announcements import Calendar
from digest.model.paper import Paper

_UNLIKELY = 0.005
"""A silence less likely than this is none. It is also about the share of days with a false alarm,
where there is one keyword; where there are many it is far above it."""

_STILL = 2
"""Announcements without a paper before an index is suspected; one more in a year whose holidays are
not known."""

_GOES_ON = 0.25
"""That a silence longer than any before goes on for as long again as a usual one."""

_SHORTEST = 20
"""Announcements from which a keyword's rhythm can be seen."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """How one keyword's papers come.

    `newest` is the date of the newest; `asked` is the moment of the reading that showed it as the
    newest; `gaps` are the numbers of announcements from one that brought papers to the next, in
    any order.
    """

    newest: Moment
    asked: Moment
    gaps: tuple[int, ...]


def pulse(papers: Iterable[Paper], asked: Moment, calendar: Calendar) -> Pulse | None:
    """The pulse of a keyword from its papers; None where there are none from before `asked`."""
    dates = [paper.updated for paper in papers if paper.updated <= asked]
    if not dates:
        return None
    brought = sorted({calendar.announced(date) for date in dates})
    return Pulse(max(dates), asked, tuple(later - earlier for earlier, later in pairwise(brought)))


def standing_still(pulses: Iterable[Pulse], calendar: Calendar, at: Moment) -> str:
    """Why arXiv's index seems to stand still, "" where it does not.

    Args:
        pulses: of all keywords that were read; what a keyword shows that was asked before the
            announcement in question says nothing of it, and does no harm.
        calendar: when arXiv announces.
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
    """How likely it is that a keyword with these gaps brings nothing for so many announcements.

    It is the share of the announcements so far that ended such a silence, which lay in the long
    gaps. One more gap, as long as that in which an announcement lies on the average, keeps a short
    record from being sure of anything; beyond the longest gap the chance falls by its length.
    """
    seen = sum(gaps)
    if seen < _SHORTEST or not silent:
        return 1.0
    usual: float = sum(gap * gap for gap in gaps) / seen
    ended = sum(gap - silent for gap in gaps if gap > silent)
    beyond = max(0, silent - max(gaps))
    falling: float = _GOES_ON ** (beyond / usual)
    return (ended + usual) / (seen + usual) * falling
