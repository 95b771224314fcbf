"""A mail server whose TLS is not as it should be: each kind has a sentence of its own."""

import socket
import ssl
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from certificates import DAY, Certificate, certificate
from scripted_server import CUT, Scripted

from digest.delivery.connection import MailServer
from digest.delivery.connection_faults import tls_failed
from digest.delivery.rehearsal import rehearse
from digest.errors import DigestError, MailDeferredError, MailRefusedError

SENDER, RECIPIENT = "digest@example.org", "ada@example.org"


def visit(mail: Scripted, security: str, **changes: object) -> str:
    """Returns the result of a rehearsal with the server, under the name `localhost`."""
    values: dict[str, object] = {"timeout": 10.0} | changes
    server = MailServer("localhost", mail.port, security, **values)  # type: ignore[arg-type]
    return rehearse(server, SENDER, RECIPIENT)


def old(context: ssl.SSLContext) -> ssl.SSLContext:
    """The same with TLS 1.1 at most."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


@pytest.fixture(params=["tls", "starttls"])
def security(request: pytest.FixtureRequest) -> str:
    """Both ways to TLS."""
    return str(request.param)


def secured(security: str, made: Certificate) -> Scripted:
    """A server with this certificate, the one way or the other."""
    if security == "tls":
        return Scripted(tls=made.context)
    return Scripted(starttls=made.context)


def test_all_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: str) -> None:
    """A certificate of an authority that SSL_CERT_FILE names is taken; nothing goes in clear."""
    made = certificate(tmp_path, authority="The lab's own")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.trust))
    with secured(security, made) as mail:
        assert visit(mail, security).startswith("TLS, no login, greeted as ")
        before = ["EHLO", "STARTTLS"] if security == "starttls" else []
        assert mail.heard == [[*before, "EHLO", "MAIL", "RCPT", "RSET", "QUIT"]]


Make = Callable[[Path], Certificate]
BAD: list[tuple[str, Make, str]] = [
    (
        "self-signed",
        certificate,
        "it is self-signed: nobody else vouches.*set SSL_CERT_FILE in the",
    ),
    (
        "of an unknown authority",
        lambda place: certificate(place, authority="Unheard-of"),
        "no authority that this machine knows vouches for it.*ca-certificates",
    ),
    (
        "not yet valid",
        lambda place: certificate(place, begins=DAY, ends=2 * DAY, authority="Lab"),
        "it is not valid yet, by this machine's clock: 20.*Set the clock if it is wrong",
    ),
    (
        "expired",
        lambda place: certificate(place, begins=-2 * DAY, ends=-DAY, authority="Lab"),
        "it has expired, by this machine's clock: 20.*renew it",
    ),
    (
        "of another name",
        lambda place: certificate(place, "elsewhere", authority="Lab"),
        "Hostname mismatch.*Check that DIGEST_SMTP_HOST is the name in its certificate",
    ),
]


@pytest.mark.parametrize(("make", "words"), [pytest.param(m, w, id=i) for i, m, w in BAD])
def test_a_certificate_that_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: str, make: Make, words: str
) -> None:
    """Each kind of bad certificate is told apart, with what to do; no mail and no password goes."""
    made = make(tmp_path)
    if "vouches" not in words:
        monkeypatch.setenv("SSL_CERT_FILE", str(made.trust))
    with secured(security, made) as mail:
        with pytest.raises(MailRefusedError, match=words) as caught:
            visit(mail, security, username="papers", password="geheimnis")
        assert "no certificate that can be trusted" in str(caught.value)
        assert "nothing was sent" in str(caught.value)
        assert mail.heard in ([["EHLO", "STARTTLS"]], [[]])


@pytest.mark.parametrize("code", [9, 10])
def test_a_clock_that_is_wrong(code: int) -> None:
    """A clock that stands before this program was made is at fault, and not the certificate."""
    error = ssl.SSLCertVerificationError()
    error.verify_code, error.verify_message = code, "certificate is not yet valid"
    long_ago = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)
    told = str(tls_failed("the server", error, security="tls", now=long_ago))
    assert "this machine's clock is wrong: it says 1970-01-01 00:05 UTC" in told
    assert "Set the clock" in told
    today = str(tls_failed("the server", error, security="tls", now=long_ago + 57 * 365 * DAY))
    assert "is wrong: it says" not in today


def test_any_other_complaint() -> None:
    """Other faults of a certificate are for its administrator, and are told in OpenSSL's words."""
    error = ssl.SSLCertVerificationError()
    error.verify_code, error.verify_message = 85, "Missing Authority Key Identifier"
    told = str(tls_failed("the server", error, security="tls", now=datetime.now(UTC)))
    assert "can be trusted (Missing Authority Key Identifier); nothing was sent. Show this" in told


def test_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: str) -> None:
    """A server that has no TLS newer than 1.1 is said to be that, and is no matter of time."""
    made = certificate(tmp_path)
    old(made.context)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.trust))
    with secured(security, made) as mail, pytest.raises(MailRefusedError, match=r"newer than 1\.1"):
        visit(mail, security)


def test_no_common_cipher(tmp_path: Path, security: str) -> None:
    """Where the two have no encryption in common, it is said that its administrator must act."""
    made = certificate(tmp_path)
    made.context.maximum_version = ssl.TLSVersion.TLSv1_2
    made.context.set_ciphers("NULL:@SECLEVEL=0")
    words = "no encryption strong enough in common"
    with secured(security, made) as mail, pytest.raises(MailRefusedError, match=words):
        visit(mail, security)


@pytest.mark.parametrize("chosen", ["starttls", "none"])
def test_tls_from_the_first_byte(tmp_path: Path, chosen: str) -> None:
    """A server that waits for TLS is recognised in seconds, long before the timeout."""
    made = certificate(tmp_path)
    with Scripted(tls=made.context) as mail:
        began = time.monotonic()
        words = f"speaks TLS from the first byte, and DIGEST_SMTP_SECURITY is {chosen}; nothing"
        with pytest.raises(MailRefusedError, match=words) as caught:
            visit(mail, chosen, timeout=3.0)
        assert time.monotonic() - began < 2.5
        assert "Set DIGEST_SMTP_SECURITY to tls" in str(caught.value)


def test_tls_of_the_old_kind_from_the_first_byte(tmp_path: Path) -> None:
    """So is who would not speak our TLS."""
    mail = Scripted(tls=old(certificate(tmp_path).context))
    with mail, pytest.raises(MailRefusedError, match="speaks TLS from the first byte"):
        visit(mail, "starttls", timeout=3.0)


def test_a_server_that_greets_late() -> None:
    """A server that greets late, and is asked for TLS meanwhile, is not taken for another."""
    waited = 0.0

    def answer(verb: str, count: int) -> str | None:
        nonlocal waited
        if verb == "" and count == 1:
            began = time.monotonic()
            while len(mail.heard) < 2:  # the one that asks whether it speaks TLS
                time.sleep(0.01)
            waited = time.monotonic() - began
        return None

    with Scripted(answer) as mail:
        assert visit(mail, "none", timeout=1.5).startswith("no TLS, no login")
        assert waited > 0


def test_a_server_that_says_nothing() -> None:
    """Where nothing answers to anything, that is told as it is."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        silent = MailServer("127.0.0.1", port, "starttls", timeout=0.3)
        with pytest.raises(MailDeferredError, match=r"cannot be reached \(no answer in time\)"):
            rehearse(silent, SENDER, RECIPIENT)


def test_in_clear_where_tls_was_expected() -> None:
    """A server that speaks first is told from one with bad TLS."""
    with Scripted() as mail:
        with pytest.raises(MailRefusedError, match="does not speak TLS from the start") as caught:
            visit(mail, "tls")
        assert "Set DIGEST_SMTP_SECURITY to starttls" in str(caught.value)


def test_a_password_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where `localhost` turns out to be another machine, no password is said in clear."""
    monkeypatch.setattr(
        "digest.delivery.connection.is_loopback", lambda address: address != "127.0.0.1"
    )
    with Scripted(lambda verb, _: "250 AUTH PLAIN" if verb == "EHLO" else None) as mail:
        with pytest.raises(MailRefusedError, match="a password is never sent in clear"):
            visit(mail, "none", username="papers", password="geheimnis")
        assert mail.heard == [["EHLO"]]


def test_broken_off_at_the_handshake(tmp_path: Path) -> None:
    """A connection that ends where TLS begins is a matter of time."""
    with Scripted(lambda verb, _: CUT if verb == "STARTTLS" else None) as mail:
        mail.starttls = certificate(tmp_path).context
        with pytest.raises(MailDeferredError, match="it closed the connection"):
            visit(mail, "starttls")


@pytest.mark.parametrize(
    ("greeting", "words"),
    [
        ("* OK IMAP4rev1 ready", "does not speak SMTP .*IMAP4rev1 ready.*DIGEST_SMTP_PORT"),
        ("SSH-2.0-OpenSSH_9.2", "does not speak SMTP .*DIGEST_SMTP_PORT"),
        ("554 5.7.1 you are listed", "refuses us: 554 5.7.1 you are listed; ask its administrator"),
        ("421 4.3.2 busy", "says not now: 421 4.3.2 busy"),
    ],
)
def test_a_greeting_that_is_none(greeting: str, words: str) -> None:
    """A server of another kind, or one that turns us away, is told from one that is away."""
    mail = Scripted(lambda verb, _: None if verb else greeting)
    with mail, pytest.raises(DigestError, match=words):
        visit(mail, "none")


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("550 5.7.1 bad name", "refuses the greeting: 550 5.7.1 bad name; set DIGEST_SMTP_HELO"),
        ("421 4.7.0 (EHLO)", "says not now: 421 .*set DIGEST_SMTP_HELO"),
    ],
)
def test_a_greeting_that_is_refused(reply: str, words: str) -> None:
    """A server that does not like what this machine calls itself is answered by a setting."""
    mail = Scripted(lambda verb, _: reply if verb in ("EHLO", "HELO") else None)
    with mail, pytest.raises(DigestError, match=words):
        visit(mail, "none")


@pytest.mark.parametrize(
    ("helo", "said"),
    [("papers.example.org", "papers.example.org"), ("my_host", "[127.0.0.1]")],
)
def test_the_name_in_the_greeting(helo: str, said: str) -> None:
    """The name that is set is said, unless servers refuse such a one."""
    lines: list[str] = []
    with Scripted(on_command=lambda _, __, line: lines.append(line.strip())) as mail:
        server = MailServer("127.0.0.1", mail.port, "none", helo=helo)
        assert f"greeted as {said}" in rehearse(server, SENDER, RECIPIENT)
    assert lines[0] == f"EHLO {said}"


def test_seconds_are_enough() -> None:
    """With the default timeout of a minute the silence is looked into within five seconds."""
    from digest.delivery import connection as delivery

    assert timedelta(seconds=delivery._SILENCE) < timedelta(seconds=5)
