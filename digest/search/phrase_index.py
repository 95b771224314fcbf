"""Finds which of very many phrases stand in a text, in one look at each of its words.

    phrases ─> one key each: a pair of words and their distance, or a word
    a text  ─> its pairs at these distances ─> keys that it has ─> phrases, compared word by word

A text has some two hundred pairs however many phrases there are, and the comparison of its pairs
with all keys is one intersection of sets. A phrase of one or two words is found with its key; of a
longer one the other words are compared where the key stands.

Of the pairs in a phrase that are nearest to one another the key is the one that the fewest phrases
before have: ten thousand phrases that begin with the same two words have ten thousand keys.
"""

from itertools import pairwise

from digest.search.documents import Words
from digest.search.words import Phrase

_FARTHEST = 4
"""Words apart, at most, for a pair to be a key: each distance costs one more look at each word."""

_Pair = tuple[str, str]


class PhraseIndex:
    """Phrases, each with a number of its own from 0 on, in the order in which they were added."""

    def __init__(self) -> None:
        """Begins without phrases."""
        self._numbers: dict[Phrase, int] = {}
        self._phrases: list[Phrase] = []
        self._key_at: list[int] = []
        # A number of these is ~number where the words beside the key have to be compared. They are
        # tuples, since the garbage collector passes over tuples of integers.
        self._by_word: dict[str, tuple[int, ...]] = {}
        self._by_pair: dict[int, dict[_Pair, tuple[int, ...]]] = {}

    def __len__(self) -> int:
        """Returns the number of phrases."""
        return len(self._phrases)

    def add(self, phrase: Phrase) -> int:
        """Adds a phrase that has at least one word, where it is not known; returns its number."""
        number = self._numbers.setdefault(phrase, len(self._phrases))
        if number == len(self._phrases):
            self._phrases.append(phrase)
            self._key_at.append(self._keyed(phrase, number))
        return number

    def found(self, words: Words) -> list[int]:
        """Returns once the number of each phrase that stands in a text."""
        found: list[int] = []
        for word in self._by_word.keys() & words.places.keys():
            found += self._by_word[word]
        line = words.line
        for distance, keys in self._by_pair.items():
            for key in keys.keys() & zip(line, line[distance:], strict=False):
                found += keys[key]
        return [n if n >= 0 else ~n for n in found if n >= 0 or self._stands(~n, words)]

    def _keyed(self, phrase: Phrase, number: int) -> int:
        """Puts a phrase under its key; returns with which of its words the key begins."""
        best: tuple[int, int, int, _Pair] | None = None
        for at, ((first, word), (second, after)) in enumerate(pairwise(phrase)):
            if (distance := second - first) <= _FARTHEST:
                others = len(self._by_pair.get(distance, {}).get((word, after), ()))
                choice = (distance, others, at, (word, after))
                best = choice if best is None else min(best, choice)
        if best is None:
            word, whole = phrase[0][1], len(phrase) == 1
            self._by_word[word] = (*self._by_word.get(word, ()), number if whole else ~number)
            return 0
        distance, _, at, pair = best
        keys, whole = self._by_pair.setdefault(distance, {}), len(phrase) == 2
        keys[pair] = (*keys.get(pair, ()), number if whole else ~number)
        return at

    def _stands(self, number: int, words: Words) -> bool:
        """Returns whether a phrase stands in a text that has the first word of its key."""
        phrase = self._phrases[number]
        before, first = phrase[self._key_at[number]]
        line = words.line
        end = len(line) - phrase[-1][0]
        for place in words.places[first]:
            begin = place - before
            if 0 <= begin < end:
                for at, word in phrase:
                    if line[begin + at] != word:
                        break
                else:
                    return True
        return False
