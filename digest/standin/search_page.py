"""Answers a request to the query API with one page of results."""

from collections.abc import Mapping

from digest.clock import Moment
from digest.model.paper import split_identifier
from digest.search.grammar import MalformedQueryError
from digest.standin.corpus import SORT_KEYS, Corpus, echoed
from digest.standin.feed import Asked, feed

_LARGEST_PAGE = 2000


class RefusedError(Exception):
    """A request that arXiv refuses; the message has arXiv's words."""


def page(corpus: Corpus, params: Mapping[str, str], at: Moment) -> bytes:
    """Returns one page of the results of a request, as an Atom feed.

    Raises:
        RefusedError: arXiv refuses the request.
    """
    start = _number(params, "start", 0)
    size = _number(params, "max_results", 10)
    if size > _LARGEST_PAGE:
        raise RefusedError(f"max_results must not exceed {_LARGEST_PAGE}")
    query = params.get("search_query", "")
    identifiers = [i for i in params.get("id_list", "").split(",") if i]
    for identifier in identifiers:
        if not split_identifier(identifier):
            raise RefusedError(f"incorrect id format for {identifier}")
    sort_by = _choice(params, "sortBy", SORT_KEYS)
    order = _choice(params, "sortOrder", ("descending", "ascending"))
    try:
        found = corpus.search(query, identifiers, at, sort_by, ascending=order == "ascending")
    except MalformedQueryError as error:
        raise RefusedError(f"malformed query: {error}") from error
    if not query and not identifiers:
        found = []
    asked = Asked(echoed(query), params.get("id_list", ""), start, size)
    return feed(asked, found[start : start + size], len(found), at)


def _number(params: Mapping[str, str], name: str, default: int) -> int:
    text = params.get(name) or str(default)
    if not text.isdecimal():
        raise RefusedError(f"{name} must be a non-negative integer")
    return int(text)


def _choice(params: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    value = params.get(name) or known[0]
    if value not in known:
        raise RefusedError(f"{name} must be in: {', '.join(known)}")
    return value
