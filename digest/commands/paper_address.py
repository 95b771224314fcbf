"""Finds the identifier in what a person writes for a paper: an identifier, or a page's address."""

import re
from urllib.parse import unquote

from digest.errors import UsageError
from digest.model.paper import split_identifier
from digest.text import shown

_BEFORE = re.compile(
    r".*(?:arxiv\.org/(?:abs|pdf|html|format|src|e-print|ps|tb)/|/10\.48550/arxiv\.)|"
    r"arxiv:\s*|oai:arxiv\.org:|10\.48550/arxiv\.",
    re.IGNORECASE,
)
_CLASS = re.compile(r"\s+\[[\w.-]+\]$")
"""The primary category, as arXiv's own citations have it: `arXiv:2403.09554v2 [cs.LG]`."""
_VERSION = re.compile(r"V(?=\d+$)")
_AFTER = re.compile(r"(?:\.pdf|/)?(?:[?#].*)?$", re.IGNORECASE)


def identifier(text: str) -> tuple[str, int | None]:
    """The base identifier of a paper and the version that is named, None where none is.

    Raises:
        UsageError: there is no identifier in the text.

    >>> identifier("https://arxiv.org/pdf/2403.09554v2.pdf")
    ('2403.09554', 2)
    >>> identifier("arXiv:quant-ph/0201082")
    ('quant-ph/0201082', None)
    """
    bare = _CLASS.sub("", unquote(text).strip())
    bare = _AFTER.sub("", bare.strip("<>[]()\"'"))
    if start := _BEFORE.match(bare):
        bare = bare[start.end() :]
    bare = _VERSION.sub("v", bare)
    found = split_identifier(bare) or split_identifier(bare.lower())
    if found is None:
        raise UsageError(
            f"{shown(text)} names no paper; write an identifier such as 2611.00042 or "
            "hep-th/9901001, or the address of the paper's page"
        )
    base, version = found
    return base, version if bare.endswith(f"v{version}") else None
