"""Asks one of arXiv's hosts: waits for its turn, and asks again after a failure."""

import logging
import math
import random
import time
from collections.abc import Callable
from typing import TypeVar

from digest.clock import Clock
from digest.errors import ListingError
from digest.source.pacing import Pace, Politeness
from digest.text import logfmt

log = logging.getLogger(__name__)

T = TypeVar("T")


class Asker:
    """Makes the requests to one host, one after the other.

    Args:
        politeness: the manners, which the clients of all of arXiv's hosts share.
        tries: the number of requests for one page before it gives up.
        clock: the clock that waits between requests.
        leave: closes the connection, when another client has its turn.

    Attributes:
        requests: the number of requests so far.
        spent: the seconds that requests and pauses have taken so far.
        limit: the value of `spent` from which on no failed request is repeated.
    """

    def __init__(
        self, politeness: Politeness, tries: int, clock: Clock, leave: Callable[[], None]
    ) -> None:
        self.requests = 0
        self.spent = 0.0
        self.limit = math.inf
        self._politeness = politeness
        self._pace = Pace(politeness, tries)
        self._clock = clock
        self._leave = leave

    def ask(self, once: Callable[[int], T], *, instead: Callable[[], T | None] = lambda: None) -> T:
        """Makes a request, and repeats it until it succeeds or the tries are used up.

        Args:
            once: makes the request; it is given the number of the try, from 1 on. A ListingError
                is a failure, and any other error an answer.
            instead: returns the result to use where all tries have failed, None for none.

        Raises:
            ListingError: all tries have failed, or the host is not to be asked.
        """
        tries = self._pace.tries(time.monotonic())
        if not tries:
            raise ListingError(f"not asked for, since arXiv fails: {self._pace.trouble}")
        for attempt in range(1, tries + 1):
            self._wait()
            begun = time.monotonic()
            try:
                return self._made(once, attempt)
            except ListingError as error:
                failure = error
                self._failed(attempt, tries, error)
            finally:
                self.spent += time.monotonic() - begun
            if self.spent >= self.limit or not self._pace.tries(time.monotonic()):
                break
        if (found := instead()) is not None:
            return found
        self._pace.gave_up()
        raise ListingError(self._pace.trouble) from failure

    def answered(self) -> None:
        """Notes that the host gave an answer, although the request may still count as failed."""
        self._pace.answered(time.monotonic())

    def left_alone(self) -> float:
        """The seconds for which the host asked to be left alone; 0 where it did not."""
        return self._pace.left_alone(time.monotonic())

    def resume(self) -> None:
        """Begins a new round; the host is asked again even if it failed in the last one."""
        self._pace.resume()

    def _made(self, once: Callable[[int], T], attempt: int) -> T:
        """Makes one request; whatever is no failure is an answer."""
        self._politeness.turn(self._leave)
        self.requests += 1
        try:
            answer = once(attempt)
        except ListingError:
            raise
        except Exception:
            self.answered()
            raise
        self.answered()
        return answer

    def _wait(self) -> None:
        if wait := self._pace.wait(time.monotonic()):
            self._clock.sleep(wait)
            self.spent += wait

    def _failed(self, attempt: int, tries: int, failure: ListingError) -> None:
        self._pace.failed(
            time.monotonic(),
            attempt,
            str(failure),
            asked=failure.retry_after,
            jitter=random.uniform(0.75, 1.25),  # noqa: S311 (no secret)
        )
        reason = self._pace.trouble
        log.warning(logfmt("arxiv-failed", reason=reason, attempt=attempt, of=tries))
