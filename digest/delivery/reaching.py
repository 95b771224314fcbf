"""Connects to the mail server: looks up its addresses, and tries them until one answers.

    name ─> addresses, both families in turn ─┬─ 0.00 s ──> first address
                                              ├─ 0.25 s ──> second address     (RFC 8305)
                                              └─ 0.50 s ──> third address      the first to answer

The next address is tried at once where one refuses, and after 0.25 s where one does not answer.
"""

import asyncio
import os
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from itertools import chain, zip_longest
from typing import Any, NamedTuple, TypeVar

from digest.text import in_short

T = TypeVar("T")

_HEAD_START = 0.25
"""Seconds before the next address is tried (RFC 8305 section 5, "Connection Attempt Delay")."""
_MOST_ADDRESSES = 16
_OWN_NAME = 2.0
"""Most seconds for looking up this machine's full name."""
_RECORDS = (b"\x16\x03", b"\x15\x03")
"""The first octets of a TLS record: a handshake, or an alert (RFC 8446 section 5.1)."""


class UnreachableError(Exception):
    """No address of the server answers; the message says why, in few words."""


class Address(NamedTuple):
    """One address of a server, as `socket.connect` takes it."""

    family: int
    place: Any

    def __str__(self) -> str:
        return str(self.place[0])


async def reach(host: str, port: int, within: float) -> socket.socket:
    """Returns a socket that is connected to the server; the caller closes it.

    The look-up and the connection take at most `within` seconds together.

    Raises:
        UnreachableError: the server has no address, or none of its addresses answers.
    """
    reasons: dict[Address, str] = {}
    try:
        async with asyncio.timeout(within):
            return await _first_to_answer(await _addresses(host, port), reasons)
    except TimeoutError:
        failures = [f"{address}: {reason}" for address, reason in reasons.items()]
        words = "; ".join(["no answer in time", *failures])
        raise UnreachableError(words) from None


async def _addresses(host: str, port: int) -> list[Address]:
    """Returns the addresses of a host, IPv6 and IPv4 in turn (RFC 8305 section 4)."""
    try:
        found = await in_background(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except socket.gaierror as error:
        raise UnreachableError(f"no address is known for it: {error.strerror}") from error
    except (OSError, UnicodeError) as error:
        raise UnreachableError(f"no address is known for it: {in_short(str(error))}") from error
    known = list(dict.fromkeys(Address(family, place) for family, _, _, _, place in found))
    if not known:
        raise UnreachableError("no address is known for it")
    first = [address for address in known if address.family == known[0].family]
    second = [address for address in known if address.family != known[0].family]
    in_turn = chain.from_iterable(zip_longest(first, second))
    return [address for address in in_turn if address][:_MOST_ADDRESSES]


async def _first_to_answer(
    addresses: Sequence[Address], reasons: dict[Address, str]
) -> socket.socket:
    """Returns the socket that connects first; `reasons` receives the errors of the others."""
    waiting = list(addresses)
    tries: dict[asyncio.Task[socket.socket], Address] = {}
    try:
        while waiting or tries:
            if waiting:
                address = waiting.pop(0)
                tries[asyncio.create_task(_connected(address))] = address
            patience = _HEAD_START if waiting else None
            done, _ = await asyncio.wait(
                tries, timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                if (error := task.exception()) is None:
                    del tries[task]
                    return task.result()
                reasons[tries.pop(task)] = _words(error)
    finally:
        await _close(tries)
    same = set(reasons.values())
    failures = [f"{address}: {reason}" for address, reason in reasons.items()]
    raise UnreachableError(same.pop() if len(same) == 1 else "; ".join(failures))


async def _close(tries: Collection[asyncio.Task[socket.socket]]) -> None:
    """Cancels the remaining tries, and closes a socket that one of them has opened meanwhile."""
    for task in tries:
        task.cancel()
    if tries:
        await asyncio.wait(tries)
    for task in tries:
        if not task.cancelled() and task.exception() is None:
            task.result().close()


async def _connected(address: Address) -> socket.socket:
    connection = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, address.place)
    except BaseException:
        connection.close()
        raise
    return connection


def _words(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return in_short(str(error)) or type(error).__name__


async def speaks_tls(beside: socket.socket, host: str) -> bool:
    """Returns whether the server at the other end of `beside` speaks TLS from the first byte.

    The test opens a connection of its own and sends the first message of a handshake.
    """
    connection = await _connected(Address(beside.family, beside.getpeername()))
    loop = asyncio.get_running_loop()
    with connection:
        await loop.sock_sendall(connection, _client_hello(host))
        answer = await loop.sock_recv(connection, len(_RECORDS[0]))
    return answer in _RECORDS


def _client_hello(host: str) -> bytes:
    """Returns the first message of a TLS handshake (RFC 8446 section 4.1.2)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    outgoing = ssl.MemoryBIO()
    handshake = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=host)
    with suppress(ssl.SSLWantReadError):
        handshake.do_handshake()
    return outgoing.read()


async def own_names(is_good: Callable[[str], bool], within: float = _OWN_NAME) -> list[str]:
    """Returns this machine's host name, and its name by the resolver where the first is no good.

    The resolver has `within` seconds for it.
    """
    name = socket.gethostname()
    if is_good(name):
        return [name]
    try:
        async with asyncio.timeout(within):
            return [name, await in_background(socket.getfqdn)]
    except (TimeoutError, OSError, UnicodeError):
        return [name]


async def in_background(ask: Callable[[], T]) -> T:
    """Runs `ask`, which may wait for the resolver, in a thread; returns its result or raises.

    asyncio's own executor waits for such a thread when the loop ends, maybe for half a minute. The
    thread here is a daemon: it does not delay the end of the process.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[T] = loop.create_future()

    def tell(result: T | None, error: Exception | None) -> None:
        if found.done():
            return
        if error is not None:
            found.set_exception(error)
        else:
            found.set_result(result)  # type: ignore[arg-type]

    def look() -> None:
        result, failed = None, None
        try:
            result = ask()
        except Exception as error:  # noqa: BLE001 (raised in the caller)
            failed = error
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(tell, result, failed)

    threading.Thread(target=look, daemon=True).start()
    return await found
