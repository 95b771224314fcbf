"""What is looked for on arXiv, and under which name it stands in the mail."""

from dataclasses import dataclass

FIELDS = ("title", "abstract")


@dataclass(frozen=True, slots=True)
class Keyword:
    """What is searched for, and under which name it stands in the mail.

    The name is searched for in `fields`: in any of them, or with `in_both` in each; as a phrase, or
    with `match` "all" as all its words in any order within one field. `categories` are arXiv's
    archives or categories of which a paper must have one; a paper with one of the phrases in
    `exclude` is left out. `query`, in arXiv's own syntax, stands instead of all these.
    """

    name: str
    fields: tuple[str, ...] = FIELDS
    in_both: bool = False
    match: str = "phrase"
    categories: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    query: str | None = None
