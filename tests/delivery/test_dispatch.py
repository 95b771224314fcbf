"""Messages handed to a real SMTP server that accepts, refuses, and breaks off."""

import contextlib
import itertools
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from builders import at_once, envelopes

from digest.delivery.connection import MailServer
from digest.delivery.dispatch import GRACE, dispatch
from digest.delivery.hearing import Hearing
from digest.delivery.meaning import Concern
from digest.delivery.rehearsal import rehearse
from digest.delivery.transaction import Envelope, Outcome
from digest.delivery.wire import ready
from digest.errors import MailDeferredError, MailRefusedError, StoppedError
from digest.standin.mailserver import BREAK_OFF, SILENCE, MailStandIn, Received
from digest.stopping import Lifetime

DATA = b"Subject: x\r\n\r\nhello\r\n.\r\n..two\r\nend\r\n"


def server(mail: MailStandIn, **changes: object) -> MailServer:
    """How to reach the stand-in."""
    values: dict[str, object] = {"host": "127.0.0.1", "port": mail.port, "security": "none"}
    return MailServer(**(values | changes))  # type: ignore[arg-type]


def greet(to: MailServer) -> str:
    """Rehearses with a sender and a recipient that nobody minds."""
    return rehearse(to, "digest@example.org", "ada@example.org")


def offered(mail: MailStandIn, *names: str, **changes: object) -> dict[str, tuple[int, str]]:
    """Delivers to these; the reply code and words for each."""
    outcomes: list[Outcome] = []
    dispatch(server(mail, **changes), envelopes(*names, data=DATA), outcomes.extend, pause=at_once)
    return {o.envelope.key.partition("@")[0]: (o.code, o.reply) for o in outcomes}


@pytest.fixture(params=[True, False], ids=["pipelining", "one by one"])
def mail(request: pytest.FixtureRequest) -> Iterator[MailStandIn]:
    """A mail server that takes everything, with PIPELINING and without."""
    with MailStandIn(pipelining=request.param) as running:
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
    with contextlib.suppress(MailDeferredError):
        dispatch(server(mail), envelopes("ada"), outcomes.extend, pause=at_once)
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

    dispatch(
        server(mail, connections=1),
        supply(),
        lambda came: log.extend(f"record {one.envelope.key[:3]}" for one in came),
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
            dispatch(away, envelopes("ada", "bob"), outcomes.extend)
        assert outcomes == []
        with pytest.raises(MailDeferredError, match="DIGEST_SMTP_HOST and DIGEST_SMTP_PORT"):
            greet(away)


def test_login() -> None:
    """With the right password it goes through; with a wrong one nothing is sent or shown."""
    with MailStandIn(login=("digest", "right")) as mail:
        login = {"username": "digest", "password": "right"}
        assert offered(mail, "ada", **login)["ada"][0] == 250
        assert greet(server(mail, **login)).startswith("no TLS, logged in as digest, greeted as ")
        for use in (
            lambda wrong: dispatch(wrong, envelopes("bob"), lambda _: None),
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
        dispatch(demanding, envelopes("ada"), lambda _: None)
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
            dispatch(careful, envelopes("ada"), lambda _: None)
        assert mail.received == []


def test_the_sender_is_refused() -> None:
    """A server that does not want the sender at all is a matter of the settings, not of readers."""
    with MailStandIn(login=("digest", "secret")) as mail:
        outcomes: list[Outcome] = []
        with pytest.raises(MailRefusedError, match=r"530 5\.7\.0 .*; set DIGEST_SMTP_USERNAME"):
            dispatch(server(mail), envelopes("ada", "bob"), outcomes.extend)
        assert {one.concern for one in outcomes} == {Concern.SERVER}


def test_the_rate(mail: MailStandIn) -> None:
    """With a rate the messages are spread over all connections alike."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    limited = server(mail, rate=60.0, connections=2)
    dispatch(limited, envelopes(*"abcdef"), lambda _: None, pause=pause)
    assert len(mail.received) == 6
    assert len(pauses) == 5
    assert max(pauses) == pytest.approx(5, abs=1)


def test_what_cannot_be_recorded_stops_it(mail: MailStandIn) -> None:
    """Where an outcome cannot be recorded no further message is offered."""

    def fail(_: Sequence[Outcome]) -> None:
        raise MailRefusedError("the disk is full")

    with pytest.raises(MailRefusedError, match="the disk is full"):
        dispatch(server(mail, connections=1), envelopes(*"abcdef"), fail)
    assert len(mail.received) == 1


@pytest.mark.parametrize(("smtputf8", "code"), [(True, 250), (False, 553)])
def test_addresses_beyond_ascii(*, smtputf8: bool, code: int) -> None:
    """A local part beyond ASCII needs SMTPUTF8; without it that one message waits, for no fault."""
    with MailStandIn(smtputf8=smtputf8) as mail:
        outcomes: list[Outcome] = []
        hearing = Hearing()
        readers = envelopes("zoë", "bob")
        dispatch(server(mail, connections=1), readers, outcomes.extend, hearing=hearing)
        assert [one.code for one in outcomes] == [code, 250]
        assert (outcomes[0].concern is Concern.SERVER) is not smtputf8
        words = "no SMTPUTF8, which the address zoë@example.org needs; give the reader"
        assert [words in str(one) for one in hearing.failures("x")] == [True] * (not smtputf8)


@pytest.mark.parametrize("smtputf8", [True, False])
def test_a_sender_beyond_ascii(*, smtputf8: bool) -> None:
    """A sender whose local part is beyond ASCII needs SMTPUTF8 too: no reader is blamed."""
    sender = "zoë@example.org"
    to = Envelope("ada", "<1@x>", sender, "ada@example.org", "x", lambda: (ready(DATA),))
    with MailStandIn(smtputf8=smtputf8) as mail:
        outcomes: list[Outcome] = []
        if smtputf8:
            dispatch(server(mail), iter([to]), outcomes.extend)
            assert [one.sender for one in mail.received] == [sender]
        else:
            with pytest.raises(MailRefusedError, match=f"no SMTPUTF8, which the sender {sender}"):
                dispatch(server(mail), iter([to]), outcomes.extend)
            assert (outcomes, mail.received) == ([], [])


@pytest.mark.parametrize("smtputf8", [True, False])
def test_a_head_beyond_ascii(*, smtputf8: bool) -> None:
    """A message with UTF-8 in its head is not sent to a server that does not know of it."""
    data = "From: zoë@example.org\r\n\r\nhello\r\n".encode()
    with MailStandIn(smtputf8=smtputf8) as mail:
        outcomes, words = gone(mail, "ada", data=data)
        assert [one.code for one in outcomes] == [250] * smtputf8
        assert [one.data for one in mail.received] == [data] * smtputf8
        assert smtputf8 or "no SMTPUTF8, which the address in From needs" in words


def test_long_and_odd_words(mail: MailStandIn) -> None:
    """The server's words are kept on one line of bounded length."""
    mail.recipient_reply = lambda _: "550 " + "no way " * 60
    code, reply = offered(mail, "ada")["ada"]
    assert code == 550
    assert len(reply) <= 301
    assert "\n" not in reply


def gone(
    mail: MailStandIn, *names: str, data: bytes = DATA, **changes: object
) -> tuple[list[Outcome], str]:
    """Delivers to a server that goes wrong: the outcomes, and what is said in the end."""
    outcomes: list[Outcome] = []
    words = ""
    readers = envelopes(*names, data=data)
    try:
        dispatch(server(mail, **changes), readers, outcomes.extend, pause=at_once)
    except (MailDeferredError, MailRefusedError) as error:
        words = str(error)
    return outcomes, words


def on_the(nth: int, verb: str, reply: str) -> Callable[[str], str | None]:
    """Has the nth command of a kind answered so, the others as ever."""
    seen: Counter[str] = Counter()

    def answer(command: str) -> str | None:
        seen[command] += 1
        return reply if command == verb and seen[command] == nth else None

    return answer


def test_unavailable_at_the_greeting(mail: MailStandIn) -> None:
    """421 in place of a greeting: nothing is offered, and it is a matter of time."""
    mail.command_reply = lambda verb: "421 4.3.2 busy" if verb == "" else None
    outcomes, words = gone(mail, "ada", "bob")
    assert outcomes == []
    assert "says not now: 421 4.3.2 busy" in words


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize("reply", ["421 4.3.2 closing down", BREAK_OFF])
def test_cut_off_in_the_middle(mail: MailStandIn, verb: str, reply: str) -> None:
    """A message whose connection ends before it was given away goes over the next one."""
    mail.command_reply = on_the(2, verb, reply)
    outcomes, words = gone(mail, "ada", "bob", "cyd", connections=1)
    codes = {o.envelope.key[:3]: o.code for o in outcomes}
    nobody_knows = reply == BREAK_OFF and verb == "."
    assert codes == {"ada": 250, "bob": 0 if nobody_knows else 250, "cyd": 250}
    assert words == ""
    assert mail.connections == 2


def test_cut_off_again_and_again(mail: MailStandIn) -> None:
    """A server that ends connection after connection is left alone, and what is left waits."""
    mail.command_reply = lambda verb: "421 4.3.2 closing" if verb == "MAIL" else None
    outcomes, words = gone(mail, "ada", "bob", "cyd", connections=1)
    assert {o.code for o in outcomes} <= {421}
    assert mail.connections == 3
    assert "ended 3 connections in a row, the last one with: 421 4.3.2 closing" in words
    assert "what is left waits for the next run" in words


def test_no_reply_to_the_data(mail: MailStandIn) -> None:
    """A server that takes the data and never replies holds up neither us nor every message."""
    mail.data_reply = lambda _: SILENCE
    names = [f"reader{n}" for n in range(20)]
    outcomes, words = gone(mail, *names, connections=2, timeout=0.1)
    assert {(o.code, o.uncertain) for o in outcomes} == {(0, True)}
    assert len(outcomes) == len(mail.received) == 6
    assert "ended 3 connections in a row" in words


def test_the_message_itself_has_more_time(mail: MailStandIn) -> None:
    """A server that looks through a message for longer than other replies may take has it once."""

    def look(_: Received) -> None:
        threading.Event().wait(0.3)

    mail.data_reply = look
    assert offered(mail, "ada", connections=1, timeout=0.1)["ada"][0] == 250
    assert len(mail.received) == 1


def test_one_connection_more_than_allowed(mail: MailStandIn) -> None:
    """Where further connections are refused for good, the first one goes on."""
    greetings = itertools.count()

    def reply(verb: str) -> str | None:
        return "554 5.7.0 too many connections" if verb == "" and next(greetings) else None

    mail.command_reply = reply
    names = [f"reader{n}" for n in range(30)]
    outcomes = offered(mail, *names, connections=4)
    assert {code for code, _ in outcomes.values()} == {250}
    assert len(outcomes) == 30


def test_smtputf8_refused_for_one(mail: MailStandIn) -> None:
    """A server that refuses SMTPUTF8 after all refuses the one address that needs it."""

    def reply(verb: str) -> str | None:
        refused = verb == "MAIL" and b"SMTPUTF8" in mail.lines[-1]
        return "550 5.6.7 no SMTPUTF8 here" if refused else None

    mail.command_reply = reply
    outcomes = offered(mail, "zoë", "bob", connections=1)
    assert (outcomes["zoë"][0], outcomes["bob"][0]) == (550, 250)


def test_closed_after_every_message(mail: MailStandIn) -> None:
    """A server that wants a connection for each message gets one for each."""
    mail.one_each = True
    outcomes, words = gone(mail, *"abcdef", connections=2)
    assert [o.code for o in outcomes] == [250] * 6
    assert words == ""
    assert mail.connections >= 6
    assert len({one.recipients for one in mail.received}) == len(mail.received) == 6


def test_closed_before_any_message(mail: MailStandIn) -> None:
    """A server that lets us in and hangs up is not called for ever."""
    mail.command_reply = lambda verb: BREAK_OFF if verb == "MAIL" else None
    outcomes, words = gone(mail, "ada", connections=2)
    assert mail.received == []
    assert [o.code for o in outcomes] == [0]
    assert words == "" or "in a row" in words


@pytest.mark.parametrize("verb", ["AUTH", "STARTTLS", "EHLO"])
def test_not_now_before_the_mail(certificate: ssl.SSLContext, verb: str) -> None:
    """A rate limit at login, or TLS that is not available: later, and nothing in clear."""
    with MailStandIn(login=("digest", "secret"), tls=certificate) as mail:
        mail.command_reply = lambda command: "454 4.7.0 not now" if command == verb else None
        security = "none" if verb == "AUTH" else "starttls"
        outcomes, words = gone(mail, "ada", security=security, username="digest", password="secret")
        assert outcomes == []
        assert "says not now: 454 4.7.0 not now" in words
        sent = b"".join(mail.lines)
        assert verb == "AUTH" or b"AUTH" not in sent


def test_tls_that_breaks(certificate: ssl.SSLContext) -> None:
    """A handshake that comes to nothing: no password, no mail."""
    with MailStandIn(login=("digest", "secret"), tls=certificate) as mail:
        mail.command_reply = lambda command: BREAK_OFF if command == "STARTTLS" else None
        outcomes, words = gone(
            mail, "ada", security="starttls", username="digest", password="secret"
        )
        assert outcomes == []
        assert "cannot be reached" in words
        assert [line.partition(b" ")[0] for line in mail.lines] == [b"EHLO", b"STARTTLS"]


def test_another_name_in_the_certificate(
    certificate: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate that is trusted, and is another server's, is none."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    with MailStandIn(login=("digest", "secret"), tls=certificate) as mail:
        careful = server(
            mail, host="localhost", security="starttls", username="digest", password="secret"
        )
        with pytest.raises(MailRefusedError, match="is the name in its certificate") as caught:
            dispatch(careful, envelopes("ada"), lambda _: None)
        assert "localhost" in str(caught.value)
        assert mail.received == []
        assert b"AUTH" not in b"".join(mail.lines)


def test_over_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a certificate to be trusted all goes through STARTTLS, the messages too."""
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl command to make a certificate")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    options += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(["openssl", "req", *options], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    with MailStandIn(login=("digest", "secret"), tls=context) as mail:
        login = {"security": "starttls", "username": "digest", "password": "secret"}
        safe = server(mail, host="localhost", **login)
        assert greet(safe).startswith("TLS, logged in as digest, ")
        big = DATA + b"a line that is there for the sake of length\r\n" * 3000
        outcomes: list[Outcome] = []
        dispatch(safe, envelopes(*"abcdefgh", data=big), outcomes.extend)
        assert [o.code for o in outcomes] == [250] * 8
        assert [one.data for one in mail.received] == [big] * 8
        assert [line for line in mail.lines if line.startswith(b"STARTTLS")]


def test_a_server_of_the_old_kind(mail: MailStandIn) -> None:
    """A server that knows no EHLO is greeted with HELO."""
    mail.command_reply = lambda verb: "502 5.5.1 what?" if verb == "EHLO" else None
    outcomes, _ = gone(mail, "ada")
    assert [o.code for o in outcomes] == [250]


def test_a_reply_that_is_none(mail: MailStandIn) -> None:
    """Words without a code are no reply; after the data nobody knows what they mean."""
    mail.command_reply = lambda verb: "hello there" if verb == "." else None
    outcomes, _ = gone(mail, "ada")
    assert [(o.code, o.uncertain) for o in outcomes] == [(0, True)]


def test_a_message_in_flight_has_its_time(mail: MailStandIn) -> None:
    """A run told to stop while a slow server looks at a message waits for its reply, once."""
    lifetime = Lifetime()

    def look(_: Received) -> None:
        lifetime.stop()
        threading.Event().wait(0.6)  # longer than it takes to see that it is to stop

    mail.data_reply = look
    outcomes: list[Outcome] = []
    target = server(mail, connections=1)
    with contextlib.closing(lifetime), pytest.raises(StoppedError):
        dispatch(target, envelopes("ada", "bob"), outcomes.extend, lifetime=lifetime)
    assert [(one.envelope.key, one.code) for one in outcomes] == [("ada@example.org", 250)]
    assert len(mail.received) == 1
    assert 3 < GRACE < 10, "more than a slow server takes, less than SIGTERM may"


def test_a_message_in_flight_has_no_longer(mail: MailStandIn) -> None:
    """Where no reply comes in that time either, the message has no outcome."""
    lifetime = Lifetime()

    def silent(_: Received) -> str:
        lifetime.stop()
        return SILENCE

    mail.data_reply = silent
    outcomes: list[Outcome] = []
    target = server(mail, connections=1)
    with contextlib.closing(lifetime), pytest.raises(StoppedError):
        dispatch(target, envelopes("ada"), outcomes.extend, lifetime=lifetime, grace=0.1)
    assert outcomes == []


def test_a_name_that_takes_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that does not answer holds up no end."""
    release, asked = threading.Event(), threading.Event()
    lifetime = Lifetime()

    def slow(*_: object, **__: object) -> object:
        asked.set()
        lifetime.stop()
        release.wait(30)
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    began = time.monotonic()
    with pytest.raises(StoppedError):
        dispatch(
            MailServer("mail.example.org", 25, "none"),
            envelopes("ada"),
            lambda _: None,
            lifetime=lifetime,
            grace=0.2,
        )
    assert asked.is_set()
    assert time.monotonic() - began < 10
    release.set()
    lifetime.close()
