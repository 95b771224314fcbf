"""Joins the pages of a harvest into a chain, and says what a second list shows to be missing.

Pages are cut by counting, so an edit between two pages moves the later records forward by one, and
the record behind the edge is skipped. A chain that ended is therefore compared with a list of all
identifiers, made afterwards.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from digest.clock import Moment
from digest.model.record import Record
from digest.source.harvest import Broken, Harvest, HarvestPage, Place
from digest.source.oai_pmh.page import OaiPage
from digest.source.oai_pmh.record import Header, Odd
from digest.source.oai_pmh.token import next_place


class Chain:
    """A chain of pages from a day on, and the papers that they have held so far.

    Args:
        begin: the first day.
        wanted: returns whether to keep a record; of the others only identifier and day are kept.
        broken: an earlier chain to go on with.

    Attributes:
        place: the place of the next page.
        ended: whether the last page was read.
        seen: the base identifiers so far, with their latest datestamps.
    """

    def __init__(
        self, begin: date, wanted: Callable[[Record], bool], broken: Broken | None = None
    ) -> None:
        self.begin = broken.begin if broken else begin
        self.place = broken.at if broken else Place(begin)
        self.ended = False
        self.seen = dict(broken.seen) if broken else {}
        self._pages = list(broken.pages) if broken else []
        self._wanted = wanted
        self._records: dict[str, Record] = {}
        self._unreadable: dict[str, None] = {}
        self._repeated: dict[str, None] = {}
        self._read_again: set[str] = set()
        """The identifiers that may come a second time, since the chain went back."""

    def take(self, page: OaiPage[Record | Odd], received_at: Moment) -> None:
        """Takes the page at `place`.

        Raises:
            ValueError: its token does not lead on. Then nothing of the page is taken.
        """
        days = [header.datestamp for header in map(_header, page.items) if header]
        following = next_place(self.place, page.token, days) if page.token else None
        for item in page.items:
            self._note_repeat(item)
            self.add(item)
        facts = HarvestPage(self.place, following, page.made_at, received_at, len(page.items))
        self._pages.append(facts)
        self.place, self.ended = following or self.place, following is None

    def add(self, item: Record | Odd) -> None:
        """Takes one record. Of two that differ in their day the later one counts."""
        if isinstance(item, Odd):
            self._unreadable[item.name] = None
            if item.header:
                self._see(item.header)
            return
        if item.datestamp < self.seen.get(item.id, item.datestamp):
            return
        self._see(Header(item.id, item.datestamp))
        self._unreadable.pop(item.id, None)
        self._records.pop(item.id, None)
        if self._wanted(item):
            self._records[item.id] = item

    def go_back(self) -> None:
        """Goes back to the beginning of the present day; its pages are read again."""
        self.place = Place(self.place.day)
        self._read_again = set(self.seen)
        here = (self.place.day, self.place.skip)
        kept = [page for page in self._pages if (page.place.day, page.place.skip) < here]
        if kept:
            kept[-1] = replace(kept[-1], next=self.place)
        self._pages = kept

    def again(self, day: date) -> "Chain":
        """A chain from a day on that adds to the papers of this one, and has pages of its own."""
        chain = Chain(day, self._wanted)
        chain.seen, chain._records = self.seen, self._records
        chain._unreadable = self._unreadable
        return chain

    def lacking(self, listed: Mapping[str, date]) -> dict[str, date]:
        """The identifiers of a list that the chain lacks, or has only as of an earlier day."""
        return {
            identifier: day
            for identifier, day in listed.items()
            if self.seen.get(identifier, date.min) < day
        }

    def harvest(
        self,
        *,
        fault: str = "",
        listed: Mapping[str, date] | None = None,
        listed_at: Moment | None = None,
        unchecked: str = "",
        requests: int,
        left_alone: float,
    ) -> Harvest:
        """The result, with the facts about its requests."""
        return Harvest(
            self.begin,
            tuple(self._records.values()),
            tuple(self._pages),
            seen=self.seen,
            repeated=tuple(self._repeated),
            fault=fault,
            broken_at=self.place if fault else None,
            listed=listed,
            listed_at=listed_at,
            lacking=tuple(self.lacking(listed or {})),
            unreadable=tuple(self._unreadable),
            unchecked=unchecked,
            requests=requests,
            left_alone=left_alone,
        )

    def _note_repeat(self, item: Record | Odd) -> None:
        header = _header(item)
        if header is None:
            return
        if header.id in self._read_again:
            self._read_again.discard(header.id)
        elif self.seen.get(header.id) == header.datestamp:
            self._repeated[header.id] = None

    def _see(self, header: Header) -> None:
        former = self.seen.get(header.id, header.datestamp)
        self.seen[header.id] = max(header.datestamp, former)


def _header(item: Record | Odd) -> Header | None:
    return item.header if isinstance(item, Odd) else Header(item.id, item.datestamp)
