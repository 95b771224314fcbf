"""What a reader is due of each keyword, and has had: spans of batches, shared by many readers."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Claim(NamedTuple):
    """The batches that one reader is due: those after `after`, to `end` or, with None, all to come.

    The reader has had those up to `had`.
    """

    after: int
    had: int
    end: int | None = None

    def upto(self, last: int) -> int:
        """The last batch of the claim, where `last` is the keyword's."""
        return last if self.end is None else min(self.end, last)

    @property
    def settled(self) -> bool:
        """Whether nothing of it is owed, now or later."""
        return self.end is not None and self.had >= self.end


Claims = Mapping[str, tuple[Claim, ...]]
"""A reader's claims to each keyword, in the order of the batches."""

Reads = Mapping[str, tuple[str, ...]]
"""Which keywords each configuration has a reader read."""


class History:
    """What a reader reads now, and which batches they are due and have had. It is never changed.

    `reads` gives what is read now, `claims` the claims to each keyword ever read. There is one
    object for all readers of whom the same is true (`digest.store.histories`).
    """

    __slots__ = ("_hash", "claims", "keywords", "reads")

    def __init__(self, reads: Reads, claims: Claims) -> None:
        self.reads = reads
        self.claims = claims
        self.keywords = tuple(dict.fromkeys(k for some in reads.values() for k in some))
        self._hash = hash((frozenset(reads.items()), frozenset(claims.items())))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, History):
            return NotImplemented
        return self.reads == other.reads and self.claims == other.claims

    def __hash__(self) -> int:
        return self._hash


NO_HISTORY = History({}, {})


def is_owed(claims: Iterable[Claim]) -> bool:
    """Whether a claim that has ended was not had to its end."""
    return any(claim.end is not None and claim.had < claim.end for claim in claims)
