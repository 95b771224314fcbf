"""Templates of the operator's, through the commands."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path

import pytest
from builders import paper
from installation import Lab, identifiers, part

from digest.mail import rendering
from digest.mail.layout import Entry, Layout, Part
from digest.mail.message import LIMIT
from digest.mail.rendering import NAMES, Contact
from digest.model.edition import Notice

DOCS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
SECTION = DOCS.split("## Templates of your own\n")[1].split("\n## ")[0]
WELL = "Paper {{ digest.sections[0].entries[0].title }}\n"


@pytest.fixture
def own(lab: Lab) -> Path:
    """A directory of templates that the lab's settings name; a paper is there to be mailed."""
    place = lab.home / "templates"
    place.mkdir()
    lab.environment["DIGEST_TEMPLATES"] = str(place)
    lab.publish(paper(1, "A time series of templates"))
    return place


def mailed(lab: Lab) -> dict[str, str]:
    """The newest mail to Ada as what each template made of it."""
    message = lab.mails()["ada@example.org"][-1]
    made = (message["Subject"], part(message, "plain"), part(message, "html"))
    return dict(zip(NAMES, made, strict=True))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mistake", ["{% if %}", "\n{{ digest.sections[0].entries[0].titel }}"])
def test_a_mistake_is_told_and_the_shipped_one_sent(
    lab: Lab, own: Path, *, name: str, mistake: str
) -> None:
    """`check` names file and line; `preview` and `send` warn of it, and take the shipped one."""
    file = own / name
    file.write_text(mistake)
    where = f"{file}:{mistake.count(chr(10)) + 1}"
    checked = lab.run("check", "--offline")
    assert checked.status == 78
    assert f"FAIL  templates: the template {where} is broken: " in checked.out

    for command in (("preview", "--no-open"), ("send",)):
        done = lab.run(*command)
        assert done.status == 0, done.err
        (warning,) = [line for line in done.err.splitlines() if "template-broken" in line]
        assert warning.startswith("WARNING template-broken")
        assert where in warning
        assert warning.endswith(f'instead="the shipped {name}"')
    assert "1 new paper" in mailed(lab)[name]


def test_broken_before_arxiv_is_asked(lab: Lab, own: Path) -> None:
    """A wrong template is found before the first paper is fetched."""
    (own / "digest.html").write_text("{{ nobody }}")
    events = [line.split()[1] for line in lab.run("send").err.splitlines()]
    assert events.index("template-broken") < events.index("fetched")


@pytest.mark.parametrize("name", NAMES)
def test_one_that_is_well(lab: Lab, own: Path, name: str) -> None:
    """`check` says which are replaced, `preview` shows them, and `send` sends them."""
    (own / name).write_text(WELL)
    (own / "notes.txt").write_text("{% if %}")
    checked = lab.run("check", "--offline")
    assert f"ok    templates: {own}, in place of {name}\n" in checked.out
    assert lab.run("preview", "--no-open", "--output", "shown").status == 0
    page = (lab.home / "shown" / "ada@example.org.html").read_text("utf-8")
    assert (page == "Paper A time series of templates\n") == (name == "digest.html")
    assert lab.run("send").status == 0
    made = {each: text.startswith("Paper A time series") for each, text in mailed(lab).items()}
    assert made == {each: each == name for each in NAMES}


def test_none_replaced(lab: Lab, own: Path) -> None:
    """A directory in which no template has the name of a shipped one is seen by `check`."""
    (own / "digets.html").write_text(WELL)
    assert f"ok    templates: {own}, in place of none\n" in lab.run("check", "--offline").out


def test_variables_are_documented() -> None:
    """docs/operations.md has every variable that a template is given, and no other."""
    documented = set(re.findall(r"`(\w+)`", SECTION)) - {"digest", "contact"}
    given = {field.name for kind in (Layout, Part, Entry, Contact) for field in fields(kind)}
    given |= {field.name for field in fields(Notice)}
    said = {"preview", "DIGEST_TEMPLATES", "None"}
    assert given <= documented
    assert documented - given <= said


def test_one_that_is_too_large(lab: Lab) -> None:
    """A template that leaves no room for a paper is not used, and that is said."""
    own = lab.home / "own"
    own.mkdir()
    (own / "digest.html").write_text("<p>" + "word " * 30_000 + "{{ digest.summary }}</p>")
    lab.publish(paper(1))
    result = lab.run("send", "--verbose", DIGEST_TEMPLATES=str(own))
    assert result.status == 0
    assert "template-too-large" in result.err
    for received in lab.mail.received:
        assert len(received.data) <= LIMIT
    assert identifiers(lab.mails()["ada@example.org"][0]) == ["2611.00001v1"]


FOR_EVER = {
    "a loop": "{% for i in range(10 ** 12) %}{% endfor %}",
    "one operation of Python's": "{{ 9 ** (9 ** 9) }}",
    "one function of Python's": "{{ range(10 ** 14) | sum }}",
}


@pytest.mark.parametrize("kind", FOR_EVER)
def test_one_that_takes_for_ever(
    lab: Lab, own: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """It is given up after some seconds, told of, and the shipped one sent."""
    monkeypatch.setattr(rendering, "_LONGEST", 0.3)
    (own / "digest.txt").write_text(FOR_EVER[kind])
    sentence = f"the template {own}/digest.txt takes longer than 0.3 seconds; look for a loop"
    checked = lab.run("check", "--offline")
    assert checked.status == 78
    assert sentence in checked.out
    for command in (("preview", "--no-open"), ("send",)):
        done = lab.run(*command)
        assert done.status == 0, done.err
        assert done.err.count(sentence) == 1
    assert "1 new paper" in mailed(lab)["digest.txt"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{% for i in range(9) %}{{ 'x' * 10 ** 6 }}{% endfor %}", "it makes 9000000 characters"),
        ("{{ 'x' * 10 ** 10 }}", "more memory than there is"),
        ("{% for i in range(3) %}{{ '[' * 10 ** 6 }}{% endfor %}{{ ''.x.y }}", "no attribute"),
    ],
)
def test_one_that_takes_everything(lab: Lab, own: Path, text: str, words: str) -> None:
    """Neither its memory nor the length of what it makes is without bounds."""
    (own / "digest.html").write_text(text)
    done = lab.run("send")
    assert done.status == 0
    assert words in done.err
    assert "1 new paper" in mailed(lab)["digest.html"]


def test_one_that_ends_its_process(lab: Lab, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the process that renders it dies, the shipped one is used, and that is said."""
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    (own / "digest.html").write_text(WELL)
    done = lab.run("send")
    assert done.status == 0
    assert "has ended the process that renders it: it ended with 1" in done.err
    assert "1 new paper" in mailed(lab)["digest.html"]


@pytest.mark.parametrize("seconds", [1.5, 60.0])
def test_the_daemon_lives_meanwhile(lab: Lab, own: Path, tmp_path: Path, seconds: float) -> None:
    """While a template takes for ever the watchdog is fed, and SIGTERM ends the daemon at once."""
    (own / "digest.txt").write_text(FOR_EVER["a loop"])
    code = (
        f"from digest.mail import rendering; rendering._LONGEST = {seconds};"
        "from digest.cli.entry import entry_point; entry_point()"
    )
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.settimeout(20)
        environment = {"NOTIFY_SOCKET": ear.getsockname(), "WATCHDOG_USEC": "1000000"}
        with subprocess.Popen(
            [sys.executable, "-c", code, "run"],
            env=os.environ | lab.environment | environment,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            said = ear.recv(4096)
            while seconds < 2 and b"READY" not in said:
                assert b"WATCHDOG=1" in said
                said = ear.recv(4096)
            began = time.monotonic()
            process.terminate()
            err = process.communicate(timeout=20)[1]
    assert process.returncode == 0, err
    assert time.monotonic() - began < 5
    assert ("takes longer than 1.5 seconds" in err) == (seconds < 2)
