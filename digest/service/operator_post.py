"""Sends the operator mail about troubles, at most once a day, beside the readers' digests."""

import logging
import traceback
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from digest.clock import Moment
from digest.delivery.connection import MailServer
from digest.delivery.dispatch import dispatch
from digest.delivery.transaction import Envelope, Outcome
from digest.errors import DigestError, StoppedError
from digest.service.troubles import A_DAY
from digest.stopping import Lifetime
from digest.text import logfmt

log = logging.getLogger(__name__)

_AN_HOUR = timedelta(hours=1)
"""Pause before the next try where the mail server did not accept the mail."""


class OperatorMailer(Protocol):
    """Makes the operator's mail."""

    def operator_mail(self, lines: list[str], at: Moment) -> Envelope | None:
        """Returns the mail with these lines; None where no operator is named."""
        ...

    def server(self) -> MailServer | None:
        """Returns the mail server; None where there is none."""
        ...


class OperatorPost:
    """Sends mail to the operator, and remembers its subjects."""

    def __init__(self, mailer: OperatorMailer, lifetime: Lifetime) -> None:
        self._mailer = mailer
        self._lifetime = lifetime
        self._sent: dict[str, Moment] = {}
        self._tried: dict[str, Moment] = {}

    def send(self, about: str, lines: Sequence[str], now: Moment) -> bool:
        """Offers a mail with these lines; returns whether the server has accepted it.

        The mail is not offered where one about the same subject was tried within the hour, or where
        no operator is named.

        Raises:
            MailDeferredError, MailRefusedError: the mail server refuses or defers all mail.
        """
        if _within(_AN_HOUR, self._tried.get(about), now):
            return False
        envelope = self._mailer.operator_mail(list(lines), now)
        server = self._mailer.server() if envelope else None
        if envelope is None or server is None:
            return False
        self._tried[about] = now
        taken: list[bool] = []

        def note(came: Sequence[Outcome]) -> None:
            for outcome in came:
                taken.append(outcome.accepted)
                if outcome.accepted:
                    log.info(logfmt("operator-told", troubles=len(lines)))
                else:
                    log.error(logfmt("operator-not-told", reason=outcome.reply))

        dispatch(server, iter([envelope]), note, lifetime=self._lifetime)
        return any(taken)

    def send_once(self, about: str, line: str, now: Moment) -> None:
        """Mails a line, unless this subject was mailed within a day; an error is only logged.

        This also works while the store cannot be used: only this process remembers the subjects.

        Raises:
            StoppedError: the process was asked to stop.
        """
        if _within(A_DAY, self._sent.get(about), now):
            return
        try:
            if self.send(about, [line], now):
                self._sent[about] = now
        except StoppedError:
            raise
        except DigestError as error:
            log.error(logfmt("operator-not-told", reason=error))  # noqa: TRY400 (a sentence)
        except Exception:
            log.exception(logfmt("operator-not-told", reason="an error in digest itself"))


def place_of(error: BaseException) -> str:
    """Returns an error's name and message, and its place in the code."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {frames[-1].name}, line {frames[-1].lineno} of {frames[-1].filename}"
    return f"{type(error).__name__}: {error}{where if frames else ''}"


def _within(span: timedelta, before: Moment | None, now: Moment) -> bool:
    """Returns whether a moment lies within a span before now; one in the future does not."""
    return before is not None and timedelta() <= now - before < span
