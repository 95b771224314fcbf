"""Judges whether a reading of arXiv's listing can have left out a paper.

arXiv answers with status 200 and too little now and then: an empty page, one row, a page short of
its end, rows in another order. So an answer counts as complete only by evidence, and never because
nothing speaks against it. Dates are a poor watermark (moderation holds papers for days), so every
reading goes back a month further than the last complete one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from digest.announcements import Calendar
from digest.paper import Paper
from digest.times import Moment

REACH_BACK = timedelta(days=30)
"""How far before the last complete fetch a reading goes; the latest seen came after 26 days."""

_TAIL = 10
"""So many papers in a row must be older than the horizon: the order is not strictly by date."""

_GONE = 3
_GONE_SHARE = 20
"""A paper whose new title no longer matches leaves the listing for good: at most three, or one in
twenty; an answer that was cut loses more."""

_RHYTHM = (10, 30)
"""How often a paper comes is seen from the newest thirty, and not from fewer than ten."""

_STILL = 2
"""Announcements without a paper before a listing is suspected to stand still."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What came back for one keyword: papers in arXiv's order, each versioned identifier once.

    `total` is the number of papers that arXiv announced; `ended` says that its end was reached;
    `fault` is empty, or why the reading stopped early, in a few words.
    """

    papers: tuple[Paper, ...]
    total: int
    ended: bool
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`complete`, or the `reason` why not; `missing` base identifiers that should be there."""

    complete: bool
    reason: str = ""
    missing: tuple[str, ...] = ()
    depth: int = 0


def horizon(since: Moment, complete_through: Moment | None, known: Sequence[Paper]) -> Moment:
    """How far back a reading has to go: a month before the last complete fetch.

    Before the first complete one it is a month before `since`, from where on papers are mailed: the
    older ones are read so as to be known when they come again. This machine's clock may have been
    wrong at that fetch, so it is never less than a month before the newest paper known.
    """
    newest = max((paper.updated for paper in known), default=None)
    start = complete_through or since
    return (min(start, newest) if newest else start) - REACH_BACK


def passes(papers: Sequence[Paper], moment: Moment) -> bool:
    """Whether `papers`, in arXiv's order, end in ones all older than `moment`."""
    tail = papers[-_TAIL:]
    return bool(tail) and all(paper.updated < moment for paper in tail)


def page_size(depth: int) -> int:
    """Papers to ask for at once, so that one request does where `depth` were needed last time.

    At least 100; at most 1000, above which arXiv's manual asks for refined queries.
    """
    return min(1000, max(100, depth * 5 // 4 + 2 * _TAIL))


def judge(
    reading: Reading,
    *,
    back_to: Moment,
    known: Sequence[Paper],
    missing_before: Sequence[str],
    calendar: Calendar,
    at: Moment,
) -> Judgement:
    """Weighs one reading.

    Args:
        reading: what came back.
        back_to: the horizon it had to reach.
        known: recent papers that earlier readings of the same query gave.
        missing_before: what the reading before this one missed as well.
        calendar: when arXiv announces.
        at: the present.

    Returns:
        The judgement; `depth` counts the papers at and above the horizon.
    """
    present = {paper.id for paper in reading.papers}
    expected = [paper.id for paper in known if reading.ended or paper.updated >= back_to]
    missing = tuple(base for base in expected if base not in present)
    depth = sum(paper.updated >= back_to for paper in reading.papers)
    if reading.fault:
        reason = reading.fault
    elif not reading.total:
        reason = "arXiv lists no paper at all for it"
    elif not reading.ended and _disordered(reading.papers):
        reason = "arXiv's answer is not in the order asked for"
    elif not reading.ended and not passes(reading.papers, back_to):
        reason = "arXiv's answer does not go back far enough"
    elif missing and not _gone_for_good(missing, missing_before, len(expected)):
        papers = "1 paper" if len(missing) == 1 else f"{len(missing)} papers"
        reason = f"{papers} listed before not found in arXiv's answer"
    else:
        reason = _standing_still(reading.papers, calendar, at)
    return Judgement(not reason, reason, missing, depth)


def _gone_for_good(missing: Sequence[str], before: Sequence[str], expected: int) -> bool:
    few = len(missing) <= max(_GONE, expected // _GONE_SHARE)
    return few and set(missing) <= set(before)


def _standing_still(papers: Sequence[Paper], calendar: Calendar, at: Moment) -> str:
    """Why the listing seems to have stopped at a day that has long passed, "" where it does not.

    It does where more announcements than ever between two of its recent papers brought nothing.
    """
    fewest, most = _RHYTHM
    if len(papers) < fewest:
        return ""
    newest = max(paper.updated for paper in papers)
    counts = sorted(calendar.announced(paper.updated) for paper in papers)[-most:]
    longest = max(later - earlier for earlier, later in pairwise(counts))
    silent = calendar.silent(newest, at) - 1  # the first one brought the newest paper
    if silent < max(_STILL, longest + 1):
        return ""
    since = f"though it has announced papers {silent} times since"
    return f"arXiv shows nothing after {newest:%Y-%m-%d}, {since}"


def _disordered(papers: Sequence[Paper]) -> bool:
    """Whether more than a tenth of the papers are followed by one that is days newer."""
    steps = sum(
        later.updated - earlier.updated > timedelta(days=2) for earlier, later in pairwise(papers)
    )
    return steps > max(_GONE, len(papers) // 10)
