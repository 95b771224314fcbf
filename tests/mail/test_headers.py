"""Header fields under whatever names, addresses and subjects there are (RFC 5322, 2047, 6532)."""

import re
import string
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.headerregistry import Address as Parsed
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime
from urllib.parse import unquote

import pytest
from builders import START, paper
from hypothesis import example, given, settings
from hypothesis import strategies as st
from installation import Lab, identifiers, parsed

from digest.cycle.composing import _RECIPIENT_LINES
from digest.mail.message import (
    LIMIT,
    Sender,
    _address_field,
    message_id,
    recipient_head,
    share,
    shared_lines,
)
from digest.model.address import LONGEST_NAME, address, is_name, mailbox
from digest.standin.mailserver import BREAK_OFF

HTML = "<p>Some text</p>\n"
FIELDS = [
    *("To", "Message-ID", "Subject", "From", "Reply-To", "Date", "List-Id", "List-Unsubscribe"),
    *("Auto-Submitted", "Precedence", "MIME-Version", "Content-Type"),
]

NASTY = st.sampled_from(
    [
        *("\r\nBcc: eve@example.org", "\n", "\x00", "\x1b[31m", "\u2028", "\x85", "\xa0", "\u200b"),
        *("=?utf-8?q?eve?=", "=?", "?=", '"', "\\", "<eve@example.org>", ",", ";", ":", "(", ")"),
        *("@", "é", "ß", "王", "🦉", "e\u0301", "\u202e", " ", "  ", "x" * 90, "é" * 40, "Ada"),
    ]
)
TEXTS = st.lists(NASTY | st.text(st.characters(codec="utf-8"), max_size=12), max_size=8).map(
    "".join
)
NAMES = TEXTS.filter(is_name).map(lambda text: " ".join(text.split())[:LONGEST_NAME].strip())
ATOM = st.text(string.ascii_letters + string.digits + "!#$%&'*+-/=?^_`{|}~", min_size=1)
LABEL = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=40)


def _is_address(text: str) -> bool:
    try:
        address(text)
    except ValueError:
        return False
    return True


ADDRESSES = st.builds(
    lambda local, domain: f"{local}@{'.'.join(domain)}",
    st.lists(ATOM.map(lambda atom: atom[:20]), min_size=1, max_size=3).map(".".join),
    st.lists(LABEL, min_size=1, max_size=4).map(lambda labels: [*labels, "example"]),
).filter(_is_address)
READERS = st.tuples(NAMES, ADDRESSES | st.just("ada@bücher.example"))


def _mailbox(name: str, to: str) -> str:
    quoted = re.sub(r'(["\\])', r"\\\1", name)
    return f'"{quoted}" <{to}>' if name else to


def _is_mailbox(text: str) -> bool:
    try:
        mailbox(text)
    except ValueError:
        return False
    return True


def _unused(data: bytes) -> EmailMessage:
    """The message as Python's own parser reads it."""
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def all_defects(message: EmailMessage) -> list[Exception]:
    """Returns the parser's objections to the message, its parts and its header fields."""
    return [
        defect
        for part in message.walk()
        for defects in (part.defects, *(value.defects for value in part.values()))
        for defect in defects
    ]


@settings(max_examples=200, deadline=None)
@given(data=READERS, senders=st.tuples(READERS, READERS), subject=TEXTS)
@example(
    data=("=?utf-8?q?eve?=", "a@b.example"),
    senders=(('a"b\\', "a@b.example"), ("x" * 100, "a@b.example")),
    subject="=?",
)
@example(
    data=("🦉" * 100, "a@b.example"),
    senders=(("é" * 100, "a@b.example"), ("", "a@b.example")),
    subject="y" * 1200,
)
def test_what_goes_in_comes_out(
    data: tuple[str, str], senders: tuple[tuple[str, str], tuple[str, str]], subject: str
) -> None:
    """Python's parser finds nothing to object to, and reads exactly what was put in."""
    (name, to), (own, other) = data, senders
    sender = Sender(_mailbox(*own), _mailbox(*other))
    shared = share(subject, "text\n", HTML, sender, START)
    reader = address(to)
    identifier = message_id(reader.key, shared.edition, sender)
    whole = recipient_head(name, reader, identifier).encode() + shared_lines(
        shared.head, shared.body
    )
    message = parsed(whole)
    assert all_defects(message) == []
    assert message.keys() == FIELDS
    assert message["Subject"] == " ".join(subject.split())
    for field, (display, mail) in (("To", data), ("From", own), ("Reply-To", other)):
        (found,) = message[field].addresses
        assert isinstance(found, Parsed)
        assert found.username == address(mail).text.split("@")[0]
        assert display_name(whole, field) == display
        if not _several_words(whole, field):
            assert found.display_name == display
        assert found.domain.encode("idna").decode() == address(mail).key.split("@")[1]
    assert message["Message-ID"] == identifier
    assert parsedate_to_datetime(message["Date"]) == START
    target = (
        message["List-Unsubscribe"].removeprefix("<mailto:").removesuffix("?subject=unsubscribe>")
    )
    assert unquote(target) == sender.answers
    _assert_bounded(whole)


def _raw(data: bytes, field: str) -> str:
    return str(message_from_bytes(data, policy=policy.compat32)[field])


def _several_words(data: bytes, field: str) -> bool:
    """Whether a name is in several encoded words, between which Python 3.11 puts spaces."""
    return _raw(data, field).count("=?utf-8?") > 1


def display_name(data: bytes, field: str) -> str:
    """The display name as Python's older parser reads it."""
    unfolded = _raw(data, field).replace("\r\n ", " ")
    return str(make_header(decode_header(parseaddr(unfolded)[0])))


def _assert_bounded(data: bytes) -> None:
    """Each line has 998 bytes at most, and 78 where it is made of pieces that allow it."""
    head = data.partition(b"\r\n\r\n")[0]
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r" not in data.replace(b"\r\n", b"")
    for line in head.split(b"\r\n"):
        assert line.strip()
        pieces = line.strip().split(b" ")
        assert len(line) <= 78 or max(map(len, pieces)) > 40 or len(pieces) < 3


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.text(max_size=40))
def test_a_mailbox_that_is_let_in_can_be_sent(name: str, rest: str) -> None:
    """Whatever is taken for a sender makes one field with one address."""
    written = f"{name} <{rest}@example.org>"
    if not _is_mailbox(written):
        return
    shared = share("x", "text\n", HTML, Sender(written), START)
    message = parsed(shared_lines(shared.head, shared.body))
    assert len(message["From"].addresses) == 1
    assert message.keys() == FIELDS[2:]


def test_a_name_has_an_end() -> None:
    """A sender's name of a hundred characters is taken, a longer one is refused."""
    assert mailbox(f"{'N' * 99}é <a@example.org>")[0] == "N" * 99 + "é"
    with pytest.raises(ValueError, match="the name has 101 characters; write at most 100"):
        mailbox(f"{'N' * 101} <a@example.org>")


@pytest.mark.parametrize("name", ["🦉" * 100, "N" * 100, '"' * 100])
def test_the_longest_reader_there_is(lab: Lab, name: str) -> None:
    """With the longest name and address a full digest is still below the limit."""
    local, domain = "l" * 64, ".".join(["d" * 60] * 3)
    lab.subscribe(
        "keywords: {Time Series: }\n"
        f"subscribers:\n  - email: {local}@{domain}.ex\n    name: '{name}'\n"
    )
    lab.publish(*(paper(n, abstract="A time series. " * 90) for n in range(90)))
    done = lab.run("send")
    assert done.status == 0, done.err
    (received,) = lab.mail.received
    assert len(received.data) <= LIMIT
    assert received.data.index(b"\r\nSubject: ") <= _RECIPIENT_LINES


def test_a_refused_sender_can_be_mended(lab: Lab) -> None:
    """A digest that waits because of its sender goes out from another one, whole."""
    lab.publish(paper(1))
    lab.mail.command_reply = lambda verb: "550 5.7.1 not yours" if verb == "MAIL" else None
    assert lab.run("send", "--to", "ada@example.org").status == 69
    lab.mail.command_reply = lambda _: None
    mended = lab.run("send", "--to", "ada@example.org", DIGEST_MAIL_FROM="papers@example.org")
    assert mended.status == 0
    (received,) = lab.mail.received
    assert received.sender == "papers@example.org"
    assert b"digest@example.org" not in received.data
    assert parsed(received.data)["From"] == "papers@example.org"
    assert identifiers(parsed(received.data)) == ["2611.00001v1"]


def test_what_may_have_been_taken_goes_as_it_was(lab: Lab) -> None:
    """A message that was given away without a reply is offered again byte for byte."""
    lab.publish(paper(1))
    lab.mail.data_reply = lambda _: BREAK_OFF
    assert lab.run("send", "--to", "ada@example.org").status == 75
    lab.mail.data_reply = lambda _: None
    lab.run("send", "--to", "ada@example.org", DIGEST_MAIL_FROM="papers@example.org")
    first, second = lab.mail.received
    assert first.data == second.data


def test_bounces_have_an_address_of_their_own(lab: Lab) -> None:
    """DIGEST_MAIL_RETURN_PATH is the reverse-path, and changes nothing that a reader sees."""
    lab.publish(paper(1))
    assert lab.run("send", "--to", "ada@example.org").status == 0
    assert lab.run("send", DIGEST_MAIL_RETURN_PATH="bounces@lists.example").status == 0
    first, second = lab.mail.received
    assert (first.sender, second.sender) == ("digest@example.org", "bounces@lists.example")
    ada, bob = parsed(first.data), parsed(second.data)
    assert [ada[name] for name in ("From", "Reply-To", "List-Id", "List-Unsubscribe")] == [
        bob[name] for name in ("From", "Reply-To", "List-Id", "List-Unsubscribe")
    ]
    assert bob["Message-ID"].endswith("@example.org>")
    assert b"lists.example" not in second.data


@pytest.mark.parametrize("field", ["To", "From", "Reply-To"])
def test_a_line_with_an_encoded_word(field: str) -> None:
    """A line that holds one has 76 characters at most, and the word 75 (RFC 2047 section 2)."""
    for name in range(1, 60):
        for local in range(1, 40):
            own = _address_field(field, "é" * name, address(f"{'a' * local}@b.example"))
            for line in own.split("\r\n"):
                words = re.findall(r"=\?\S+\?=", line)
                assert not words or len(line) <= 76, line
                assert max(map(len, words), default=0) <= 75
