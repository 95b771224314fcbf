"""Names of machines: of the mail server, and of this one as it names itself in EHLO.

Servers refuse a name without a dot, one with an underscore, one that is `localhost` in other words.
So this machine is named as RFC 5321 section 4.1.4 wants it: by its fully qualified name, and where
there is none by an address literal.

    EHLO papers.example.org
    EHLO [192.0.2.7]                EHLO [IPv6:2001:db8::7]             (section 4.1.3)
"""

import ipaddress
import re
from collections.abc import Iterable

from digest.model.address import address

LONGEST_LABEL = 63
"""Octets between two dots of a name (RFC 1035 section 2.3.4)."""
LONGEST = 253
"""Octets of a whole name, as it is written."""

_LABEL = rf"[a-zA-Z0-9](?:[a-zA-Z0-9-]{{0,{LONGEST_LABEL - 2}}}[a-zA-Z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)+(?![0-9]+\Z){_LABEL}")
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*\.?")
_KNOWN_TO_NOBODY = re.compile(r"(?i:.*\.(?:localhost|localdomain|local|invalid))")
"""Every machine may have such a name, and no other machine can look it up (RFC 6761, 6762)."""


def as_host(text: str) -> str:
    """Reads the name of a server, or its address of IPv4 or IPv6, with or without brackets.

    Raises:
        ValueError: it is none; the message says what one is.
    """
    try:
        return str(ipaddress.ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        if not _HOST.fullmatch(text):
            raise ValueError("write a host name alone; the port has its own setting") from None
    try:
        octets = text.encode("idna")
    except UnicodeError:
        octets = b""
    if not octets or len(octets) > LONGEST:
        raise ValueError(
            f"a host name has at most {LONGEST_LABEL} characters between two dots, and at most "
            f"{LONGEST} in all"
        )
    return text


def as_own_name(text: str) -> str:
    """Reads a name of this machine, in ASCII where it can be; an address becomes a literal.

    Whether servers take the name is not asked here: `greeting_name` leaves out those they refuse.

    Raises:
        ValueError: it is none; the message says what one is.
    """
    text = text.removesuffix(".")
    try:
        return text if is_literal(text) else address_literal(text.strip("[]"))
    except ValueError:
        if not _HOST.fullmatch(text):
            raise ValueError(
                "write the full name of this machine, such as papers.example.org, or its address"
            ) from None
    try:
        return text if text.isascii() else address(f"postmaster@{text}").key.rpartition("@")[2]
    except ValueError:
        return text


def is_presentable(name: str) -> bool:
    """Whether `name` is fully qualified, by its form: servers take it for a machine's name.

    >>> is_presentable("papers.example.org")
    True
    >>> [is_presentable(name) for name in ("vm", "my_host.example.org", "vm.local", "10.0.0.1")]
    [False, False, False, False]
    """
    return (
        len(name) <= LONGEST
        and _NAME.fullmatch(name) is not None
        and not _KNOWN_TO_NOBODY.fullmatch(name)
    )


def address_literal(address: str) -> str:
    """An address of IPv4 or IPv6 in brackets, as RFC 5321 section 4.1.3 writes it.

    >>> [address_literal(one) for one in ("192.0.2.7", "fe80::7%eth0", "::ffff:10.0.0.1")]
    ['[192.0.2.7]', '[IPv6:fe80::7]', '[10.0.0.1]']

    Raises:
        ValueError: it is no address.
    """
    known = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(known, ipaddress.IPv4Address):
        return f"[{known}]"
    return f"[{known.ipv4_mapped}]" if known.ipv4_mapped else f"[IPv6:{known}]"


def greeting_name(names: Iterable[str], local_address: str) -> str:
    """The first of `names` that is presentable, else the address of our end of the connection.

    A name that is an address literal already is taken as it is. A dot at the end is left out.
    """
    for name in (name.removesuffix(".") for name in names):
        if is_presentable(name) or is_literal(name):
            return name
    return address_literal(local_address)


def is_literal(name: str) -> bool:
    """Whether `name` is an address literal.

    >>> is_literal("[192.0.2.7]"), is_literal("[IPv6:::1]"), is_literal("[::1]"), is_literal("vm")
    (True, True, False, False)
    """
    bare = name.removeprefix("[").removesuffix("]")
    try:
        return name == address_literal(bare.removeprefix("IPv6:"))
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine, by name or address: what is sent there stays here."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
