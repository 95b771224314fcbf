"""Finds the words of a phrase that arXiv's index keeps, before they are stemmed.

arXiv's search splits a text as Unicode does (UAX 29), drops a final `'s`, folds case and leaves out
33 common words. This is the `english` analyzer of Elasticsearch, as in arXiv's own published code
(arxiv-search, mappings/DocumentMapping.json). So `C++` becomes the word c, and `IT` becomes
nothing.
"""

import re

_COMMON = """
    a an and are as at be but by for if in into is it no not of on or such that the their then
    there these they this to was will with
"""
COMMON = frozenset(_COMMON.split())
"""The words that the index leaves out."""

_WORD = re.compile(r"\w+(?:(?:(?<=[^\W\d_])[.:'’·](?=[^\W\d_])|(?<=[0-9])[.,;'’](?=[0-9]))\w+)*")


def words_cut(text: str) -> tuple[str, ...]:
    """The words of a text in lower case, with the common ones."""
    words = (match[0].lower().replace("’", "'") for match in _WORD.finditer(text))
    return tuple(word.removesuffix("'s") for word in words)


def words_kept(text: str) -> tuple[str, ...]:
    """The words of a text that the index can find."""
    return tuple(word for word in words_cut(text) if word not in COMMON)
