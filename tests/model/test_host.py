"""Names of machines: which are said in a greeting, and which can be a mail server's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model.host import (
    address_literal,
    as_host,
    as_own_name,
    greeting_name,
    is_literal,
    is_presentable,
)


@pytest.mark.parametrize("name", ["papers.example.org", "a.b", "x1-2.ec2.internal", "XN--BRO.DE"])
def test_a_full_name_is_said(name: str) -> None:
    """A fully qualified name is what a server wants to hear."""
    assert greeting_name(["vm", name], "192.0.2.7") == name
    assert greeting_name([f"{name}."], "192.0.2.7") == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "vm", "localhost", "15b0717dc4c2", "my_host", "my_host.example.org"),
        *("büro", "büro.example.org", "localhost.localdomain", "ada.local", "x.invalid"),
        *("a" * 64 + ".example.org", "a." * 130 + "org", "-a.example.org", "a-.example.org"),
        *("a..org", ".example.org", "10.0.0.1", "a b.org", "a.org\r\nMAIL FROM:<>", "[vm]", "a.1"),
    ],
)
def test_what_servers_refuse_is_never_said(name: str) -> None:
    """In place of a name that a server may refuse the address stands, as a literal."""
    assert greeting_name([name], "192.0.2.7") == "[192.0.2.7]"
    assert greeting_name([name], "2001:db8::7") == "[IPv6:2001:db8::7]"


@given(st.text(), st.ip_addresses())
def test_whatever_a_machine_is_called(name: str, address: object) -> None:
    """The greeting is ASCII without spaces: a name with a dot in it, or a literal."""
    said = greeting_name([name], str(address))
    assert said.isascii()
    assert said.isprintable()
    assert " " not in said
    assert is_literal(said) or (is_presentable(said) and "." in said)


def test_literals() -> None:
    """Addresses of both kinds become literals; a zone is nobody else's business."""
    assert address_literal("fe80::7%eth0") == "[IPv6:fe80::7]"
    assert address_literal("::ffff:10.0.0.1") == "[10.0.0.1]"
    assert is_literal("[IPv6:::1]")
    assert not any(map(is_literal, ("[::1]", "10.0.0.1", "[vm]", "[IPv6:10.0.0.1]")))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("papers.example.org", "papers.example.org"),
        ("papers.example.org.", "papers.example.org"),
        ("büro.example.org", "xn--bro-hoa.example.org"),
        ("192.0.2.7", "[192.0.2.7]"),
        ("[192.0.2.7]", "[192.0.2.7]"),
        ("2001:db8::7", "[IPv6:2001:db8::7]"),
        ("[IPv6:2001:db8::7]", "[IPv6:2001:db8::7]"),
        ("my_host", "my_host"),
    ],
)
def test_a_name_that_is_set(text: str, name: str) -> None:
    """The setting takes a name in any letters, and an address with and without brackets."""
    assert as_own_name(text) == name


@pytest.mark.parametrize(
    "text", ["a b", "mail.example.org:25", "a\r\nb", "<a>", "https://a.b", "a@b"]
)
def test_what_is_no_name(text: str) -> None:
    """A text that cannot be a name is a mistake that shows the form of one."""
    with pytest.raises(ValueError, match=r"papers\.example\.org"):
        as_own_name(text)


@pytest.mark.parametrize(
    "text", ["mail.example.org", "mail", "my_host.example.org", "bücher.example"]
)
def test_a_server_that_can_be(text: str) -> None:
    """A resolver may know any of these."""
    assert as_host(text) == text


@pytest.mark.parametrize(
    "text", ["a" * 64, "a" * 64 + ".org", "ü" * 62 + ".org", "a." * 127 + "org"]
)
def test_a_server_that_cannot_be(text: str) -> None:
    """No resolver can be asked for a label of more than 63 octets, or for a name of 254."""
    with pytest.raises(ValueError, match="63 characters between two dots"):
        as_host(text)
