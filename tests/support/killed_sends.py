"""`digest send` is killed at every step of a run, and a count is made of what its readers got."""

import shutil
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path

from builders import ADA, BOB, CYD, DAY, HOUR, TWO_KEYWORDS, paper, subscribers
from harvest_lab import by_harvest
from installation import Lab, identifiers, parsed
from kill_at_a_step import CUT, Run, Stepper

from digest.standin.mailserver import BREAK_OFF, Received

PARTS = 8
CONNECTIONS = {"first": 1, "second": 2, "parts": 1, "harvest": 1}

CONFIGURATION = subscribers(
    ADA,
    {"email": BOB, "keywords": ["Time Series"]},
    {"email": CYD, "keywords": ["Trajectory"]},
    keywords=TWO_KEYWORDS,
)
BOTH = "A trajectory in a time series"
ALL = {1, 2, 3}
FIRST = {ADA: ALL, BOB: {1, 3}, CYD: {2, 3}}
SECOND = {
    ADA: ALL | {4, 5},
    BOB: {1, 3, 4},
    CYD: {2, 3, 5},
}
MANY = range(1, 36)
WANTED = {
    "first": FIRST,
    "second": SECOND,
    "parts": {ADA: set(MANY)},
    "harvest": SECOND,
}


def first_day(lab: Lab) -> None:
    """A store that is not there yet, and papers for three readers."""
    lab.subscribe(CONFIGURATION)
    lab.publish(
        paper(1),
        paper(2, "Trajectory", abstract="A trajectory."),
        paper(3, BOTH, abstract="Its trajectory."),
    )


def second_day(lab: Lab) -> None:
    """A day after one on which nobody knows what became of a message, and one was put off."""
    first_day(lab)
    replies = {ADA: BREAK_OFF, BOB: "451 4.3.0 later"}
    lab.mail.data_reply = lambda received: replies.get(received.recipients[0])
    assert lab.run("send").status == 75
    lab.mail.data_reply = lambda _: None
    lab.clock.moment += DAY
    lab.publish(
        paper(4, updated=lab.clock.moment - DAY / 2),
        paper(5, "Trajectory", abstract="A trajectory.", updated=lab.clock.moment - DAY / 2),
    )


def many_papers(lab: Lab) -> None:
    """A store that is not there yet, and more papers than fit into one message."""
    lab.subscribe(subscribers(ADA))
    lab.publish(*(paper(number, f"Time series {'and so on ' * 190}") for number in MANY))


def harvested_day(lab: Lab) -> None:
    """The morning after an announcement, of an installation that reads arXiv by its harvest."""
    by_harvest(lab)
    first_day(lab)
    lab.clock.moment = lab.clock.moment.replace(hour=7, minute=0)
    assert lab.run("send").status == 0
    lab.clock.moment += DAY
    at = lab.clock.moment - 30 * HOUR
    lab.publish(
        paper(4, published=at, updated=at),
        paper(5, "Trajectory", abstract="A trajectory.", published=at, updated=at),
        visible_from=lab.clock.moment - 6 * HOUR,
    )


BEFORE = {
    "first": first_day,
    "second": second_day,
    "parts": many_papers,
    "harvest": harvested_day,
}


def papers_of(message: Received) -> set[int]:
    """The numbers of the papers in a message."""
    return {int(i.partition("v")[0].partition(".")[2]) for i in identifiers(parsed(message.data))}


@dataclass(slots=True)
class Tally:
    """The result of killing a process many times: `wrong` says where it was worse than promised.

    `again` counts messages that came a second time, byte for byte.
    """

    steps: int = 0
    tried: int = 0
    expected: int = 0
    lost: int = 0
    repeated: int = 0
    again: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, received: list[Received], wanted: dict[str, set[int]], allowed: int) -> str:
        """Counts what readers got; returns what is wrong with it, "" where nothing is.

        `allowed` is how many messages may have come again.
        """
        copies = Counter((one.recipients[0], one.data) for one in received)
        had: dict[str, Counter[int]] = defaultdict(Counter)
        names = set()
        for recipient, data in copies:
            names.add(parsed(data)["Message-ID"])
            had[recipient].update(papers_of(Received("", (recipient,), data)))
        lost = sum(len(papers - set(had[to])) for to, papers in wanted.items())
        extra = sum(len(set(had[to]) - papers) for to, papers in wanted.items())
        repeated = sum(n - 1 for counts in had.values() for n in counts.values())
        again = len(received) - len(copies)
        self.expected += sum(map(len, wanted.values()))
        self.lost, self.repeated, self.again = (
            self.lost + lost,
            self.repeated + repeated,
            self.again + again,
        )
        if lost or repeated or extra or again > allowed or len(names) < len(copies):
            return f"{lost} lost, {repeated} repeated, {extra} not asked for, {again} came again"
        return ""


def kill(
    lab: Lab, stepper: Stepper, place: Path, scenario: str, *, part: int, whole: bool
) -> Tally:
    """Kills `digest send` at every step of one part of them, and lets the next run finish.

    That is before each step and amid it; only the `whole` of it tries after each step as well,
    which is mostly the same as before the next.
    """
    BEFORE[scenario](lab)
    wanted = WANTED[scenario]
    before = list(lab.mail.received)
    tally = Tally()

    def run(name: str) -> Run:
        home = place / name
        shutil.copytree(lab.home, home)
        environment = lab.environment | {
            "DIGEST_STATE": str(home / "state.json"),
            "DIGEST_PAPERS": str(home / "papers.sqlite"),
            "DIGEST_SMTP_CONNECTIONS": str(CONNECTIONS[scenario]),
        }
        return Run(["send"], environment, lab.clock.moment.isoformat(), fold_at=1)

    usually = stepper(run("whole"))
    assert usually.status == 0, usually.out
    usual = len(lab.mail.received) - len({(o.recipients, o.data) for o in lab.mail.received})
    assert Tally().add(lab.mail.received, wanted, usual) == ""
    assert {"os.pwrite", "os.fsync", "os.fdatasync", "os.replace"} <= set(usually.steps)
    assert {"socket.connect", "socket.send", "socket.sendall"} <= set(usually.steps)
    for number, step in list(enumerate(usually.steps, start=1))[part::PARTS]:
        tally.steps += 1
        last = number == len(usually.steps)
        for when in ("before", *["amid"] * (step in CUT), *["after"] * (whole or last)):
            lab.mail.received[:] = before
            again = run(f"{number}-{when}")
            killed = stepper(replace(again, kill=number, when=when))
            tally.tried += killed.status == -9
            ended = stepper(again)
            found = tally.add(lab.mail.received, wanted, usual + CONNECTIONS[scenario])
            if killed.status not in (-9, 0) or ended.status:
                found += f" {killed.out}{ended.out}"
            if found:
                tally.wrong.append(f"killed {when} step {number}, {step}: {found}")
    tally.again -= usual * tally.tried
    return tally
