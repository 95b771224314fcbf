"""Judges whether a reading of arXiv's listing can lack a paper.

Now and then arXiv answers with status 200 and too few papers: an empty page, one row, a page that
is cut, or rows in another order. So a reading counts as complete only with evidence, and not just
because nothing looks wrong. Dates are a poor watermark, since moderation holds papers for days. So
every reading goes back a month further than the last complete one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from digest.clock import Moment
from digest.model.paper import Paper
from digest.source.source import FEW, Reading, are_few, cannot_be_read

REACH_BACK = timedelta(days=30)
"""The time before the last complete fetch that a reading goes back; the latest paper seen came
after 26 days."""

_TAIL = 10
"""The number of papers in a row that must be older than the horizon: arXiv's order is not strictly
by date."""


_CONVINCED = 2
_RESIGNED = 6
"""The number of empty listings in a row after which one is believed: the first where no paper is
known to be there, the second where a handful is (they have left the listing for good)."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The judgement on a reading: `complete`, or the `reason` why not.

    `missing` are base identifiers that should be there. `still` is True where the reason is an
    index that stands still. `empty` counts the empty readings in a row. `unreadable` names the
    entries that cannot be read.
    """

    complete: bool
    reason: str = ""
    missing: tuple[str, ...] = ()
    depth: int = 0
    still: bool = False
    empty: int = 0
    unreadable: tuple[str, ...] = ()


def horizon(since: Moment, complete_through: Moment | None, known: Sequence[Paper]) -> Moment:
    """The date to which a reading has to go back: a month before the last complete fetch.

    Before the first complete fetch it is a month before `since`, the moment from which papers are
    mailed. The older papers are read so that they are known if they come again. This machine's
    clock may have been wrong at that fetch, so the date is at least a month before the newest known
    paper.
    """
    newest = max((paper.updated for paper in known), default=None)
    start = complete_through or since
    return (min(start, newest) if newest else start) - REACH_BACK


def passes(papers: Sequence[Paper], moment: Moment) -> bool:
    """Returns whether the last of `papers`, in arXiv's order, are all older than `moment`."""
    tail = papers[-_TAIL:]
    return bool(tail) and all(paper.updated < moment for paper in tail)


def page_size(depth: int) -> int:
    """The number of papers to request at once: one request for the `depth` needed last time.

    The size is at least 100. It is at most 1000, above which arXiv's manual asks for refined
    queries.
    """
    return min(1000, max(100, depth * 5 // 4 + 2 * _TAIL))


def judge(
    reading: Reading,
    *,
    back_to: Moment,
    known: Sequence[Paper],
    missing_before: Sequence[str] = (),
    unreadable_before: Sequence[str] = (),
    empty_before: int = 0,
) -> Judgement:
    """Judges one reading.

    Args:
        reading: the papers that came back.
        back_to: the horizon that the reading had to reach.
        known: recent papers of earlier readings of the same query.
        missing_before: identifiers that the reading before this one lacked as well.
        unreadable_before: entries that could not be read the last time. Such an entry may stay
            unreadable for weeks, so only a further one makes the reading incomplete.
        empty_before: the number of empty readings in a row before this one.

    Returns:
        The judgement; `depth` counts the papers at and above the horizon.
    """
    present = {paper.id for paper in reading.papers}
    present.update(name.rpartition("v")[0] for name in reading.unreadable)
    expected = [paper.id for paper in known if reading.ended or paper.updated >= back_to]
    missing = tuple(base for base in expected if base not in present)
    depth = sum(paper.updated >= back_to for paper in reading.papers)
    nothing = reading.ended and not reading.total
    empty = empty_before + 1 if nothing else 0 if reading.total else empty_before
    if nothing:
        believed = _CONVINCED if not known else _RESIGNED if len(known) <= FEW else None
        reason = reading.fault or "arXiv lists no paper at all for it"
        reason = "" if believed and empty >= believed else reason
    elif reading.fault:
        reason = reading.fault
    elif not reading.ended and _disordered(reading.papers):
        reason = "arXiv's answer is not in the order asked for"
    elif not reading.ended and not passes(reading.papers, back_to):
        reason = "arXiv's answer does not go back far enough"
    elif missing and not _gone_for_good(missing, missing_before, len(expected)):
        papers = "1 paper" if len(missing) == 1 else f"{len(missing)} papers"
        reason = f"{papers} listed before not found in arXiv's answer"
    else:
        reason = cannot_be_read(reading.unreadable, besides=unreadable_before)
    odd = reading.unreadable if not reason else (*unreadable_before, *reading.unreadable)
    return Judgement(
        not reason, reason, missing, depth, empty=empty, unreadable=tuple(dict.fromkeys(odd))
    )


def _gone_for_good(missing: Sequence[str], before: Sequence[str], expected: int) -> bool:
    return are_few(len(missing), expected) and set(missing) <= set(before)


def _disordered(papers: Sequence[Paper]) -> bool:
    """Returns whether more than a tenth of the papers are followed by one that is days newer."""
    steps = sum(
        later.updated - earlier.updated > timedelta(days=2) for earlier, later in pairwise(papers)
    )
    return steps > max(FEW, len(papers) // 10)
