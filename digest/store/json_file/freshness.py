"""How old a state is, and whether it looks like a copy that was put back from a backup.

What is in a state says until when things were recorded in it. What lies beside it, and when the
system says that its files came there, may be newer: then something is missing, and what was mailed
meanwhile comes again.
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
"""A file that was written where it is came there when it was last written, but for moments."""
_MISSED = 2
"""After so many announcements without a record it is said that nothing was recorded."""


@dataclass(frozen=True, slots=True)
class Files:
    """What the files of a store say of its age.

    `generation` is the snapshot's, `previous` that of the one kept beside it, `last_journal` the
    highest of which there is a journal with something in it; None where there is none. `written`
    is when the newest of those that are read was last written, `came` when it came to its place.
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
    """What the system says of a file; None where it is gone, as after a fold."""
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
    """The latest moment of which the state knows something, None for none."""
    moments = [known.operator_told]
    for _, keyword in known.keywords():
        moments += [keyword.last_fetch, keyword.imported_at]
    for _, reader in known.readers():
        moments += [reader.mailed_at, reader.trouble.at if reader.trouble else None]
        moments.append(reader.pending[0].at if reader.pending else None)
    return max((moment for moment in moments if moment), default=None)


def doubts(files: Files, recorded: Moment | None, calendar: Calendar, now: Moment) -> list[str]:
    """Sentences on what is newer than the state; none where there is no sign of it."""
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
