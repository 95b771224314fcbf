"""Packs a record, or the place of a broken harvest, into a few bytes or a text, and back.

A record is a JSON list, compressed by zlib to half its size: some 800 bytes for an abstract of
arXiv's usual length.
"""

import json
import zlib
from datetime import UTC, date, datetime
from typing import Any

from digest.clock import Moment
from digest.model.paper import Paper
from digest.model.record import Record
from digest.source.harvest import Broken, HarvestPage, Place

_LEVEL = 6


def pack(record: Record) -> bytes:
    """The bytes of a record."""
    paper = record.paper
    fields = (
        *(paper.id, paper.version, paper.title, paper.authors, paper.abstract, paper.comment),
        *(paper.primary_category, paper.categories, _text(paper.published), _text(paper.updated)),
        *(record.datestamp.isoformat(), [_text(moment) for moment in record.versions]),
        *(record.journal_ref, record.report_no, record.doi, record.deleted),
    )
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode("utf-8", "replace"), _LEVEL)


def unpack(packed: bytes) -> Record:
    """The record in bytes that `pack` made; ValueError for any others."""
    try:
        data = json.loads(zlib.decompress(packed))
        (identifier, version, title, authors, abstract, comment, primary, categories) = data[:8]
        published, updated, datestamp, versions, *further = data[8:]
        paper = Paper(
            *(identifier, version, title, tuple(authors), abstract, comment),
            *(primary, tuple(categories), _moment(published), _moment(updated)),
        )
        dates = tuple(map(_moment, versions))
        return Record(paper, date.fromisoformat(datestamp), dates, *further)
    except (zlib.error, TypeError) as error:
        raise ValueError(str(error)) from error


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
