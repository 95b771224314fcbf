"""Measures everything and rewrites the figures of docs/performance.md.

python -m benchmarks                    all of it: half an hour on two cores
python -m benchmarks --small            a minute, of small sizes; writes nothing
python -m benchmarks composing growing  some of it; writes nothing
"""

import argparse
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from benchmarks import growing
from benchmarks.measuring import ROOT
from benchmarks.page import machine, million, rewritten, section
from benchmarks.row import Row

_MODULES = {
    "delivering": "Delivering",
    "composing": "Composing",
    "cycles": "Whole cycles",
    "matching": "Matching",
    "recording": "Recording",
    "starting": "Starting",
    "growing": "How cost grows",
}


def main() -> None:
    """Runs the benchmarks that are asked for."""
    parser = argparse.ArgumentParser(description="Measures what digest costs.")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="all where none is named")
    parser.add_argument("--small", action="store_true", help="small sizes, in a minute")
    parser.add_argument("--output", type=Path, help="the page whose figures are rewritten")
    options = parser.parse_args()
    chosen = options.modules or list(_MODULES)
    measured = {name: _run(name, small=options.small) for name in chosen if _is_there(name)}
    page = options.output
    if page is None and not options.small and not options.modules:
        page = ROOT / "docs" / "performance.md"
    if page is None:
        return
    tables = (section(_MODULES[name], rows) for name, rows in measured.items())
    figures = "\n".join([machine(), "", *tables])
    text = rewritten(page.read_text("utf-8"), "figures", figures)
    every = [row for rows in measured.values() for row in rows]
    page.write_text(rewritten(text, "million", million(growing.POINTS, every)), "utf-8")
    if growing.POINTS and find_spec("matplotlib"):
        growing.draw(page.with_name("performance.svg"))


def _is_there(name: str) -> bool:
    return find_spec(f"benchmarks.{name}") is not None


def _run(name: str, *, small: bool) -> list[Row]:
    rows = []
    for row in import_module(f"benchmarks.{name}").rows(small=small):
        verdict = "" if row.goal == "-" else " MET" if row.met else " NOT MET"
        print(f"{row.work}: {row.ours}; {row.other}: {row.theirs}; {row.goal}{verdict}", flush=True)
        rows.append(row)
    return rows


if __name__ == "__main__":
    main()
