"""Gives the `arxiv` package a stricter session, on our own transport.

The package sets no timeout and few headers, follows every redirect, and accepts every answer with
status 200 as a listing. This session uses `digest.source.transport`, and lets a page through only
if the page is a whole feed; anything else becomes an error of `digest.errors`.
"""

import contextlib
from dataclasses import dataclass, field
from typing import Any

from digest.clock import Clock
from digest.errors import ListingError, QueryRefusedError
from digest.source.arxiv_api.atom import Page, read_page
from digest.source.transport import LARGEST, OK, Transport, refused

_BAD_REQUEST = 400


class PageSpentError(Exception):
    """The package requests a second page by itself, since the first page had too few entries."""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, with the names by which the package reads it."""

    status_code: int
    content: bytes = field(repr=False)


class Session:
    """A session for one client: returns one page for each `expect_one`.

    `page` holds the counts of the last answer.

    Args:
        timeout: seconds to connect, and between two pieces of the answer.
        contact: an address or URL for arXiv's operators, part of the User-Agent; "" for none.
        clock: the clock that turns the date of a Retry-After into seconds.
        largest: the most bytes of one answer, uncompressed.
    """

    def __init__(
        self, *, timeout: float, contact: str, clock: Clock, largest: int = LARGEST
    ) -> None:
        self.page = Page(0, 0, 0)
        self._expected = False
        self._transport = Transport(
            timeout=timeout,
            contact=contact,
            accept="application/atom+xml, application/xml;q=0.9, */*;q=0.1",
            clock=clock,
            largest=largest,
        )

    def expect_one(self) -> None:
        """Allows the next `get`, and only that one."""
        self._expected = True

    def get(self, url: str, **_: Any) -> Response:
        """The page at `url`, checked. The caller's headers do not replace those of the transport.

        Raises:
            PageSpentError: no page is expected.
            QueryRefusedError: arXiv says that the query is wrong.
            ListingError: no answer came, or the answer is not a whole feed.
        """
        if not self._expected:
            raise PageSpentError
        self._expected = False
        answer = self._transport.get(url)
        refusal = _refusal(answer.body) if answer.status in (OK, _BAD_REQUEST) else ""
        if refusal:
            raise QueryRefusedError(f"arXiv refuses the query: {refusal}")
        if answer.status != OK:
            raise refused(answer)
        try:
            self.page = read_page(answer.body)
        except ValueError as error:
            raise ListingError(f"arXiv answered with {error}") from error
        return Response(answer.status, self.page.feed)

    def close(self) -> None:
        """Closes the connection."""
        self._transport.close()


class SavedPage:
    """A session that returns one page from memory for each `expect_one`, whatever the request."""

    def __init__(self, body: bytes) -> None:
        self.page = read_page(body)
        self._expected = False

    def expect_one(self) -> None:
        """Allows the next `get`, and only that one."""
        self._expected = True

    def get(self, _: str, **__: Any) -> Response:
        """The saved page; PageSpentError where no page is expected."""
        if not self._expected:
            raise PageSpentError
        self._expected = False
        return Response(OK, self.page.feed)


def _refusal(body: bytes) -> str:
    """arXiv's own words in an error feed, "" where the body is something else."""
    with contextlib.suppress(ValueError):
        return read_page(body).error
    return ""
