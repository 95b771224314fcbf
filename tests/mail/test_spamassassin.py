"""SpamAssassin's score of the mails, by its own rules and without the network."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from installation import parsed

from digest.cli.entry import main

SPAMASSASSIN = shutil.which("spamassassin")
OPERATIONS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")

pytestmark = pytest.mark.skipif(
    SPAMASSASSIN is None, reason="there is no SpamAssassin on this machine"
)


def test_the_demos_mails_are_no_spam(tmp_path: Path) -> None:
    """Each mail of the demo has a score of 0 or less, and every rule that fires is documented."""
    assert main(["demo", "--output", str(tmp_path / "demo")], environment={}) == 0
    mails = [file.read_bytes() for file in sorted((tmp_path / "demo").glob("*.eml"))]
    mbox = tmp_path / "mbox"
    mbox.write_bytes(b"".join(map(_in_a_mailbox, mails)))
    (tmp_path / "preferences").touch()
    assert SPAMASSASSIN
    done = subprocess.run(
        [
            *(SPAMASSASSIN, "--test-mode", "--local", "--mbox", str(mbox)),
            *("--prefspath", str(tmp_path / "preferences")),
        ],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
        timeout=180,
    )
    reports = re.findall(
        r"^Content analysis details: +\((-?[\d.]+) points.*?\n\n(.*?)\n\n",
        done.stdout.decode("utf-8", "replace"),
        re.MULTILINE | re.DOTALL,
    )
    assert len(reports) == len(mails) == 8
    for mail, (points, rules) in zip(mails, reports, strict=True):
        assert float(points) <= 0, f"{parsed(mail)['To']}: {points}\n{rules}"
        for rule in re.findall(r"^ *-?[\d.]+ +([A-Z_\d]+)", rules, re.MULTILINE):
            assert f"`{rule}`" in OPERATIONS, f"{rule} is not explained"


def _in_a_mailbox(mail: bytes) -> bytes:
    """The message as an mbox file has it."""
    lines = re.sub(rb"^(?=From )", b">", mail.replace(b"\r\n", b"\n"), flags=re.MULTILINE)
    return b"From digest@example.org Mon Nov 16 07:00:00 2026\n" + lines + b"\n"
