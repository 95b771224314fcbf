"""The login, as lines and replies: what is said, and what is never said."""

import base64
import hmac
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.login import Said, log_in
from digest.errors import DigestError, MailDeferredError, MailRefusedError

NAME, PASSWORD = "papers", "geheimnis"


def b64(text: str) -> str:
    """The text in base64."""
    return base64.b64encode(text.encode()).decode()


PLAIN = b64(f"\0{NAME}\0{PASSWORD}")
ASKS_NAME, ASKS_PASSWORD = (334, b64("Username:")), (334, b64("Password:"))


def exchange(offered: Sequence[str], answer: Callable[[list[str]], Said]) -> list[str]:
    """The lines that are said to a server that answers so, given all lines so far."""
    said: list[str] = []
    lines = log_in("the server", offered, NAME, PASSWORD)
    try:
        line = next(lines)
        while True:
            said.append(line.decode())
            line = lines.send(answer(said))
    except StopIteration:
        return said


def replies(*these: Said) -> Callable[[list[str]], Said]:
    """Answers with one after the other."""
    return lambda said: these[len(said) - 1]


@pytest.mark.parametrize(
    ("offered", "answers", "lines"),
    [
        pytest.param(["PLAIN", "LOGIN"], [(235, "ok")], [f"AUTH PLAIN {PLAIN}"], id="PLAIN"),
        pytest.param(
            ["plain"],
            [(334, ""), (235, "ok")],
            [f"AUTH PLAIN {PLAIN}", PLAIN],
            id="PLAIN, asked once more",
        ),
        pytest.param(
            ["PLAIN"],
            [(501, "syntax"), (334, ""), (235, "ok")],
            [f"AUTH PLAIN {PLAIN}", "AUTH PLAIN", PLAIN],
            id="PLAIN without an initial response",
        ),
        pytest.param(
            ["LOGIN", "XOAUTH2"],
            [ASKS_NAME, ASKS_PASSWORD, (235, "ok")],
            ["AUTH LOGIN", b64(NAME), b64(PASSWORD)],
            id="LOGIN",
        ),
        pytest.param(
            ["LOGIN"],
            [(334, "Username:"), (334, ""), (235, "ok")],
            ["AUTH LOGIN", b64(NAME), b64(PASSWORD)],
            id="LOGIN in odd words",
        ),
        pytest.param(
            ["PLAIN", "LOGIN"],
            [(504, "no"), (504, "no"), ASKS_NAME, ASKS_PASSWORD, (235, "ok")],
            [f"AUTH PLAIN {PLAIN}", "AUTH PLAIN", "AUTH LOGIN", b64(NAME), b64(PASSWORD)],
            id="LOGIN, PLAIN being offered and unknown",
        ),
        pytest.param(
            ["CRAM-MD5"],
            [(334, b64("<1@x>")), (235, "ok")],
            [
                "AUTH CRAM-MD5",
                b64(f"{NAME} {hmac.new(PASSWORD.encode(), b'<1@x>', 'md5').hexdigest()}"),
            ],
            id="CRAM-MD5",
        ),
    ],
)
def test_ways_in(offered: list[str], answers: list[Said], lines: list[str]) -> None:
    """Each mechanism is spoken as servers want it, those of the strict and odd kinds too."""
    assert exchange(offered, replies(*answers)) == lines


def test_a_refused_password_is_said_once() -> None:
    """After 535 nothing else is tried with the same password, whatever is offered."""
    said: list[str] = []

    def no(lines: list[str]) -> Said:
        said[:] = lines
        return 535, "5.7.8 no"

    with pytest.raises(
        MailRefusedError, match=r"refuses the login: 535 5\.7\.8 no; check"
    ) as caught:
        exchange(["PLAIN", "LOGIN", "CRAM-MD5"], no)
    assert len(said) == 1
    assert caught.value.code == 535


@pytest.mark.parametrize("code", [421, 432, 454])
def test_not_now(code: int) -> None:
    """A 4yz puts it off, and nothing else is tried."""
    with pytest.raises(MailDeferredError, match=f"says not now: {code} busy"):
        exchange(["PLAIN", "LOGIN"], replies((code, "busy")))


@pytest.mark.parametrize(
    ("offered", "words"),
    [
        ([], "offers no login here.*DIGEST_SMTP_USERNAME is set"),
        (["XOAUTH2"], "it offers XOAUTH2, and digest knows PLAIN, LOGIN or CRAM-MD5"),
        (["xoauth2", "GSSAPI"], "it offers XOAUTH2, GSSAPI, and"),
    ],
)
def test_nothing_in_common(offered: list[str], words: str) -> None:
    """Where there is no common mechanism nothing is said, and the error names what is offered."""
    with pytest.raises(MailRefusedError, match=words):
        exchange(offered, replies())


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ((530, "5.7.0 Must issue a STARTTLS command first"), "set DIGEST_SMTP_SECURITY"),
        ((538, "5.7.11 Encryption required"), "set DIGEST_SMTP_SECURITY"),
        ((534, "5.7.9 Application-specific password required"), "make an app password"),
        ((535, "5.7.8 Username and Password not accepted. BadCredentials"), "app password"),
        (
            (535, "5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled"),
            "SMTP AUTH",
        ),
        ((535, "5.7.30 Basic authentication is not supported"), "allow Authenticated SMTP"),
        ((503, "5.5.1 Error: authentication not enabled"), "leave DIGEST_SMTP_USERNAME"),
    ],
)
def test_advice(said: Said, words: str) -> None:
    """The advice follows from the code, and from the words that large providers add to it."""
    with pytest.raises(MailRefusedError, match=words):
        exchange(["PLAIN"], replies(said))


@pytest.mark.parametrize(
    ("offered", "answers"),
    [
        pytest.param("PLAIN", [(334, ""), (334, "more"), (501, "")], id="PLAIN without an end"),
        pytest.param("LOGIN", [ASKS_NAME, ASKS_NAME, (501, "")], id="the user name twice"),
        pytest.param("LOGIN", [ASKS_PASSWORD, (501, "")], id="the password first"),
        pytest.param("LOGIN", [ASKS_NAME, ASKS_PASSWORD, (334, "?"), (501, "")], id="a third"),
        pytest.param("CRAM-MD5", [(334, "no base64!"), (501, "")], id="a challenge that is none"),
    ],
)
def test_odd_continuations(offered: str, answers: list[Said]) -> None:
    """A question that the mechanism does not have is answered with `*`, and told."""
    said: list[str] = []

    def answer(lines: list[str]) -> Said:
        said[:] = lines
        return answers[len(lines) - 1]

    with pytest.raises(MailRefusedError, match="asks for something in the login"):
        exchange([offered], answer)
    assert said[-1] == "*"
    assert len(said) == len(answers)


@given(
    st.lists(st.sampled_from(["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"]), unique=True),
    st.lists(
        st.tuples(
            st.sampled_from([235, 250, 334, 354, 421, 454, 500, 501, 503, 504, 530, 534, 535]),
            st.sampled_from(["", PASSWORD, PLAIN, b64(PASSWORD), b64("User:"), b64("Pass"), "ü\n"]),
        ),
        min_size=20,
        max_size=20,
    ),
)
def test_whatever_a_server_answers(offered: list[str], answers: list[Said]) -> None:
    """It comes to an end, says the password after no 535, and never shows it in an error."""
    said: list[str] = []

    def answer(lines: list[str]) -> Said:
        said[:] = lines
        return answers[len(lines) - 1]

    words = ""
    try:
        exchange(offered, answer)
    except DigestError as error:
        words = str(error)
    assert not [form for form in (PASSWORD, PLAIN, b64(PASSWORD)) if form in words]
    codes = [code for code, _ in answers[: len(said)]]
    assert 535 not in codes[:-1]
    assert len(said) <= 9
