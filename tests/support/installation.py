"""A whole installation in a directory of its own, with servers that stand in for arXiv and mail."""

import fcntl
import io
import json
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import lru_cache
from pathlib import Path
from typing import Any

from builders import DAY, START, paper

from digest.cli.entry import main
from digest.model.paper import Paper
from digest.standin.corpus import Corpus, Holding
from digest.standin.mailserver import MailStandIn
from digest.standin.server import StandIn
from digest.store.json_file.store import JsonFile
from digest.store.ledger import Ledger
from digest.store.store import Store

SUPPORT = Path(__file__).parent
"""Where the modules are that support the tests: for a process that is to import them."""

SUBSCRIBERS = """\
keywords:
  Time Series:
  Trajectory: {in: [title, abstract]}
subscribers:
  - email: ada@example.org
    name: Ada Lovelace
  - email: bob@example.net
    keywords: [Time Series]
"""


@dataclass(slots=True)
class HandClock:
    """A clock that is set by hand; waiting moves it on, and is kept."""

    moment: datetime = START
    waits: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        """Returns the moment it was set to."""
        return self.moment

    def sleep(self, seconds: float) -> None:
        """Lets the time pass at once."""
        self.waits.append(seconds)
        self.moment += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Result:
    """The output and the status of a command."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Returns the output of `--json`, decoded."""
        return json.loads(self.out)


class Lab:
    """Servers, a configuration and a state store; `run` calls a command in this process.

    arXiv lists one paper for each of the keywords, too old to be mailed.
    """

    def __init__(self, home: Path, arxiv: StandIn, mail: MailStandIn, clock: HandClock) -> None:
        self.home = home
        self.arxiv = arxiv
        self.mail = mail
        self.clock = clock
        self.state = home / "state.json"
        self.kept: Callable[[Path], Store] = JsonFile
        self.environment = {
            "DIGEST_ARXIV_URL": arxiv.url,
            "DIGEST_ARXIV_DELAY": "0",
            "DIGEST_ARXIV_RETRIES": "2",
            "DIGEST_SMTP_HOST": "127.0.0.1",
            "DIGEST_SMTP_PORT": str(mail.port),
            "DIGEST_SMTP_SECURITY": "none",
            "DIGEST_MAIL_FROM": "Paper digest <digest@example.org>",
            "DIGEST_SUBSCRIBERS": str(home / "subscribers.yaml"),
            "DIGEST_STATE": str(self.state),
        }
        self.subscribe(SUBSCRIBERS)
        self.publish(
            paper(
                90001,
                "A trajectory in an old time series",
                abstract="Its trajectory.",
                published=START - 60 * DAY,
                updated=START - 60 * DAY,
            ),
            visible_from=START - 60 * DAY,
        )

    def subscribe(self, text: str) -> None:
        """Writes subscribers.yaml."""
        (self.home / "subscribers.yaml").write_text(text, "utf-8")

    def publish(self, *papers: Paper, visible_from: datetime | None = None) -> None:
        """Has arXiv list papers, from now on or from a moment."""
        moment = visible_from or self.clock.moment
        self.arxiv.corpus.add(*(Holding(paper, moment) for paper in papers))

    def run(self, *arguments: str, **changes: str) -> Result:
        """Calls a command; `changes` are settings, of which an empty one is left out."""
        environment = {k: v for k, v in (self.environment | changes).items() if v}
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            status = main(arguments, environment=environment, clock=self.clock, kept=self.kept)
        return Result(status, out.getvalue(), err.getvalue())

    def on_a_terminal(self, *arguments: str) -> tuple[str, str]:
        """Returns a process's output, and all text on the terminal that is its standard error."""
        environment = {"PATH": os.environ["PATH"], "TERM": "xterm"} | self.environment
        controller, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        shown = io.BytesIO()

        def read() -> None:
            with suppress(OSError):
                while data := os.read(controller, 4096):
                    shown.write(data)

        reader = threading.Thread(target=read)
        reader.start()
        done = subprocess.run(
            [Path(sys.executable).with_name("digest"), *arguments],
            env=environment,
            cwd=self.home,
            stdout=subprocess.PIPE,
            stderr=terminal,
            text=True,
            check=False,
        )
        os.close(terminal)
        reader.join()
        os.close(controller)
        return done.stdout, shown.getvalue().decode()

    def mails(self) -> dict[str, list[EmailMessage]]:
        """Returns the messages of each address so far, in order."""
        mails: dict[str, list[EmailMessage]] = {}
        for received in self.mail.received:
            (recipient,) = received.recipients
            mails.setdefault(recipient, []).append(parsed(received.data))
        return mails


@contextmanager
def laboratory(home: Path, clock: HandClock | None = None) -> Iterator[Lab]:
    """A lab whose servers run while the `with` lasts, with its files in `home`."""
    clock = clock or HandClock()
    with StandIn(Corpus(), clock.now) as arxiv, MailStandIn() as mail:
        yield Lab(home, arxiv, mail, clock)


@lru_cache(maxsize=512)
def parsed(data: bytes) -> EmailMessage:
    """A message as Python's own parser reads it, once: nobody may change it."""
    return message_from_bytes(data, policy=policy.default)


@lru_cache(maxsize=512)
def part(message: EmailMessage, kind: str) -> str:
    """The text of the part `plain` or `html`."""
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def identifiers(message: EmailMessage) -> list[str]:
    """The versioned identifiers that the plain part links to, in order."""
    prefix = "https://arxiv.org/abs/"
    lines = (line.strip() for line in part(message, "plain").splitlines())
    return [line.removeprefix(prefix) for line in lines if line.startswith(prefix)]


def new_identifiers(message: EmailMessage) -> set[str]:
    """The base identifiers of the papers that the message brings as new."""
    _, _, updates = part(message, "plain").partition("New versions of papers you have had")
    updated = {line.strip() for line in updates.splitlines()}
    return {
        one.rpartition("v")[0]
        for one in identifiers(message)
        if f"https://arxiv.org/abs/{one}" not in updated
    }


def had_version(ledger: Ledger, address: str, base: str) -> int:
    """The highest version of one paper that a reader was mailed, 0 for none."""
    return ledger.had_versions(address, (base,))[base]


def corpus(papers: Iterable[Paper] = (), pins: Mapping[str, list[str]] | None = None) -> Corpus:
    """A corpus whose papers have always been there."""
    always = datetime(1991, 8, 14, tzinfo=UTC)
    return Corpus([Holding(paper, always) for paper in papers], dict(pins or {}))
