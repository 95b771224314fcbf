"""A paper, as arXiv announces it, and the identifiers that arXiv knows it by.

An arXiv identifier is `2403.09554` (since April 2007) or `quant-ph/0201082` (before); with a
version it is `2403.09554v2` (https://info.arxiv.org/help/arxiv_identifier.html). The first is
called the base identifier here: it stands for the paper, whatever its version.
"""

import re
from dataclasses import dataclass
from datetime import datetime

_IDENTIFIER = re.compile(
    r"((?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7}))(?:v([1-9]\d{0,3}))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Paper:
    """One version of one paper. All text is one line of clean Unicode, as `clean` leaves it.

    `id` is the base identifier; `published` is the date of version 1 and `updated` that of this
    version, both in UTC; `comment` is empty where the authors left none; `primary_category` is one
    of `categories` or empty.
    """

    id: str
    version: int
    title: str
    authors: tuple[str, ...]
    abstract: str
    comment: str
    primary_category: str
    categories: tuple[str, ...]
    published: datetime
    updated: datetime

    @property
    def versioned_id(self) -> str:
        """The identifier with its version: `2403.09554v2`."""
        return f"{self.id}v{self.version}"

    @property
    def abstract_url(self) -> str:
        """The address of this version's abstract page, over https."""
        return f"https://arxiv.org/abs/{self.versioned_id}"


def split_identifier(text: str) -> tuple[str, int] | None:
    """The base identifier and version of `text`: an identifier, or an address that ends in one.

    Returns None where there is none. The version is 1 where the text names none.

    >>> split_identifier("http://arxiv.org/abs/2403.09554v2")
    ('2403.09554', 2)
    >>> split_identifier("quant-ph/0201082")
    ('quant-ph/0201082', 1)
    """
    match = _IDENTIFIER.fullmatch(text.rpartition("arxiv.org/abs/")[2])
    return (match[1], int(match[2] or 1)) if match else None
