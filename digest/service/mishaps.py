"""A step of the daemon that failed: told to the log, the service manager and the operator.

Whatever the reason, the next step is a minute later. Only who is told, and when, depends on it.
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
"""Until the next step where another process writes the store."""
_TROUBLE = timedelta(minutes=1)
"""Until the next step where one failed."""
_LONG = timedelta(minutes=15)
"""The operator is told of a failure that time may mend once it has lasted so long."""


class Mishaps:
    """The failures in a row.

    Args:
        operator: the way to the operator.
        status: tells the service manager.
    """

    def __init__(self, operator: OperatorPost, status: Callable[[str], None]) -> None:
        self._operator = operator
        self._status = status
        self._lasting = timedelta()

    def over(self) -> None:
        """Notes that a step went well."""
        self._lasting = timedelta()

    def look(self, error: Exception, now: Moment) -> Moment:
        """Tells of a step that failed; returns when to try again.

        Raises:
            StoppedError: the process was told to stop meanwhile.
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
        self._operator.tell_once(words, f"{words}; it is tried again each minute", now)
        return later(now, _TROUBLE)

    def _lasts(self, error: DigestError, now: Moment, pause: timedelta) -> Moment:
        self._lasting += pause
        if self._lasting >= _LONG:
            told = f"nothing could be done for {self._lasting // _TROUBLE} minutes: {error}"
            self._operator.tell_once(type(error).__name__, told, now)
        return later(now, pause)
