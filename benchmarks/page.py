"""docs/performance.md: tables of what was measured, put between the marks that are in it."""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.growing import Point
from benchmarks.row import Row, number

_PACKAGES = ("aiosmtplib", "arxiv", "jinja2", "msgspec", "pyyaml")
_MILLION = 1_000_000


def rewritten(text: str, mark: str, content: str) -> str:
    """`text` with `content` between the two comments that bear the mark.

    ValueError where they are not there.
    """
    begin, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    before, found, rest = text.partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found and found_end):
        raise ValueError(f"there are no comments {begin} and {end} on the page")
    return f"{before}{begin}\n{content.strip()}\n{end}{after}"


def section(title: str, rows: Iterable[Row]) -> str:
    """A heading and a table of rows."""
    lines = [
        f"### {title}",
        "",
        "| work | ours | against | theirs | ratio | goal | met |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        met = "" if row.goal == "-" else "yes" if row.met else "**no**"
        cells = [row.work, row.ours, row.other, row.theirs, number(row.ratio), row.goal, met]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join([*lines, ""])


def machine() -> str:
    """Returns the machine of the measurement, and its date."""
    cores = os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with {_processor()}, {cores} cores, "
        f"{memory:.0f} GB, {platform.system()} {platform.release()}, Python "
        f"{sys.version.split()[0]}, {packages}{_postfix()}."
    )


def million(points: Sequence[Point], rows: Sequence[Row]) -> str:
    """Returns conclusions for a million subscribers from the growth of the figures, as a list."""
    lines = []
    for name, words, unit in (
        ("starting: configuration and store", "to read configuration and store", "s"),
        ("the first reading of subscribers.yaml", "to read a changed subscribers.yaml", "s"),
        ("a decision of the daemon", "for each decision of the daemon", "s"),
        ("composing, 300 sets of keywords", "to compose, with 300 sets of keywords", "s"),
        ("memory of a cycle above the imports", "for a cycle, above the imports", "MB"),
    ):
        known = {p.size: p.value for p in points if p.figure == name and p.axis == "subscribers"}
        if len(known) < 2:
            continue
        (low, first), (high, second) = sorted(known.items())[-2:]
        value = second + (second - first) / (high - low) * (_MILLION - high)
        lines.append(f"- {number(value / 1000 if unit == 's' else value)} {unit} {words}")
    rates = {row.work: row.ours.median for row in rows if row.ours.unit == "messages/s"}
    for work, rate in rates.items():
        minutes = _MILLION / rate / 60
        lines.append(
            f"- {number(minutes)} min to deliver to a server that keeps up, at the rate of "
            f"{work.removeprefix('delivering ')}"
        )
    return "\n".join(lines)


def _processor() -> str:
    try:
        said = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.machine()
    found = re.search(r"model name\s*: (.*)", said)
    return found[1] if found else platform.machine()


def _postfix() -> str:
    try:
        said = subprocess.run(
            ["/usr/sbin/postconf", "-d", "-h", "mail_version"], capture_output=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f", Postfix {said.stdout.decode().strip()}"
