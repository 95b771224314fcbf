"""When a server says "not now" again and again: how long to pause, and when to leave it alone.

RFC 5321 section 4.2.1 has every 4yz mean "later". 421, 432, 450, 451, 452 and 454 are what a server
says that has too much to do, or finds us too fast; unless the enhanced code after it (RFC 3463)
says that it is about this recipient's address or mailbox (4.1.z, 4.2.z).
"""

import re

_NOT_NOW = (421, 432, 450, 451, 452, 454)
_ABOUT_THE_RECIPIENT = re.compile(r"4\.[12]\.")

IN_A_ROW = 3
"""So many such replies one after the other are no chance."""
_LONGEST = 60.0
"""Seconds that all pauses of a run take together: other readers' digests wait meanwhile."""
_CALM_AFTER = 50
"""So many messages are taken before all connections are used again."""
ENOUGH = 100
"""After so many such replies, with nothing taken in between, the server is left alone."""


class BackOff:
    """What one run has heard of the server's being busy. It knows no clock, and waits for nothing.

    Attributes:
        slow: whether one connection is to go on alone.
        enough: whether the server is to be left alone.
        due: whether a pause is due before the next message.
    """

    def __init__(self) -> None:
        self.slow = False
        self._in_a_row = 0
        self._taken = 0
        self._pauses = 0
        self._spent = 0.0
        self.due = False

    @property
    def enough(self) -> bool:
        """Whether the server is to be left alone for this run."""
        return self._in_a_row >= ENOUGH

    def heard(self, code: int, words: str) -> None:
        """Takes note of a reply to a message."""
        if code in _NOT_NOW and not _ABOUT_THE_RECIPIENT.match(words):
            self._in_a_row += 1
            self._taken = 0
            if self._in_a_row >= IN_A_ROW:
                self.slow = self.due = True
        elif 200 <= code < 300:
            self._in_a_row = 0
            self._taken += 1
            if self._taken >= _CALM_AFTER:
                self.slow = False

    def pause(self) -> float:
        """Seconds to pause before the next message: 1, 2, 4, ... each time that it comes to it."""
        if not self.due:
            return 0.0
        self.due = False
        seconds = min(2.0**self._pauses, _LONGEST - self._spent)
        self._pauses += 1
        self._spent += seconds
        return seconds
