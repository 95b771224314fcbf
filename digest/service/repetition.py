"""Notices work that is due again at once, as if it had not been done.

Such a repetition is an error in this program. Without a pause it would ask arXiv or mail readers
without end; so the work is repeated, but less and less often.
"""

from datetime import timedelta

from digest.clock import Moment, later

_FIRST = timedelta(minutes=1)
_LONGEST = timedelta(hours=1)


class Repetition:
    """The last work, and the number of its repetitions."""

    def __init__(self) -> None:
        self._done: object = None
        self._times = 0
        self._until: Moment | None = None

    def look(self, what: object, now: Moment) -> Moment | None:
        """Returns None where `what` may be done now, else the time of the next decision.

        The pause is a minute, and doubles with each repetition up to an hour.
        """
        if what != self._done:
            self._done, self._times, self._until = what, 0, None
            return None
        if self._until is None:
            pause = min(_LONGEST, _FIRST * 2 ** min(self._times, 10))
            self._times += 1
            self._until = later(now, pause)
        elif not timedelta() < self._until - now <= _LONGEST:  # over, or the clock was set
            self._until = None
        return self._until

    def forget(self) -> None:
        """Allows the same work at once, since an error stopped it the last time."""
        self._done = None
