"""Porter's algorithm once more, written after its description, to compare stems with.

The rules are those of M. F. Porter, "An algorithm for suffix stripping", Program 14 (1980), with
the departures of his later program (https://tartarus.org/martin/PorterStemmer/): words of up to two
letters stay, -bli becomes -ble, -logi becomes -log. A word is taken as Java has it, in UTF-16.
"""

from collections.abc import Callable

Rules = tuple[tuple[str, str], ...]

_STEP_2: Rules = (
    *(("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize")),
    *(("bli", "ble"), ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous")),
    *(("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive")),
    *(("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive")),
    *(("biliti", "ble"), ("logi", "log")),
)
_STEP_3: Rules = (
    *(("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic")),
    *(("ful", ""), ("ness", "")),
)
_SUFFIXES_4 = """
    al ance ence er ic able ible ant ement ment ent sion tion ou ism ate iti ous ive ize
"""
_STEP_4: Rules = tuple((suffix, "") for suffix in _SUFFIXES_4.split())


def porter(word: str) -> str:
    """The stem of a word in lower case."""
    letters = _units(word)
    if len(letters) > 2:
        for step in (_plurals, _past, _final_y, _step_2, _step_3, _step_4, _final_e, _final_l):
            letters = step(letters)
    return _text(letters)


def _units(word: str) -> str:
    """The UTF-16 code units of a word, each as a character."""
    data = word.encode("utf-16-be", "surrogatepass")
    return "".join(chr(data[at] << 8 | data[at + 1]) for at in range(0, len(data), 2))


def _text(units: str) -> str:
    return units.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")


def _shape(stem: str) -> str:
    """The stem as c and v: a consonant is no a, e, i, o, u, nor a y behind a consonant."""
    shape = ""
    for letter in stem:
        vowel = letter in "aeiou" or (letter == "y" and shape.endswith("c"))
        shape += "v" if vowel else "c"
    return shape


def _measure(stem: str) -> int:
    """The m of [C](VC)^m[V]."""
    return _shape(stem).count("vc")


def _short(stem: str) -> bool:
    """*o: the stem ends in cvc, and not in w, x or y."""
    return _shape(stem).endswith("cvc") and stem[-1] not in "wxy"


def _double(stem: str) -> bool:
    """*d: the stem ends in a double consonant."""
    return len(stem) > 1 and stem[-1] == stem[-2] and _shape(stem).endswith("c")


def _plurals(word: str) -> str:
    if word.endswith(("sses", "ies")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _past(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for suffix in ("ed", "ing"):
        stem = word.removesuffix(suffix)
        if stem != word and "v" in _shape(stem):
            return _mended(stem)
    return word


def _mended(stem: str) -> str:
    if stem.endswith(("at", "bl", "iz")):
        return stem + "e"
    if _double(stem) and stem[-1] not in "lsz":
        return stem[:-1]
    return stem + "e" if _measure(stem) == 1 and _short(stem) else stem


def _final_y(word: str) -> str:
    return word[:-1] + "i" if word.endswith("y") and "v" in _shape(word[:-1]) else word


def _replaced(rules: Rules, least: int) -> Callable[[str], str]:
    """The step that replaces the longest suffix that fits, where the rest's measure allows it."""

    def step(word: str) -> str:
        fitting = [rule for rule in rules if word.endswith(rule[0])]
        if not fitting:
            return word
        suffix, new = max(fitting, key=lambda rule: len(rule[0]))
        if suffix in ("sion", "tion"):
            suffix = "ion"
        stem = word.removesuffix(suffix)
        return stem + new if _measure(stem) >= least else word

    return step


_step_2, _step_3, _step_4 = (
    _replaced(_STEP_2, 1),
    _replaced(_STEP_3, 1),
    _replaced(_STEP_4, 2),
)


def _final_e(word: str) -> str:
    stem = word.removesuffix("e")
    cut = stem != word and (_measure(stem) > 1 or (_measure(stem) == 1 and not _short(stem)))
    return stem if cut else word


def _final_l(word: str) -> str:
    return word[:-1] if word.endswith("ll") and _measure(word) > 1 else word
