"""Chooses the way to ask arXiv: one harvest for all keywords, or its API for each of them.

    DIGEST_SOURCE, keywords, refusals ─> choose ────> a harvest, or the API; and why
    a harvest that failed ────────────> fallback ──> sources in the order to ask them now
    the day ──────────────────────────> witnesses ─> the feeds to compare the harvest with

A harvest asks arXiv some seven times an announcement, however many keywords there are. The API is
asked once for each keyword.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from digest.source.harvest import FEEDS
from digest.store.readings import HarvestFacts
from digest.text import counted

USUAL_COST = 7
"""The requests of a harvest, before any harvest has been counted."""
_COUNTED = 10
"""The last complete harvests from which the usual cost is taken."""
_MARGIN = 2
"""The keywords above or below the cost at which the choice changes, so that one keyword that comes
and goes does not change it every day."""
MOST_BY_API = 30
"""The keywords for which the API stands in: more would ask more of arXiv than a day allows."""
_OFTEN = 3
"""The failures of a harvest in a row after which the others are asked before it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice: whether to harvest, and `why`, as a clause for a person."""

    harvest: bool
    why: str


def usual_cost(past: Sequence[HarvestFacts]) -> int:
    """The requests of a usual harvest, from the facts of the complete ones, oldest first."""
    requests = [facts.requests for facts in past[-_COUNTED:] if facts.requests]
    return round(median(requests)) if requests else USUAL_COST


def choose(
    setting: str,
    *,
    here: int,
    by_api: int,
    harvest_known: bool,
    api_fails: bool,
    was: bool | None,
    cost: int = USUAL_COST,
) -> Choice:
    """Chooses between the harvest and the API, for the keywords that can be evaluated here.

    Args:
        setting: the value of DIGEST_SOURCE: auto, api or harvest.
        here: the number of keywords that can be evaluated here.
        by_api: the number of the others, which the API is asked for in any case.
        harvest_known: whether an address for the harvest is configured.
        api_fails: whether arXiv's API refuses at present.
        was: the choice before this one, None for the first.
        cost: the requests of a usual harvest, as `usual_cost` gives them.
    """
    others = f"; {counted(by_api, 'keyword')} only arXiv's API can answer" if by_api else ""
    if not here:
        return Choice(harvest=False, why="no keyword can be evaluated here" + others)
    if not harvest_known:
        return Choice(harvest=False, why="no address for the harvest is configured")
    if setting != "auto":
        harvest = setting == "harvest"
        asked = "the harvest" + others if harvest else "arXiv's API"
        return Choice(harvest, f"DIGEST_SOURCE asks for {asked}")
    if api_fails:
        why = "arXiv's API refuses at present, and the harvest is another service"
        return Choice(harvest=True, why=why + others)
    return _cheaper(here, cost, others, was=was)


def _cheaper(here: int, cost: int, others: str, *, was: bool | None) -> Choice:
    """The choice by the number of requests; the present one is kept where they differ little."""
    margin = {None: 0, False: _MARGIN, True: -_MARGIN}[was]
    keywords = counted(here, "keyword")
    if here <= cost + margin:
        each = "one request each" if here > 1 else "one request"
        return Choice(False, f"{keywords}: {each} a day; a harvest takes about {cost}")
    harvest = f"{keywords}: one harvest a day of about {cost} requests"
    place = f"in place of {here}" if here > cost else "as before"
    return Choice(True, f"{harvest} {place}{others}")


def fallback(failures: int, *, here: int, waiting_is_possible: bool) -> tuple[str, ...]:
    """The sources to ask now, in this order, each if those before it have not proved enough.

    While no digest has to go, only the harvest is asked, since it alone can prove that all papers
    came. When one has to go, the feeds give nearly all new papers, and prove nothing; the API
    proves one keyword at a time, and is asked only for few. A harvest that failed often costs
    minutes of waiting, so the others come before it.

    Args:
        failures: the failures of the harvest in a row.
        here: the number of keywords that are evaluated here.
        waiting_is_possible: whether every digest can still wait for the next try.

    Returns:
        Some of "harvest", "feeds" and "api".
    """
    if waiting_is_possible:
        return ("harvest",)
    others = ("feeds", "api") if 0 < here <= MOST_BY_API else ("feeds",)
    return (*others, "harvest") if failures >= _OFTEN else ("harvest", *others)


_LARGE = ("astro-ph", "cond-mat", "cs.AI", "cs.CL", "cs.CV", "cs.LG", "math", "physics", "quant-ph")
"""The largest feeds. They take their turn twice as often as the others."""


def witnesses(day: date, count: int) -> tuple[str, ...]:
    """The feeds to compare the harvest of a day with: the next `count` in turn.

    As a stand-in for the harvest all of `FEEDS` are needed; a `count` of their number gives them.
    """
    if count >= len(FEEDS):
        return FEEDS
    turns = (*FEEDS, *_LARGE)
    start = day.toordinal() * count
    chosen: dict[str, None] = {}
    for step in range(len(turns)):
        if len(chosen) < count:
            chosen[turns[(start + step) % len(turns)]] = None
    return tuple(chosen)
