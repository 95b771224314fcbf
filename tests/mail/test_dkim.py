"""DKIM: signed so that others can verify it, whatever is in the mail, and kept as it was."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from builders import START, paper, subscribers
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from dkim.canonicalization import Relaxed
from dkim_keys import (
    DOMAIN,
    SELECTOR,
    ed25519_key,
    key_settings,
    pem,
    rsa_key,
    signer,
    verified,
)
from growth import LINEAR, growth
from hypothesis import given, settings
from hypothesis import strategies as st
from installation import SUPPORT, Lab
from opendkim import OPENDKIM, opendkim_says

from digest.commands.invocation import Invocation
from digest.commands.run import Parts
from digest.config.files import KEY_CREDENTIAL, load_settings
from digest.cycle.cycle import Wish
from digest.errors import ConfigurationError, StoppedError
from digest.mail.dkim import ROOM, SIGNED, canonical_body, canonical_fields
from digest.mail.dkim_key import read_key
from digest.mail.message import LIMIT, Sender, message_id, recipient_head, share, shared_lines
from digest.model.address import address
from digest.standin.mailserver import Received
from digest.stopping import Lifetime
from digest.store.json_file.store import JsonFile

SENDER = Sender("Paper digest <digest@example.org>")
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=80)
KEYS = pytest.mark.parametrize("key", [rsa_key, ed25519_key], ids=["rsa", "ed25519"])


def signed(key: str, subject: str = "x", text: str = "y\n", to: str = "ada@example.org") -> bytes:
    """A message to one reader, signed."""
    shared = share(subject, text, "<p>Some text</p>\n", SENDER, START)
    identifier = message_id(to, shared.edition, SENDER)
    own = recipient_head(subject[:40], address(to), identifier)
    field = signer(key).ready(shared.head, shared.body, START).field(own)
    return (field + own).encode() + shared_lines(shared.head, shared.body)


@KEYS
@settings(max_examples=60, deadline=None)
@given(subject=TEXT.map(lambda text: " ".join(text.split())), text=TEXT)
def test_another_program_verifies_it(key: Callable[[], str], subject: str, text: str) -> None:
    """Whatever stands in a message, dkimpy finds its signature good."""
    data = signed(key(), subject if subject.isprintable() else "x", text)
    assert verified(data, signer(key()))
    head = data.partition(b"\r\n\r\n")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 78


@KEYS
@pytest.mark.skipif(OPENDKIM is None, reason="there is no OpenDKIM on this machine")
def test_opendkim_verifies_it(key: Callable[[], str], tmp_path: Path) -> None:
    """OpenDKIM, which many mail servers ask, finds the signature good; and not of another text."""
    data, one = signed(key(), text="Ein\t Text mit ß  \n\n"), signer(key())
    assert " succeeded" in opendkim_says(data, one, tmp_path)
    changed = data.replace(b"Some text", b"Other text")
    assert "signature verification failed" in opendkim_says(changed, one, tmp_path)


def test_a_reader_beyond_ascii() -> None:
    """A message with UTF-8 in its head (RFC 6532) is signed as it is sent."""
    assert verified(signed(rsa_key(), to="zoë@example.org"), signer(rsa_key()))


def test_what_is_signed() -> None:
    """The signature covers what a reader sees, what lists are known by, and every part."""
    data = signed(rsa_key())
    for name in SIGNED:
        changed = re.sub(rf"(?m)^({name}: ?)(.)".encode(), rb"\1x\2", data, count=1)
        assert changed != data
        assert not verified(changed, signer(rsa_key())), name
    assert not verified(data.replace(b"Some text", b"Other text"), signer(rsa_key()))
    assert not verified(b"From: eve@example.org\r\n" + data, signer(rsa_key()))
    assert verified(b"Received: by a server\r\nX-Spam: no\r\n" + data, signer(rsa_key()))


def test_nobody_can_add_a_sender() -> None:
    """From is named once more than it is there, every other field once (RFC 6376 section 8.15)."""
    head = signed(rsa_key()).partition(b"\r\n\r\n")[0].decode()
    (tag,) = re.findall(r"\sh=([^;]*);", head)
    names = re.sub(r"\s", "", tag).split(":")
    assert names.count("From") == 2
    assert sorted(names) == sorted(["From", *SIGNED])


@pytest.mark.parametrize("piece", [b" ", b"\t", b"  x", b" \r\n", b"\r\n", b"\r"])
def test_bodies_made_to_be_slow(piece: bytes) -> None:
    """A body has its canonical form in time proportional to its length, whatever is in it."""
    assert growth(canonical_body, lambda size: piece * size + b"x", 20_000) < LINEAR


def test_relaxed_forms() -> None:
    """RFC 6376's own example (section 3.4.5) comes out as it says."""
    head = "A: X\r\nB: Y\t\r\n\tZ  \r\n"
    assert dict(canonical_fields(head)) == {"a": "a:X\r\n", "b": "b:Y Z\r\n"}
    assert canonical_body(b" C \r\nD \t E\r\n\r\n\r\n") == b" C\r\nD E\r\n"


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"a", b"=", b"..", b"\xc3\xa9"])))
def test_relaxed_bodies(pieces: list[bytes]) -> None:
    """Any body has the form that dkimpy gives it."""
    body = b"".join([*pieces, b"\r\n"])
    assert canonical_body(body) == Relaxed.canonicalize_body(body)


@KEYS
def test_the_same_again(key: Callable[[], str]) -> None:
    """The same message signed at the same moment is the same to the last byte."""
    assert signed(key()) == signed(key())
    assert f"t={int(START.timestamp())};".encode() in signed(key())


def test_a_signature_outlives_its_key(lab: Lab) -> None:
    """A digest that waits is offered again as it was signed, with the key changed or gone."""
    lab.publish(paper(1))
    keys = key_settings(lab.home, rsa_key())
    offered: list[bytes] = []

    def not_now(message: Received) -> str:
        offered.append(message.data)
        return "450 4.3.0 not now"

    lab.mail.data_reply = not_now
    assert lab.run("send", "--to", "ada@example.org", **keys).status == 75
    others = keys | key_settings(lab.home, ed25519_key())
    assert lab.run("send", "--to", "ada@example.org", **others).status == 75
    lab.mail.data_reply = lambda _: None
    assert lab.run("send", "--to", "ada@example.org").status == 0
    (received,) = lab.mail.received
    assert len(offered) >= 2
    assert set(offered) == {received.data}
    assert verified(received.data, signer(rsa_key()))


def test_each_reader_has_a_signature(lab: Lab) -> None:
    """Readers who share an edition have each a good signature of their own message."""
    lab.subscribe(
        "keywords: {Time Series: }\nsubscribers:\n"
        + "".join(f"  - email: reader{n}@example.org\n" for n in range(4))
    )
    lab.publish(paper(1))
    assert lab.run("send", **key_settings(lab.home, rsa_key())).status == 0
    messages = {received.data for received in lab.mail.received}
    assert len(messages) == 4
    assert all(verified(data, signer(rsa_key())) for data in messages)


def test_the_operators_mail(lab: Lab) -> None:
    """The mail that tells the operator is signed too."""
    environment = lab.environment | key_settings(lab.home, rsa_key())
    environment["DIGEST_OPERATOR"] = "ops@example.org"
    settings = load_settings(None, environment)
    invocation = Invocation(None, settings, lab.clock)  # type: ignore[arg-type]
    envelope = Parts(invocation).operator_mail(["arXiv is away"], lab.clock.now())
    assert envelope
    assert verified(envelope.data(), signer(rsa_key()))


def test_the_limit_holds(lab: Lab) -> None:
    """A full digest with the longest signature there is has no more bytes than any other."""
    domain = ".".join(["d" * 57] * 4)
    keys = key_settings(lab.home, rsa_key(4096)) | {"DIGEST_DKIM_DOMAIN": domain}
    lab.publish(*(paper(n, abstract="A time series. " * 90) for n in range(90)))
    assert lab.run("send", "--to", "ada@example.org", **keys).status == 0
    (received,) = lab.mail.received
    assert len(received.data) <= LIMIT
    field = received.data[: received.data.index(b"\r\nTo: ") + 2]
    assert ROOM - 100 < len(field) <= ROOM


def test_nothing_is_loaded_without_a_key(lab: Lab) -> None:
    """A run that signs nothing does not load the cryptography."""
    lab.publish(paper(1))
    program = (
        f"import sys; sys.path.append({str(SUPPORT)!r}); from installation import HandClock; "
        "from digest.cli.entry import main; status = main(['send'], clock=HandClock()); "
        "sys.exit(status or 'cryptography' in sys.modules)"
    )
    for keys, loaded in (({}, 0), (key_settings(lab.home, rsa_key()), 1)):
        environment = lab.environment | keys | {"DIGEST_STATE": str(lab.home / f"state-{loaded}")}
        done = subprocess.run([sys.executable, "-c", program], env=environment, check=False)
        assert done.returncode == loaded
    assert len(lab.mail.received) == 4


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (str, "There is no private key in PEM form in the file {file}; `openssl genrsa"),
        (
            lambda: "Zwiebelfisch\n",
            "There is no private key in PEM form in the file {file}; `openssl",
        ),
        (lambda: rsa_key()[:400], "There is no private key in PEM form in the file {file}; "),
        (lambda: rsa_key().replace("PRIVATE", "PUBLIC"), "There is no private key in PEM form in "),
        (
            lambda: pem(rsa.generate_private_key(65537, 1024), b"Zwiebelfisch"),
            "The DKIM key in the file {file} has a passphrase, which nobody is there to type; ",
        ),
        (
            lambda: pem(ec.generate_private_key(ec.SECP256R1())),
            "The DKIM key in the file {file} is not one of RSA or Ed25519; ",
        ),
    ],
    ids=["empty", "words", "half", "public", "passphrase", "curve"],
)
def test_bad_keys(lab: Lab, make: Callable[[], str], found: str) -> None:
    """A key that cannot be used is told in one sentence, with nothing of the key in it."""
    key = make()
    keys = key_settings(lab.home, key)
    for command in (("check", "--offline"), ("send",), ("preview", "--offline", "--no-open")):
        done = lab.run(*command, **keys)
        assert done.status == 78, command
        assert found.format(file=lab.home / "dkim.key") in done.out + done.err
        assert "Zwiebelfisch" not in done.out + done.err
        assert not any(line in done.out + done.err for line in key.splitlines()[1:-1] if line)
    assert lab.mail.received == []


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl command here")
@pytest.mark.parametrize(("bits", "good"), [(512, False), (1024, True)])
def test_lengths_of_keys(bits: int, *, good: bool) -> None:
    """A key that no mail server accepts is refused, the shortest that some do is taken."""
    made = subprocess.run(["openssl", "genrsa", str(bits)], capture_output=True, check=True)
    if good:
        assert verified(signed(made.stdout.decode()), signer(made.stdout.decode()))
        return
    with pytest.raises(
        ConfigurationError, match=f"has {bits} bits; mail servers accept 1024 to 4096"
    ):
        read_key(made.stdout.decode(), "the file x")


def test_a_key_that_is_not_there(lab: Lab) -> None:
    """A key file that is missing is told before anything else is done."""
    keys = key_settings(lab.home, rsa_key())
    (lab.home / "dkim.key").unlink()
    done = lab.run("send", **keys)
    assert done.status == 78
    assert done.err.startswith(f"digest: There is no file {lab.home / 'dkim.key'}; make a key as ")


def test_check_says_what_to_publish(lab: Lab) -> None:
    """`digest check` signs a trial message, and has the record for the DNS, word for word."""
    keys = key_settings(lab.home, rsa_key())
    done = lab.run("check", "--offline", **keys)
    assert done.status == 0, done.out
    record = read_key(rsa_key(), "").record
    assert (
        f"ok    DKIM: a trial message is signed for {DOMAIN}; the DNS needs this TXT record at "
        f"{SELECTOR}._domainkey.{DOMAIN}: {record}\n"
    ) in done.out
    other = lab.run("check", "--offline", **keys | {"DIGEST_DKIM_DOMAIN": "lab.example"})
    assert (
        "signed for lab.example; for DMARC it should be the domain of the sender, example.org; "
    ) in other.out
    assert "DKIM" not in lab.run("check", "--offline").out


def test_key_as_a_credential(tmp_path: Path) -> None:
    """systemd's credential is the key where no setting names another."""
    (tmp_path / KEY_CREDENTIAL).write_text("the key")
    environment = {
        "CREDENTIALS_DIRECTORY": str(tmp_path),
        "DIGEST_DKIM_SELECTOR": SELECTOR,
        "DIGEST_DKIM_DOMAIN": DOMAIN,
    }
    dkim = load_settings(None, environment).dkim
    assert dkim
    assert (dkim.key.reveal(), dkim.key_is_in) == ("the key", "the credential dkim_key")
    (tmp_path / "other").write_text("other")
    environment["DIGEST_DKIM_KEY_FILE"] = str(tmp_path / "other")
    other = load_settings(None, environment).dkim
    assert other
    assert other.key.reveal() == "other"
    assert "other" not in repr(other.key)


def test_a_daemon_stops_while_it_signs(lab: Lab) -> None:
    """Many digests are recorded some at a time: a daemon stops in between, and none is lost."""
    lab.subscribe(subscribers(*(f"reader{n}@example.org" for n in range(8))))
    lab.publish(paper(1))
    settings = load_settings(None, lab.environment | key_settings(lab.home, rsa_key()))
    invocation = Invocation(None, settings, lab.clock)  # type: ignore[arg-type]
    lifetime = Lifetime()
    lifetime.beat = lifetime.stop
    with JsonFile(lab.state).writing() as store, Parts(invocation) as parts:
        cycle = parts.cycle(invocation.subscriptions(), store)
        few = replace(cycle.composer, signed_at_once=3)
        cycle = replace(cycle, composer=few, lifetime=lifetime)
        with pytest.raises(StoppedError):
            cycle.run(Wish())
    lifetime.close()
    assert lab.mail.received == []
    assert lab.run("send").status == 0
    assert len({one.recipients for one in lab.mail.received}) == len(lab.mail.received) == 8
    assert sum(verified(one.data, signer(rsa_key())) for one in lab.mail.received) == 6
