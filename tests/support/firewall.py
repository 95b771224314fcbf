"""The obstacles between us and a mail server: a firewall, an address too many."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress


@contextmanager
def inspecting(port: int) -> Iterator[int]:
    """A firewall before the server on this port, which lets one command of a packet through.

    That is how the SMTP inspection of some firewalls treats what follows MAIL in the same packet.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                server = socket.create_connection(("127.0.0.1", port))
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for way in ((client, server), (server, client)):
                    threading.Thread(target=_pass_on, args=way, daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with source, target:
        try:
            while data := source.recv(65536):
                first, end, rest = data.partition(b"\r\n")
                whole = b"RCPT" not in rest
                target.sendall(data if whole else first + end)
        except OSError:
            pass
        finally:
            for one in (source, target):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)


@contextmanager
def swallowing(address: str, port: int) -> Iterator[None]:
    """A server at this address whose queue is full: what is sent there vanishes."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((address, port))
        listener.listen(0)
        for _ in range(4):
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex((address, port))
        yield
