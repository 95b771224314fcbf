"""Builds the errors of a connection to the mail server, each with advice on how to repair it.

No message goes to a server whose certificate cannot be trusted, and none goes unencrypted where
TLS is required. The argument `server` is always the server's name in a sentence.
"""

import ssl
from datetime import UTC, datetime

from digest.clock import Moment
from digest.errors import DigestError, MailDeferredError, MailRefusedError
from digest.text import in_short

_MADE = datetime(2026, 11, 1, tzinfo=UTC)
"""The date of this program; a clock that shows an earlier time is wrong."""

_IN_CLEAR = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"}
_TOO_OLD = {
    *("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE"),
    *("WRONG_SSL_VERSION", "VERSION_TOO_LOW"),
}
_TOO_WEAK = {
    *("SSLV3_ALERT_HANDSHAKE_FAILURE", "TLSV1_ALERT_INSUFFICIENT_SECURITY", "DH_KEY_TOO_SMALL"),
    *("NO_SHARED_CIPHER", "NO_CIPHERS_AVAILABLE", "UNSAFE_LEGACY_RENEGOTIATION_DISABLED"),
    *("EE_KEY_TOO_SMALL", "CA_KEY_TOO_SMALL", "CA_MD_TOO_WEAK", "BAD_ECPOINT"),
}
"""Names of OpenSSL's errors, as in `ssl.SSLError.reason`."""

_NOT_YET, _EXPIRED = 9, 10
_SELF_SIGNED = 18
_NO_ISSUER = (2, 19, 20, 21, 27)
_ANOTHER_NAME = (62, 64)
_WEAK = (66, 67, 68)
"""OpenSSL's X509_V_ERR_... (x509_vfy.h), as in `ssl.SSLCertVerificationError.verify_code`."""


def said_no(server: str, step: str, code: int, words: str) -> DigestError:
    """Returns the error for a reply before any mail; `step` is the command, or empty."""
    said = f"{code} {in_short(words)}"
    if code < 0:  # a line without a reply code, which aiosmtplib marks by a prefix
        words = in_short(words.removeprefix("Malformed SMTP response line:"))
        return MailRefusedError(
            f"{server} does not speak SMTP{f' (it says: {words})' if words else ''}; check "
            "DIGEST_SMTP_HOST and DIGEST_SMTP_PORT"
        )
    greeted = step in ("EHLO", "HELO")
    named = "set DIGEST_SMTP_HELO to the full name of this machine, as the DNS has it"
    if code < 400:
        return MailDeferredError(f"{server} sends an unexpected reply: {said}", code=code)
    if code < 500:
        advice = f"; where it keeps saying so, {named}" if greeted else ""
        return MailDeferredError(f"{server} says not now: {said}{advice}", code=code)
    if greeted:
        return MailRefusedError(f"{server} refuses the greeting: {said}; {named}", code=code)
    return MailRefusedError(
        f"{server} refuses us: {said}; ask its administrator whether this machine may send mail "
        "there",
        code=code,
    )


def unreachable(server: str, reason: str) -> MailDeferredError:
    """Returns the error for a server that is away or closed the connection."""
    return MailDeferredError(
        f"{server} cannot be reached ({reason}); check DIGEST_SMTP_HOST and DIGEST_SMTP_PORT, or "
        "try again later"
    )


def no_starttls(server: str) -> MailRefusedError:
    """Returns the error for a server without STARTTLS where the settings require it."""
    return MailRefusedError(
        f"{server} offers no STARTTLS, and nothing is sent in clear: set DIGEST_SMTP_SECURITY "
        "to tls if it wants TLS from the start, or to none if it is on this machine"
    )


def in_clear(server: str) -> MailRefusedError:
    """Returns the error for a password that would go to another machine unencrypted."""
    return MailRefusedError(
        f"{server} is another machine by its address, and a password is never sent in clear: set "
        "DIGEST_SMTP_SECURITY to starttls or tls"
    )


def tls_from_the_start(server: str, security: str) -> MailRefusedError:
    """Returns the error for a server that waits for a TLS handshake instead of greeting."""
    return MailRefusedError(
        f"{server} speaks TLS from the first byte, and DIGEST_SMTP_SECURITY is {security}; nothing "
        "was sent. Set DIGEST_SMTP_SECURITY to tls, or DIGEST_SMTP_PORT to its port for starttls "
        "(mostly 587)"
    )


def tls_failed(server: str, error: ssl.SSLError, *, security: str, now: Moment) -> DigestError:
    """Returns the error for a TLS handshake that failed; `now` is the time by this machine."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return MailRefusedError(f"{server} {_certificate(error, now)}")
    reason = error.reason or ""
    if reason in _TOO_OLD:
        return MailRefusedError(
            f"{server} speaks no TLS newer than 1.1, which is not safe any more; nothing was sent. "
            "Ask its administrator to allow TLS 1.2 or 1.3, or send through another server"
        )
    if reason in _TOO_WEAK:
        return MailRefusedError(
            f"{server} has no encryption strong enough in common with this machine "
            f"({_in_words(reason)}); nothing was sent. Ask its administrator to renew its "
            "keys and ciphers, or send through another server"
        )
    if reason in _IN_CLEAR and security == "tls":
        return MailRefusedError(
            f"{server} does not speak TLS from the start; nothing was sent. Set "
            "DIGEST_SMTP_SECURITY to starttls, or DIGEST_SMTP_PORT to its port for TLS (mostly 465)"
        )
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return unreachable(server, "it closes the connection at the start of TLS")
    return MailRefusedError(
        f"TLS with {server} fails ({_in_words(reason) or in_short(str(error))}); nothing was sent. "
        "Show this to its administrator"
    )


def _in_words(reason: str) -> str:
    return reason.lower().replace("_", " ")


def _certificate(error: ssl.SSLCertVerificationError, now: Moment) -> str:
    """Returns why a certificate cannot be trusted, and advice, in words."""
    code, clock = error.verify_code, f"{now:%Y-%m-%d %H:%M} UTC"
    said = in_short(error.verify_message or str(error))
    if code in (_NOT_YET, _EXPIRED) and now < _MADE:
        why = f"this machine's clock is wrong: it says {clock}"
        advice = "Set the clock, or let it be set (timedatectl set-ntp true)"
    elif code == _NOT_YET:
        why = f"it is not valid yet, by this machine's clock: {clock}"
        advice = "Set the clock if it is wrong; else tell the server's administrator"
    elif code == _EXPIRED:
        why = f"it has expired, by this machine's clock: {clock}"
        advice = "Ask the server's administrator to renew it; or set the clock if that is wrong"
    elif code == _SELF_SIGNED:
        why = "it is self-signed: nobody else vouches for it"
        advice = (
            "If that is meant to be so, get the certificate from the server's administrator, and "
            "set SSL_CERT_FILE in the environment to the file with it"
        )
    elif code in _NO_ISSUER:
        why = f"no authority that this machine knows vouches for it: {said}"
        advice = (
            "Install this machine's list of authorities (ca-certificates); for an authority of "
            "your own, set SSL_CERT_FILE in the environment to the file with its certificate"
        )
    elif code in _WEAK:
        why, advice = f"it is too weak: {said}", "Ask the server's administrator to renew it"
    elif code in _ANOTHER_NAME:
        why, advice = said, "Check that DIGEST_SMTP_HOST is the name in its certificate"
    else:
        why, advice = said, "Show this to the server's administrator"
    return f"has no certificate that can be trusted ({why}); nothing was sent. {advice}"
