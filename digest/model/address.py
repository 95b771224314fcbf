"""Mail addresses: their syntax, and the test that two of them are equal.

An address is RFC 5321's Mailbox, `local-part@domain`, with the letters of RFC 6531; a mailbox here
is RFC 5322's (section 3.4), which can have a name before it: `Daily papers <papers@example.org>`.
No name is looked up in the DNS. Only the mail server knows whether an address exists.
"""

import re
import unicodedata
from dataclasses import dataclass

# The package email_validator rejects these names (RFC 6761, RFC 6762). A lab's own mail server may
# be called `localhost` or `mail.local`, so they are checked with `.example` added, which passes.
_RESERVED = re.compile(r"(?i:(?:.*\.)?(?:localhost|localdomain|local|test|invalid|home\.arpa))")
_BELOW = ".example"

# Carriers in Japan gave out addresses such as `ada..b.@docomo.ne.jp` until 2009. They still work.
_CARRIERS = re.compile(
    r"(?i:(?:[a-z0-9-]+\.)*(?:docomo\.ne\.jp|ezweb\.ne\.jp|au\.com|softbank\.(?:ne\.)?jp|vodafone\.ne\.jp"
    r"|disney\.ne\.jp|pdx\.ne\.jp|willcom\.com|emobile\.ne\.jp|emnet\.ne\.jp|ymobile\.ne\.jp))"
)
_DOTTED = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
"""An atom with dots in any place; RFC 5321 requires quotes around it."""
_ODD_DOTS = re.compile(r"^\.|\.\.|\.$")

# Hosts in a lab's own DNS may have an underscore, which the grammar of a domain forbids. Such an
# address can be sent, because it is ASCII. A server that rejects it refuses that recipient alone.
_UNDERSCORED = re.compile(r"(?=.*_)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\.)+[A-Za-z0-9-]+")

# The form of nearly every address. `validate_email` would accept and return it unchanged.
_PLAIN = re.compile(
    r"(?!.{255})(?!.{65,}@)[a-zA-Z0-9_+-]+(?:\.[a-zA-Z0-9_+-]+)*@"
    r"(?:[a-z0-9](?:[a-z0-9]|-(?!-)){0,61}(?<!-)\.)+[a-z]{2,63}"
)
_NOT_PLAIN = re.compile(r".*\.(?:arpa|invalid|local|localhost|localdomain|onion|test)")

_MAILBOX = re.compile(
    r"""\s*(?: "(?P<quoted>(?:[^"\\]|\\.)*)"\s* | (?P<plain>[^"<>()\[\]:;@\\,]*) )
        <(?P<address>[^<>]+)>\s*""",
    re.VERBOSE,
)
LONGEST_NAME = 100
"""The most characters of a display name."""

_NOT_IN_A_NAME = ("Cc", "Cs", "Zl", "Zp")


@dataclass(frozen=True, slots=True)
class Address:
    """A valid address. Two addresses are the same if their `key` is equal.

    `text` is the form for mail: letters in NFC, the domain in lower-case Unicode. `key` also folds
    the case of the local part, which nearly every server ignores, and has the domain in IDNA's
    ASCII form.
    """

    text: str
    key: str


def address(text: str) -> Address:
    """Reads an address without a name.

    Raises:
        ValueError: `text` is no address. The message is the reason, without the address.
    """
    if _PLAIN.fullmatch(text) and not _NOT_PLAIN.fullmatch(text):
        folded = text.lower()
        return Address(text, text if text == folded else folded)
    return checked(text)


def checked(text: str) -> Address:
    """Reads an address by all rules: slower than `address`, with the same result and errors."""
    local, at, domain = text.strip(" \t").rpartition("@")
    if (bare := _odd_dots(local, domain)) is not None:
        plain = checked(
            f"{bare.replace('.', '-')}@{domain}"
        )  # checks all rules except those for dots
        domain, key = plain.text.rpartition("@")[2], plain.key.rpartition("@")[2]
        return Address(f'"{bare}"@{domain}', f'"{bare.lower()}"@{key}')
    if _UNDERSCORED.fullmatch(domain):
        stood_in = checked(f"{local}@{domain.replace('_', '0')}")
        domain = domain.lower()
        return Address(
            *(f"{part.rpartition('@')[0]}@{domain}" for part in (stood_in.text, stood_in.key))
        )
    suffix = _BELOW if _RESERVED.fullmatch(domain) else ""
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 (seldom needed)

    try:
        valid = validate_email(f"{local}{at}{domain}{suffix}", check_deliverability=False)
    except EmailNotValidError as error:
        reason = str(error).rstrip(".")
        if _DOTTED.fullmatch(local) and _ODD_DOTS.search(local):
            reason += "; if it has them indeed, put what stands before the @ in double quotes"
        raise ValueError(reason[:1].lower() + reason[1:]) from error
    folded = unicodedata.normalize("NFC", valid.local_part.casefold())
    return Address(
        text=f"{valid.local_part}@{valid.domain.removesuffix(suffix)}",
        key=f"{folded}@{valid.ascii_domain.removesuffix(suffix).lower()}",
    )


def _odd_dots(local: str, domain: str) -> str | None:
    """The local part without quotes, if its dots require quotes; else None.

    An unquoted one is accepted only for the carriers that gave such addresses out. Elsewhere it is
    probably a typing error.
    """
    quoted = len(local) > 2 and local.startswith('"') and local.endswith('"')
    bare = local[1:-1] if quoted else local
    if not _DOTTED.fullmatch(bare) or not _ODD_DOTS.search(bare):
        return None
    return bare if quoted or _CARRIERS.fullmatch(domain) else None


def mailbox(text: str) -> tuple[str, Address]:
    """Splits a mailbox into its display name, empty if it has none, and its address.

    A name with commas, colons, brackets and the like must stand in double quotes (RFC 5322 section
    3.2.3).

    Raises:
        ValueError: `text` is no mailbox. The message is the reason.
    """
    match = _MAILBOX.fullmatch(text)
    if not match and "<" in text:
        raise ValueError("write Name <user@host>, and a name with a comma or the like in quotes")
    if not match:
        return "", address(text)
    name = (
        re.sub(r"\\(.)", r"\1", match["quoted"]) if match["quoted"] is not None else match["plain"]
    )
    if not is_name(name):
        raise ValueError("the name has a line break or a control character in it")
    name = name.strip()
    if len(name) > LONGEST_NAME:
        raise ValueError(f"the name has {len(name)} characters; write at most {LONGEST_NAME}")
    return name, address(match["address"])


def is_name(text: str) -> bool:
    """Whether `text` can stand as a name in a header: no line break, no control character."""
    return text.isprintable() or not any(
        unicodedata.category(character) in _NOT_IN_A_NAME for character in text
    )
