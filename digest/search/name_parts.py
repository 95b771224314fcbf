"""Takes a name apart: given names, family name, suffix.

    Johannes Diderik van der Waals        Waals, J. D. van der        van der Waals, Johannes
    Jean-Pierre Serre                     J.-P. Serre                 Serre, Jean Pierre
    Zhang Wei                             Zhang W.                    James Smith Jr.

A name without a comma can be read in several ways, since nothing in it says where the family name
begins. All readings are given, the usual one first.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
_INDEX_SUFFIXES = frozenset({"I", "II", "III", "IV", "V", "Sr", "Jr", "Sr.", "Jr."})
"""The suffixes that arXiv keeps apart from a name (arXiv/arxiv-base, arxiv/authors)."""

_WORDS_BEFORE = """
    af al am av bin da dal dalla de degli dei del della delle den der des di do dos du e el i ibn la
    las le les lo los nic of 't ten ter thor tot u van vande vanden vander vom von y zu zum zur
"""
_PARTICLES = frozenset(_WORDS_BEFORE.split())
"""The words that stand before a family name and belong to it."""

_CLUSTER = re.compile("[A-Z]{2,3}")
_VOWEL = re.compile("[AEIOUY]")


@dataclass(frozen=True, slots=True)
class Given:
    """A given name. `is_short` is True for an initial or an abbreviation, without its dot."""

    text: str
    is_short: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a name.

    `given` and `family` are words without hyphens, as they were written. `in_order` is False where
    the family name is assumed to stand first.
    """

    given: tuple[Given, ...]
    family: tuple[str, ...]
    suffix: str = ""
    in_order: bool = True


def without_suffix(name: str) -> str:
    """The name without its suffix, as arXiv's index has it.

    >>> without_suffix("James Smith Jr."), without_suffix("Kumar V")
    ('James Smith', 'Kumar V')
    """
    words = name.split()
    if len(words) > 2 and words[-1] in _INDEX_SUFFIXES:
        return " ".join(words[:-1]).rstrip(",")
    return name


def split_name(name: str) -> tuple[list[str], list[str]]:
    """The words of the given names and those of the family name, as they are usually meant.

    >>> split_name("Waals, J. D. van der")
    (['J.', 'D.'], ['van', 'der', 'Waals'])
    """
    given, family, _ = _split(_suffix_apart(name)[0])
    return given, family


def is_particle(word: str) -> bool:
    """Whether a word, such as `van`, is a particle of a family name; a capital may begin it."""
    return word.lower().rstrip("'’") in _PARTICLES and not _is_initials(word)


@lru_cache(maxsize=1 << 15)
def readings(name: str) -> tuple[Reading, ...]:
    """All ways to read a name, the usual one first; none for a name without letters."""
    if not any(one.isalpha() for one in name):
        return ()
    words, suffix = _suffix_apart(name)
    given, family, is_certain = _split(words)
    found = [_reading(given, family, suffix)]
    if not is_certain:
        words = [*given, *family]
        found += [_reading(words[:place], words[place:], suffix) for place in range(1, len(words))]
        if words and not _is_initials(words[0]):
            found.append(_reading(words[1:], words[:1], suffix, in_order=False))
    return tuple(dict.fromkeys(one for one in found if one.family))


def _split(words: Sequence[str]) -> tuple[list[str], list[str], bool]:
    """Given names, family name, and True where a comma or initials at the end tell them apart."""
    before, _, after = " ".join(words).partition(",")
    family, given = before.split(), after.replace(",", " ").split()
    if family and given:
        first = _before_particles(given)
        return given[:first], [*given[first:], *family], True
    words = family or given
    if len(words) > 1 and _is_initials(words[-1]) and not _is_initials(words[0]):
        first = next(place for place, word in enumerate(words) if _is_initials(word))
        return words[first:], words[:first], True
    first = _before_particles(words[:-1])
    if not first and len(words) > 1 and words[0][:1].isupper():  # Ben Li, and not van der Waals
        first = 1
    return words[:first], words[first:], False


def _before_particles(words: Sequence[str]) -> int:
    """The number of words before the particles at the end."""
    number = len(words)
    while number and is_particle(words[number - 1]):
        number -= 1
    return number


def _reading(
    given: Sequence[str], family: Sequence[str], suffix: str, *, in_order: bool = True
) -> Reading:
    capitals = all(word.isupper() for word in (*given, *family) if len(word) > 1)
    return Reading(
        tuple(one for word in given for one in _given(word, capitals=capitals)),
        tuple(word for one in family for word in re.split(r"[-.\s]+", one) if word),
        suffix,
        in_order,
    )


def _given(word: str, *, capitals: bool) -> Iterator[Given]:
    """Yields the given names in one word: J.-P. has two, and so have JP and Jean-Pierre."""
    if _CLUSTER.fullmatch(word) and not capitals and not _VOWEL.search(word):
        yield from (Given(letter, is_short=True) for letter in word)
        return
    for text, dot in re.findall(r"([^.\-‐‑]+)(\.?)", word):
        yield Given(text, is_short=_is_letter(text) or (bool(dot) and len(text) < 5))


def _suffix_apart(name: str) -> tuple[list[str], str]:
    """The words of a name without its suffix, and the suffix in small letters without its dot."""
    words = name.split()
    for place in range(len(words) - 1, 0, -1):
        bare = words[place].strip(".,").lower()
        ends = place == len(words) - 1 or words[place].endswith(",")
        if bare in SUFFIXES and ends and (bare in {"jr", "sr"} or words[place][0].isupper()):
            rest = [*words[:place], *words[place + 1 :]]
            if words[place].endswith(",") and not rest[place - 1].endswith(","):
                rest[place - 1] += ","
            elif place == len(rest):
                rest[-1] = rest[-1].rstrip(",")
            return rest, bare
    return words, ""


def _is_initials(word: str) -> bool:
    """Whether a word is one capital letter, or several with dots: `J`, `J.`, `J.-P.`."""
    letters = re.split(r"[.\-]+", word.strip(".,-"))
    return all(_is_letter(one) for one in letters) and (len(letters) == 1 or "." in word)


def _is_letter(text: str) -> bool:
    """Whether a text is one capital letter of a script that has capital and small letters."""
    return len(text) == 1 and text.isupper()
