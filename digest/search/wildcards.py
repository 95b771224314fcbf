"""Compares words with a pattern: `*` stands for any characters, `?` for one."""

from collections.abc import Callable

WILD = ("*", "?")


def is_wild(text: str) -> bool:
    """Returns whether a text has a wildcard."""
    return "*" in text or "?" in text


def pattern(text: str) -> Callable[[str], bool]:
    """Returns the test whether a whole word has the form of `text`, capitals and all.

    It takes time in proportion to the length of the word times that of the pattern, at most.
    """
    if not is_wild(text):
        return lambda word: word == text
    first, *others = text.split("*")
    if "?" not in text and others == [""]:
        return lambda word: word.startswith(first)
    return lambda word: _matches(first, others, word)


def _matches(first: str, others: list[str], word: str) -> bool:
    """Finds each piece between two `*` as far left as it goes, and the last one at the end."""
    if not _stands(first, word, 0):
        return False
    if not others:
        return len(word) == len(first)
    *middle, last = others
    at = len(first)
    end = len(word) - len(last)
    for piece in middle:
        while at + len(piece) <= end and not _stands(piece, word, at):
            at += 1
        at += len(piece)
    return at <= end and _stands(last, word, end)


def _stands(piece: str, word: str, at: int) -> bool:
    """Returns whether a piece without `*` stands in a word at this place."""
    if "?" not in piece:
        return word.startswith(piece, at)
    there = word[at : at + len(piece)]
    return len(there) == len(piece) and all(
        wanted in ("?", found) for wanted, found in zip(piece, there, strict=True)
    )
