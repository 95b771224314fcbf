"""A mail server that does to the letter what it is told, for what no proper one would say.

It reads commands from a socket in a thread for each connection, and answers by a script: also out
of place, in halves, or not at all.
"""

import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

CUT = "CUT"
"""In place of a reply: the connection is closed."""

Answer = Callable[[str, int], str | None]
"""Given a verb ("." for a message's end) and how often it came, from 1: the reply, or None."""

_USUAL = {
    "": "220 localhost",
    "EHLO": "250 localhost",
    "DATA": "354 go on",
    "QUIT": "221 bye",
    "STARTTLS": "220 go on",
}


@dataclass(slots=True)
class Scripted:
    """The server, running while the `with` lasts; `port` is where it listens on 127.0.0.1.

    `pipelining` has it offer that; `size` is how many octets of its replies go out at a time, 0 for
    all that are ready. `tls` has it speak TLS from the first byte, `starttls` after that command.
    `deaf` has it lose what comes in one packet with MAIL. The verb of its greeting is empty.
    `on_command` is told the number of the connection, the verb and the line.

    Attributes:
        bodies: what came after DATA, with the final dot's line, still stuffed.
        heard: the verbs of each connection.
        together: the largest number of commands that were there at once.
    """

    answer: Answer = lambda _, __: None
    pipelining: bool = True
    size: int = 0
    on_command: Callable[[int, str, str], None] = lambda _, __, ___: None
    tls: ssl.SSLContext | None = None
    starttls: ssl.SSLContext | None = None
    deaf: bool = False
    port: int = 0
    bodies: list[bytes] = field(default_factory=list)
    heard: list[list[str]] = field(default_factory=list)
    together: int = 0
    _listener: socket.socket = field(default_factory=socket.socket)
    _counts: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(50)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self.tls:
                connection.settimeout(10)  # who never shakes hands ends with the test
            self.heard.append([])
            serving = _Serving(self, connection, len(self.heard) - 1)
            threading.Thread(target=serving.run, daemon=True).start()

    def reply(self, verb: str) -> str:
        """Returns the reply to a command."""
        with self._lock:
            count = self._counts[verb] = self._counts.get(verb, 0) + 1
        usual = _USUAL.get(verb, "250 ok")
        if verb == "EHLO":
            offered = ["PIPELINING"] * self.pipelining + ["STARTTLS"] * bool(self.starttls)
            usual = "\r\n".join([*(f"250-{one}" for one in ["localhost", *offered[:-1]]), ""])
            usual = f"{usual}250 {offered[-1]}" if offered else "250 localhost"
        return self.answer(verb, count) or usual


class _Serving:
    """One connection."""

    def __init__(self, server: Scripted, connection: socket.socket, number: int) -> None:
        self._server = server
        self._socket = connection
        self._number = number
        self._came = b""
        self._ready = b""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def run(self) -> None:
        """Talks until either side has had enough."""
        try:
            if self._server.tls:
                self._secure(self._server.tls)
            self._say(self._server.reply(""))
            while self._command():
                pass
            self._flush()
        except (OSError, EOFError):
            return
        finally:
            self._socket.close()

    def _command(self) -> bool:
        line = self._until(b"\r\n").decode()
        verb = line.partition(" ")[0].strip()
        self._server.together = max(self._server.together, 1 + self._came.count(b"\r\n"))
        self._server.heard[self._number].append(verb)
        if self._server.deaf and verb == "MAIL":
            self._came = b""
        self._server.on_command(self._number, verb, line)
        reply = self._server.reply(verb)
        if not self._say(reply):
            return False
        if verb == "STARTTLS" and self._server.starttls and reply.startswith("2"):
            self._flush()
            self._secure(self._server.starttls)
        if verb == "DATA" and reply.startswith("354"):
            self._flush()
            self._server.bodies.append(self._body())
            return self._say(self._server.reply("."))
        return verb != "QUIT"

    def _secure(self, context: ssl.SSLContext) -> None:
        self._socket = context.wrap_socket(self._socket, server_side=True)

    def _body(self) -> bytes:
        lines = [self._until(b"\r\n")]
        while lines[-1] != b".\r\n":
            lines.append(self._until(b"\r\n"))
        return b"".join(lines)

    def _until(self, end: bytes) -> bytes:
        while end not in self._came:
            self._flush()
            data = self._socket.recv(65536)
            if not data:
                raise EOFError
            self._came += data
        line, _, self._came = self._came.partition(end)
        return line + end

    def _say(self, reply: str) -> bool:
        """Notes a reply; it goes out before the next wait, with all that is ready by then."""
        if reply == CUT:
            return False
        self._ready += f"{reply}\r\n".encode()
        if self._server.size:
            self._flush()
        return True

    def _flush(self) -> None:
        size = self._server.size or len(self._ready) or 1
        for start in range(0, len(self._ready), size):
            self._socket.sendall(self._ready[start : start + size])
        self._ready = b""
