"""Keys for DKIM that tests sign with, and what is found in the DNS of them."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import dkim
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from digest.mail.dkim import Signer
from digest.mail.dkim_key import read_key

SELECTOR, DOMAIN = "digest2026", "example.org"

PrivateKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(bits: int = 1024) -> str:
    """A key of that many bits, in PEM form; the same one again for the same length."""
    return pem(rsa.generate_private_key(65537, bits))


@cache
def ed25519_key() -> str:
    """A key of the other kind, in PEM form."""
    return pem(ed25519.Ed25519PrivateKey.generate())


def pem(key: PrivateKey, passphrase: bytes = b"") -> str:
    """The key as PKCS 8, as `openssl genpkey` writes it."""
    lock = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock).decode()


def signer(key: str, domain: str = DOMAIN) -> Signer:
    """Returns the signer with that key."""
    return Signer(SELECTOR, domain, read_key(key, "a test"))


def key_settings(home: Path, key: str) -> dict[str, str]:
    """The settings that have mail signed with that key, whose file is written to `home`."""
    file = home / "dkim.key"
    file.write_text(key)
    return {
        "DIGEST_DKIM_SELECTOR": SELECTOR,
        "DIGEST_DKIM_DOMAIN": DOMAIN,
        "DIGEST_DKIM_KEY_FILE": str(file),
    }


def dns(one: Signer) -> Callable[..., bytes | None]:
    """A DNS that has the one record that this signer needs."""

    def txt(name: bytes, timeout: int = 5) -> bytes | None:  # noqa: ARG001 (dkimpy gives it)
        found = name.decode().rstrip(".") == one.record_name
        return one.key.record.encode() if found else None

    return txt


def verified(data: bytes, one: Signer) -> bool:
    """Whether dkimpy finds the signature good, given what the signer has in the DNS."""
    return bool(dkim.verify(data, dnsfunc=dns(one)))
