"""Defines the answers of arXiv's harvest (OAI-PMH) and of its feeds, and who gives them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from digest.clock import Moment
from digest.model.record import Record


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the chain of pages: records of `day` on, of which `skip` were given already.

    `token` is the resumption token that leads there, as arXiv wrote it; "" for the first page.
    """

    day: date
    skip: int = 0
    token: str = ""


@dataclass(frozen=True, slots=True)
class HarvestPage:
    """The facts about one page of a chain.

    `made_at` is arXiv's responseDate: a page from a cache has an old one. `received_at` is the
    moment of its arrival here. `place` is where the page begins and `next` where the next one does;
    None after the last page.
    """

    place: Place
    next: Place | None
    made_at: Moment
    received_at: Moment
    records: int


@dataclass(frozen=True, slots=True)
class Harvest:
    """The result of one harvest: the records of a window of days with an open end.

    `begin` is the first day of the window. `records` holds each paper once, as its last page gave
    it; records that the caller did not want are counted in `pages` only, and are in `seen`.
    `seen` maps each base identifier to its datestamp. `repeated` are identifiers that came twice
    with the same datestamp. `fault` says why the chain broke off, "" where it ended; `broken_at` is
    then the place to go on from. `listed` is the second list, of ListIdentifiers, made after the
    chain ended: base identifiers with their datestamps; None where it did not come, and
    `listed_at` is the responseDate of its oldest page. `lacking` are identifiers of that list which
    could not be fetched. `unchecked` says why the list did not come, or why the chain was not
    mended by it; "" where it was. `unreadable` names records that could not be read. `requests`
    counts the requests. `left_alone` is the number of seconds for which arXiv does not want to be
    asked.
    """

    begin: date
    records: tuple[Record, ...]
    pages: tuple[HarvestPage, ...]
    seen: Mapping[str, date] = field(default_factory=dict)
    repeated: tuple[str, ...] = ()
    fault: str = ""
    broken_at: Place | None = None
    listed: Mapping[str, date] | None = None
    listed_at: Moment | None = None
    unchecked: str = ""
    lacking: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    requests: int = 0
    left_alone: float = 0.0


@dataclass(frozen=True, slots=True)
class Broken:
    """The earlier part of a chain that broke off: its pages, and the papers that they held."""

    begin: date
    pages: tuple[HarvestPage, ...]
    seen: Mapping[str, date]
    at: Place


class Harvester(Protocol):
    """A place that gives all records that changed since a day."""

    def harvest(
        self, begin: date, *, wanted: Callable[[Record], bool], broken: Broken | None = None
    ) -> Harvest:
        """Reads all records with a datestamp of `begin` or later.

        Args:
            begin: the first day, in UTC.
            wanted: returns whether to return a record; the others are counted.
            broken: an earlier harvest that broke off, to go on from. Its pages and papers are part
                of the result's `pages` and `seen`; its records are not in `records`.

        Returns:
            The records that came; `fault` says why they are not all, if so.
        """
        ...

    def resume(self) -> None:
        """Begins a new round; the source is asked again even if it failed in the last round."""
        ...

    def close(self) -> None:
        """Closes the connection."""
        ...


@dataclass(frozen=True, slots=True)
class Feed:
    """One of arXiv's feeds: the papers that were announced last, in one archive or several.

    `name` is the part of the address that names them, such as `cs` or `hep-th+math`. The records
    have no dates of their own: each has the moment of the feed. `announced` maps each versioned
    identifier to arXiv's word for its announcement: `new`, `cross`, `replace` or `replace-cross`,
    as seen from the feed's own categories; a paper is `new` only if its primary one is among them.
    A `replace` of version 6 or later is never in a feed. `cut` is True where the feed has so many
    entries that new ones may be left out. `unreadable` names entries that could not be read.
    `fault` says why there is no feed.
    """

    name: str
    records: tuple[Record, ...] = ()
    announced: Mapping[str, str] = field(default_factory=dict)
    built_at: Moment | None = None
    cut: bool = False
    unreadable: tuple[str, ...] = ()
    fault: str = ""


class Feeds(Protocol):
    """The feeds of arXiv, each with the papers of the last announcement."""

    def read(self, names: Sequence[str]) -> list[Feed]:
        """Reads feeds, one request each; a failure is part of the result."""
        ...

    def resume(self) -> None:
        """Begins a new round."""
        ...

    def close(self) -> None:
        """Closes the connection."""
        ...


FEEDS = (
    *("astro-ph", "cond-mat", "cs.AI", "cs.CL", "cs.CV", "cs.LG", "cs.RO"),
    *("econ", "eess", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math-ph", "math"),
    *("nlin", "nucl-ex", "nucl-th", "physics", "q-bio", "q-fin", "quant-ph", "stat"),
)
"""The largest feeds whose entries stay below arXiv's limit of 2,000; further ones follow."""
