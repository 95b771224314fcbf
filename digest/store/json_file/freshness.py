"""Finds out how old a state is, and whether it seems to be a copy restored from a backup.

The records say until when events were recorded. Other files beside the state may be newer, and so
may be the time at which the system created the files. In that case events are missing, and papers
that were mailed in the meantime will be mailed again.
"""

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from digest.clock import Moment
from digest.durable import followed
from digest.model.announcements import Calendar
from digest.store.json_file.files import generations_of, in_words, journal_of, previous_of
from digest.store.known import Known
from digest.text import dated

_HEAD = re.compile(rb'\s*\{\s*"generation"\s*:\s*(\d{1,18})\b')
_APART = timedelta(hours=1)
"""The longest time between writing a file and its appearance here, unless the file was copied."""
_MISSED = 2
"""The number of announcements without a record after which a doubt is reported."""


@dataclass(frozen=True, slots=True)
class Files:
    """The signs of a store's age in its files.

    `generation` is that of the snapshot, `previous` that of the copy beside it, and `last_journal`
    the highest of a journal that is not empty; None where there is none. `written` is the last
    change of the newest file that is read, `came` the moment when that file came to its place.
    """

    generation: int | None
    previous: int | None
    last_journal: int | None
    written: Moment | None
    came: Moment | None


def files_of(path: Path) -> Files:
    """Looks at the files of the store at `path`; StateError where that cannot be done."""
    with in_words(path):
        path = followed(path)
        journals = {number: _stat(journal_of(path, number)) for number in generations_of(path)}
        filled = [number for number, stat in journals.items() if stat and stat.st_size]
        stats = [stat for stat in (_stat(path), *journals.values()) if stat]
        newest = max(stats, key=lambda stat: stat.st_mtime, default=None)
        return Files(
            _generation(path),
            _generation(previous_of(path)),
            max(filled, default=None),
            datetime.fromtimestamp(newest.st_mtime, UTC) if newest else None,
            datetime.fromtimestamp(newest.st_ctime, UTC) if newest else None,
        )


def _stat(file: Path) -> os.stat_result | None:
    """The system's facts about a file; None where the file is gone, as after a fold."""
    try:
        return file.stat()
    except FileNotFoundError:
        return None


def _generation(snapshot: Path) -> int | None:
    try:
        with snapshot.open("rb") as file:
            head = _HEAD.match(file.read(64))
    except FileNotFoundError:
        return None
    return int(head[1]) if head else None


def last_recorded(known: Known) -> Moment | None:
    """The latest moment at which an event was recorded; None for never."""
    moments = [known.operator_told]
    for _, keyword in known.keywords():
        moments += [keyword.last_fetch, keyword.imported_at]
    for _, reader in known.readers():
        moments += [reader.mailed_at, reader.trouble.at if reader.trouble else None]
        moments.append(reader.pending[0].at if reader.pending else None)
    return max((moment for moment in moments if moment), default=None)


def doubts(files: Files, recorded: Moment | None, calendar: Calendar, now: Moment) -> list[str]:
    """Sentences about each sign that the state is out of date; none where there is no sign."""
    found = _older_than_beside_it(files) if files.generation else []
    came, written = files.came, files.written
    if came and written and recorded and came - written > _APART and recorded < came:
        found.append(
            f"the files came to their place {dated(came, UTC)}, and nothing was recorded since "
            f"{dated(written, UTC)}: they were copied, perhaps from a backup"
        )
    if recorded and (missed := calendar.silent(recorded, now)) >= _MISSED:
        found.append(
            f"nothing was recorded while arXiv announced papers {missed} times: there was no run, "
            "or the state is an old copy"
        )
    return found


def _older_than_beside_it(files: Files) -> list[str]:
    generation = files.generation or 0
    found = []
    if (files.previous or 0) > generation:
        found.append(
            f"the state is of generation {generation} and the copy kept beside it of "
            f"{files.previous}: an older one was put back"
        )
    if (files.last_journal or 0) > generation:
        found.append(
            f"the state is of generation {generation} and there is a journal of "
            f"{files.last_journal}: a copy was put back; all files have to be of one backup"
        )
    return found
