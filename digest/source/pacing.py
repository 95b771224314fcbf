"""Decides when the next request to arXiv may go out, and when to send no more.

arXiv's terms of use ask for three seconds between requests and for one connection, over its query
API, OAI-PMH and feeds together (https://info.arxiv.org/help/api/tou.html). One `Politeness` keeps
that for all hosts; each host has a `Pace` of its own, so that one which fails silences no other.

A failed request is repeated after a pause that doubles, and that is never shorter than the server's
Retry-After. When all tries of a page have failed, the next page is tried only once, after the next
longer pause. If that fails as well, the host as a whole is failing, not one query. Then no more
requests are sent to it in this round. All seconds are those of a clock that never goes back.
"""

import contextlib
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from digest.clock import Moment, utc

A_DAY = 86_400.0
"""The longest wait in seconds that a server's Retry-After can cause."""
_DIGITS = 10
"""The most digits of a Retry-After in seconds; a longer number is a mistake."""
_LONGEST_PAUSE = 300.0
"""The longest pause in seconds within a round; a longer Retry-After ends the round."""


class Politeness:
    """The manners of one user of arXiv: a delay between any two requests, and one connection.

    Args:
        delay: seconds between an answer and the next request, to whichever host.
    """

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self._not_before = 0.0
        self._leave: Callable[[], None] | None = None

    def wait(self, now: float) -> float:
        """The seconds until the next request may be sent to any host."""
        return max(0.0, self._not_before - now)

    def turn(self, leave: Callable[[], None]) -> None:
        """Gives a client its turn. The connection of the client before it is closed.

        Args:
            leave: closes the client's connection; called when another client has its turn.
        """
        if self._leave is not None and self._leave != leave:
            self._leave()
        self._leave = leave

    def ended(self, now: float) -> None:
        """Notes the end of a request, however it ended."""
        self._not_before = now + self.delay


class Pace:
    """The state of one round of requests to one host.

    Args:
        politeness: the manners, which all hosts share.
        tries: the number of requests for one page before the client gives up.
    """

    def __init__(self, politeness: Politeness, tries: int) -> None:
        self._politeness = politeness
        self._tries = tries
        self._not_before = 0.0
        self._given_up = 0
        self.trouble = ""

    def tries(self, now: float) -> int:
        """The number of tries for the next page; 0 where no request may be sent."""
        if self.left_alone(now) or self._given_up >= 2:
            return 0
        return 1 if self._given_up else self._tries

    def wait(self, now: float) -> float:
        """The seconds until the next request may be sent."""
        return max(self._pause(now), self._politeness.wait(now))

    def left_alone(self, now: float) -> float:
        """The seconds for which the server asked to be left alone; 0 where it did not."""
        return pause if (pause := self._pause(now)) > _LONGEST_PAUSE else 0.0

    def answered(self, now: float) -> None:
        """Notes an answer: a page, or an error that arXiv found in the query."""
        self._given_up = 0
        self._not_before = now
        self._politeness.ended(now)

    def failed(
        self, now: float, attempt: int, reason: str, *, asked: float | None, jitter: float
    ) -> None:
        """Notes a request that failed.

        Args:
            now: the present.
            attempt: the number of this try of its page, from 1 on.
            reason: the reason in words, for `trouble`.
            asked: the seconds of Retry-After, None where there was none; at most a day counts.
            jitter: the factor, around 1, by which the growing pause is multiplied.
        """
        growing = min(self._politeness.delay * 2 ** min(attempt, 20) * jitter, _LONGEST_PAUSE)
        wish = min(asked or 0.0, A_DAY)
        self._not_before = now + max(growing, wish)
        self._politeness.ended(now)
        self.trouble = reason
        if wish > _LONGEST_PAUSE:
            self.trouble = f"{reason}, and asks to be left alone for {wish:.0f} seconds"
            if wish == A_DAY:
                self.trouble = f"{reason}, and asks to be left alone for a day or more: for a day"

    def gave_up(self) -> None:
        """Notes that the last try of a page has failed."""
        self._given_up += 1

    def resume(self) -> None:
        """Begins a new round; a Retry-After of the server still holds."""
        self._given_up = 0

    def _pause(self, now: float) -> float:
        """The seconds until the next request may be sent to this host, whatever the others do."""
        return max(0.0, self._not_before - now)


def retry_after(value: str | None, now: Moment) -> float | None:
    """The seconds that a Retry-After header asks for (RFC 9110 section 10.2.3).

    The result is None where there is no header, or where its value cannot be used: no date, a date
    beyond the calendar, a negative number, or one of more than ten digits. A date in the past gives
    0.

    >>> retry_after("120", Moment(2026, 11, 24))
    120.0
    """
    text = (value or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text) if len(text) <= _DIGITS else None
    with contextlib.suppress(ArithmeticError, LookupError, TypeError, ValueError):
        return max(0.0, (utc(parsedate_to_datetime(text)) - now).total_seconds())
    return None
