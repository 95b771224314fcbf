"""The state store on a real disk: cut, damaged, folded, and used by two."""

import errno
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from builders import START, paper

from digest.errors import StateError, StateInUseError
from digest.model.paper import Paper
from digest.store.events import Event, KeywordOpened, Subscribed
from digest.store.json_file import default_state
from digest.store.json_file import store as state
from digest.store.json_file.files import Copy, generations_of, read, refuse_orphans
from digest.store.json_file.format import SCHEMA, encode_event
from digest.store.json_file.freshness import files_of
from digest.store.json_file.store import JsonFile
from digest.store.ledger import Ledger
from digest.store.readings import Fetched
from digest.store.recorder import Rehearsal

OPENED = KeywordOpened("K", query="q", since=START)


def found(*papers: Paper) -> Fetched:
    """A complete fetch with new papers."""
    return Fetched("K", at=START, complete=True, new=papers)


def record(path: Path, *events: Event) -> None:
    """Opens the store, records, and closes it."""
    with JsonFile(path).writing() as store:
        store.append(*events)


def read_it(path: Path) -> Ledger:
    """Reads the store."""
    return JsonFile(path).reading()


def seen(ledger: Ledger) -> list[str]:
    """Returns the papers that the keyword has met, in order."""
    known = ledger.keyword("K")
    return [i for _, batch in sorted(known.batches.items()) for i in batch.split()] if known else []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the state is to be."""
    return tmp_path / "state.json"


def journal(path: Path, generation: int = 1) -> Path:
    """The journal of a generation."""
    return path.with_name(f"{path.name}.journal-{generation}")


def fill(path: Path, count: int = 120) -> None:
    """Records so much that the journal is folded when the store is closed."""
    papers = [paper(n, abstract="Word " * 200) for n in range(1, count + 1)]
    record(path, OPENED, Subscribed("a@example.org", keywords=("K",)), found(*papers))


def test_nothing_yet(path: Path) -> None:
    """Where there is no state, reading gives an empty one and makes no file."""
    assert JsonFile(path).reading().records.keywords == {}
    assert not path.exists()
    assert JsonFile(path).examine().endswith("to be made")


def test_cut_at_every_byte(path: Path) -> None:
    """A journal cut short anywhere in its last line loses that line alone, and is gone on with."""
    record(path, OPENED, found(paper(1)))
    whole = journal(path).read_bytes()
    last = encode_event(found(paper(2)))
    for length in range(len(last)):
        journal(path).write_bytes(whole + last[:length])
        assert seen(JsonFile(path).reading()) == ["2611.00001v1"]
        record(path, found(paper(3)))
        assert seen(JsonFile(path).reading()) == ["2611.00001v1", "2611.00003v1"]
        assert journal(path).read_bytes() == whole + encode_event(found(paper(3)))


@pytest.mark.parametrize("broken", [b"garbage\n", b"\0" * 100 + b"\n", b"{}\n", b"\n"])
def test_broken_in_the_middle(path: Path, broken: bytes) -> None:
    """Damage before a good line is reported with file and line, and left as it is."""
    record(path, OPENED, found(paper(1)))
    damaged = journal(path).read_bytes() + broken + encode_event(found(paper(2)))
    journal(path).write_bytes(damaged)
    with pytest.raises(StateError, match=r"journal-1 is damaged in line 2"):
        JsonFile(path).reading()
    with pytest.raises(StateError, match="was left as it is"):
        record(path, found(paper(3)))
    assert journal(path).read_bytes() == damaged


@pytest.mark.parametrize(
    "broken", [b"garbage\n", b"a\nb\n", b"a\n\0\n", b"{}\n", bytes(range(256))]
)
def test_damage_at_the_end(path: Path, broken: bytes) -> None:
    """A journal's end that no crash leaves is damage, said so and left as it is."""
    record(path, OPENED, found(paper(1)))
    damaged = journal(path).read_bytes() + broken
    journal(path).write_bytes(damaged)
    for use in (read_it, lambda where: record(where, found(paper(3)))):
        with pytest.raises(StateError, match=r"journal-1 is damaged in line [23] and was left"):
            use(path)
    assert journal(path).read_bytes() == damaged


def test_a_journal_of_noise(path: Path) -> None:
    """A journal of which no line is one of ours is not taken for an empty one."""
    record(path, OPENED)
    journal(path).write_bytes(random.Random(5).randbytes(2000))
    with pytest.raises(StateError, match="is damaged in line 1"):
        record(path, found(paper(3)))


@pytest.mark.parametrize(
    "torn", [b"{", b'[{"event":"Fet\0\0\0\0"}\n', b"\0" * 512 + b'"}\n', b'{"e\0\0}\n\0\0']
)
def test_what_a_crash_leaves(path: Path, torn: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """A line that was being written is cut off, and that is told."""
    record(path, OPENED)
    whole = journal(path).read_bytes()
    journal(path).write_bytes(whole + torn)
    JsonFile(path).reading()
    assert not caplog.messages
    record(path, found(paper(1)))
    assert "journal-cut" in caplog.messages[0]
    assert f"bytes={len(torn.rstrip(bytes(1)))} " in caplog.messages[0]
    assert journal(path).read_bytes().startswith(whole)
    assert len(seen(JsonFile(path).reading())) == 1


def test_room_is_no_damage(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The zeros that a killed process leaves as room at the end are nothing to speak of."""
    record(path, OPENED)
    with journal(path).open("ab") as room:
        room.write(bytes(3000))
    record(path, found(paper(1)))
    assert not caplog.messages
    assert len(seen(JsonFile(path).reading())) == 1


def test_folding(path: Path) -> None:
    """A journal that has outgrown the snapshot becomes part of it; nothing is lost by it."""
    fill(path)
    before = {file.name for file in path.parent.iterdir()}
    assert before >= {"state.json", "state.json.previous", "state.json.journal-2"}
    assert journal(path, 2).stat().st_size == 0
    assert len(seen(JsonFile(path).reading())) == 120
    fill_more = [paper(n, abstract="Word " * 400) for n in range(200, 400)]
    record(path, found(*fill_more))
    assert not journal(path, 1).exists()
    assert len(seen(JsonFile(path).reading())) == 320


def test_texts_are_let_go_identifiers_never(path: Path) -> None:
    """The store keeps the text of the newest hundred, and every identifier."""
    fill(path)
    record(path, found(*(paper(n, abstract="Word " * 400) for n in range(200, 400))))
    ledger = JsonFile(path).reading()
    assert len(seen(ledger)) == 320
    assert "2611.00399v1" in ledger.records.papers
    assert ledger.sightings("K").version("2611.00001") == 1


@pytest.mark.parametrize("content", [b"", b"garbage", b"{}", b"[1, 2]", b"\0" * 5000])
def test_a_damaged_snapshot(path: Path, content: bytes) -> None:
    """It is never written over; the message names the good copy, which brings back everything."""
    fill(path)
    record(path, found(paper(999)))
    path.write_bytes(content)
    previous = path.with_name("state.json.previous")
    for use in (read_it, lambda place: record(place, found(paper(1000)))):
        with pytest.raises(StateError, match="is damaged") as caught:
            use(path)
        assert f"the last good copy is {previous}" in str(caught.value)
        assert path.read_bytes() == content
    path.write_bytes(previous.read_bytes())
    assert len(seen(JsonFile(path).reading())) == 121


def test_a_snapshot_that_is_gone(path: Path) -> None:
    """A journal without its snapshot is no fresh start."""
    record(path, OPENED)
    path.unlink()
    for use in (read_it, record):
        with pytest.raises(StateError, match="is missing although its journal is there"):
            use(path)


def test_a_journal_that_is_gone(path: Path) -> None:
    """A snapshot without its journal is reported: what it held would be mailed twice."""
    record(path, OPENED)
    journal(path).unlink()
    for use in (read_it, record):
        with pytest.raises(StateError, match="journal-1 is missing"):
            use(path)


def test_a_journal_of_something_else(path: Path) -> None:
    """A journal that speaks of what the snapshot does not know is not guessed at."""
    record(path, OPENED)
    journal(path).write_bytes(encode_event(found(paper(1))))
    with pytest.raises(StateError, match="does not fit its snapshot"):
        JsonFile(path).reading()


def test_two_writers(path: Path) -> None:
    """The second one is told the first one's process id; readers are let in."""
    script = (
        "import sys\nfrom pathlib import Path\nfrom digest.store.json_file.store import JsonFile\n"
        "with JsonFile(Path(sys.argv[1])).writing():\n"
        "    print('open', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout
        other.stdout.readline()
        with pytest.raises(StateInUseError, match=f"process {other.pid} is writing"):
            record(path, OPENED)
        assert JsonFile(path).reading().records.keywords == {}
        other.kill()
    record(path, OPENED)


def test_a_rehearsal_changes_no_file(path: Path) -> None:
    """The records of a dry run are in its memory alone."""
    record(path, OPENED)
    before = {file: file.read_bytes() for file in path.parent.iterdir()}
    rehearsal = Rehearsal(JsonFile(path).reading())
    rehearsal.append(found(paper(1)))
    assert seen(rehearsal.known) == ["2611.00001v1"]
    assert {file: file.read_bytes() for file in path.parent.iterdir()} == before


def test_places_that_cannot_be_used(tmp_path: Path) -> None:
    """No directory, a directory in the file's place: one sentence each."""
    with pytest.raises(StateError, match="is not there: make it"):
        record(tmp_path / "none" / "state.json")
    (tmp_path / "folder").mkdir()
    for use in (record, read_it):
        with pytest.raises(StateError, match="cannot be read or written"):
            use(tmp_path / "folder")


@pytest.mark.skipif(os.geteuid() == 0, reason="this user may write everywhere")
def test_no_permission(path: Path) -> None:
    """A directory that may not be written is named."""
    path.parent.chmod(0o500)
    with pytest.raises(StateError, match="cannot be read or written"):
        record(path, OPENED)


def test_a_failed_write_leaves_the_ledger(path: Path) -> None:
    """An event that cannot be written has not happened: neither on the disk nor in memory."""
    with JsonFile(path).writing() as store:
        store.append(OPENED)
        store._journal.close()
        with pytest.raises(StateError, match="nothing that was recorded is lost"):
            store.append(found(paper(1)))
        assert seen(store.known) == []
        store._journal = type(store._journal)(journal(path), store._journal.size)
    assert seen(JsonFile(path).reading()) == []


def test_cost_of_writing(path: Path) -> None:
    """To record one fetch writes what it brought, however large the store is."""
    fill(path)
    snapshot = path.stat().st_mtime_ns
    record(path, found(paper(5000)))
    assert path.stat().st_mtime_ns == snapshot
    assert journal(path, 2).stat().st_size == len(encode_event(found(paper(5000))))


def test_a_link_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state that is a symbolic link stays one; all its files are where it leads to."""
    away, link = tmp_path / "away", tmp_path / "state.json"
    away.mkdir()
    link.symlink_to("away/papers.json")
    fill(link)
    assert link.is_symlink()
    assert [file.name for file in tmp_path.iterdir() if file != away] == ["state.json"]
    names = {"papers.json" + end for end in ("", ".previous", ".lock", ".journal-1", ".journal-2")}
    assert {file.name for file in away.iterdir()} == names
    assert len(seen(JsonFile(link).reading())) == 120
    before = JsonFile(link).version()
    record(away / "papers.json", found(paper(500)))
    assert JsonFile(link).version() != before
    assert f"{link}, a link to {away / 'papers.json'}, 121 papers seen" == JsonFile(link).examine()
    assert files_of(link).generation == files_of(away / "papers.json").generation == 2
    assert files_of(link).last_journal == 2
    monkeypatch.chdir(tmp_path)
    (tmp_path / "etc").mkdir()
    assert default_state.found(tmp_path / "etc" / "state.json") == link
    with (
        JsonFile(link).writing(),
        pytest.raises(StateInUseError, match=f"process {os.getpid()} is writing"),
    ):
        record(away / "papers.json")


def test_journals_beside_a_link(tmp_path: Path) -> None:
    """Journals that stand beside the link, where they once were written, are named."""
    away, link = tmp_path / "away", tmp_path / "state.json"
    record(link, OPENED)
    away.mkdir()
    link.rename(away / "state.json")
    link.symlink_to("away/state.json")
    for use in (read_it, record):
        with pytest.raises(StateError, match=r"is a link to .*: move state\.json\.\* to"):
            use(link)
    for file in tmp_path.glob("state.json.*"):
        file.rename(away / file.name)
    assert "K" in JsonFile(link).reading().records.keywords


def test_looked_at_while_it_is_folded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that are gone between two looks are no fault: a new generation was begun meanwhile."""
    fill(path)
    there = generations_of
    monkeypatch.setattr(state, "generations_of", lambda at: [*there(at), 99])
    JsonFile(path).version()
    monkeypatch.undo()
    whole = read
    calls: list[Path] = []

    def gone_once(at: Path) -> Copy:
        calls.append(at)
        if len(calls) == 1:
            raise FileNotFoundError(errno.ENOENT, "No such file", str(journal(path)))
        return whole(at)

    monkeypatch.setattr(state, "read", gone_once)
    assert len(seen(JsonFile(path).reading())) == 120
    assert len(calls) == 2


def test_made_while_it_is_looked_at(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that is made between two looks is not taken for one whose snapshot is gone."""
    refuse = refuse_orphans

    def meanwhile(at: Path) -> None:
        monkeypatch.setattr(state, "refuse_orphans", refuse)
        record(at, OPENED)
        refuse(at)

    monkeypatch.setattr(state, "refuse_orphans", meanwhile)
    assert "K" in JsonFile(path).reading().records.keywords


@pytest.mark.parametrize("call", ["pwrite", "fsync", "replace", "fdatasync", "unlink"])
def test_an_old_store_on_a_full_disk(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """A store of an older schema that cannot be written anew stays, and is left by all."""
    large = (found(paper(n, abstract="Word " * 3000)) for n in (11, 12))
    for events in ([OPENED, *large], [found(paper(1))]):
        with JsonFile(path, fold_at=1).writing() as store:
            store.append(*events)
    monkeypatch.setattr(state, "SCHEMA", SCHEMA + 1)
    before = len(list(Path("/proc/self/fd").iterdir()))

    def full(target: object, *_: object, **__: object) -> None:
        if call == "unlink" and "journal" not in str(target):
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(StateError, match="No space left"):
            record(path, found(paper(2)))
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    record(path, found(paper(3)))
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    numbers = (11, 12, 1, 3)
    assert seen(JsonFile(path).reading()) == [f"2611.{number:05}v1" for number in numbers]
