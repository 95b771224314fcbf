"""Weighs the doubts about a harvest: which of them make it incomplete, and which are only noted.

Some oddities of arXiv's stay for good: a record that cannot be read, numbers that were never given
to a paper, a holiday that no list has. Such a doubt has a name. Where it still stands in a later
harvest, it is believed to be a fact: it is noted, and makes the harvest incomplete no more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from digest.clock import Moment

MEASURED = 20
"""The complete harvests, about a month of them, after which arXiv's usual gaps are known."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One doubt about a harvest, in words for a person.

    `blocks` is False where the harvest is complete in spite of it. `name` recognises the doubt in a
    later harvest; "" where it has to be dispelled. A doubt with a name is believed to be a fact
    after a further announcement, or in the very next harvest where `at_once` is True.
    """

    words: str
    blocks: bool = True
    name: str = ""
    at_once: bool = False


def note(words: str) -> Doubt:
    """A doubt that is only noted."""
    return Doubt(words, blocks=False)


@dataclass(frozen=True, slots=True)
class Weighed:
    """The doubts after weighing: `reasons` why a harvest is not complete, and `notes`.

    `standing` maps the name of each doubt that has one to the announcement for which it arose.
    """

    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    standing: Mapping[str, Moment]


def weighed(doubts: Iterable[Doubt], before: Mapping[str, Moment], through: Moment) -> Weighed:
    """Weighs doubts.

    Args:
        doubts: the doubts about a harvest; those of equal words count once.
        before: the doubts with a name in the harvest before this one, whole or not, and the
            announcements for which they arose.
        through: the last announcement that this harvest should hold.
    """
    reasons: dict[str, None] = {}
    notes: dict[str, None] = {}
    standing: dict[str, Moment] = {}
    for doubt in doubts:
        arose = before.get(doubt.name, through) if doubt.name else through
        believed = doubt.name in before and (doubt.at_once or arose < through)
        if doubt.name:
            standing[doubt.name] = min(arose, through)
        (reasons if doubt.blocks and not believed else notes)[doubt.words] = None
    return Weighed(tuple(reasons), tuple(note for note in notes if note not in reasons), standing)
