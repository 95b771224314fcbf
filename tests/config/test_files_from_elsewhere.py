"""Files that another system's editor has saved, and settings by other names."""

from pathlib import Path

import pytest
from builders import paper
from dotenv import parser as dotenv_parser
from installation import Lab

from digest.commands.markdown_table import write
from digest.config.files import load_settings
from digest.config.setting_names import meant
from digest.config.settings import SETTINGS
from digest.errors import ConfigurationError
from digest.standin.feed import Asked, feed
from digest.text import NotUtf8Error, decoded

MARK = b"\xef\xbb\xbf"
UTF_16 = "it is UTF-16, which Windows calls Unicode"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["DIGEST_STATE=x\n", "größer\n", "ab"])
def test_utf_16_is_recognised(encoding: str, text: str) -> None:
    """UTF-16 is told as such, with its mark and without."""
    with pytest.raises(NotUtf8Error) as caught:
        decoded(text.encode(encoding))
    assert (caught.value.found, caught.value.kind) == (UTF_16, UTF_16)


@pytest.mark.parametrize("text", ["", "a", "日本語", "a\0b", "\0", "größer"])
def test_other_text_is_not_taken_for_it(text: str) -> None:
    """Any UTF-8 is read, the mark before it left out."""
    assert decoded(text.encode()) == decoded(MARK + text.encode()) == text


def test_a_byte_of_a_secret_is_not_told() -> None:
    """The sentence for files with a secret names no byte."""
    with pytest.raises(NotUtf8Error) as caught:
        decoded(b"one\ntw\xe9\n")
    assert (caught.value.line, caught.value.kind) == (2, "it is not UTF-8")
    assert "0xe9" in caught.value.found


def test_password_file(tmp_path: Path) -> None:
    """A mark is no part of the password."""
    file = tmp_path / "password"
    file.write_bytes(MARK + b"geheim\r\n")
    login = {"DIGEST_SMTP_USERNAME": "papers", "DIGEST_SMTP_PASSWORD_FILE": str(file)}
    password = load_settings(None, login).smtp_password
    assert password
    assert password.reveal() == "geheim"
    file.write_bytes("geheim".encode("utf-16"))
    with pytest.raises(ConfigurationError, match=r"is UTF-16, which Windows calls Unicode; save"):
        load_settings(None, login)


def test_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first setting after a mark is read, whatever python-dotenv makes of the mark."""
    file = tmp_path / "my.env"
    file.write_bytes(MARK + b"DIGEST_SMTP_PORT=26\r\n" + MARK + b"DIGEST_SMTP_CONNECTIONS=2\r\n")
    given: list[str] = []
    parse = dotenv_parser.parse_stream

    def looked_at(stream: object) -> object:
        given.append(stream.getvalue())  # type: ignore[attr-defined]
        return parse(stream)  # type: ignore[arg-type]

    monkeypatch.setattr(dotenv_parser, "parse_stream", looked_at)
    settings = load_settings(file, {})
    assert (settings.smtp_port, settings.smtp_connections) == (26, 2)
    assert given[0].startswith("DIGEST")


def test_listing_and_table(lab: Lab) -> None:
    """A saved page and a table are read with a mark, and refused as UTF-16."""
    page = feed(Asked("all:x", "", 0, 10), [paper(1)], 1, lab.clock.moment)
    table = write({"Time Series": [paper(2)]}, None).encode()
    for name, content, *command in (
        ("page.xml", page, "send", "--listing"),
        ("table.md", table, "import"),
    ):
        file = lab.home / name
        file.write_bytes(MARK + content)
        result = lab.run(*command, str(file))
        assert result.status == 0, result.err
        file.write_bytes(content.decode().encode("utf-16"))
        result = lab.run(*command, str(file))
        assert result.status == 65
        assert UTF_16 in result.err
        assert "UTF-8" in result.err


def test_template(lab: Lab) -> None:
    """A mark before a template is not mailed."""
    templates = lab.home / "templates"
    templates.mkdir()
    (templates / "digest.txt").write_bytes(MARK + b"Hello\n")
    lab.publish(paper(1))
    assert lab.run("send", DIGEST_TEMPLATES=str(templates)).status == 0
    assert all(MARK not in one.data for one in lab.mail.received)
    assert all("\ufeff" not in str(one) for mails in lab.mails().values() for one in mails)


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        *(("DIGEST_SMTP_FROM", "DIGEST_MAIL_FROM"), ("DIGEST_FROM", "DIGEST_MAIL_FROM")),
        *(("DIGEST_EMAIL", "DIGEST_MAIL_FROM"), ("DIGEST_SENDER", "DIGEST_MAIL_FROM")),
        *(("DIGEST_SMTP_USER", "DIGEST_SMTP_USERNAME"), ("DIGEST_LOGIN", "DIGEST_SMTP_USERNAME")),
        *(("DIGEST_SMTP_PASS", "DIGEST_SMTP_PASSWORD"), ("DIGEST_TLS", "DIGEST_SMTP_SECURITY")),
        *(("DIGEST_SMTP_SERVER", "DIGEST_SMTP_HOST"), ("DIGEST_MAIL_SERVER", "DIGEST_SMTP_HOST")),
        *(("DIGEST_HOST", "DIGEST_SMTP_HOST"), ("DIGEST_SMTP_USE_SSL", "DIGEST_SMTP_SECURITY")),
        *(("DIGEST_REPLY_TO", "DIGEST_MAIL_REPLY_TO"), ("DIGEST_ADMIN_EMAIL", "DIGEST_OPERATOR")),
        *(("DIGEST_TO", "DIGEST_SUBSCRIBERS"), ("DIGEST_smtp_host", "DIGEST_SMTP_HOST")),
        *(("DIGEST_ARXIV_EMAIL", "DIGEST_ARXIV_CONTACT"), ("DIGEST_STATE_FILE", "DIGEST_STATE")),
    ],
)
def test_settings_by_meaning(name: str, setting: str) -> None:
    """A name that means a setting is answered with that one, though another looks more like it."""
    assert meant(name, SETTINGS) == setting
    with pytest.raises(ConfigurationError, match=f"no such setting; did you mean {setting}"):
        load_settings(None, {name: "x"})


def test_every_meaning_is_a_setting() -> None:
    """No hint leads to a setting that there is not, and every setting is meant by its own name."""
    assert {meant(name.removeprefix("DIGEST_"), SETTINGS) for name in SETTINGS} == set(SETTINGS)
    assert meant("DIGEST_QQQ", SETTINGS) is None
    assert meant("DIGEST_SMTP_FROM", ()) is None


def test_names_without_prefix(lab: Lab) -> None:
    """A setting in .env that lost its prefix is told of, and other programs' names are not."""
    file = lab.home / "my.env"
    file.write_text("SMTP_HOST=x\nFLASK_ENV=x\nEMAIL_HOST_USER=x\nSTATE=x\ndigest_operator=x\n")
    settings = load_settings(file, {})
    assert settings.remarks == (
        f"{file}:1: SMTP_HOST is not read; did you mean DIGEST_SMTP_HOST?",
        f"{file}:3: EMAIL_HOST_USER is not read; did you mean DIGEST_SMTP_USERNAME?",
        f"{file}:4: STATE is not read; did you mean DIGEST_STATE?",
        f"{file}:5: digest_operator is not read; did you mean DIGEST_OPERATOR?",
    )
    assert "SMTP_HOST is not read" in lab.run("send", "--env-file", str(file)).err
    file.write_text("SMTP_HOST=x\nDIGEST_SMTP_HOST=y\n")
    assert load_settings(file, {}).remarks == ()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chek"], "there is no command 'chek'; did you mean 'check'?"),
        (["mail"], "there is no command 'mail'; did you mean 'send'?"),
        (["start"], "there is no command 'start'; did you mean 'run'?"),
        (["qqqqqq"], "there is no command 'qqqqqq'; `digest --help` lists"),
        (["send", "--dryrun"], "`digest send` has no '--dryrun'; did you mean '--dry-run'?"),
        (["status", "--offlin"], "`digest status` has no '--offlin'"),
        (["send", "now"], "`digest send` has no 'now'"),
    ],
)
def test_commands(lab: Lab, arguments: list[str], said: str) -> None:
    """A command or an option that there is not is answered with the one that was meant."""
    result = lab.run(*arguments)
    assert result.status == 64
    assert said in result.err
