"""The cache of the recent papers: what it keeps, what it covers, and how it fails."""

import os
import resource
import sqlite3
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, timedelta
from pathlib import Path

import pytest
from builders import DAY, START, TODAY, record
from hypothesis import given
from hypothesis import strategies as st

from digest.model.paper import Paper
from digest.model.record import Record
from digest.search.conditions import condition
from digest.search.documents import document
from digest.search.tree import And, AndNot, Not, Or, Query, Term
from digest.search.words import stem_line
from digest.source.harvest import Broken, HarvestPage, Place
from digest.source.packing import broken_as_text, broken_from_text, kept, pack, unpack
from digest.source.papers_file import PapersFile
from digest.source.recent_papers import Coverage, RecentPapers, _layout
from digest.text import clean

ANNOUNCED = START - timedelta(hours=6)


def keep(papers: RecentPapers, *records: Record, **changes: object) -> None:
    """Keeps a complete harvest of two days, unless the changes say otherwise."""
    values: dict[str, object] = {
        "begin": TODAY - 2 * DAY,
        "at": START,
        "complete": True,
        "through": ANNOUNCED,
        "broken": None,
    }
    papers.keep(records, **(values | changes))  # type: ignore[arg-type]


def identifiers(records: Iterator[Record]) -> list[str]:
    """The identifiers of records, in order."""
    return [one.id for one in records]


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The warnings so far."""
    return [line.getMessage() for line in caplog.records if line.levelname == "WARNING"]


@pytest.fixture
def papers(tmp_path: Path) -> RecentPapers:
    """A cache that does not exist yet, and that waits for nobody."""
    return RecentPapers(tmp_path / "papers.sqlite", patience=0, left_alone=0)


class TestContent:
    """The records, as they were given."""

    def test_none_yet(self, papers: RecentPapers, caplog: pytest.LogCaptureFixture) -> None:
        """Without a file there are no answers, no warning, and no file is made by asking."""
        assert papers.get("2611.00001") is None
        assert papers.coverage() is None
        assert papers.broken() is None
        assert not list(papers.since(TODAY - 99 * DAY))
        assert not list(papers.found(Term("ti", "time"), TODAY))
        assert not papers.path.exists()
        assert not said(caplog)

    def test_kept(self, papers: RecentPapers) -> None:
        """A record comes back as it was, by its identifier and by its day."""
        old = replace(
            record(1, day=TODAY - DAY), journal_ref="J. Kettles 3", doi="10.0/k", deleted=True
        )
        new = record(2, comment="ünïcode $\\alpha$", id="hep-th/9901001")
        keep(papers, old, new)
        assert papers.get(old.id) == old
        assert papers.get(new.id) == new
        assert list(papers.since(TODAY)) == [new]
        assert list(papers.since(TODAY - DAY)) == [old, new]

    def test_private_in_a_new_directory(self, tmp_path: Path) -> None:
        """The directory is made, and nobody else reads the file."""
        papers = RecentPapers(tmp_path / "a" / "b" / "papers with % and ?.sqlite")
        keep(papers, record(1))
        assert stat.S_IMODE(papers.path.stat().st_mode) == 0o600
        assert [file.name for file in papers.path.parent.iterdir()] == [papers.path.name]
        assert papers.get(record(1).id)

    @pytest.mark.parametrize(
        ("later", "replaces"),
        [
            (record(1, "A new title"), True),
            (record(1, "The same day again", TODAY - DAY), True),
            (record(1, "A page from a cache", TODAY - 2 * DAY), False),
            (record(1, "A new version", TODAY, version=2), True),
            (replace(record(1, "From a feed", TODAY), versions=()), False),
            (replace(record(1, "From a feed", TODAY, version=2), versions=()), True),
        ],
    )
    def test_a_later_record_replaces(
        self, papers: RecentPapers, later: Record, replaces: bool
    ) -> None:
        """A paper is kept once, as the later harvest gave it if that is no worse."""
        first = record(1, day=TODAY - DAY)
        keep(papers, first, record(2))
        keep(papers, later)
        assert papers.get(first.id) == (later if replaces else first)
        assert sorted(identifiers(papers.since(TODAY - 9 * DAY))) == [first.id, record(2).id]

    def test_thirty_five_days(self, papers: RecentPapers) -> None:
        """Records from more than 35 days before are dropped, with the words that led to them."""
        keep(papers, record(1, day=TODAY - 30 * DAY), record(2))
        later = TODAY + 6 * DAY
        keep(papers, record(3, day=later), at=START + 6 * DAY, begin=later)
        assert identifiers(papers.since(TODAY - 99 * DAY)) == [record(2).id, record(3).id]
        last = TODAY + 90 * DAY
        keep(papers, record(4, day=last), at=START + 90 * DAY, begin=last)
        with closing(sqlite3.connect(papers.path)) as file:
            assert file.execute("SELECT count(*) FROM harvests").fetchall() == [(1,)]
            assert file.execute("SELECT count(*) FROM words WHERE word = 'time'").fetchall() == [
                (1,)
            ]

    @pytest.mark.parametrize("off", [-366 * DAY, timedelta(hours=1), 366 * DAY])
    def test_a_clock_that_is_wrong(self, papers: RecentPapers, off: timedelta) -> None:
        """A clock that is an hour or a year off empties nothing."""
        keep(papers, record(1, day=TODAY - 30 * DAY))
        keep(papers, record(2), at=START + off)
        keep(papers, record(3))
        assert len(list(papers.since(TODAY - 99 * DAY))) == 3

    def test_a_day_in_the_future(self, papers: RecentPapers) -> None:
        """An odd record of the year 9999 does not push the others out."""
        keep(papers, record(1), record(2, day=date(9999, 12, 31)), record(3, day=date(1, 1, 1)))
        keep(papers, record(4))
        assert {record(1).id, record(4).id} <= set(identifiers(papers.since(TODAY)))

    def test_many_at_once(self, papers: RecentPapers, monkeypatch: pytest.MonkeyPatch) -> None:
        """A harvest of more papers than one set of words can hold is found whole."""
        monkeypatch.setattr("digest.source.papers_file._MOST", 7)
        keep(papers, *(record(n, title=f"Teapot {n % 3}") for n in range(50)))
        found = identifiers(papers.found(Term("ti", "teapot"), TODAY))
        assert found == [record(n).id for n in range(50)]
        assert len(identifiers(papers.found(Term("ti", "teapot 2"), TODAY))) == 16


class TestCoverage:
    """The days of which it has every record."""

    def test_it_grows(self, papers: RecentPapers) -> None:
        """Harvests that touch are covered together; an incomplete one changes nothing."""
        keep(papers, record(1))
        first = Coverage(TODAY - 2 * DAY, ANNOUNCED, TODAY)
        assert papers.coverage() == first
        keep(papers, record(2), complete=False, begin=TODAY - 20 * DAY)
        assert papers.coverage() == first
        keep(papers, record(3), complete=True, through=None)
        assert papers.coverage() == first
        keep(papers, record(4, day=TODAY + DAY), begin=TODAY, at=START + DAY, through=START)
        assert papers.coverage() == Coverage(TODAY - 2 * DAY, START, TODAY + DAY)
        keep(papers, record(5, day=TODAY + DAY), begin=TODAY - 9 * DAY, at=START + DAY)
        assert papers.coverage() == Coverage(TODAY - 9 * DAY, START, TODAY + DAY)

    def test_a_gap(self, papers: RecentPapers) -> None:
        """After days that no harvest has read, the coverage begins anew."""
        keep(papers, record(1))
        week = TODAY + 7 * DAY
        keep(
            papers,
            record(2, day=week),
            begin=TODAY + DAY,
            at=START + 7 * DAY,
            through=START + 6 * DAY,
        )
        assert papers.coverage() == Coverage(TODAY + DAY, START + 6 * DAY, week)

    def test_a_day_that_was_not_over(self, papers: RecentPapers) -> None:
        """A clock that runs ahead does not hide the gap after the last record."""
        keep(papers, record(1), at=START + 3 * DAY)
        keep(papers, record(2, day=TODAY + 3 * DAY), begin=TODAY + 2 * DAY, at=START + 3 * DAY)
        found = papers.coverage()
        assert found
        assert found.first == TODAY + 2 * DAY

    def test_not_beyond_what_is_kept(self, papers: RecentPapers) -> None:
        """It does not reach back to days whose records are dropped."""
        keep(papers, record(1), begin=TODAY - 90 * DAY)
        found = papers.coverage()
        assert found
        assert found.first == TODAY - 35 * DAY

    def test_where_a_harvest_broke_off(self, papers: RecentPapers) -> None:
        """The place is kept with its pages and papers, until a harvest comes to its end."""
        begin = Place(TODAY - DAY)
        place = Place(TODAY, 17, "verb%3DListRecords%26skip%3D17")
        pages = (HarvestPage(begin, place, START, START + DAY, 1300),)
        broken = Broken(TODAY - DAY, pages, {"2611.00001": TODAY, "hep-th/9901001": TODAY}, place)
        keep(papers, record(1), complete=False, broken=broken)
        assert papers.broken() == broken
        keep(papers, record(2))
        assert papers.broken() is None
        assert broken_from_text(broken_as_text(replace(broken, pages=()))).pages == ()


class TestFound:
    """The records that a query finds."""

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            (Term("ti", "Graph Neural Networks", quoted=True), "1"),
            (Or(Term("ti", "neural"), Term("abs", "teapot")), "124"),
            (And(Term("ti", "graph"), Term("cat", "math.CO")), "3"),
            (AndNot(Term("ti", "graph"), Term("ti", "neural")), "3"),
            (Term("cat", "CS.*"), "124"),
            (Term("cat", "cs"), ""),
            (Term("cat", "c*.LG"), "12"),
            (And(Term("co", "pages"), Term("ti", "neural")), "12"),
            (Not(Term("ti", "graph")), "4"),
            (Term("ti", "neur*"), "12"),
            (Term("abs", "of the", quoted=True), "2"),
        ],
    )
    def test_by_any_field(self, papers: RecentPapers, query: Query, found: str) -> None:
        """Words, categories, patterns and common words find the same as at arXiv."""
        keep(
            papers,
            record(1, title="Graph Neural Networks", abstract="A network", categories=("cs.LG",)),
            record(2, title="A neural net of graphs", abstract="of the", categories=("cs.LG",)),
            record(3, title="Graphs", abstract="networks", categories=("math.CO",)),
            record(4, title="Tea", abstract="A teapot's lid", categories=("cs.GR", "math.NT")),
        )
        keep(papers, record(5, day=TODAY - 9 * DAY, title="Graph neural networks of a teapot"))
        keep(papers, replace(record(6, title="Graph neural networks"), deleted=True))
        numbers = [int(one[-1]) for one in identifiers(papers.found(query, TODAY))]
        assert numbers == [int(number) for number in found]

    def test_by_few_records(self, papers: RecentPapers) -> None:
        """A phrase is looked for in the records alone that have its words."""
        keep(papers, *(record(n, title="Tea" if n % 9 else "Graphs") for n in range(90)))
        with closing(sqlite3.connect(papers.path)) as file, file:
            file.execute("UPDATE papers SET record = zeroblob(9) WHERE row % 9 != 1")
        assert len(identifiers(papers.found(Term("ti", "graph"), TODAY))) == 10

    def test_a_harvest_again(self, papers: RecentPapers) -> None:
        """Records that are given again as they were stay, and cost no room."""
        records = [record(n) for n in range(300)]
        keep(papers, *records)
        size = papers.path.stat().st_size
        for _ in range(3):
            keep(papers, *records)
        assert papers.path.stat().st_size == size
        with closing(sqlite3.connect(papers.path)) as file:
            assert file.execute("SELECT count(*) FROM words WHERE word = 'time'").fetchall() == [
                (1,)
            ]

    def test_a_paper_whose_title_changed(self, papers: RecentPapers) -> None:
        """The words of the earlier title lead nowhere."""
        keep(papers, record(1, title="Teapots"), record(2, title="Teapots"))
        keep(papers, record(1, title="Kettles"))
        assert identifiers(papers.found(Term("ti", "teapot"), TODAY)) == [record(2).id]
        assert identifiers(papers.found(Term("ti", "kettle"), TODAY)) == [record(1).id]


texts = st.text(max_size=60).map(clean)
moments = st.datetimes(timezones=st.just(UTC))
any_paper = st.builds(
    Paper,
    id=texts,
    version=st.integers(1, 9999),
    title=texts,
    authors=st.lists(texts, max_size=3).map(tuple),
    abstract=texts,
    comment=texts,
    primary_category=texts,
    categories=st.lists(texts, max_size=3).map(tuple),
    published=moments,
    updated=moments,
)
any_record = st.builds(
    Record,
    any_paper,
    st.dates(),
    versions=st.lists(moments, max_size=3).map(tuple),
    journal_ref=texts,
    report_no=texts,
    doi=texts,
    deleted=st.booleans(),
)


@given(any_record)
def test_any_record_comes_back(one: Record) -> None:
    """Whatever a record holds, it is the same after packing, and so are its stems."""
    both = stem_line(one.paper.title), stem_line(one.paper.abstract)
    record, spaced = unpack(pack(one, both))
    assert record == one
    assert kept(spaced) == both
    assert document(record, kept(spaced)) == document(one)


@given(st.binary(max_size=40) | any_record.map(lambda one: pack(one, ((), ()))[:-3]))
def test_other_bytes(packed: bytes) -> None:
    """Bytes that are no packed record are refused in one way."""
    with pytest.raises(ValueError):  # noqa: PT011 (the words are those of zlib and json)
        unpack(packed)


WORDS = ("graph", "neural", "networks", "of", "Tea's", "3.5", "x_1", "state-of-the-art", "a")
phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
any_term = st.one_of(
    st.builds(Term, st.sampled_from(("ti", "abs")), phrases, quoted=st.just(True)),
    st.builds(Term, st.sampled_from(("ti", "abs", "co")), st.sampled_from((*WORDS, "n*", "*s"))),
    st.builds(Term, st.just("cat"), st.sampled_from(("cs.LG", "cs.*", "math", "*.lg", "c?.LG"))),
)
any_query = st.recursive(
    any_term,
    lambda inner: st.one_of(
        st.builds(And, inner, inner),
        st.builds(Or, inner, inner),
        st.builds(AndNot, inner, inner),
        st.builds(Not, inner),
    ),
    max_leaves=5,
)


@given(
    st.lists(st.tuples(phrases, phrases, st.sampled_from(("cs.LG", "math.CO"))), max_size=9),
    st.lists(any_query, min_size=1, max_size=5),
)
def test_found_are_those_that_the_query_finds(
    texts: list[tuple[str, str, str]], queries: list[Query]
) -> None:
    """Whatever the query, the words narrow the search down to no less than all that it finds."""
    records = [
        record(n, title=title, abstract=abstract, categories=(category,), comment=title)
        for n, (title, abstract, category) in enumerate(texts)
    ]
    with tempfile.TemporaryDirectory() as home:
        papers = RecentPapers(Path(home, "papers.sqlite"))
        keep(papers, *records)
        for query in queries:
            holds = condition(query).holds
            wanted = [one.id for one in records if holds(document(one))]
            assert identifiers(papers.found(query, TODAY)) == wanted
            assert [one.id for one, text in papers.documents(TODAY) if holds(text)] == wanted


def overwritten(path: Path, at: int, data: bytes) -> None:
    """Writes bytes into a file."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def other_tables(path: Path) -> None:
    """A file with the mark of this program, and with other tables."""
    with closing(sqlite3.connect(path)) as file:
        file.executescript("DROP TABLE papers; CREATE TABLE papers (row, x); DROP TABLE facts")


def bad_record(path: Path) -> None:
    """A file in which the disk has changed some records."""
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE papers SET record = zeroblob(300)")


def bad_fact(path: Path) -> None:
    """A file in which the disk has changed the coverage."""
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE facts SET value = '[1]'")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "garbage": lambda path: path.write_bytes(b"\0garbage\xff" * 999),
    "one byte": lambda path: path.write_bytes(b"S"),
    "its head alone": lambda path: os.truncate(path, 100),
    "half of it": lambda path: os.truncate(path, path.stat().st_size // 2),
    "zeros": lambda path: overwritten(path, 0, bytes(4096)),
    "pages overwritten": lambda path: overwritten(path, 4096, b"\xff" * 60_000),
    "other tables": other_tables,
    "records": bad_record,
    "facts": bad_fact,
}


class TestFaults:
    """A cache that fails is as if there were none."""

    @pytest.mark.parametrize("damage", DAMAGES)
    @pytest.mark.parametrize("asked", [False, True])
    def test_a_damaged_file(
        self, papers: RecentPapers, damage: str, asked: bool, caplog: pytest.LogCaptureFixture
    ) -> None:
        """It is set aside with a warning, whoever finds it, and made anew by the next harvest."""
        keep(papers, *(record(n) for n in range(300)))
        DAMAGES[damage](papers.path)
        if asked:
            list(papers.since(TODAY))
            papers.coverage()
            papers.get(record(1).id)
        keep(papers, record(1))
        list(papers.since(TODAY))
        papers.coverage()
        keep(papers, record(1))
        assert papers.get(record(1).id) == record(1)
        assert papers.coverage()
        assert len(said(caplog)) == 1
        assert "papers-not-kept" in said(caplog)[0]

    def test_an_empty_file(self, papers: RecentPapers, caplog: pytest.LogCaptureFixture) -> None:
        """An empty file is one without papers."""
        papers.path.touch()
        assert papers.get("2611.00001") is None
        keep(papers, record(1))
        assert papers.get(record(1).id)
        assert not said(caplog)

    @pytest.mark.parametrize("content", ["{}", None])
    def test_a_file_of_somebody_else(
        self, tmp_path: Path, content: str | None, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A state, or another program's database, that DIGEST_PAPERS names is left as it is."""
        path = tmp_path / ("state.json" if content else "places.sqlite")
        if content:
            path.write_text(content)
        else:
            with closing(sqlite3.connect(path)) as file, file:
                file.execute("CREATE TABLE places (x)")
        before = path.read_bytes()
        papers = RecentPapers(path)
        keep(papers, record(1))
        assert papers.get(record(1).id) is None
        assert path.read_bytes() == before
        assert [one.name for one in tmp_path.iterdir()] == [path.name]
        assert len(said(caplog)) == 1
        assert "name another file" in said(caplog)[0]

    @pytest.mark.parametrize("layout", [0, 7])
    def test_another_layout(
        self, papers: RecentPapers, layout: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A file of another version has no answers, and is emptied by the next harvest."""
        keep(papers, record(1))
        with closing(sqlite3.connect(papers.path)) as file:
            file.executescript(f"DROP TABLE facts; PRAGMA user_version = {layout}")
        assert papers.get(record(1).id) is None
        assert papers.coverage() is None
        keep(papers, record(2))
        assert identifiers(papers.since(TODAY)) == [record(2).id]
        assert not said(caplog)

    def test_locked(self, papers: RecentPapers, caplog: pytest.LogCaptureFixture) -> None:
        """While another process has it locked, it goes without, says so once, and works after."""
        keep(papers, record(1))
        with closing(sqlite3.connect(papers.path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            keep(papers, record(2))
            assert papers.get(record(1).id) is None
            assert not list(papers.since(TODAY))
            assert papers.coverage() is None
        assert len(said(caplog)) == 1
        assert "locked" in said(caplog)[0]
        assert identifiers(papers.since(TODAY)) == [record(1).id]

    def test_locked_for_long(self, papers: RecentPapers) -> None:
        """Once it was waited for in vain it is left alone, whatever is asked of it next."""
        keep(papers, record(1))
        patient = RecentPapers(papers.path, patience=0, left_alone=3600)
        with closing(sqlite3.connect(papers.path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            assert patient.get(record(1).id) is None
        keep(patient, record(2))
        assert patient.get(record(1).id) is None
        assert patient.coverage() is None
        assert not list(patient.since(TODAY))
        assert identifiers(papers.since(TODAY)) == [record(1).id]

    def test_the_same_fault_another_day(
        self, papers: RecentPapers, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A fault that had passed is told again."""
        keep(papers, record(1))
        for _ in range(2):
            with closing(sqlite3.connect(papers.path, isolation_level=None)) as other:
                other.execute("BEGIN EXCLUSIVE")
                papers.get(record(1).id)
            papers.get(record(1).id)
        assert len(said(caplog)) == 2

    def test_a_full_disk(self, papers: RecentPapers, caplog: pytest.LogCaptureFixture) -> None:
        """A harvest for which there is no room leaves the file as it was."""
        keep(papers, record(1))
        with at_most(papers.path.stat().st_size):
            keep(papers, *(record(n, abstract=os.urandom(2000).hex()) for n in range(2, 99)))
        assert len(said(caplog)) == 1
        assert identifiers(papers.since(TODAY)) == [record(1).id]
        assert papers.coverage()

    def test_no_room_at_all(self, papers: RecentPapers, caplog: pytest.LogCaptureFixture) -> None:
        """Nor does a disk without any room end the run."""
        with at_most(0):
            keep(papers, record(1))
        assert papers.get(record(1).id) is None
        assert len(said(caplog)) == 1

    @pytest.mark.parametrize("place", ["file/papers.sqlite", "directory", "/proc/papers.sqlite"])
    def test_a_place_for_no_file(
        self, tmp_path: Path, place: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Below a file, at a directory, on a file system that takes none: it goes without."""
        (tmp_path / "file").touch()
        (tmp_path / "directory").mkdir()
        papers = RecentPapers(tmp_path / place)
        keep(papers, record(1))
        assert papers.get(record(1).id) is None
        assert said(caplog)

    def test_deleted_while_it_is_read(self, papers: RecentPapers) -> None:
        """A reader of the file goes on; the next harvest makes a new one."""
        keep(papers, *(record(n) for n in range(1200)))
        reading = papers.since(TODAY)
        next(reading)
        papers.path.unlink()
        keep(papers, record(7))
        assert len(list(reading)) == 1199
        assert identifiers(papers.since(TODAY)) == [record(7).id]

    def test_killed_amid_a_harvest(self, papers: RecentPapers) -> None:
        """After a kill the content is that of the harvest before, although pages were written."""
        keep(papers, record(1))
        child = os.fork()
        if not child:
            with PapersFile(papers.path, _layout(), 0).writing() as rows:
                rows._sql("PRAGMA cache_size = 5")
                rows._sql("DELETE FROM papers")
                rows.add([record(n) for n in range(2, 999)], lambda _: (((), ()), ["word"]))
                os._exit(9)
        assert os.waitpid(child, 0)[1] == 9 << 8
        assert papers.path.with_name("papers.sqlite-journal").exists()
        assert identifiers(papers.since(TODAY)) == [record(1).id]
        keep(papers, record(2))
        assert identifiers(papers.since(TODAY)) == [record(1).id, record(2).id]


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """No file of this process grows beyond a size while the `with` lasts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class TestTogether:
    """Several processes with one file."""

    def test_read_while_it_is_written(self, papers: RecentPapers) -> None:
        """Until a harvest is whole, those who read have the one before, without waiting."""
        keep(papers, record(1))
        with PapersFile(papers.path, _layout(), 0).writing() as rows:
            rows.add([record(n) for n in range(2, 5000)], lambda _: (((), ()), ["word"]))
            assert identifiers(papers.since(TODAY)) == [record(1).id]
            assert papers.coverage()
        assert len(list(papers.since(TODAY))) == 4999

    def test_written_while_it_is_read(self, papers: RecentPapers) -> None:
        """Nobody who reads holds a harvest up, or gets a paper twice."""
        keep(papers, *(record(n) for n in range(1200)))
        reading = papers.since(TODAY)
        found = [next(reading).id]
        keep(papers, *(record(n, title="New") for n in range(1300)))
        found += identifiers(reading)
        assert len(found) == len(set(found)) == 1300

    def test_two_configurations(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """Two daemons with one file each keep theirs, one after the other."""
        papers = [RecentPapers(tmp_path / "papers.sqlite", patience=60) for _ in range(2)]

        def run(number: int) -> None:
            for n in range(20):
                keep(papers[number], record(100 * number + n), record(7))

        threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(list(papers[0].since(TODAY))) == 40
        assert not said(caplog)
