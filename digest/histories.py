"""One object for each history: readers of whom the same is true share it, and so do their steps.

A day takes all readers of one list of keywords from one history to the next. The step is worked out
once and remembered, so that a hundred thousand deliveries cost a look-up each, and the memory of as
many readers is that of their differences.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from digest.records import NO_HISTORY, History

_MOST_STEPS = 50_000
"""Steps remembered; then they are worked out anew, as after a start."""

Spans = dict[str, tuple[tuple[int, int], ...]]


class Histories:
    """All histories of a ledger.

    Args:
        known: those that there are, with repetitions.
    """

    def __init__(self, known: Iterable[History] = ()) -> None:
        self._known: dict[History, History] = {}
        self._covers: dict[object, Mapping[str, int]] = {}
        self._steps: dict[object, tuple[object, History]] = {}
        self._begins: dict[object, tuple[object, Mapping[str, int]]] = {}
        self._last_covered: tuple[tuple[object, object, object], History]
        self.keep(known)

    def __iter__(self) -> Iterator[History]:
        return iter(self._known.values())

    def keep(self, known: Iterable[History]) -> None:
        """Forgets all but these."""
        self._known = {history: history for history in set(known)}
        self._forget_steps()

    def shared(self, numbers: Mapping[str, int]) -> Mapping[str, int]:
        """The one object for these numbers of batches, by keyword."""
        return self._covers.setdefault(tuple(numbers.items()), numbers)

    def begins(self, history: History, covers: Mapping[str, int]) -> Mapping[str, int]:
        """Where the last span of each of these keywords begins; `covers` is `shared`."""
        key = (history, id(covers))
        found = self._begins.get(key)
        if found is None:
            begins = self.shared({keyword: history.spans[keyword][-1][0] for keyword in covers})
            found = self._begins[key] = (covers, begins)  # held, so that its id stays its own
        return found[1]

    def begun(self, history: History, begins: tuple[tuple[str, int], ...]) -> History:
        """The history of who reads these keywords besides, each from after a batch on."""

        def step() -> History:
            spans = dict(history.spans)
            for keyword, last in begins:
                spans[keyword] = (*spans.get(keyword, ()), (last, last))
            return self._one((*history.keywords, *(keyword for keyword, _ in begins)), spans)

        return self._step((history, begins), None, step)

    def ended(self, history: History, keywords: tuple[str, ...]) -> History:
        """The history of who does not read these any more."""
        left = tuple(keyword for keyword in history.keywords if keyword not in keywords)
        return self._one(left, dict(history.spans))

    def covered(
        self, history: History, covers: Mapping[str, int], begun: Mapping[str, int]
    ) -> History:
        """The history of who has had all up to these batches.

        A keyword's last span is extended, or the one that began at `begun`.
        """
        before, after = self._last_covered
        if before[0] is history and before[1] is covers and before[2] is begun:
            return after  # readers who are alike mostly come one after the other
        given, covers, begun = (history, covers, begun), self.shared(covers), self.shared(begun)

        def step() -> History:
            spans = dict(history.spans)
            for keyword, upto in covers.items():
                own = list(spans[keyword])
                begins = [after for after, _ in own]
                last = len(own) - 1 - begins[::-1].index(begun.get(keyword, begins[-1]))
                after, known = own[last]
                own[last] = (after, max(known, upto))
                spans[keyword] = tuple(own)
            return self._one(history.keywords, spans)

        after = self._step((history, id(covers), id(begun)), (covers, begun), step)
        self._last_covered = given, after
        return after

    def _step(self, key: object, held: object, step: Callable[[], History]) -> History:
        """Where a step leads; what its key has the ids of is held, so that they stay its own."""
        found = self._steps.get(key)
        if found is None:
            if len(self._steps) >= _MOST_STEPS:
                self._forget_steps()
            found = self._steps[key] = (held, step())
        return found[1]

    def _forget_steps(self) -> None:
        self._steps, self._begins, self._covers = {}, {}, {}
        self._last_covered = (None, None, None), NO_HISTORY

    def _one(self, keywords: tuple[str, ...], spans: Spans) -> History:
        history = History(keywords, spans)
        return self._known.setdefault(history, history)
