"""The copy of a large subscribers.yaml: the same as the file says, or not used."""

from pathlib import Path

import pytest

from digest.config import files as inputs
from digest.config.cache import compiled, decompiled
from digest.config.files import load_subscriptions
from digest.config.subscribers import parse

YAML = """\
keywords:
  Zeitreihen über alles:
  Graphs: {in: [title, abstract], categories: [cs], exclude: [heat equation]}
  Words: {match: all}
  Own: {query: 'abs:"x"'}
  Noether: {author: [Emmy Noether, '"Artin, Emil"'], categories: [math]}
  Numbers: {category: [math.NT, cs], exclude: [prime]}
defaults: {at: "07:15", timezone: Asia/Tokyo, holidays: [2027-01-01], patience: 90m, first_days: 3}
subscribers:
  - email: Ada@example.org
    name: Zoë Żółć
  - email: bob@bücher.example
    keywords: [Words, Graphs]
    days: [mon, sun]
    updates: section
    empty: send
  - {email: cyd@example.org, keywords: Own, timezone: UTC}
""".encode()


def large(count: int = 2000) -> bytes:
    """A file that a copy is kept of."""
    readers = (f"  - {{email: reader{number}@example.org}}\n" for number in range(count))
    return b"keywords: {A: , B: }\nsubscribers:\n" + "".join(readers).encode()


def test_the_same() -> None:
    """All that the file says is in the copy."""
    said = parse(YAML, "x")
    assert decompiled(compiled(said, YAML), YAML) == said


def test_what_is_alike_is_shared() -> None:
    """Readers with the same keywords and schedule have the same objects."""
    copy = decompiled(compiled(parse(large(), "x"), large()), large())
    assert copy
    assert len({(id(one.keywords), id(one.schedule)) for one in copy.subscribers}) == 1


@pytest.mark.parametrize("at", range(0, 1100, 37))
def test_damage(at: int) -> None:
    """A copy in which a byte is another, or that ends early, is not used."""
    copy = bytearray(compiled(parse(YAML, "x"), YAML))
    copy[at] ^= 1
    assert decompiled(bytes(copy), YAML) is None
    assert decompiled(bytes(copy[:at]), YAML) is None


def test_another_file() -> None:
    """A copy of other bytes is not used, though they mean the same."""
    assert decompiled(compiled(parse(YAML, "x"), YAML), YAML + b"\n") is None


def test_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is one of another version of the program."""
    copy = compiled(parse(YAML, "x"), YAML)
    monkeypatch.setattr("digest.config.cache.__version__", "0.0.1")
    assert decompiled(copy, YAML) is None


def test_a_small_file_has_no_copy(tmp_path: Path) -> None:
    """It is read in no time."""
    (tmp_path / "s.yaml").write_bytes(YAML)
    load_subscriptions(tmp_path / "s.yaml", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_large_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read once, until it changes; the copy is for its owner's eyes alone."""
    file, copy = tmp_path / "s.yaml", tmp_path / "copy"
    file.write_bytes(large())
    said = load_subscriptions(file, copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    monkeypatch.setattr(inputs, "parse", lambda *_: pytest.fail("the file was read again"))
    assert load_subscriptions(file, copy) == said
    monkeypatch.undo()
    file.write_bytes(large(2001))
    assert len(load_subscriptions(file, copy).subscribers) == 2001


def test_a_copy_that_cannot_be_kept(tmp_path: Path) -> None:
    """Where it has no place, or is no file, the file is read each time."""
    (tmp_path / "s.yaml").write_bytes(large())
    (tmp_path / "copy").mkdir()
    for copy in (tmp_path / "copy", tmp_path / "nowhere" / "copy"):
        assert len(load_subscriptions(tmp_path / "s.yaml", copy).subscribers) == 2000
