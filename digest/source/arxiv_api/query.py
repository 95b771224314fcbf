"""Writes a keyword in arXiv's query language.

The API user's manual describes the language (https://info.arxiv.org/help/api/user-manual.html,
section 5.1), and `digest.search.grammar` reads it. A keyword's name always becomes a quoted phrase.
In a phrase only the quote and the backslash have a meaning of their own; both become spaces, as
arXiv's index reads them anyway. Operators group to the right, so that every query here has the
parentheses that it needs.
"""

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlencode

from digest.model.keyword import Keyword
from digest.model.taxonomy import TWIN
from digest.search.grammar import MalformedQueryError, parse
from digest.search.names import spellings
from digest.search.tree import And, AndNot, Or, Term
from digest.search.words import words_kept

_PREFIXES = {"title": "ti", "abstract": "abs"}
_NOT_IN_A_PHRASE = str.maketrans({'"': " ", "\\": " "})


def arxiv_query(keyword: Keyword) -> str:
    """The `search_query` of a keyword, not percent-encoded."""
    if keyword.query is not None:
        return keyword.query
    wanted = _search(keyword)
    if keyword.categories:
        wanted = f"({wanted}) AND ({_categories(keyword.categories)})"
    for excluded in keyword.exclude:
        unwanted = " OR ".join(f"{prefix}:{_phrase(excluded)}" for prefix in _PREFIXES.values())
        wanted = f"({wanted}) ANDNOT ({unwanted})"
    return wanted


def wanted(keyword: Keyword) -> tuple[str, ...]:
    """The words and phrases that a keyword looks for in titles and abstracts, to be marked there.

    For a keyword with a query of its own, these are the terms that the query does not exclude. For
    authors and categories there are none.
    """
    if keyword.author or keyword.category:
        return ()
    if keyword.query is not None:
        return tuple(_looked_for(keyword.query))
    return tuple(_words(keyword)) if keyword.match == "all" else (keyword.name,)


def search_url(keyword: Keyword) -> str:
    """The address of arxiv.org's own list for a keyword, newest first, for a reader to open.

    For authors and phrases it is a search, for categories the list of recent papers.
    """
    if keyword.category:
        return f"https://arxiv.org/list/{keyword.category[0]}/recent"
    if len(keyword.author) > 1:
        return _authors_url(keyword.author)
    terms = (spellings(keyword.author[0])[0] if keyword.author else keyword.name).translate(
        _NOT_IN_A_PHRASE
    )
    if keyword.match == "phrase" and keyword.query is None:
        terms = f'"{" ".join(terms.split())}"'
    kind = "author" if keyword.author else "all"
    fields = {"query": terms, "searchtype": kind, "order": "-announced_date_first"}
    return f"https://arxiv.org/search/?{urlencode(fields)}"


def _authors_url(names: Sequence[str]) -> str:
    """The address of a search for papers by any of several authors."""
    fields = {"advanced": ""}
    for place, name in enumerate(names):
        fields[f"terms-{place}-operator"] = "OR" if place else "AND"
        fields[f"terms-{place}-term"] = f'"{spellings(name)[0]}"'
        fields[f"terms-{place}-field"] = "author"
    fields |= {
        "classification-physics_archives": "all",
        "classification-include_cross_list": "include",
        "date-filter_by": "all_dates",
        "date-date_type": "submitted_date",
        "abstracts": "show",
        "size": "50",
        "order": "-announced_date_first",
    }
    return f"https://arxiv.org/search/advanced?{urlencode(fields)}"


class ArxivLanguage:
    """The way in which arXiv is asked; it satisfies `digest.source.source.Language`."""

    name = "arXiv"
    query = staticmethod(arxiv_query)
    wanted = staticmethod(wanted)
    search_url = staticmethod(search_url)


def _search(keyword: Keyword) -> str:
    if keyword.author:
        return _authors(keyword.author)
    if keyword.category:
        return _categories(keyword.category)
    prefixes = [_PREFIXES[field] for field in keyword.fields]
    if keyword.match == "all":
        words = _words(keyword)
        fields = [" AND ".join(f"{prefix}:{_phrase(w)}" for w in words) for prefix in prefixes]
        if len(words) > 1 and len(fields) > 1:
            fields = [f"({field})" for field in fields]
    else:
        fields = [f"{prefix}:{_phrase(keyword.name)}" for prefix in prefixes]
    return (" AND " if keyword.in_both else " OR ").join(fields)


def _authors(names: Iterable[str]) -> str:
    """The condition for authors, each under all spellings of the name.

    arXiv finds a quoted name in one author's full name alone. Without quotes it would find the
    words in the names of several authors (arXiv/arxiv-search, search/services/index/authors.py).
    """
    found = dict.fromkeys(spelling for name in names for spelling in spellings(name))
    return " OR ".join(f"au:{_phrase(spelling)}" for spelling in found)


def _words(keyword: Keyword) -> list[str]:
    """The words of a name; the common words are left out if others remain.

    The index holds no common word, so a common word in the query would exclude every title.
    """
    words = keyword.name.translate(_NOT_IN_A_PHRASE).split()
    return [word for word in words if words_kept(word)] or words


def _phrase(text: str) -> str:
    return f'"{" ".join(text.translate(_NOT_IN_A_PHRASE).split())}"'


def _categories(categories: Iterable[str]) -> str:
    return " OR ".join(map(_category, categories))


def _category(category: str) -> str:
    """The condition for a category; an archive stands for all its categories.

    `math-ph` is both an archive and a category. Some categories have a second name: cs.SY is also
    eess.SY. The condition then has both names, since a paper may have only one of them on record.
    """
    names = [category] if "." in category else [category, f"{category}.*"]
    names += [TWIN[category]] if category in TWIN else []
    return " OR ".join(f"cat:{name}" for name in names)


_MARKED_FIELDS = ("ti", "abs", "all")


def _looked_for(query: str) -> Iterator[str]:
    """Yields the terms and phrases of a query that can stand in titles and abstracts.

    A term after ANDNOT is left out, and so are all terms in a parenthesis after ANDNOT. A query
    that arXiv refuses has none.
    """
    try:
        left_to_do = [parse(query)]
    except MalformedQueryError:
        return
    while left_to_do:
        part = left_to_do.pop()
        if isinstance(part, Term):
            if part.field in _MARKED_FIELDS:
                yield part.text
        elif isinstance(part, And | Or):
            left_to_do += (part.right, part.left)
        elif isinstance(part, AndNot):
            left_to_do.append(part.left)
