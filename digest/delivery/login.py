"""The login (RFC 4954) as a generator: it yields each line to send, and receives the reply.

    C: AUTH PLAIN AHBhcGVycwBzZWNyZXQ=      C: AUTH LOGIN              C: AUTH CRAM-MD5
    S: 235 2.7.0 Accepted                   S: 334 VXNlcm5hbWU6        S: 334 PDE4OTYuNjk3...
                                            C: cGFwZXJz                C: cGFwZXJzIGI5MTNh...
                                            S: 334 UGFzc3dvcmQ6        S: 235 2.7.0 Accepted
                                            C: c2VjcmV0
                                            S: 235 2.7.0 Accepted

Servers differ in the forms that they accept. So LOGIN never has an initial response, and PLAIN is
tried again without one where the server rejects the form. Once the server has refused the password
itself, no other mechanism is tried, since many servers count failed logins.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Generator, Sequence

from digest.errors import MailDeferredError, MailRefusedError
from digest.text import either, in_short

Said = tuple[int, str]
"""A reply: its code and its text."""
Exchange = Generator[bytes, Said, Said]
"""Yields the lines to send, receives the reply to each, and returns the last reply."""

KNOWN = ("PLAIN", "LOGIN", "CRAM-MD5")
"""The mechanisms, in the order in which they are tried. PLAIN and LOGIN are safe over TLS, and a
server can check them against a hashed password."""

_GO_ON = 334
_NOT_UNDERSTOOD = (500, 501, 502, 504)
"""Reply codes for an unknown command or form; they say nothing about the password."""
_LONGEST_COMMAND = 500
"""Octets of AUTH with its initial response; a longer one has none (RFC 4954 section 4)."""
_CANCEL = b"*"
_SWITCHED_OFF = re.compile(r"SmtpClientAuthentication|\b5\.7\.(139|30)\b")
"""Words of Microsoft 365 where SMTP AUTH is off for this mailbox, or for the organisation."""
_WANTS_ANOTHER = re.compile(r"(?i:app(lication)?[- ](specific )?password|BadCredentials)")
"""Words of Gmail and others where they want an app password."""
_LEAST_TO_HIDE = 4


class OddError(Exception):
    """The server asks for something that the mechanism does not have."""


def log_in(
    server: str, offered: Sequence[str], username: str, password: str
) -> Generator[bytes, Said, None]:
    """Yields the lines to send, and receives the reply to each, until the login has succeeded.

    Args:
        server: the server's name in a sentence.
        offered: the mechanisms that it names after AUTH.
        username: the user name.
        password: appears in no error, even where the server repeats it.

    Raises:
        MailRefusedError: the server refuses the login, or offers no mechanism that is known here.
        MailDeferredError: the server says "later".
    """
    names = {name.upper() for name in offered}
    ways = [name for name in KNOWN if name in names]
    if not ways:
        raise MailRefusedError(_no_common_way(server, list(dict.fromkeys(offered))))
    code, words = 0, ""
    for way in ways:
        try:
            code, words = yield from _EXCHANGES[way](username, password)
        except OddError as error:
            yield _CANCEL
            asked = _without(str(error), username, password)
            raise MailRefusedError(
                f"{server} asks for something in the login {way} that does not belong there "
                f"({asked}); ask its administrator, or try another port"
            ) from None
        if 200 <= code < 300:
            return
        if code not in _NOT_UNDERSTOOD:
            break
    words = _without(words, username, password)
    if code < 500:
        raise MailDeferredError(f"{server} says not now: {code} {words}", code=code)
    raise MailRefusedError(f"{server} {_refusal(code, words)}", code=code)


def _plain(username: str, password: str) -> Exchange:
    """Logs in by PLAIN (RFC 4616)."""
    answer = _encoded(f"\0{username}\0{password}")
    command = b"AUTH PLAIN"
    short = len(command) + len(answer) < _LONGEST_COMMAND
    code, words = yield command + (b" " + answer if short else b"")
    if short and code in _NOT_UNDERSTOOD:
        code, words = yield command
    if code == _GO_ON:
        code, words = yield answer
    return _not_again(code, words)


def _login(username: str, password: str) -> Exchange:
    """Logs in by LOGIN (draft-murchison-sasl-login), the only mechanism of some servers.

    The password is not sent where the server asks for the user name a second time.
    """
    code, words = yield b"AUTH LOGIN"
    if code == _GO_ON:
        if _asks_for(words) == "password":
            raise OddError(f"the password before the user name: {words}")
        code, words = yield _encoded(username)
    if code == _GO_ON:
        if _asks_for(words) == "name":
            raise OddError(f"the user name twice: {words}")
        code, words = yield _encoded(password)
    return _not_again(code, words)


def _cram_md5(username: str, password: str) -> Exchange:
    """Logs in by CRAM-MD5 (RFC 2195), which does not send the password itself."""
    code, words = yield b"AUTH CRAM-MD5"
    if code == _GO_ON:
        try:
            challenge = base64.b64decode(words, validate=True)
        except (binascii.Error, ValueError) as error:
            raise OddError(f"no base64: {words}") from error
        proof = hmac.new(password.encode(), challenge, "md5").hexdigest()
        code, words = yield _encoded(f"{username} {proof}")
    return _not_again(code, words)


_EXCHANGES: dict[str, Callable[[str, str], Exchange]] = {
    "PLAIN": _plain,
    "LOGIN": _login,
    "CRAM-MD5": _cram_md5,
}


def _not_again(code: int, words: str) -> Said:
    if code // 100 == _GO_ON // 100:
        raise OddError(f"more than there is to say: {words}")
    return code, words


def _asks_for(words: str) -> str:
    """Returns `name` or `password` where the server's question holds one of them alone."""
    question = _question(words)
    name = re.search("(?i)user|login|name", question)
    password = re.search("(?i)pass", question)
    return ("name" if name else "password") if bool(name) != bool(password) else ""


def _question(words: str) -> str:
    """Returns the text of the server's question, which is in base64 or in plain words."""
    try:
        return base64.b64decode(words, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return words


def _encoded(text: str) -> bytes:
    return base64.b64encode(text.encode())


def _without(words: str, username: str, password: str) -> str:
    """Returns the server's words on one line, with the password hidden where it is in them."""
    encoded = (_encoded(password), _encoded(f"\0{username}\0{password}"))
    for form in (*(one.decode() for one in encoded), password):
        if len(form) >= _LEAST_TO_HIDE:
            words = words.replace(form, "********")
    return in_short(words)


def _no_common_way(server: str, offered: Sequence[str]) -> str:
    if not offered:
        return (
            f"{server} offers no login here, and DIGEST_SMTP_USERNAME is set: leave the user name "
            "and the password out if it wants none, or set DIGEST_SMTP_PORT and "
            "DIGEST_SMTP_SECURITY to where it takes one (mostly 587 with starttls, or 465 with tls)"
        )
    return (
        f"{server} offers no login that digest knows: it offers "
        f"{in_short(', '.join(offered).upper())}, and digest knows {either(KNOWN)}; ask its "
        "administrator to allow one of them for this user (an app password, or SMTP AUTH), or send "
        "through another server"
    )


def _refusal(code: int, words: str) -> str:
    """Returns the refusal with advice, by its code and by the words of large providers."""
    if code in (530, 538) or "STARTTLS" in words:
        return (
            f"wants a secured connection before a login: {code} {words}; set DIGEST_SMTP_SECURITY "
            "to starttls or tls"
        )
    advice = "check DIGEST_SMTP_USERNAME and the password"
    if _SWITCHED_OFF.search(words):
        advice = (
            "ask the administrator to allow Authenticated SMTP (SMTP AUTH) for this mailbox; "
            "`digest help providers` says more"
        )
    elif code == 534 or _WANTS_ANOTHER.search(words):
        advice = (
            "check DIGEST_SMTP_USERNAME, and make an app password for DIGEST_SMTP_PASSWORD if the "
            "provider has such (Gmail wants one): `digest help providers` says how"
        )
    elif code == 503:
        advice = (
            "leave DIGEST_SMTP_USERNAME and the password out if the server wants no login, or use "
            "the port where it takes one"
        )
    return f"refuses the login: {code} {words}; {advice}"
