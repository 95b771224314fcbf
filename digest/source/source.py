"""Defines the answer of a source of papers, and judges what in it is odd but harmless."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from digest.model.keyword import Keyword
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


class Language(Protocol):
    """The way in which a source is asked for a keyword. Nothing here makes a request."""

    @property
    def name(self) -> str:
        """The name of the source, as readers know it."""
        ...

    def query(self, keyword: Keyword) -> str:
        """The query for a keyword, as `Source.read` takes it."""
        ...

    def wanted(self, keyword: Keyword) -> tuple[str, ...]:
        """The words and phrases that the query looks for in titles and abstracts."""
        ...

    def search_url(self, keyword: Keyword) -> str:
        """The address of the source's own search page for a keyword, for a reader to open."""
        ...


class Source(Language, Protocol):
    """A place that lists papers, newest first. It knows neither the store nor any reader."""

    def read(
        self,
        query: str,
        *,
        page_size: int,
        expected: bool,
        more: Callable[[Sequence[Paper]], bool],
        unreadable: Collection[str] = (),
    ) -> Reading:
        """Reads the newest papers of a query, page after page.

        Args:
            query: the query, as `query` returns it.
            page_size: papers in the first page.
            expected: True where papers are known to be there, so that an empty answer is a fault.
            more: takes the papers of a page, and returns whether to read the next one.
            unreadable: entries that could not be read the last time.

        Returns:
            The papers that came; `fault` says why they are not all, if so.

        Raises:
            QueryRefusedError: the source says that the query is wrong.
        """
        ...

    def resume(self) -> None:
        """Begins a new round; the source is asked again even if it failed in the last round."""
        ...

    def close(self) -> None:
        """Closes the connection."""
        ...


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
