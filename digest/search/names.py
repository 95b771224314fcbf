"""Compares names of authors: as arXiv's search does, and as a person would.

`all_words` is arXiv's search for `au:"Emmy Noether"`: all the words in any order within one name.
`spellings` are the names to search for, so that papers with initials are found too. `same_author`
says of a paper's author whether that is the wanted one for sure.

A name is `Emmy Noether` or `Noether, Emmy`. A wanted name in double quotes is taken as it stands.
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum

from digest.search.name_folding import index_words, spellings_of_word
from digest.search.name_parts import (
    Given,
    Reading,
    is_particle,
    readings,
    split_name,
    without_suffix,
)


class Match(IntEnum):
    """How sure it is that two names are of one person; NO is false."""

    NO = 0
    NAMESAKE = 1
    SAME = 2


def all_words(wanted: str, name: str) -> bool:
    """Whether arXiv's search for `au:"wanted"` finds an author with this name.

    arXiv keeps a suffix such as Jr apart from the name (arXiv/arxiv-search,
    search/process/transform.py), so that a search for it finds nothing. It also looks at the names
    of the account that submitted a paper; these are not public.

    >>> all_words("Noether Emmy", "Amalie Emmy Nöther"), all_words("J. Serre", "J.-P. Serre")
    (True, False)
    """
    words = index_words(wanted)
    return bool(words) and words <= index_words(without_suffix(name))


def spellings(wanted: str) -> tuple[str, ...]:
    """The names under which arXiv may have a person, for `au:"…"`; the whole name first.

    With hyphens and without, and with initials in the forms that become different words in arXiv's
    index.

    >>> spellings("Noether, Emmy")
    ('Emmy Noether', 'E Noether')
    >>> spellings('"Emmy Noether"')
    ('Emmy Noether',)
    """
    if is_exact(wanted):
        return (" ".join(_bare(wanted).split()),)
    given, family = split_name(wanted)
    families = (" ".join(family), " ".join(family).replace("-", " "))
    forms = (*_in_full(given), *_with_initials(given))
    return _without_repetition(
        " ".join(f"{form} {name}".replace(",", "").split()) for form in forms for name in families
    )


def same_author(wanted: str, name: str) -> Match:
    """Compares a wanted name with that of a paper's author.

    SAME: the family name and a given name agree in full, in any order, and nothing contradicts.
    NAMESAKE: it can be the same person, but only initials agree, or the given name is missing.

    >>> same_author("Emmy Noether", "Noether, Amalie Emmy").name
    'SAME'
    >>> [same_author("Emmy Noether", name).name for name in ("E. Noether", "A. Noether")]
    ['NAMESAKE', 'NO']
    """
    pairs = (
        _compared(one, other) for one in readings(_bare(wanted)) for other in readings(_bare(name))
    )
    return max(pairs, default=Match.NO)


def surest(wanted: Iterable[str], authors: Sequence[str]) -> Match:
    """The surest match between any of the wanted names and any author of a paper."""
    return max((same_author(one, name) for one in wanted for name in authors), default=Match.NO)


def is_exact(wanted: str) -> bool:
    """Whether a wanted name is in double quotes."""
    return len(wanted) > 2 and wanted[0] == wanted[-1] == '"'


def _bare(wanted: str) -> str:
    return wanted[1:-1] if is_exact(wanted) else wanted


def _in_full(given: Sequence[str]) -> tuple[str, ...]:
    """Jean-Pierre, Jean Pierre, and Jeanpierre as Chinese given names are often written."""
    text = " ".join(given)
    return text, text.replace("-", " "), text.replace("-", "")


def _with_initials(given: Sequence[str]) -> tuple[str, ...]:
    """Forms with initials; dots are left out, because arXiv's index drops them.

    Emmy: E. Jean-Pierre: J and J-P and JP. Amalie Emmy: Amalie E, A E, AE and A Emmy.
    """
    words = [word.replace(".", "") for word in given]
    shorter = [
        word
        if word.islower() and is_particle(word)
        else "-".join(part[:1] for part in word.split("-"))
        for word in words
    ]
    if words == shorter:
        return ()
    if len(words) == 1:
        (short,) = shorter
        return short[:1], short, short.replace("-", "")
    spaced = " ".join(shorter)
    return (
        " ".join((words[0], *shorter[1:])),
        spaced,
        spaced.replace("-", " "),
        spaced.replace("-", "").replace(" ", ""),
        " ".join((shorter[0], *words[1:])),
    )


def _without_repetition(names: Iterable[str]) -> tuple[str, ...]:
    """The first name, and the others less those that arXiv finds by another one as well."""
    kept: dict[frozenset[str], str] = {}
    for name in names:
        kept.setdefault(index_words(name), name)
    first, *others = kept.items()
    return (first[1], *(name for words, name in others if not any(one < words for one in kept)))


def _compared(one: Reading, other: Reading) -> Match:
    family = _families(one.family, other.family)
    agreement = _aligned(one.given, other.given)
    if agreement is None or not family:
        return Match.NO
    if not (one.in_order and other.in_order) and not agreement:
        return Match.NO
    sure = (
        family is Match.SAME
        and (agreement or not (one.given or other.given))
        and (one.in_order or other.in_order)
        and (one.suffix == other.suffix or not (one.suffix and other.suffix))
    )
    return Match.SAME if sure else Match.NAMESAKE


def _families(one: Sequence[str], other: Sequence[str]) -> Match:
    """Compares family names: a part of a double name can be missing, and a particle too."""
    if _same_text(one, other):
        return Match.SAME
    if all(_in_the_index_too(a, b) for a, b in zip(one, other, strict=False)):
        return Match.NAMESAKE
    return Match.NO


def _same_text(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether words are the same when they are written as one."""
    return not spellings_of_word("".join(one)).isdisjoint(spellings_of_word("".join(other)))


def _in_the_index_too(one: str, other: str) -> bool:
    return index_words(one) == index_words(other)


def _aligned(one: Sequence[Given], other: Sequence[Given]) -> bool | None:
    """Whether given names agree in full somewhere; None where they contradict one another.

    The shorter row of names must be found in the longer one, in its order.
    """
    if not any(given.is_short for given in (*one, *other)) and _same_text(
        [given.text for given in one], [given.text for given in other]
    ):
        return bool(one)
    short, long = sorted((tuple(one), tuple(other)), key=len)
    return _found_in(short, long)


def _found_in(short: Sequence[Given], long: Sequence[Given]) -> bool | None:
    if not short:
        return False
    best = None
    for place in range(len(long) - len(short) + 1):
        pair = _agree(short[0], long[place])
        rest = None if pair is None else _found_in(short[1:], long[place + 1 :])
        if rest is not None:
            best = bool(best or pair or rest)
    return best


def _agree(one: Given, other: Given) -> bool | None:
    """Whether two given names agree in full; None where they contradict one another."""
    if not (one.is_short or other.is_short):
        if _same_text((one.text,), (other.text,)):
            return True
        return False if _in_the_index_too(one.text, other.text) else None
    pairs = ((a, b) for a in spellings_of_word(one.text) for b in spellings_of_word(other.text))
    fits = any(
        (other.is_short and a.startswith(b)) or (one.is_short and b.startswith(a)) for a, b in pairs
    )
    return False if fits else None
