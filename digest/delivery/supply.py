"""The messages of a run, in the order in which they are to be offered.

returned by a connection that ended ─> not offered yet ─> put off, to be offered once more
"""

from collections import Counter, deque
from collections.abc import Iterator

from digest.delivery.transaction import Envelope, Outcome

_TRIES = 6
"""So often a message is offered in one run that the server puts off."""


class Supply:
    """Messages that several connections share.

    Attributes:
        returned: those that a connection took down with it, before they were given away.
        put_off: the outcomes of those that the server wants later.
    """

    def __init__(self, envelopes: Iterator[Envelope]) -> None:
        self.returned: list[Envelope] = []
        self.put_off: deque[Outcome] = deque()
        self._fresh = envelopes
        self._tries: Counter[str] = Counter()

    def fresh(self) -> Envelope | None:
        """The next message that was not offered yet, None where there is none."""
        return self.returned.pop() if self.returned else next(self._fresh, None)

    def give_back(self, envelope: Envelope) -> None:
        """Takes a message back that was not given away: it is the next."""
        self.returned.append(envelope)

    def later(self, outcome: Outcome) -> bool:
        """Takes a message for the end of the run; returns False where it was there too often."""
        key = outcome.envelope.key
        self._tries[key] += 1
        if self._tries[key] >= _TRIES:
            return False
        self.put_off.append(outcome)
        return True

    def again(self) -> Envelope | None:
        """The next message that was put off, None where there is none."""
        return self.put_off.popleft().envelope if self.put_off else None
