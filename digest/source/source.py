"""What a source of papers gives, whichever it is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from digest.model.paper import Paper


@dataclass(frozen=True, slots=True)
class Reading:
    """What came back for one keyword: papers in arXiv's order, each versioned identifier once.

    `total` is the number of papers that arXiv announced; `ended` says that its end was reached;
    `fault` is empty, or why the reading stopped early, in a few words; `unreadable` names entries
    that are no papers of ours, each once.
    """

    papers: tuple[Paper, ...]
    total: int
    ended: bool
    fault: str = ""
    unreadable: tuple[str, ...] = ()


FEW = 3
_FEW_SHARE = 20
"""A paper whose new title no longer matches leaves the listing for good: at most three, or one in
twenty; an answer that was cut loses more."""

_NAMED = 3
"""So many entries that cannot be read are named, and the others counted."""


def are_few(some: int, of: int) -> bool:
    """Whether so many of an answer may be odd: more, and the answer itself is."""
    return some <= max(FEW, of // _FEW_SHARE)


def cannot_be_read(names: Sequence[str], *, besides: Collection[str] = ()) -> str:
    """Says which entries cannot be read, besides those that are known for it; "" for none."""
    odd = [name for name in names if name not in besides]
    if not odd:
        return ""
    named = ", ".join(odd[:_NAMED]) + (", …" if len(odd) > _NAMED else "")
    entries = "an entry" if len(odd) == 1 else f"{len(odd)} entries"
    return f"{entries} of arXiv's cannot be read: {named}"
