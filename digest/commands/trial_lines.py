"""The report of `digest try` as lines for a person."""

from collections.abc import Mapping
from typing import Any

from digest.text import counted


def trial_lines(data: Mapping[str, Any]) -> list[str]:
    """The lines of the report; `data` is the object of `--json`."""
    lines = [data["keyword"], *filter(None, [data["place"]]), f"asks for {data['query']}"]
    lines = [lines[0], *(f"  {line}" for line in lines[1:])]
    if data["papers"] is not None:
        lines += ["", _figures(data), *_sample(data)]
    if coverage := data["coverage"]:
        first, through = coverage["first"], coverage["through"]
        lines += ["", f"Papers announced from {first} to {through:%Y-%m-%d} are known here."]
    if data["warnings"]:
        lines += ["", *(f"warn  {line}" for line in data["warnings"])]
    return lines


def _figures(data: Mapping[str, Any]) -> str:
    """A sentence with the number of papers, of papers a week, and of first versions."""
    number, days = data["papers"], data["days"]
    papers = counted(number, "paper")
    where = " in arXiv's listing" if data["searched"] == "arXiv" else ""
    if not number:
        return f"No paper in the last {counted(days, 'day')}{where}."
    if data["more"]:
        papers = f"More than {papers}"
    first = data["first_versions"]
    versions = (
        f"{first} of them in the first version"
        if 0 < first < number
        else ("all" if first else "none")
        + (" of them" if number > 1 else "")
        + " in the first version"
    )
    return (
        f"{papers} in the last {counted(days, 'day')}{where}, {_rate(data['a_week'])}; {versions}."
    )


def _rate(a_week: float) -> str:
    if a_week >= 1.5:
        return f"about {a_week:.0f} a week"
    return "about one a week" if a_week >= 0.75 else "less than one a week"


def _sample(data: Mapping[str, Any]) -> list[str]:
    """The newest papers, a line each."""
    width = max((len(paper["id"]) for paper in data["sample"]), default=0)
    lines = [
        f"  {paper['date']}  {paper['id']:{width}}  {paper['title']}" for paper in data["sample"]
    ]
    left = data["papers"] - len(lines)
    if left:
        lines.append(f"  and {counted(left, 'older paper')}")
    return lines
