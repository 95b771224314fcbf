"""Formatting of the documentation's Markdown for a terminal.

The module handles the elements that docs/ uses: headings, paragraphs, lists, tables, code. A table
wider than the screen becomes a list of its rows, with the name of each column in every row.
"""

import re
from collections.abc import Iterator
from textwrap import wrap

BOLD, NORMAL = "\x1b[1m", "\x1b[0m"

_HEADING = re.compile(r"(#{1,6}) +(.*)")
_ITEM = re.compile(r"( *(?:[-*]|[0-9]{1,3}\.) +)(.*)")
_RULER = re.compile(r"\|[ :|-]+\|")
_COMMENT = re.compile(r"^<!--.*?-->\n?", re.MULTILINE)
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_MARKS = re.compile(
    r"`[^`]*` | \*\* | \[ (?P<words>(?:`[^`]*`|[^\]`])*) \] \( (?P<target>[^)\s]*) \)", re.VERBOSE
)
_CELLS = re.compile(r"(?<!\\)\|")


def laid_out(text: str, width: int, *, bold: bool) -> str:
    """`text` in lines of at most `width` characters, except for code; headings are bold.

    Without `bold` headings are underlined, and the result has no escape sequences.
    """
    lines: list[str] = []
    for block in _blocks(_COMMENT.sub("", text).splitlines()):
        laid = list(_laid_out(block, width, bold=bold))
        if laid:
            lines += ["", *laid] if lines else laid
    return "\n".join(lines) + "\n"


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    """Yields blocks: lines without an empty line between them, or one whole block of code."""
    block: list[str] = []
    fenced = False
    for line in lines:
        opens_or_closes = line.lstrip().startswith("```")
        fenced = fenced != opens_or_closes
        ends = _HEADING.match(line) if not fenced else None
        if (not line.strip() and not fenced) or ends or (opens_or_closes and fenced):
            if block:
                yield block
            block = []
        if ends:
            yield [line]
        elif line.strip() or fenced:
            block.append(line)
    if block:
        yield block


def _laid_out(block: list[str], width: int, *, bold: bool) -> Iterator[str]:
    first = block[0]
    if first.lstrip().startswith("```"):
        indent = len(first) - len(first.lstrip())
        code = [line for line in block if not line.lstrip().startswith("```")]
        yield from (f"    {line[indent:]}".rstrip() for line in code)
    elif heading := _HEADING.match(first):
        yield from _heading(_words(heading[2]), len(heading[1]), bold=bold)
    elif first.startswith("|"):
        yield from _table([_cells(line) for line in block if not _RULER.fullmatch(line)], width)
    elif first.startswith("    "):
        yield from block
    else:
        for begin, text in _paragraphs(block):
            yield from _filled(text, width, begin, " " * len(begin))


def _heading(text: str, level: int, *, bold: bool) -> Iterator[str]:
    yield f"{BOLD}{text}{NORMAL}" if bold else text
    if not bold and level < 3:
        yield "=-"[level - 1] * len(text)


def _paragraphs(block: list[str]) -> Iterator[tuple[str, str]]:
    """Yields (marker, text) for each item of a list, and ("", text) for other text."""
    begin, words = "", ""
    for line in block:
        if item := _ITEM.fullmatch(line):
            if words:
                yield begin, words
            begin, words = item[1], item[2]
        else:
            words = f"{words} {line.strip()}".strip()
    yield begin, words


def _table(rows: list[list[str]], width: int) -> Iterator[str]:
    names, *others = rows
    widths = [max(map(len, column)) for column in zip(*rows, strict=False)]
    if sum(widths) + 2 * len(widths) <= width:
        for row in rows:
            cells = zip(row, widths, strict=False)
            yield "  ".join(cell.ljust(space) for cell, space in cells).rstrip()
            if row is names:
                yield "  ".join("-" * space for space in widths)
        return
    for row in others:
        yield from _filled(row[0], width, "", "  ")
        for name, cell in zip(names[1:], row[1:], strict=False):
            if cell:
                yield from _filled(f"{name}: {cell}" if name else cell, width, "  ", "    ")


def _cells(line: str) -> list[str]:
    bare = line.strip().removeprefix("|").removesuffix("|")
    return [_words(cell.strip().replace(r"\|", "|")) for cell in _CELLS.split(bare)]


def _filled(text: str, width: int, begin: str, indent: str) -> list[str]:
    return wrap(
        _words(text),
        max(width, 20),
        initial_indent=begin,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _words(text: str) -> str:
    """`text` without marks except those of code; a link becomes its words and its URL, if any."""
    return _MARKS.sub(_unmarked, _PICTURE.sub("", text))


def _unmarked(mark: re.Match[str]) -> str:
    words, target = mark["words"], mark["target"]
    if words is None:
        return "" if mark[0] == "**" else mark[0]
    return f"{words} ({target})" if "://" in target else words
