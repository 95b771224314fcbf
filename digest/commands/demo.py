"""The command `digest demo`: a complete run on sample papers, on this machine alone.

    samples ─> stand-in for arXiv (HTTP) ─> `digest send` ─> mail server (SMTP) ─> ./demo/

The demonstration uses the real program. Only the two servers and the date are not real.
"""

import argparse
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from pathlib import Path

from digest.clock import Moment
from digest.commands import send
from digest.commands.invocation import Invocation
from digest.commands.previews import PreviewFiles
from digest.config.files import load_settings
from digest.standin.corpus import Corpus, Holding
from digest.standin.mailserver import MailStandIn
from digest.standin.samples import DAY_ONE, DAY_TWO, sample_papers, sample_subscribers
from digest.standin.server import StandIn
from digest.text import counted


@dataclass(slots=True)
class DemoClock:
    """A clock that stands still on the day of the demonstration; waiting takes no time."""

    moment: Moment

    def now(self) -> Moment:
        """The day of the demonstration."""
        return self.moment

    def sleep(self, seconds: float) -> None:
        """Returns at once."""


def run(output: Path) -> int:
    """Runs two days, the second with only its new papers, and writes the mails to `output`.

    Returns the exit status: 0 if each `digest send` returned 0.
    """
    PreviewFiles(output)  # fails before anything else if the directory cannot be made
    clock = DemoClock(DAY_ONE)
    corpus = Corpus(Holding(sample.paper, sample.visible_from) for sample in sample_papers())
    with ExitStack() as stack:
        arxiv = stack.enter_context(StandIn(corpus, clock.now))
        mail = stack.enter_context(MailStandIn())
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="digest-demo-")))
        invocation = _invocation(place, arxiv, mail.port, clock)
        print(
            f"{counted(len(sample_papers()), 'invented paper')} on a stand-in for arXiv at "
            f"{arxiv.url},\na mail server at 127.0.0.1:{mail.port}, nothing mailed so far.\n"
        )

        stage = _Stage(clock, mail, invocation, output)
        status = _day("Day one", DAY_ONE, "day-1-", stage)
        stage = replace(stage, invocation=_invocation(place, arxiv, mail.port, clock, "harvest"))
        title = "Day two: only what is new, all keywords by one harvest"
        status = _day(title, DAY_TWO, "day-2-", stage) or status
    print(f"The mails are in {output}/: open the .html files in a browser.")
    return status


@dataclass(frozen=True, slots=True)
class _Stage:
    clock: DemoClock
    mail: MailStandIn
    invocation: Invocation
    output: Path


def _day(title: str, at: Moment, prefix: str, stage: _Stage) -> int:
    """Runs `digest send` once and shows the mails that the server received."""
    print(f"── {title}, {at:%A %d %B %Y}\n")
    stage.clock.moment = at
    before = len(stage.mail.received)
    status = send.run(stage.invocation)
    received = stage.mail.received[before:]
    print(f"\nThe mail server has received {counted(len(received), 'message')}.")
    if received:
        files = PreviewFiles(stage.output, prefix)
        for message in received:
            files.write(message.recipients[0], message.data)
        for page, message in zip(files.pages, received, strict=True):
            subject = message_from_bytes(message.data, policy=policy.default)["Subject"]
            print(f"  {page}  {subject}")
    print()
    return status


def _invocation(
    place: Path, arxiv: StandIn, port: int, clock: DemoClock, source: str = "api"
) -> Invocation:
    """A call of `digest send` with settings of its own; this machine's settings are not read."""
    (place / "subscribers.yaml").write_bytes(sample_subscribers())
    settings = {
        "DIGEST_ARXIV_URL": arxiv.url,
        "DIGEST_OAI_URL": arxiv.oai_url,
        "DIGEST_FEED_URL": arxiv.feed_url,
        "DIGEST_SOURCE": source,
        "DIGEST_ARXIV_DELAY": "0",
        "DIGEST_SMTP_HOST": "127.0.0.1",
        "DIGEST_SMTP_PORT": str(port),
        "DIGEST_SMTP_SECURITY": "none",
        "DIGEST_MAIL_FROM": "Paper digest <digest@example.org>",
        "DIGEST_SUBSCRIBERS": str(place / "subscribers.yaml"),
        "DIGEST_STATE": str(place / "state.json"),
        "DIGEST_PAPERS": str(place / "papers.sqlite"),
    }
    env_file = place / ".env"
    env_file.write_text("".join(f"{name}='{value}'\n" for name, value in settings.items()))
    options = argparse.Namespace(
        to=None, keyword=None, dry_run=False, preview=None, listing=None, json=False
    )
    return Invocation(options, load_settings(env_file, {}), clock)
