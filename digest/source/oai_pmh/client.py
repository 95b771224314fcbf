"""Reads the harvest: every record that changed since a day, from arXiv's OAI-PMH service.

    ListRecords from=2026-11-22              the chain of pages, joined by resumption tokens
    ListIdentifiers from=2026-11-22          afterwards the list of all identifiers in the window
    GetRecord, or ListRecords once more      the records that the list names and the chain lacks

The chain has no end date, so that records which change meanwhile come at its end. The service is
slow at times, and its CDN gives up after three minutes, so the time-out is longer than that.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar
from urllib.parse import quote, urlencode
from xml.etree.ElementTree import Element

from digest.clock import Clock, Moment
from digest.errors import ListingError
from digest.model.record import Record
from digest.source.asking import Asker
from digest.source.harvest import Broken, Harvest, Place
from digest.source.oai_pmh.chain import Chain
from digest.source.oai_pmh.identity import read_identity
from digest.source.oai_pmh.page import OaiPage, OaiRefusalError, read_page
from digest.source.oai_pmh.record import Header, Odd, read_header, read_record
from digest.source.oai_pmh.token import PREFIX, arguments, next_place
from digest.source.pacing import Politeness
from digest.source.transport import LARGEST, OK, Transport, refused

TIMEOUT = 190.0
"""Seconds for one read: arXiv's CDN answers 503 after about 183 seconds."""
BUDGET = 3600.0
"""Seconds for one harvest, pauses included. A day has 4 to 6 pages, so that is for bad days."""
_PATIENCE = 2
"""The time for one whole answer, in time-outs."""
_ROUNDS = 3
"""The most lists of identifiers that a chain is compared with."""
_FEW = 20
"""The most records that are fetched one by one; for more, their days are read again."""

T = TypeVar("T")


@dataclass(slots=True)
class _Check:
    """The list that a chain is compared with: the union of all lists so far."""

    listed: dict[str, date] = field(default_factory=dict)
    made_at: Moment | None = None
    fault: str = ""

    def take(self, listed: dict[str, date], made_at: Moment) -> None:
        """Adds a list; of two days for one record the later one counts."""
        self.made_at = made_at
        if not self.listed:
            self.listed = listed
        for identifier, day in listed.items():
            self.listed[identifier] = max(day, self.listed.get(identifier, day))


class OaiPmh:
    """A client of arXiv's OAI-PMH service; it satisfies `digest.source.harvest.Harvester`.

    Args:
        url: the address, without a query string.
        politeness: the delay between requests, which the clients of all of arXiv's hosts share.
        tries: the number of requests for one page before the client gives up.
        contact: the operator's address, for the User-Agent; "" for none.
        clock: the clock that waits between requests.
        timeout: seconds for one read from the connection.
        budget: seconds for one harvest; after these it ends as a broken one.
        largest: the most bytes of one answer, uncompressed.
    """

    def __init__(
        self,
        *,
        url: str,
        politeness: Politeness,
        tries: int,
        contact: str,
        clock: Clock,
        timeout: float = TIMEOUT,
        budget: float = BUDGET,
        largest: int = LARGEST,
    ) -> None:
        self._url = url
        self._clock = clock
        self._budget = budget
        self._transport = Transport(
            timeout=timeout,
            contact=contact,
            accept="text/xml, application/xml;q=0.9, */*;q=0.1",
            clock=clock,
            largest=largest,
            patience=_PATIENCE,
        )
        self._asker = Asker(politeness, tries, clock, self._transport.close)

    def harvest(
        self, begin: date, *, wanted: Callable[[Record], bool], broken: Broken | None = None
    ) -> Harvest:
        """Reads all records with a datestamp of `begin` or later.

        Args:
            begin: the first day, in UTC. A window without a record is a fault, and arXiv's cache
                keeps that answer until midnight UTC, so begin a day or two before the last harvest.
            wanted: returns whether to return a record; the others are counted.
            broken: an earlier harvest that broke off, to go on from.

        Returns:
            The records that came; `fault` says why they are not all, if so.
        """
        before = self._asker.requests
        self._asker.limit = self._asker.spent + self._budget
        chain = Chain(begin, wanted, broken)
        check: _Check | None = None
        fault = self._read_on(chain)
        if not fault:
            check = self._check(chain)
        return chain.harvest(
            fault=fault,
            listed=check.listed if check and check.made_at else None,
            listed_at=check.made_at if check else None,
            unchecked=check.fault if check else "",
            requests=self._asker.requests - before,
            left_alone=self._asker.left_alone(),
        )

    def identify(self) -> str:
        """Returns the name of the service, in one small request which shows that it answers.

        Raises:
            ListingError: it does not answer, or not as OAI-PMH does.
        """
        return self._asker.ask(lambda _: self._identity())

    def resume(self) -> None:
        """Begins a new round; the service is asked again even if it failed in the last round."""
        self._asker.resume()

    def close(self) -> None:
        """Closes the connection."""
        self._transport.close()

    def _read_on(self, chain: Chain) -> str:
        """Reads the chain to its end. Returns the reason why it broke off, "" where it ended."""
        begun_again: set[date] = set()
        while not chain.ended:
            try:
                self._read_page(chain)
            except OaiRefusalError as error:
                is_first = not chain.place.token and not chain.place.skip
                if is_first or chain.place.day in begun_again:
                    return _in_words(error)
                begun_again.add(chain.place.day)
                chain.go_back()
            except ListingError as error:
                return str(error)
        return ""

    def _read_page(self, chain: Chain) -> None:
        def once(_: int) -> None:
            page = self._page("ListRecords", chain.place, read_record)
            try:
                chain.take(page, self._clock.now())
            except ValueError as error:
                raise ListingError(f"arXiv answered with {error}") from error

        self._ask(once)

    def _check(self, chain: Chain) -> _Check:
        """Compares an ended chain with the list of identifiers, and fetches the lacking ones."""
        check = _Check()
        for number in range(_ROUNDS):
            check.fault = ""
            try:
                # A list from another day on has another address, so it is not the cached one.
                listed, made_at = self._list(chain.begin - timedelta(days=number))
                window = {one: day for one, day in listed.items() if day >= chain.begin}
                check.take(window, made_at)
                self._mend(chain, chain.lacking(check.listed))
            except OaiRefusalError as error:  # another address may be taken
                check.fault = str(error)
                continue
            except ListingError as error:
                check.fault = str(error)
                break
            if window.keys() >= chain.seen.keys() and not chain.lacking(check.listed):
                break
        return check

    def _list(self, since: date) -> tuple[dict[str, date], Moment]:
        """Reads the list of identifiers since a day, and the moment at which it was made."""
        listed: dict[str, date] = {}
        made_at: list[Moment] = []
        place: Place | None = Place(since)
        while place:
            page, place = self._list_page(place)
            made_at.append(page.made_at)
            for header in page.items:
                if isinstance(header, Header):
                    listed[header.id] = max(header.datestamp, listed.get(header.id, date.min))
        return listed, min(made_at)

    def _list_page(self, at: Place) -> tuple[OaiPage[Header | Odd], Place | None]:
        def once(_: int) -> tuple[OaiPage[Header | Odd], Place | None]:
            page = self._page("ListIdentifiers", at, read_header)
            return page, _following(at, page)

        return self._ask(once)

    def _mend(self, chain: Chain, lacking: dict[str, date]) -> None:
        """Fetches the lacking records: few of them one by one, more with the days they are of."""
        if len(lacking) > _FEW:
            again = chain.again(min(lacking.values()))
            if fault := self._read_on(again):
                raise ListingError(fault)
            return
        for identifier in lacking:
            try:
                chain.add(self._record(identifier))
            except OaiRefusalError as error:
                if error.code != "idDoesNotExist":
                    raise

    def _record(self, identifier: str) -> Record | Odd:
        named = {"identifier": f"oai:arXiv.org:{identifier}", "metadataPrefix": PREFIX}

        def once(_: int) -> Record | Odd:
            asked = {"verb": "GetRecord", **named}
            return self._answer("GetRecord", asked, read_record).items[0]

        return self._ask(once)

    def _ask(self, once: Callable[[int], T]) -> T:
        """Makes a request within the budget of the harvest."""
        if self._asker.spent >= self._asker.limit:
            raise ListingError(f"the harvest took longer than {self._budget / 60:g} minutes")
        return self._asker.ask(once)

    def _identity(self) -> str:
        answer = self._transport.get(f"{self._url}?verb=Identify")
        if answer.status != OK:
            raise refused(answer)
        try:
            return read_identity(answer.body)
        except OaiRefusalError as error:
            raise ListingError(str(error)) from error
        except ValueError as error:
            raise ListingError(f"arXiv answered with {error}") from error

    def _page(self, verb: str, place: Place, item: Callable[[Element], T]) -> OaiPage[T]:
        return self._answer(verb, arguments(verb, place), item)

    def _answer(self, verb: str, asked: dict[str, str], item: Callable[[Element], T]) -> OaiPage[T]:
        """Makes one request. Raises ListingError or OaiRefusalError."""
        answer = self._transport.get(f"{self._url}?{urlencode(asked, quote_via=quote, safe=':')}")
        if answer.status != OK:
            raise refused(answer)
        try:
            return read_page(answer.body, verb, item)
        except ValueError as error:
            raise ListingError(f"arXiv answered with {error}") from error


def _following(at: Place, page: OaiPage[Header | Odd]) -> Place | None:
    """The place of the next page of a list, None after the last one. Raises ListingError."""
    if not page.token:
        return None
    days = [one.datestamp for one in page.items if isinstance(one, Header)]
    try:
        return next_place(at, page.token, days)
    except ValueError as error:
        raise ListingError(f"arXiv answered with {error}") from error


def _in_words(error: OaiRefusalError) -> str:
    if error.code == "noRecordsMatch":
        return "arXiv answered that no record matches, which is no proof that there is none"
    return str(error)
