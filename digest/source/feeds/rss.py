"""Reads one of arXiv's RSS feeds strictly (RSS 2.0, https://info.arxiv.org/help/rss.html).

    <rss version="2.0" xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="..."><channel>
      <title>cs.LG updates on arXiv.org</title>
      <lastBuildDate>Tue, 24 Nov 2026 05:00:06 +0000</lastBuildDate>
      <item>
        <title>Teapots on Covers</title>
        <description>arXiv:2611.00042v2 Announce Type: replace
          Abstract: We pour ...</description>
        <guid isPermaLink="false">oai:arXiv.org:2611.00042v2</guid>
        <category>cs.LG</category><category>stat.ML</category>
        <arxiv:announce_type>replace</arxiv:announce_type>
        <dc:creator>Ida Example, J. O'Sample</dc:creator>
        ...

An entry has no comment and no date of a submission. arXiv's dates of a feed can be a day behind its
content, so the content is judged by its identifiers.
"""

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element

from digest.clock import Moment
from digest.model.paper import Paper, split_identifier
from digest.model.record import Record
from digest.source.authors import split_authors
from digest.source.harvest import Feed
from digest.source.strict_xml import read_parts
from digest.source.texts import bare_identifier, read_moment, text_of
from digest.text import clean, shown

LIMIT = 2000
"""The most entries of a feed. Of more arXiv leaves some out, and new papers first."""

_ARXIV = "{http://arxiv.org/schemas/atom}"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_CHANNEL = ("title", "description", "lastBuildDate", "pubDate")
_VERSIONED = re.compile(r".*v[1-9]\d*", re.ASCII)
_BEGINNING = re.compile(
    r"(?:arXiv:\S+\s+Announce Type:\s*(?P<announcement>\S+)\s*)?(?:Abstract:\s*)?", re.IGNORECASE
)
_NAME = 80


def read_feed(name: str, body: bytes) -> Feed:
    """Reads a feed. An entry that cannot be read is left out and named.

    Args:
        name: the name of the feed.
        body: the answer's content.

    Raises:
        ValueError: `body` is not a whole feed with a date; the message describes it.
    """
    channel, entries = _parts(body)
    built_at = next(
        filter(None, map(read_moment, (channel["lastBuildDate"], channel["pubDate"]))), None
    )
    if built_at is None:
        raise ValueError("a feed without a possible date")
    records: dict[str, Record] = {}
    announced: dict[str, str] = {}
    unreadable: list[str] = []
    for entry in entries:
        record = _record(entry, built_at)
        if record is None:
            unreadable.append(_name(entry))
        elif record.paper.versioned_id not in records:
            records[record.paper.versioned_id] = record
            announced[record.paper.versioned_id] = _announcement(entry)
    return Feed(
        name,
        tuple(records.values()),
        announced,
        built_at=built_at,
        cut=len(entries) >= LIMIT,
        unreadable=tuple(unreadable),
    )


def read_refusal(body: bytes) -> str:
    """arXiv's reason for refusing a feed, in quotes for a message; "" where `body` is no feed.

    A category that does not exist has a feed that says so in its description, and in its title.
    """
    try:
        channel, _ = _parts(body)
    except ValueError:
        return ""
    return shown(channel["description"] or channel["title"])


def _parts(body: bytes) -> tuple[dict[str, str], list[Element]]:
    """The texts of the channel, and its entries. Raises ValueError where `body` is no feed."""
    entries: list[Element] = []
    channel = dict.fromkeys(_CHANNEL, "")

    def take(part: Element) -> None:
        if part.tag == "item":
            entries.append(part)
        elif part.tag in channel:
            channel[part.tag] = channel[part.tag] or clean(part.text)

    # An image in the channel has a title of its own.
    children = read_parts(body, "rss", ("item", "image", *_CHANNEL), take)
    if children != {"channel"}:
        raise ValueError("a feed without its channel")
    return channel, entries


def _record(entry: Element, moment: Moment) -> Record | None:
    """The paper of an entry; None where it has no versioned identifier."""
    identifier = _identifier(entry)
    if identifier is None:
        return None
    categories = tuple(dict.fromkeys(_texts(entry, "category")))
    paper = Paper(
        id=identifier[0],
        version=identifier[1],
        title=_first(entry, "title"),
        authors=split_authors(", ".join(_texts(entry, _CREATOR))),
        abstract=_abstract(entry),
        comment="",
        primary_category=categories[0] if categories else "",
        categories=categories,
        published=moment,
        updated=moment,
    )
    return Record(
        paper,
        moment.date(),
        journal_ref=_first(entry, f"{_ARXIV}journal_reference"),
        doi=_first(entry, f"{_ARXIV}DOI"),
    )


def _identifier(entry: Element) -> tuple[str, int] | None:
    bare = bare_identifier(entry.findtext("guid"))
    return split_identifier(bare) if _VERSIONED.fullmatch(bare) else None


def _announcement(entry: Element) -> str:
    """arXiv's word for the announcement; "" where the entry has none."""
    if word := clean(entry.findtext(f"{_ARXIV}announce_type")):
        return word
    beginning = _BEGINNING.match(clean(entry.findtext("description")))
    return (beginning and beginning["announcement"]) or ""


def _abstract(entry: Element) -> str:
    """The description without its beginning, which repeats identifier and announcement."""
    description = (entry.findtext("description") or "").strip()
    return text_of(_BEGINNING.sub("", description, count=1))


def _name(entry: Element) -> str:
    texts = (clean(entry.findtext(tag)) for tag in ("guid", "link", "title"))
    return next(filter(None, texts), "an entry without guid, link and title")[:_NAME]


def _texts(entry: Element, tag: str) -> Iterable[str]:
    return filter(None, (text_of(element.text) for element in entry.iterfind(tag)))


def _first(entry: Element, tag: str) -> str:
    return next(iter(_texts(entry, tag)), "")
