"""A stand-in for arXiv's query API: HTTP on a free port of loopback, with a clock of its own.

It answers from a corpus in arXiv's wire format, and records every request. A test can replace any
answer by `intercept`.
"""

import os
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from digest.clock import Moment
from digest.model.paper import split_identifier
from digest.standin.corpus import SORT_KEYS, Corpus, echoed
from digest.standin.feed import Asked, error_feed, feed
from digest.standin.grammar import MalformedQueryError

_LARGEST_PAGE = 2000
_ATOM = {"content-type": "application/atom+xml; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Request:
    """A request: the path, `params` of the query string, `headers` by lower-case name, the time."""

    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    at: Moment


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. Content-Length is added unless `headers` has one.

    A body in pieces is sent piece by piece.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes | Iterable[bytes]


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes of a whole answer, with its status line; then the connection is closed.

    Where `pieces` raises ConnectionResetError, the connection is reset instead.
    """

    pieces: Iterable[bytes]


def silence(standin: "StandIn") -> Iterator[bytes]:
    """Yields no piece for a `Raw`, and ends when the stand-in is closed."""
    standin.closing.wait()
    yield from ()


def reset_after(*pieces: bytes) -> Iterator[bytes]:
    """Yields these pieces for a `Raw`, and then resets the connection."""
    yield from pieces
    raise ConnectionResetError


class StandIn:
    """The server, which runs inside of a `with`; `url` is the address of its query API.

    Args:
        corpus: its papers; more may be added while the server runs.
        clock: returns the time, which decides about the visible papers.

    Attributes:
        requests: the received requests, in order.
        intercept: returns the answer to a request, None for the usual one.
        closing: is set when the server stops, so that a waiting answer ends too.
    """

    def __init__(self, corpus: Corpus, clock: Callable[[], Moment]) -> None:
        self.corpus = corpus
        self.requests: list[Request] = []
        self.intercept: Callable[[Request], Reply | Raw | None] | None = None
        self.closing = threading.Event()
        self.clock = clock
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"standin": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://127.0.0.1:{self._server.server_port}/api/query"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reply(self, request: Request) -> Reply | Raw:
        """Returns the answer of `intercept` to a request, or else the usual answer."""
        instead = self.intercept(request) if self.intercept else None
        return instead or self.answer(request)

    def answer(self, request: Request) -> Reply:
        """Returns the answer that arXiv would give."""
        if request.path != "/api/query":
            return Reply(404, {"content-type": "text/html"}, b"<html>not found</html>")
        try:
            return Reply(200, _ATOM, self._page(request))
        except _RefusedError as error:
            return Reply(400, _ATOM, error_feed(str(error), request.at))

    def _page(self, request: Request) -> bytes:
        params = request.params
        start = _number(params, "start", 0)
        size = _number(params, "max_results", 10)
        if size > _LARGEST_PAGE:
            raise _RefusedError(f"max_results must not exceed {_LARGEST_PAGE}")
        query = params.get("search_query", "")
        identifiers = [i for i in params.get("id_list", "").split(",") if i]
        for identifier in identifiers:
            if not split_identifier(identifier):
                raise _RefusedError(f"incorrect id format for {identifier}")
        sort_by = _choice(params, "sortBy", SORT_KEYS)
        order = _choice(params, "sortOrder", ("descending", "ascending"))
        try:
            found = self.corpus.search(
                query, identifiers, request.at, sort_by, ascending=order == "ascending"
            )
        except MalformedQueryError as error:
            raise _RefusedError(f"malformed query: {error}") from error
        if not query and not identifiers:
            found = []
        asked = Asked(echoed(query), params.get("id_list", ""), start, size)
        return feed(asked, found[start : start + size], len(found), request.at)


class _Handler(BaseHTTPRequestHandler):
    standin: StandIn
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answers one request."""
        target = urlsplit(self.path)
        request = Request(
            path=target.path,
            params=dict(parse_qsl(target.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            at=self.standin.clock(),
        )
        self.standin.requests.append(request)
        reply = self.standin.reply(request)
        if isinstance(reply, Raw):
            self._send_raw(reply)
        else:
            self._send(reply)

    def _send_raw(self, reply: Raw) -> None:
        self.close_connection = True
        try:
            for piece in reply.pieces:
                self.wfile.write(piece)
        except ConnectionResetError:
            _reset(self.connection)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        pieces: Iterable[bytes]
        if isinstance(reply.body, bytes):
            framing, pieces = {"content-length": str(len(reply.body))}, [reply.body]
        else:
            framing, pieces = {"connection": "close"}, reply.body
        for name, value in {**framing, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        for piece in pieces:
            self.wfile.write(piece)

    def log_message(self, *_: Any) -> None:
        """Logs nothing, since `requests` has them."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignores a client that closes the connection early; reports any other error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _reset(connection: socket.socket) -> None:
    """Resets a connection: with SO_LINGER the rest of the data is dropped."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())


class _RefusedError(Exception):
    """A request that arXiv refuses; the message has arXiv's words."""


def _number(params: Mapping[str, str], name: str, default: int) -> int:
    text = params.get(name) or str(default)
    if not text.isdecimal():
        raise _RefusedError(f"{name} must be a non-negative integer")
    return int(text)


def _choice(params: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    value = params.get(name) or known[0]
    if value not in known:
        raise _RefusedError(f"{name} must be in: {', '.join(known)}")
    return value
