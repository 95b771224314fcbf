"""Puts the clients of arXiv's hosts together, which share one politeness."""

from dataclasses import dataclass, field
from typing import Self

from digest.clock import Clock
from digest.config.settings import Settings
from digest.cycle.auditing import Auditing
from digest.cycle.fetching import FromArxiv
from digest.cycle.harvesting import Harvesting
from digest.model.announcements import Calendar
from digest.selection.evaluated_here import Evaluable
from digest.source.arxiv_api.listing import Listing
from digest.source.feeds.client import RssFeeds
from digest.source.oai_pmh.client import OaiPmh
from digest.source.pacing import Politeness
from digest.source.recent_papers import RecentPapers
from digest.stopping import Lifetime

_SLOWER = 6.5
"""The times that the harvest's service may take of the API's: 190 s, as arXiv says, of 30 s."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The clients of arXiv: its query API, and where they are known its harvest and its feeds."""

    settings: Settings
    clock: Clock
    listing: Listing
    papers: RecentPapers
    oai: OaiPmh | None = None
    feeds: RssFeeds | None = None
    evaluable: Evaluable = field(default_factory=Evaluable)

    @classmethod
    def of(cls, settings: Settings, clock: Clock, *, tries: int | None = None) -> Self:
        """The clients that the settings ask for; `tries` replaces the number of tries."""
        politeness = Politeness(settings.arxiv_delay)
        tries, contact = tries or settings.arxiv_retries, settings.arxiv_contact or ""
        listing = Listing(
            url=settings.arxiv_url,
            politeness=politeness,
            timeout=settings.arxiv_timeout,
            tries=tries,
            contact=contact,
            clock=clock,
        )
        papers = RecentPapers(settings.papers)
        if settings.source == "api" or settings.oai_url is None:
            return cls(settings, clock, listing, papers)
        oai = OaiPmh(
            url=settings.oai_url,
            politeness=politeness,
            tries=tries,
            contact=contact,
            clock=clock,
            timeout=_SLOWER * settings.arxiv_timeout,
        )
        feeds = settings.feed_url and RssFeeds(
            url=settings.feed_url,
            politeness=politeness,
            timeout=settings.arxiv_timeout,
            tries=tries,
            contact=contact,
            clock=clock,
        )
        return cls(settings, clock, listing, papers, oai, feeds or None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fetcher(self, calendar: Calendar) -> FromArxiv:
        """The fetcher of single keywords from the API."""
        return FromArxiv(self.listing, calendar)

    def harvesting(
        self, calendar: Calendar, lifetime: Lifetime | None = None, *, comes_again: bool = False
    ) -> Harvesting | None:
        """The evaluation of keywords here; None where the API serves all of them."""
        if self.oai is None:
            return None
        return Harvesting(
            harvester=self.oai,
            feeds=self.feeds,
            papers=self.papers,
            calendar=calendar,
            clock=self.clock,
            setting=self.settings.source,
            comes_again=comes_again,
            evaluable=self.evaluable,
            lifetime=lifetime,
        )

    def auditing(self, calendar: Calendar, lifetime: Lifetime | None = None) -> Auditing | None:
        """The comparison of the two; None where nothing is evaluated here."""
        if self.oai is None:
            return None
        return Auditing(self.listing, self.papers, calendar, self.clock, lifetime)

    def resume(self) -> None:
        """Begins a new round; each host is asked again even if it failed in the last round."""
        for one in (self.listing, self.oai, self.feeds):
            if one is not None:
                one.resume()

    def close(self) -> None:
        """Closes the connections."""
        for one in (self.listing, self.oai, self.feeds):
            if one is not None:
                one.close()
