"""The cost of signing one message (DKIM), beside dkimpy: `python -m benchmarks.signing`."""

import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime

import dkim
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks.row import series
from digest.mail.dkim import Signer
from digest.mail.dkim_key import read_key
from digest.mail.message import Sender, recipient_head, share, shared_lines
from digest.model.address import address

AT = datetime(2026, 11, 16, 7, tzinfo=UTC)
ROUNDS = 7
TEXT = "A digest is some hundred lines, of which most are like this one here.\n" * 600


def milliseconds(work: Callable[[], object], times: int) -> list[float]:
    """How long one `work` takes, in several rounds of so many `times`."""
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(times):
            work()
        found.append((time.perf_counter() - start) / times * 1000)
    return found


def main() -> None:
    """Prints a line for each kind of key, and for what is done once for all readers."""
    shared = share("A subject", TEXT, f"<p>{TEXT}</p>\n", Sender("digest@example.org"), AT)
    own = recipient_head("Ada Lovelace", address("ada@example.org"), "<1@example.org>")
    data = own.encode() + shared_lines(shared.head, shared.body)
    print(f"Python {platform.python_version()}, {platform.machine()}; {len(data):,} bytes")
    for name, key in (
        ("RSA 2048", rsa.generate_private_key(65537, 2048)),
        ("RSA 4096", rsa.generate_private_key(65537, 4096)),
        ("Ed25519", ed25519.Ed25519PrivateKey.generate()),
    ):
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        signer = Signer("s", "example.org", read_key(pem.decode(), "memory"))
        ready = signer.ready(shared.head, shared.body, AT)
        one = series(milliseconds(lambda ready=ready: ready.field(own), 100), "ms")  # type: ignore[misc]
        print(f"{name}: one reader {one}")
        if isinstance(key, rsa.RSAPrivateKey):
            theirs = milliseconds(
                lambda pem=pem: dkim.sign(  # type: ignore[misc]
                    data, b"s", b"example.org", pem, canonicalize=(b"relaxed", b"relaxed")
                ),
                3,
            )
            print(f"{name}: one reader, by dkimpy {series(theirs, 'ms')}")
    once = series(milliseconds(lambda: signer.ready(shared.head, shared.body, AT), 20), "ms")
    print(f"once for all readers: {once}")


if __name__ == "__main__":
    main()
