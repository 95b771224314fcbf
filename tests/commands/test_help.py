import os
import re
import sys
from pathlib import Path

import pytest
from terminal import Terminal

from digest.cli.entry import main
from digest.commands.help import TOPICS, text_of
from digest.commands.markdown import laid_out
from digest.commands.recipes import AS_OF, RECIPES, Recipe
from digest.config.files import load_settings

ROOT = Path(__file__).parents[2]
PROVIDERS = (ROOT / "docs" / "providers.md").read_text("utf-8")


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Runs a command that succeeds, and returns its output."""
    assert main(arguments, environment={}) == 0
    return capsys.readouterr().out


class TestTopics:
    """Which documents there are."""

    def test_all_documents(self) -> None:
        """Every document in docs/ is a topic, and every topic a document."""
        files = {f"docs/{file.name}" for file in (ROOT / "docs").glob("*.md")}
        assert files | {"systemd/README.md"} == {file for file, _ in TOPICS.values()}

    @pytest.mark.parametrize("topic", TOPICS)
    def test_as_it_stands(self, topic: str, capsys: pytest.CaptureFixture[str]) -> None:
        """Where nobody watches, a topic is its document, word for word."""
        assert shown(capsys, "help", topic.title()) == (ROOT / TOPICS[topic][0]).read_text("utf-8")

    def test_the_list(self, capsys: pytest.CaptureFixture[str]) -> None:
        """`digest help` alone has every topic and every command."""
        text = shown(capsys, "help")
        commands = re.findall(r"^    (\w+) ", shown_help(capsys), re.MULTILINE)
        assert len(commands) >= 10
        for name in (*TOPICS, *commands):
            assert re.search(rf"^  {name} ", text, re.MULTILINE), name

    def test_a_command(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A command's name shows its options."""
        assert "--password-file FILE" in shown(capsys, "help", "init")

    @pytest.mark.parametrize(
        ("topic", "words"),
        [
            ("opertions", "did you mean 'operations'?"),
            ("gmail", "of 'gmail' speak: providers"),
            ("dkim", "operations"),
            ("a.*[", "there is no topic 'a.*['; `digest help` lists them"),
            ("", "there is no topic ''"),
        ],
    )
    def test_an_unknown_topic(
        self, topic: str, words: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """It says what may have been meant, or which documents have the word."""
        assert main(["help", topic], environment={}) == 64
        assert words in capsys.readouterr().err

    def test_errors_name_topics(self) -> None:
        """Every `digest help TOPIC` that the program or its documents speak of is there."""
        files = [
            *(ROOT / "digest").rglob("*.py"),
            *(ROOT / "docs").glob("*.md"),
            ROOT / "README.md",
        ]
        texts = [file.read_text("utf-8") for file in files]
        named = {name for text in texts for name in re.findall(r"digest help\s([a-z]+)\b", text)}
        assert {"operations", "providers", "configuration"} <= named
        assert named <= set(TOPICS)


def shown_help(capsys: pytest.CaptureFixture[str]) -> str:
    """Returns the output of `digest --help`."""
    with pytest.raises(SystemExit):
        main(["--help"], environment={})
    return capsys.readouterr().out


class TestLayout:
    """Markdown on a terminal."""

    def test_a_narrow_table(self) -> None:
        """A table that fits stays one."""
        text = "| a | bc |\n|---|---|\n| `d\\|e` | [f](g.md) |\n"
        assert laid_out(text, 40, bold=False) == "a      bc\n-----  --\n`d|e`  f\n"

    def test_a_wide_table(self) -> None:
        """Of a wider one each row stands by itself, each cell with its column's name."""
        text = "| a | bc | |\n|---|---|---|\n| d | e f g h i j k l m n o p | q |\n"
        wanted = "d\n  bc: e f g h i j k\n    l m n o p\n  q\n"
        assert laid_out(text, 20, bold=False) == wanted

    def test_blocks(self) -> None:
        """Headings, lists, links and code."""
        text = (
            "# One\n## Two\nSome **bold** words\nand [`a` link](b.md), [one](https://c.example).\n\n"
            "- an item that is\n  long\n- another\n\n```sh\na  | b\n\n# c\n```\n\n1. d\n"
        )
        assert laid_out(text, 30, bold=False) == (
            "One\n===\n\nTwo\n---\n\nSome bold words and `a` link,\none (https://c.example).\n\n"
            "- an item that is long\n- another\n\n    a  | b\n\n    # c\n\n1. d\n"
        )
        assert laid_out("# One\n", 30, bold=True) == "\x1b[1mOne\x1b[0m\n"

    @pytest.mark.parametrize("topic", TOPICS)
    @pytest.mark.parametrize("width", [40, 60, 100])
    def test_no_word_is_lost(self, topic: str, width: int) -> None:
        """Every word is there, but for the name of a first column; and lines are no longer."""
        text = text_of(topic)
        laid = laid_out(text, width, bold=False)
        shown = re.sub(
            r"<!--.*?-->|!\[[^\]]*\]\([^)]*\)|```\w*|^\|[^|]*(?=\|.*\n\|-)",
            "",
            text,
            flags=re.MULTILINE,
        )
        words = re.findall(r"\w{3,}", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", shown))
        assert not set(words) - set(re.findall(r"\w{3,}", laid))
        headings = re.findall(r"^#+ (.*)", text, re.MULTILINE)
        for line in set(laid.splitlines()) - set(headings):
            assert (
                line.startswith("    ")
                or len(line) <= width
                or " " not in line.strip().partition(" ")[2]
            )


class TestOnATerminal:
    """Where somebody watches."""

    def test_through_a_pager(self, tmp_path: Path) -> None:
        """A long document goes to PAGER, laid out, without escapes, and is not printed besides."""
        pager = f'{sys.executable} -c \'import sys; print("(", sys.stdin.read()[:40], ")")\''
        with Terminal("help", "operations", cwd=tmp_path, PAGER=pager) as person:
            assert person.end() == 0
        assert person.screen.startswith("( Operations\n==========\n")
        assert person.screen.endswith(" )\n")

    @pytest.mark.parametrize("pager", ["", "no-such-pager-anywhere"])
    def test_without_a_pager(self, pager: str, tmp_path: Path) -> None:
        """Where PAGER is empty, or there is no such command, it is printed; headings are bold."""
        with Terminal("help", "providers", cwd=tmp_path, PAGER=pager) as person:
            assert person.end() == 0
        assert "Mail providers" in person.screen
        assert "message_size_limit" in person.screen
        assert ("\x1b[1mGmail\x1b[0m" in person.screen) == (pager == "")

    @pytest.mark.parametrize("plain", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
    def test_no_colour(self, plain: dict[str, str], tmp_path: Path) -> None:
        """NO_COLOR, and a terminal that can do nothing, have no escape sequences."""
        with Terminal("help", "providers", cwd=tmp_path, **{"PAGER": "", **plain}) as person:
            assert person.end() == 0
        assert "Gmail\n-----\n" in person.screen
        assert "\x1b" not in person.screen

    def test_interrupted_in_the_pager(self, tmp_path: Path) -> None:
        """Ctrl-C is the pager's: when that ends by it, so does `digest`, without a traceback."""
        pager = f'{sys.executable} -c \'print("here", flush=True); open("/dev/tty").read()\''
        with Terminal("help", "operations", cwd=tmp_path, PAGER=pager, PATH=os.defpath) as person:
            person.wait_for("here")
            person.end(pressing="\x03")
        assert "digest:" not in person.screen


class TestProviders:
    """docs/providers.md and the recipes of `digest init`."""

    @pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
    def test_the_same_facts(self, recipe: Recipe, tmp_path: Path) -> None:
        """Each recipe has a section with the same server, settings, limits, rule and steps."""
        (section,) = re.findall(
            rf"^## {re.escape(recipe.title)}\n(.*?)(?=^## |\Z)", PROVIDERS, re.MULTILINE | re.DOTALL
        )
        (block,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
        (tmp_path / "env").write_text(block)
        settings = load_settings(tmp_path / "env", {})
        assert recipe.host in ("", settings.smtp_host)
        assert (settings.smtp_port, settings.smtp_security) == (recipe.port, recipe.security)
        assert bool(settings.smtp_password) == (recipe.login != "no")
        extra = re.findall(
            r"^(DIGEST_SMTP_(?:CONNECTIONS|RATE|MESSAGES))=(\w+)$", block, re.MULTILINE
        )
        assert tuple(extra) == recipe.settings
        rows = dict(re.findall(r"^\| ([a-z ]+) \| (.*) \|$", section, re.MULTILINE))
        assert rows == {
            "messages a day": recipe.a_day,
            "messages a minute": recipe.a_minute,
            "connections": recipe.connections,
            "recipients": recipe.recipients,
            "sender": recipe.sender,
        }
        steps = re.findall(r"^[0-9]\. (.*?)(?=^[0-9]\. |^$)", section, re.MULTILINE | re.DOTALL)
        for step, told in zip(recipe.first, steps, strict=True):
            assert " ".join(told.split()).startswith(step)

    def test_their_age(self) -> None:
        """It says of when they are."""
        assert f"as of {AS_OF}" in PROVIDERS
