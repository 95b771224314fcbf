"""Finds out from the dates of papers that this machine's clock is, or was, wrong.

A machine without a battery starts with a clock that is years behind, until it gets the time from
the network. A keyword that is first read then would find years of papers newer than its beginning,
and mail them all. arXiv's dates are not a clock: they only prove that a clock is far behind them.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from digest.clock import Moment
from digest.errors import ClockBehindError
from digest.model.paper import Paper
from digest.store.records import KeywordRecord

_FAR = timedelta(days=30)
"""The distance of a paper's date after the present that proves the present wrong."""
_FEW = 3
"""The fewest papers that prove it, or all there are: a single paper may have a wrong date."""
_RECENT = timedelta(days=7)
_BEHIND = "this machine's clock is behind: it says "
_ADVICE = "set the clock (`timedatectl set-ntp true`): until then nothing is mailed"


def behind(papers: Sequence[Paper], record: KeywordRecord, at: Moment) -> str:
    """Says that the clock is behind; "" where that is not proved, or does no harm.

    Args:
        papers: the papers read so far.
        record: the record of their keyword. A keyword that was complete before mails papers that
            are new since then, whatever the clock says.
        at: the present, by this machine's clock.
    """
    ahead = [paper for paper in papers if paper.updated - at > _FAR]
    recent = [paper for paper in papers if paper.updated >= record.since]
    few = len(ahead) < min(_FEW, len(papers))
    if record.complete_through or not ahead or few or 2 * len(ahead) < len(recent):
        return ""
    newest = max(paper.updated for paper in ahead)
    return f"{_says(at)}, and arXiv lists papers of {newest:%Y-%m-%d}; {_ADVICE}"


def refuse_to_go_back(known: Iterable[Paper], at: Moment) -> None:
    """Refuses a present that is far before the papers found already.

    Raises:
        ClockBehindError: several papers prove it, and no more papers than these are of the week
            before.
    """
    dates = [paper.updated for paper in known if at - paper.updated <= _RECENT]
    ahead = [date for date in dates if date - at > _FAR]
    if len(ahead) >= _FEW and 2 * len(ahead) >= len(dates):
        raise ClockBehindError(
            f"{_says(at)}, and papers of {max(ahead):%Y-%m-%d} are known here; {_ADVICE}"
        )


def _says(at: Moment) -> str:
    return f"{_BEHIND}{at.date()}"


def opened_wrongly(record: KeywordRecord, since: Moment, at: Moment) -> bool:
    """Returns whether a keyword began at a moment of a wrong clock, and has to begin anew.

    A keyword may begin anew while nothing is known of it: it was never read, or every reading was
    refused because of the clock.

    Args:
        record: the record of the keyword.
        since: the moment where it would begin if it were new.
        at: the present.
    """
    nothing_known = record.complete_through is None and (
        record.last_fetch is None or record.reason.startswith(_BEHIND)
    )
    return record.since > at or (nothing_known and since - record.since > _FAR)
