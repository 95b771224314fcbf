"""The answer of `digest why` as lines for a person."""

import calendar
from collections.abc import Mapping
from datetime import date, tzinfo
from typing import Any

from digest.model.paper import place_in_order
from digest.text import counted, dated

_NAMED = 5
"""The readers of one kind who are named; the others are counted."""


def why_lines(data: Mapping[str, Any], zone: tzinfo) -> list[str]:
    """The lines of the answer. `data` is the object of `--json`; times are given in `zone`."""
    met = any(keyword["met"] for keyword in data["keywords"])
    lines = [_title(data), *(f"  {line}" for line in _facts(data))]
    if not (met or data["known"]):
        return [*lines, *_unknown(data)]
    lines += ["", "Keywords"]
    for keyword in data["keywords"]:
        lines += [
            f"  {keyword['keyword']}",
            *(f"    {line}" for line in _keyword(keyword, data, zone)),
        ]
    if data["readers"]:
        lines += ["", "Readers", *_readers(data["readers"])]
    elif met:
        lines += ["", "Nobody in subscribers.yaml reads a keyword that met it."]
    return lines


def _title(data: Mapping[str, Any]) -> str:
    return f"{data['paper']}  {data['title']}" if data["title"] else str(data["paper"])


def _facts(data: Mapping[str, Any]) -> list[str]:
    if not data["known"]:
        return []
    lines = [", ".join(data["categories"])]
    versions = data["versions"] or ()
    if len(versions) == data["latest"]:
        lines += [f"version {n} submitted {at:%Y-%m-%d}" for n, at in enumerate(versions, 1)]
    elif versions:
        lines.append(f"version {data['latest']} submitted {versions[-1]:%Y-%m-%d}")
    if data["announced"]:
        lines.append(f"announced, or changed at arXiv since, {data['announced']}")
    if data["deleted"]:
        lines.append("arXiv has deleted the record")
    if (data["version"] or 0) > data["latest"]:
        lines.append(f"version {data['version']} is not known here")
    return lines


def _keyword(keyword: Mapping[str, Any], data: Mapping[str, Any], zone: tzinfo) -> list[str]:
    """The lines of one keyword."""
    lines = []
    for met in keyword["met"]:
        at = f" {dated(met['found'], zone)}" if met["found"] else ""
        lines.append(met["seen"] or f"met version {met['version']}{at}")
        if met["seen"]:
            lines[-1] = f"version {met['version']} {met['seen']}"
    if lines:
        return lines
    if keyword["lacking"]:
        first, *others = keyword["lacking"]
        return [f"does not find it: {first}", *(f"and {other}" for other in others)]
    if keyword["unsure"]:
        return [f"has not met it; {keyword['unsure']}"]
    if not data["known"] or not keyword["configured"]:
        return ["has not met it"]
    return [f"would find it as it is now, and has not met it: {_late(keyword, zone)}"]


def _late(keyword: Mapping[str, Any], zone: tzinfo) -> str:
    """Why a keyword has not met a paper that it finds."""
    through = keyword["complete_through"]
    if keyword["incomplete"]:
        return f"its last reading was not complete ({keyword['incomplete']})"
    if through is None:
        return "it was not read so far"
    return f"it is complete through {dated(through, zone)}; the next reading brings it"


def _readers(readers: list[Mapping[str, str]]) -> list[str]:
    """A line for each sentence, with the readers it is true of."""
    by_sentence: dict[str, list[str]] = {}
    for reader in readers:
        by_sentence.setdefault(reader["sentence"], []).append(reader["address"])
    lines = []
    for sentence, addresses in by_sentence.items():
        named = ", ".join(addresses[:_NAMED])
        if left := len(addresses) - _NAMED:
            named += f" and {counted(left, 'other')}" if left > 0 else ""
        lines += [f"  {named}", f"    {sentence}"]
    return lines


def _unknown(data: Mapping[str, Any]) -> list[str]:
    """The lines about a paper that is known nowhere, with the likely reason."""
    lines = ["", "Nothing is known of it here: no keyword has met it."]
    coverage = data["coverage"]
    if coverage:
        lines.append(
            f"Papers announced from {coverage['first']} to {coverage['through']} are known; this "
            f"is none of them. {_guess(data['paper'], coverage, data['largest'])}"
        )
    else:
        lines.append("No other papers are known here before the first complete harvest.")
    if data["last_harvest_failed"]:
        lines.append(f"The last harvest was not complete: {data['last_harvest_failed']}.")
    return lines


def _guess(base: str, coverage: Mapping[str, date], largest: str) -> str:
    """The likely reason, by the month of the identifier."""
    month, _ = place_in_order(base)
    if not month:
        return "It is older: such identifiers were given out until March 2007."
    year, number = 2000 + month // 100, month % 100
    if not 1 <= number <= 12:
        return "There is no such month, so look at the number again."
    last = date(year, number, calendar.monthrange(year, number)[1])
    if last < coverage["first"]:
        return f"It was announced in {last:%B %Y}, and has not changed at arXiv since."
    if largest and place_in_order(base) > place_in_order(largest):
        return f"The last identifier that was announced is {largest}, so this one may come yet."
    return "Look at the number again: arXiv leaves some out."
