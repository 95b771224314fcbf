import io
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from builders import paper
from hypothesis import example, given
from hypothesis import strategies as st
from installation import Lab
from terminal import Terminal

from digest.cli.entry import main
from digest.commands.first_files import (
    Answers,
    env_text,
    mistake_in_subscribers,
    plain,
    subscribers_text,
)
from digest.commands.interview import local_zone
from digest.commands.recipes import BY_NAME, RECIPES, Recipe
from digest.config.files import load_settings, load_subscriptions
from digest.config.settings import Secret, Settings
from digest.model.address import mailbox
from digest.model.subscriber import Subscriptions

STRANGE = [
    'it\'s "two" kinds',
    "$HOME ${HOME} `id`",
    "a #hash, and #another",
    "back\\slash \\' \\n",
    "ends in a backslash\\",
    " 'quote and backslash\\",
    "  spaces at both ends  ",
    "=export A=b",
    "ünïcödé",
    "'",
    "\\",
    "\"'\\#",
]


def call(*arguments: str, keys: str = "", env: dict[str, str] | None = None) -> int:
    """Runs a command in this process, with these lines as its standard input."""
    before, sys.stdin = sys.stdin, io.StringIO(keys)
    try:
        return main(arguments, environment=env or {})
    finally:
        sys.stdin = before


def read(folder: Path) -> tuple[Settings, Subscriptions]:
    """Both files, by their readers."""
    return load_settings(folder / ".env", {}), load_subscriptions(folder / "subscribers.yaml")


def answers(recipe: Recipe = BY_NAME["relay"], **changes: object) -> Answers:
    """Answers that are good, but for `changes`."""
    values: dict[str, object] = {
        "recipe": recipe,
        "host": recipe.host or "mail.example.org",
        "port": f"{recipe.port}",
        "security": recipe.security,
        "username": "papers@example.org" if recipe.login == "yes" else "",
        "password": None,
        "password_file": "",
        "sender": "Daily papers <papers@example.org>",
        "operator": "ada@example.org",
        "keywords": ("Time Series",),
        "readers": ("ada@example.org",),
        "at": "08:00",
        "timezone": "Europe/Berlin",
    }
    return Answers(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class TestWithoutQuestions:
    """`--yes`, options, and lines of standard input."""

    def test_the_defaults(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """`--yes` alone writes two files that `check` takes; .env is for its owner alone."""
        assert call("init", "--yes") == 0
        assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
        assert "ada@example.org is an example" in capsys.readouterr().out
        assert call("check", "--offline") == 0
        settings, subscriptions = read(tmp_path)
        assert (settings.smtp_host, settings.smtp_port) == ("localhost", 25)
        assert [one.email for one in subscriptions.subscribers] == ["ada@example.org"]

    @pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
    def test_each_recipe(
        self, recipe: Recipe, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The files of a recipe are valid as they stand, and have its server and its limits."""
        assert (
            call("init", "--yes", "--provider", recipe.name, "--operator", "zoe@uni.example") == 0
        )
        out = capsys.readouterr().out
        assert ("Write the password into .env" in out) == (recipe.login == "yes")
        assert call("check", "--offline") == 0
        settings, subscriptions = read(tmp_path)
        assert settings.smtp_security == recipe.security
        assert settings.smtp_port == recipe.port
        assert settings.smtp_host
        assert recipe.host in ("", settings.smtp_host)
        assert subscriptions.subscribers[0].email == settings.operator == "zoe@uni.example"
        text = (tmp_path / ".env").read_text()
        for name, value in recipe.settings:
            assert f"\n{name}={value}\n" in text
        assert recipe.a_day in text

    def test_every_option(self, tmp_path: Path) -> None:
        """Each option is the answer to its question, and nothing is asked where all are given."""
        (tmp_path / "password").write_text("secret\n")
        options = {
            "provider": "relay", "host": "mx.uni.example", "port": "465", "username": "lab",
            "password-file": "password", "from": "Papers <p@uni.example>",
            "operator": "op@uni.example", "keyword": "Spin: ice #1",
            "reader": "Zoë <zoë@uni.example>", "at": "06:15", "timezone": "Asia/Tokyo",
            "subscribers": "who.yaml",
            "env-file": "mine.env", "state": "here/state.json", "security": "tls",
        }  # fmt: skip
        flat = [word for name, value in options.items() for word in (f"--{name}", value)]
        assert call("init", *flat) == 0
        settings = load_settings(tmp_path / "mine.env", {})
        assert (settings.smtp_host, settings.smtp_port) == ("mx.uni.example", 465)
        assert settings.smtp_security == "tls"
        assert settings.smtp_password is not None
        assert settings.smtp_password.reveal() == "secret"
        assert settings.mail_from == "Papers <p@uni.example>"
        assert settings.arxiv_contact == settings.operator == "op@uni.example"
        assert (settings.subscribers, settings.state) == (Path("who.yaml"), Path("here/state.json"))
        subscriptions = load_subscriptions(settings.subscribers)
        (reader,) = subscriptions.subscribers
        assert (reader.email, reader.name) == ("zoë@uni.example", "Zoë")
        assert subscriptions.keywords[0].name == "Spin: ice #1"
        assert f"{reader.schedule.at:%H:%M} {reader.timezone}" == "06:15 Asia/Tokyo"

    @pytest.mark.parametrize(
        ("option", "value", "words"),
        [
            ("--provider", "gmial", "did you mean 'gmail'?"),
            ("--reader", "ada", "must have an @-sign"),
            ("--from", "a b", "must have an @-sign"),
            ("--port", "0", "a whole number from 1 to 65535"),
            ("--host", "mail:25", "the port has its own setting"),
            ("--security", "ssl", "write starttls, tls or none"),
            ("--keyword", "???", "no letter and no digit"),
            ("--timezone", "Europe/Berln", "did you mean 'Europe/Berlin'?"),
            ("--password-file", "x", "it needs --username"),
        ],
    )
    def test_a_wrong_option(
        self,
        option: str,
        value: str,
        words: str,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """A wrong option is a sentence that names it, and nothing is written."""
        assert call("init", "--yes", option, value) == 64
        error = capsys.readouterr().err
        assert option in error
        assert words in error
        assert not list(tmp_path.iterdir())

    def test_all_wrong_options_at_once(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Each wrong option is told, a line each, however many there are."""
        wrong = (
            "--reader",
            "ada",
            "--timezone",
            "Asia/Osaka",
            "--port",
            "0",
            "--reader",
            "b@c.d e",
        )
        assert call("init", "--yes", *wrong) == 64
        told = capsys.readouterr().err.splitlines()
        assert [line.split(":")[1] for line in told] == [
            " --port",
            " --reader",
            " --reader",
            " --timezone",
        ]
        assert "did you mean 'Asia/Tokyo'?" in told[-1]
        assert not list(tmp_path.iterdir())

    def test_lines_that_end(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Answers can come from a pipe; where they end too early, nothing is written."""
        assert call("init", keys="zoe@uni.example\n5\n") == 64
        assert "the answers ended at" in capsys.readouterr().err
        assert not list(tmp_path.iterdir())
        assert call("init", keys="zoe@uni.example\n5\n\nIce\n\n\n\n\n") == 0
        assert read(tmp_path)[1].keywords[0].name == "Ice"

    @pytest.mark.parametrize("name", ["subscribers.yaml", ".env"])
    @pytest.mark.parametrize("dangling", [False, True])
    def test_a_file_that_is_there(
        self, name: str, dangling: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """No file is written over, and no link followed; the other file is not written either."""
        there = tmp_path / name
        if dangling:
            there.symlink_to(tmp_path / "nowhere")
        else:
            there.write_text("mine")
        assert call("init", "--yes") == 78
        assert f"{name} is there already" in capsys.readouterr().err
        assert list(tmp_path.iterdir()) == [there]
        assert dangling or there.read_text() == "mine"

    def test_no_room_for_the_second(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Where subscribers.yaml cannot be written, .env is taken back."""
        long = "x" * 300 + ".yaml"  # longer than a name can be
        assert call("init", "--yes", "--subscribers", long) == 78
        assert "cannot be written" in capsys.readouterr().err
        assert not list(tmp_path.iterdir())

    def test_a_directory_that_is_not_there(self, capsys: pytest.CaptureFixture[str]) -> None:
        """It says which directory is missing."""
        assert call("init", "--yes", "--subscribers", "conf/subscribers.yaml") == 78
        assert "there is no directory conf" in capsys.readouterr().err

    def test_a_directory_that_takes_nothing(self, tmp_path: Path) -> None:
        """A read-only directory is said in a sentence, whoever asks: root is refused by /proc."""
        place = tmp_path / "closed"
        place.mkdir(mode=0o555)
        here = Path("/proc") if os.geteuid() == 0 else place
        done = subprocess.run(
            [sys.executable, "-m", "digest", "init", "--yes"],
            cwd=here, capture_output=True, text=True, check=False,
            env={"PYTHONPATH": str(Path(__file__).parents[2])},
        )  # fmt: skip
        assert done.returncode == 78, done.stderr
        assert done.stderr.count("\n") == 1
        assert "another directory" in done.stderr
        assert not (here / ".env").exists()

    def test_the_first_mail(self, lab: Lab) -> None:
        """With the two files as they were written, the first reader has the first digest."""
        (lab.home / "subscribers.yaml").unlink()
        lab.publish(paper(1))
        options = {
            "provider": "postfix", "host": "127.0.0.1", "port": f"{lab.mail.port}",
            "operator": "zoe@uni.example", "keyword": "Time series",
        }  # fmt: skip
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        assert lab.run("init", "--yes", *words).status == 0
        mine = [name for name in lab.environment if not name.startswith("DIGEST_ARXIV")]
        assert lab.run("send", **dict.fromkeys(mine, "")).status == 0
        (mail,) = lab.mails()["zoe@uni.example"]
        assert mail["From"] == "Daily papers <papers@uni.example>"

    def test_broken_settings_do_not_matter(self, tmp_path: Path) -> None:
        """Neither `init` nor `help` reads the settings that are there."""
        assert call("init", "--yes", env={"DIGEST_NONSENSE": "x"}) == 0
        (tmp_path / ".env").write_text("DIGEST_NONSENSE=x\n")
        assert call("help", "providers") == 0


class TestTexts:
    """The written files, read by the code that loads them."""

    @pytest.mark.parametrize("password", STRANGE)
    def test_strange_passwords(self, password: str, tmp_path: Path) -> None:
        """Quotes, dollars, hashes, backslashes and spaces come back as they were typed."""
        assert self.password_read(tmp_path, password) == password

    @given(
        st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1)
        .filter(str.strip)
        .filter(str.isprintable)
    )
    @example("\\'")
    @example("#")
    @example("' #\\")
    def test_any_password(self, password: str) -> None:
        """So does every other one that can be typed."""
        with tempfile.TemporaryDirectory() as folder:
            assert self.password_read(Path(folder), password) == password

    def password_read(self, folder: Path, password: str) -> str:
        """A password in .env is read back as it was given, beside other values in quotes."""
        given = answers(username="it's me", password=Secret(password), sender="'x' <a@example.org>")
        (folder / "env").write_text(env_text(given), "utf-8")
        settings = load_settings(folder / "env", {})
        assert settings.mail_from == "'x' <a@example.org>"
        assert settings.smtp_username == "it's me"
        assert settings.smtp_password is not None
        return settings.smtp_password.reveal()

    def test_an_app_password(self) -> None:
        """An app password of Gmail's, shown in four groups, is written as one; no other is."""
        for recipe, written in ((BY_NAME["gmail"], "abcdefghijklmnop"), (BY_NAME["ses"], None)):
            typed = "abcd efgh ijkl mnop"
            kept = plain(answers(recipe, password=Secret(typed))).password
            assert kept
            assert kept.reveal() == (written or typed)

    @pytest.mark.parametrize(
        "keyword",
        ["Spin: ice", "C# and #2", "yes", "null", "- dash", "'quoted\"", "{x}", "Ünï", "%a", "@b"],
    )
    def test_keywords(self, keyword: str, tmp_path: Path) -> None:
        """A keyword with a colon, a hash, or a word that YAML takes for another thing."""
        (tmp_path / "s.yaml").write_text(subscribers_text(answers(keywords=(keyword,))), "utf-8")
        assert load_subscriptions(tmp_path / "s.yaml").keywords[0].name == keyword

    @pytest.mark.parametrize(
        "reader",
        ["jörg@exämple.org", "Jörg Müller <jörg@uni.example>", '"Doe, J." <j.doe@uni.example>',
         "o'neill+arxiv@uni.example", "1e3@uni.example", "Null <null@uni.example>"],
    )  # fmt: skip
    def test_readers(self, reader: str, tmp_path: Path) -> None:
        """An address with umlauts, and a name with a comma."""
        (tmp_path / "s.yaml").write_text(subscribers_text(answers(readers=(reader,))), "utf-8")
        (read,) = load_subscriptions(tmp_path / "s.yaml").subscribers
        name, to = mailbox(reader)
        assert (read.email, read.name) == (to.text, name)

    def test_an_operator_with_umlauts(self, tmp_path: Path) -> None:
        """An address that a User-Agent cannot have is no contact, and the file is good."""
        (tmp_path / "env").write_text(env_text(answers(operator="jörg@uni.example")), "utf-8")
        settings = load_settings(tmp_path / "env", {})
        assert (settings.operator, settings.arxiv_contact) == ("jörg@uni.example", None)

    def test_one_twice(self) -> None:
        """The same keyword, or address, a second time is a mistake."""
        assert mistake_in_subscribers(keywords=("Ice", "ice"))
        assert mistake_in_subscribers(readers=("a@example.org", "A@example.org"))

    def test_the_zone_of_this_machine(self, tmp_path: Path) -> None:
        """It is the one TZ names, else the one /etc/localtime leads to, else UTC."""
        link = tmp_path / "localtime"
        link.symlink_to("/usr/share/zoneinfo/Asia/Tokyo")
        assert local_zone({}, link) == "Asia/Tokyo"
        assert local_zone({"TZ": ":Europe/Berlin"}, link) == "Europe/Berlin"
        assert local_zone({"TZ": "CET-1CEST"}, link) == "UTC"
        assert local_zone({}, tmp_path / "nothing") == "UTC"


class TestOnATerminal:
    """A person answers, on a real terminal."""

    def test_a_conversation(self, tmp_path: Path) -> None:
        """Bad answers are asked again, the password is not shown, and both files are right."""
        password = "p'a\"ss $HOME #1\\ "
        with Terminal("init", cwd=tmp_path, TZ="Europe/Paris") as person:
            person.answer("Your own mail address: ", "")
            person.wait_for("That will not do: write something")
            person.answer("Your own mail address: ", "jörg@uni")
            person.wait_for("That will not do")
            person.answer("Your own mail address: ", "jörg@uni.example")
            person.answer("Number or name [postfix]: ", "9")
            person.wait_for("'9' is none of them")
            person.answer("Number or name [postfix]: ", "relay")
            person.answer("name [mail.uni.example]: ", "mx uni")
            person.wait_for("write a host name alone")
            person.answer("name [mail.uni.example]: ", "")
            person.answer("port [587]: ", "465")
            person.answer("none [tls]: ", "")
            person.answer("User name, if it wants one: ", "lab")
            person.answer("Password", password)
            person.answer("Daily papers <papers@uni.example>", "")
            person.answer("  - ", "")
            person.wait_for("write at least one")
            person.answer("  - ", "Spin: ice #1")
            person.answer("  - ", "spin: ice #1")
            person.wait_for("That will not do")
            person.answer("  - ", "")
            person.answer("Enter alone: jörg@uni.example", "Zoë <zoë@uni.example>")
            person.answer("  - ", "bob@uni.example")
            person.answer("  - ", "")
            person.answer("time of day [08:00]: ", "99:99")
            person.wait_for("That will not do")
            person.answer("time of day [08:00]: ", "07:30")
            person.answer("time zone [Europe/Paris]: ", "")
            assert person.end() == 0
        assert "ss $HOME" not in person.screen
        settings, subscriptions = read(tmp_path)
        assert settings.smtp_password is not None
        assert settings.smtp_password.reveal() == password
        assert (settings.smtp_security, settings.smtp_username) == ("tls", "lab")
        assert [one.email for one in subscriptions.subscribers] == [
            "zoë@uni.example", "bob@uni.example"]  # fmt: skip
        assert [one.name for one in subscriptions.keywords] == ["Spin: ice #1"]
        assert f"{subscriptions.subscribers[0].timezone}" == "Europe/Paris"
        assert call("check", "--offline") == 0

    @pytest.mark.parametrize("question", ["Your own mail address: ", "Password"])
    @pytest.mark.parametrize(
        ("key", "status", "words"),
        [("\x03", 130, "interrupted; nothing was written"), ("\x04", 64, "the answers ended at")],
    )
    def test_an_end_in_the_middle(
        self, question: str, key: str, status: int, words: str, tmp_path: Path
    ) -> None:
        """Ctrl-C and Ctrl-D end it at any question, in a sentence; nothing is written."""
        with Terminal("init", "--provider", "gmail", cwd=tmp_path) as person:
            if question == "Password":
                person.answer("Your own mail address: ", "zoe@gmail.com")
                person.answer("User name [zoe@gmail.com]: ", "")
            person.wait_for(question)
            assert person.end(pressing=key) == status
        assert words in person.screen
        assert "Traceback" not in person.screen
        assert not list(tmp_path.iterdir())

    def test_keys_that_are_not_utf_8(self, tmp_path: Path) -> None:
        """An answer in Latin-1 is asked for again."""
        with Terminal("init", cwd=tmp_path) as person:
            person.wait_for("Your own mail address: ")
            person.type(b"j\xf6rg@uni.example\n")
            person.wait_for("it is not UTF-8")
            assert person.end(pressing="\x03") == 130
