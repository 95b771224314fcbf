"""Asks arXiv for its feeds, one request each."""

from collections.abc import Sequence
from urllib.parse import quote

from digest.clock import Clock
from digest.errors import ListingError
from digest.source.asking import Asker
from digest.source.feeds.rss import read_feed, read_refusal
from digest.source.harvest import Feed
from digest.source.pacing import Politeness
from digest.source.transport import LARGEST, OK, Transport, refused


class RssFeeds:
    """A client of arXiv's feeds; it satisfies `digest.source.harvest.Feeds`.

    Args:
        url: the address without the name of a feed, such as `https://rss.arxiv.org/rss`.
        politeness: the delay between requests, which the clients of all of arXiv's hosts share.
        timeout: seconds for one read from the connection.
        tries: the number of requests for one feed before the client gives up.
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
        self._url = url.rstrip("/")
        self._transport = Transport(
            timeout=timeout,
            contact=contact,
            accept="application/rss+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1",
            clock=clock,
            largest=largest,
        )
        self._asker = Asker(politeness, tries, clock, self._transport.close)

    def read(self, names: Sequence[str]) -> list[Feed]:
        """Reads feeds, one request each, in the order of their names.

        A feed that does not come, or that arXiv does not have, has a `fault`.
        """
        return [self._feed(name) for name in names]

    def resume(self) -> None:
        """Begins a new round; the host is asked again even if it failed in the last round."""
        self._asker.resume()

    def close(self) -> None:
        """Closes the connection."""
        self._transport.close()

    def _feed(self, name: str) -> Feed:
        try:
            return self._asker.ask(lambda _: self._ask(name))
        except ListingError as error:
            return Feed(name, fault=str(error))

    def _ask(self, name: str) -> Feed:
        """Makes one request. Raises ListingError where it has to be made again."""
        answer = self._transport.get(f"{self._url}/{quote(name, safe='+')}")
        if answer.status == 400 and (words := read_refusal(answer.body)):
            return Feed(name, fault=f"arXiv has no feed {name}: {words}")
        if answer.status != OK:
            raise refused(answer)
        try:
            return read_feed(name, answer.body)
        except ValueError as error:
            raise ListingError(f"arXiv answered with {error}") from error
