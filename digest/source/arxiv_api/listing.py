"""Reads arXiv's listing of a query, newest first. No other module uses the `arxiv` package.

The package makes the requests and turns entries into results. This module makes one request at a
time, repeats failed ones, and checks that each page holds the number of papers that arXiv
announced.
"""

import contextlib
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import arxiv

from digest.clock import Clock, utc
from digest.errors import InputError, ListingError
from digest.model.paper import Paper, split_identifier
from digest.source.arxiv_api.atom import Page
from digest.source.arxiv_api.query import ArxivLanguage
from digest.source.arxiv_api.session import PageSpentError, SavedPage, Session
from digest.source.asking import Asker
from digest.source.pacing import Politeness
from digest.source.source import Reading, are_few, cannot_be_read
from digest.source.transport import LARGEST
from digest.text import clean, logfmt

log = logging.getLogger(__name__)

_LARGEST_PAGE = 1000
"""The most papers in one page. The API gives up to 2000; its manual asks for at most 1000."""
_DEEPEST = 10_000
"""The most papers of one query: arXiv's search goes no deeper, although its manual says 30,000
(https://info.arxiv.org/help/api/user-manual.html)."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """One page: its papers, whether it is the last one of the listing, and its fault, if any."""

    papers: tuple[Paper, ...]
    page: Page
    fault: str = ""


class Listing(ArxivLanguage):
    """A client of arXiv's query API at `url`; it satisfies `digest.source.source.Source`.

    Args:
        url: the address, without a query string.
        politeness: the delay between requests, which the clients of all of arXiv's hosts share.
        timeout: seconds for one read from the connection.
        tries: the number of requests for one page before the client gives up.
        contact: the operator's address, for the User-Agent; "" for none.
        clock: the clock that waits between requests.
        largest: the most bytes of one answer, uncompressed.
    """

    def __init__(
        self,
        *,
        url: str,
        politeness: Politeness,
        timeout: float,
        tries: int,
        contact: str,
        clock: Clock,
        largest: int = LARGEST,
    ) -> None:
        self._session = Session(timeout=timeout, contact=contact, clock=clock, largest=largest)
        self._client = _client(self._session, f"{url}?{{}}")
        self._asker = Asker(politeness, tries, clock, self._session.close)

    def read(
        self,
        query: str,
        *,
        page_size: int,
        expected: bool,
        more: Callable[[Sequence[Paper]], bool],
        unreadable: Collection[str] = (),
    ) -> Reading:
        """Reads the newest papers of a query, page after page.

        Args:
            query: the query, in arXiv's syntax.
            page_size: papers in the first page; each further page has twice as many.
            expected: True where papers are known to be there, so that an empty listing is a fault.
            more: takes the papers of a page, and returns whether to read the next one.
            unreadable: entries that could not be read the last time. A page with other unreadable
                entries is requested twice.

        Returns:
            The papers that came; `fault` says why they are not all, if so.

        Raises:
            QueryRefusedError: arXiv says that the query is wrong.
        """
        papers: dict[str, Paper] = {}
        broken: dict[str, None] = {}
        start = total = 0
        while True:
            try:
                answer = self._page(query, start, page_size, unreadable, expected=expected)
            except ListingError as error:
                came = tuple(papers.values())
                return Reading(
                    came,
                    total,
                    ended=False,
                    fault=str(error),
                    unreadable=tuple(broken),
                    left_alone=self._asker.left_alone(),
                )
            before = len(papers)
            for paper in answer.papers:
                papers.setdefault(paper.versioned_id, paper)
            broken.update(dict.fromkeys(answer.page.unreadable))
            announced, total = total, answer.page.total
            start += answer.page.entries
            ended = start >= total
            fault = answer.fault
            if total < announced:
                fault = fault or f"arXiv announced {announced} papers, and then only {total}"
            elif not ended and len(papers) == before and not answer.page.unreadable:
                fault = fault or "arXiv gave the same papers again in place of the next ones"
            elif not ended and start >= _DEEPEST:
                fault = fault or f"arXiv gives no more than {_DEEPEST} papers; narrow the query"
            if fault or ended or not more(answer.papers):
                return Reading(tuple(papers.values()), total, ended, fault, tuple(broken))
            page_size = min(_LARGEST_PAGE, 2 * page_size)

    def resume(self) -> None:
        """Begins a new round; arXiv is asked again even if it failed in the last round."""
        self._asker.resume()

    def close(self) -> None:
        """Closes the connection."""
        self._session.close()

    def _page(
        self, query: str, start: int, size: int, unreadable: Collection[str], *, expected: bool
    ) -> _Answer:
        """Requests one page until it is whole or the tries are used up."""
        faulty: list[_Answer] = []

        def once(attempt: int) -> _Answer:
            answer = self._ask(query, start, size, expected=expected)
            odd = cannot_be_read(answer.page.unreadable, besides=unreadable)
            if not answer.fault and (attempt > 1 or not odd):
                return answer
            faulty.append(answer)
            raise ListingError(answer.fault or odd)

        def best() -> _Answer | None:
            return max(faulty, key=lambda answer: len(answer.papers), default=None)

        return self._asker.ask(once, instead=best)

    def _ask(self, query: str, start: int, size: int, *, expected: bool) -> _Answer:
        answer = _ask(self._client, self._session, query, start, size)
        self._asker.answered()
        if not answer.page.total and expected:
            fault = "arXiv listed nothing where papers are known to be"
            return _Answer((), answer.page, fault)
        return answer


def read_saved(body: bytes, where: str) -> Reading:
    """Reads the papers in a saved page of arXiv's answer.

    Raises:
        InputError: the file is not a whole page; `where` names the file in the message.
    """
    try:
        session = SavedPage(body)
        if session.page.error:
            raise ValueError(f"an error of arXiv's: {session.page.error}")
        if not session.page.entries:
            raise ValueError("a feed without a paper")
    except ValueError as error:
        raise InputError(
            f"{where} holds {error}; save a whole page of arXiv's API answer and try again"
        ) from error
    size = session.page.entries
    answer = _ask(_client(session, "saved?{}"), session, "", 0, size)
    if not answer.papers:
        raise InputError(f"{where} has no entry that can be read; save it again")
    if answer.page.unreadable:
        log.warning(logfmt("unreadable", file=where, reason=cannot_be_read(answer.page.unreadable)))
    return Reading(answer.papers, session.page.total, ended=False)


def paper_from(result: arxiv.Result) -> Paper | None:
    """The paper of an arXiv entry; None where the entry's id is not that of a paper."""
    identifier = split_identifier(result.entry_id)
    if identifier is None:
        return None
    base, version = identifier
    return Paper(
        id=base,
        version=version,
        title=clean(result.title),
        authors=tuple(filter(None, (clean(author.name) for author in result.authors))),
        abstract=clean(result.summary),
        comment=clean(result.comment),
        primary_category=clean(result.primary_category),
        categories=tuple(clean(category) for category in result.categories),
        published=utc(result.published),
        updated=utc(result.updated),
    )


def _client(session: Session | SavedPage, url_format: str) -> arxiv.Client:
    client = arxiv.Client(delay_seconds=0, num_retries=0)
    client.query_url_format = url_format
    client._session = session  # noqa: SLF001 (the package has no other way to set a timeout)
    return client


def _ask(
    client: arxiv.Client, session: Session | SavedPage, query: str, start: int, size: int
) -> _Answer:
    """Makes one request. A page with fewer papers than arXiv announced has a fault."""
    search = arxiv.Search(
        query=query,
        max_results=start + size,
        sort_by=arxiv.SortCriterion.LastUpdatedDate,
        sort_order=arxiv.SortOrder.Descending,
    )
    client.page_size = size
    results: list[arxiv.Result] = []
    session.expect_one()
    try:
        with contextlib.suppress(PageSpentError):
            results.extend(client.results(search, offset=start))
        papers = tuple(filter(None, map(paper_from, results)))
    except (arxiv.ArxivError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise ListingError(f"arXiv's answer cannot be read ({error})") from error
    page = session.page
    announced = min(size, max(0, page.total - start))
    fault = ""
    if page.entries < announced:
        fault = f"a page of {page.entries} papers where arXiv announced {announced}"
    elif not are_few(len(page.unreadable), page.entries):
        fault = cannot_be_read(page.unreadable)
    elif len(papers) < page.entries - len(page.unreadable):
        fault = f"{page.entries - len(papers)} entries that cannot be read"
    return _Answer(papers, page, fault)
