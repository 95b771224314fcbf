"""Keeps one object for each history: readers with equal histories share it.

On a day with new papers all readers with one list of keywords go from one history to the next. This
step is computed once and remembered. So a hundred thousand deliveries cost one look-up each, and
the memory for as many readers grows only with their differences.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from digest.store.claims import Claim, Claims, History, Reads

_MOST_STEPS = 50_000
"""The most steps that are remembered; after that all are computed again, as after a start."""


class Histories:
    """All histories of a ledger.

    Args:
        known: the histories of all readers, with repetitions.
    """

    def __init__(self, known: Iterable[History] = ()) -> None:
        self._known: dict[History, History] = {}
        self._covers: dict[object, Mapping[str, int]] = {}
        self._steps: dict[object, History] = {}
        self._last: tuple[History, Mapping[str, int], History] | None = None
        self.keep(known)

    def __iter__(self) -> Iterator[History]:
        return iter(self._known.values())

    def keep(self, known: Iterable[History]) -> None:
        """Forgets all histories except these."""
        self._known = {history: history for history in set(known)}
        self._forget_steps()

    def shared(self, numbers: Mapping[str, int]) -> Mapping[str, int]:
        """The one object for these numbers of batches, by keyword."""
        return self._covers.setdefault(tuple(numbers.items()), numbers)

    def begun(
        self, history: History, configuration: str, starts: tuple[tuple[str, int], ...]
    ) -> History:
        """The history of a reader who also reads these keywords, each from after a batch on.

        A claim that ends at that batch or later is continued.
        """

        def step() -> History:
            claims = dict(history.claims)
            for keyword, start in starts:
                *before, last = claims.get(keyword, ()) or (None,)
                if last is None:
                    claims[keyword] = (Claim(start, start),)
                elif last.end is not None and last.end < start:
                    claims[keyword] = (*before, last, Claim(start, start))
                else:
                    claims[keyword] = (*before, last._replace(end=None))
            read = history.reads.get(configuration, ())
            added = (keyword for keyword, _ in starts if keyword not in read)
            reads = {**history.reads, configuration: (*read, *added)}
            return self._one(reads, claims)

        return self._step(("begun", history, configuration, starts), step)

    def ended(
        self, history: History, configuration: str, ends: tuple[tuple[str, int], ...]
    ) -> History:
        """The history of a reader who no longer reads these keywords in a configuration.

        If no configuration names the keyword for the reader, the claim to it ends with the given
        batch.
        """

        def step() -> History:
            gone = dict(ends)
            read = tuple(k for k in history.reads.get(configuration, ()) if k not in gone)
            reads = dict(history.reads) | {configuration: read}
            if not read:
                del reads[configuration]
            still = {keyword for some in reads.values() for keyword in some}
            claims = dict(history.claims)
            for keyword in gone.keys() - still:
                claims[keyword] = _ending(claims[keyword], gone[keyword])
            return self._one(reads, claims)

        return self._step(("ended", history, configuration, ends), step)

    def renamed(self, history: History, old: str, new: str) -> History:
        """The history of a reader after a configuration got another name."""
        reads = {new if name == old else name: read for name, read in history.reads.items()}
        return self._step(("renamed", history, old, new), lambda: self._one(reads, history.claims))

    def expired(self, history: History) -> History:
        """The history of a reader after all claims have expired."""
        claims = {
            keyword: tuple(claim._replace(end=claim.had) for claim in some)
            for keyword, some in history.claims.items()
        }
        return self._one(history.reads, claims)

    def covered(self, history: History, covers: Mapping[str, int]) -> History:
        """The history of a reader who has had all papers that they are due, up to these batches."""
        last = self._last
        if last is not None and last[0] is history and last[1] is covers:
            return last[2]  # readers with one history mostly follow one another

        def step() -> History:
            claims = dict(history.claims)
            for keyword, upto in covers.items():
                claims[keyword] = tuple(
                    claim._replace(had=max(claim.had, claim.upto(upto)))
                    if upto > claim.after
                    else claim
                    for claim in claims[keyword]
                )
            return self._one(history.reads, claims)

        after = self._step(("covered", history, tuple(covers.items())), step)
        self._last = history, covers, after
        return after

    def _step(self, key: object, step: Callable[[], History]) -> History:
        """The history after a step; computed once, and remembered."""
        found = self._steps.get(key)
        if found is None:
            if len(self._steps) >= _MOST_STEPS:
                self._forget_steps()
            found = self._steps[key] = step()
        return found

    def _forget_steps(self) -> None:
        self._steps, self._covers = {}, {}
        self._last = None

    def _one(self, reads: Reads, claims: Claims) -> History:
        history = History(reads, claims)
        return self._known.setdefault(history, history)


def _ending(claims: tuple[Claim, ...], end: int) -> tuple[Claim, ...]:
    """The claims; the last one ends with a batch, or where the reader has had more, with that."""
    *before, last = claims
    return (*before, last._replace(end=max(last.had, end)))
