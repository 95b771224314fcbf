"""Reads one page of arXiv's answer strictly, before any other part relies on it.

The answer is an Atom feed (RFC 4287) with OpenSearch counts:

    <feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns="http://www.w3.org/2005/Atom">
      <opensearch:totalResults>214881</opensearch:totalResults>
      <opensearch:startIndex>0</opensearch:startIndex>
      <entry>
        <id>http://arxiv.org/abs/2202.12139v1</id>
        ...

An error is a feed as well. It has one entry; the entry's id is under `arxiv.org/api/errors`, and
its summary describes the error. The `arxiv` package accepts half a feed, or a page of HTML, as a
short listing, so this module checks the bytes first. The package also fails at an invalid date.
Here an entry that cannot be read is removed from the page and named.
"""

from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from digest.clock import utc
from digest.model.paper import split_identifier
from digest.text import clean

_ATOM = "{http://www.w3.org/2005/Atom}"
_OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
_ERRORS = "arxiv.org/api/errors"
_YEARS = range(1991, 2100)
"""The years that a date may have: arXiv began in 1991, and its identifiers have a two-digit year.
"""
_NAME = 80
"""The number of characters of the name that an entry without an identifier is given."""


@dataclass(frozen=True, slots=True)
class Page:
    """The contents and the counts of one page.

    The whole listing has `total` papers. This page holds `entries` of them, from number `start` on
    (counting from 0). `error` holds arXiv's own words where it refused the query, else "".
    `unreadable` names the entries that have no identifier of a paper or no possible date, by their
    identifier, id or title. `feed` is the page without those entries.
    """

    total: int
    start: int
    entries: int
    error: str = ""
    unreadable: tuple[str, ...] = ()
    feed: bytes = field(default=b"", repr=False)


def read_page(body: bytes) -> Page:
    """Reads the page in `body`.

    Raises:
        ValueError: `body` is not a whole Atom feed of arXiv's; the message says why not.
    """
    feed = _parse(body)
    entries = feed.findall(f"{_ATOM}entry")
    for entry in entries:
        if _ERRORS in _text(entry, f"{_ATOM}id"):
            words = _text(entry, f"{_ATOM}summary") or "no reason given"
            return Page(0, 0, 0, error=" ".join(words.split()))
    try:
        total = int(_text(feed, f"{_OPENSEARCH}totalResults"))
        start = int(_text(feed, f"{_OPENSEARCH}startIndex"))
    except ValueError:
        total = start = -1
    if total < 0 or start < 0:
        raise ValueError("a feed that does not say how many papers there are")
    broken = [entry for entry in entries if not _is_readable(entry)]
    unreadable = tuple(map(_name, broken))
    for entry in broken:
        feed.remove(entry)
    return Page(
        total,
        start,
        len(entries),
        unreadable=unreadable,
        feed=etree.tostring(feed, encoding="utf-8") if broken else body,
    )


def _is_readable(entry: etree._Element) -> bool:
    """Returns whether the entry is about a paper and has two valid dates (RFC 3339)."""
    dates = (_text(entry, f"{_ATOM}{name}") for name in ("updated", "published"))
    return bool(split_identifier(_text(entry, f"{_ATOM}id"))) and all(map(_is_moment, dates))


def _is_moment(text: str) -> bool:
    try:
        return utc(datetime.fromisoformat(text)).year in _YEARS
    except (ValueError, OverflowError):
        return False


def _name(entry: etree._Element) -> str:
    """A name for an entry that cannot be read: its identifier, id or title."""
    address = _text(entry, f"{_ATOM}id")
    if identifier := split_identifier(address):
        return "{}v{}".format(*identifier)
    name = clean(address) or clean(_text(entry, f"{_ATOM}title"))
    return name[:_NAME] or "an entry without id and title"


def _parse(body: bytes) -> etree._Element:
    """The root of the feed. The parser expands no entity, fetches nothing and repairs nothing."""
    if not body.strip():
        raise ValueError("an empty body")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        looks = body[:512].lstrip().lower()
        if looks.startswith((b"<!doctype html", b"<html")):
            raise ValueError("a web page") from None
        raise ValueError(f"broken or half a feed ({error.msg})") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("a web page" if "html" in str(root.tag).lower() else "XML with a DTD")
    if root.tag != f"{_ATOM}feed":
        raise ValueError("a web page" if "html" in str(root.tag).lower() else "XML, but no feed")
    return root


def _text(element: etree._Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip()
