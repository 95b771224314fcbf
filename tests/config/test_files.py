import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import ADA, subscribers

from digest.config.files import CREDENTIAL, load_settings, load_subscriptions
from digest.errors import ConfigurationError, Mistake, MistakesError


@pytest.fixture(autouse=True)
def _in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test has a working directory of its own."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def unreadable() -> Iterator[Path]:
    """A file that this user may not read."""
    path = Path("unreadable")
    path.touch(mode=0o000)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    yield path
    path.chmod(0o600)


def env(text: str) -> Path:
    """Writes `text` to a file of settings."""
    path = Path("my.env")
    path.write_text(text, encoding="utf-8")
    return path


def password(path: Path | None, environment: dict[str, str]) -> str | None:
    """The password that is found, with a user name given."""
    secret = load_settings(path, environment | {"DIGEST_SMTP_USERNAME": "papers"}).smtp_password
    return secret.reveal() if secret else None


def failure(path: Path | None, environment: dict[str, str]) -> str:
    """The message of the error that loading the settings ends with."""
    with pytest.raises(ConfigurationError) as caught:
        load_settings(path, environment)
    assert caught.value.exit_status == 78
    return str(caught.value)


def test_nothing_set() -> None:
    """Without a .env and without variables there are the defaults."""
    assert load_settings(None, {"PATH": "/bin"}).smtp_port == 587


def test_papers_beside_the_state(tmp_path: Path) -> None:
    """Where the state is found elsewhere, the cache of papers is beside it, unless it is set."""
    elsewhere = tmp_path / "state.json"
    found = load_settings(None, {}, state_at=lambda _: elsewhere)
    assert (found.state, found.papers) == (elsewhere, tmp_path / "papers.sqlite")
    cached = load_settings(None, {"CACHE_DIRECTORY": "/var/cache/x"}, state_at=lambda _: elsewhere)
    assert cached.papers == Path("/var/cache/x/papers.sqlite")


def test_env_file_in_working_directory() -> None:
    """`.env` in the working directory is read, unless another file is named."""
    Path(".env").write_text("DIGEST_SMTP_PORT=25\n")
    assert load_settings(None, {}).smtp_port == 25
    assert load_settings(env("DIGEST_SMTP_PORT=26\n"), {}).smtp_port == 26


def test_a_folder_called_env() -> None:
    """A folder `.env`, as some keep their Python in, is no file of settings."""
    Path(".env").mkdir()
    assert load_settings(None, {}).smtp_port == 587
    assert failure(Path(".env"), {}) == (
        ".env is a directory, not a file; write it, or leave --env-file out."
    )


def test_named_env_file_must_exist() -> None:
    """A file of settings that is named and not there is an error."""
    assert failure(Path("other.env"), {}) == (
        "There is no file other.env; write it, or leave --env-file out."
    )


def test_precedence() -> None:
    """The environment wins over .env, and the command line over both."""
    path = env("DIGEST_STATE=a\nDIGEST_SUBSCRIBERS=a\nDIGEST_TEMPLATES=a\n")
    environment = {"DIGEST_STATE": "b", "DIGEST_SUBSCRIBERS": "b"}
    settings = load_settings(path, environment, {"DIGEST_STATE": "c"})
    assert settings.templates == Path("a")
    assert settings.subscribers == Path("b")
    assert settings.state == Path("c")


def test_empty_variable_takes_away() -> None:
    """A variable that is empty in the environment takes away what .env says."""
    path = env("DIGEST_SMTP_PORT=25\n")
    assert load_settings(path, {"DIGEST_SMTP_PORT": ""}).smtp_port == 587


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("DIGEST_TEMPLATES=a b  # comment", "a b"),
        ("DIGEST_TEMPLATES='a # b'", "a # b"),
        ('export DIGEST_TEMPLATES="a b"', "a b"),
        ("DIGEST_TEMPLATES=${HOME}/$x", "${HOME}/$x"),
        ("DIGEST_TEMPLATES='${DIGEST_STATE}'", "${DIGEST_STATE}"),
        ("\n# comment\n  DIGEST_TEMPLATES = a\r\n", "a"),
        ("\ufeffDIGEST_TEMPLATES=ä", "ä"),
    ],
)
def test_env_file_syntax(line: str, value: str) -> None:
    """Quotes, comments and `export` are understood; a dollar sign stands for itself."""
    assert load_settings(env(line), {}).templates == Path(value)


def test_env_file_mistakes() -> None:
    """Lines and settings that make no sense are reported together, with their lines."""
    path = env(
        "# first\n\nDIGEST_SMTP_PORT=x\nZwiebelfisch\n\n= 5\n"
        "DIGEST_STAET=1\nDIGEST_STATE=a\nDIGEST_STATE=b\n'\n"
    )
    with pytest.raises(MistakesError) as caught:
        load_settings(path, {"DIGEST_OPERATOR": "y"}, {"DIGEST_SUBSCRIBER": "z"})
    no_line = "this line is not NAME=value, nor a comment"
    assert set(caught.value.mistakes) >= {
        Mistake("my.env", 4, no_line),
        Mistake("my.env", 6, no_line),
        Mistake("my.env", 10, no_line),
        Mistake("DIGEST_STATE in my.env", 9, "it is set a second time, first in line 8"),
    }
    assert [(m.where, m.line) for m in caught.value.mistakes[4:]] == [
        ("DIGEST_STAET in my.env", 7),
        ("DIGEST_SUBSCRIBER on the command line", 0),
        ("DIGEST_SMTP_PORT in my.env", 3),
        ("DIGEST_OPERATOR in the environment", 0),
    ]
    assert "Zwiebelfisch" not in str(caught.value)


def test_lines_alone_are_mistakes() -> None:
    """A line that makes no sense is a mistake also when all settings are good."""
    assert failure(env("DIGEST_STATE\n"), {}) == (
        "my.env:1: this line is not NAME=value, nor a comment"
    )


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A bad line is an error and nothing else: it does not go to the log as well."""
    failure(env("???\n"), {})
    assert not caplog.records


def test_env_file_not_utf8() -> None:
    """A file of settings in another encoding is an error that does not show what is in it."""
    Path("my.env").write_bytes(b"DIGEST_SMTP_PASSWORD=Zwiebelf\xefsch\n")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(Path("my.env"), {})
    assert str(caught.value) == "The file my.env is not UTF-8; save it as UTF-8."
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_password_file(end: str) -> None:
    """The password is what stands in its file, less the line end, and spaces count."""
    Path("password").write_bytes(f" Zwiebel fisch {end}".encode())
    assert password(None, {"DIGEST_SMTP_PASSWORD_FILE": "password"}) == " Zwiebel fisch "
    assert password(env("DIGEST_SMTP_PASSWORD_FILE=password\n"), {}) == " Zwiebel fisch "


def test_password_file_missing() -> None:
    """A password file that is not there, or empty, is an error."""
    variables = {"DIGEST_SMTP_PASSWORD_FILE": "password"}
    assert failure(None, variables).startswith("There is no file password; write the password in")
    Path("password").write_text("\n")
    assert failure(None, variables).startswith("The file password is empty; write the password in")


def test_password_file_with_lines() -> None:
    """A password file with a second line is an error: that is not the file that was meant."""
    Path("password").write_text("Zwiebelfisch\nmore\n")
    found = failure(None, {"DIGEST_SMTP_PASSWORD_FILE": "password"})
    assert found.startswith("The file password has more than one line; ")
    assert "Zwiebelfisch" not in found


def test_password_file_not_readable(unreadable: Path) -> None:
    """A password file that this user may not read is an error that says so."""
    assert failure(None, {"DIGEST_SMTP_PASSWORD_FILE": str(unreadable)}) == (
        "The file unreadable may not be read by this user; change its owner or its mode."
    )


def test_credential(tmp_path: Path) -> None:
    """systemd's credential is the password where no setting says otherwise."""
    (tmp_path / CREDENTIAL).write_text("Zwiebelfisch\n")
    environment = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert password(None, environment) == "Zwiebelfisch"
    assert password(None, environment | {"DIGEST_SMTP_PASSWORD": "other"}) == "other"
    Path("password").write_text("third")
    assert password(None, environment | {"DIGEST_SMTP_PASSWORD_FILE": "password"}) == "third"


def test_other_credentials(tmp_path: Path) -> None:
    """A directory of credentials without a password is none of our business."""
    assert load_settings(None, {"CREDENTIALS_DIRECTORY": str(tmp_path)}).smtp_password is None


def test_a_credential_out_of_reach(tmp_path: Path) -> None:
    """A credential that is there and cannot be read is named, and not passed over."""
    credential = tmp_path / CREDENTIAL
    credential.symlink_to(credential)
    found = failure(None, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert f"The file {credential} cannot be read" in found


def test_two_passwords() -> None:
    """A password and a password file are one too many, and the file is not read."""
    found = failure(
        env("DIGEST_SMTP_USERNAME=papers\nDIGEST_SMTP_PASSWORD_FILE=nowhere\n"),
        {"DIGEST_SMTP_PASSWORD": "Zwiebelfisch"},
    )
    assert found == (
        "DIGEST_SMTP_PASSWORD in the environment:"
        " DIGEST_SMTP_PASSWORD_FILE is set as well; keep one of the two"
    )


def test_subscriptions() -> None:
    """subscribers.yaml is read from where it is."""
    Path("readers.yaml").write_text(subscribers(ADA))
    subscriptions = load_subscriptions(Path("readers.yaml"))
    assert [subscriber.email for subscriber in subscriptions.subscribers] == ["ada@example.org"]


def test_subscriptions_mistake() -> None:
    """A mistake in subscribers.yaml has the file's name in front."""
    Path("readers.yaml").write_text(subscribers({"email": ADA, "at": "dawn"}))
    with pytest.raises(MistakesError, match=r"^readers\.yaml:5: at: 'dawn' is no time of day"):
        load_subscriptions(Path("readers.yaml"))


def test_subscriptions_missing() -> None:
    """Without subscribers.yaml the error says what to do."""
    with pytest.raises(ConfigurationError) as caught:
        load_subscriptions(Path("subscribers.yaml"))
    assert str(caught.value) == (
        "There is no file subscribers.yaml; `digest init` writes one, or name it with --subscribers"
        " (`digest help configuration`)."
    )


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (".", ". is a directory, not a file; "),
        ("readers.yaml/x", "The file readers.yaml/x cannot be read: "),
        ("x" * 5000, f"The file {'x' * 5000} cannot be read: "),
        ("a\0b", "The file a\0b cannot be read: "),
    ],
)
def test_subscriptions_no_file(path: str, found: str) -> None:
    """A path that is no file, or cannot be one, is an error of the configuration."""
    Path("readers.yaml").touch()
    with pytest.raises(ConfigurationError) as caught:
        load_subscriptions(Path(path))
    assert str(caught.value).startswith(found)


def test_subscriptions_not_readable(unreadable: Path) -> None:
    """Subscribers that this user may not read are an error that says so."""
    with pytest.raises(ConfigurationError, match="may not be read by this user; change its owner"):
        load_subscriptions(unreadable)
