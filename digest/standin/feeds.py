r"""Serves arXiv's RSS feeds: the papers of one announcement, in archives or categories.

    <rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="..." version="2.0">
      <channel>
        <title>cs.LG updates on arXiv.org</title>
        ...
        <item>
          <title>Teapots on \'{E}tale Covers: A Survey</title>
          <guid isPermaLink="false">oai:arXiv.org:2611.00042v2</guid>
          <arxiv:announce_type>replace</arxiv:announce_type>

The rules are those of arXiv's published code (arXiv/arxiv-feed): a feed has at most 2,000 entries,
new papers stand last in it, and a replacement from version 6 on is in none.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

from digest.clock import Moment, utc
from digest.model.announcements import EASTERN, Calendar
from digest.model.taxonomy import NAMES, TWIN
from digest.standin.register import Change, Listed, Register

LIMIT = 2_000
"""The largest number of entries of a feed."""

_ORDER = ("replace-cross", "replace", "cross", "new")
_LAST_REPLACED = 5
_HEAD = """<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" \
xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" \
version="2.0">
  <channel>
"""
_URL = "https://rss.arxiv.org/rss/"
_LICENSE = "http://creativecommons.org/licenses/by/4.0/"
_FOOTNOTES = re.compile(r"\s*\(\s*(\(\d+\).*)\)\s*$", re.DOTALL)
_FOOTNOTE = re.compile(r"\((\d+)\)\s*([^()]*[^(),\s])")
_BETWEEN = re.compile(r"(?:\s*,\s*(?:and\s+)?|\s+and\s+)(?![^()]*\))")


class UnknownCategoryError(Exception):
    """A name in the request is no archive and no category; arXiv answers 400 with a feed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a feed: `kind` is its announce_type, relative to the categories asked for."""

    listed: Listed
    kind: str


def feed(register: Register, query: str, at: Moment, calendar: Calendar) -> bytes:
    """Returns the feed of the names in `query`, which have `+` between them, at a given time.

    Raises:
        UnknownCategoryError: one of the names is none.
    """
    names, categories = wanted(query)
    midnight = _midnight(at)
    entries = announced(register, categories, at, calendar)[:LIMIT]
    built = min(utc(midnight) + timedelta(seconds=6), at)
    return rss(names, entries, midnight, built)


def announced(
    register: Register, categories: set[str], at: Moment, calendar: Calendar
) -> list[Entry]:
    """Returns all entries of the announcement whose day it is, in the order of a feed.

    The day of an announcement begins at the midnight after it (US Eastern). On a day without one
    there is no entry.
    """
    midnight = _midnight(at)
    since = calendar.last(utc(midnight))
    if since < utc(midnight - timedelta(days=1)):
        return []
    until = min(calendar.next(utc(midnight)), at + timedelta(microseconds=1))
    kinds: dict[str, str] = {}
    for change in register.changes(since, until):
        kind = _kind(change, categories)
        paper = change.holding.paper.id
        if kind and _ORDER.index(kind) >= _ORDER.index(kinds.get(paper, _ORDER[0])):
            kinds[paper] = kind
    entries = [
        Entry(listed, kind)
        for paper, kind in kinds.items()
        if (listed := register.record(paper, at)) is not None
    ]
    entries.sort(key=lambda one: one.listed.id, reverse=True)
    return sorted(entries, key=lambda one: _ORDER.index(one.kind))


def rss(names: Sequence[str], entries: Sequence[Entry], midnight: datetime, built: Moment) -> bytes:
    """Returns a feed that was built at a given time for the day that begins at `midnight`."""
    title = ", ".join(names)
    lines = [
        *_opening(f"{title} updates on arXiv.org", "+".join(names)),
        f"<description>{title} updates on the arXiv.org e-print archive.</description>",
        *_closing(midnight, built),
        "<skipDays>\n      <day>Saturday</day>\n      <day>Sunday</day>\n    </skipDays>",
        *(_item(entry, midnight) for entry in entries),
    ]
    return _document(lines)


def error_feed(query: str, words: str, at: Moment) -> bytes:
    """Returns the feed with which arXiv refuses a request, together with status 400."""
    lines = [
        *_opening(f"Feed error for query: {_URL}{query}", query),
        f"<description>{escape(words)}</description>",
        *_closing(_midnight(at), at),
    ]
    return _document(lines)


def wanted(query: str) -> tuple[list[str], set[str]]:
    """Returns the names in a request, archives first, and all categories that they stand for.

    Raises:
        UnknownCategoryError: one of the names is no archive and no category, in any case.
    """
    folded = {name.casefold(): name for name in NAMES}
    names = [folded.get(name.casefold(), "") for name in query.split("+")]
    if not all(names):
        raise UnknownCategoryError(f"{query} names no archive or category of arXiv")
    categories = {
        name for name in NAMES for one in names if name == one or name.startswith(f"{one}.")
    }
    categories |= {TWIN[name] for name in categories if name in TWIN}
    return sorted(names, key=lambda name: "." in name), categories


def until_midnight(at: Moment) -> timedelta:
    """Returns the time for which a feed stays as it is: to the next midnight, US Eastern."""
    return utc(_midnight(at) + timedelta(days=1)) - at


def _midnight(at: Moment) -> datetime:
    return datetime.combine(at.astimezone(EASTERN).date(), time(), EASTERN)


def _kind(change: Change, categories: set[str]) -> str:
    """Returns the kind of a change for a reader of these categories, "" if it is not theirs."""
    paper = change.holding.paper
    before = change.before.paper.categories if change.before else ()
    if not change.holding.announced:
        return "cross" if (set(paper.categories) - set(before)) & categories else ""
    if not set(paper.categories) & categories:
        return ""
    primary = paper.primary_category in categories
    if paper.version == 1:
        return "new" if primary else "cross"
    if paper.version > _LAST_REPLACED:
        return ""
    return "replace" if primary else "replace-cross"


def _creators(authors: str) -> str:
    """Returns the authors with commas between them, each with the affiliation that is known.

    >>> _creators("A. Test (1), B. Test and C. Test (Nowhere) ((1) Here)")
    'A. Test (Here), B. Test, C. Test (Nowhere)'
    """
    notes = _FOOTNOTES.search(authors)
    names = [name for name in _BETWEEN.split(_FOOTNOTES.sub("", authors)) if name]
    places = dict(_FOOTNOTE.findall(notes[1])) if notes else {}
    resolved = (
        re.sub(r"\((\d+)\)", lambda number: f"({places.get(number[1], number[1])})", name)
        for name in names
    )
    return ", ".join(resolved)


def _opening(title: str, query: str) -> list[str]:
    return [
        f"<title>{escape(title)}</title>",
        f"<link>{_URL}{escape(query)}</link>",
    ]


def _closing(midnight: datetime, built: Moment) -> list[str]:
    return [
        "<docs>http://www.rssboard.org/rss-specification</docs>",
        "<language>en-us</language>",
        f"<lastBuildDate>{format_datetime(built)}</lastBuildDate>",
        "<managingEditor>rss-help@arxiv.org</managingEditor>",
        f"<pubDate>{format_datetime(midnight)}</pubDate>",
    ]


def _item(entry: Entry, midnight: datetime) -> str:
    holding, paper = entry.listed.holding, entry.listed.holding.paper
    said = f"arXiv:{paper.versioned_id} Announce Type: {entry.kind} \nAbstract: {holding.abstract}"
    lines = [
        f"<title>{escape(holding.title)}</title>",
        f"<link>https://arxiv.org/abs/{paper.id}</link>",
        f"<description>{escape(said)}</description>",
        f'<guid isPermaLink="false">oai:arXiv.org:{paper.versioned_id}</guid>',
        *(f"<category>{category}</category>" for category in paper.categories),
        f"<pubDate>{format_datetime(midnight)}</pubDate>",
        f"<arxiv:announce_type>{entry.kind}</arxiv:announce_type>",
        f"<dc:rights>{_LICENSE}</dc:rights>",
        *([f"<arxiv:DOI>{escape(holding.doi)}</arxiv:DOI>"] if holding.doi else []),
        *(
            [f"<arxiv:journal_reference>{escape(holding.journal_ref)}</arxiv:journal_reference>"]
            if holding.journal_ref
            else []
        ),
        f"<dc:creator>{escape(_creators(holding.authors))}</dc:creator>",
    ]
    return "<item>\n" + "".join(f"      {line}\n" for line in lines) + "    </item>"


def _document(lines: Sequence[str]) -> bytes:
    body = "".join(f"    {line}\n" for line in lines)
    return f"{_HEAD}{body}  </channel>\n</rss>\n".encode()
