import copy
import dataclasses
import logging
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config.environment import Origin
from digest.config.settings import SETTINGS, Secret, Settings, require_mail, settings_from
from digest.errors import ConfigurationError, Mistake, MistakesError
from digest.model.host import is_loopback

LOGIN = {"DIGEST_SMTP_USERNAME": "papers", "DIGEST_SMTP_PASSWORD": "Zwiebelfisch"}


def mistakes(**variables: str) -> list[tuple[str, str]]:
    """Name and sentence of every mistake in the settings; `smtp_port` is DIGEST_SMTP_PORT."""
    environment = {f"DIGEST_{name.upper()}": value for name, value in variables.items()}
    with pytest.raises(MistakesError) as caught:
        settings_from(environment)
    return [(mistake.where, mistake.found) for mistake in caught.value.mistakes]


def settings(**variables: str) -> Settings:
    """The settings of good variables, named as in `mistakes`."""
    return settings_from({f"DIGEST_{name.upper()}": value for name, value in variables.items()})


def test_defaults() -> None:
    """With nothing set, everything has its documented default."""
    assert settings_from({}) == Settings(
        smtp_host=None,
        smtp_port=587,
        smtp_security="starttls",
        smtp_username=None,
        smtp_password=None,
        smtp_connections=4,
        smtp_messages=None,
        smtp_rate=None,
        smtp_timeout=60.0,
        smtp_helo=None,
        mail_from=None,
        mail_reply_to=None,
        mail_list_id=None,
        mail_return_path=None,
        dkim=None,
        operator=None,
        source="auto",
        arxiv_url="https://export.arxiv.org/api/query",
        oai_url="https://oaipmh.arxiv.org/oai",
        feed_url="https://rss.arxiv.org/rss",
        arxiv_delay=3.0,
        arxiv_contact=None,
        arxiv_timeout=30.0,
        arxiv_retries=5,
        subscribers=Path("subscribers.yaml"),
        state=Path("state.json"),
        papers=Path("papers.sqlite"),
        templates=None,
    )


def test_everything_set() -> None:
    """Every setting is read, with its type."""
    everything = settings(
        smtp_host="mail.example.org",
        smtp_port="465",
        smtp_security="tls",
        smtp_username="papers",
        smtp_password="Zwiebelfisch",
        smtp_connections="1",
        smtp_messages="20",
        smtp_rate="0.5",
        smtp_timeout="600",
        smtp_helo="Papers.example.org.",
        mail_from="Daily papers <papers@example.org>",
        mail_reply_to="ada@example.org",
        mail_list_id="papers.example.org",
        mail_return_path="Bounces@EXAMPLE.org",
        operator="Ada@EXAMPLE.org",
        source="harvest",
        arxiv_url="http://127.0.0.1:8080/api/query",
        oai_url="http://127.0.0.1:8080/oai",
        feed_url="http://localhost:8081/rss",
        arxiv_delay="0",
        arxiv_contact="mailto:ada@example.org",
        arxiv_timeout="0.5",
        arxiv_retries="20",
        subscribers="a/b.yaml",
        state="c.json",
        papers="d.sqlite",
        templates="t",
    )
    assert everything.smtp_password
    assert everything.smtp_password.reveal() == "Zwiebelfisch"
    shown = dataclasses.replace(everything, smtp_password=None)
    assert shown == Settings(
        smtp_host="mail.example.org",
        smtp_port=465,
        smtp_security="tls",
        smtp_username="papers",
        smtp_password=None,
        smtp_connections=1,
        smtp_messages=20,
        smtp_rate=0.5,
        smtp_timeout=600.0,
        smtp_helo="Papers.example.org",
        mail_from="Daily papers <papers@example.org>",
        mail_reply_to="ada@example.org",
        mail_list_id="papers.example.org",
        mail_return_path="Bounces@example.org",
        dkim=None,
        operator="Ada@example.org",
        source="harvest",
        arxiv_url="http://127.0.0.1:8080/api/query",
        oai_url="http://127.0.0.1:8080/oai",
        feed_url="http://localhost:8081/rss",
        arxiv_delay=0.0,
        arxiv_contact="mailto:ada@example.org",
        arxiv_timeout=0.5,
        arxiv_retries=20,
        subscribers=Path("a/b.yaml"),
        state=Path("c.json"),
        papers=Path("d.sqlite"),
        templates=Path("t"),
    )


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("empty", ["", "  "])
def test_empty_is_unset(name: str, empty: str) -> None:
    """A setting with nothing in it counts as not set."""
    assert settings_from({name: empty}) == settings_from({})


def test_unknown_name() -> None:
    """A DIGEST_ name that does not exist is a mistake that names the nearest one."""
    assert mistakes(smtp_prot="25", real_data="/data", qqq="") == [
        ("DIGEST_SMTP_PROT", "there is no such setting; the nearest is DIGEST_SMTP_PORT"),
        ("DIGEST_QQQ", mistakes(qqq="")[0][1]),
    ]
    assert settings_from({"PATH": "/bin", "SMTP_HOST": "x", "XDIGEST_Y": "z"}) == settings_from({})


def test_state_directory() -> None:
    """The state is in systemd's state directory, the first of them, unless it is set elsewhere."""
    directories = {"STATE_DIRECTORY": "/var/lib/digest:/var/lib/more"}
    assert settings_from(directories).state == Path("/var/lib/digest/state.json")
    assert settings_from(directories | {"DIGEST_STATE": "x.json"}).state == Path("x.json")


@pytest.mark.parametrize(
    ("subscribers", "state"),
    [
        ("", "state.json"),
        ("lab.yaml", "state.json"),
        ("/etc/digest/subscribers.yaml", "/etc/digest/state.json"),
        ("../lab/subscribers.yaml", "../lab/state.json"),
    ],
)
def test_state_beside_subscribers(subscribers: str, state: str) -> None:
    """Otherwise it is beside subscribers.yaml, wherever that is."""
    assert settings_from({"DIGEST_SUBSCRIBERS": subscribers}).state == Path(state)


@pytest.mark.parametrize(
    ("variables", "papers"),
    [
        ({"DIGEST_STATE": "a/b.json"}, "a/papers.sqlite"),
        ({"STATE_DIRECTORY": "/var/lib/digest"}, "/var/lib/digest/papers.sqlite"),
        (
            {"CACHE_DIRECTORY": "/var/cache/digest:/var/cache/more"},
            "/var/cache/digest/papers.sqlite",
        ),
        (
            {"CACHE_DIRECTORY": "/var/cache/digest", "DIGEST_PAPERS": " "},
            "/var/cache/digest/papers.sqlite",
        ),
        ({"CACHE_DIRECTORY": "/var/cache/digest", "DIGEST_PAPERS": "x.db"}, "x.db"),
        ({"DIGEST_SUBSCRIBERS": "../lab/subscribers.yaml"}, "../lab/papers.sqlite"),
    ],
)
def test_papers(variables: dict[str, str], papers: str) -> None:
    """The cache of papers is in systemd's cache directory, else beside the state."""
    assert settings_from(variables).papers == Path(papers)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("smtp_port", ["1", "65535", " 25 "], ["0", "65536", "-1", "25.0", "smtp", "２５", "1_0"]),
        ("smtp_connections", ["1", "50"], ["0", "51", "1.5", "many"]),
        ("smtp_messages", ["1", "1000000"], ["0", "1000001", "1.5", "all"]),
        ("smtp_rate", ["0.1", "100000"], ["0", "-5", "inf", "nan", "1e3", "fast", "100001"]),
        ("arxiv_delay", ["3", "3.5", "3600"], ["2.9", "0", "nan", "3601", "3s"]),
        ("arxiv_timeout", ["0.1", "600"], ["0", "-1", "inf", "601"]),
        ("arxiv_retries", ["1", "20"], ["0", "21", "2.0", "9" * 5000]),
    ],
)
def test_numbers(name: str, good: list[str], bad: list[str]) -> None:
    """A number is taken within its range, and refused outside with the range named."""
    for value in good:
        assert getattr(settings(**{name: value}), name) == float(value)
    for value in bad:
        ((where, found),) = mistakes(**{name: value})
        assert where == f"DIGEST_{name.upper()}"
        assert "is not allowed; write a " in found
        assert len(found) < 200


def test_security() -> None:
    """Only the three ways of securing the connection are known."""
    assert mistakes(smtp_security="ssl") == [
        ("DIGEST_SMTP_SECURITY", "'ssl' is not allowed; write starttls, tls or none")
    ]


def test_security_in_any_case() -> None:
    """The case of such a word does not count."""
    assert settings(smtp_security="StartTLS").smtp_security == "starttls"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"])
def test_password_in_clear_to_this_machine(host: str) -> None:
    """A password may go unencrypted to this machine."""
    variables = LOGIN | {"DIGEST_SMTP_SECURITY": "none", "DIGEST_SMTP_HOST": host}
    assert settings_from(variables).smtp_password


@pytest.mark.parametrize("host", ["mail.example.org", "10.0.0.1", "localhost.example.org", ""])
def test_password_in_clear(host: str) -> None:
    """A password is never sent unencrypted to another machine."""
    variables = LOGIN | {"DIGEST_SMTP_SECURITY": "none", "DIGEST_SMTP_HOST": host}
    with pytest.raises(MistakesError, match="DIGEST_SMTP_SECURITY: a password is never sent in cl"):
        settings_from(variables)
    del variables["DIGEST_SMTP_PASSWORD"], variables["DIGEST_SMTP_USERNAME"]
    assert settings_from(variables).smtp_security == "none"


def test_half_a_login() -> None:
    """A user name needs a password, and a password a user name."""
    assert mistakes(smtp_username="papers") == [
        ("DIGEST_SMTP_USERNAME", "there is a user name, but no password")
    ]
    assert mistakes(smtp_password="Zwiebelfisch") == [
        ("DIGEST_SMTP_USERNAME", "there is a password, but no user name")
    ]
    with pytest.raises(MistakesError, match="there is a password, but no user name"):
        settings_from({}, password=Secret("Zwiebelfisch"))


def test_password_from_file() -> None:
    """A password that was read from a file is the password."""
    given = settings_from({"DIGEST_SMTP_USERNAME": "papers"}, password=Secret("Zwiebelfisch"))
    assert given.smtp_password
    assert given.smtp_password.reveal() == "Zwiebelfisch"


def test_two_passwords() -> None:
    """The password comes from one place."""
    found = mistakes(smtp_username="x", smtp_password="Zwiebelfisch", smtp_password_file="/p")
    assert found == [
        (
            "DIGEST_SMTP_PASSWORD",
            "DIGEST_SMTP_PASSWORD_FILE is set as well; keep one of the two",
        )
    ]


def test_password_keeps_its_spaces() -> None:
    """Nothing is taken off a password."""
    given = settings_from({"DIGEST_SMTP_USERNAME": "papers", "DIGEST_SMTP_PASSWORD": " a b "})
    assert given.smtp_password
    assert given.smtp_password.reveal() == " a b "


@pytest.mark.parametrize(
    "mailbox",
    [
        "papers@example.org",
        "<papers@example.org>",
        "Daily papers <papers@example.org>",
        '"Papers, daily: \\"all\\"" <papers@example.org>',
        "Dr. Ünal Ö. <ünal@bücher.example>",
        "papers@localhost",
    ],
)
def test_mailbox(mailbox: str) -> None:
    """A sender is an address with or without a name, and is kept as it was written."""
    assert settings(mail_from=mailbox, mail_reply_to=mailbox).mail_from == mailbox


@pytest.mark.parametrize(
    "mailbox",
    [
        "papers",
        "Papers, daily <papers@example.org>",
        "a@example.org, b@example.org",
        "Papers <a@example.org> <b@example.org>",
        "Papers <a@example.org",
        "Papers a@example.org>",
        "Papers <>",
        "Papers\r\nBcc: eve@example.org <a@example.org>",
        '"Papers\n" <a@example.org>',
        '"Papers" x <a@example.org>',
    ],
)
@pytest.mark.parametrize("name", ["mail_from", "mail_reply_to"])
def test_mailbox_mistake(name: str, mailbox: str) -> None:
    """A value that is no single mailbox is a mistake; nothing can slip a header in."""
    ((where, found),) = mistakes(**{name: mailbox})
    assert where == f"DIGEST_{name.upper()}"
    assert found.isprintable()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("operator", "Ada <ada@example.org>"),
        ("operator", "ada"),
        ("mail_list_id", "papers"),
        ("mail_list_id", "papers..example.org"),
        ("mail_list_id", "Papers <papers.example.org>"),
        ("mail_list_id", "papers.example.org\r\nBcc: x"),
        ("mail_list_id", f"{'a.' * 130}org"),
        ("arxiv_contact", "ada (at) example.org"),
        ("arxiv_contact", "ada@exämple.org"),
        ("arxiv_contact", "ada@example.org\r\nX: y"),
        ("arxiv_contact", "a" * 201),
        ("smtp_host", "mail.example.org:25"),
        ("smtp_host", "smtp://mail.example.org"),
        ("smtp_host", "mail example org"),
        ("smtp_host", f"mail.{'a' * 64}.org"),
        ("smtp_helo", "papers example org"),
        ("smtp_helo", "papers.example.org\r\nNOOP"),
        ("smtp_host", "[mail.example.org]"),
        ("smtp_username", "papers\x00"),
    ],
)
def test_text_mistake(name: str, value: str) -> None:
    """A text that cannot be what it is meant for is a mistake."""
    password = {"smtp_password": "x"} if name == "smtp_username" else {}
    found = mistakes(**{name: value}, **password)
    assert found[0][0] == f"DIGEST_{name.upper()}"
    assert found[0][1].isprintable()


def test_list_id_without_brackets() -> None:
    """The list's identifier may be written as it stands in the header."""
    assert settings(mail_list_id="<papers.example.org>").mail_list_id == "papers.example.org"


def test_all_mistakes_at_once() -> None:
    """Every mistake is reported, with where the variable was set."""
    variables = {
        "DIGEST_SMTP_PORT": "x",
        "DIGEST_OPERATOR": "y",
        "DIGEST_Z": "",
        "DIGEST_STATE": "",
    }
    origins = {"DIGEST_SMTP_PORT": Origin("in .env", 3), "DIGEST_Z": Origin("in the environment")}
    with pytest.raises(MistakesError) as caught:
        settings_from(variables, origins=origins)
    assert set(caught.value.mistakes) >= {
        Mistake("DIGEST_SMTP_PORT in .env", 3, mistakes(smtp_port="x")[0][1]),
        Mistake("DIGEST_OPERATOR", 0, mistakes(operator="y")[0][1]),
    }
    assert [m.where for m in caught.value.mistakes if "DIGEST_Z" in m.where] == [
        "DIGEST_Z in the environment"
    ]
    assert len(caught.value.mistakes) == 3


def test_require_mail() -> None:
    """Sending needs a server and a sender; what is missing is named."""
    require_mail(settings(smtp_host="localhost", mail_from="papers@example.org"))
    with pytest.raises(ConfigurationError, match="without DIGEST_SMTP_HOST and DIGEST_MAIL_FROM: "):
        require_mail(settings())
    with pytest.raises(ConfigurationError, match="without DIGEST_MAIL_FROM: set it in the env"):
        require_mail(settings(smtp_host="localhost"))


@pytest.mark.parametrize(
    ("host", "expected"),
    [("LOCALHOST", True), ("localhost.", True), ("127.0.0.2", True), ("0.0.0.0", False)],
)
def test_is_loopback(host: str, expected: bool) -> None:
    """Only this machine's own names and addresses count as this machine."""
    assert is_loopback(host) is expected


UNSET = "it is not set; a signature needs a selector, a domain and a key"


@pytest.mark.parametrize("selector", ["", "digest"])
@pytest.mark.parametrize("domain", ["", "example.org"])
@pytest.mark.parametrize("key", [None, Secret("the key")])
def test_a_signature_is_whole_or_none(selector: str, domain: str, key: Secret | None) -> None:
    """Selector, domain and key are there together or not at all; what lacks is named."""
    parts = {
        "DIGEST_DKIM_SELECTOR": selector,
        "DIGEST_DKIM_DOMAIN": domain,
        "DIGEST_DKIM_KEY_FILE": "dkim.key" if key else "",
    }
    lacking = [(name, UNSET) for name, value in parts.items() if not value]
    if not lacking or len(lacking) == len(parts):
        dkim = settings_from(parts, dkim_key=key).dkim
        assert (dkim is None) == bool(lacking)
        return
    with pytest.raises(MistakesError) as caught:
        settings_from(parts, dkim_key=key)
    assert [(one.where, one.found) for one in caught.value.mistakes] == lacking


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("SELECTOR", "a_b", "write letters, digits and hyphens, such as digest2026 (RFC 6376)"),
        ("SELECTOR", "a..b", "write letters, digits and hyphens, such as digest2026 (RFC 6376)"),
        ("SELECTOR", "a; d=x", "write letters, digits and hyphens, such as digest2026 (RFC 6376)"),
        ("SELECTOR", ".".join(["s" * 60] * 4), "with the domain it is longer than a name can be"),
        ("DOMAIN", "a b.example", "write a domain, such as example.org"),
        ("DOMAIN", "x@example.org", "write a domain, such as example.org"),
    ],
)
def test_names_of_a_signature(name: str, value: str, found: str) -> None:
    """A selector or a domain that cannot stand in a signature is a mistake."""
    parts = {"DIGEST_DKIM_SELECTOR": "digest", "DIGEST_DKIM_DOMAIN": "example.org"}
    with pytest.raises(MistakesError) as caught:
        settings_from(parts | {f"DIGEST_DKIM_{name}": value}, dkim_key=Secret("the key"))
    assert [(m.where, m.found) for m in caught.value.mistakes] == [(f"DIGEST_DKIM_{name}", found)]


def test_a_signing_domain_beyond_ascii() -> None:
    """It is signed for in ASCII, and a selector's case does not count."""
    parts = {"DIGEST_DKIM_SELECTOR": "Mail.Digest", "DIGEST_DKIM_DOMAIN": "Bücher.example"}
    dkim = settings_from(parts, dkim_key=Secret("the key")).dkim
    assert dkim
    assert (dkim.selector, dkim.domain) == ("mail.digest", "xn--bcher-kva.example")


def test_secret_is_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    """However a secret is printed, logged or copied, it shows asterisks."""
    given = settings_from(LOGIN)
    logging.getLogger("digest").warning("settings: %s %r", given, given.smtp_password)
    shown = [
        repr(given),
        str(given),
        f"{given.smtp_password}",
        str(dataclasses.asdict(given)),
        repr(copy.deepcopy(given)),
        caplog.text,
    ]
    assert all("********" in text for text in shown)
    assert not any("Zwiebelfisch" in text for text in shown)


@hypothesis.settings(deadline=None)
@given(st.dictionaries(st.sampled_from(SETTINGS), st.text(), min_size=1))
def test_any_values(variables: dict[str, str]) -> None:
    """No values do more harm than mistakes, and no message shows the password."""
    variables["DIGEST_SMTP_PASSWORD"] = "Zwiebelfisch"
    try:
        message = repr(settings_from(variables))
    except MistakesError as error:
        message = str(error)
    assert "Zwiebelfisch" not in message
