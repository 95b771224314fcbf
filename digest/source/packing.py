"""Packs a record, or the place of a broken harvest, into a few bytes or a text, and back.

A record is a JSON list, compressed by zlib to half its size: some 1,100 bytes for an abstract of
arXiv's usual length. The stems of its title and abstract are in it, since to find them takes five
times as long as to read them: " state   art" are the stems of "state of the art".
"""

import json
import zlib
from datetime import UTC, date, datetime
from typing import Any

from digest.clock import Moment
from digest.model.paper import Paper
from digest.model.record import Record
from digest.search.documents import Kept
from digest.search.words import Line
from digest.source.harvest import Broken, HarvestPage, Place

_LEVEL = 6


def pack(record: Record, kept: Kept) -> bytes:
    """The bytes of a record, with the stems of its title and its abstract."""
    paper = record.paper
    fields = (
        *(paper.id, paper.version, paper.title, paper.authors, paper.abstract, paper.comment),
        *(paper.primary_category, paper.categories, _text(paper.published), _text(paper.updated)),
        *(record.datestamp.isoformat(), [_text(moment) for moment in record.versions]),
        *(record.journal_ref, record.report_no, record.doi, record.deleted),
        *map(_spaced, kept),
    )
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode("utf-8", "replace"), _LEVEL)


def unpack(packed: bytes) -> tuple[Record, tuple[str, str]]:
    """The record in bytes that `pack` made, and its stems for `kept`; ValueError for others."""
    try:
        data = json.loads(zlib.decompress(packed))
        (identifier, version, title, authors, abstract, comment, primary, categories) = data[:8]
        published, updated, datestamp, versions, *further, title_stems, abstract_stems = data[8:]
        paper = Paper(
            *(identifier, version, title, tuple(authors), abstract, comment),
            *(primary, tuple(categories), _moment(published), _moment(updated)),
        )
        dates = tuple(map(_moment, versions))
        record = Record(paper, date.fromisoformat(datestamp), dates, *further)
    except (zlib.error, TypeError) as error:
        raise ValueError(str(error)) from error
    return record, (title_stems, abstract_stems)


def kept(stems: tuple[str, str]) -> Kept:
    """The stems of a title and an abstract, one for each position."""
    title, abstract = stems
    return _line(title), _line(abstract)


def _spaced(line: Line) -> str:
    """The stems with a space before each, also before one that is empty."""
    return "".join(f" {stem}" for stem in line)


def _line(text: str) -> Line:
    return tuple(text.split(" ")[1:])


def broken_as_text(broken: Broken) -> str:
    """The facts about a broken harvest, as JSON."""
    pages = [
        {
            "place": _place(page.place),
            "next": page.next and _place(page.next),
            "made_at": _text(page.made_at),
            "received_at": _text(page.received_at),
            "records": page.records,
        }
        for page in broken.pages
    ]
    seen = {identifier: day.isoformat() for identifier, day in broken.seen.items()}
    begin, at = broken.begin.isoformat(), _place(broken.at)
    return json.dumps({"begin": begin, "pages": pages, "seen": seen, "at": at})


def broken_from_text(text: str) -> Broken:
    """The broken harvest in a text that `broken_as_text` made; ValueError for any other."""
    try:
        data = json.loads(text)
        pages = tuple(
            HarvestPage(
                _as_place(page["place"]),
                _as_place(page["next"]) if page["next"] else None,
                _moment(page["made_at"]),
                _moment(page["received_at"]),
                page["records"],
            )
            for page in data["pages"]
        )
        seen = {identifier: date.fromisoformat(day) for identifier, day in data["seen"].items()}
        return Broken(date.fromisoformat(data["begin"]), pages, seen, _as_place(data["at"]))
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(str(error)) from error


def _place(place: Place) -> list[Any]:
    return [place.day.isoformat(), place.skip, place.token]


def _as_place(data: list[Any]) -> Place:
    day, skip, token = data
    return Place(date.fromisoformat(day), skip, token)


def _text(moment: Moment) -> str:
    return moment.astimezone(UTC).isoformat()


def _moment(text: str) -> Moment:
    return datetime.fromisoformat(text)
