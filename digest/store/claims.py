"""Defines a reader's claims: the spans of batches of each keyword that the reader is due."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Claim(NamedTuple):
    """A span of batches that one reader is due: those after `after`, up to and with `end`.

    An `end` of None means that all later batches belong to it. The reader has had the batches up to
    `had`.
    """

    after: int
    had: int
    end: int | None = None

    def upto(self, last: int) -> int:
        """The last batch of the claim, if `last` is the last batch of the keyword."""
        return last if self.end is None else min(self.end, last)

    @property
    def settled(self) -> bool:
        """True where no batch of the claim is owed, now or later."""
        return self.end is not None and self.had >= self.end


Claims = Mapping[str, tuple[Claim, ...]]
"""A reader's claims to each keyword, in the order of the batches."""

Reads = Mapping[str, tuple[str, ...]]
"""The keywords of one reader, by configuration."""


class History:
    """A reader's keywords, and the batches that the reader is due and has had. It never changes.

    `reads` holds the present keywords, `claims` the claims to each keyword that was ever read. All
    readers with equal histories share one object (`digest.store.histories`).
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
    """Returns whether a claim has ended before the reader had all its batches."""
    return any(claim.end is not None and claim.had < claim.end for claim in claims)
