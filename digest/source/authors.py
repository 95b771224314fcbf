"""Splits a line of authors, which arXiv's harvest and feeds give as one string, into names.

    Ida Example, J. O'Sample (1), and Bo van der Test Jr. ((1) Nowhere Institute)
    The Kettle Collaboration: A. Author, B. Author et al.

Authors type this line by hand. The rules are learnt from arXiv's published code (arXiv/arxiv-base,
authors): names are separated by commas, semicolons, `and` and `&`; affiliations in parentheses and
marks of footnotes are dropped, and so is "et al."; a collaboration is an author.
"""

import re

_INNERMOST = re.compile(r"\([^()]*\)")
_PARENTHESIS = re.compile(r"[()]")
_FOOTNOTE = re.compile(
    r"""\$\s*\^[^$]{0,80}\$               # $^{1,2}$
      | \$[\d\s,*]*\$                     # $1$
      | (?<!\\)\^(?:\{[^{}]*\}|[\w*])    # ^{1,2}  ^1
      | \[[\d\s,*]*\]                     # [1]
      | (?<=[^\W\d_])[\d*]+(?=\s*(?:[,;&]|$|\band\b))  # Example1""",
    re.VERBOSE,
)
_ET_AL = re.compile(r",?\s*\bet\.?\s+al\b\.?", re.IGNORECASE)
_GROUP = r"(?:collaborations?|consortium|group|team)"
_BEFORE_COLON = re.compile(rf"(\b{_GROUP})\s*:", re.IGNORECASE)
_FOR_A_GROUP = re.compile(
    rf"(?:^|\s+)(?:on\s+behalf\s+of|for|representing)\s+(?=(?:the\s+)?(?:[^\s,;]+\s+){{1,8}}{_GROUP}\b)",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"\s*(?:[,;]|\\?&|(?<=\s)and(?=\s))\s*")
_AND_AT_AN_END = re.compile(r"^(?:and\s+)+|(?:\s+and)+$|^and$")
_SUFFIX = re.compile(r"[JS]r\.?|II|III|IV")


def split_authors(line: str) -> tuple[str, ...]:
    """The names of the authors, in their order, as they are written.

    Args:
        line: the authors on one line, with TeX's accents as Unicode.

    >>> split_authors("Ida Example, J. O'Sample (1), and Bo van der Test ((1) Nowhere)")
    ('Ida Example', "J. O'Sample", 'Bo van der Test')
    >>> split_authors("A. Author, Jr., B. Author for the Kettle Collaboration")
    ('A. Author Jr.', 'B. Author', 'the Kettle Collaboration')
    """
    line = _FOOTNOTE.sub("", _without_parentheses(line))
    line = _ET_AL.sub("", line)
    line = _FOR_A_GROUP.sub(", ", _BEFORE_COLON.sub(r"\1,", line))
    names: list[str] = []
    for piece in _SEPARATOR.split(line):
        bare = piece.replace("{", "").replace("}", "")  # TeX's groups
        name = _AND_AT_AN_END.sub("", " ".join(bare.split())).strip(" :")
        if names and _SUFFIX.fullmatch(name):
            names[-1] += f" {name}"
        elif any(map(str.isalpha, name)):
            names.append(name)
    return tuple(names)


def _without_parentheses(line: str) -> str:
    """The line without its parentheses, nested ones too. A single one is dropped alone."""
    former = ""
    while former != line:
        former, line = line, _INNERMOST.sub(" ", line)
    return _PARENTHESIS.sub(" ", line)
