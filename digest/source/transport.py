"""Speaks HTTP with arXiv: one implementation for its query API, OAI-PMH and feeds.

A request has a limit for each read, for the whole answer and for its size. It sends the headers
that arXiv asks for (since autumn 2026 arXiv answers 406 to clients without `Accept`). A redirect to
another server is not followed. A request without an answer becomes an error of `digest.errors`.
"""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urljoin, urlsplit
from weakref import WeakSet

import requests
import urllib3
from requests.adapters import HTTPAdapter

from digest import __version__
from digest.clock import Clock
from digest.errors import ListingError
from digest.model.host import is_loopback
from digest.source.pacing import retry_after

LARGEST = 32 * 2**20
"""The most bytes of one answer, uncompressed. A page of the API with 1000 papers has about 2.5
million, one of OAI-PMH with 2500 records about 8 million."""
OK = 200
"""The status of an answer with a content (RFC 9110 section 15.3.1)."""
_PATIENCE = 4
"""The time for one whole answer with headers and redirects, in timeouts for one read."""
_REDIRECTS = 3
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: its status, its uncompressed body, and the seconds of its Retry-After, if any."""

    status: int
    body: bytes = field(repr=False)
    retry_after: float | None = None


class Transport:
    """The HTTP client of one of arXiv's services.

    Args:
        timeout: seconds to connect, and between two pieces of the answer.
        contact: an address or URL for arXiv's operators, part of the User-Agent; "" for none.
        accept: the value of the header `Accept`, which names the format of the answers.
        clock: the clock that turns the date of a Retry-After into seconds.
        largest: the most bytes of one answer, uncompressed.
        patience: the time for one whole answer, in timeouts.
    """

    def __init__(
        self,
        *,
        timeout: float,
        contact: str,
        accept: str,
        clock: Clock,
        largest: int = LARGEST,
        patience: float = _PATIENCE,
    ) -> None:
        self._timeout = timeout
        self._patience = patience
        self._clock = clock
        self._largest = largest
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(self._sockets))
        contact = f" ({contact})" if contact else ""
        self._session.headers.update(
            {
                "User-Agent": f"arxiv-digest/{__version__}{contact}",
                "Accept": accept,
                "Accept-Encoding": "gzip",
                "Accept-Language": "en",
            }
        )

    def get(self, url: str) -> Answer:
        """The answer at `url`, whatever its status.

        Raises:
            ListingError: no answer came, or none that is whole, within the limits and from `url`'s
                own server.
        """
        deadline = _Deadline(self._patience * self._timeout, self._sockets)
        try:
            with _in_words(self._timeout, deadline), deadline:
                return self._fetch(url)
        except ListingError:
            self._close_all()
            raise

    def close(self) -> None:
        """Closes the connection. A later `get` opens another one."""
        self._session.close()

    def _close_all(self) -> None:
        """Closes every connection, also that of an invalid answer, which no caller holds."""
        self.close()
        for opened in list(self._sockets):
            if (descriptor := opened.detach()) >= 0:  # a file may use it still
                with contextlib.suppress(OSError):
                    socket.close(descriptor)

    def _fetch(self, url: str) -> Answer:
        at_home = is_loopback(urlsplit(url).hostname or "")
        self._session.trust_env = not at_home  # no proxy to this machine
        for _ in range(_REDIRECTS + 1):
            with self._session.get(
                url, timeout=self._timeout, stream=True, allow_redirects=False
            ) as response:
                if not response.is_redirect:
                    body = _body(response, self._largest)
                    wait = retry_after(response.headers.get("Retry-After"), self._clock.now())
                    return Answer(response.status_code, body, wait)
                target = urljoin(url, response.headers["Location"])
            if not _is_same_place(url, target):
                raise ListingError(
                    f"arXiv's answer leads to another host or port, or out of https, {target!r}:"
                    " not followed"
                )
            url = target
        raise ListingError("arXiv's answer leads in a circle")


def refused(answer: Answer) -> ListingError:
    """The error for an answer that has another status than 200."""
    words = f"arXiv answered with HTTP status {answer.status}"
    return ListingError(words, retry_after=answer.retry_after)


def _is_same_place(url: str, target: str) -> bool:
    """Returns whether a redirect stays with the server: the same scheme, host and port.

    A step from http to https is also allowed, if both use their standard ports. ValueError where
    `target` is not a valid address.
    """
    here, there = urlsplit(url), urlsplit(target)
    ports = {"http": 80, "https": 443}
    places = [(at.scheme, at.hostname, at.port or ports.get(at.scheme)) for at in (here, there)]
    if places[0] == places[1]:
        return True
    return places == [("http", here.hostname, 80), ("https", here.hostname, 443)]


def _body(response: requests.Response, largest: int) -> bytes:
    """The uncompressed body; its size is checked while it is read."""
    body = bytearray()
    while piece := response.raw.read1(_CHUNK, decode_content=True):
        body += piece
        if len(body) > largest:
            raise ListingError(f"arXiv's answer is larger than {largest >> 20} MB")
    return bytes(body)


class _Adapter(HTTPAdapter):
    """An adapter that notes every socket it opens, so that a deadline can end a read."""

    def __init__(self, sockets: WeakSet[socket.socket]) -> None:
        self._sockets = sockets
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Does as `requests` does, with connections that note their sockets."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools()

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Does as `requests` does, with connections that note their sockets."""
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = self._pools()
        return manager

    def _pools(self) -> dict[str, Any]:
        return {
            scheme: self._noting(pool)
            for scheme, pool in (
                ("http", urllib3.HTTPConnectionPool),
                ("https", urllib3.HTTPSConnectionPool),
            )
        }

    def _noting(self, pool: Any) -> Any:
        sockets = self._sockets

        class Connection(pool.ConnectionCls):  # type: ignore[misc]
            def connect(self) -> None:
                super().connect()
                sockets.add(self.sock)

        return type(pool.__name__, (pool,), {"ConnectionCls": Connection})


class _Deadline:
    """A context manager that shuts the open sockets after a number of seconds, which ends reading.

    The timeout of a socket is for one read only. A server that sends a byte from time to time, in
    headers or body, would otherwise block us for ever.
    """

    def __init__(self, seconds: float, sockets: WeakSet[socket.socket]) -> None:
        self.seconds = seconds
        self.passed = False
        self._sockets = sockets
        self._timer = threading.Timer(seconds, self._pass)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _pass(self) -> None:
        self.passed = True
        for opened in list(self._sockets):
            with contextlib.suppress(OSError):  # shuts the plain socket, also below TLS
                socket.socket.shutdown(opened, socket.SHUT_RDWR)


@contextlib.contextmanager
def _in_words(timeout: float, deadline: _Deadline) -> Iterator[None]:
    """Turns the errors of `requests`, and of `urllib3` below it, into a ListingError."""
    try:
        yield
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise _put(error, timeout, deadline) from error
    if deadline.passed:
        raise _put(None, timeout, deadline)


def _put(error: Exception | None, timeout: float, deadline: _Deadline) -> ListingError:
    match error:
        case _ if deadline.passed:
            words = f"arXiv's answer took longer than {deadline.seconds:g} seconds"
        case requests.exceptions.Timeout():
            words = f"arXiv did not answer within {timeout:g} seconds"
        case requests.exceptions.SSLError():
            words = "arXiv's certificate was not accepted"
        case urllib3.exceptions.ReadTimeoutError():
            words = f"arXiv sent nothing more for {timeout:g} seconds"
        case urllib3.exceptions.HTTPError():
            words = "arXiv's answer broke off"
        case requests.exceptions.ConnectionError():
            words = "arXiv cannot be reached"
        case _:
            words = f"arXiv cannot be asked ({error})"
    return ListingError(words)
