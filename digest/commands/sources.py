"""Makes the clients of arXiv's three services, and chooses between the harvest and the API."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, cast

from digest.clock import Moment
from digest.commands.invocation import Invocation
from digest.config.settings import Settings
from digest.model.keyword import Keyword
from digest.search.evaluable import not_here
from digest.search.grammar import MalformedQueryError, parse
from digest.selection.source_choice import Choice, choose, usual_cost
from digest.source.source import Language
from digest.store.known import Known

if TYPE_CHECKING:  # imported at the place of use: they take longer than all of `status`
    from digest.source.arxiv_api.listing import Listing
    from digest.source.feeds.client import RssFeeds
    from digest.source.oai_pmh.client import OaiPmh

_LATELY = timedelta(days=7)
"""The age up to which the last harvest shows the present way of asking."""


@dataclass(frozen=True, slots=True)
class ByApi:
    """A keyword that only arXiv's API can answer, and the reason as a clause."""

    name: str
    why: str


class Sources:
    """The clients of arXiv's services. They keep one pace together, as arXiv asks.

    `tries` replaces the number of tries for one page in the settings.
    """

    def __init__(self, invocation: Invocation, *, tries: int | None = None) -> None:
        from digest.source.pacing import Politeness

        self._invocation = invocation
        self._settings = invocation.settings
        self._tries = tries or invocation.settings.arxiv_retries
        self._contact = invocation.settings.arxiv_contact or ""
        self._politeness = Politeness(invocation.settings.arxiv_delay)

    def listing(self) -> "Listing":
        """The client of the query API."""
        return self._invocation.listing(tries=self._tries, politeness=self._politeness)

    def harvester(self, *, timeout: float | None = None) -> "OaiPmh | None":
        """The client of OAI-PMH; None where no address is known.

        `timeout` is the number of seconds for one read, None for the usual one.
        """
        from digest.source.oai_pmh.client import TIMEOUT, OaiPmh

        if self._settings.oai_url is None:
            return None
        return OaiPmh(
            url=self._settings.oai_url,
            politeness=self._politeness,
            tries=self._tries,
            contact=self._contact,
            clock=self._invocation.clock,
            timeout=timeout or TIMEOUT,
        )

    def feeds(self) -> "RssFeeds | None":
        """The client of the feeds; None where no address is known."""
        from digest.source.feeds.client import RssFeeds

        if self._settings.feed_url is None:
            return None
        return RssFeeds(
            url=self._settings.feed_url,
            politeness=self._politeness,
            timeout=self._settings.arxiv_timeout,
            tries=self._tries,
            contact=self._contact,
            clock=self._invocation.clock,
        )


def by_api(keywords: Iterable[Keyword], language: Language, known: Known | None) -> list[ByApi]:
    """The keywords that cannot be evaluated here, in their order.

    `known` tells of the keywords whose evaluation here has disagreed with arXiv's search too often;
    None where nothing is known.
    """
    return [
        ByApi(keyword.name, why)
        for keyword in keywords
        if (why := _not_here(language.query(keyword)) or _lost(keyword.name, known))
    ]


def choice(
    settings: Settings, keywords: int, others: int, known: Known | None, now: Moment
) -> Choice:
    """Chooses the source for `keywords` in all, of which the API must answer `others`."""
    last = known.harvests.last if known else None
    alone = known.left_alone if known else None
    return choose(
        cast("Literal['auto', 'api', 'harvest']", settings.source),
        here=keywords - others,
        by_api=others,
        harvest_known=settings.oai_url is not None,
        api_fails=alone is not None and alone.holds(now),
        was=True if last and now - last.at < _LATELY else None,
        cost=usual_cost(known.harvests.complete if known else ()),
    )


def _not_here(query: str) -> str:
    try:
        return not_here(parse(query))
    except MalformedQueryError as error:
        return f"it cannot be read: {error}"


def _lost(name: str, known: Known | None) -> str:
    record = known.keyword(name) if known else None
    if record is None or record.agreement is None or not record.agreement.lost:
        return ""
    return "its papers here differed from those of arXiv's search, and nobody has looked at it yet"
