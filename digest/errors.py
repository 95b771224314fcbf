"""The errors of the program, each with its exit status (numbers from sysexits.h).

    DigestError
    ├── UsageError               64  the command line
    ├── InputError               65  a listing or table file that cannot be read
    ├── RefusedError             69  a server said no, and will say no again
    │   ├── QueryRefusedError        arXiv, of a keyword's query
    │   └── MailRefusedError         the mail server, of the login or a message
    ├── StateError               74  the state store cannot be read or written
    ├── TryLaterError            75  a passing failure
    │   ├── ListingError             arXiv did not answer, or not with a listing
    │   ├── MailDeferredError        the mail server is unreachable, or said "not now"
    │   ├── StateInUseError          another process is writing the state
    │   ├── ClockBehindError         this machine's clock is years behind
    │   └── StoppedError             told to stop while at work
    └── ConfigurationError       78  the environment, .env, subscribers.yaml or a template

Every message is one sentence for a person: what is wrong and what to do about it. Errors of other
packages are turned into these at the edge where they appear (`raise … from`), and nowhere else.
"""

from dataclasses import dataclass


class DigestError(Exception):
    """The base of all errors with a message for a person; the command ends with `exit_status`."""

    exit_status = 70


class UsageError(DigestError):
    """The command line asks for something that does not exist."""

    exit_status = 64


class InputError(DigestError):
    """A file given as input has the wrong form."""

    exit_status = 65


class RefusedError(DigestError):
    """A server refused permanently: the same request will be refused again."""

    exit_status = 69


class QueryRefusedError(RefusedError):
    """arXiv answered 400 with an error entry: the keyword's query is wrong."""


class MailRefusedError(RefusedError):
    """The mail server refused permanently (5yz, RFC 5321 section 4.2.1), or offers no safe login.

    `code` is the reply code; None if this side refused (no TLS, no SMTPUTF8).
    """

    def __init__(self, message: str, *, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class StateError(DigestError):
    """The state store cannot be read or written, or is damaged."""

    exit_status = 74


class TryLaterError(DigestError):
    """A passing failure: the same request can succeed later."""

    exit_status = 75


class ListingError(TryLaterError):
    """arXiv did not give a usable listing.

    `retry_after` is the server's Retry-After in seconds, None if it sent none.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class MailDeferredError(TryLaterError):
    """The mail server could not be reached, broke off, or answered 4yz (RFC 5321 section 4.2.1).

    `code` is the reply code, None if there was no reply.
    """

    def __init__(self, message: str, *, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class StateInUseError(TryLaterError):
    """Another process holds the lock for writing."""


class ClockBehindError(TryLaterError):
    """This machine's clock is far behind the dates of known papers, so no decision is safe."""


class StoppedError(TryLaterError):
    """The process was told to stop; the next one takes up its unfinished work."""


class ConfigurationError(DigestError):
    """Settings, subscribers or templates are wrong."""

    exit_status = 78


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a configuration: its place, the value found, the values allowed.

    `line` counts from 1; it is 0 for a place without lines (the environment, a whole file).
    """

    where: str
    line: int
    found: str

    def __str__(self) -> str:
        return (
            f"{self.where}:{self.line}: {self.found}"
            if self.line
            else f"{self.where}: {self.found}"
        )


class MistakesError(ConfigurationError):
    """All mistakes of a configuration, one a line."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = tuple(mistakes)
