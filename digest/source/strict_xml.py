"""Reads an XML document strictly and part by part: a harvest's page, or a feed.

Nothing is repaired, no entity is expanded and nothing is fetched. A document type is refused, since
none of arXiv's formats has one. Only the wanted parts become trees, so a document may be large.
"""

from collections.abc import Callable, Collection
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

_DEEPEST = 64
"""The most levels of elements; arXiv's formats have six."""
_PIECE = 64 * 1024


def read_parts(
    body: bytes, root: str, wanted: Collection[str], take: Callable[[Element], None]
) -> frozenset[str]:
    """Reads a document, and hands over its wanted parts in their order.

    Names are written `{namespace}name`.

    Args:
        body: the document.
        root: the name of its root element.
        wanted: the names of the parts. A part inside of another one belongs to that one.
        take: is given each part as soon as its end is read. The rest may still be broken.

    Returns:
        The names of the root's children.

    Raises:
        ValueError: `body` is not such a document, or not a whole one; the message describes it.
    """
    if not body.strip():
        raise ValueError("an empty body")
    reader = _Reader(root, wanted, take)
    try:
        for start in range(0, len(body), _PIECE):
            reader.parser.Parse(body[start : start + _PIECE], False)
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        if body[:512].lstrip().lower().startswith((b"<!doctype html", b"<html")):
            raise ValueError("a web page") from None
        reason = expat.ErrorString(error.code)
        raise ValueError(f"broken or half an XML document ({reason})") from None
    except LookupError as error:
        raise ValueError(f"broken or half an XML document ({error})") from None
    return frozenset(reader.children)


class _Reader:
    """The handlers of one document."""

    def __init__(self, root: str, wanted: Collection[str], take: Callable[[Element], None]) -> None:
        self.children: set[str] = set()
        self._root = root
        self._wanted = frozenset(wanted)
        self._take = take
        self._depth = 0
        self._inside = 0
        """The depth at which the present part began; 0 outside of the parts."""
        self._builder = TreeBuilder()
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._document_type
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _document_type(self, name: str, *_: object) -> None:
        raise ValueError("a web page" if name.lower() == "html" else "XML with a document type")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = f"{{{name}" if "}" in name else name
        self._depth += 1
        if self._depth == 1 and name != self._root:
            is_page = "html" in name.lower()
            raise ValueError("a web page" if is_page else "XML of another kind")
        if self._depth > _DEEPEST:
            raise ValueError(f"XML with more than {_DEEPEST} levels")
        if self._depth == 2:
            self.children.add(name)
        if not self._inside and name in self._wanted:
            self._inside = self._depth
        if self._inside:
            self._builder.start(name, attributes)

    def _end(self, name: str) -> None:
        if self._inside:
            self._builder.end(f"{{{name}" if "}" in name else name)
        if self._inside == self._depth:
            part, self._builder, self._inside = self._builder.close(), TreeBuilder(), 0
            self._take(part)
        self._depth -= 1

    def _text(self, text: str) -> None:
        if self._inside:
            self._builder.data(text)
