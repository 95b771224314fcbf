"""Whatever arXiv, the mail server and the files say, a command ends with a documented exit status.

Each round takes what an ordinary run meets, spoils a piece of it by chance, and runs the commands.
The seeds are fixed, so that a failure can be had again.
"""

import random
import re
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from builders import DAY, paper
from installation import SUBSCRIBERS, Lab, Result

from digest.standin.server import Raw, Reply, Request, reset_after

DOCUMENTED = {0, 64, 65, 69, 74, 75, 78}
"""SPEC: sysexits.h without 70, an error in digest itself."""

NASTY = [
    *(b"", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"),
    *(b"-1", b"0", b"1e400", b"NaN", b"9" * 400, b"1" * 5000, "٣".encode(), b"0x10", b"null"),
    *(
        b"2026-11-24T23:59:60Z",
        b"2026-11-31",
        b"0001-01-01T00:00:00+14:00",
        b"9999-12-31T23:59:59-01:00",
    ),
    *(
        b"[]",
        b"{}",
        b'"',
        b"\\",
        b"'",
        b"&#0;",
        b"&#xD800;",
        b"&amp;",
        b"]]>",
        b"<!--",
        b"<entry/>",
    ),
    *(
        b"\r\n",
        b"\n.\n",
        b"\x1b[31m",
        b"\xe2\x80\xae",
        b"x" * 70_000,
        b" " * 70_000,
        b"${}",
        b"!!python/x",
    ),
    *(
        b"http://arxiv.org/abs/0000.00000v0",
        b"http://arxiv.org/abs/2611.00001v99999",
        b"2611.00001v1",
    ),
]
TOKEN = re.compile(rb"[\w:.+/-]+|[<>\"{}\[\],|]")

SEEDS = (0, *(pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2)))


def spoiled(data: bytes, chance: random.Random) -> bytes:
    """`data` with one to three pieces cut, doubled, or replaced by something nasty."""
    for _ in range(chance.randint(1, 3)):
        tokens = [match.span() for match in TOKEN.finditer(data)] or [(0, len(data))]
        start, end = chance.choice(tokens)
        how = chance.randrange(6)
        if how == 0:
            data = data[:start]
        elif how == 1:
            data = data[:start] + data[end:]
        elif how == 2:
            data = data[:end] + data[start:end] * chance.choice([1, 2, 300]) + data[end:]
        elif how == 3:
            other, until = chance.choice(tokens)
            data = data[:start] + data[other:until] + data[end:]
        elif how == 4:
            at = chance.randrange(len(data) + 1)
            data = data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
        else:
            data = data[:start] + chance.choice(NASTY) + data[end:]
    return data


STATUSES = [100, 204, 206, 301, 302, 304, 400, 406, 418, 429, 500, 503, 599]
HEADERS = [
    *({}, {"retry-after": "9" * 400}, {"retry-after": "Fri, 31 Dec 9999 23:59:59 -0100"}),
    *({"retry-after": "-1"}, {"content-encoding": "gzip"}, {"content-encoding": "br, deflate"}),
    *({"location": "http://["}, {"location": "//:99999"}, {"location": "\xff"}, {"location": "?"}),
    *(
        {"content-length": "5"},
        {"transfer-encoding": "chunked"},
        {"content-type": "a/b; charset=x"},
    ),
]


def spoil_arxiv(lab: Lab, chance: random.Random) -> Callable[[Request], Reply | Raw | None]:
    """Answers of arXiv's: pages with something wrong, odd statuses and headers, half lines."""

    def answer(request: Request) -> Reply | Raw | None:
        whole = lab.arxiv.answer(request)
        assert isinstance(whole.body, bytes)
        how = chance.randrange(8)
        body = spoiled(whole.body, chance) if how < 6 else whole.body
        if how == 5:
            status = chance.choice(
                [100, 204, 206, 301, 302, 304, 400, 406, 418, 429, 500, 503, 599]
            )
            return Reply(status, chance.choice(HEADERS), body)
        if how == 6:
            return Raw(
                reset_after(spoiled(b"HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n", chance))
            )
        return replace(whole, body=body)

    return answer


OFFERED = b"250-odd\r\n250-PIPELINING\r\n250-SIZE 10000000\r\n250 8BITMIME"
ODD = [
    *(b"250", b"999 x", b"2", b"25O ok", b"250-", b"250 " + b"x" * 3000, b"450 4.\xff", b"550"),
]


class _Conversation(socketserver.StreamRequestHandler):
    """One connection to a mail server that says odd things now and then."""

    timeout = 1

    def handle(self) -> None:
        chance: random.Random = self.server.chance  # type: ignore[attr-defined]
        in_data = False
        try:
            self._say(b"220 odd ESMTP", chance)
            for line in self.rfile:
                verb = line[:4].upper()
                if in_data:
                    if line == b".\r\n":
                        in_data = False
                        self._say(b"250 2.0.0 kept", chance)
                elif verb == b"DATA":
                    in_data = True
                    self._say(b"354 go on", chance)
                elif verb == b"EHLO":
                    self._say(
                        b"250-odd\r\n250-PIPELINING\r\n250-SIZE 10000000\r\n250 8BITMIME", chance
                    )
                elif verb == b"QUIT":
                    self._say(b"221 bye", chance)
                    return
                else:
                    self._say(b"250 2.1.0 ok", chance)
        except OSError:
            pass

    def _say(self, reply: bytes, chance: random.Random) -> None:
        if chance.random() < 0.12:
            odd = [
                b"250",
                b"999 x",
                b"2",
                b"25O ok",
                b"250-",
                b"250 " + b"x" * 3000,
                b"450 4.\xff",
                b"550",
            ]
            reply = chance.choice([spoiled(reply, chance), chance.choice(odd)])
        if chance.random() < 0.03:
            raise ConnectionResetError
        self.wfile.write(reply + b"\r\n")


@contextmanager
def odd_mail_server(chance: random.Random) -> Iterator[int]:
    """Such a server on a free port, while the `with` lasts."""

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), _Conversation) as server:
        server.chance = chance  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def well_ended(result: Result) -> None:
    """The status is a documented one, and an error is a sentence and no traceback."""
    assert result.status in DOCUMENTED, result.err[-2000:]
    assert "Traceback" not in result.err
    assert "error in digest itself" not in result.err


def fresh(lab: Lab) -> None:
    """The installation as it is at first, a day later."""
    for file in lab.home.iterdir():
        if file.is_file():
            file.unlink()
    lab.subscribe(SUBSCRIBERS)
    lab.arxiv.intercept = None
    lab.clock.moment += DAY


def publish(lab: Lab, many: int = 4) -> None:
    """Some papers of last night, for either keyword."""
    for number in range(many):
        at = lab.clock.moment - timedelta(hours=8 + number)
        lab.publish(paper(number + 1, "A trajectory in a time series", updated=at, published=at))


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_arxiv_says(lab: Lab, seed: int) -> None:
    """Pages, statuses and headers of any kind: the run goes on and says what was wrong."""
    chance = random.Random(seed)
    publish(lab)
    for _ in range(25):
        fresh(lab)
        lab.arxiv.intercept = spoil_arxiv(lab, chance)
        for command in ("send", "send", "status", "table"):
            well_ended(lab.run(command, DIGEST_ARXIV_TIMEOUT="0.5", DIGEST_ARXIV_RETRIES="2"))


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_the_mail_server_says(lab: Lab, seed: int) -> None:
    """Replies of any kind, and none: messages are counted as accepted, refused or waiting."""
    chance = random.Random(seed)
    publish(lab)
    with odd_mail_server(chance) as port:
        for _ in range(12):
            fresh(lab)
            for command in ("send", "send", "status"):
                settings = {"DIGEST_SMTP_PORT": str(port), "DIGEST_SMTP_TIMEOUT": "0.3"}
                well_ended(lab.run(command, **settings))


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_stands_in_a_file(lab: Lab, seed: int) -> None:
    """A configuration, a state, a saved page or a table that is spoiled: a sentence, not an end."""
    chance = random.Random(seed)
    publish(lab)
    page = lab.home.parent / "page.xml"
    table = lab.home.parent / "table.md"
    for _ in range(25):
        fresh(lab)
        (lab.home / ".env").write_text("DIGEST_MAIL_FROM=digest@example.org\n", "utf-8")
        well_ended(lab.run("send", "--to", "ada@example.org"))
        table.write_bytes(spoiled(lab.run("table").out.encode(), chance))
        body = lab.arxiv.answer(lab.arxiv.requests[-1]).body
        assert isinstance(body, bytes)
        page.write_bytes(spoiled(body, chance))
        files = [file for file in lab.home.iterdir() if file.is_file()]
        victim = chance.choice(sorted(files))
        victim.write_bytes(spoiled(victim.read_bytes(), chance))
        for arguments in (
            *(("status",), ("send",), ("table",), ("send", "--dry-run")),
            *(("send", "--listing", str(page)), ("import", str(table)), ("check", "--offline")),
        ):
            well_ended(lab.run(*arguments))
