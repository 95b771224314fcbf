"""Keeps the papers of the last 35 days in a file, for answers without a request.

The file is a cache: it can be deleted at any time. Where it cannot be used (it is damaged or
locked, the disk is full) the answers are as if there were none, and the log says why, once. It is
then left alone for a while, so that nobody waits for a locked file again and again.
"""

import json
import logging
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from digest.clock import Moment
from digest.model.record import Record
from digest.search.conditions import condition
from digest.search.documents import Document, Kept, document
from digest.search.tree import And, AndNot, Not, Or, Query, Term
from digest.search.wildcards import is_wild
from digest.search.words import stem_line
from digest.source.harvest import Broken
from digest.source.packing import broken_as_text, broken_from_text, kept
from digest.source.papers_file import PapersFile, PapersFileError, Row, Rows
from digest.text import logfmt

T = TypeVar("T")

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=35)
"""The span of datestamps that are kept, back from the newest one."""

_LAYOUT = 1
"""To be raised when the tables or the packed records change."""
_CATEGORY = "="
"""Stands before a category among the words; no stem has this character."""
_COVERAGE, _BROKEN = "coverage", "broken"


@dataclass(frozen=True, slots=True)
class Coverage:
    """The days of which every record is kept.

    `first` is the first of these days, in UTC, by the records' datestamps. `through` is the last
    announcement in the last complete harvest, and `read_to` the last day in it, which may not have
    been over when it was read.
    """

    first: date
    through: Moment
    read_to: date


class RecentPapers:
    """The papers of the last 35 days, each in its latest version.

    `path` is the file; it is made when papers are kept for the first time. `patience` is the number
    of seconds to wait for another process that writes the file, `left_alone` that for which a file
    that could not be read or written is then not tried again.
    """

    def __init__(self, path: Path, *, patience: float = 5.0, left_alone: float = 30.0) -> None:
        self.path = path
        self._file = PapersFile(path, _layout(), patience)
        self._said = ""
        self._left_alone = left_alone
        self._left_until = 0.0

    def keep(
        self,
        records: Iterable[Record],
        *,
        begin: date,
        at: Moment,
        complete: bool,
        through: Moment | None,
        broken: Broken | None,
    ) -> None:
        """Keeps the records of a harvest, in one transaction.

        Args:
            records: the records, whether known or not.
            begin: the first day of the harvest's window.
            at: the moment of the harvest.
            complete: whether the harvest holds every record since `begin`.
            through: the last announcement in it; None where that is not known.
            broken: the place where it broke off, for the next harvest to go on; None for no place.
        """
        given = tuple(records)
        newest = min(at.date(), max((record.datestamp for record in given), default=at.date()))
        read = Coverage(begin, through, newest) if complete and through else None
        if self._is_left_alone():
            return
        try:
            try:
                self._write(given, read, at.date(), broken)
            except PapersFileError as error:
                if not error.damaged:
                    raise
                self._failed(error)
                self._write(given, read, at.date(), broken)
        except PapersFileError as error:
            self._failed(error)
        else:
            self._said = ""

    def since(self, day: date) -> Iterator[Record]:
        """Yields the records that arXiv changed on this day (UTC) or later, each paper once."""
        for record, _ in self._each(lambda rows: rows.since(day)):
            yield record

    def documents(self, day: date) -> Iterator[tuple[Record, Document]]:
        """Yields the same records, ready to be searched."""
        for record, spaced in self._each(lambda rows: rows.since(day)):
            yield record, document(record, kept(spaced))

    def found(self, query: Query, since: date) -> Iterator[Record]:
        """Yields the records since a day that a query finds, each paper once.

        The query is one that can be evaluated here (digest.search.evaluable). Words of titles and
        abstracts, and categories, make it fast: it then looks at few records, else at every one.
        """
        holds = condition(query).holds
        for record, spaced in self._each(lambda rows: _candidates(query, since, rows)):
            if not record.deleted and holds(document(record, kept(spaced))):
                yield record

    def get(self, identifier: str) -> Record | None:
        """The record of a paper by its base identifier; None where it is not kept."""
        return self._asked(lambda rows: rows.get(identifier))

    def coverage(self) -> Coverage | None:
        """The days of which every record is kept; None for none."""
        return self._asked(_coverage)

    def examine(self) -> Coverage | None:
        """The coverage, as `coverage` gives it, for somebody who wants to know of a fault.

        Raises:
            PapersFileError: the file cannot be read. It stays as it is.
        """
        with self._file.reading() as rows:
            return _coverage(rows) if rows else None

    def broken(self) -> Broken | None:
        """The place where the last harvest broke off; None where it did not."""
        return self._asked(_broken)

    def _write(
        self, records: tuple[Record, ...], read: Coverage | None, today: date, broken: Broken | None
    ) -> None:
        with self._file.writing() as rows:
            rows.add(records, _analysed)
            # Neither a clock that is a year ahead nor a datestamp in the future empties the file.
            before = min(today, rows.newest() or today) - KEPT_FOR
            rows.forget(before)
            covered = _joined(_coverage(rows), read)
            rows.note(_COVERAGE, _as_text(covered, before) if covered else None)
            rows.note(_BROKEN, broken_as_text(broken) if broken else None)

    def _asked(self, question: Callable[[Rows], T | None]) -> T | None:
        """The answer of the file; None where it has none, or fails."""
        if self._is_left_alone():
            return None
        try:
            with self._file.reading() as rows:
                answer = question(rows) if rows else None
        except PapersFileError as error:
            self._failed(error)
            return None
        self._said = ""
        return answer

    def _each(self, found: Callable[[Rows], Iterable[Row]]) -> Iterator[Row]:
        """Yields the rows of an answer, each paper once; none where the file fails."""
        seen: set[str] = set()
        if self._is_left_alone():
            return
        try:
            with self._file.reading() as rows:
                for row in found(rows) if rows else ():
                    if row[0].id not in seen:  # a harvest may have replaced it meanwhile
                        seen.add(row[0].id)
                        yield row
        except PapersFileError as error:
            self._failed(error)

    def _is_left_alone(self) -> bool:
        return time.monotonic() < self._left_until

    def _failed(self, error: PapersFileError) -> None:
        """Logs a fault of the file, once until it has passed; sets a damaged file aside."""
        if str(error) != self._said:
            log.warning(logfmt("papers-not-kept", file=self.path, reason=error))
        self._said = str(error)
        if error.damaged:
            self._file.set_aside()
        else:
            self._left_until = time.monotonic() + self._left_alone


def _layout() -> int:
    """The number of the layout, which differs where the words of a text would be others."""
    words = sorted(_stems("Schrödinger's topological 3.5 GitHub.com studies of an x_1, or none"))
    return zlib.crc32(f"{_LAYOUT} {sys.byteorder} {words}".encode()) >> 1


def _stems(text: str) -> set[str]:
    return set(filter(None, stem_line(text)))


def _analysed(record: Record) -> tuple[Kept, Iterable[str]]:
    """The stems of a record's texts, and the words under which it is found."""
    paper = record.paper
    both = stem_line(paper.title), stem_line(paper.abstract)
    words = {stem for line in both for stem in line if stem}
    return both, words.union(f"{_CATEGORY}{name.lower()}" for name in paper.categories)


def _candidates(query: Query, since: date, rows: Rows) -> Iterator[Row]:
    """Yields all rows that a query may find; others are among them."""
    numbers = _narrowed(query, rows)
    return rows.since(since) if numbers is None else rows.among(sorted(numbers), since)


def _narrowed(query: Query, rows: Rows) -> set[int] | None:
    """The numbers of all rows that a query may find; None where it may find any."""
    match query:
        case Term():
            return _of_a_term(query, rows)
        case AndNot(left, _):
            return _narrowed(left, rows)
        case Not():
            return None
        case And(left, right) | Or(left, right):
            both = [_narrowed(left, rows), _narrowed(right, rows)]
            known = [some for some in both if some is not None]
            if isinstance(query, And):
                return set.intersection(*known) if known else None
            return set.union(*known) if len(known) == len(both) else None


def _of_a_term(term: Term, rows: Rows) -> set[int] | None:
    """The numbers of all rows that a term may find: those with all its stems, in any place."""
    whole = term.quoted or not (is_wild(term.text) or "$" in term.text)
    if term.field in ("ti", "abs") and whole:
        found = [rows.having(word) for word in _stems(term.text)]
        return set.intersection(*found) if found else None
    if term.field == "cat":
        name = term.text.lower()
        begin = name.removesuffix("*")
        if begin and not is_wild(begin):
            return rows.having(f"{_CATEGORY}{begin}", begun=begin != name)
    return None


def _joined(known: Coverage | None, read: Coverage | None) -> Coverage | None:
    """The coverage after a harvest; `read` is that of the harvest, None where it has none.

    A harvest that begins after the last day of the earlier ones leaves a gap, so the coverage
    begins anew with it.
    """
    if read is None or known is None or read.first > known.read_to:
        return read or known
    through, read_to = max(read.through, known.through), max(read.read_to, known.read_to)
    return Coverage(min(read.first, known.first), through, read_to)


def _coverage(rows: Rows) -> Coverage | None:
    text = rows.fact(_COVERAGE)
    if text is None:
        return None
    first, through, read_to = map(str, json.loads(text))
    moment = datetime.fromisoformat(through)
    return Coverage(date.fromisoformat(first), moment, date.fromisoformat(read_to))


def _broken(rows: Rows) -> Broken | None:
    text = rows.fact(_BROKEN)
    return None if text is None else broken_from_text(text)


def _as_text(coverage: Coverage, before: date) -> str:
    """The coverage as JSON, without the days before `before`."""
    first, read_to = max(coverage.first, before), coverage.read_to
    return json.dumps([first.isoformat(), coverage.through.isoformat(), read_to.isoformat()])
