"""The key `author` of a keyword: one name, or several.

A name is `Emmy Noether` or `Noether, Emmy`. A name in double quotes is searched for as it stands,
without its initials.
"""

import re
from collections.abc import Iterator

from digest.config.mapping import Fields
from digest.config.yaml_tree import Findings, Pairs, Scalar
from digest.text import clean, shown

_MOST = 20
"""The most authors of a keyword: a query with more is too long for a request."""
_LONGEST = 100
"""The most characters of a name."""

_BETWEEN = re.compile(r"\s*;\s*|\s+and\s+|\s+&\s+")
_IDENTIFIER = re.compile(r"(?:.*\b)?\d{4}-\d{4}-\d{4}-\d{3}[\dX]|[\w-]+_[a-z]_\d+", re.ASCII)
"""An ORCID, or an author identifier of arXiv's such as noether_e_1."""


def read_authors(given: Fields, findings: Findings) -> tuple[str, ...]:
    """Reads the names of the key `author`; each mistake is added to the findings."""
    listed = given.texts("author") or []
    names: dict[str, None] = {}
    for text in listed:
        for name in _names(text.text):
            if mistake := _mistake(name):
                findings.add(text.line, f"author: {mistake}")
            elif not _known(name, names):
                names[name] = None
    if len(names) > _MOST:
        given.wrong(
            "author", f"these are {len(names)} authors; write at most {_MOST}, and further keywords"
        )
    return tuple(names)


def name_with_comma(pairs: Pairs) -> str | None:
    """The name that `{author: Noether, Emmy}` means, which YAML reads as two keys, or None."""
    author = pairs.nodes.get("author")
    keys = list(pairs.nodes)
    if not isinstance(author, Scalar) or keys[-1] == "author":
        return None
    after = keys[keys.index("author") + 1]
    node = pairs.nodes[after]
    if isinstance(node, Scalar) and node.empty and after[:1].isupper():
        return f"{author.text}, {after}"
    return None


def _names(text: str) -> Iterator[str]:
    """Yields the names in a text: several with semicolons, `and` or several commas between them."""
    for part in filter(None, _BETWEEN.split(clean(text))):
        names = [name.strip() for name in part.split(",")]
        if len(names) > 2 and all(" " in name for name in names):
            yield from names
        else:
            yield part


def _mistake(name: str) -> str:
    """A sentence about a name that cannot be searched for; "" if it can."""
    bare = name[1:-1] if len(name) > 2 and name[0] == name[-1] == '"' else name
    family, _, given = bare.partition(",")
    if _IDENTIFIER.fullmatch(bare):
        return f"{shown(name)} is an identifier; write the author's name, such as Emmy Noether"
    if len(name) > _LONGEST:
        return f"{shown(name)} has more than {_LONGEST} characters; write one name, or a list"
    if not any(character.isalpha() for character in bare):
        return f"there is no letter in {shown(name)}; write a name, such as Emmy Noether"
    if wrong := re.search(r'["*?\\_:()\[\]]', bare):
        return f"{shown(name)} has {wrong[0]} in it; write the name alone, such as Emmy Noether"
    if len(family.split()) > 1 and len(given.split()) > 1 and family.split()[0][0].isupper():
        both = f"[{family.strip()}, {given.strip()}]"
        return (
            f"{shown(name)} can be one name or two; write {both} for two authors, and one name "
            "without a comma"
        )
    return ""


def _known(name: str, names: dict[str, None]) -> bool:
    return name.casefold() in {other.casefold() for other in names}
