"""Folds the words of names: as arXiv's index does, and as a person would.

arXiv's analyzer of authors (arXiv/arxiv-search, mappings/DocumentMapping.json) drops `.`, `,` and
`;`, splits at white space, and applies Elasticsearch's filters icu_folding, lowercase,
german_normalization, scandinavian_normalization, scandinavian_folding and serbian_normalization.
Together they make Müller, Mueller and Muller one word; they also make one of Zhao and Zha.
"""

import re
import unicodedata
from functools import lru_cache

_DROPPED = str.maketrans("", "", ".,;")
_APOSTROPHES = "'’‘ʼʻ`´′"
_SIGNS = str.maketrans(dict.fromkeys(_APOSTROPHES, "'") | dict.fromkeys("‐‑‒–—−", "-"))
_LETTERS = {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "ŧ": "t", "æ": "ae", "œ": "oe"}
_PLAIN = str.maketrans(_LETTERS | {"ß": "ss", "þ": "th", "ð": "d"})
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
"""How the letters with marks are written where there is no key for them."""

_CYRILLIC = str.maketrans(
    dict(zip("абвгдежзијклмнопрстћуфхцчш", "abvgdezzijklmnoprstcufhccs", strict=True))
    | {"ђ": "dj", "љ": "lj", "њ": "nj", "џ": "dz"}
)


@lru_cache(maxsize=1 << 16)
def index_words(text: str) -> frozenset[str]:
    """The words of a name as arXiv's index has them.

    >>> sorted(index_words("Jörg-P. van der Müller"))
    ['der', 'jorg-p', 'muller', 'van']
    """
    return frozenset(folded(text))


def folded(text: str) -> tuple[str, ...]:
    """The words of a text in their order, as the index has those of a name."""
    return tuple(map(_in_the_index, text.translate(_DROPPED).split()))


@lru_cache(maxsize=1 << 16)
def _in_the_index(word: str) -> str:
    plain = _without_umlauts(_without_marks(word.translate(_SIGNS).casefold()).translate(_PLAIN))
    return _without_doubled(plain).translate(_CYRILLIC)


def _without_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(one for one in decomposed if not unicodedata.combining(one)).casefold()


def _without_umlauts(word: str) -> str:
    """Drops the e of ae, oe and ue; not that of a ue after a vowel or a q, as in `Suárez, Quentin`.

    This is Lucene's GermanNormalizationFilter for words without umlauts.
    """
    kept, state = [], ""
    for letter in word:
        if letter == "e" and state == "umlaut":
            state = "vowel"
            continue
        kept.append(letter)
        if letter in "ao" or (letter == "u" and not state):
            state = "umlaut"
        else:
            state = "vowel" if letter in "ueiqy" else ""
    return "".join(kept)


def _without_doubled(word: str) -> str:
    """Keeps the first of aa, ae, ao, oe and oo, as Lucene's filters for Scandinavian words do."""
    return re.sub("(a)[aeo]|(o)[eo]", lambda pair: pair[1] or pair[2], word)


@lru_cache(maxsize=1 << 16)
def spellings_of_word(word: str) -> frozenset[str]:
    """The plain spellings of a word: without its marks, and with the letters that replace them.

    >>> sorted(spellings_of_word("Müller")), sorted(spellings_of_word("O’Brien"))
    (['mueller', 'muller'], ['obrien'])
    """
    folded = unicodedata.normalize("NFC", word.translate(_SIGNS).replace("'", "").casefold())
    return frozenset(
        _without_marks(one.translate(_PLAIN)) for one in (folded, folded.translate(_SPELLED))
    )
