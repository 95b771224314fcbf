"""The lines of `digest send` on the reading of arXiv."""

from digest.commands.fetched_lines import keyword_lines
from digest.cycle.report import HarvestLine, KeywordLine, Report


def line(name: str, new: int = 0, reason: str = "", *, current: bool = False) -> KeywordLine:
    """A keyword's result: so many new papers of as many that were read."""
    return KeywordLine(name, new, new, 0, not reason, reason, current=current)


def lines(*keywords: KeywordLine, harvest: HarvestLine | None = None) -> list[str]:
    """The lines of a report."""
    report = Report(keywords=list(keywords), harvests=[harvest] if harvest else [])
    return list(keyword_lines(report, 7))


def test_a_harvest() -> None:
    """The harvest has a line with its cost, before those of the keywords."""
    harvest = HarvestLine("harvest", 2500, 7, 2, 3, complete=True, reason="")
    assert lines(line("Tea", 1), line("Time", 2), harvest=harvest) == [
        "one harvest for 2 keywords: 2500 records in 7 requests",
        "Tea: 1 new of 1 paper read",
        "Time: 2 new of 2 papers read",
    ]


def test_a_reason_is_said_once() -> None:
    """The reason of a harvest stands in its line; that of a keyword by the API in its own."""
    harvest = HarvestLine("harvest", 9, 1, 2, 0, complete=False, reason="it broke off")
    assert lines(line("Tea", reason="it broke off"), line("Au", reason="503"), harvest=harvest) == [
        "one harvest for 2 keywords: 9 records in 1 request; NOT COMPLETE: it broke off",
        "Tea: 0 new of 0 papers read; NOT COMPLETE",
        "Au: 0 new of 0 papers read; NOT COMPLETE: 503",
    ]


def test_many_keywords() -> None:
    """Of many keywords those with new papers or a trouble are named, the others counted."""
    quiet = [line(f"Topic {number}") for number in range(30)]
    assert lines(line("Tea", 1), *quiet, line("Au", reason="503")) == [
        "Tea: 1 new of 1 paper read",
        "Au: 0 new of 0 papers read; NOT COMPLETE: 503",
        "30 keywords without a new paper",
    ]
    assert len(lines(*quiet[:20])) == 20


def test_read_before() -> None:
    """Keywords that were complete before are counted, not shown as read without a paper."""
    assert lines(line("Tea", current=True), line("Time", current=True)) == [
        "2 keywords read before; arXiv has announced nothing since"
    ]


def test_papers_that_are_kept() -> None:
    """A new keyword may be answered by the papers that are kept, without a request."""
    kept = HarvestLine("papers", 0, 0, 1, 4, complete=True, reason="")
    assert lines(line("Tea", 4), harvest=kept)[0] == "the papers kept here for 1 keyword"
