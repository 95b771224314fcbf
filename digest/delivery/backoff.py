"""When a server says "not now": whom it means, how fast to go on, and when to leave it alone.

RFC 5321 section 4.2.1 has every 4yz mean "later". Most of them are said of one recipient: a mailbox
that is full, an address that is on a greylist. Those slow nobody else down. The others are what a
server says that has too much to do, or finds us too fast, or has us on too many connections.
"""

import re
from enum import Enum

from digest.delivery.meaning import Step, enhanced_code


class Delay(Enum):
    """Whom or what a 4yz is about."""

    READER = "this recipient alone"
    CONNECTIONS = "too many connections at once"
    RATE = "too many messages in so short a time"
    BUSY = "the server, which may have too much to do"
    DAY = "what an account may send in an hour or a day"


_OF_THE_SERVER = (421, 432, 450, 451, 452, 454)
_GREYLIST = re.compile(r"gr[ea]y\W?list|come back")
_DAY = re.compile(
    r"\b(daily|hourly|monthly|per (hour|day|month)|24 ?hours?)\b.*(limit|quota|exceed)"
    r"|(limit|quota|exceed).*\b(daily|hourly|monthly|per (hour|day|month))\b"
)
_CONNECTIONS = re.compile(
    r"concurren|simultaneous|(too many|limit|maximum|number) .*connections?\b"
)
_RATE = re.compile(
    r"throttl|\brate\b|too (fast|many|much|quickly)|slow down|unusual"
    r"|limit\w* (was |is |has been )?(exceeded|reached)|exceed\w* .*limit"
)


def delay_of(step: Step, code: int, words: str) -> Delay:
    """Tells what a 4yz is about, by the command that it answers, its code and its words.

    At RCPT, without such words, it is the recipient: greylisting says little more than "later".
    """
    plain = words.casefold()
    if enhanced_code(words).startswith(("4.1.", "4.2.")) or _GREYLIST.search(plain):
        return Delay.READER
    if _DAY.search(plain):
        return Delay.DAY
    if code == 432 or _CONNECTIONS.search(plain):
        return Delay.CONNECTIONS
    if _RATE.search(plain):
        return Delay.RATE
    if code not in _OF_THE_SERVER or (step is Step.RCPT and code != 421):
        return Delay.READER
    return Delay.BUSY


IN_A_ROW = 3
"""So many times BUSY, one after the other, are no chance."""
ENOUGH = 100
"""So many times BUSY in a row, and the server is left alone. Fewer may be about readers of one
domain, behind whom others wait."""
_LONGEST_PAUSE = 30.0
_LONGEST = 300.0
"""Seconds that all pauses of a run take together: other readers' digests wait meanwhile."""
_SHORTEST_INTERVAL = 0.1
_LONGEST_INTERVAL = 2.0
_CALM_AFTER = 50
"""So many messages are taken before it goes faster again."""


class BackOff:
    """How fast to go on, after what a run has heard. It knows no clock, and waits for nothing.

    Attributes:
        connections: how many may be open at once.
        interval: seconds between two messages of one connection.
        round: grows with each slow-down. What was begun in an earlier round tells nothing new.
        times: how often in a row a message was put off, with none taken in between.
        pausing: whether a pause is due before the next message, longer than the interval.
        enough: whether the server is to be left alone: all pauses were made, in vain.
    """

    def __init__(self, connections: int) -> None:
        self.connections = self._most = connections
        self.interval = 0.0
        self.round = 0
        self.times = 0
        self.enough = False
        self._pauses = 0
        self._spent = 0.0
        self._calm = 0
        self.pausing = False

    @property
    def slow(self) -> bool:
        """Whether it goes more slowly than it was asked to."""
        return self.connections < self._most or self.interval > 0

    def put_off(self, delay: Delay, begun_in: int) -> None:
        """Takes note that a message was put off which was begun in that round."""
        if delay in (Delay.READER, Delay.DAY):
            return
        self.times += 1
        self._calm = 0
        if delay is Delay.CONNECTIONS and self.connections > 1:
            self.connections -= 1
            self._most = self.connections  # the server's limit, which will not change
        elif begun_in == self.round and (delay is not Delay.BUSY or self.times >= IN_A_ROW):
            self._slow_down(delay)

    def taken(self) -> None:
        """Takes note that a message was taken."""
        self.times = self._pauses = 0
        self._calm += 1
        if self._calm % _CALM_AFTER == 0:
            self.connections = self._most
            self.interval = self.interval / 2 if self.interval > _SHORTEST_INTERVAL else 0.0

    def again(self) -> None:
        """Has who was put off wait for a pause, unless others were taken meanwhile."""
        self.pausing = self.pausing or self.times > 0

    @property
    def due(self) -> bool:
        """Whether the next message has to wait."""
        return self.pausing or self.interval > 0

    def pause(self) -> float:
        """Seconds to wait before the next message: 1, 2, 4, ..., or the interval alone."""
        if not self.pausing:
            return self.interval
        self.pausing = False
        seconds = min(2.0**self._pauses, _LONGEST_PAUSE, _LONGEST - self._spent)
        self._pauses += 1
        self._spent += seconds
        return seconds

    def _slow_down(self, delay: Delay) -> None:
        often = delay is not Delay.BUSY or self.times >= ENOUGH
        self.enough = often and self._spent >= _LONGEST
        self.round += 1
        self.connections = 1
        doubled = max(_SHORTEST_INTERVAL, 2 * self.interval)
        self.interval = min(doubled, _LONGEST_INTERVAL)
        self.pausing = True
