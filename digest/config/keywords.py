"""The section `keywords` of subscribers.yaml: the searches on arXiv."""

import unicodedata
from collections.abc import Iterator

from digest.config.authors import name_with_comma, read_authors
from digest.config.mapping import Fields, described
from digest.config.yaml_tree import Findings, Items, Node, Pairs, Refused, Scalar
from digest.model.keyword import FIELDS, Keyword
from digest.model.taxonomy import is_category, no_category
from digest.search.grammar import MalformedQueryError, parse
from digest.text import clean, shown

KEYWORD_KEYS = ("in", "match", "categories", "exclude", "author", "category", "query")

_BESIDE = {
    "query": (),
    "author": ("categories", "exclude"),
    "category": ("exclude",),
}
"""The keys that replace the search for the name, and the others that each allows beside it."""


def read_keywords(top: Fields, findings: Findings) -> dict[str, Keyword | None]:
    """Reads the keywords by name, in the file's order, from the top level of the file.

    The section is a mapping with a key for each name, a list of names, or one text with commas. A
    keyword with a mistake is None in the result, so that its name is known to the other sections.
    """
    node = top.node("keywords")
    keywords: dict[str, Keyword | None] = {}
    first_lines: dict[str, int] = {}
    listed = list(_listed(node, findings)) if node else []
    for key, line, value in listed:
        name = clean(key)
        folded = unicodedata.normalize("NFC", name).casefold()
        if first := first_lines.get(folded):
            findings.add(
                line,
                f"the keyword {shown(name)} is that of line {first}, but for case or spaces",
            )
        else:
            first_lines[folded] = line
            keywords[name] = _keyword(name, line, value, findings)
    if "keywords" not in top:
        findings.add(1, "there is no section keywords; it names what to look for on arXiv")
    elif isinstance(node, Pairs | Items) and not node.nodes:
        top.wrong("keywords", "there is none; name at least one thing to look for on arXiv")
    return keywords


def _listed(node: Node, findings: Findings) -> Iterator[tuple[str, int, Node]]:
    """Yields name, line and value of each keyword, for each of the section's three forms."""
    if isinstance(node, Pairs):
        for name, value in node.nodes.items():
            yield name, node.lines[name], value
    elif isinstance(node, Scalar):
        for name in filter(None, map(str.strip, node.text.split(","))):
            yield name, node.line, Pairs(node.line, {}, {})
    elif isinstance(node, Items):
        for item in node.nodes:
            if isinstance(item, Scalar) and not item.empty:
                yield item.text, item.line, Pairs(item.line, {}, {})
            elif isinstance(item, Pairs):
                yield from _listed(item, findings)
            elif not isinstance(item, Refused):
                findings.add(
                    item.line, f"keywords: write a name here; {described(item)} stands here"
                )


def _keyword(name: str, line: int, node: Node, findings: Findings) -> Keyword | None:
    if isinstance(node, Scalar) and node.empty:
        node = Pairs(line, {}, {})
    if isinstance(node, Pairs) and (whole := name_with_comma(node)):
        findings.add(
            node.lines["author"], f'author: a name with a comma needs quotes: write "{whole}"'
        )
        return None
    given = Fields.of(node, f"the keyword {shown(name)}", KEYWORD_KEYS, findings)
    if given is None:
        return None
    if not name:
        findings.add(line, "this keyword has no name")
    elif not any(key in given for key in _BESIDE):
        _searchable(name, line, findings)
    _stand_alone(given)
    query = given.text("query")
    if query is not None:
        return Keyword(name, query=_query(query, given.line("query"), findings))
    fields = given.choices("in", FIELDS)
    return Keyword(
        name,
        fields=tuple(fields or FIELDS),
        in_both=fields == list(FIELDS),
        match=given.choice("match", ("phrase", "all")) or "phrase",
        categories=_categories("categories", given, findings),
        exclude=tuple(
            _searchable(clean(phrase.text), phrase.line, findings)
            for phrase in given.texts("exclude") or ()
        ),
        author=read_authors(given, findings),
        category=_categories("category", given, findings),
    )


def _stand_alone(given: Fields) -> None:
    """Notes the keys beside the one that replaces the search for the name."""
    for key, allowed in _BESIDE.items():
        beside = [
            other
            for other in KEYWORD_KEYS
            if other in given and other != key and other not in allowed
        ]
        if key in given and beside:
            words = f"leave {' and '.join(beside)} out, or the {key}"
            if key == "author" and beside == ["category"]:
                words = "write categories in place of category"
            given.wrong(key, f"{_besides(allowed)}; {words}")
            return


def _besides(allowed: tuple[str, ...]) -> str:
    return f"only {' and '.join(allowed)} can stand beside it" if allowed else "it stands alone"


def _searchable(text: str, line: int, findings: Findings) -> str:
    """Returns `text` after a check that it has a letter or a digit for arXiv's index."""
    if not any(character.isalnum() for character in text):
        findings.add(line, f"there is no letter and no digit in {shown(text)} to search for")
    return text


def _query(text: str, line: int, findings: Findings) -> str:
    """Returns a query after a check that arXiv can read it."""
    query = _searchable(clean(text), line, findings)
    try:
        if any(map(str.isalnum, query)):
            parse(query)
    except MalformedQueryError as error:
        findings.add(line, f"query: arXiv cannot read it, since {error}")
    return query


def _categories(key: str, given: Fields, findings: Findings) -> tuple[str, ...]:
    """Reads archives and categories: a list, or one text with commas or spaces between them."""
    categories: dict[str, int] = {}
    for listed in given.texts(key) or []:
        text = listed.text.strip()
        parts = text.split()
        if not all(map(is_category, parts)):
            parts = [part.strip() for part in text.split(",") if part.strip()] or [text]
        for part in parts:
            if not is_category(part):
                findings.add(listed.line, f"{key}: {no_category(part)}")
            categories[part] = listed.line
    return tuple(categories)
