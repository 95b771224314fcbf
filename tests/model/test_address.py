"""Addresses: what is told at a glance agrees with every rule there is."""

import contextlib

import pytest
from builders import paper, subscribers
from hypothesis import given, settings
from hypothesis import strategies as st
from installation import Lab

from digest.model.address import address, checked, mailbox

LABELS = st.sampled_from(
    ["example", "a", "xn--bcher-kva", "a-b", "a--b", "-a", "a-", "0", "9b", "Ab", "a_b", "b" * 63]
)
WORDS = "org com de local localhost test onion invalid arpa home.arpa c museum xn--p1ai 1 o1"
ENDINGS = st.sampled_from([*WORDS.split(), "example", "localdomain", "c" * 64, "b" * 64])
LOCAL = st.text("abzAZ09._+-!'@ \"\\", max_size=12) | st.sampled_from(["a" * 64, "a" * 65, "é"])
DOMAINS = st.tuples(st.lists(LABELS, max_size=5), ENDINGS).map(lambda d: ".".join([*d[0], d[1]]))


@settings(max_examples=2000, deadline=None)
@given(LOCAL, DOMAINS)
def test_at_a_glance(local: str, domain: str) -> None:
    """An address comes to the same either way, or to the same refusal."""
    text = f"{local}@{domain}"
    with contextlib.suppress(ValueError):
        right = checked(text)
        assert address(text) == right
        return
    with pytest.raises(ValueError, match=r".+"):
        address(text)


@pytest.mark.parametrize("length", range(250, 258))
def test_long_ones(length: int) -> None:
    """The longest address has 254 characters (RFC 5321 section 4.5.3.1.3), either way."""
    domain = ".".join(["a" * 60, "b" * 60, "c" * 60, "d" * (length - 183 - 10 - 5), "org"])
    text = f"{'x' * 10}@{domain}"
    assert len(text) == length
    test_one = [True, True]
    for place, read in enumerate((address, checked)):
        try:
            read(text)
        except ValueError:
            test_one[place] = False
    assert test_one[0] == test_one[1] == (length <= 254)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("taro..yamada@docomo.ne.jp", '"taro..yamada"@docomo.ne.jp'),
        ("Taro.@EZWEB.ne.jp", '"Taro."@ezweb.ne.jp'),
        (".taro@t.vodafone.ne.jp", '".taro"@t.vodafone.ne.jp'),
        ('"taro."@ezweb.ne.jp', '"taro."@ezweb.ne.jp'),
        ('"ada..byron"@example.org', '"ada..byron"@example.org'),
        ("ada@mail_host.example.org", "ada@mail_host.example.org"),
        ("ada@Lab_1.local", "ada@lab_1.local"),
    ],
)
def test_beyond_the_grammar(written: str, sent: str) -> None:
    """Dots where a carrier allowed them go out in quotes, and an underscore in a domain stays."""
    assert address(written).text == sent
    assert address(sent) == address(written)
    assert address(written.swapcase()).key == address(written).key
    assert mailbox(f"Ada <{written}>") == ("Ada", address(written))


@pytest.mark.parametrize(
    "written",
    [
        "ada..byron@example.org",
        "ada.@gmail.com",
        "a..b@docomo.ne.jp.example.org",
        '"a b."@docomo.ne.jp',
        '"ada\\..b"@example.org',
        '"ada"..b@docomo.ne.jp',
        "ada@example_org",
        "ada@example.o_g",
        "ada@-a_b.example.org",
    ],
)
def test_slips(written: str) -> None:
    """The same dots elsewhere, or an underscore in the last label, are taken for a slip."""
    with pytest.raises(ValueError, match=r"."):
        address(written)


def test_a_slip_says_what_to_write() -> None:
    """A message tells to put dots in quotes where they are meant."""
    with pytest.raises(ValueError, match="two periods in a row; if it has them indeed, put what"):
        address("ada..byron@example.org")


def test_they_are_delivered(lab: Lab) -> None:
    """A server gets such addresses as RFC 5321 wants them, in the envelope and in the header."""
    written = ["taro..yamada@docomo.ne.jp", "hanako.@ezweb.ne.jp", "ada@mail_host.example.org"]
    lab.subscribe(subscribers(*written))
    lab.publish(paper(1))
    assert lab.run("send", "--to", written[0]).status == 0
    assert lab.run("send").status == 0
    sent = {'"taro..yamada"@docomo.ne.jp', '"hanako."@ezweb.ne.jp', "ada@mail_host.example.org"}
    # The server takes the quotes off: to it both forms are one address.
    got = {one.recipients[0] for one in lab.mail.received}
    assert got == {one.replace('"', "") for one in sent}
    fields = {line for one in lab.mail.received for line in one.data.decode().split("\r\n")}
    assert {f"To: {one}" for one in sent} <= fields
