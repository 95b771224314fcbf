"""Decides how fast to send after a server has said "later", and when to stop sending.

A reply code of 4yz means "later" (RFC 5321 section 4.2.1). Most of these replies are about one
recipient: a full mailbox, or an address on a greylist. They slow down no other message. The other
replies say that the server is busy, that messages come too fast, or that too many connections are
open.
"""

import re
from enum import Enum

from digest.delivery.meaning import Step, enhanced_code


class Delay(Enum):
    """The subject of a 4yz reply: one recipient, a limit of the server, or its load."""

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
    """Returns what a 4yz reply is about, by its command, its code and its words.

    A reply to RCPT whose words name no limit is about the recipient: greylisting says little more
    than "later".
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
"""Number of BUSY replies in a row after which sending slows down; fewer may be chance."""
ENOUGH = 100
"""Number of BUSY replies in a row after which the run stops. Fewer may all be about readers of one
domain, with readers of other domains still to come."""
_LONGEST_PAUSE = 30.0
_LONGEST = 300.0
"""Most seconds that all pauses of a run take together, since other readers wait meanwhile."""
_SHORTEST_INTERVAL = 0.1
_LONGEST_INTERVAL = 2.0
_CALM_AFTER = 50
"""Number of accepted messages after which sending becomes faster again."""


class BackOff:
    """Computes the speed of a run from the replies so far. It has no clock, and does not wait.

    Attributes:
        connections: how many connections may be open at once.
        interval: seconds between two messages of one connection.
        round: grows with each slow-down. A message begun in an earlier round slows nothing down.
        times: how many messages in a row were deferred, with none accepted in between.
        pausing: whether a pause longer than the interval comes before the next message.
        enough: whether the run should stop, since all pauses did not help.
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
        """Returns whether the run sends more slowly than the settings allow."""
        return self.connections < self._most or self.interval > 0

    def put_off(self, delay: Delay, begun_in: int) -> None:
        """Notes that the server deferred a message that was begun in round `begun_in`."""
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
        """Notes that the server accepted a message."""
        self.times = self._pauses = 0
        self._calm += 1
        if self._calm % _CALM_AFTER == 0:
            self.connections = self._most
            self.interval = self.interval / 2 if self.interval > _SHORTEST_INTERVAL else 0.0

    def again(self) -> None:
        """Asks for a pause before a deferred message, unless others were accepted meanwhile."""
        self.pausing = self.pausing or self.times > 0

    @property
    def due(self) -> bool:
        """Returns whether the next message has to wait."""
        return self.pausing or self.interval > 0

    def pause(self) -> float:
        """Returns the seconds to wait before the next message: 1, 2, 4, ..., or the interval."""
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
