"""A keyword: a search on arXiv with a name."""

from dataclasses import dataclass

FIELDS = ("title", "abstract")


@dataclass(frozen=True, slots=True)
class Keyword:
    """A search on arXiv, and the heading of its papers in the mail.

    The search looks for the name in `fields`: in any of them, or with `in_both` in each; as a
    phrase, or with `match` "all" as all its words in any order within one field. A paper must be in
    one of `categories` (archives or categories of arXiv; empty for all) and must not contain a
    phrase of `exclude`.

    With `author` the search is for papers by at least one of these people, and `categories` and
    `exclude` hold as well. Each is a name as `digest.search.names` reads it. With `category` the
    search is for all papers in at least one of these archives or categories, and `exclude` holds.
    In both, the keyword's name is a heading alone. A `query` in arXiv's own syntax replaces all of
    these.
    """

    name: str
    fields: tuple[str, ...] = FIELDS
    in_both: bool = False
    match: str = "phrase"
    categories: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    query: str | None = None
    author: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
