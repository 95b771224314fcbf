"""`digest demo`: the whole job, on two days."""

import contextlib
import io
from collections import Counter
from email.message import EmailMessage
from pathlib import Path

import pytest
from installation import identifiers, parsed, part

from digest.cli.entry import main
from digest.standin.samples import DAY_ONE, sample_papers


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, EmailMessage]]:
    """The output of the demonstration, and its mails by the name of the file."""
    folder = tmp_path_factory.mktemp("demo")
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        # An environment that would break anything else: the demonstration reads none of it.
        environment = {"DIGEST_NONSENSE": "x", "DIGEST_SMTP_PORT": "-1"}
        assert main(["demo", "--output", str(folder)], environment=environment) == 0
    files = sorted(Path(folder).glob("*.eml"))
    assert [file.stem for file in files] == [page.stem for page in sorted(folder.glob("*.html"))]
    return out.getvalue(), {file.stem: parsed(file.read_bytes()) for file in files}


def of_day(mails: dict[str, EmailMessage], day: int) -> dict[str, EmailMessage]:
    """The mails of one day, by address."""
    prefix = f"day-{day}-"
    return {name.removeprefix(prefix): m for name, m in mails.items() if name.startswith(prefix)}


def test_every_reader_has_mail(shown: tuple[str, dict[str, EmailMessage]]) -> None:
    """On both days each of the four readers has one mail, addressed to that reader alone."""
    _, mails = shown
    for day in (1, 2):
        for address, message in of_day(mails, day).items():
            assert message["To"].addresses[0].addr_spec == address
            assert len(message["To"].addresses) == 1
    assert len(of_day(mails, 1)) == len(of_day(mails, 2)) == 4


def test_every_paper_once(shown: tuple[str, dict[str, EmailMessage]]) -> None:
    """A reader of all keywords gets every paper of the last week, each one time over both days."""
    _, mails = shown
    counts: Counter[str] = Counter()
    for day in (1, 2):
        found = identifiers(of_day(mails, day)["ilse@example.org"])
        counts.update({identifier.rpartition("v")[0] for identifier in found})
    week = {
        sample.paper.id for sample in sample_papers() if (DAY_ONE - sample.paper.updated).days < 7
    }
    assert set(counts) == week
    assert set(counts.values()) == {1}


def test_the_second_day(shown: tuple[str, dict[str, EmailMessage]]) -> None:
    """On the second day there is a new version for who wants it, and a paper that was held back."""
    out, mails = shown
    kwame, ilse = (of_day(mails, 2)[f"{name}@example.org"] for name in ("kwame", "ilse"))
    assert "updated from v1 to v2" in part(kwame, "plain")
    assert "updated from" not in part(ilse, "plain")
    assert "Nowcasting Avalanches" in part(ilse, "plain")
    assert "Day two: only what is new" in out
    assert "one harvest for 3 keywords: 40 records in 3 requests" in out


def test_peculiar_text(shown: tuple[str, dict[str, EmailMessage]]) -> None:
    """LaTeX has become Unicode, markup is text, and what cannot be turned stands as it was."""
    _, mails = shown
    ilse = of_day(mails, 1)["ilse@example.org"]
    text = " ".join(part(ilse, "plain").split())
    for words in ("A Schrödinger Bridge", "Péter Bodő", "O(n log n)", r"\begin{pmatrix} a & b"):
        assert words in text
    assert "&lt;/td&gt;&lt;script&gt;" in part(ilse, "html")
    assert "<script" not in part(ilse, "html")
