"""Tries every fault many times, and writes what came of it to docs/reliability.md.

Run by `make faults`. A trial is a week with three readers, on three mornings of which the fault
strikes; what is counted are papers for each reader. The exit status is 1 where one was lost or
mailed in two messages.
"""

import argparse
import os
import platform
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from pathlib import Path

from fault_trial import Trial
from hands_on_the_file import HANDS
from harvest_faults import HARVEST
from installation import Lab, laboratory
from kill_at_a_step import Stepper
from killed_sends import PARTS, kill
from machine_faults import MACHINE, can_mount
from network_faults import ARXIV, MAIL
from power_cut import History, StoreTrial
from recorded_days import in_bad_weather

SECTIONS = {
    "arXiv's API": ARXIV,
    "arXiv's harvest and feeds": HARVEST,
    "The mail server": MAIL,
    "Hands on the configuration": HANDS,
    "The machine": MACHINE,
}
FAULTS = {fault.name: fault for faults in SECTIONS.values() for fault in faults}
DOCUMENT = Path(__file__).parents[2] / "docs" / "reliability.md"

ABOUT = """\
# Reliability, counted

Made by `make faults` on {date}, on {machine}.

Each fault strikes on three mornings of a week with three readers and two keywords, again and again
with another seed: every request or message the first time, then a share of them by chance. *Tried*
is how often the fault struck. *Papers* are those that were to be mailed, counted for each reader;
*lost* are those that never came, *repeated* those that came in two messages. *Again* are messages
that came a second time byte for byte, with the same Message-ID: that is what happens where a server
may have taken a message and did not say so, and a reader's mail system can drop it.

*Told* is what `digest send` says on the first morning, with its exit status; where it concerns
arXiv, `digest status` and a line in the mail say it as well. A dash means that there was nothing to
tell: nothing was late. Where arXiv is read by its harvest, another of its services often has the
papers in time; what is told then is which one failed.
"""
DAYS = "Every fifth answer of arXiv's and every tenth message of three readers failing, by chance."
HEAD = "| fault | tried | papers | lost | repeated | again | told |\n|---|---|---|---|---|---|---|"


@dataclass(slots=True)
class Row:
    """One line of the table."""

    name: str
    tried: int = 0
    expected: int = 0
    lost: int = 0
    repeated: int = 0
    again: int = 0
    told: str = ""

    def add(self, other: "Row") -> None:
        """Takes another trial's counts in."""
        self.tried += other.tried
        self.expected += other.expected
        self.lost += other.lost
        self.repeated += other.repeated
        self.again += other.again
        self.told = self.told or other.told

    def __str__(self) -> str:
        counts = (self.tried, self.expected, self.lost, self.repeated, self.again)
        cells = (self.name, *(f"{count:,}" for count in counts), self.told or "—")
        return f"| {' | '.join(cells)} |"


@contextmanager
def away() -> Iterator[Path]:
    """A directory of its own, left and removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="digest-faults-") as name:
        here = Path.cwd()
        os.chdir(name)
        try:
            yield Path(name)
        finally:
            os.chdir(here)


def in_a_lab(tried: Callable[[Lab], Row]) -> Row:
    """The row of something that is done to an installation of its own."""
    with away() as place, laboratory(place) as lab:
        return tried(lab)


def struck(name: str, seed: int, certificate: Path) -> Row:
    """One trial of one fault."""
    return in_a_lab(partial(_struck, name=name, seed=seed, certificate=certificate))


def _struck(lab: Lab, name: str, seed: int, certificate: Path) -> Row:
    chance = random.Random(f"{name} {seed}")
    trial = Trial(lab, chance, certificate=certificate)
    trial.share = chance.choice([0.2, 0.5, 0.8]) if seed else 1.0
    with trial.at_the_end, trial.cleanup:
        trial.live(FAULTS[name])
        lost, repeated = len(trial.lost()), len(trial.repeated())
    lost += sum(len(guard.received) for guard in trial.guards)
    told = _told(trial, FAULTS[name].told) if not seed else ""
    return Row(name, trial.hits, trial.expected(), lost, repeated, trial.again(), told)


def _told(trial: Trial, pattern: str) -> str:
    if not pattern.strip("|"):
        return ""
    for result in trial.told:
        for line in (result.err + result.out).splitlines():
            if not line.startswith(("WARNING", "INFO")) and re.search(pattern.strip("|"), line):
                words = line.removeprefix("digest: ").replace(f"{trial.lab.home}/", "")
                words = re.sub(r"127\.0\.0\.1:\d+|localhost:\d+", "127.0.0.1", words)
                words = re.sub(r"process \d+", "process 4711", words).replace("small/", "")
                words = words if len(words) < 150 else words[:150].rpartition(" ")[0] + " …"
                return f"exit {result.status}: {words.replace('|', chr(92) + '|')}"
    return ""


def killed(scenario: str, part: int) -> Row:
    """SIGKILL before, amid and after every step of one part of a run."""
    with away() as place, laboratory(_made(place / "home")) as lab, Stepper() as stepper:
        tally = kill(lab, stepper, place, scenario, part=part, whole=True)
    for wrong in tally.wrong:
        print(wrong, file=sys.stderr)
    told = "by nobody: the next run finishes the work"
    name = {
        "first": "SIGKILL at every step of a first run",
        "second": "SIGKILL at every step of a run with digests that wait",
        "parts": "SIGKILL at every step of a run with digests of several messages",
        "harvest": "SIGKILL at every step of a run by harvest",
    }[scenario]
    lost = tally.lost + len(tally.wrong)
    return Row(name, tally.tried, tally.expected, lost, tally.repeated, tally.again, told)


def cut() -> Row:
    """The power goes after every operation of five runs."""
    with tempfile.TemporaryDirectory() as place:
        cuts = list(History(Path(place) / "home").cuts())
        wrong = list(StoreTrial(Path(place) / "left").complaints(cuts))
    for words in wrong:
        print(words, file=sys.stderr)
    told = "by nobody: the next run goes on from there"
    name = "the power cut: every state of the disk that it can leave"
    return Row(name, len(cuts), sum(low for _, low, _ in cuts), len(wrong), 0, 0, told)


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory


def replayed(seed: int, data: Path) -> Row:
    """The recorded days with faults of arXiv and of the mail server."""

    def tried(lab: Lab) -> Row:
        weather = in_bad_weather(lab, data, seed)
        name = f"seed {seed}: {weather.bad_answers} answers and {weather.bad_messages} messages"
        counts = (weather.expected, weather.lost, weather.repeated, weather.again)
        return Row(name, weather.bad_answers + weather.bad_messages, *counts)

    return in_a_lab(tried)


def certificate_in(place: Path) -> Path:
    """A key and a certificate for another name, in one file."""
    key, certificate = place / "both.pem", place / "certificate.pem"
    options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=elsewhere"]
    command = ["openssl", "req", *options, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    key.write_bytes(key.read_bytes() + certificate.read_bytes())
    return key


def left_out(name: str) -> str:
    """Why a fault cannot be tried here, "" where it can."""
    if "disk" in name and not can_mount():
        return "this user may not mount a disk"
    if "permission" in name and not os.geteuid():
        return "root may write everywhere"
    return ""


def merged(rows: Iterable[Row]) -> list[Row]:
    """One row for each name, in the order in which they come."""
    found = []
    for _, group in groupby(rows, key=lambda row: row.name):
        first, *others = group
        for other in others:
            first.add(other)
        found.append(first)
    return found


def measured(seeds: int, data: Path | None, place: Path) -> Iterator[tuple[str, list[Row]]]:
    """Yields the heading and rows of each section."""
    certificate = certificate_in(place)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for section, faults in SECTIONS.items():
            names = [fault.name for fault in faults if not left_out(fault.name)]
            jobs = [
                pool.submit(struck, name, seed, certificate)
                for name in names
                for seed in range(seeds)
            ]
            rows = merged(job.result() for job in jobs)
            if section == "The machine":
                kills = [
                    pool.submit(killed, scenario, part)
                    for scenario in ("first", "second", "parts", "harvest")
                    for part in range(PARTS)
                ]
                rows += [*merged(job.result() for job in kills), pool.submit(cut).result()]
            yield section, rows
        if data:
            days = [pool.submit(replayed, 20240315 + n, data) for n in range(seeds)]
            yield "86 recorded days", [job.result() for job in days]


def main() -> int:
    """Tries it all; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="trials of each fault")
    parser.add_argument("--output", type=Path, default=DOCUMENT, help="where the table goes")
    options = parser.parse_args()
    named = os.environ.get("DIGEST_REAL_DATA", "")
    beside = Path(__file__).parents[3] / "shared" / "data"
    data = Path(named) if named else beside if beside.is_dir() else None
    if not shutil.which("openssl"):
        sys.exit("there is no openssl command to make a certificate")
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, "
    machine += f"Python {platform.python_version()}"
    lines = [ABOUT.format(date=datetime.now(UTC).date(), machine=machine)]
    bad = 0
    with tempfile.TemporaryDirectory() as place:
        for section, rows in measured(options.seeds, data, Path(place)):
            lines += [f"## {section}", ""]
            if section.startswith("86"):
                lines += [DAYS, ""]
            lines += [HEAD, *map(str, rows), ""]
            total = Row("**in all**")
            for row in rows:
                total.add(row)
            total.told = ""
            lines.insert(-1, str(total).replace("| — |", "| |"))
            bad += total.lost + total.repeated
            print("\n".join([section, *map(str, rows)]), flush=True)
    skipped = [f"{name} ({why})" for name in FAULTS if (why := left_out(name))]
    if skipped:
        lines += [f"Not tried on that machine: {'; '.join(skipped)}.", ""]
    options.output.write_text("\n".join(lines), "utf-8")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
