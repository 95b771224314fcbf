"""A command imports what it needs: `digest --help` and `digest status` are there at once."""

import subprocess
import sys
from pathlib import Path

import pytest

_CODE = """
import sys
from digest.cli.entry import main
try:
    status = main(sys.argv[1:])
except SystemExit as shown:
    status = shown.code
print("\\n", *sorted(sys.modules), file=sys.stderr)
sys.exit(status)
"""

NETWORK = {"arxiv", "requests", "urllib3", "lxml", "ssl", "asyncio", "smtplib", "http.client"}
MAIL = {"jinja2", "markupsafe", "pylatexenc", "snowballstemmer", "cryptography", "email.message"}
OTHERS = {"tqdm", "schedule", "aiosmtpd", "aiosmtplib", "hashlib", "tempfile", "dotenv"}
FILES = {"yaml", "msgspec", "zoneinfo"}
EARLY = {"logging", "digest.text", "digest.cli.log", "digest.cli.sentences", "digest.cli.failing"}
COMMANDS = {"digest.cycle.cycle", "digest.mail.rendering", "digest.delivery.dispatch"}


@pytest.mark.parametrize(
    ("arguments", "left_out"),
    [
        (["--help"], NETWORK | MAIL | OTHERS | FILES | EARLY | COMMANDS),
        (["status", "--help"], NETWORK | MAIL | OTHERS | FILES | EARLY | COMMANDS),
        (["status"], NETWORK | MAIL | OTHERS | COMMANDS),
        (["table"], NETWORK | MAIL | OTHERS | COMMANDS),
    ],
    ids=["--help", "status --help", "status", "table"],
)
def test_a_command_does_not_import_what_it_has_no_use_for(
    arguments: list[str], left_out: set[str], tmp_path: Path
) -> None:
    """Help needs no file, and what only looks into the store needs neither network nor mail."""
    (tmp_path / "subscribers.yaml").write_text(
        "keywords: [Muon]\nsubscribers:\n  - email: ada@example.org\n", "utf-8"
    )
    ended = subprocess.run(
        [sys.executable, "-c", _CODE, *arguments],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "DIGEST_STATE": "state.json"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout
    imported = set(ended.stderr.split())
    assert "digest.cli.command_line" in imported
    assert not imported & left_out
