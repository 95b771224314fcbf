"""The messages of a run, in the order in which they are offered.

returned by a connection that ended ─> not offered yet ─> deferred, offered once more
"""

from collections import Counter, deque
from collections.abc import Iterator

from digest.delivery.transaction import Envelope, Outcome

_TRIES = 6
"""Number of times that one run offers a message that the server defers."""


class Supply:
    """Messages that several connections share.

    Attributes:
        returned: the messages of connections that ended before the message was sent.
        put_off: the outcomes of messages that the server deferred.
    """

    def __init__(self, envelopes: Iterator[Envelope]) -> None:
        self.returned: list[Envelope] = []
        self.put_off: deque[Outcome] = deque()
        self._fresh = envelopes
        self._tries: Counter[str] = Counter()

    def fresh(self) -> Envelope | None:
        """Returns the next message that was not offered yet, None where there is none."""
        return self.returned.pop() if self.returned else next(self._fresh, None)

    def give_back(self, envelope: Envelope) -> None:
        """Takes back a message that was not sent; it becomes the next one."""
        self.returned.append(envelope)

    def later(self, outcome: Outcome) -> bool:
        """Adds a deferred message to the end of the run; returns False after too many tries."""
        key = outcome.envelope.key
        self._tries[key] += 1
        if self._tries[key] >= _TRIES:
            return False
        self.put_off.append(outcome)
        return True

    def again(self) -> Envelope | None:
        """Returns the next deferred message, None where there is none."""
        return self.put_off.popleft().envelope if self.put_off else None
