"""The command `digest try`: shows what a keyword would find, before anybody reads it."""

import contextlib
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from digest.clock import Moment
from digest.commands.invocation import Invocation, chosen_keywords
from digest.commands.trial_keyword import Trial, trial
from digest.commands.trial_lines import trial_lines
from digest.commands.trial_papers import DAYS, Found, known_days, of_a_page, of_records, since
from digest.errors import ConfigurationError, ListingError, UsageError
from digest.model.announcements import Calendar
from digest.model.subscriber import Subscriptions
from digest.search.evaluable import not_here
from digest.search.grammar import MalformedQueryError, parse
from digest.search.tree import Query
from digest.source.arxiv_api.query import arxiv_query
from digest.source.arxiv_api.remarks import remarks
from digest.source.recent_papers import Coverage, RecentPapers
from digest.store.readings import Trusted
from digest.text import counted, shown

_SAMPLE = 10
"""The titles that are shown."""
_PAGE = 100
"""The papers that arXiv is asked for."""
_ENOUGH = DAYS - 3
"""The days of which papers must be known; there may be no announcement at both ends."""


def run(invocation: Invocation) -> int:
    """Prints the papers of a keyword, from the papers that are kept here; returns 0.

    Where these do not do, arXiv is asked once, unless `--offline` is given. With `--trust` the
    differences of a keyword from arXiv's search are forgotten, and nothing else is done.

    Raises:
        UsageError: there is no such keyword, or none like that can be.
        ListingError: arXiv was asked, and did not answer.
    """
    options = invocation.options
    if options.trust:
        return _trust(invocation)
    known, warnings = _configuration(invocation)
    tried = trial(options, known)
    query = arxiv_query(tried.keyword)
    tree = _parsed(query, tried)
    papers = RecentPapers(invocation.settings.papers)
    coverage = papers.coverage()
    now = invocation.clock.now()
    days = known_days(coverage, now) if coverage else 0
    warnings += remarks([tried.keyword])
    found = None
    if why := _why_not_here(tree, days):
        asked = "leave out --offline to ask arXiv" if options.offline else "arXiv was asked"
        warnings.append(f"{why}; {asked}")
        found = None if options.offline else _at_arxiv(invocation, query)
    else:
        calendar = known.calendar if known else Calendar()
        warnings += _gaps(days, coverage, calendar, now)
        found = of_records(papers.found(tree, since(now).date()), days, now)
    data = _data(tried, query, found, coverage, warnings)
    if options.json:
        print(json.dumps(data, ensure_ascii=False, indent=2, default=date.isoformat))
    else:
        print("\n".join(trial_lines(data)))
    return 0


def _configuration(invocation: Invocation) -> tuple[Subscriptions | None, list[str]]:
    """The configuration, None where there is none; and a warning where it has mistakes."""
    try:
        return invocation.subscriptions(), []
    except ConfigurationError:
        file = invocation.settings.subscribers
        there = file.exists()
        return None, [f"{file} has mistakes, which `digest check` lists"] if there else []


def _parsed(query: str, tried: Trial) -> Query:
    try:
        return parse(query)
    except MalformedQueryError as error:
        name = shown(tried.keyword.name)
        raise UsageError(f"arXiv would refuse the query of {name}: {error}") from error


def _why_not_here(tree: Query, days: float) -> str:
    """The reason why the papers that are kept here do not do, "" where they do."""
    if reason := not_here(tree):
        return f"this cannot be searched for here: {reason}"
    if not days:
        return (
            f"no papers of the last {DAYS} days are known here yet; the harvests of `digest run` "
            "and `digest send` bring them"
        )
    return ""


def _gaps(days: float, coverage: Coverage | None, calendar: Calendar, now: Moment) -> list[str]:
    """Sentences about the days of which the papers are not known."""
    behind = calendar.silent(coverage.through, now) if coverage else 0
    if behind > 1:
        since_then = f"arXiv announced papers {behind} times since the last harvest here"
        return [f"{since_then}; `digest send` or `digest run` brings them"]
    if round(days) < _ENOUGH:
        known = f"only {counted(round(days), 'day')} of the last {DAYS} are known here"
        return [f"{known}; the harvests to come add to them"]
    return []


def _at_arxiv(invocation: Invocation, query: str) -> Found:
    """The papers in one page of arXiv's listing; ListingError where it does not come."""
    with contextlib.closing(invocation.listing(tries=1)) as listing:
        reading = listing.read(query, page_size=_PAGE, expected=False, more=lambda _: False)
    if reading.fault:
        raise ListingError(f"{reading.fault}; try again later, or look at DIGEST_ARXIV_URL")
    return of_a_page(reading, invocation.clock.now())


def _data(
    tried: Trial,
    query: str,
    found: Found | None,
    coverage: Coverage | None,
    warnings: Sequence[str],
) -> dict[str, Any]:
    """The report as an object; `papers` and `searched` are null where nothing was searched."""
    papers = found.papers if found else ()
    return {
        "keyword": tried.keyword.name,
        "place": tried.place,
        "query": query,
        "searched": found and found.place,
        "days": found and round(found.days),
        "papers": found and len(papers),
        "more": bool(found and found.more),
        "a_week": found and round(found.a_week, 1),
        "first_versions": found and found.first_versions,
        "sample": [
            {"id": paper.versioned_id, "date": paper.updated.date(), "title": paper.title}
            for paper in papers[:_SAMPLE]
        ],
        "coverage": coverage and {"first": coverage.first, "through": coverage.through.date()},
        "warnings": list(warnings),
    }


def _trust(invocation: Invocation) -> int:
    """Records that a keyword is evaluated here again, after a person has looked at it."""
    named = invocation.options.phrase
    if not named:
        raise UsageError("--trust needs the name of a keyword: digest try NAME --trust")
    (name,) = chosen_keywords([named], invocation.subscriptions()) or ()
    now = invocation.clock.now()
    with invocation.store().writing() as store:
        record = store.known.keyword(name)
        agreement = record.agreement if record else None
        if agreement is None or not agreement.strikes:
            print(f"{name}: there is no difference from arXiv's search to forget")
            return 0
        lost = agreement.lost
        store.append(Trusted(name, now))
    again = "it is searched for here again" if lost else "it goes on being searched for here"
    print(f"{name}: the differences from arXiv's search are forgotten, and {again}")
    return 0
