r"""Reads one record in the format arXivRaw.

    <record>
      <header>
        <identifier>oai:arXiv.org:2611.00042</identifier><datestamp>2026-11-24</datestamp>
      </header>
      <metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/">
        <id>2611.00042</id>
        <version version="v1"><date>Fri, 30 Oct 2026 17:05:00 GMT</date></version>
        <title>Teapots on \'{E}tale Covers</title>
        <authors>Ida Example, J. O'Sample (1), and Bo van der Test ((1) Nowhere)</authors>
        <categories>cs.LG stat.ML</categories>
        ...

Elements are found by their names: arXiv's formats differ in their order, and any of them may be
absent or there twice. `acm-class` is not used, since it holds the MSC class. A version without
`source_type`, or with that of a withdrawn one (I), is a version.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from xml.etree.ElementTree import Element

from digest.clock import Moment
from digest.model.paper import Paper, split_identifier
from digest.model.record import Record
from digest.source.authors import split_authors
from digest.source.oai_pmh.page import OAI
from digest.source.oai_pmh.token import read_day
from digest.source.texts import bare_identifier, read_moment, text_of
from digest.text import clean

_RAW = "{http://arxiv.org/OAI/arXivRaw/}"
_VERSION = re.compile(r"v([1-9]\d{0,3})", re.ASCII)
_NAME = 80


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a record: its base identifier, and the day of its last change."""

    id: str
    datestamp: date


@dataclass(frozen=True, slots=True)
class Odd:
    """A record that cannot be read: a name for it, the reason, and its header if that is whole."""

    name: str
    reason: str
    header: Header | None = None


def read_header(element: Element) -> Header | Odd:
    """Reads a header, as ListIdentifiers gives it."""
    text = clean(element.findtext(f"{OAI}identifier"))
    identifier = split_identifier(bare_identifier(text))
    if identifier is None:
        return Odd(text[:_NAME] or "a record without identifier", "no identifier of a paper")
    day = read_day(clean(element.findtext(f"{OAI}datestamp")))
    if day is None:
        return Odd(identifier[0], "no possible datestamp")
    return Header(identifier[0], day)


def read_record(element: Element) -> Record | Odd:
    """Reads a record; one that cannot be read is named."""
    part = element.find(f"{OAI}header")
    header = Odd("a record without header", "no header") if part is None else read_header(part)
    if isinstance(header, Odd) or part is None:
        return header if isinstance(header, Odd) else Odd(header.id, "no header")
    if part.get("status") == "deleted":
        return _deleted(header)
    raw = element.find(f"{OAI}metadata/{_RAW}arXivRaw")
    if raw is None:
        return Odd(header.id, "no metadata", header)
    try:
        return _record(header, raw)
    except ValueError as error:
        return Odd(header.id, str(error), header)


def _record(header: Header, raw: Element) -> Record:
    """Raises ValueError where the record cannot be read."""
    identifier = split_identifier(_first(raw, "id") or header.id)
    if identifier is None or identifier[0] != header.id:
        raise ValueError("its identifier is not that of its header")
    versions = _versions(raw)
    categories = tuple(dict.fromkeys(_all(raw, "categories").split()))
    paper = Paper(
        id=header.id,
        version=len(versions),
        title=_first(raw, "title"),
        authors=split_authors(_all(raw, "authors", ", ")),
        abstract=_first(raw, "abstract"),
        comment=_first(raw, "comments"),
        primary_category=categories[0] if categories else "",
        categories=categories,
        published=versions[0],
        updated=versions[-1],
    )
    return Record(
        paper,
        header.datestamp,
        versions,
        journal_ref=_first(raw, "journal-ref"),
        report_no=_first(raw, "report-no"),
        doi=_first(raw, "doi"),
    )


def _deleted(header: Header) -> Record:
    """A record that arXiv has deleted: it has an identifier and a day, and no text."""
    moment = datetime.combine(header.datestamp, time(), UTC)
    paper = Paper(header.id, 1, "", (), "", "", "", (), published=moment, updated=moment)
    return Record(paper, header.datestamp, deleted=True)


def _versions(raw: Element) -> tuple[Moment, ...]:
    """The submission of each version; ValueError where their numbers do not run from 1 on."""
    found: dict[int, Moment] = {}
    elements = raw.findall(f"{_RAW}version")
    for element in elements:
        match = _VERSION.fullmatch(clean(element.get("version")))
        if not match:
            raise ValueError("a version without a number")
        moment = read_moment(clean(element.findtext(f"{_RAW}date")))
        if moment is None:
            raise ValueError("a version without a possible date")
        found[int(match[1])] = moment
    if not elements or len(found) != len(elements) or max(found) != len(found):
        raise ValueError("its versions are not numbered from 1 on")
    return tuple(found[number] for number in sorted(found))


def _first(raw: Element, name: str) -> str:
    """The text of the first element of that name that has one."""
    texts = (text_of(element.text) for element in raw.iterfind(f"{_RAW}{name}"))
    return next(filter(None, texts), "")


def _all(raw: Element, name: str, between: str = " ") -> str:
    """The texts of all elements of that name."""
    texts = (text_of(element.text) for element in raw.iterfind(f"{_RAW}{name}"))
    return between.join(filter(None, texts))
