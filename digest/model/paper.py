"""A paper as arXiv announces it, and its identifiers.

An arXiv identifier is `2403.09554` (since April 2007) or `quant-ph/0201082` (before); with a
version it is `2403.09554v2` (https://info.arxiv.org/help/arxiv_identifier.html). The form without
a version is called the base identifier here: it names the paper in all its versions.
"""

import re
from dataclasses import dataclass
from datetime import datetime

_IDENTIFIER = re.compile(
    r"((?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7}))(?:v([1-9]\d{0,3}))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Paper:
    """One version of one paper. Each text is one line of clean Unicode (digest.text.clean).

    `id` is the base identifier; `published` is the date of version 1 and `updated` that of this
    version, both in UTC; `comment` is empty if the authors wrote none; `primary_category` is one of
    `categories` or empty.
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


def place_in_order(identifier: str) -> tuple[int, int]:
    """The place of a base identifier in the order in which arXiv gives them out.

    The identifiers of a month are numbered as they are announced. Identifiers of before April 2007
    come before all others, as (0, 0).

    >>> place_in_order("2611.00042") < place_in_order("2611.00043") < place_in_order("2612.00001")
    True
    """
    month, _, number = identifier.partition(".")
    if not (month.isdecimal() and number.isdecimal()):
        return 0, 0
    return int(month), int(number)


def split_identifier(text: str) -> tuple[str, int] | None:
    """The base identifier and the version in `text`: an identifier, or a URL that ends in one.

    Returns None if `text` has no identifier. The version is 1 if `text` names none.

    >>> split_identifier("http://arxiv.org/abs/2403.09554v2")
    ('2403.09554', 2)
    >>> split_identifier("quant-ph/0201082")
    ('quant-ph/0201082', 1)
    """
    match = _IDENTIFIER.fullmatch(text.rpartition("arxiv.org/abs/")[2])
    return (match[1], int(match[2] or 1)) if match else None
