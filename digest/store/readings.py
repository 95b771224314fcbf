"""Defines the events of reading arXiv: a listing, a harvest, a comparison of the two.

They are events like those of `digest.store.events`, and their field names are the store's format as
well.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from digest.clock import Moment
from digest.model.paper import Paper


@dataclass(frozen=True, slots=True)
class Fetched:
    """arXiv's listing of a keyword was read, with these unseen papers in arXiv's order.

    `new` papers are to be mailed; `old` papers count as seen. `complete` is False with a `reason`
    where papers may be missing, and without a reason where a saved page was read. `missing` are
    identifiers that should have been in the listing and were not. `depth` is the number of papers
    that had to be read to go back far enough. `still` is True where the reason is an index that
    stands still. `empty` counts the empty readings in a row. `unreadable` names entries that cannot
    be read. `begun` is the moment of the first complete listing, while later listings are compared
    with it. `away` is True where arXiv failed, not the query; `left_alone` ends its Retry-After.
    """

    keyword: str
    at: Moment
    complete: bool
    reason: str = ""
    new: tuple[Paper, ...] = ()
    old: tuple[Paper, ...] = ()
    missing: tuple[str, ...] = ()
    depth: int = 0
    still: bool = False
    empty: int = 0
    unreadable: tuple[str, ...] = ()
    begun: Moment | None = None
    away: bool = False
    left_alone: Moment | None = None


@dataclass(frozen=True, slots=True)
class HarvestFacts:
    """The facts about one harvest that later harvests are compared with.

    `begin` is the first day of its window, and `through` the last announcement that it holds.
    `days` maps each datestamp, as an ISO date, to two counts: identifiers of version 1 that were
    new, and later versions. `largest` is the largest identifier of a version 1. `requests` and
    `records` are counted over the whole harvest. `notes` are doubts that do not make it incomplete.
    `numbers` counts the identifiers from the largest one before up to `largest`, `absent` those of
    them that are not in use, and `longest` is the longest run of these. `short` is the time in
    minutes from the newest submission to the closing hour of the last announcement. `doubts` maps
    each doubt that passes if it stays to the announcement for which it arose.
    """

    begin: date
    through: Moment
    records: int = 0
    requests: int = 0
    days: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    largest: str = ""
    notes: tuple[str, ...] = ()
    numbers: int = 0
    absent: int = 0
    longest: int = 0
    short: int = 0
    doubts: Mapping[str, Moment] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Harvested:
    """The keywords were evaluated here, on the records of a harvest or of feeds.

    `source` is "harvest", "feeds", or "papers" for the papers that were kept here. `keywords` are
    those that were evaluated; all of them are complete through `at` where `complete` is True, and
    otherwise not, with the `reason`. `papers` are the papers in the lists: `new` gives for each
    keyword the versioned identifiers to be mailed, and `old` those that count as seen; keywords
    without any are left out. `away` is True where arXiv failed; `left_alone` ends its Retry-After.
    `facts` are those of a harvest that came, whole or not. `newest` is the largest identifier that
    was announced so far: a keyword that begins with this event has met no older paper than asked
    for, and by its identifier an unknown paper shows that it was there before.
    """

    at: Moment
    source: str
    complete: bool
    reason: str = ""
    keywords: tuple[str, ...] = ()
    papers: tuple[Paper, ...] = ()
    new: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    old: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    facts: HarvestFacts | None = None
    away: bool = False
    left_alone: Moment | None = None
    newest: str = ""


@dataclass(frozen=True, slots=True)
class Audited:
    """A keyword that is evaluated here was compared with arXiv's own search.

    `agreed` counts the papers that both found. `there` are versioned identifiers that arXiv alone
    found, and `here` those that only the evaluation here found, both without those that have an
    explanation, which are counted as `explained`. `new` are papers of arXiv's that the keyword had
    not met: they are to be mailed.
    """

    keyword: str
    at: Moment
    agreed: int
    there: tuple[str, ...] = ()
    here: tuple[str, ...] = ()
    explained: int = 0
    new: tuple[Paper, ...] = ()


@dataclass(frozen=True, slots=True)
class Trusted:
    """A person has looked at the differences of a keyword; it is evaluated here again."""

    keyword: str
    at: Moment
