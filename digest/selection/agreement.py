"""Compares the evaluation of keywords here with arXiv's own search, a few keywords a day.

    keywords ─> turn ─> those to ask arXiv for today
    arXiv's listing, papers found here ─> compare ─> agreed, explained, or different
    differences ─> lost ─> the keyword goes back to arXiv's API

The difference that counts is one without an explanation. Papers on the way, and papers that were
edited in between, are different for a while in any two indexes of arXiv.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from math import floor

from digest.clock import Moment
from digest.model.announcements import Calendar
from digest.model.paper import Paper
from digest.model.record import Record

BUDGET = 20
"""The requests a day that comparisons may take."""
_AGAIN_AFTER = timedelta(days=30)
"""The time from one comparison of a keyword to the next."""
_YOUNG = timedelta(days=1)
"""The time after an announcement for which arXiv's search may lack its papers."""
_STRIKES = 2
"""The days with a difference after which a keyword goes back to arXiv's API."""
_TOO_LITTLE = 0.5
"""A share below this is not worth showing."""
_PLAIN = re.compile(r"[(\[]?[A-Za-z]{3,}[)\]]?[.,;:!?]?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Comparable:
    """A keyword that is evaluated here: its beginning, and its last comparison, None for none."""

    name: str
    since: Moment
    compared_at: Moment | None = None


def turn(keywords: Iterable[Comparable], now: Moment, budget: int) -> list[str]:
    """The keywords to compare now, most urgent first.

    Args:
        keywords: all keywords that are evaluated here. New ones come first, the oldest of them
            first; then those whose last comparison is a month ago, the longest ago first.
        now: the present. A comparison in the future is one of a wrong clock: it counts as none.
        budget: the number of keywords, as many as there are requests left for today.
    """
    due: list[tuple[bool, Moment, str]] = []
    for one in keywords:
        at = one.compared_at
        if at is None or at > now:
            due.append((False, one.since, one.name))
        elif now - at >= _AGAIN_AFTER:
            due.append((True, at, one.name))
    return [name for _, _, name in sorted(due)[: max(0, budget)]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of a comparison.

    `agreed` counts the papers that both found, and `explained` those whose difference has an
    explanation. `only_there` and `only_here` are versioned identifiers of the other papers that
    arXiv alone, or the evaluation here alone, has found. `unknown` are those of `only_there` that
    no harvest has brought: the harvest lacks them, whatever the keyword.
    """

    agreed: int
    only_there: tuple[str, ...] = ()
    only_here: tuple[str, ...] = ()
    explained: int = 0
    unknown: tuple[str, ...] = ()


def compare(
    there: Sequence[Paper],
    here: Sequence[Record],
    *,
    back_to: Moment,
    kept: Callable[[str], Paper | None],
    now: Moment,
    calendar: Calendar,
    counted_before: Collection[str] = (),
) -> Comparison:
    """Compares the papers of a keyword that arXiv's search found with those found here.

    Args:
        there: the papers that arXiv's search found.
        here: the records that the evaluation here found.
        back_to: the date that both sides reach; older versions are left out.
        kept: takes a base identifier, and returns the paper as it is kept here, or None.
        now: the present.
        calendar: the days and hours of arXiv's announcements.
        counted_before: versioned identifiers whose difference has been counted already.
    """
    theirs = {paper.id: paper for paper in there if paper.updated >= back_to}
    every = {paper.id for paper in there}
    ours = {record.id: record for record in here if record.paper.updated >= back_to}
    found = {record.id for record in here}
    both = theirs.keys() & ours.keys()
    agreed = sum(theirs[base].version == ours[base].paper.version for base in both)
    explained = len(both) - agreed
    only_there: list[str] = []
    only_here: list[str] = []
    unknown: list[str] = []
    for base, paper in theirs.items():
        if base in ours:
            continue
        own = kept(base)
        harmless = base in found or paper.versioned_id in counted_before
        if harmless or _on_its_way(paper, now, calendar) or (own and _edited(paper, own)):
            explained += 1
        else:
            only_there.append(paper.versioned_id)
            unknown.extend([paper.versioned_id] if own is None else [])
    for base, record in ours.items():
        if base in theirs:
            continue
        harmless = base in every or record.paper.versioned_id in counted_before
        if harmless or _just_stamped(record, now) or _on_its_way(record.paper, now, calendar):
            explained += 1
        else:
            only_here.append(record.paper.versioned_id)
    return Comparison(
        agreed, tuple(sorted(only_there)), tuple(sorted(only_here)), explained, tuple(unknown)
    )


def _on_its_way(paper: Paper, now: Moment, calendar: Calendar) -> bool:
    """Whether the first announcement after a paper's submission is less than a day ago."""
    return calendar.next(paper.updated) > now - _YOUNG


def _just_stamped(record: Record, now: Moment) -> bool:
    """Whether a record was announced or edited today or yesterday."""
    return record.datestamp >= (now - _YOUNG).astimezone(UTC).date()


def _edited(there: Paper, here: Paper) -> bool:
    """Whether one of two copies of a paper is of a later version, or its text was edited.

    The same text can be written in two ways: accents and Greek letters are TeX in the one, Unicode
    in the other. That is no edit, so only words of plain letters are compared.
    """
    if there.version != here.version:
        return True
    return _plain_words(there) != _plain_words(here)


def _plain_words(paper: Paper) -> Counter[str]:
    words = f"{paper.title} {paper.abstract} {paper.comment}".split()
    return Counter(word.casefold() for word in words if _PLAIN.fullmatch(word))


def lost(strikes: Iterable[Moment]) -> bool:
    """Returns whether a keyword goes back to arXiv's API, until a person has looked at it.

    Args:
        strikes: the moments of comparisons with a difference, since a person last looked.
    """
    return len({strike.astimezone(UTC).date() for strike in strikes}) >= _STRIKES


def share(agreed: int, disagreed: int) -> float | None:
    """The share of decisions that agree, from 0 to 1; None where none was compared."""
    return agreed / (agreed + disagreed) if agreed + disagreed else None


def at_least(agreed: int, disagreed: int) -> float:
    """The share of agreeing decisions that is shown at 95 % confidence, from 0 to 1.

    It comes from the upper limit for a count that follows Poisson's law, in the approximation of
    Wilson and Hilferty (1931), which is right to one part in a hundred. 3,000 decisions without a
    difference show 99.9 %, as the rule of three says.
    """
    decisions = agreed + disagreed
    if not decisions:
        return 0.0
    count = disagreed + 1
    limit: float = count * (1 - 1 / (9 * count) + 1.645 / (3 * count**0.5)) ** 3
    return max(0.0, 1 - limit / decisions)


def in_words(agreed: int, disagreed: int) -> str:
    """The agreement as a sentence for a person; a share is never rounded up."""
    decisions = agreed + disagreed
    if not decisions:
        return "no paper has been compared with arXiv's own search yet"
    papers = "paper" if decisions == 1 else "papers"
    sentence = f"{agreed:,} of {decisions:,} {papers} compared agree with arXiv's own search"
    shown = at_least(agreed, disagreed)
    if shown < _TOO_LITTLE:
        return f"{sentence}, too few for a share"
    per_cent = floor(shown * 10_000) / 100
    return f"{sentence}, which shows an agreement of {per_cent} % or more at 95 % confidence"
