"""Decides when arXiv may be asked next, and when it is to be left alone.

arXiv's terms of use ask for three seconds between requests. A request that failed is repeated after
a pause that doubles, and that is never shorter than what the server asked for (Retry-After). A page
that failed to its last try makes the next one careful: it is tried once, after the next longer
pause. Where that fails as well it is arXiv as a whole that fails, and not one query: nothing is
asked any more in this round. Seconds are those of a clock that never goes back.
"""

import contextlib
from email.utils import parsedate_to_datetime

from digest.clock import Moment, utc

A_DAY = 86_400.0
"""Seconds. A server that asks for more is left alone for so long."""
_DIGITS = 10
"""A number of seconds with more digits is no wish but a mistake."""
_LONGEST_PAUSE = 300.0
"""Seconds. A server that asks for more is left alone for the rest of the round."""


class Pace:
    """How one round of requests goes so far.

    Args:
        delay: seconds from one answer to the next request.
        tries: how often one page is asked for before giving up.
    """

    def __init__(self, delay: float, tries: int) -> None:
        self._delay = delay
        self._tries = tries
        self._not_before = 0.0
        self._given_up = 0
        self.trouble = ""

    def tries(self, now: float) -> int:
        """How often the next page may be asked for; 0 where arXiv is to be left alone."""
        if self.wait(now) > _LONGEST_PAUSE or self._given_up >= 2:
            return 0
        return 1 if self._given_up else self._tries

    def wait(self, now: float) -> float:
        """Seconds until the next request may go out."""
        return max(0.0, self._not_before - now)

    def answered(self, now: float) -> None:
        """ArXiv has given a page, or has said what is wrong with the query."""
        self._given_up = 0
        self._not_before = now + self._delay

    def failed(
        self, now: float, attempt: int, reason: str, *, asked: float | None, jitter: float
    ) -> None:
        """A request came to nothing.

        Args:
            now: the present.
            attempt: which try of its page it was, from 1 on.
            reason: why, in words; kept as `trouble`.
            asked: the seconds of Retry-After, None where there was none; a day counts at most.
            jitter: what the growing pause is multiplied with, around 1.
        """
        growing = min(self._delay * 2 ** min(attempt, 20) * jitter, _LONGEST_PAUSE)
        wish = min(asked or 0.0, A_DAY)
        self._not_before = now + max(self._delay, growing, wish)
        self.trouble = reason
        if wish > _LONGEST_PAUSE:
            self.trouble = f"{reason}, and asks to be left alone for {wish:.0f} seconds"
            if wish == A_DAY:
                self.trouble = f"{reason}, and asks to be left alone for a day or more: for a day"

    def gave_up(self) -> None:
        """The last try of a page has failed."""
        self._given_up += 1

    def resume(self) -> None:
        """A new round begins; what the server asked for still holds."""
        self._given_up = 0


def retry_after(value: str | None, now: Moment) -> float | None:
    """The seconds that a Retry-After header asks for (RFC 9110 section 10.2.3).

    None where there is no header, or one that says nothing: no date, a date beyond the calendar, a
    negative number, one of more than ten digits. A date that has passed is no wait.

    >>> retry_after("120", Moment(2026, 11, 24))
    120.0
    """
    text = (value or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text) if len(text) <= _DIGITS else None
    with contextlib.suppress(ArithmeticError, LookupError, TypeError, ValueError):
        return max(0.0, (utc(parsedate_to_datetime(text)) - now).total_seconds())
    return None
