"""Every command and option, as a user calls it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from builders import ADA, BOB, DAY, START, paper
from installation import HandClock, Lab, Result, identifiers, parsed, part

from digest import __version__
from digest.standin.feed import Asked, feed
from digest.standin.server import Reply

BOTH = paper(2, "Trajectory of a time series", abstract="A trajectory.")


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, but for the lock."""
    return {
        file.name: file.read_bytes()
        for file in folder.iterdir()
        if file.is_file() and not file.name.endswith(".lock")
    }


class TestSend:
    """`digest send`."""

    def test_dry_run(self, lab: Lab) -> None:
        """A dry run says who would get what, sends nothing and leaves the state as it was."""
        lab.publish(paper(1))
        lab.run("send")
        lab.publish(BOTH)
        before, received = snapshot(lab.home), len(lab.mail.received)
        result = lab.run("send", "--dry-run")
        assert result.status == 0, result.err
        assert snapshot(lab.home) == before
        assert len(lab.mail.received) == received
        assert f"{ADA}: would be sent: arXiv digest 2026-11-16: 1 new paper" in result.out
        assert "2611.00002v1   Trajectory of a time series" in result.out
        lab.run("send")
        assert len(lab.mail.received) == received + 2

    def test_dry_run_on_a_fresh_machine(self, lab: Lab) -> None:
        """Without state, mail server or sender a dry run works, and makes no file."""
        lab.publish(paper(1))
        none = {"DIGEST_SMTP_HOST": "", "DIGEST_MAIL_FROM": "", "DIGEST_SMTP_SECURITY": ""}
        result = lab.run("send", "--dry-run", **none)
        assert result.status == 0, result.err
        assert [file.name for file in lab.home.iterdir()] == ["subscribers.yaml"]

    def test_preview(self, lab: Lab) -> None:
        """Previews are the messages as they would be sent, and their HTML parts."""
        lab.publish(paper(1))
        folder = lab.home / "previews"
        result = lab.run("send", "--dry-run", "--preview", str(folder))
        assert result.status == 0, result.err
        names = [f"{address}.{kind}" for address in (ADA, BOB) for kind in ("eml", "html")]
        assert sorted(file.name for file in folder.iterdir()) == sorted(names)
        lab.run("send")
        for received in lab.mail.received:
            saved = (folder / f"{received.recipients[0]}.eml").read_bytes()
            assert saved.rstrip() == received.data.rstrip()
            page = (folder / f"{received.recipients[0]}.html").read_text("utf-8")
            assert page == part(parsed(received.data), "html")

    def test_to(self, lab: Lab) -> None:
        """`--to` limits the recipients; the others get the same papers later."""
        lab.publish(paper(1))
        assert lab.run("send", "--to", "ADA@EXAMPLE.ORG".replace("ADA", "ada")).status == 0
        assert list(lab.mails()) == [ADA]
        assert lab.run("send").status == 0
        assert {address: len(mails) for address, mails in lab.mails().items()} == {ADA: 1, BOB: 1}

    def test_two_addresses(self, lab: Lab) -> None:
        """`--to` can be given more than once."""
        lab.publish(paper(1))
        lab.run("send", "--to", ADA, "--to", BOB)
        assert sorted(lab.mails()) == [ADA, BOB]

    def test_keyword(self, lab: Lab) -> None:
        """`--keyword` asks for that one alone; what others find comes with a later mail."""
        lab.publish(paper(1), BOTH)
        assert lab.run("send", "--keyword", "trajectory").status == 0
        assert len(lab.arxiv.requests) == 1
        assert identifiers(lab.mails()[ADA][0]) == ["2611.00002v1"]
        assert BOB not in lab.mails()
        assert lab.run("send").status == 0
        assert identifiers(lab.mails()[ADA][1]) == ["2611.00001v1"]
        assert identifiers(lab.mails()[BOB][0]) == ["2611.00001v1", "2611.00002v1"]

    @pytest.mark.parametrize(
        ("option", "value", "guess"),
        [("--to", "adda@example.org", ADA), ("--keyword", "Time Serie", "Time Series")],
    )
    def test_unknown_names(self, lab: Lab, option: str, value: str, guess: str) -> None:
        """A name that is not in subscribers.yaml is a usage error with the nearest one."""
        result = lab.run("send", option, value)
        assert result.status == 64
        assert f"did you mean '{guess}'?" in result.err
        assert lab.arxiv.requests == []

    def test_listing(self, lab: Lab) -> None:
        """`--listing` takes the papers from a saved page, without asking arXiv."""
        page = feed(Asked("all:x", "", 0, 10), [paper(1), BOTH], 2, START)
        file = lab.home / "page.xml"
        file.write_bytes(page)
        result = lab.run("send", "--listing", str(file), "--keyword", "Time Series")
        assert result.status == 0, result.err
        assert lab.arxiv.requests == []
        assert identifiers(lab.mails()[BOB][0]) == ["2611.00001v1", "2611.00002v1"]
        assert "read from a saved page" in lab.run("status").out

    def test_a_saved_page_proves_nothing(self, lab: Lab) -> None:
        """Papers of a saved page are not expected of arXiv, whose own answer is complete."""
        many = [paper(n, updated=START - DAY) for n in range(100, 150)]
        (lab.home / "page.xml").write_bytes(feed(Asked("all:x", "", 0, 50), many, 50, START))
        assert lab.run("send", "--listing", "page.xml").status == 0
        lab.clock.moment += DAY
        lab.publish(paper(1))
        assert lab.run("send").status == 0
        assert identifiers(lab.mails()[BOB][1]) == ["2611.00001v1"]

    def test_what_had_waited(self, lab: Lab) -> None:
        """A digest of an earlier run is told apart from today's."""
        lab.publish(paper(1))
        lab.mail.data_reply = lambda _: "451 4.3.0 later"
        lab.run("send")
        dry = lab.run("send", "--dry-run")
        assert f"{ADA}: would be sent: the digest that waited since 2026-11-16 07:00" in dry.out
        lab.mail.data_reply = lambda _: None
        lab.clock.moment += DAY
        assert f"{ADA}: accepted: the digest that waited since" in lab.run("send").out

    def test_json(self, lab: Lab) -> None:
        """`--json` prints a report for programs, and nothing else, on standard output."""
        lab.publish(paper(1), BOTH)
        result = lab.run("send", "--json")
        data = result.data
        assert data["exit_status"] == result.status == 0
        assert [line["keyword"] for line in data["keywords"]] == ["Time Series", "Trajectory"]
        assert [line["complete"] for line in data["keywords"]] == [True, True]
        (ada, bob) = data["digests"]
        assert (ada["address"], ada["status"], ada["papers"]) == (ADA, "accepted", 2)
        assert [p["id"] for p in ada["sections"]["Trajectory"]] == ["2611.00002v1"]
        assert bob["message_id"] == lab.mails()[BOB][0]["Message-ID"]

    def test_empty(self, lab: Lab) -> None:
        """A reader who wants a mail also when there is nothing new gets one; the others none."""
        lab.subscribe(
            "keywords:\n  Time Series:\nsubscribers:\n  - email: ada@example.org\n"
            "  - {email: bob@example.net, empty: send}\n"
        )
        assert lab.run("send").status == 0
        (message,) = lab.mails()[BOB]
        assert ADA not in lab.mails()
        assert message["Subject"] == "arXiv digest 2026-11-16: nothing new"

    def test_updates(self, lab: Lab) -> None:
        """A new version is shown to who wants it, once, and to nobody else."""
        lab.subscribe(
            "keywords:\n  Time Series:\nsubscribers:\n  - email: ada@example.org\n"
            "  - {email: bob@example.net, updates: section}\n"
        )
        lab.publish(paper(1))
        lab.run("send")
        lab.clock.moment += DAY
        lab.publish(paper(1, version=2, updated=lab.clock.moment))
        for _ in range(2):
            assert lab.run("send").status == 0
        assert {address: len(mails) for address, mails in lab.mails().items()} == {ADA: 1, BOB: 2}
        assert "updated from v1 to v2" in part(lab.mails()[BOB][1], "plain")

    def test_mail_settings_are_needed(self, lab: Lab) -> None:
        """Without a mail server `send` says which settings are missing, before arXiv is asked."""
        result = lab.run("send", DIGEST_SMTP_HOST="", DIGEST_MAIL_FROM="")
        assert result.status == 78
        assert "DIGEST_SMTP_HOST" in result.err
        assert "DIGEST_MAIL_FROM" in result.err
        assert lab.arxiv.requests == []

    def test_a_new_reader_and_a_new_keyword(self, lab: Lab) -> None:
        """A reader who is added gets what was found in the last seven days; so does a keyword."""
        lab.publish(paper(1), BOTH)
        lab.subscribe("keywords:\n  Time Series:\nsubscribers:\n  - email: ada@example.org\n")
        lab.run("send")
        lab.clock.moment += DAY
        lab.publish(paper(3, updated=lab.clock.moment))
        lab.publish(paper(4, "Trajectory", abstract="A trajectory."))
        lab.subscribe(
            "keywords:\n  Time Series:\n  Trajectory: {in: [title, abstract]}\n"
            "subscribers:\n  - email: ada@example.org\n  - email: bob@example.net\n"
        )
        assert lab.run("send").status == 0
        assert identifiers(lab.mails()[ADA][1]) == ["2611.00003v1", "2611.00004v1"]
        new = identifiers(lab.mails()[BOB][0])
        assert set(new) == {f"2611.0000{n}v1" for n in (1, 2, 3, 4)}


class TestCheck:
    """`digest check`."""

    def test_all_is_fine(self, lab: Lab) -> None:
        """A line each for what was tried, and status 0; no mail is sent, no file made."""
        lab.publish(paper(1))
        result = lab.run("check")
        assert result.status == 0, result.out
        names = [line.split(":")[0].split(maxsplit=1)[1] for line in result.out.splitlines()]
        assert names == [
            "subscribers",
            "state",
            "source",
            "templates",
            "mail settings",
            "mail server",
            "arXiv",
        ]
        assert lab.mail.received == []
        assert lab.mail.connections == 1
        assert not lab.state.exists()

    def test_offline(self, lab: Lab) -> None:
        """`--offline` leaves mail server and arXiv out."""
        assert lab.run("check", "--offline").status == 0
        assert (lab.arxiv.requests, lab.mail.connections) == ([], 0)

    def test_what_fails(self, lab: Lab, tmp_path: Path) -> None:
        """Each failure has a line with what to do; the rest is tried all the same."""
        lab.arxiv.intercept = lambda _: Reply(503, {}, b"")
        result = lab.run("check", "--state", str(tmp_path / "none" / "s.json"))
        assert result.status == 74
        assert result.out.count("FAIL") == 2
        assert "make it" in result.out
        assert "HTTP status 503" in result.out
        assert "ok    mail server" in result.out

    def test_configuration(self, lab: Lab) -> None:
        """Every mistake in subscribers.yaml is shown with its line; status 78."""
        lab.subscribe("keywords:\n  A:\nsubscribers:\n  - email: nobody\n    at: '25:00'\n")
        result = lab.run("check", "--offline")
        assert result.status == 78
        assert "nobody" in result.out
        assert "25:00" in result.out


class TestStatus:
    """`digest status`."""

    def test_before_anything(self, lab: Lab) -> None:
        """On a fresh machine everything is said to be still to come, and no file is made."""
        result = lab.run("status")
        assert result.status == 0, result.err
        assert "not asked for yet" in result.out
        assert "last mail never" in result.out
        assert not lab.state.exists()

    def test_after_a_day(self, lab: Lab) -> None:
        """It says through when a keyword is complete, and when a reader's last mail went out."""
        lab.publish(paper(1))
        lab.run("send")
        lab.clock.moment += DAY
        out = lab.run("status").out
        assert "complete through Mon 2026-11-16 07:00 UTC" in out
        assert "last mail Mon 2026-11-16 07:00 UTC, 1 paper" in out
        assert "nothing is waiting" in out

    def test_why_no_mail(self, lab: Lab) -> None:
        """The waiting digest is listed with its date and the server's own words."""
        lab.publish(paper(1))
        lab.mail.data_reply = lambda _: "451 4.7.1 greylisted, come back"
        lab.run("send")
        out = lab.run("status").out
        assert "waiting since Mon 2026-11-16 07:00 UTC: 1 paper" in out
        assert "not now: 451 4.7.1 greylisted, come back" in out

    def test_papers_for_the_next_digest(self, lab: Lab) -> None:
        """Papers that were fetched and not yet composed are counted."""
        lab.publish(paper(1))
        lab.run("send", "--to", ADA)
        assert "1 paper for the next digest" in lab.run("status").out

    def test_holiday(self, lab: Lab) -> None:
        """It tells a day without an announcement."""
        lab.clock.moment = START.replace(day=26, hour=18)
        assert "none today: an arXiv holiday" in lab.run("status").out

    def test_json(self, lab: Lab) -> None:
        """`--json` prints the same for programs."""
        lab.publish(paper(1))
        lab.run("send")
        data = lab.run("status", "--json").data
        assert data["keywords"][0]["outcome"] == "complete"
        assert data["subscribers"][1]["address"] == BOB
        assert set(data["announcements"]) >= {"last", "next"}


class TestPreview:
    """`digest preview`."""

    def test_output(self, lab: Lab) -> None:
        """The pages are written, the paths printed, the state is as it was."""
        lab.publish(paper(1))
        result = lab.run("preview", "--output", str(lab.home / "out"))
        assert result.status == 0, result.err
        page = lab.home / "out" / f"{ADA}.html"
        assert f"Preview: {page}" in result.out
        assert "<mark>Time series</mark> at noon" in page.read_text("utf-8")
        assert not lab.state.exists()
        assert lab.mail.received == []

    def test_offline(self, lab: Lab) -> None:
        """`--offline` makes the preview of what the store holds."""
        lab.publish(paper(1))
        lab.run("send", "--to", ADA)
        asked = len(lab.arxiv.requests)
        result = lab.run("preview", "--offline", "--no-open", "--to", BOB)
        assert f"{BOB}.html" in result.out
        assert len(lab.arxiv.requests) == asked

    def test_nothing(self, lab: Lab) -> None:
        """With nothing to send it says so."""
        assert "nothing to send" in lab.run("preview", "--no-open").out


class TestTable:
    """`digest table`."""

    def test_output(self, lab: Lab) -> None:
        """The table goes to standard output or a file, the same bytes, without network."""
        lab.publish(paper(1))
        lab.run("send")
        asked = len(lab.arxiv.requests)
        out = lab.run("table").out
        assert "## Time Series\n" in out
        assert "Last update: 2026-11-16\n" in out
        file = lab.home / "README.md"
        assert lab.run("table", "--output", str(file)).status == 0
        assert file.read_text("utf-8") == out
        assert len(lab.arxiv.requests) == asked

    def test_over_a_link(self, lab: Lab) -> None:
        """A table that is a link is written where it leads to, for all to read whom umask lets."""
        (lab.home / "site").mkdir()
        link = lab.home / "table.md"
        link.symlink_to("site/papers.md")
        for _ in range(2):
            assert lab.run("table", "--output", str(link)).status == 0
        assert link.is_symlink()
        (written,) = (lab.home / "site").iterdir()
        umask = os.umask(0o022)
        os.umask(umask)
        assert written.stat().st_mode & 0o777 == 0o666 & ~umask

    def test_not_writable(self, lab: Lab) -> None:
        """A file that cannot be written is named."""
        result = lab.run("table", "--output", str(lab.home / "none" / "t.md"))
        assert result.status == 64
        assert "cannot be written" in result.err


class TestImport:
    """`digest import`."""

    def test_round_trip(self, lab: Lab) -> None:
        """The papers of a table written here are not mailed by who imports it."""
        lab.publish(paper(1), BOTH)
        lab.run("send")
        table = lab.home / "table.md"
        lab.run("table", "--output", str(table))
        other = ("--state", str(lab.home / "other.json"))
        result = lab.run("import", str(table), *other)
        assert result.status == 0, result.err
        assert "Time Series: 3 papers marked as mailed" in result.out
        before = len(lab.mail.received)
        lab.publish(paper(3))
        assert lab.run("send", *other).status == 0
        new = [identifiers(parsed(one.data)) for one in lab.mail.received[before:]]
        assert new == [["2611.00003v1"], ["2611.00003v1"]]

    def test_foreign_heading(self, lab: Lab) -> None:
        """Papers under a heading that is no keyword here are mailed to nobody either."""
        lab.publish(paper(1))
        lab.run("send", "--dry-run")
        table = lab.home / "table.md"
        table.write_text(
            "## Elsewhere\n| **[T](http://arxiv.org/abs/2611.00001v1)** | 2026-11-15 | a | b |\n"
        )
        assert "(no keyword in subscribers.yaml)" in lab.run("import", str(table)).out
        assert lab.run("send").status == 0
        assert lab.mail.received == []

    @pytest.mark.parametrize("content", [b"", b"\xff", b"<html>"])
    def test_no_table(self, lab: Lab, content: bytes) -> None:
        """A file that is no table is bad input, and nothing is recorded."""
        table = lab.home / "table.md"
        table.write_bytes(content)
        result = lab.run("import", str(table))
        assert result.status == 65
        assert str(table) in result.err
        assert not lab.state.exists()


class TestCommandLine:
    """Options, versions and help."""

    @pytest.mark.parametrize(
        "arguments",
        [[], ["nonsense"], ["send", "--nonsense"], ["import"], ["send", "extra"], ["table", "-x"]],
    )
    def test_usage(self, lab: Lab, arguments: Sequence[str]) -> None:
        """A wrong command line is status 64, and says where help is."""
        result = lab.run(*arguments)
        assert result.status == 64
        assert "--help" in result.err

    def test_version_and_help(self) -> None:
        """The installed command tells its version and every command."""
        digest = Path(sys.executable).with_name("digest")
        version = subprocess.run([digest, "--version"], capture_output=True, text=True, check=True)
        assert version.stdout == f"digest {__version__}\n"
        usage = subprocess.run([digest, "--help"], capture_output=True, text=True, check=True)
        for command in ("demo", "send", "check", "status", "preview", "table", "import"):
            assert f"    {command} " in usage.stdout

    def test_global_options_on_both_sides(self, lab: Lab) -> None:
        """The options of every command may stand before and behind its name."""
        file = lab.home / "others.yaml"
        file.write_text("keywords:\n  X:\nsubscribers:\n  - email: x@example.org\n")
        for arguments in (
            ["--subscribers", str(file), "status"],
            ["status", "--subscribers", str(file)],
        ):
            assert "x@example.org" in lab.run(*arguments).out

    def test_env_file(self, lab: Lab) -> None:
        """`--env-file` names the settings; .env is read where it stands."""
        (lab.home / "my.env").write_text("DIGEST_SUBSCRIBERS=elsewhere.yaml\n")
        result = lab.run("status", "--env-file", "my.env", DIGEST_SUBSCRIBERS="")
        assert result.status == 78
        assert "elsewhere.yaml" in result.err
        (lab.home / ".env").write_text("DIGEST_SUBSCRIBERS=third.yaml\n")
        assert "third.yaml" in lab.run("status", DIGEST_SUBSCRIBERS="").err

    def test_unknown_setting(self, lab: Lab) -> None:
        """An unknown DIGEST_ name is an error with the nearest known one."""
        result = lab.run("status", DIGEST_SMTP_HOTS="x")
        assert result.status == 78
        assert "DIGEST_SMTP_HOST" in result.err

    @pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}])
    def test_any_locale(self, lab: Lab, locale: dict[str, str]) -> None:
        """The output is UTF-8, whatever the locale."""
        lab.publish(paper(1, "Zeitreihen über Ωmega time series"))
        lab.run("send")
        digest = Path(sys.executable).with_name("digest")
        environment = lab.environment | {"PATH": os.environ["PATH"]} | locale
        done = subprocess.run([digest, "table"], env=environment, capture_output=True, check=True)
        assert done.stdout.decode() == lab.run("table").out

    def test_templates_that_are_not_there(self, lab: Lab) -> None:
        """A directory of templates that does not exist is a mistake, and not the shipped ones."""
        result = lab.run("send", "--dry-run", DIGEST_TEMPLATES="nowhere")
        assert result.status == 78
        assert "DIGEST_TEMPLATES names nowhere" in result.err

    def test_two_at_once(self, lab: Lab) -> None:
        """A second writer is told the first one's process id; reading goes on."""
        from digest.store.json_file.store import JsonFile

        with JsonFile(lab.state).writing():
            result = lab.run("send")
            assert result.status == 75
            assert f"process {os.getpid()}" in result.err
            assert lab.run("status").status == 0


class TestLastResorts:
    """An error that no command expects."""

    def test_an_error_of_our_own(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        """An error in the program itself is one line that says so, and how to see more."""

        def broken(_: HandClock) -> object:
            raise ZeroDivisionError("oh")

        monkeypatch.setattr(HandClock, "now", broken)
        result = lab.run("status")
        assert result.status == 70
        assert result.err.startswith("digest: an error in digest itself (ZeroDivisionError: oh)")
        assert "Traceback" in lab.run("status", "--verbose").err

    def test_interrupted(self, lab: Lab, request: pytest.FixtureRequest) -> None:
        """Control-C ends it with 130 and a word, and what was recorded stays."""
        before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may ignore it
        request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
        lab.publish(paper(1))

        def interrupt(_: object) -> None:
            os.kill(os.getpid(), signal.SIGINT)

        lab.arxiv.intercept = interrupt
        result = lab.run("send")
        assert result.status == 130
        assert "interrupted; what was done so far is recorded" in result.err
        lab.arxiv.intercept = None
        assert lab.run("send").status == 0
        assert identifiers(lab.mails()[BOB][0]) == ["2611.00001v1"]

    def test_a_reader_that_goes_away(self, lab: Lab) -> None:
        """A pipe that is closed early, as by `head`, is no error."""
        lab.publish(*(paper(n, abstract="Word " * 380) for n in range(100)))
        lab.run("send")
        digest = Path(sys.executable).with_name("digest")
        pipe = f"{digest} table | head -n 1; echo ${{PIPESTATUS[0]}}"
        environment = lab.environment | {"PATH": os.environ["PATH"]}
        done = subprocess.run(
            ["bash", "-c", pipe], env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines() == ["# Daily Papers", "0"]
        assert done.stderr == ""


def test_progress_on_a_terminal(lab: Lab) -> None:
    """On a terminal there are progress bars, and no log lines that would tear them."""
    lab.publish(paper(1))
    lab.environment["DIGEST_ARXIV_DELAY"] = "0.3"
    out, text = lab.on_a_terminal("send", "--dry-run", "--json")
    assert json.loads(out)["dry_run"] is True
    assert "arXiv:" in text
    assert "2/2" in text or "1/2" in text
    assert "INFO" not in text


class TestFailingAsJson:
    """`--json` prints errors in JSON on standard output too."""

    @staticmethod
    def said(result: Result, status: int) -> list[str]:
        """The sentences of the object, which are on standard error as well."""
        data = result.data
        assert data["exit_status"] == result.status == status
        assert data["error"] == data["errors"][0]
        assert [f"digest: {sentence}" for sentence in data["errors"]] == [
            line for line in result.err.splitlines() if line.startswith("digest: ")
        ]
        return list(data["errors"])

    @pytest.mark.parametrize(
        "arguments",
        [
            ("send", "--json", "--bogus"),
            ("status", "--js", "--to"),
            ("--json",),
            ("table", "--json"),
            ("send", "--json", "--to", "nobody@example.org"),
        ],
    )
    def test_usage(self, lab: Lab, arguments: tuple[str, ...]) -> None:
        """A command line that cannot be read, or names somebody who is not there."""
        (sentence,) = self.said(lab.run(*arguments), 64)
        assert sentence

    def test_configuration(self, lab: Lab) -> None:
        """Each mistake is one of the errors."""
        lab.subscribe("keywords:\n  Time Series: {in: [everything]}\nsubscribers:\n  - email: x\n")
        assert len(self.said(lab.run("send", "--json", DIGEST_SMTP_PORT="x"), 78)) > 2

    def test_state(self, lab: Lab) -> None:
        """A state that is damaged."""
        lab.state.write_text("{")
        assert "damaged" in self.said(lab.run("status", "--json"), 74)[0]

    def test_listing(self, lab: Lab) -> None:
        """A page that is none."""
        (lab.home / "page").write_text("<html>")
        self.said(lab.run("send", "--json", "--listing", str(lab.home / "page")), 65)

    def test_unforeseen(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        """An error that nobody has thought of: 70, in a sentence."""

        def fails(_: object) -> None:
            raise ZeroDivisionError("oh\nno")

        monkeypatch.setattr("digest.commands.status.run", fails)
        (sentence,) = self.said(lab.run("status", "--json"), 70)
        assert sentence.startswith("an error in digest itself (ZeroDivisionError: oh no)")
