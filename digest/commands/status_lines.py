"""The report of `digest status` as lines for a person."""

from datetime import tzinfo
from typing import Any

from digest.clock import Moment
from digest.text import counted, dated, shown


def status_lines(data: dict[str, Any], zone: tzinfo) -> list[str]:
    """The lines of the report. `data` is the object of `--json`; times are given in `zone`."""
    state = data["state"]
    lines = ["State", f"  {state['path']}: {_recorded(state['last_recorded'], zone)}"]
    lines += [f"  {doubt}" for doubt in state["doubts"]]
    if state["doubts"]:
        lines.append('  what to do: docs/operations.md, "A backup that is put back"')
    lines += ["", "arXiv", *_harvest_lines(data["harvest"], zone)]
    lines += ["", "Keywords"]
    for keyword in data["keywords"]:
        lines.append(f"  {keyword['keyword']}")
        through = keyword["complete_through"]
        lines.append(f"    {f'complete through {dated(through, zone)}' if through else _NEVER}")
        lines.append(f"    last fetch {_at(keyword['last_fetch'], zone)}: {keyword['outcome']}")
    lines += ["", "Readers"]
    said: dict[str, str] = {}
    for reader in data["subscribers"]:
        lines += _reader_lines(reader, zone, said)
    if data["troubles"]:
        lines += ["", "Lasting troubles", *(f"  {line}" for line in data["troubles"])]
    calendar = data["announcements"]
    lines += ["", "arXiv's announcements"]
    lines.append(f"  last {_at(calendar['last'], zone)}, next {_at(calendar['next'], zone)}")
    if calendar["today"]:
        lines.append(f"  none today: {calendar['today']}")
    if not calendar["holidays_known"]:
        lines.append("  arXiv's holidays of this year are not known to this version")
    return lines


_NAMED = 5
"""The most keywords that are named for one reason; the others are counted."""


def _harvest_lines(harvest: dict[str, Any], zone: tzinfo) -> list[str]:
    """The lines on the way in which arXiv is asked."""
    lines = [f"  {'one harvest' if harvest['chosen'] else 'the API'}: {harvest['why']}"]
    if harvest["last"]:
        requests = harvest["requests"]
        cost = f" ({counted(harvest['records'], 'record')}, {counted(requests, 'request')})"
        complete = harvest["outcome"] == "complete"
        outcome = "complete" if complete else f"not complete: {harvest['outcome']}"
        lines.append(
            f"  last harvest {_at(harvest['last'], zone)}: {outcome}{cost if requests else ''}"
        )
        if not complete:
            lines.append(f"  last complete harvest {_at(harvest['complete_at'], zone)}")
        lines += [f"  noticed: {note}" for note in harvest["notes"]]
        lines.append(f"  {harvest['agreement']}")
    if harvest["chosen"]:
        reasons: dict[str, list[str]] = {}
        for name, why in harvest["by_api"].items():
            reasons.setdefault(why, []).append(name)
        lines += [f"  by the API, {_names(names)}: {why}" for why, names in reasons.items()]
    for name, papers in harvest["different"].items():
        there, here = " ".join(papers["only_arxiv"]), " ".join(papers["only_here"])
        lines.append(
            f"  {name} differs from arXiv's search: only there {there or 'none'}, only here "
            f"{here or 'none'}; look with `digest try {shown(name)}`"
        )
    return lines


def _names(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} others" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


_NEVER = "not read from arXiv to the end so far"


def _recorded(moment: Moment | None, zone: tzinfo) -> str:
    return f"last recorded {dated(moment, zone)}" if moment else "nothing recorded so far"


def _reader_lines(reader: dict[str, Any], zone: tzinfo, said: dict[str, str]) -> list[str]:
    """The lines of one reader. `said` maps the mail server's words to the reader first shown."""
    last = _at(reader["last_mail"], zone)
    papers = f", {counted(reader['last_papers'], 'paper')}" if reader["last_mail"] else ""
    lines = [f"  {reader['address']}", f"    last mail {last}{papers}"]
    if reader["waiting_since"]:
        waiting = counted(reader["waiting"], "paper")
        lines.append(f"    waiting since {_at(reader['waiting_since'], zone)}: {waiting}")
    if trouble := reader["trouble"]:
        first = said.setdefault(trouble, reader["address"])
        words = trouble if first == reader["address"] else f"as for {first}"
        lines.append(f"    last try {_at(reader['trouble_at'], zone)}: {words}")
    if reader["pause_until"]:
        until = _at(reader["pause_until"], zone)
        lines.append(f"    pauses until {until}, as subscribers.yaml says")
    if reader["not_composed"]:
        lines.append(f"    {counted(reader['not_composed'], 'paper')} for the next digest")
    elif not reader["waiting_since"]:
        lines.append("    nothing is waiting")
    return [*lines, f"    {reader['hold']['sentence']}"]


def _at(moment: Moment | None, zone: tzinfo) -> str:
    return dated(moment, zone) if moment else "never"
