"""Tells in which batches of a keyword each paper was met, and in which version."""

from collections.abc import Iterable, Iterator, Mapping


class Sightings:
    """The batches of one keyword in which each paper was met, with the version."""

    def __init__(self, batches: Mapping[int, str]) -> None:
        self._first: dict[str, int] = {}
        self._first_version: dict[str, int] = {}
        self._later: dict[str, list[tuple[int, int]]] = {}
        for number in sorted(batches):
            self.add(number, batches[number].split())

    def add(self, number: int, versioned_ids: Iterable[str]) -> None:
        """Notes that batch `number` holds these papers, after all batches added before."""
        for versioned_id in versioned_ids:
            base, version = known_identifier(versioned_id)
            if base not in self._first:
                self._first[base] = number
                self._first_version[base] = version
            else:
                self._later.setdefault(base, []).append((number, version))

    def among(self, bases: Mapping[str, object]) -> Iterable[str]:
        """The members of `bases` that the keyword has met."""
        return bases.keys() & self._first.keys()

    def of(self, base: str) -> Iterator[tuple[int, int]]:
        """Yields (batch number, version) for each time the paper was met, first to last."""
        if base in self._first:
            yield self._first[base], self._first_version[base]
            yield from self._later.get(base, ())

    def version(self, base: str) -> int:
        """The highest version met; 0 where the paper was never met."""
        return max((version for _, version in self.of(base)), default=0)

    def is_first(self, base: str, number: int) -> bool:
        """Returns whether the keyword met the paper for the first time in batch `number`."""
        return self._first.get(base) == number


def known_identifier(versioned_id: str) -> tuple[str, int]:
    """The base identifier and version of a versioned identifier; ValueError for any other text.

    >>> known_identifier("2403.09554v2")
    ('2403.09554', 2)
    """
    base, _, version = versioned_id.rpartition("v")
    if not (base and version.isdecimal()):
        raise ValueError(f"{versioned_id!r} is no arXiv identifier")
    return base, int(version)
