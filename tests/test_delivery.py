"""Messages handed to a real SMTP server that accepts, refuses, and breaks off."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.delivery import Envelope, MailServer, Outcome, deliver, greet
from digest.errors import MailDeferredError, MailRefusedError
from digest.standin.mailserver import BREAK_OFF, MailStandIn, Received

DATA = b"Subject: x\r\n\r\nhello\r\n.\r\n..two\r\nend\r\n"


def envelopes(*names: str, data: bytes = DATA) -> Iterator[Envelope]:
    """Yields a message to each of these at example.org."""
    for name in names:
        to = f"{name}@example.org"
        yield Envelope(to, f"<{name}@x>", "digest@example.org", to, lambda: data)


def server(mail: MailStandIn, **changes: object) -> MailServer:
    """How to reach the stand-in."""
    values: dict[str, object] = {"host": "127.0.0.1", "port": mail.port, "security": "none"}
    return MailServer(**(values | changes))  # type: ignore[arg-type]


def offered(mail: MailStandIn, *names: str, **changes: object) -> dict[str, tuple[int, str]]:
    """Delivers to these; the reply code and words for each."""
    outcomes: list[Outcome] = []
    deliver(server(mail, **changes), envelopes(*names), outcomes.append)
    return {o.envelope.key.partition("@")[0]: (o.code, o.reply) for o in outcomes}


@pytest.fixture
def mail() -> Iterator[MailStandIn]:
    """A mail server that takes everything."""
    with MailStandIn() as running:
        yield running


def test_byte_for_byte(mail: MailStandIn) -> None:
    """Each message is a transaction of its own, and arrives as it was, dots and all."""
    assert offered(mail, "ada", "bob") == {"ada": (250, "2.0.0 kept"), "bob": (250, "2.0.0 kept")}
    assert sorted(one.recipients for one in mail.received) == [
        ("ada@example.org",),
        ("bob@example.org",),
    ]
    assert {one.data for one in mail.received} == {DATA}


@pytest.mark.parametrize(
    ("reply", "code"),
    [("550 5.1.1 no such user", 550), ("450 4.2.0 greylisted", 450), ("552 5.2.2 full", 552)],
)
def test_one_recipient_of_three(mail: MailStandIn, reply: str, code: int) -> None:
    """A reply to one recipient is that one's alone, with the server's words."""
    mail.recipient_reply = lambda to: reply if to.startswith("bob") else None
    outcomes = offered(mail, "ada", "bob", "cyd", connections=1)
    assert outcomes["bob"] == (code, reply.partition(" ")[2])
    assert (outcomes["ada"][0], outcomes["cyd"][0]) == (250, 250)


@pytest.mark.parametrize(
    ("reply", "refused"), [("451 4.3.0 later", False), ("554 5.7.1 spam", True)]
)
def test_after_the_data(mail: MailStandIn, reply: str, *, refused: bool) -> None:
    """A message that is not taken after its data is neither accepted nor counted as one."""
    mail.data_reply = lambda _: reply
    outcomes: list[Outcome] = []
    deliver(server(mail), envelopes("ada"), outcomes.append)
    assert [(o.accepted, o.refused) for o in outcomes] == [(False, refused)]


def test_connections_are_kept(mail: MailStandIn) -> None:
    """Many messages go over a few connections, at most as many as are allowed."""
    names = [f"reader{n}" for n in range(60)]
    assert len(offered(mail, *names, connections=3)) == 60
    assert 1 <= mail.connections <= 3
    assert len({one.recipients for one in mail.received}) == 60


def test_recorded_before_the_next(mail: MailStandIn) -> None:
    """On a connection the outcome of one message is recorded before the next one is begun."""
    log: list[str] = []

    def supply() -> Iterator[Envelope]:
        for envelope in envelopes("ada", "bob", "cyd"):
            log.append(f"offer {envelope.key[:3]}")
            yield envelope

    deliver(
        server(mail, connections=1),
        supply(),
        lambda outcome: log.append(f"record {outcome.envelope.key[:3]}"),
    )
    assert log == [
        *("offer ada", "record ada", "offer bob", "record bob", "offer cyd", "record cyd"),
    ]


def test_broken_off_after_the_dot(mail: MailStandIn) -> None:
    """No reply means that nobody knows: not accepted, not refused; the others go on."""
    mail.data_reply = lambda received: BREAK_OFF if b"ada" in _to(received) else None
    outcomes = offered(mail, "ada", "bob", connections=1)
    assert outcomes["ada"][0] == 0
    assert outcomes["bob"][0] == 250


def _to(received: Received) -> bytes:
    return received.recipients[0].encode()


def test_not_there() -> None:
    """A server that cannot be reached is one to try later; nothing has an outcome."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        away = MailServer("127.0.0.1", taken.getsockname()[1], "none")
        outcomes: list[Outcome] = []
        with pytest.raises(MailDeferredError, match="cannot be reached"):
            deliver(away, envelopes("ada", "bob"), outcomes.append)
        assert outcomes == []
        with pytest.raises(MailDeferredError, match="DIGEST_SMTP_HOST and DIGEST_SMTP_PORT"):
            greet(away)


def test_login() -> None:
    """With the right password it goes through; with a wrong one nothing is sent or shown."""
    with MailStandIn(login=("digest", "right")) as mail:
        login = {"username": "digest", "password": "right"}
        assert offered(mail, "ada", **login)["ada"][0] == 250
        assert greet(server(mail, **login)) == "no TLS, logged in as digest"
        for use in (
            lambda wrong: deliver(wrong, envelopes("bob"), lambda _: None),
            greet,
        ):
            with pytest.raises(MailRefusedError, match="refuses the login: 535") as caught:
                use(server(mail, username="digest", password="wr0ng"))
            assert "wr0ng" not in str(caught.value) + repr(server(mail, password="wr0ng"))
        assert len(mail.received) == 1


def test_no_starttls(mail: MailStandIn) -> None:
    """Where STARTTLS is asked for and not offered, neither password nor mail is sent."""
    demanding = server(mail, security="starttls", username="digest", password="secret")
    with pytest.raises(MailRefusedError, match="offers no STARTTLS, and nothing is sent in clear"):
        deliver(demanding, envelopes("ada"), lambda _: None)
    assert mail.received == []


@pytest.fixture
def certificate(tmp_path: Path) -> ssl.SSLContext:
    """A certificate that nobody has reason to trust."""
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl command to make a certificate")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=elsewhere"]
    subprocess.run(
        ["openssl", "req", *options, "-keyout", key, "-out", cert], check=True, capture_output=True
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    return context


def test_an_untrusted_certificate(certificate: ssl.SSLContext) -> None:
    """A certificate that is not to be trusted ends it before login and mail."""
    with MailStandIn(tls=certificate, login=("digest", "secret")) as mail:
        careful = server(mail, security="starttls", username="digest", password="secret")
        with pytest.raises(MailRefusedError, match="no certificate that can be trusted"):
            deliver(careful, envelopes("ada"), lambda _: None)
        assert mail.received == []


def test_the_sender_is_refused() -> None:
    """A server that does not want the sender at all is a matter of the settings, not of readers."""
    with MailStandIn(login=("digest", "secret")) as mail:
        outcomes: list[Outcome] = []
        with pytest.raises(MailRefusedError, match="check DIGEST_MAIL_FROM"):
            deliver(server(mail), envelopes("ada"), outcomes.append)
        assert outcomes == []


def test_the_rate(mail: MailStandIn) -> None:
    """With a rate the messages are spread over all connections alike."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    limited = server(mail, rate=60.0, connections=2)
    deliver(limited, envelopes(*"abcdef"), lambda _: None, pause=pause)
    assert len(mail.received) == 6
    assert len(pauses) == 5
    assert max(pauses) == pytest.approx(5, abs=1)


def test_what_cannot_be_recorded_stops_it(mail: MailStandIn) -> None:
    """Where an outcome cannot be recorded no further message is offered."""

    def fail(_: Outcome) -> None:
        raise MailRefusedError("the disk is full")

    with pytest.raises(MailRefusedError, match="the disk is full"):
        deliver(server(mail, connections=1), envelopes(*"abcdef"), fail)
    assert len(mail.received) == 1


@pytest.mark.parametrize(("smtputf8", "code"), [(True, 250), (False, 553)])
def test_addresses_beyond_ascii(*, smtputf8: bool, code: int) -> None:
    """A local part beyond ASCII needs SMTPUTF8; without it that one message cannot be sent."""
    with MailStandIn(smtputf8=smtputf8) as mail:
        outcomes = offered(mail, "zoë", "bob", connections=1)
        assert (outcomes["zoë"][0], outcomes["bob"][0]) == (code, 250)


def test_long_and_odd_words(mail: MailStandIn) -> None:
    """The server's words are kept on one line of bounded length."""
    mail.recipient_reply = lambda _: "550 " + "no way " * 60
    code, reply = offered(mail, "ada")["ada"]
    assert code == 550
    assert len(reply) <= 301
    assert "\n" not in reply
