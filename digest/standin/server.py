"""A stand-in for arXiv: HTTP on a free port of loopback, with a clock of its own.

    /api/query   the search
    /oai         the harvest by OAI-PMH; /oai2 leads there
    /rss/NAME    the feed of an archive or a category

It answers from one corpus in arXiv's wire formats, and records every request. A test can replace
any answer by `intercept`.
"""

import os
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from digest.clock import Moment
from digest.model.announcements import Calendar
from digest.standin import feeds
from digest.standin.cache import Cache
from digest.standin.corpus import Corpus
from digest.standin.feed import error_feed
from digest.standin.oai import Answer, Repository
from digest.standin.oai_xml import OddRecordError
from digest.standin.search_page import RefusedError, page

_ATOM = {"content-type": "application/atom+xml; charset=utf-8"}
_XML = {"content-type": "text/xml; charset=utf-8"}
_RSS = {"content-type": "application/rss+xml"}
_HTML = {"content-type": "text/html"}


@dataclass(frozen=True, slots=True)
class Request:
    """A request: the path, `params` by name, `headers` by lower-case name, the time.

    `arguments` are the parameters in their order, with those that are repeated.
    """

    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    at: Moment
    method: str = "GET"
    arguments: tuple[tuple[str, str], ...] = ()


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
    """The server, which runs inside of a `with`.

    Args:
        corpus: its papers; more may be added while the server runs.
        clock: returns the time, which decides about the visible papers.

    Attributes:
        url: the address of the query API.
        oai_url: the base address of OAI-PMH.
        feed_url: the address of the feeds; `/NAME` follows.
        requests: the received requests, in order.
        repository: the harvest; the sizes of its pages can be set.
        cache: the cache before the harvest, None for no cache.
        calendar: the days on which there are feeds.
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
        base = f"http://127.0.0.1:{self._server.server_port}"
        self.url, self.oai_url, self.feed_url = f"{base}/api/query", f"{base}/oai", f"{base}/rss"
        self.repository = Repository(corpus.harvested)
        self.cache: Cache | None = None
        self.calendar = Calendar()

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
        if request.path == "/oai":
            return self._harvest(request)
        if request.path == "/oai2":
            query = f"?{urlencode(request.arguments)}" if request.method == "GET" else ""
            return Reply(301, {"location": f"{self.oai_url}{query}"}, b"")
        if request.path.startswith("/rss/"):
            return self._feed(request)
        if request.path != "/api/query":
            return Reply(404, _HTML, b"<html>not found</html>")
        try:
            return Reply(200, _ATOM, page(self.corpus, request.params, request.at))
        except RefusedError as error:
            return Reply(400, _ATOM, error_feed(str(error), request.at))

    def _harvest(self, request: Request) -> Reply:
        def made() -> Answer:
            return self.repository.answer(request.arguments, request.at)

        try:
            if self.cache is None or request.method != "GET":
                return Reply(200, _XML, made().body)
            answer, age = self.cache.answer(request.arguments, request.at, made)
        except OddRecordError:
            return Reply(500, _HTML, b"<!doctype html>\n<title>500 Internal Server Error</title>")
        return Reply(200, {**_XML, "age": f"{age.total_seconds():.0f}"}, answer.body)

    def _feed(self, request: Request) -> Reply:
        query = unquote(request.path.removeprefix("/rss/"))
        try:
            status, body = 200, feeds.feed(self.corpus.fed, query, request.at, self.calendar)
        except feeds.UnknownCategoryError as error:
            status, body = 400, feeds.error_feed(query, str(error), request.at)
        tag = f'"{sha256(body).hexdigest()}"'
        seconds = feeds.until_midnight(request.at).total_seconds()
        headers = {**_RSS, "etag": tag, "cache-control": f"max-age={seconds:.0f}"}
        if status == 200 and request.headers.get("if-none-match") == tag:
            return Reply(304, headers, b"")
        return Reply(status, headers, body)


class _Handler(BaseHTTPRequestHandler):
    standin: StandIn
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answers one request."""
        self._answer(urlsplit(self.path).query)

    def do_POST(self) -> None:
        """Answers one request whose parameters are in its body."""
        self._answer(self.rfile.read(int(self.headers.get("content-length") or 0)).decode())

    def _answer(self, query: str) -> None:
        arguments = parse_qsl(query, keep_blank_values=True)
        request = Request(
            path=urlsplit(self.path).path,
            params=dict(arguments),
            headers={name.lower(): value for name, value in self.headers.items()},
            at=self.standin.clock(),
            method=self.command,
            arguments=tuple(arguments),
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
