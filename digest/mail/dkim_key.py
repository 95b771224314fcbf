"""Reads a private key for DKIM signatures; the only module that uses `cryptography`.

It is imported only where a key is set.
"""

import base64
import hashlib
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from digest.errors import ConfigurationError

SHORTEST, LONGEST = 1024, 4096
"""Bits of an RSA key. Verifiers reject shorter keys, and may reject longer ones (RFC 8301 section
3.2)."""

_HINT = "`openssl genrsa -out dkim.key 2048` makes a good one"


class RsaKey:
    """Signs with RSA and SHA-256 (RFC 6376 section 3.3.1)."""

    algorithm = "rsa-sha256"

    def __init__(self, key: RSAPrivateKey) -> None:
        self._key = key

    def sign(self, data: bytes) -> bytes:
        """The signature of `data`."""
        return self._key.sign(data, PKCS1v15(), SHA256())

    @property
    def record(self) -> str:
        """The text of the DNS record with this key (section 3.6.1)."""
        public = self._key.public_key()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode('ascii')}"


class Ed25519Key:
    """Signs the SHA-256 hash of the data with Ed25519 (RFC 8463 section 3)."""

    algorithm = "ed25519-sha256"

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    def sign(self, data: bytes) -> bytes:
        """The signature of `data`."""
        return self._key.sign(hashlib.sha256(data).digest())

    @property
    def record(self) -> str:
        """The text of the DNS record with this key (section 4)."""
        raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; p={base64.b64encode(raw).decode('ascii')}"


@lru_cache(maxsize=1)
def read_key(pem: str, where: str) -> RsaKey | Ed25519Key:
    """Reads a private key in PEM form (PKCS 1 or PKCS 8).

    The last key is cached: checking a key of 4096 bits takes longer than signing a hundred
    messages.

    `where` names the source of the key, in words.

    Raises:
        ConfigurationError: the text is no usable key; the message holds no part of it.
    """
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except TypeError:
        raise ConfigurationError(
            f"The DKIM key in {where} has a passphrase, which nobody is there to type; take it"
            " away with `openssl pkey -in OLD -out NEW`."
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigurationError(
            f"There is no private key in PEM form in {where}; {_HINT}."
        ) from None
    if isinstance(key, Ed25519PrivateKey):
        return Ed25519Key(key)
    if not isinstance(key, RSAPrivateKey):
        raise ConfigurationError(f"The DKIM key in {where} is not one of RSA or Ed25519; {_HINT}.")
    if not SHORTEST <= key.key_size <= LONGEST:
        raise ConfigurationError(
            f"The DKIM key in {where} has {key.key_size} bits; mail servers accept {SHORTEST} to"
            f" {LONGEST}; {_HINT}."
        )
    return RsaKey(key)
