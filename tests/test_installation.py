"""The wheel, installed elsewhere; and the README, word for word."""

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import fields
from pathlib import Path

import pytest
from builders import paper
from installation import Lab

from digest.cli.command_line import parser
from digest.commands.help import TOPICS
from digest.config.files import load_settings, load_subscriptions
from digest.mail.layout import Entry, Layout, Part
from digest.mail.rendering import Contact

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a program with an empty HOME and nothing else of this machine's settings."""
    clean = {"PATH": os.defpath, "HOME": str(cwd), "PYTHONDONTWRITEBYTECODE": "1"} | environment
    return subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel built from this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    options = ["--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder)]
    built = run(*pip, "wheel", *options, str(ROOT), cwd=folder)
    assert built.returncode == 0, built.stderr
    (found,) = folder.glob("arxiv_digest-*.whl")
    return found


def test_what_is_in_the_wheel(wheel: Path) -> None:
    """The wheel has the templates, the samples, the type marker and the licence; and no tests."""
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "digest/py.typed",
        "digest/templates/digest.html",
        "digest/templates/digest.txt",
        "digest/templates/digest.subject.txt",
        "digest/templates/operator.html",
        "digest/standin/samples/papers.json",
        "digest/standin/samples/subscribers.yaml",
        *(f"digest/docs/{topic}.md" for topic in TOPICS),
    } <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"digest", "arxiv_digest"}


def test_installed_elsewhere(wheel: Path, tmp_path: Path) -> None:
    """The installed command runs the demonstration, with no HOME and a proxy that is not there."""
    home = tmp_path / "home"
    home.mkdir()
    place = tmp_path / "elsewhere"
    assert run(sys.executable, "-m", "venv", "--without-pip", place, cwd=home).returncode == 0
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    into = ["--python", str(place / "bin" / "python"), "install", "--no-deps", "--no-index"]
    installed = run(*pip, *into, wheel, cwd=home)
    assert installed.returncode == 0, installed.stderr
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = sysconfig.get_path("purelib")
    (place / "lib" / version / "site-packages" / "zz_dependencies.pth").write_text(packages)

    nowhere = "http://127.0.0.1:9"
    done = run(place / "bin" / "digest", "demo", cwd=home, http_proxy=nowhere, HTTP_PROXY=nowhere)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list((home / "demo").glob("*.eml"))) == len(list((home / "demo").glob("*.html"))) > 4
    helped = run(place / "bin" / "digest", "help", "providers", cwd=home)
    assert helped.stdout == (ROOT / "docs" / "providers.md").read_text("utf-8")
    origin = run(place / "bin" / "python", "-c", "import digest; print(digest.__file__)", cwd=home)
    assert origin.stdout.startswith(str(place))


class TestReadme:
    """The README and what it shows."""

    def test_the_files_it_shows(self, tmp_path: Path) -> None:
        """The subscribers.yaml and the .env in it are good."""
        (subscribers,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
        _, environment = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
        (tmp_path / "s.yaml").write_text(subscribers)
        (tmp_path / "env").write_text(environment)
        assert len(load_subscriptions(tmp_path / "s.yaml").subscribers) == 2
        assert load_settings(tmp_path / "env", {}).smtp_host == "mail.example.org"

    def test_the_commands_it_shows(self, lab: Lab) -> None:
        """Every command in its table can be called as it stands there."""
        lab.publish(paper(1))
        lab.run("send")
        values = {"ADDRESS": "ada@example.org", "NAME": "Trajectory", "FILE": "page.xml"}
        commands = re.findall(r"^\| `digest ([^`]+)` \|", README, re.MULTILINE)
        assert len(commands) == 15
        for command in commands:
            arguments = [values.get(word, word) for word in command.split()]
            parser().parse_args(arguments)
            if (
                arguments[0] not in ("demo", "init", "preview", "run")
                and "--listing" not in arguments
            ):
                assert lab.run(*arguments).status == 0, command

    def test_make_targets(self) -> None:
        """The two commands to try it are targets of the Makefile, and so are those in the docs."""
        makefile = (ROOT / "Makefile").read_text("utf-8")
        texts = [README, (ROOT / "CONTRIBUTING.md").read_text("utf-8")]
        named = {name for text in texts for name in re.findall(r"\bmake ([a-z]+)\b", text)}
        for name in {"demo", "test"} | (
            named & {"demo", "test", "check", "format", "lock", "wheel"}
        ):
            assert re.search(rf"^{name}:", makefile, re.MULTILINE), name

    def test_links(self) -> None:
        """Every file that the documentation links to is there."""
        for file in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
            for target in re.findall(r"\]\(([^)#\s]+)", file.read_text("utf-8")):
                if "://" not in target:
                    assert (file.parent / target).exists(), f"{file.name}: {target}"


def test_every_command_and_option_is_documented() -> None:
    """The README names every command, and the documentation every option."""
    texts = README + (ROOT / "docs" / "operations.md").read_text("utf-8")
    (commands,) = (action.choices for action in parser()._actions if action.dest == "command")
    assert isinstance(commands, dict)
    for name, command in commands.items():
        assert f"`digest {name}" in README
        for action in command._actions:
            for option in action.option_strings:
                if option not in ("-h", "--help"):
                    assert f"{option}" in texts, f"{name} {option}"


def test_every_template_variable_is_documented() -> None:
    """docs/operations.md names every variable that a template is given."""
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    for kind in (Layout, Part, Entry, Contact):
        for field in fields(kind):
            assert f"`{field.name}`" in text, f"{kind.__name__}.{field.name}"
