"""Mails whoever runs this, beside the readers' digests: what is wrong, once a day at most."""

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
"""Until the same is tried again, where the mail server did not take it."""


class Stationery(Protocol):
    """What makes the operator's mail."""

    def operator_mail(self, lines: list[str], at: Moment) -> Envelope | None:
        """The mail that tells the operator; None where nobody is named."""
        ...

    def server(self) -> MailServer | None:
        """The mail server; None where there is none."""
        ...


class OperatorPost:
    """The way to the operator."""

    def __init__(self, stationery: Stationery, lifetime: Lifetime) -> None:
        self._stationery = stationery
        self._lifetime = lifetime
        self._told: dict[str, Moment] = {}
        self._tried: dict[str, Moment] = {}

    def tell(self, about: str, lines: Sequence[str], now: Moment) -> bool:
        """Offers a mail with these lines; returns whether the server has taken it.

        It is not offered where one about the same was tried within the hour, or nobody is named.

        Raises:
            MailDeferredError, MailRefusedError: the mail server as a whole says no.
        """
        if _within(_AN_HOUR, self._tried.get(about), now):
            return False
        envelope = self._stationery.operator_mail(list(lines), now)
        server = self._stationery.server() if envelope else None
        if envelope is None or server is None:
            return False
        self._tried[about] = now
        taken: list[bool] = []

        def record(came: Sequence[Outcome]) -> None:
            for outcome in came:
                taken.append(outcome.accepted)
                if outcome.accepted:
                    log.info(logfmt("operator-told", troubles=len(lines)))
                else:
                    log.error(logfmt("operator-not-told", reason=outcome.reply))

        dispatch(server, iter([envelope]), record, lifetime=self._lifetime)
        return any(taken)

    def tell_once(self, about: str, line: str, now: Moment) -> None:
        """Tells a line, unless it was told within a day; a failure of that is logged and no more.

        For the time when the state cannot be used, so what was told is known to this process alone.

        Raises:
            StoppedError: the process was told to stop.
        """
        if _within(A_DAY, self._told.get(about), now):
            return
        try:
            if self.tell(about, [line], now):
                self._told[about] = now
        except StoppedError:
            raise
        except DigestError as error:
            log.error(logfmt("operator-not-told", reason=error))  # noqa: TRY400 (a sentence)
        except Exception:
            log.exception(logfmt("operator-not-told", reason="an error in digest itself"))


def place_of(error: BaseException) -> str:
    """Names an error, and where in the code it came up."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {frames[-1].name}, line {frames[-1].lineno} of {frames[-1].filename}"
    return f"{type(error).__name__}: {error}{where if frames else ''}"


def _within(span: timedelta, before: Moment | None, now: Moment) -> bool:
    """Whether a moment is no longer ago than that; one in the future is another clock's."""
    return before is not None and timedelta() <= now - before < span
