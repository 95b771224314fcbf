"""Defines the answer of a source of papers, and judges what in it is odd but harmless."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from digest.model.paper import Paper


@dataclass(frozen=True, slots=True)
class Reading:
    """The answer to one query: papers in arXiv's order, each versioned identifier once.

    `total` is the number of papers that arXiv announced. `ended` is True where the end of the
    listing was reached. `fault` says in a few words why the reading stopped early; it is "" where
    it did not. `unreadable` names the entries that could not be read as papers, each once.
    `left_alone` is the number of seconds for which arXiv does not want to be asked, 0 for none.
    """

    papers: tuple[Paper, ...]
    total: int
    ended: bool
    fault: str = ""
    unreadable: tuple[str, ...] = ()
    left_alone: float = 0.0


FEW = 3
_FEW_SHARE = 20
"""Few entries: at most three, or one in twenty. A paper whose new title no longer matches leaves
the listing for good, so a few may be missing. An answer that was cut loses more."""

_NAMED = 3
"""The number of unreadable entries that are named; the others are counted."""


def are_few(some: int, of: int) -> bool:
    """Returns whether `some` is few enough; if more entries are odd, the whole answer is odd."""
    return some <= max(FEW, of // _FEW_SHARE)


def cannot_be_read(names: Sequence[str], *, besides: Collection[str] = ()) -> str:
    """Says which entries cannot be read, apart from those in `besides`; "" where there are none."""
    odd = [name for name in names if name not in besides]
    if not odd:
        return ""
    named = ", ".join(odd[:_NAMED]) + (", …" if len(odd) > _NAMED else "")
    entries = "an entry" if len(odd) == 1 else f"{len(odd)} entries"
    return f"{entries} of arXiv's cannot be read: {named}"
