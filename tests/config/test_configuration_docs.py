import re
from pathlib import Path

import pytest

from digest.config.defaults import DEFAULTS_KEYS
from digest.config.files import CREDENTIAL, KEY_CREDENTIAL, load_settings, load_subscriptions
from digest.config.keywords import KEYWORD_KEYS
from digest.config.settings import SETTINGS
from digest.config.subscribers import FILE_KEYS, SUBSCRIBER_KEYS, parse

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "configuration.md").read_text()
ENV_EXAMPLE = (ROOT / ".env.example").read_text()
YAML_BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", DOCS, re.MULTILINE | re.DOTALL)


def section(heading: str) -> str:
    """The text of docs/configuration.md from a heading to the next one."""
    return DOCS.split(f"\n{heading}\n")[1].split("\n#")[0]


@pytest.mark.parametrize("name", SETTINGS)
def test_setting_is_documented(name: str) -> None:
    """Every setting has a row with a default and an example that sets it."""
    row = re.search(rf"^\| `{name}` \| [^|]+ \| [^|]+ \| `{name}=[^|]+` \|$", DOCS, re.MULTILINE)
    assert row


def test_documented_settings_exist() -> None:
    """The documentation and .env.example name no setting that is not one."""
    assert set(re.findall(r"DIGEST_[A-Z_]*[A-Z]", DOCS + ENV_EXAMPLE)) == set(SETTINGS)


def test_env_example_has_every_setting_once() -> None:
    """Every setting has one line of its own in .env.example, and none of them is switched on."""
    assert sorted(re.findall(r"^#(DIGEST_\w+)=.", ENV_EXAMPLE, re.MULTILINE)) == sorted(SETTINGS)
    assert not re.search("^[^#\n]", ENV_EXAMPLE, re.MULTILINE)


def test_env_example_shows_the_defaults(tmp_path: Path) -> None:
    """The values that .env.example does not call an example are the defaults."""
    blocks = re.findall(r"((?:^# .*\n)*)((?:^#DIGEST_.*\n)+)", ENV_EXAMPLE, re.MULTILINE)
    shown = "".join(lines for comment, lines in blocks if "example" not in comment)
    path = tmp_path / "defaults.env"
    path.write_text(re.sub("^#", "", shown, flags=re.MULTILINE))
    assert shown.count("\n") == 14
    nothing = tmp_path / "nothing.env"
    nothing.touch()
    assert load_settings(path, {}) == load_settings(nothing, {})


def test_env_example_is_valid_when_switched_on(tmp_path: Path) -> None:
    """All lines of .env.example together are good settings, with the password given one way."""
    path = tmp_path / "all.env"
    (tmp_path / "dkim.key").write_text("a key")
    lines = ENV_EXAMPLE.replace("#DIGEST_SMTP_PASSWORD_FILE", "#")
    lines = lines.replace("/etc/digest/dkim.key", str(tmp_path / "dkim.key"))
    path.write_text(re.sub("^#DIGEST", "DIGEST", lines, flags=re.MULTILINE))
    settings = load_settings(path, {})
    assert settings.mail_from == "Daily papers <papers@example.org>"
    assert settings.dkim is not None
    assert settings.smtp_password is not None
    assert settings.smtp_password.reveal() == "a long password"


@pytest.mark.parametrize(
    ("heading", "keys"),
    [
        ("### keywords", KEYWORD_KEYS),
        ("### defaults", DEFAULTS_KEYS),
        ("### subscribers", SUBSCRIBER_KEYS),
    ],
)
def test_yaml_keys_are_documented(heading: str, keys: tuple[str, ...]) -> None:
    """Every key stands in the table of its section, and no other key does."""
    rows = re.findall(r"^\| (`[^|]+) \|", section(heading), re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(keys)


def test_sections_are_documented() -> None:
    """Every section of subscribers.yaml has a heading of its own."""
    assert sorted(re.findall(r"^### ([a-z]+)$", DOCS, re.MULTILINE)) == sorted(FILE_KEYS)


@pytest.mark.parametrize("block", YAML_BLOCKS)
def test_yaml_example_is_valid(block: str) -> None:
    """Every YAML example of the documentation is a file that works."""
    assert parse(block.encode(), "docs/configuration.md").subscribers


def test_credential_is_documented() -> None:
    """The documentation has the name under which systemd's credential is looked for."""
    assert f"$CREDENTIALS_DIRECTORY/{CREDENTIAL}`" in DOCS
    assert f"$CREDENTIALS_DIRECTORY/{KEY_CREDENTIAL}`" in DOCS


def test_shipped_subscribers_are_valid() -> None:
    """The subscribers.yaml at the top of the repository works as it stands."""
    subscriptions = load_subscriptions(ROOT / "subscribers.yaml")
    assert [subscriber.email for subscriber in subscriptions.subscribers] == [
        "ada@example.org",
        "bob@example.org",
        "carl@example.org",
    ]
    assert len(subscriptions.keywords) == 7
