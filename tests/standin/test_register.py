"""The corpus knows each paper as search, harvest and feeds know it at a given time."""

from datetime import timedelta

import pytest
from builders import DAY, HOUR, START, paper

from digest.standin.corpus import Corpus, Holding
from digest.standin.register import Register


def stamps(corpus: Corpus, hours: float) -> list[tuple[str, int, float]]:
    """Identifier, version and hour of the time stamp of each record, in order."""
    at = START + hours * HOUR
    return [
        (one.id[-1], one.holding.paper.version, (one.stamped - START) / HOUR)
        for one in corpus.harvested.by_stamp(at)
    ]


def test_a_record_has_its_current_version_and_the_dates_of_all() -> None:
    """A version moves the record; one that the corpus does not have lies between its neighbours."""
    second = paper(1, version=2, updated=START + 2 * HOUR)
    fourth = paper(1, version=4, updated=START + 4 * HOUR)
    corpus = Corpus([Holding(paper(1), START), Holding(second, START + 2 * HOUR)])
    corpus.add(Holding(fourth, START + 4 * HOUR))
    assert [stamps(corpus, h) for h in (-1, 0, 2, 4)] == [
        [],
        [("1", 1, 0)],
        [("1", 2, 2)],
        [("1", 4, 4)],
    ]
    record = corpus.harvested.record("2611.00001", START + DAY)
    assert record
    assert len(record.submitted) == 4
    assert list(record.submitted) == sorted(record.submitted)
    assert record.submitted[::3] == (paper(1).published, fourth.updated)
    assert record.submitted[1] == second.updated


def test_an_edit_moves_a_record_and_changes_no_version() -> None:
    """Search and harvest have the new text from the edit on, and the old one before it."""
    corpus = Corpus([Holding(paper(1), START), Holding(paper(2), START + HOUR)])
    corpus.edit("2611.00001", START + 2 * HOUR, comment="Accepted", journal_ref="J. Kettles 3")
    assert stamps(corpus, 1) == [("1", 1, 0), ("2", 1, 1)]
    assert stamps(corpus, 2) == [("2", 1, 1), ("1", 1, 2)]

    def found(hours: int) -> int:
        return len(corpus.search("co:accepted", (), START + hours * HOUR, "x", ascending=False))

    assert [found(1), found(2)] == [0, 1]
    record = corpus.harvested.record("2611.00001", START + 2 * HOUR)
    assert record
    assert (record.holding.comment, record.holding.journal_ref) == ("Accepted", "J. Kettles 3")
    with pytest.raises(KeyError):
        corpus.edit("2611.00002", START)


def test_a_changed_text_has_no_old_tex() -> None:
    """An edit of a text drops the raw text of before, and keeps that of the others."""
    holding = Holding(paper(1), START, raw_title=r"Caf\'e", raw_comment=r"pour \'Emile")
    edited = holding.edited(START + HOUR, title="Tea", raw_abstract="$x$")
    assert (edited.title, edited.abstract) == ("Tea", "$x$")
    assert edited.comment == r"pour \'Emile"
    assert edited.authors == "Ada Example, Bo Example"


def test_services_learn_of_a_paper_at_different_times() -> None:
    """A lag holds for announcements, and an edit is known to all at once."""
    corpus = Corpus(harvest_lag=timedelta(hours=-2), feed_lag=timedelta(hours=1))
    corpus.add(Holding(paper(1), START))

    def knows(register: Register, hours: int) -> bool:
        return register.record("2611.00001", START + hours * HOUR) is not None

    assert [knows(corpus.harvested, h) for h in (-3, -2)] == [False, True]
    assert [knows(corpus.fed, h) for h in (0, 1)] == [False, True]
    corpus.edit("2611.00001", START - HOUR, comment="")
    assert stamps(corpus, -1) == [("1", 1, -1)]
    assert not corpus.search("", (), START - HOUR, "relevance", ascending=False)


def test_a_withheld_paper_comes_later_with_a_later_stamp() -> None:
    """The harvest does not have it until then, and the search does."""
    corpus = Corpus([Holding(paper(n), START) for n in range(1, 4)])
    corpus.harvested.withhold(START + DAY, "2611.00002")
    assert [one[0] for one in stamps(corpus, 23)] == ["1", "3"]
    assert stamps(corpus, 24)[-1] == ("2", 1, 24)
    assert len(corpus.search("", (), START, "relevance", ascending=False)) == 3


def test_a_postponed_announcement() -> None:
    """All versions of the span come at its end, to all services."""
    corpus = Corpus([Holding(paper(n), START + n * HOUR) for n in range(1, 4)])
    assert corpus.postpone(START + 2 * HOUR, START + 8 * HOUR) == 2
    assert [one[0] for one in stamps(corpus, 7)] == ["1"]
    assert stamps(corpus, 8)[1:] == [("2", 1, 8), ("3", 1, 8)]
