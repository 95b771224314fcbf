"""Reports a failed step of the daemon to the log, the service manager and the operator.

The next step follows after a minute at most. The kind of error decides who gets a report, and when.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from digest.clock import Moment, later
from digest.errors import DigestError, StateInUseError
from digest.service.operator_post import OperatorPost, place_of
from digest.text import logfmt

log = logging.getLogger(__name__)

_BUSY = timedelta(seconds=20)
"""Pause before the next step where another process writes the store."""
_TROUBLE = timedelta(minutes=1)
"""Pause before the next step after any other error."""
_LONG = timedelta(minutes=15)
"""Time after which the operator gets a mail about an error that may pass by itself."""


class Mishaps:
    """Counts how long steps have failed in a row, and reports it.

    Args:
        operator: sends the operator's mail.
        status: reports to the service manager.
    """

    def __init__(self, operator: OperatorPost, status: Callable[[str], None]) -> None:
        self._operator = operator
        self._status = status
        self._lasting = timedelta()

    def over(self) -> None:
        """Notes that a step succeeded."""
        self._lasting = timedelta()

    def look(self, error: Exception, now: Moment) -> Moment:
        """Reports a failed step; returns the time of the next try.

        Raises:
            StoppedError: the process was asked to stop meanwhile.
        """
        match error:
            case StateInUseError():
                log.warning(logfmt("store-busy", reason=error))
                return self._lasts(error, now, _BUSY)
            case DigestError():
                log.error(logfmt("failed", reason=error))
                self._status(str(error))
                return self._lasts(error, now, _TROUBLE)
        words = f"an error in digest itself, please report it: {place_of(error)}"
        log.error(logfmt("unforeseen", reason=words), exc_info=error)
        self._status(words)
        self._operator.send_once(words, f"{words}; it is tried again each minute", now)
        return later(now, _TROUBLE)

    def _lasts(self, error: DigestError, now: Moment, pause: timedelta) -> Moment:
        self._lasting += pause
        if self._lasting >= _LONG:
            line = f"nothing could be done for {self._lasting // _TROUBLE} minutes: {error}"
            self._operator.send_once(type(error).__name__, line, now)
        return later(now, pause)
