"""Finds keywords that are valid, and that will find something else than their author thinks."""

import re
from collections.abc import Iterable, Iterator

from digest.model.keyword import Keyword
from digest.model.taxonomy import NAMES, is_category, no_category
from digest.search.words import COMMON, words_cut, words_kept
from digest.text import shown

_KEEPS = "arXiv's index keeps letters and digits only"
_CATEGORY = re.compile(r"""\bcat:("?)(?P<category>[A-Za-z0-9.*-]+)\1""")


def remarks(keywords: Iterable[Keyword]) -> list[str]:
    """A sentence for each such keyword, with the keyword's name, in the order of the keywords."""
    return [
        f"the keyword {shown(keyword.name)}: {words}"
        for keyword in keywords
        for words in (_query(keyword.query) if keyword.query else _phrases(keyword))
    ]


def _phrases(keyword: Keyword) -> Iterator[str]:
    """Yields remarks on names and excluded phrases that the index cuts to a letter or nothing."""
    if keyword.category:
        yield from _whole_category(keyword)
    elif not keyword.author:
        yield from _name(keyword)
    for phrase in keyword.exclude:
        if not words_cut(phrase):
            yield f"`exclude: {phrase}` leaves out nothing, since {_KEEPS}"
        elif not words_kept(phrase):
            yield f"`exclude: {phrase}` leaves out nearly everything: the words are too common"
        elif found := _more_than_meant(phrase):
            yield f"`exclude: {phrase}` leaves out {found}"


def _whole_category(keyword: Keyword) -> Iterator[str]:
    """Yields a remark where the name of the keyword is probably meant as a phrase."""
    heading = keyword.name.casefold()
    names = " ".join((*keyword.category, *(NAMES[one] for one in keyword.category))).casefold()
    if set(words_kept(names)).isdisjoint(words_kept(heading)):
        listed = " and ".join(keyword.category)
        yield (
            f"it finds every paper of {listed}; for those with its name in the title or the "
            f"abstract, write `categories` in place of `category`"
        )


def _name(keyword: Keyword) -> Iterator[str]:
    kept = words_kept(keyword.name)
    more = (
        "add a word, or give it a `query`"
        if keyword.categories
        else ("add a word, or `categories`")
    )
    if not words_cut(keyword.name):
        yield f"it finds nothing, since {_KEEPS}; {more}"
    elif not kept and keyword.fields == ("title",):
        yield f"it finds nothing, since arXiv leaves words as common as {_listed(keyword.name)} out"
    elif not kept:
        yield (
            f"arXiv leaves words as common as {_listed(keyword.name)} out of its index, so it "
            f"finds no title, and every abstract with exactly these words; {more}"
        )
    elif found := _more_than_meant(keyword.name):
        yield f"it finds {found}; {more}"


def _more_than_meant(text: str) -> str:
    """Describes the papers that a phrase finds where little is left of it, "" where enough is."""
    cut, kept = words_cut(text), words_kept(text)
    if all(map(_is_letter, kept)):
        left = " ".join(word if word in kept else "…" for word in cut).strip(" …")
        return f"every paper with {shown(left)} standing alone, in formulas too, since {_KEEPS}"
    if len(kept) == 1 < len(cut):
        common = " ".join(word for word in cut if word in COMMON)
        return (
            f"every paper with {shown(kept[0])}, since arXiv leaves words as common as "
            f"{shown(common)} out of its index"
        )
    return ""


def _is_letter(word: str) -> bool:
    """Returns whether a word is a letter or a digit; a single Chinese character says more."""
    return len(word) == 1 and (word.upper() != word or word.isdigit())


def _listed(text: str) -> str:
    return shown(" ".join(words_cut(text)))


def _query(query: str) -> Iterator[str]:
    """Yields remarks on the categories in a keyword's own query."""
    for match in _CATEGORY.finditer(query):
        category = match["category"]
        archive = category.removesuffix(".*")
        if category in NAMES and "." not in category and not _is_both(category):
            yield f"in its query, cat:{category} finds nothing; write cat:{category}.*"
        elif not is_category(archive) and ("*" not in archive):
            yield f"in its query, {no_category(category)}"


def _is_both(archive: str) -> bool:
    """Returns whether an archive is also a category, without other categories, as math-ph is."""
    return not any(name.startswith(f"{archive}.") for name in NAMES)
