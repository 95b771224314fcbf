"""arXiv's search in the plainest form: slow, and written to be compared with the one in use.

It reads a text letter by letter, knows nothing of regular expressions, trees or indexes, and looks
for a phrase at every place of a text. Only the stemmer is shared.
"""

import unicodedata
from functools import cache

from digest.search.stems import stem

COMMON_WORDS = """
    a an and are as at be but by for if in into is it no not of on or such that the their then
    there these they this to was will with
"""
COMMON = set(COMMON_WORDS.split())


def is_letter(sign: str) -> bool:
    """Whether a character belongs to a word as a letter."""
    return unicodedata.category(sign)[0] in "LM"


def is_digit(sign: str) -> bool:
    """Whether a character is a decimal digit."""
    return unicodedata.category(sign) == "Nd"


def joins(sign: str, before: str, after: str) -> bool:
    """Whether a sign between two characters keeps them in one word."""
    if sign in ".'’":
        return (is_letter(before) and is_letter(after)) or (is_digit(before) and is_digit(after))
    if sign in ":·":
        return is_letter(before) and is_letter(after)
    return sign in ",;" and is_digit(before) and is_digit(after)


@cache
def all_words(text: str) -> list[str]:
    """All words of a text, as they stand; no script without spaces is looked after."""
    found: list[str] = []
    word = ""
    for at, sign in enumerate(text):
        after = text[at + 1] if at + 1 < len(text) else " "
        if (
            is_letter(sign)
            or is_digit(sign)
            or sign == "_"
            or (word and joins(sign, word[-1], after))
        ):
            word += sign
        elif word:
            found.append(word)
            word = ""
    if word:
        found.append(word)
    return [one for one in found if one.strip("_")]


@cache
def cut(text: str) -> list[str]:
    """The stems of a text, "" for each common word."""
    found = []
    for word in all_words(text):
        small = word.lower().replace("’", "'")
        small = small.removesuffix("'s")
        found.append("" if small in COMMON else stem(small))
    return found


def has_phrase(text: str, phrase: str, *, common_too: bool) -> bool:
    """Whether a text has a phrase; a hole takes any word, and holes at the ends are dropped.

    With `common_too` a phrase of common words alone is looked for to the letter.
    """
    wanted, words = list(cut(phrase)), cut(text)
    if not any(wanted):
        wanted = [word.lower() for word in all_words(phrase)] if common_too else []
        words = [word.lower() for word in all_words(text)]
    while wanted and not wanted[0]:
        wanted.pop(0)
    while wanted and not wanted[-1]:
        wanted.pop()
    if not wanted or any(one and one not in words for one in wanted):
        return False
    for start in range(len(words) - len(wanted) + 1):
        if all(wanted[at] in ("", words[start + at]) for at in range(len(wanted))):
            return True
    return False


def has_all(text: str, word: str) -> bool:
    """Whether a text has all parts of a term without quotes, anywhere."""
    wanted = [one for one in cut(word) if one]
    words = cut(text)
    return bool(wanted) and all(one in words for one in wanted)


def has_beginning(text: str, beginning: str) -> bool:
    """Whether the stem of a word begins like this, for a term with `*` at its end."""
    return any(one.startswith(beginning.lower()) for one in cut(text) if one)
