"""Every fault, through the command: nothing lost, nothing twice, and somebody is told."""

import os
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_trial import Fault, Trial
from hands_on_the_file import HANDS
from harvest_faults import HARVEST
from installation import Lab
from machine_faults import MACHINE, can_mount
from network_faults import ARXIV, MAIL

FAULTS = {fault.name: fault for fault in (*ARXIV, *MAIL, *HANDS, *MACHINE)}


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """A key and a certificate for the name `elsewhere`, in one file; None without openssl."""
    if not shutil.which("openssl"):
        return None
    file = tmp_path_factory.mktemp("certificate") / "both.pem"
    options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=elsewhere"]
    certificate = file.with_suffix(".cert")
    command = ["openssl", "req", *options, "-keyout", str(file), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    file.write_bytes(file.read_bytes() + certificate.read_bytes())
    return file


@pytest.fixture
def trial(lab: Lab, certificate: Path | None) -> Iterator[Trial]:
    """An installation to which something is going to happen."""
    started = Trial(lab, random.Random(20261116))
    started.certificate = certificate or Path()
    with started.at_the_end, started.cleanup:
        yield started


@pytest.mark.parametrize("name", FAULTS)
def test_nothing_lost_nothing_twice(trial: Trial, name: str) -> None:
    """A fault strikes for three mornings and goes: each reader has each paper, once."""
    fault = FAULTS[name]
    if ("TLS" in name or "certificate" in name) and not trial.certificate.name:
        pytest.skip("there is no openssl command to make a certificate")
    if "disk" in name and not can_mount():
        pytest.skip("this user may not mount a disk")
    if "permission" in name and not os.geteuid():
        pytest.skip("this user may write everywhere")
    lives(trial, fault)


AT_ONCE = {
    "OAI: edits between two pages",
    "OAI: all answers of yesterday from the cache",
    "OAI: noRecordsMatch until midnight",
    "OAI: half a page, status 200",
    "OAI: a run of 30 ids missing until tomorrow",
    "OAI: a record that breaks its page, status 500",
    "OAI, feeds and API: away",
    "an announcement that comes with the next one",
    "OAI away, feeds of yesterday",
}
"""One of each kind; the others are among the long tests."""


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(one, id=one.name, marks=() if one.name in AT_ONCE else pytest.mark.long)
        for one in HARVEST
    ],
)
def test_a_harvest_loses_nothing(trial: Trial, fault: Fault) -> None:
    """Where arXiv is read by its harvest, a fault of one service or of all does no harm either."""
    lives(trial, fault)


def lives(trial: Trial, fault: Fault) -> None:
    """Lives through a fault: nothing lost, nothing twice, and somebody is told."""
    trial.live(fault)
    assert trial.hits
    assert trial.lost() == []
    assert trial.repeated() == []
    assert trial.last.status == 0, trial.last
    said = "\n".join(result.out + result.err for result in trial.told)
    assert re.search(fault.told, said), said
    statuses = {result.status for result in trial.told}
    if not fault.told.endswith("|"):
        assert bool(statuses & {69, 74, 75}) == bool(fault.told), statuses
    for guard in trial.guards:
        assert guard.received == []
