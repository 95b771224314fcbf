"""Certificates for the servers of the tests: good ones, and each kind of bad one."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A server's side of TLS, and the file with the certificate that vouches for it."""

    context: ssl.SSLContext
    trust: Path


@cache
def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def certificate(
    place: Path,
    name: str = "localhost",
    *,
    begins: timedelta = -DAY,
    ends: timedelta = DAY,
    authority: str = "",
) -> Certificate:
    """A certificate for `name`, valid from now plus `begins` until now plus `ends`.

    It is self-signed, or signed by an authority of that name.
    """
    now = datetime.now(UTC)
    issuer = authority or name
    own = _made(name, issuer, now + begins, now + ends, authority=not authority)
    vouching = own
    if authority:
        vouching = _made(issuer, issuer, now - DAY, now + DAY, authority=True)
    both, trust = place / "both.pem", place / "trust.pem"
    key = _key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    both.write_bytes(key + own.public_bytes(Encoding.PEM))
    trust.write_bytes(vouching.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return Certificate(context, trust)


def _made(
    name: str, issuer: str, begins: datetime, ends: datetime, *, authority: bool
) -> x509.Certificate:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    public = _key().public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .add_extension(_usage(authority=authority), critical=True)
        .sign(_key(), hashes.SHA256())
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
