"""Templates of the operator's, through the commands."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from lab import Lab, identifiers, paper, part

from digest.edition import Notice
from digest.layout import Entry, Layout, Part
from digest.message import LIMIT
from digest.rendering import NAMES, Contact

DOCS = (Path(__file__).parents[1] / "docs" / "operations.md").read_text("utf-8")
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
    """What is wrong is known before the first paper is fetched."""
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
