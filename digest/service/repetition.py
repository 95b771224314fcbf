"""Notices that something was done and is due again as if it had not been.

That is a mistake in this program. It must neither be done over and over, which would ask arXiv or
mail readers without end, nor be left for ever.
"""

from datetime import timedelta

from digest.clock import Moment, later

_FIRST = timedelta(minutes=1)
_LONGEST = timedelta(hours=1)


class Repetition:
    """What was done last, and how often in vain."""

    def __init__(self) -> None:
        self._done: object = None
        self._times = 0
        self._until: Moment | None = None

    def look(self, what: object, now: Moment) -> Moment | None:
        """When to look again instead of doing `what`; None where it is to be done now.

        The pause is a minute, and twice as long each further time, up to an hour.
        """
        if what != self._done:
            self._done, self._times, self._until = what, 0, None
            return None
        if self._until is None:
            pause = min(_LONGEST, _FIRST * 2 ** min(self._times, 10))
            self._times += 1
            self._until = later(now, pause)
        elif not timedelta() < self._until - now <= _LONGEST:  # it is over, or the clock was set
            self._until = None
        return self._until

    def forget(self) -> None:
        """Has whatever is due be done: the last time something was in the way."""
        self._done = None
