"""Host names: that of the mail server, and the name this machine gives in EHLO.

Servers refuse a name without a dot, a name with an underscore, and any name for `localhost`. So
this machine gives its fully qualified name, or if it has none an address literal, as RFC 5321
section 4.1.4 requires.

    EHLO papers.example.org
    EHLO [192.0.2.7]                EHLO [IPv6:2001:db8::7]             (section 4.1.3)
"""

import ipaddress
import re
from collections.abc import Iterable

from digest.model.address import address

LONGEST_LABEL = 63
"""The most octets between two dots of a name (RFC 1035 section 2.3.4)."""
LONGEST = 253
"""The most octets of a whole name, as written."""

_LABEL = rf"[a-zA-Z0-9](?:[a-zA-Z0-9-]{{0,{LONGEST_LABEL - 2}}}[a-zA-Z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)+(?![0-9]+\Z){_LABEL}")
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*\.?")
_KNOWN_TO_NOBODY = re.compile(r"(?i:.*\.(?:localhost|localdomain|local|invalid))")
"""Names that no other machine can look up, whoever uses them (RFC 6761, 6762)."""


def as_host(text: str) -> str:
    """Reads the name of a server, or its IPv4 or IPv6 address, with or without brackets.

    Raises:
        ValueError: `text` is neither. The message describes the right form.
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
    """Reads a name for this machine, in ASCII if possible; an address becomes a literal.

    The name may still be one that servers refuse. `greeting_name` leaves those out.

    Raises:
        ValueError: `text` is neither a name nor an address. The message describes the right form.
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
    """Whether `name` has the form of a fully qualified name, which servers accept.

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
    """An IPv4 or IPv6 address in brackets, as RFC 5321 section 4.1.3 writes it.

    >>> [address_literal(one) for one in ("192.0.2.7", "fe80::7%eth0", "::ffff:10.0.0.1")]
    ['[192.0.2.7]', '[IPv6:fe80::7]', '[10.0.0.1]']

    Raises:
        ValueError: `address` is no IP address.
    """
    known = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(known, ipaddress.IPv4Address):
        return f"[{known}]"
    return f"[{known.ipv4_mapped}]" if known.ipv4_mapped else f"[IPv6:{known}]"


def greeting_name(names: Iterable[str], local_address: str) -> str:
    """The first of `names` that servers accept, else the address of our end of the connection.

    An address literal among the names is used as it stands. A dot at the end of a name is dropped.
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
    """Whether `host` is a loopback name or address: nothing sent there leaves this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
