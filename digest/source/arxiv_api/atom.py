"""Reads one page of arXiv's answer strictly, before anyone believes it.

The answer is an Atom feed (RFC 4287) with OpenSearch counts:

    <feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns="http://www.w3.org/2005/Atom">
      <opensearch:totalResults>214881</opensearch:totalResults>
      <opensearch:startIndex>0</opensearch:startIndex>
      <entry>
        <id>http://arxiv.org/abs/2202.12139v1</id>
        ...

An error is a feed as well, of one entry whose id is under `arxiv.org/api/errors`, and whose summary
says what is wrong. The `arxiv` package takes half a feed, or a page of HTML, for a short listing;
so the bytes are looked at here first. It also ends with an error at a date that is none; an entry
that nobody can read is taken out here, and named.
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
"""arXiv began in 1991, and its identifiers have two digits for the year."""
_NAME = 80
"""Characters of what an entry without an identifier is called by."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says of itself.

    `total` papers in the whole listing, of which this page holds `entries`, from number `start`
    on (counting from 0). `error` holds arXiv's own words where it refused the query, else "".
    `unreadable` names those of the entries that have no identifier of a paper or no possible date,
    by their identifier, id or title; `feed` is the page without them.
    """

    total: int
    start: int
    entries: int
    error: str = ""
    unreadable: tuple[str, ...] = ()
    feed: bytes = field(default=b"", repr=False)


def read_page(body: bytes) -> Page:
    """What the page in `body` says of itself.

    Raises:
        ValueError: it is not a whole Atom feed of arXiv's; the message says in what way.
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
    """Whether the entry is about a paper, with two dates that are moments (RFC 3339)."""
    dates = (_text(entry, f"{_ATOM}{name}") for name in ("updated", "published"))
    return bool(split_identifier(_text(entry, f"{_ATOM}id"))) and all(map(_is_moment, dates))


def _is_moment(text: str) -> bool:
    try:
        return utc(datetime.fromisoformat(text)).year in _YEARS
    except (ValueError, OverflowError):
        return False


def _name(entry: etree._Element) -> str:
    """What an entry that cannot be read is called by."""
    address = _text(entry, f"{_ATOM}id")
    if identifier := split_identifier(address):
        return "{}v{}".format(*identifier)
    name = clean(address) or clean(_text(entry, f"{_ATOM}title"))
    return name[:_NAME] or "an entry without id and title"


def _parse(body: bytes) -> etree._Element:
    """The feed's root. No entity is expanded, nothing is fetched, and broken XML stays broken."""
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
