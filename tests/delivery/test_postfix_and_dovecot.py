"""The mail through a real Postfix into a real Dovecot, and read back by IMAP."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import ADA, BOB, paper, subscribers
from dkim_keys import key_settings, rsa_key, signer, verified
from installation import Lab, parsed
from opendkim import OPENDKIM, opendkim_says
from postfix_and_dovecot import PostOffice, missing, post_office

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

ADDED = {"Return-Path", "X-Original-To", "Delivered-To", "Received"}
"""The fields that Postfix puts before a message."""

READERS = subscribers(
    {"email": ADA, "name": "Zoë Ångström"},
    {"email": BOB, "name": 'Bob "the first", B.'},
    "zoë@example.org",
    "nobody@example.net",
)


@pytest.fixture(scope="module")
def office() -> Iterator[PostOffice]:
    """A post office for the tests of this file."""
    with post_office() as running:
        yield running


def test_what_is_sent_is_what_is_read(lab: Lab, office: PostOffice, tmp_path: Path) -> None:
    """Each mail is read by IMAP byte for byte as it was composed, whole, and its signature good.

    A name and a local part beyond ASCII included. What cannot be delivered comes back to the
    address for bounces.
    """
    lab.subscribe(READERS)
    lab.publish(
        paper(1, "Über time series: $\\alpha$ → 0", abstract=".\n..\nFrom here on " + "x" * 3000),
        *(paper(n, abstract="A time series of samples. " * 40) for n in range(2, 40)),
    )
    lab.environment |= key_settings(lab.home, rsa_key(2048)) | {
        "DIGEST_SMTP_PORT": str(office.smtp),
        "DIGEST_MAIL_RETURN_PATH": "bounces@example.org",
    }
    done = lab.run("send", "--preview", str(tmp_path / "sent"))
    assert done.status == 0, done.err + office.log()
    for address in ("ada@example.org", "bob@example.net", "zoë@example.org"):
        (read,) = office.received(address)
        sent = (tmp_path / "sent" / f"{address}.eml").read_bytes()
        assert read.endswith(sent)
        before = parsed(read[: -len(sent)] + b"\r\n")
        assert set(before) <= ADDED
        assert before["Return-Path"] == "<bounces@example.org>"
        message = parsed(read)
        assert not [defect for each in message.walk() for defect in each.defects]
        kinds = [each.get_content_type() for each in message.walk()]
        assert kinds == ["multipart/alternative", "text/plain", "text/html"]
        assert verified(read, signer(rsa_key(2048)))
        if OPENDKIM:
            assert "verification (s=digest2026, d=example.org, 2048-bit key) succeeded" in (
                opendkim_says(read, signer(rsa_key(2048)), tmp_path)
            )
    (bounce,) = office.received("bounces@example.org")
    assert parsed(bounce).get_content_type() == "multipart/report"
    assert b"Final-Recipient: rfc822; nobody@example.net" in bounce


@pytest.mark.parametrize("name", ["vm", "my_host", "büro"])
def test_a_server_that_minds_names(
    lab: Lab, office: PostOffice, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Whatever this machine is called, a Postfix that wants full names takes the greeting."""
    monkeypatch.setattr(socket, "gethostname", lambda: name)
    monkeypatch.setattr(socket, "getfqdn", lambda: name)
    port = {"DIGEST_SMTP_PORT": str(office.smtp)}
    done = lab.run("check", "--mail-to", "trial@example.org", **port)
    assert done.status == 0, done.out + office.log()
    assert "greeted as [127.0.0.1]" in done.out
