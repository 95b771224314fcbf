"""The Markdown table, written and read back."""

import contextlib
from collections.abc import Callable
from datetime import date

import pytest
from builders import paper
from growth import LINEAR, growth
from hypothesis import given
from hypothesis import strategies as st

from digest.commands.markdown_table import read, write
from digest.errors import InputError
from digest.text import clean

DAY = date(2026, 11, 24)
TEXT = st.text(st.characters(codec="utf-8"), max_size=60).map(clean)


def row(text: str) -> str:
    """The last row of a table."""
    return [line for line in text.splitlines() if line.startswith("| **[")][-1]


def test_the_form() -> None:
    """Title, day of the last update, then each keyword with its header rows, then a row a paper."""
    text = write({"Time Series": [paper(1)], "Empty": []}, DAY)
    show = "<details><summary>Show</summary><p>We look at sample 1 of a time series.</p></details>"
    link = "**[Time series at noon](http://arxiv.org/abs/2611.00001v1)**"
    assert text.splitlines() == [
        "# Daily Papers",
        "",
        "Last update: 2026-11-24",
        "",
        "## Time Series",
        "| **Title** | **Date** | **Abstract** | **Comment** |",
        "| --- | --- | --- | --- |",
        f"| {link} | 2026-11-15 | {show} | 9 pages |",
        "",
        "## Empty",
        "| **Title** | **Date** | **Abstract** | **Comment** |",
        "| --- | --- | --- | --- |",
        "",
    ]


@pytest.mark.parametrize(
    ("comment", "cell"),
    [
        ("", ""),
        ("12345678901234567890", "12345678901234567890"),
        (
            "123456789012345678901",
            "<details><summary>12345...</summary><p>123456789012345678901</p></details>",
        ),
        ("a|b", r"a\|b"),
        (
            "abc|e and what follows it",
            r"<details><summary>abc\|e...</summary><p>abc\|e and what follows it</p></details>",
        ),
    ],
)
def test_comments(comment: str, cell: str) -> None:
    """A comment of more than 20 characters is folded away behind its first five."""
    line = row(write({"K": [paper(1, comment=comment)]}, DAY))
    assert line.endswith(f"</details> | {cell} |")


def test_before_the_first_fetch() -> None:
    """A store that knows nothing yet says so."""
    assert "Last update: never" in write({"K": []}, None)


@given(TEXT.filter(bool), TEXT, TEXT)
def test_what_is_written_is_read(title: str, abstract: str, comment: str) -> None:
    """Identifier, version and day come back whatever stands in the text."""
    one = paper(1, title, abstract=abstract, comment=comment, version=3)
    papers = read(write({"Some keyword": [one, paper(2)]}, DAY), "table.md")
    (back, other) = papers["Some keyword"]
    assert (back.versioned_id, back.updated.date()) == (one.versioned_id, one.updated.date())
    assert other.versioned_id == "2611.00002v1"


@pytest.mark.parametrize(
    "text",
    ["", "nothing here", "## Heading\nno rows", "| **[x](http://arxiv.org/abs/2611.00001v1)** |"],
)
def test_no_table(text: str) -> None:
    """A file without headings and rows is bad input, and the form that is wanted is shown."""
    with pytest.raises(InputError, match="holds no table of papers: it needs '## Keyword'"):
        read(text, "file.md")


@pytest.mark.parametrize(
    "line",
    [
        "| **[T](http://arxiv.org/abs/2611.00001v1)** | yesterday | a | b |",
        "| **[T](http://arxiv.org/abs/2611.00001v1)** | 2026-13-45 | a | b |",
        "| **[T](http://example.org/abs/2611.00001v1)** | 2026-11-15 | a | b |",
        "| **[T](http://arxiv.org/abs/nonsense)** | 2026-11-15 | a | b |",
        "| [T](http://arxiv.org/abs/2611.00001v1) | 2026-11-15 |",
    ],
)
def test_a_row_of_another_form(line: str) -> None:
    """A row that cannot be read is named by file and line, and nothing of the file is taken."""
    with pytest.raises(InputError, match=r"^file\.md:4: not of the form"):
        read(f"## K\n| **Title** |\n| --- |\n{line}\n", "file.md")


def test_all_odd_rows_at_once() -> None:
    """Every row that cannot be read is named, as far as one reads on."""
    rows = "| [x](y) |\n" * 25
    with pytest.raises(InputError, match=r"^f:2, 3, 4, .*, 21 and 5 more lines: not of the form"):
        read(f"## K\n{rows}", "f")


def test_both_protocols() -> None:
    """Tables of others with https addresses are read as well."""
    text = write({"K": [paper(1)]}, DAY).replace("http://arxiv", "https://arxiv")
    assert [p.id for p in read(text, "x")["K"]] == ["2611.00001"]


ROW = "| **[t](http://arxiv.org/abs/2403.09554v1)** | 2024-03-14 |"


@pytest.mark.parametrize(
    "make",
    [
        lambda n: "| **[" + "x](http://arxiv.org/abs/1" * n,
        lambda n: "| **[" + "x](http://arxiv.org/abs/1)** | 2024-03-14 | a " * n,
        lambda n: f"{ROW}{' | a |' * n}x",
        lambda n: ROW + r" | \|" * n + "x",
        lambda n: ROW + r"\|" * n,
        lambda n: f"{ROW} {'<details><summary>a</summary><p>' * n} | b |",
        lambda n: f"{ROW} <details>{'</p></details>' * n} | b |",
    ],
)
def test_rows_made_to_be_slow(make: Callable[[int], str]) -> None:
    """A line is taken apart in time proportional to its length, whatever is in it."""

    def read_it(line: str) -> None:
        with contextlib.suppress(InputError):
            read(f"## K\n{line}\n", "f")

    assert growth(read_it, make, 2_000) < LINEAR
