r"""The "Daily Papers" table in Markdown, written and read back.

Each keyword is a heading, and each paper under it is a row:

    ## Keyword
    | **Title** | **Date** | **Abstract** | **Comment** |
    | --- | --- | --- | --- |
    | **[Title](http://arxiv.org/abs/2403.09554v1)** | 2024-03-14 | <details>… | 9 pages |

The abstract is folded behind "Show", and a comment of more than 20 characters behind its first
five. `|` in a field is written `\|`; all other text is as on arXiv.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime

from digest.errors import InputError
from digest.model.paper import Paper, split_identifier
from digest.text import clean, counted

_HEAD = "| **Title** | **Date** | **Abstract** | **Comment** |\n| --- | --- | --- | --- |\n"
_SHORT = 20
_SHOWN = 5
_NAMED = 20

_START = "| **["
_LINK = re.compile(
    r"\]\((?P<url>https?://(?:export\.)?arxiv\.org/abs/[^]()\s]+)\)\*\*"
    r" \| (?P<date>\d{4}-\d\d-\d\d) \|"
)
"""The cells between title and abstract. Matching a row takes time proportional to its length, for
any content."""
_FOLDED = ("<details><summary>", "</summary><p>", "</p></details>")


def write(papers: Mapping[str, Sequence[Paper]], last_update: date | None) -> str:
    """The whole table as text.

    Args:
        papers: the papers of each keyword, in the order of the table.
        last_update: the day of the last fetch; None if there was none.
    """
    parts = ["# Daily Papers\n\n", f"Last update: {last_update or 'never'}\n\n"]
    for keyword, rows in papers.items():
        parts += [f"## {keyword}\n", _HEAD, *map(_row, rows), "\n"]
    return "".join(parts)


def read(text: str, where: str) -> dict[str, list[Paper]]:
    """Reads a table of this form: the papers by keyword.

    All dates of a paper are the day in its row; a table has no authors and no categories.

    Raises:
        InputError: `text` has no such table, or some rows have another form. `where` names the file
            in the message.
    """
    papers: dict[str, list[Paper]] = {}
    odd: list[int] = []
    for keyword, number, line in _rows(text):
        rows = papers.setdefault(keyword, [])
        if number and (paper := _paper(line)):
            rows.append(paper)
        elif number:
            odd.append(number)
    if odd:
        raise InputError(_not_rows(odd, where))
    if not any(papers.values()):
        raise InputError(
            f"{where} holds no table of papers: it needs '## Keyword' headings, and under each "
            "rows like '| **[Title](http://arxiv.org/abs/2403.09554v1)** | 2024-03-14 | … | … |'"
        )
    return papers


def _rows(text: str) -> Iterator[tuple[str, int, str]]:
    """Yields (keyword, line number, row), and (keyword, 0, "") for each heading."""
    keyword = None
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith("## "):
            keyword = clean(line[3:])
            yield keyword, 0, ""
        elif keyword is not None and line.startswith("|") and "](" in line:
            yield keyword, number, line


def _row(paper: Paper) -> str:
    title, abstract = _escaped(paper.title), _escaped(paper.abstract)
    comment = _escaped(paper.comment)
    if len(paper.comment) > _SHORT:
        comment = _folded(f"{_escaped(paper.comment[:_SHOWN])}...", comment)
    link = f"http://arxiv.org/abs/{paper.versioned_id}"
    day = paper.updated.date()
    return f"| **[{title}]({link})** | {day} | {_folded('Show', abstract)} | {comment} |\n"


def _folded(summary: str, text: str) -> str:
    return f"<details><summary>{summary}</summary><p>{text}</p></details>"


def _not_rows(numbers: Sequence[int], where: str) -> str:
    """A sentence that lists the lines with another form, up to a readable number."""
    more = f" and {counted(len(numbers) - _NAMED, 'more line')}" if len(numbers) > _NAMED else ""
    others = "".join(f", {number}" for number in numbers[1:_NAMED])
    return (
        f"{where}:{numbers[0]}{others}{more}: not of the form "
        "'| **[Title](http://arxiv.org/abs/2403.09554v1)** | 2024-03-14 | … | … |'; mend or remove "
        "what stands there (nothing was imported)"
    )


def _paper(line: str) -> Paper | None:
    """The paper in a row, None if the line has another form."""
    line = line.strip()
    link = _LINK.search(line, len(_START)) if line.startswith(_START) else None
    cells = _last_cells(line[link.end() :]) if link else None
    identifier = split_identifier(link["url"]) if link else None
    try:
        moment = datetime.fromisoformat(link["date"]).replace(tzinfo=UTC) if link else None
    except ValueError:
        moment = None
    if link is None or cells is None or identifier is None or moment is None:
        return None
    base, version = identifier
    return Paper(
        id=base,
        version=version,
        title=_plain(line[len(_START) : link.start()]),
        authors=(),
        abstract=_plain(cells[0]),
        comment=_plain(cells[1]),
        primary_category="",
        categories=(),
        published=moment,
        updated=moment,
    )


def _last_cells(rest: str) -> tuple[str, str] | None:
    """The abstract and the comment in the text after the date's cell; None without two cells.

    Every bar in the comment is escaped, so the comment is between the last two unescaped bars.
    """
    if not rest.endswith("|"):
        return None
    bar = rest.rfind("|", 0, -1)
    while bar > 0 and rest[bar - 1] == "\\":
        bar = rest.rfind("|", 0, bar)
    if bar < 1 or rest[bar - 1] != " ":
        return None
    return rest[: bar - 1], rest[bar + 1 : -1]


def _escaped(text: str) -> str:
    return text.replace("|", r"\|")


def _plain(field: str) -> str:
    """The text of a field, unfolded and without escapes."""
    text = field.strip()
    before, between, after = _FOLDED
    if text.startswith(before) and text.endswith(after) and between in text:
        text = text.removesuffix(after).partition(between)[2]
    return clean(text.replace(r"\|", "|"))
