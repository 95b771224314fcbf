"""The way to the mail server: its addresses, a socket to one of them, and this machine's own name.

    name ─> addresses, both families in turn ─┬─ 0.00 s ──> first address
                                              ├─ 0.25 s ──> second address     (RFC 8305)
                                              └─ 0.50 s ──> third address      the first to answer

An address that says no has the next one tried at once; one that says nothing holds up none.
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
"""Seconds that an address has for itself (RFC 8305 section 5, "Connection Attempt Delay")."""
_MOST_ADDRESSES = 16
_OWN_NAME = 2.0
"""Seconds to look for this machine's full name."""
_RECORDS = (b"\x16\x03", b"\x15\x03")
"""How an answer in TLS begins: a handshake, or an alert (RFC 8446 section 5.1)."""


class UnreachableError(Exception):
    """No address of the server answers; the message says why, in few words."""


class Address(NamedTuple):
    """One address of a server, as `socket.connect` takes it."""

    family: int
    place: Any

    def __str__(self) -> str:
        return str(self.place[0])


async def reach(host: str, port: int, within: float) -> socket.socket:
    """A socket that is connected to the server, for whoever asks to close.

    All of it takes `within` seconds at most.

    Raises:
        UnreachableError: it has no address, or none of them answers.
    """
    reasons: dict[Address, str] = {}
    try:
        async with asyncio.timeout(within):
            return await _first_to_answer(await _addresses(host, port), reasons)
    except TimeoutError:
        told = [f"{address}: {reason}" for address, reason in reasons.items()]
        words = "; ".join(["no answer in time", *told])
        raise UnreachableError(words) from None


async def _addresses(host: str, port: int) -> list[Address]:
    """What the name stands for, the two families in turn (RFC 8305 section 4)."""
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
    """The socket that is connected first; `reasons` takes why the others are not."""
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
        await _let_go(tries)
    same = set(reasons.values())
    told = [f"{address}: {reason}" for address, reason in reasons.items()]
    raise UnreachableError(same.pop() if len(same) == 1 else "; ".join(told))


async def _let_go(tries: Collection[asyncio.Task[socket.socket]]) -> None:
    """Ends the tries that are left, and closes what one of them has brought about meanwhile."""
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
    """Whether the server that `beside` is connected to answers to TLS from the first byte.

    That is asked over a connection of its own, by the first message of a handshake.
    """
    connection = await _connected(Address(beside.family, beside.getpeername()))
    loop = asyncio.get_running_loop()
    with connection:
        await loop.sock_sendall(connection, _client_hello(host))
        answer = await loop.sock_recv(connection, len(_RECORDS[0]))
    return answer in _RECORDS


def _client_hello(host: str) -> bytes:
    """The first message of a handshake (RFC 8446 section 4.1.2). Nothing follows it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    outgoing = ssl.MemoryBIO()
    handshake = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=host)
    with suppress(ssl.SSLWantReadError):
        handshake.do_handshake()
    return outgoing.read()


async def own_names(is_good: Callable[[str], bool]) -> list[str]:
    """What this machine is called: by itself, and where that is not good by its resolver."""
    name = socket.gethostname()
    if is_good(name):
        return [name]
    try:
        async with asyncio.timeout(_OWN_NAME):
            return [name, await in_background(socket.getfqdn)]
    except (TimeoutError, OSError, UnicodeError):
        return [name]


async def in_background(ask: Callable[[], T]) -> T:
    """What `ask` returns or raises, which may wait for the system's resolver.

    asyncio's own way waits at the loop's end for that, which may take half a minute. Here it is
    left to itself when nobody wants to know any more.
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
        except Exception as error:  # noqa: BLE001 (whoever asked gets it)
            failed = error
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(tell, result, failed)

    threading.Thread(target=look, daemon=True).start()
    return await found
