"""Tells from the dates of papers that this machine's clock is, or was, wrong.

A machine without a battery starts years behind, until it hears the time from the network. A keyword
that is asked for the first time then would find years of papers newer than its beginning, and mail
them all. Dates of arXiv's are no clock: they only prove that a clock is far behind them.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from digest.clock import Moment
from digest.errors import ClockBehindError
from digest.model.paper import Paper
from digest.store.records import KeywordRecord

_FAR = timedelta(days=30)
"""Papers dated so far after the present prove that the present is wrong."""
_FEW = 3
"""So many papers at least, or all that there are: one among others may be dated wrongly."""
_RECENT = timedelta(days=7)
_BEHIND = "this machine's clock is behind: it says "
_ADVICE = "set the clock (`timedatectl set-ntp true`): until then nothing is mailed"


def behind(papers: Sequence[Paper], record: KeywordRecord, at: Moment) -> str:
    """Says that the clock is behind; empty where it need not be, or where that does no harm.

    Args:
        papers: those read so far.
        record: of their keyword. One that was complete before mails what is new since, whatever the
            clock says.
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
    """Refuses a present that is far before the papers which were found already.

    Raises:
        ClockBehindError: several papers prove it, unless more of them are of the week before.
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
    """Whether a keyword begins at a moment of a clock that was wrong, and is to begin anew.

    It may where nothing is known of it yet: it was never asked for, or in vain for that reason.

    Args:
        record: the keyword's.
        since: where it would begin if it were new.
        at: the present.
    """
    nothing_known = record.complete_through is None and (
        record.last_fetch is None or record.reason.startswith(_BEHIND)
    )
    return record.since > at or (nothing_known and since - record.since > _FAR)
