"""The recorded table of daily papers, mailed, written back, and imported."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from installation import Lab, identifiers

from digest.commands.markdown_table import read
from digest.model.paper import Paper

pytestmark = pytest.mark.real

_ROW = re.compile(r"^\| \*\*\[.*?\]\(http://arxiv\.org/abs/(\S+?)\)\*\* \| (\d{4}-\d\d-\d\d)")
_EVENING = datetime(2025, 5, 28, 18, tzinfo=UTC)


@pytest.fixture
def table(real_data: Path) -> str:
    """The file as it stands."""
    return (real_data / "daily-papers.md").read_text("utf-8")


def rows(table: str) -> dict[str, list[str]]:
    """The table's rows, as they stand, by keyword."""
    found: dict[str, list[str]] = {}
    for line in table.split("\n"):
        if line.startswith("## "):
            found[line[3:]] = []
        elif _ROW.match(line):
            list(found.values())[-1].append(line)
    return found


def installed(lab: Lab, papers: Mapping[str, Sequence[Paper]]) -> Lab:
    """An installation on the day the table was written, with its keywords and a reader of all."""
    lab.clock.moment = _EVENING
    keywords = "".join(f"  {name}: {{match: all}}\n" for name in papers)
    lab.subscribe(
        f"keywords:\n{keywords}defaults: {{first_days: 3650}}\n"
        "subscribers:\n  - email: ada@example.org\n"
    )
    for group in papers.values():
        lab.publish(*group, visible_from=datetime(2025, 1, 1, tzinfo=UTC))
    return lab


def test_every_row_is_mailed_and_comes_back(lab: Lab, table: str) -> None:
    """All 145 rows are in the mail; the table has each byte for byte, newest first.

    A keyword finds papers of others too, so the table may hold more than was recorded for it.
    """
    expected = rows(table)
    papers = read(table, "daily-papers.md")
    assert (len(expected), sum(map(len, expected.values()))) == (9, 145)
    installed(lab, papers)
    sent = lab.run("send")
    assert sent.status == 0, sent.out + sent.err
    (message,) = lab.mails()["ada@example.org"]
    mailed = identifiers(message)
    for keyword, group in papers.items():
        assert {paper.versioned_id for paper in group} <= set(mailed), keyword
    assert len(lab.mail.received[0].data) <= 100_000

    written = lab.run("table")
    assert written.status == 0, written.err
    for keyword, lines in rows(written.out).items():
        dates = [_date(line) for line in lines]
        assert dates == sorted(dates, reverse=True), keyword
        recorded = [line for line in lines if line in expected[keyword]]
        assert recorded == _in_order(expected[keyword], table), keyword
    assert list(rows(written.out)) == list(expected)


def _in_order(lines: Sequence[str], table: str) -> list[str]:
    """The lines by date, newest first; within a date in the order that the listing had.

    The stand-in lists a paper where the table names it first, whatever the keyword.
    """

    def place(line: str) -> int:
        return table.index(line.partition(")**")[0])

    return sorted(sorted(lines, key=place), key=_date, reverse=True)


def _date(line: str) -> str:
    match = _ROW.match(line)
    assert match
    return match[2]


def test_an_imported_table_is_not_mailed(lab: Lab, table: str, real_data: Path) -> None:
    """After the import of the table the next `send` mails nothing, and says so."""
    installed(lab, read(table, "daily-papers.md"))
    imported = lab.run("import", str(real_data / "daily-papers.md"))
    assert imported.status == 0, imported.err
    sent = lab.run("send")
    assert sent.status == 0, sent.out + sent.err
    assert lab.mail.received == []
    assert "nothing new" in sent.out
