"""A digest as a message: RFC 5322, and nothing of one reader in another's."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from builders import START
from hypothesis import given, settings
from hypothesis import strategies as st
from installation import part

from digest.mail.message import (
    Sender,
    Shared,
    envelope_address,
    message_id,
    recipient_head,
    share,
    shared_lines,
)
from digest.model.address import address

SENDER = Sender("Paper digest <digest@example.org>")
HTML = "<p>Some text</p>\n"
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=120)


def whole(shared: Shared, *, to: str = "ada@example.org", name: str = "") -> bytes:
    """The message of one reader."""
    reader = address(to)
    identifier = message_id(reader.key, shared.edition, SENDER)
    own = recipient_head(name, reader, identifier)
    return own.encode() + shared_lines(shared.head, shared.body)


def parsed(data: bytes) -> EmailMessage:
    """The message as Python's parser reads it, without a defect."""
    message = message_from_bytes(data, policy=policy.SMTPUTF8)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def test_headers() -> None:
    """Every header that the reader and their mail system need, once, and none that lies."""
    sender = Sender("Paper digest <digest@example.org>", reply_to="Ada <ada@lab.example>")
    message = parsed(whole(share("A subject", "text\n", HTML, sender, START), name="Ada Lovelace"))
    assert {name: str(value) for name, value in message.items() if name != "Message-ID"} == {
        "To": "Ada Lovelace <ada@example.org>",
        "Subject": "A subject",
        "From": "Paper digest <digest@example.org>",
        "Reply-To": "Ada <ada@lab.example>",
        "Date": "Mon, 16 Nov 2026 07:00:00 +0000",
        "List-Id": "<arxiv-digest.example.org>",
        "List-Unsubscribe": "<mailto:ada@lab.example?subject=unsubscribe>",
        "Auto-Submitted": "auto-generated",
        "Precedence": "bulk",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }
    assert len(message.keys()) == 12
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.org>", message["Message-ID"])


def test_parts() -> None:
    """Plain text first, then HTML, as alternatives."""
    message = parsed(whole(share("x", "text\n", HTML, SENDER, START)))
    assert message.get_content_type() == "multipart/alternative"
    kinds = [part.get_content_type() for part in message.iter_parts()]
    assert kinds == ["text/plain", "text/html"]


def test_list_id_of_the_operator() -> None:
    """A list identifier that is set is the one that is sent."""
    sender = Sender("digest@example.org", list_id="Papers <papers.lab.example>")
    message = parsed(whole(share("x", "y\n", HTML, sender, START)))
    assert message["List-Id"] == "<papers.lab.example>"


def test_message_id() -> None:
    """The same for the same digest of the same reader; another for all else."""
    one, other = (share(subject, "y\n", HTML, SENDER, START) for subject in ("one", "other"))
    again = share("one", "y\n", HTML, SENDER, START)
    assert one == again
    names = {
        message_id(key, shared.edition, SENDER)
        for key in ("ada@example.org", "bob@example.org")
        for shared in (one, other, again)
    }
    assert len(names) == 4


@settings(max_examples=200, deadline=None)
@given(TEXT, TEXT, TEXT, TEXT)
def test_whatever_stands_in_it(subject: str, text: str, html: str, name: str) -> None:
    """No text makes a header, ends a line too late, or is changed on the way."""
    display = " ".join(name.split())
    shared = share(subject, text, html, SENDER, START)
    data = whole(shared, name=display if display.isprintable() else "")
    assert data.isascii()
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r" not in data.replace(b"\r\n", b"")
    assert max(map(len, data.split(b"\r\n"))) <= 998
    message = parsed(data)
    assert len(message.keys()) == 12
    if subject.isprintable():
        assert "".join(str(message["Subject"]).split()) == "".join(subject.split())
    if display.isprintable():
        shown = message["To"].addresses[0].display_name
        assert "".join(shown.split()) == "".join(display.split())
    assert message["To"].addresses[0].addr_spec == "ada@example.org"
    for kind, given_text in (("plain", text), ("html", html)):
        if given_text.isprintable():
            stuffed = kind == "plain" and given_text.startswith((" ", ">", "From "))
            assert part(message, kind).rstrip("\n") == " " * stuffed + given_text


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(["From ", "From", "\n", " ", "é" * 9, "x" * 70, "=", ">"]), max_size=20
    ),
    st.lists(st.sampled_from(["From ", "<p>", "\n", "x" * 70, "x" * 900]), max_size=9),
)
def test_no_line_is_taken_for_an_envelope(pieces: list[str], marks: list[str]) -> None:
    """No line begins with `From `, which mailboxes in one file change; nothing else is altered."""
    text, html = "".join([*pieces, "\n"]), "".join([*marks, "\n"])
    data = whole(share("x", text, html, SENDER, START))
    assert b"\nFrom " not in data.partition(b"\r\n\r\n")[2]
    assert max(map(len, data.split(b"\r\n"))) <= 998
    message = parsed(data)
    for each in message.walk():
        if each["Content-Transfer-Encoding"] == "quoted-printable":
            assert max(map(len, str(each.get_payload()).splitlines()), default=0) <= 76
    assert re.sub(r"(?m)^ (?=[ >]|From )", "", part(message, "plain")) == text
    assert part(message, "html") == html


def test_flowed() -> None:
    """The text part says that its lines flow, and stuffs those that would mislead (RFC 3676)."""
    text = "One that \ngoes on\n> no quote\n  indented\nFrom here\n-- \nfoot\n"
    message = parsed(whole(share("x", text, HTML, SENDER, START)))
    body = message.get_body(("plain",))
    assert body is not None
    assert body["Content-Type"].params["format"] == "flowed"
    assert part(message, "plain") == (
        "One that \ngoes on\n > no quote\n   indented\n From here\n-- \nfoot\n"
    )


@pytest.mark.parametrize(
    "name",
    [
        'Ada "the first" Lovelace',
        "back\\slash",
        "Lovelace, Ada",
        "Ada <eve@example.org>",
        "Zoë Ångström",
        "王若溪",
        "N" * 200,
        "Zoë " * 40,
    ],
)
def test_names(name: str) -> None:
    """A name is one name, whatever signs are in it; beyond ASCII it is encoded (RFC 2047)."""
    data = whole(share("x", "y\n", HTML, SENDER, START), name=name.strip())
    (recipient,) = parsed(data)["To"].addresses
    assert recipient.addr_spec == "ada@example.org"
    assert recipient.display_name.split() == name.split()


def test_domains_beyond_ascii() -> None:
    """A domain is sent in ASCII (RFC 5891); a local part that is not makes the head UTF-8."""
    shared = share("x", "y\n", HTML, SENDER, START)
    assert b"To: ada@xn--bcher-kva.example\r\n" in whole(shared, to="ada@bücher.example")
    assert envelope_address(address("ada@bücher.example")) == "ada@xn--bcher-kva.example"
    assert "To: zoë@xn--bcher-kva.example\r\n".encode() in whole(shared, to="zoë@bücher.example")


@pytest.mark.parametrize(
    "text", ["\r\n.\r\nMAIL FROM:<eve@example.org>\r\n", ".", "..", "From x\n"]
)
def test_dots(text: str) -> None:
    """A lone dot is text here; the SMTP client doubles it."""
    message = parsed(whole(share("x", text, HTML, SENDER, START)))
    assert part(message, "plain").strip() == text.replace("\r\n", "\n").strip()
