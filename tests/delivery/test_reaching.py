"""The way to a mail server that has several addresses, of which not all are good."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import pytest
from firewall import swallowing

from digest.delivery.reaching import UnreachableError, own_names, reach
from digest.model.host import is_presentable


@contextmanager
def listening(address: str, port: int = 0) -> Iterator[int]:
    """A server at this address that accepts; its port."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Has the name `mail.example.org` stand for the addresses that are given, in this order."""

    def name(port: int, *addresses: str) -> None:
        def look(*_: object, **__: object) -> object:
            return [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
                for address in addresses
            ]

        monkeypatch.setattr(socket, "getaddrinfo", look)

    return name


def reached(port: int, within: float = 10) -> str:
    """The address that is connected to."""

    async def way() -> str:
        connection = await reach("mail.example.org", port, within)
        with connection:
            return str(connection.getpeername()[0])

    return asyncio.run(way())


def test_an_address_that_swallows_everything(named: Callable[..., None]) -> None:
    """An address that never answers holds up no other one, however many there are of them."""
    bad = ("127.0.0.2", "127.0.0.3", "127.0.0.4")
    with listening("127.0.0.9") as port, ExitStack() as stack:
        for address in bad:
            stack.enter_context(swallowing(address, port))
        named(port, *bad, "127.0.0.9")
        began = time.monotonic()
        assert reached(port) == "127.0.0.9"
        assert time.monotonic() - began < 5


def test_an_address_that_refuses(named: Callable[..., None]) -> None:
    """Where one address refuses, the next one is tried at once, without its head start."""
    bad = [f"127.0.0.{n}" for n in range(20, 34)]
    with listening("127.0.0.9") as port:
        named(port, *bad, "127.0.0.9")
        began = time.monotonic()
        assert reached(port) == "127.0.0.9"
        assert time.monotonic() - began < 2  # 14 head starts are more


def test_the_first_address_is_the_one(named: Callable[..., None]) -> None:
    """Of several good addresses the first is taken, and the others are left alone."""
    with listening("127.0.0.9") as port, listening("127.0.0.8", port):
        named(port, "127.0.0.8", "127.0.0.9")
        assert reached(port) == "127.0.0.8"


def test_no_address_answers(named: Callable[..., None]) -> None:
    """The time is for all addresses together; what each of them said is told."""
    with listening("127.0.0.9") as port, swallowing("127.0.0.2", port):
        named(port, "127.0.0.2", "127.0.0.3")
        began = time.monotonic()
        with pytest.raises(UnreachableError) as caught:
            reached(port, 0.6)
        assert time.monotonic() - began < 4
        assert str(caught.value) == "no answer in time; 127.0.0.3: Connection refused"


def test_all_refuse(named: Callable[..., None]) -> None:
    """An error that all addresses share is told once."""
    with listening("127.0.0.9") as port:
        named(port, "127.0.0.2", "127.0.0.3")
        with pytest.raises(UnreachableError, match=r"^Connection refused$"):
            reached(port)


def test_the_families_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses of the two families are tried in turn, as RFC 8305 section 4 has it."""
    tried: list[object] = []

    class Refusing:
        def __init__(self, *_: object) -> None:
            pass

        def setblocking(self, _: bool) -> None:
            pass

        def close(self) -> None:
            pass

    async def note(_: object, __: object, place: Sequence[object]) -> None:
        tried.append(place[0])
        raise ConnectionRefusedError(111, "no")

    six, four = socket.AF_INET6, socket.AF_INET
    found = [
        *((six, 1, 6, "", (f"2001:db8::{n}", 25, 0, 0)) for n in (1, 2, 3)),
        *((four, 1, 6, "", (f"192.0.2.{n}", 25)) for n in (1, 2)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    async def way() -> None:
        monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", note)
        monkeypatch.setattr("digest.delivery.reaching.socket.socket", Refusing)
        await reach("mail.example.org", 25, 5)

    with pytest.raises(UnreachableError):
        asyncio.run(way())
    assert tried == ["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "2001:db8::3"]


@pytest.mark.parametrize(
    "error",
    [
        socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
        UnicodeError("label empty or too long"),
        OSError("out of descriptors"),
    ],
)
def test_no_address_is_known(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Whatever the resolver fails with, it is one sentence, and at once."""

    def look(*_: object, **__: object) -> object:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", look)
    with pytest.raises(UnreachableError, match="no address is known for it"):
        reached(25, 60)


@pytest.mark.parametrize(
    ("own", "full", "names"),
    [
        ("papers.example.org", "never.asked.org", ["papers.example.org"]),
        ("vm", "vm.example.org", ["vm", "vm.example.org"]),
        ("my_host", "localhost", ["my_host", "localhost"]),
    ],
)
def test_own_names(monkeypatch: pytest.MonkeyPatch, own: str, full: str, names: list[str]) -> None:
    """The resolver is asked for this machine's full name where the machine does not say it."""
    monkeypatch.setattr(socket, "gethostname", lambda: own)
    monkeypatch.setattr(socket, "getfqdn", lambda: full)
    assert asyncio.run(own_names(is_presentable)) == names


def test_a_resolver_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that does not answer holds up no greeting."""
    release = threading.Event()

    def hang() -> str:
        release.wait(30)
        return "late.example.org"

    monkeypatch.setattr(socket, "gethostname", lambda: "vm")
    monkeypatch.setattr(socket, "getfqdn", hang)
    began = time.monotonic()
    assert asyncio.run(own_names(is_presentable, within=0.1)) == ["vm"]
    assert time.monotonic() - began < 5
    release.set()
