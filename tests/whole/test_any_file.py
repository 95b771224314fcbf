"""Whatever a file contains, a command ends with a sentence and a status that is documented."""

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import START, paper
from installation import Lab

from digest.standin.feed import Asked, feed

DOCUMENTED = {0, 64, 65, 69, 74, 75, 78}
"""All but 70, an error in digest itself, and 130, Ctrl-C."""

ODD = (
    *(b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\n", b"\r", b"\t", b" ", b"\x1b[2J"),
    *(b"{", b"}", b"[", b"]", b'"', b"'", b":", b"|", b"&a *a", b"!!python/object:os.system", b"%"),
    *(b"<", b">", b"&x;", b"<!DOCTYPE a>", b"]]>", b"{{ 9 ** 99 }}", b"{% include 'digest.txt' %}"),
    *(
        b"-1",
        b"0",
        b"9" * 400,
        b"1e999",
        b"NaN",
        b"null",
        b"true",
        b"\xf0\x9f\x92\xa9",
        b"\xcc\x81",
    ),
    *("\u202e".encode(), b"2026-02-30", b"0001-01-01T00:00:00Z", b"9999-12-31T23:59:60Z", b"v0"),
)
SETTINGS = b"""\
DIGEST_SMTP_RATE=600
DIGEST_SMTP_CONNECTIONS=2
DIGEST_MAIL_REPLY_TO=Ada <ada@example.org>
DIGEST_MAIL_LIST_ID=papers.example.org
DIGEST_ARXIV_CONTACT=ada@example.org
"""
KEYWORDS = b"""\
keywords:
  Time Series: {match: all, categories: [cs.LG], exclude: [heat]}
  Trajectory:
defaults: {at: "08:00", timezone: Europe/Berlin, days: weekdays}
subscribers:
  - email: ada@example.org
    name: Ada
    pause: 2026-12-24 to 2027-01-06
  - bob@example.net
"""


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The data with up to four things wrong: cut, doubled, swapped, changed, or something odd."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(0, len(data))
        to = min(len(data), at + chance.choice((1, 1, 2, 5, 30, 400)))
        piece = data[at:to]
        data = data[:at] + chance.choice(
            (
                b"",
                piece * 2,
                piece[::-1],
                bytes(byte ^ 1 << chance.randrange(8) for byte in piece),
                chance.choice(ODD) + piece,
                chance.choice(ODD),
            )
        ) + data[to:]  # fmt: skip
    return data


def subscribers(lab: Lab) -> tuple[Path, list[str]]:
    """subscribers.yaml."""
    (lab.home / "subscribers.yaml").write_bytes(KEYWORDS)
    return lab.home / "subscribers.yaml", ["status"]


def settings(lab: Lab) -> tuple[Path, list[str]]:
    """.env."""
    (lab.home / ".env").write_bytes(SETTINGS)
    return lab.home / ".env", ["check", "--offline"]


def listing(lab: Lab) -> tuple[Path, list[str]]:
    """A saved page of arXiv's."""
    file = lab.home / "page.xml"
    file.write_bytes(feed(Asked("all:x", "", 0, 10), [paper(1), paper(2)], 2, START))
    return file, ["send", "--listing", str(file), "--dry-run", "--json"]


def table(lab: Lab) -> tuple[Path, list[str]]:
    """A Markdown table."""
    lab.publish(paper(1), paper(2))
    lab.run("send")
    file = lab.home / "table.md"
    assert lab.run("table", "--output", str(file)).status == 0
    return file, ["import", str(file)]


def snapshot(lab: Lab) -> tuple[Path, list[str]]:
    """The state."""
    lab.publish(paper(1), paper(2))
    lab.run("send")
    return lab.state, ["status", "--json"]


def journal(lab: Lab) -> tuple[Path, list[str]]:
    """The state's journal."""
    snapshot(lab)
    return lab.home / "state.json.journal-1", ["status"]


def journal_to_go_on(lab: Lab) -> tuple[Path, list[str]]:
    """The state's journal, where a run goes on with it."""
    return snapshot(lab)[0].with_name("state.json.journal-1"), ["preview", "--offline", "--no-open"]


def password(lab: Lab) -> tuple[Path, list[str]]:
    """A file with a password."""
    lab.environment |= {"DIGEST_SMTP_USERNAME": "ada", "DIGEST_SMTP_PASSWORD_FILE": "password"}
    (lab.home / "password").write_bytes(b"secret\n")
    return lab.home / "password", ["send", "--dry-run"]


@pytest.mark.parametrize(
    ("prepared", "times"),
    [
        (subscribers, 150),
        (settings, 100),
        (listing, 60),
        (table, 60),
        (snapshot, 100),
        (journal, 100),
        (journal_to_go_on, 25),
        (password, 25),
    ],
)
def test_any_file(
    lab: Lab, prepared: Callable[[Lab], tuple[Path, list[str]]], times: int, randomly: int
) -> None:
    """A file is refused or used; nothing in it ends a command with an error of its own."""
    file, command = prepared(lab)
    good = file.read_bytes()
    for number in range(times):
        chance = random.Random(f"{randomly} {number}")
        file.write_bytes(bad := mutated(good, chance))
        result = lab.run(*command)
        assert result.status in DOCUMENTED, (bad, result)
        assert "Traceback" not in result.err, (bad, result)
        assert (
            (result.status in (0, 75)) or result.err.startswith("digest: ") or "FAIL" in result.out
        )


@pytest.fixture
def randomly(request: pytest.FixtureRequest) -> int:
    """The seed of this run, which a failing test shows."""
    return int(request.config.getoption("randomly_seed", 0) or 0)


@pytest.mark.parametrize("odd", [b"0001-01-01T00:00:00Z", b"9999-12-31T23:59:59Z"])
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_moments_at_the_ends_of_the_calendar(lab: Lab, odd: bytes, zone: str) -> None:
    """A moment that has no local time is told all the same, wherever it stands in the state."""
    lab.subscribe(
        f"keywords:\n  Time Series:\ndefaults: {{timezone: {zone}}}\n"
        "subscribers:\n  - ada@example.org\n"
    )
    lab.publish(paper(1))
    lab.mail.data_reply = lambda _: "451 4.2.0 later"
    lab.run("send")
    journal = lab.home / "state.json.journal-1"
    good = journal.read_bytes()
    moments = list(re.finditer(rb"\d{4}-\d\d-\d\dT[\d:.]+Z", good))
    assert len(moments) > 5
    for moment in moments:
        journal.write_bytes(good[: moment.start()] + odd + good[moment.end() :])
        for command in (["status"], ["preview", "--offline", "--no-open", "--output", "pages"]):
            result = lab.run(*command)
            assert result.status in (0, 74), (good[: moment.start()][-80:], result)
