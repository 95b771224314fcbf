"""The SQLite file of the recent papers: its layout, its rows, and the faults it may have.

    papers   one row a paper: identifier, day, version, and the packed record
    words    for each harvest and word, the papers that have the word
    facts    the coverage of the file, and the place where a harvest broke off

A paper keeps its row number until it is replaced. The papers of one harvest have successive row
numbers, so `words` needs two bytes for a paper: its distance from the first row of the harvest. A
word may lead to a row that was replaced since; the words only narrow a search down. The file has a
rollback journal and not a write-ahead log (docs/adr/0042-sqlite-for-the-papers.md).
"""

import contextlib
import os
import sqlite3
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from digest.durable import PRIVATE
from digest.model.record import Record
from digest.search.documents import Kept
from digest.source.packing import pack, unpack

_OURS = 0x64696765
"""The `application_id` of the file, "dige" in ASCII: no other program's file is touched."""
_TABLES = """
    CREATE TABLE papers (
        row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, day INTEGER NOT NULL,
        version INTEGER NOT NULL, dated INTEGER NOT NULL, record BLOB NOT NULL);
    CREATE INDEX by_day ON papers (day);
    CREATE TABLE words (
        first INTEGER, word TEXT, papers BLOB NOT NULL, PRIMARY KEY (first, word)) WITHOUT ROWID;
    CREATE TABLE harvests (first INTEGER PRIMARY KEY);
    CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_HEADER = b"SQLite format 3\0"
_MOST = 60_000
"""The most papers of one set of words: a distance has two bytes."""
_AT_ONCE = 500
"""The rows that are read at a time. Between two reads no lock is held."""
_PAGE = 8192
"""Bytes of a page of a new file: nine usual records fit, and little room is lost."""
_CACHE = 64 * 1024
"""KiB of pages in memory: a usual harvest is written to the file at its end alone, so that those
who read the file meanwhile wait a moment only."""

Analysis = Callable[[Record], tuple[Kept, Iterable[str]]]
"""Gives the stems of a record's title and abstract, and the words under which it is found."""
Row = tuple[Record, tuple[str, str]]
"""A record, and the stems of its title and abstract as `digest.source.packing` has them."""


class PapersFileError(Exception):
    """The file cannot be used now; `damaged` is True where a new one should take its place."""

    def __init__(self, reason: str, *, damaged: bool = False) -> None:
        super().__init__(reason)
        self.damaged = damaged


class PapersFile:
    """One file of papers, opened anew for each use: it may be deleted at any time.

    `layout` is a number below 2^31; a file of another number is emptied by the next writer.
    `patience` is the number of seconds to wait for another process that has the file locked.
    """

    def __init__(self, path: Path, layout: int, patience: float) -> None:
        self.path = path
        self._layout = layout
        self._patience = patience

    @contextlib.contextmanager
    def reading(self) -> Iterator["Rows | None"]:
        """Opens the file to read it; None where there is none, or none of this layout.

        Raises:
            PapersFileError: the file cannot be read.
        """
        with _translated():
            if not self.path.exists() or not self.path.stat().st_size:
                yield None
                return
            self._refuse_foreign()
            with contextlib.closing(self._connected()) as connection:
                yield Rows(connection) if self._is_current(connection) else None

    @contextlib.contextmanager
    def writing(self) -> Iterator["Rows"]:
        """Opens the file for one transaction, which counts as a whole or not at all.

        Raises:
            PapersFileError: the file cannot be read or written.
        """
        with _translated():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, PRIVATE))
            if self.path.stat().st_size:
                self._refuse_foreign()
            with contextlib.closing(self._connected()) as connection:
                connection.execute(f"PRAGMA page_size = {_PAGE}")
                connection.execute(f"PRAGMA cache_size = -{_CACHE}")
                connection.execute("BEGIN IMMEDIATE")
                if not self._is_current(connection):
                    self._make_anew(connection)
                yield Rows(connection)
                connection.execute("COMMIT")

    def set_aside(self) -> None:
        """Renames a damaged file, so that the next writer makes a new one."""
        with contextlib.suppress(OSError):
            self.path.replace(self.path.with_name(f"{self.path.name}.damaged"))
            self.path.with_name(f"{self.path.name}-journal").unlink(missing_ok=True)

    def _connected(self) -> sqlite3.Connection:
        address = f"{self.path.absolute().as_uri()}?mode=rw"
        return sqlite3.connect(address, uri=True, timeout=self._patience, isolation_level=None)

    def _refuse_foreign(self) -> None:
        """Raises PapersFileError where the file is another program's, or no SQLite file."""
        with self.path.open("rb") as file:
            head = file.read(100)
        if head.startswith(_HEADER) and len(head) == 100:
            if int.from_bytes(head[68:72], "big") != _OURS:
                raise PapersFileError("it belongs to another program; name another file")
        elif self.path.suffix == ".sqlite":
            raise PapersFileError("it is no SQLite file", damaged=True)
        else:
            raise PapersFileError("it is no SQLite file; name another file in DIGEST_PAPERS")

    def _is_current(self, connection: sqlite3.Connection) -> bool:
        return bool(_number(connection, "PRAGMA user_version") == self._layout)

    def _make_anew(self, connection: sqlite3.Connection) -> None:
        """Empties the file, and makes its tables."""
        named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        for (name,) in connection.execute(named).fetchall():
            connection.execute(f'DROP TABLE "{name}"')
        for statement in filter(str.strip, _TABLES.split(";")):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_OURS}")
        connection.execute(f"PRAGMA user_version = {self._layout}")


class Rows:
    """The rows of an open file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sql = connection.execute

    def fact(self, name: str) -> str | None:
        """The text of a fact; None where it is not noted."""
        found = self._sql("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return found and str(found[0])

    def note(self, name: str, value: str | None) -> None:
        """Notes a fact, or forgets it."""
        self._sql("DELETE FROM facts WHERE name = ?", (name,))
        if value is not None:
            self._sql("INSERT INTO facts VALUES (?, ?)", (name, value))

    def newest(self) -> date | None:
        """The latest day of any paper."""
        (found,) = self._sql("SELECT max(day) FROM papers").fetchone()
        return found and date.fromordinal(found)

    def get(self, identifier: str) -> Record | None:
        """The record of one paper."""
        found = self._sql("SELECT record FROM papers WHERE id = ?", (identifier,)).fetchone()
        return unpack(found[0])[0] if found else None

    def since(self, day: date) -> Iterator[Row]:
        """Yields the records of a day and later ones, in the order in which they were kept."""
        last = 0
        while found := self._sql(
            "SELECT row, record FROM papers WHERE row > ? AND day >= ? ORDER BY row LIMIT ?",
            (last, day.toordinal(), _AT_ONCE),
        ).fetchall():
            yield from (unpack(packed) for _, packed in found)
            last = found[-1][0]

    def among(self, rows: Sequence[int], day: date) -> Iterator[Row]:
        """Yields the records with these row numbers, of a day and later ones."""
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            statement = f"SELECT record FROM papers WHERE row IN ({marks}) AND day >= ?"  # noqa: S608
            found = self._sql(statement, (*some, day.toordinal())).fetchall()
            yield from (unpack(packed) for (packed,) in found)

    def having(self, word: str, *, begun: bool = False) -> set[int]:
        """The row numbers of papers with a word, or with `begun` any word that begins so."""
        found: set[int] = set()
        condition = "word >= ? AND word < ?" if begun else "word = ?"
        given = (word, word + "\U0010ffff") if begun else (word,)
        for (first,) in self._sql("SELECT first FROM harvests").fetchall():
            statement = f"SELECT papers FROM words WHERE first = ? AND {condition}"  # noqa: S608
            for (packed,) in self._sql(statement, (first, *given)).fetchall():
                found.update(first + distance for distance in array("H", packed))
        return found

    def add(self, records: Iterable[Record], analysed: Analysis) -> None:
        """Adds records, each in place of an earlier one of the same paper.

        A record of a former version does not replace a later one, nor does one without its dates
        (of a feed), or from an older page, replace one of the same version. One that has not
        changed stays where it is.
        """
        first = self._begin()
        index: dict[str, array[int]] = {}
        for record in records:
            if not self._gives_way(record):
                continue
            stems, words = analysed(record)
            row = self._add(record, stems)
            if row - first >= _MOST:
                self._index(first, index)
                first, index = self._begin(row), {}
            for word in words:
                index.setdefault(word, array("H")).append(row - first)
        self._index(first, index)

    def forget(self, before: date) -> None:
        """Drops the papers of days before this one, and the words that lead to none."""
        self._sql("DELETE FROM papers WHERE day < ?", (before.toordinal(),))
        firsts = [row for (row,) in self._sql("SELECT first FROM harvests ORDER BY first")]
        ends = [*firsts[1:], 1 << 62]
        for first, end in zip(firsts, ends, strict=True):
            left = "SELECT 1 FROM papers WHERE row >= ? AND row < ? LIMIT 1"
            if self._sql(left, (first, end)).fetchone() is None:
                self._sql("DELETE FROM words WHERE first = ?", (first,))
                self._sql("DELETE FROM harvests WHERE first = ?", (first,))

    def _begin(self, row: int | None = None) -> int:
        """Begins a set of words, whose papers have the row numbers from `row` on."""
        if row is None:
            last = self._sql("SELECT max(seq) FROM sqlite_sequence WHERE name = 'papers'")
            row = (last.fetchone()[0] or 0) + 1
        self._sql("INSERT OR IGNORE INTO harvests VALUES (?)", (row,))
        return row

    def _gives_way(self, record: Record) -> bool:
        """Returns whether a record is to be added; an earlier one of the paper is then dropped."""
        question = "SELECT version, dated, day, record FROM papers WHERE id = ?"
        found = self._sql(question, (record.id,)).fetchone()
        if found is None:
            return True
        *known, packed = found
        worth = _worth(record)
        if worth < tuple(known) or (worth == tuple(known) and unpack(packed)[0] == record):
            return False
        self._sql("DELETE FROM papers WHERE id = ?", (record.id,))
        return True

    def _add(self, record: Record, stems: Kept) -> int:
        """Adds a record and returns its row number."""
        added = self._sql(
            "INSERT INTO papers (id, version, dated, day, record) VALUES (?, ?, ?, ?, ?)",
            (record.id, *_worth(record), pack(record, stems)),
        )
        return added.lastrowid or 0

    def _index(self, first: int, index: dict[str, "array[int]"]) -> None:
        for word in sorted(index):
            packed = index[word].tobytes()
            self._sql("INSERT OR REPLACE INTO words VALUES (?, ?, ?)", (first, word, packed))


def _worth(record: Record) -> tuple[int, int, int]:
    """The version of a record, whether the dates of its versions are known, and its day."""
    return record.paper.version, int(bool(record.versions)), record.datestamp.toordinal()


def _number(connection: sqlite3.Connection, statement: str) -> int:
    return int(connection.execute(statement).fetchone()[0])


_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
"""The result codes of a file whose content is not as we wrote it."""


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Turns the errors of SQLite, of the system and of packed records into PapersFileError."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        raise PapersFileError(str(error), damaged=code in _DAMAGE) from error
    except OSError as error:
        raise PapersFileError(error.strerror or str(error)) from error
    except (ValueError, TypeError) as error:
        raise PapersFileError(f"a record in it cannot be read ({error})", damaged=True) from error
