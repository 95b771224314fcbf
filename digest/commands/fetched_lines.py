"""The result of reading arXiv as lines for a person: of each harvest, and of the keywords."""

from collections.abc import Collection, Iterator

from digest.cycle.report import HarvestLine, KeywordLine, Report
from digest.text import counted

_EACH = 20
"""The keywords up to which each has a line; of more, those without a new paper are counted."""
_SOURCES = {"harvest": "one harvest", "feeds": "arXiv's feeds", "papers": "the papers kept here"}


def keyword_lines(report: Report, first_days: int) -> Iterator[str]:
    """Yields the lines; a new keyword mails the papers of the last `first_days` days."""
    yield from map(_harvest, report.harvests)
    reasons = {line.reason for line in report.harvests if line.reason}
    lines = [line for line in report.keywords if not line.current]
    quiet = 0
    for line in lines:
        if len(lines) <= _EACH or line.new or line.older or line.reason:
            yield _keyword(line, first_days, reasons)
        else:
            quiet += 1
    if quiet:
        yield f"{counted(quiet, 'keyword')} without a new paper"
    if current := len(report.keywords) - len(lines):
        yield f"{counted(current, 'keyword')} read before; arXiv has announced nothing since"


def _harvest(line: HarvestLine) -> str:
    told = f"{_SOURCES[line.source]} for {counted(line.keywords, 'keyword')}"
    if line.source != "papers":
        told += f": {counted(line.read, 'record')}"
    if line.requests:
        told += f" in {counted(line.requests, 'request')}"
    return f"{told}; NOT COMPLETE: {line.reason}" if line.reason else told


def _keyword(line: KeywordLine, first_days: int, said: Collection[str]) -> str:
    """The line of one keyword. The reasons that were `said` of a harvest are not repeated."""
    told = f"{line.keyword}: {line.new} new of {counted(line.read, 'paper')} read"
    if line.older:
        told += f", {line.older} from before the first {first_days} days"
    if not line.reason:
        return told
    return f"{told}; NOT COMPLETE{'' if line.reason in said else f': {line.reason}'}"
