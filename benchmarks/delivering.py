"""Delivering: one digest to many readers, beside the fastest program there is and the usual ones.

The server is Postfix's `smtp-sink`, which takes everything and keeps nothing; `smtp-source` of the
same house, in C, is as fast as it goes. Ours is `dispatch` as a cycle uses it: each message has
its own To and Message-ID, each outcome is in a real store, on the disk, before its connection takes
the next message, and in the log. The others record nothing, and are given a part of the load. Each
has a process of its own.
"""

import asyncio
import logging
import shutil
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import aiosmtplib

from benchmarks.measuring import ROOT, sink
from benchmarks.row import Row, series
from digest.clock import SystemClock
from digest.cycle.envelopes import spliced
from digest.cycle.outcomes import Outcomes
from digest.delivery.connection import MailServer
from digest.delivery.dispatch import dispatch
from digest.delivery.transaction import Envelope
from digest.mail.message import Sender, Shared, message_id, recipient_head, share
from digest.model.address import address
from digest.store.events import Composed, EditionKept, Event, KeywordOpened, Subscribed
from digest.store.json_file.store import JsonFile

CONNECTIONS = 8
SENDER = Sender("Paper digest <digest@example.org>")
NOW = datetime(2026, 11, 16, 7, tzinfo=UTC)
_LINE = "A line of a text that nobody reads, as long as lines in a mail mostly are.\n"
_UNIT = "messages/s"


@dataclass(frozen=True, slots=True)
class Load:
    """A load to deliver: so many messages of so many octets each."""

    messages: int
    octets: int


Contender = Callable[[int, Load], float]
"""Delivers a load to the server at a port of 127.0.0.1; returns messages a second."""


def ours(port: int, load: Load) -> float:
    """`dispatch`, with a store that holds every reader, and a log."""
    shared = digest_of(load.octets)
    clock = SystemClock()
    with TemporaryDirectory() as home, JsonFile(Path(home) / "state.json").writing() as store:
        envelopes, events = _waiting(shared, load.messages)
        store.append(*events)
        outcomes = Outcomes(store, clock)
        server = MailServer("127.0.0.1", port, "none", connections=CONNECTIONS)
        with _logging_to(Path(home) / "log"):
            started = time.perf_counter()
            dispatch(server, iter(envelopes), outcomes.store, tell=outcomes.tell)
            took = time.perf_counter() - started
        assert sum(one.accepted for one in outcomes.by_reader.values()) == load.messages
    return load.messages / took


def unrecorded(port: int, load: Load) -> float:
    """Ours without a store and a log: what is left is the dialogue."""
    envelopes, _ = _waiting(digest_of(load.octets), load.messages)
    server = MailServer("127.0.0.1", port, "none", connections=CONNECTIONS)
    started = time.perf_counter()
    dispatch(server, iter(envelopes), lambda _: None)
    return load.messages / (time.perf_counter() - started)


def smtp_source(port: int, load: Load) -> float:
    """Postfix's own, over as many connections."""
    options = ["-d", "-s", str(CONNECTIONS), "-l", str(load.octets), "-m", str(load.messages)]
    sides = ["-f", "digest@example.org", "-t", "reader@example.org"]
    started = time.perf_counter()
    subprocess.run(["smtp-source", *options, *sides, f"127.0.0.1:{port}"], check=True)
    return load.messages / (time.perf_counter() - started)


def smtplib_ready(port: int, load: Load) -> float:
    """Python's own, over one connection, with bytes that somebody has made before."""
    messages = _ready(load)
    with smtplib.SMTP("127.0.0.1", port) as client:
        started = time.perf_counter()
        for recipient, data in messages:
            client.sendmail(SENDER.reverse_path, [recipient], data)
        return load.messages / (time.perf_counter() - started)


def smtplib_whole(port: int, load: Load) -> float:
    """Python's own, over one connection, as its documentation has it: `send_message`."""
    messages = _ready(load)
    message = message_from_bytes(messages[0][1], policy=policy.SMTP)
    with smtplib.SMTP("127.0.0.1", port) as client:
        started = time.perf_counter()
        for recipient, _ in messages:
            message.replace_header("To", recipient)
            message.replace_header("Message-ID", f"<{recipient}>")
            client.send_message(message)
        return load.messages / (time.perf_counter() - started)


def aiosmtplib_eight(port: int, load: Load) -> float:
    """aiosmtplib's `send_message`, over as many connections; To and Message-ID of each."""
    messages = iter(_ready(load))
    parsed = [
        message_from_bytes(next(iter(_ready(Load(1, load.octets))))[1], policy=policy.SMTP)
        for _ in range(CONNECTIONS)
    ]

    async def work(number: int) -> None:
        message = parsed[number]
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
            for recipient, _ in messages:
                message.replace_header("To", recipient)
                message.replace_header("Message-ID", f"<{recipient}>")
                await client.send_message(message)

    async def all_of_it() -> None:
        await asyncio.gather(*map(work, range(CONNECTIONS)))

    started = time.perf_counter()
    asyncio.run(all_of_it())
    return load.messages / (time.perf_counter() - started)


def rows(*, small: bool) -> Iterator[Row]:
    """Yields a line for each contender and size; a `small` run is to see that it runs."""
    if not (shutil.which("smtp-sink") and shutil.which("smtp-source")):
        print("delivering: no smtp-sink and smtp-source here; Debian has them in postfix")
        return
    rounds, messages = (1, 400) if small else (5, 20_000)
    for octets, against_c in ((60_000, 0.9), (5_000, 0.5)):
        rivals: list[tuple[str, Contender, int, float | None]] = [
            ("smtp-source (C)", smtp_source, 1, against_c),
            ("ours, recording nothing", unrecorded, 1, None),
            ("smtplib's send_message, one connection", smtplib_whole, 10, 3.0),
            ("smtplib with ready bytes, one connection", smtplib_ready, 10, 3.0),
            (f"aiosmtplib's send_message, {CONNECTIONS} connections", aiosmtplib_eight, 10, 4.0),
        ]
        mine: list[float] = []
        theirs: dict[str, list[float]] = {name: [] for name, *_ in rivals}
        with sink() as port:
            for _ in range(rounds):
                mine.append(_alone(ours, port, Load(messages, octets)))
                for name, rival, part, _goal in rivals:
                    theirs[name].append(_alone(rival, port, Load(messages // part, octets)))
        for name, _, _, goal in rivals:
            ratio = median(one / other for one, other in zip(mine, theirs[name], strict=True))
            yield Row(
                work=f"delivering {octets // 1000} KB to {messages:,} readers",
                ours=series(mine, _UNIT),
                other=name,
                theirs=series(theirs[name], _UNIT),
                ratio=ratio,
                goal=f"{goal:g} times its rate or better" if goal else "-",
                met=goal is None or ratio >= goal,
            )


def rate(messages: int, octets: int = 60_000) -> float:
    """Messages a second, with a store of so many readers: for a table of how the cost grows."""
    with sink() as port:
        return _alone(ours, port, Load(messages, octets))


def _alone(contender: Contender, port: int, load: Load) -> float:
    """Measures a contender in a process that has done nothing else before."""
    program = [sys.executable, "-m", "benchmarks.delivering", contender.__name__]
    numbers = map(str, (port, load.messages, load.octets))
    run = subprocess.run([*program, *numbers], cwd=ROOT, check=True, capture_output=True)
    return float(run.stdout)


def digest_of(octets: int) -> Shared:
    """A digest whose messages have about so many octets."""

    def made(lines: int) -> Shared:
        text = _LINE * lines
        return share("12 new papers", text, f"<pre>\n{text}</pre>\n", SENDER, NOW)

    empty, own = made(1), 150
    return made(1 + (octets - own - len(empty.head) - len(empty.body)) // (2 * len(_LINE) + 2))


def _waiting(shared: Shared, messages: int) -> tuple[list[Envelope], list[Event]]:
    """A message for each reader, and what the store has to know of them."""
    events: list[Event] = [
        KeywordOpened("Time Series", query='all:"time series"', since=NOW),
        EditionKept(shared.edition, sender=SENDER.reverse_path, head=shared.head, body=shared.body),
    ]
    envelopes = []
    for number in range(messages):
        reader = address(f"reader{number}@example.org")
        name = message_id(reader.key, shared.edition, SENDER)
        head = recipient_head(f"Reader {number}", reader, name)
        composed = Composed(
            reader.key,
            message_id=name,
            edition=shared.edition,
            recipient=reader.text,
            head=head,
            at=NOW,
            papers=12,
            covers={"Time Series": 0},
        )
        events += (Subscribed(reader.key, keywords=("Time Series",)), composed)
        parts = partial(spliced, head, shared.head, shared.body)
        envelopes.append(
            Envelope(reader.key, name, SENDER.reverse_path, reader.text, shared.edition, parts)
        )
    return envelopes, events


def _ready(load: Load) -> list[tuple[str, bytes]]:
    """Recipients, and the bytes of their messages."""
    envelopes, _ = _waiting(digest_of(load.octets), load.messages)
    return [(envelope.recipient, envelope.data()) for envelope in envelopes]


@contextmanager
def _logging_to(file: Path) -> Iterator[None]:
    """Has the log written as the command does it, a line flushed at a time."""
    logger = logging.getLogger("digest")
    before = logger.handlers, logger.propagate, logger.level
    with file.open("w", encoding="utf-8") as stream:
        handler = logging.StreamHandler(stream)
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.INFO)
        try:
            yield
        finally:
            logger.handlers, logger.propagate = before[0], before[1]
            logger.setLevel(before[2])


def _main(name: str = "", *numbers: str) -> None:
    """Prints the rate of one contender, or everything as it comes."""
    if numbers:
        port, messages, octets = map(int, numbers)
        contenders = (ours, unrecorded, smtp_source, smtplib_ready, smtplib_whole, aiosmtplib_eight)
        (contender,) = (one for one in contenders if one.__name__ == name)
        print(contender(port, Load(messages, octets)))
        return
    for row in rows(small=name == "--small"):
        print(f"{row.work}: {row.ours}; {row.other}: {row.theirs}; {row.ratio:.2f}, {row.goal}")


if __name__ == "__main__":
    _main(*sys.argv[1:])
