"""`digest check` at the mail server: as far as RSET, a test mail, and what it warns of."""

from pathlib import Path

import pytest
from builders import ADA
from installation import Lab, parsed, part
from scripted_server import Scripted


def verbs(lab: Lab) -> list[bytes]:
    """The commands that came to the mail server."""
    return [line.split(b" ")[0] for line in lab.mail.lines]


def line_of(out: str, name: str) -> str:
    """The line about one thing."""
    (found,) = (line for line in out.splitlines() if line.split(maxsplit=1)[1].startswith(name))
    return found


@pytest.mark.parametrize(
    ("settings", "recipient"),
    [({}, b"digest@example.org"), ({"DIGEST_OPERATOR": "op@example.org"}, b"op@example.org")],
)
def test_as_far_as_rset(lab: Lab, settings: dict[str, str], recipient: bytes) -> None:
    """The sender and the operator are named, and taken back; nothing is sent."""
    result = lab.run("check", **settings)
    assert result.status == 0, result.out
    assert verbs(lab) == [b"EHLO", b"MAIL", b"RCPT", b"RSET", b"QUIT"]
    assert lab.mail.lines[2] == b"RCPT TO:<" + recipient + b">"
    assert lab.mail.received == []
    assert f"takes mail from digest@example.org to {recipient.decode()}" in result.out


def test_the_return_path_is_the_sender(lab: Lab) -> None:
    """The sender that is tried is the one that bounces go to, as in every mail."""
    lab.run("check", DIGEST_MAIL_RETURN_PATH="bounces@example.org")
    assert lab.mail.lines[1] == b"MAIL FROM:<bounces@example.org>"


def test_without_a_sender(lab: Lab) -> None:
    """Where no sender is set there is nobody to name; the rest is tried all the same."""
    result = lab.run("check", DIGEST_MAIL_FROM="")
    assert result.status == 78
    assert line_of(result.out, "mail server").startswith("ok    mail server: 127.0.0.1:")
    assert verbs(lab) == [b"EHLO", b"QUIT"]


def test_a_test_mail(lab: Lab) -> None:
    """`--mail-to` sends one mail there, to that address alone, and changes nothing else."""
    result = lab.run("check", "--mail-to", ADA, DIGEST_OPERATOR="op@example.org")
    assert result.status == 0, result.out
    assert (
        line_of(result.out, "test mail")
        == f"ok    test mail: sent to {ADA}, and the server said 250 2.0.0 kept"
    )
    (received,) = lab.mail.received
    assert received.recipients == (ADA,)
    message = parsed(received.data)
    assert message["To"] == ADA
    assert message["From"] == "Paper digest <digest@example.org>"
    assert "test mail" in str(message["Subject"])
    assert "digest check --mail-to" in part(message, "plain")
    assert b"op@example.org" not in b"".join(lab.mail.lines)
    assert not lab.state.exists()


@pytest.mark.parametrize(
    ("verb", "reply", "status", "words"),
    [
        ("MAIL", "550 5.1.0 who", 69, "the sender digest@example.org: 550 5.1.0 who; check DIGEST"),
        ("MAIL", "451 4.3.0 later", 75, "now: 451 4.3.0 later; try again later"),
        ("MAIL", "530 5.7.0 Authentication Required", 69, "set DIGEST_SMTP_USERNAME"),
        ("MAIL", "530 5.7.0 Must issue a STARTTLS command first", 69, "set DIGEST_SMTP_SECURITY"),
        ("RCPT", "554 5.7.1 Relay access denied", 69, "set DIGEST_SMTP_USERNAME"),
        ("RCPT", "504 5.5.2 <vm>: Helo command rejected", 69, "set DIGEST_SMTP_HELO"),
        ("RCPT", "550 5.1.1 <op@example.org>: no such user", 69, "about this address: mend it"),
        ("RCPT", "554 5.0.0 go away", 69, "to op@example.org: 554 5.0.0 go away; if that is not"),
        ("RCPT", "550 5.4.5 Daily user sending limit exceeded", 75, "goes out with a later run"),
        ("RCPT", "450 4.2.0 greylisted", 75, "450 4.2.0 greylisted; try again later"),
        ("RCPT", "421 4.3.2 closing", 75, "421 4.3.2 closing"),
    ],
)
def test_what_is_refused(lab: Lab, verb: str, reply: str, status: int, words: str) -> None:
    """An objection to the sender, the recipient or the relay is told in the server's words."""
    lab.mail.command_reply = lambda command: reply if command == verb else None
    result = lab.run("check", DIGEST_OPERATOR="op@example.org")
    assert result.status == status
    told = line_of(result.out, "mail server")
    assert told.startswith("FAIL")
    assert words in told
    assert lab.mail.received == []


def test_a_sender_that_gets_no_mail(lab: Lab) -> None:
    """Without an operator the sender is tried; that it gets no mail is told, and no failure."""
    lab.mail.recipient_reply = lambda _: "550 5.1.1 no such user"
    result = lab.run("check")
    assert result.status == 0
    told = line_of(result.out, "mail server")
    assert "and none to it (550 5.1.1 no such user): what bounces is lost" in told
    assert verbs(lab) == [b"EHLO", b"MAIL", b"RCPT", b"RSET", b"QUIT"]


@pytest.mark.parametrize(("reply", "status"), [("554 5.7.1 spam", 69), ("451 4.3.0 later", 75)])
def test_a_test_mail_that_is_refused(lab: Lab, reply: str, status: int) -> None:
    """A server that says no after the message is told, with its words."""
    lab.mail.data_reply = lambda _: reply
    result = lab.run("check", "--mail-to", ADA)
    assert result.status == status
    assert line_of(result.out, "mail server").startswith("ok")
    assert reply in line_of(result.out, "test mail")


def test_a_password_is_refused_once(lab: Lab) -> None:
    """Where the server does not let us in, the test mail is not tried with the same password."""

    def answer(verb: str, _: int) -> str | None:
        refused = "535 5.7.8 no" if verb == "AUTH" else None
        return "250-localhost\r\n250 AUTH PLAIN LOGIN" if verb == "EHLO" else refused

    with Scripted(answer) as mail:
        login = {"DIGEST_SMTP_USERNAME": "papers", "DIGEST_SMTP_PASSWORD": "geheimnis"}
        result = lab.run("check", "--mail-to", ADA, DIGEST_SMTP_PORT=str(mail.port), **login)
    assert result.status == 69
    assert "refuses the login: 535 5.7.8 no" in line_of(result.out, "mail server")
    assert "test mail" not in result.out
    assert mail.heard == [["EHLO", "AUTH"]]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--mail-to", "nobody"), "'nobody' is no mail address"),
        (("--mail-to", "a@b.org\nRCPT TO:<c@d.org>"), "is no mail address"),
        (("--mail-to", ADA, "--offline"), "leave out --offline"),
    ],
)
def test_what_cannot_be_done(lab: Lab, options: tuple[str, ...], words: str) -> None:
    """A wrong `--mail-to` is an error of the command line, and nothing is tried."""
    result = lab.run("check", *options)
    assert result.status == 64
    assert words in result.err
    assert lab.mail.lines == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"DIGEST_SMTP_PORT": "465"}, "port 465 is for TLS from the first byte"),
        ({"DIGEST_SMTP_PORT": "587", "DIGEST_SMTP_SECURITY": "tls"}, "port 587 usually begins"),
        ({"DIGEST_SMTP_HOST": "mail.example.org"}, "goes to another machine in clear"),
        ({"DIGEST_SMTP_HELO": "my_host"}, "DIGEST_SMTP_HELO is my_host, which many servers refuse"),
    ],
)
def test_cautions(lab: Lab, settings: dict[str, str], words: str) -> None:
    """A setting that will cause trouble later gets a line of its own, and is no failure."""
    result = lab.run("check", "--offline", **settings)
    assert result.status == 0
    (warned,) = (line for line in result.out.splitlines() if line.startswith("warn"))
    assert words in warned


def test_no_caution(lab: Lab) -> None:
    """Where there is nothing to warn of there is no such line."""
    assert "warn" not in lab.run("check", "--offline").out


@pytest.mark.parametrize(
    ("name", "content", "setting"),
    [
        (".env", "DIGEST_SMTP_USERNAME=u\nDIGEST_SMTP_PASSWORD=geheimnis\n", {}),
        (
            "secret",
            "geheimnis\n",
            {"DIGEST_SMTP_USERNAME": "u", "DIGEST_SMTP_PASSWORD_FILE": "secret"},
        ),
    ],
)
def test_a_password_that_others_can_read(
    lab: Lab, name: str, content: str, setting: dict[str, str]
) -> None:
    """A file with the password that everybody can read is warned of, until it is not so."""
    path = Path(name)
    path.write_text(content)
    path.chmod(0o644)
    result = lab.run("check", "--offline", **setting)
    assert result.status == 0, result.out
    assert (
        f"{name} holds a secret, and everybody on this machine can read it: chmod 600" in result.out
    )
    assert "geheimnis" not in result.out + result.err
    path.chmod(0o600)
    assert "warn" not in lab.run("check", "--offline", **setting).out


def test_a_file_without_a_secret(lab: Lab) -> None:
    """A .env without a password in it may be read by everybody."""
    path = Path(".env")
    path.write_text("DIGEST_OPERATOR=op@example.org\n")
    path.chmod(0o644)
    assert "warn" not in lab.run("check", "--offline").out


@pytest.mark.parametrize("host", ["a" * 64 + ".example.org", "ü" * 62 + ".example.org"])
@pytest.mark.parametrize("command", [("check",), ("send",)])
def test_a_host_name_that_is_too_long(lab: Lab, host: str, command: tuple[str, ...]) -> None:
    """A label of more than 63 octets is a mistake in the configuration, told at once."""
    result = lab.run(*command, DIGEST_SMTP_HOST=host)
    assert result.status == 78
    assert "at most 63 characters between two dots" in result.err
    assert "Traceback" not in result.err
