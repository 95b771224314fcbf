"""The chain of pages: its places, its papers, and the memory that it takes."""

import tracemalloc
from datetime import date, timedelta

import pytest
from builders import START, paper
from hypothesis import given
from hypothesis import strategies as st

from digest.model.record import Record
from digest.source.harvest import Broken, Place
from digest.source.oai_pmh.chain import Chain
from digest.source.oai_pmh.page import OaiPage
from digest.source.oai_pmh.record import Header, Odd
from digest.source.oai_pmh.token import arguments, next_place

DAY = date(2026, 11, 16)


def record(number: int, day: date = DAY, title: str = "Teapots") -> Record:
    """A record of a day."""
    return Record(paper(number, title), day)


def page(*items: Record | Odd, token: str = "") -> OaiPage[Record | Odd]:
    """A page of the tests' first day."""
    return OaiPage(START, items, token)


def place(day: date, skip: int) -> str:
    """A token of arXiv's form."""
    return arguments("ListRecords", Place(day, skip))["resumptionToken"]


def test_a_later_day_counts() -> None:
    """Of two pages with one record the later day counts, whichever page comes first."""
    for days in ((0, 1), (1, 0)):
        chain = Chain(DAY, lambda _: True)
        for n, days_later in enumerate(days):
            chain.take(
                page(
                    record(1, DAY + timedelta(days_later), f"Teapots {days_later}"),
                    token=place(DAY, n + 1),
                ),
                START,
            )
        found = chain.harvest(requests=2, left_alone=0)
        assert [one.paper.title for one in found.records] == ["Teapots 1"]
        assert found.seen == {"2611.00001": DAY + timedelta(1)}
        assert found.repeated == ()


def test_wanted_no_more() -> None:
    """A record that is not wanted any more as it is now is not returned as it was before."""
    chain = Chain(DAY, lambda one: one.paper.title == "Teapots")
    chain.take(page(record(1), token=place(DAY, 1)), START)
    chain.take(page(record(1, DAY + timedelta(1), "Kettles")), START)
    assert chain.harvest(requests=2, left_alone=0).records == ()


def test_an_odd_record_that_is_read_later() -> None:
    """A record that could be read at last is no longer named."""
    chain = Chain(DAY, lambda _: True)
    odd = Odd("2611.00001", "no version", Header("2611.00001", DAY))
    chain.take(page(odd, Odd("teapot", "no identifier")), START)
    assert not chain.lacking({"2611.00001": DAY})
    chain.add(record(1))
    found = chain.harvest(requests=2, left_alone=0)
    assert (found.unreadable, len(found.records)) == (("teapot",), 1)


@pytest.mark.parametrize("skip", [0, 1, 7])
def test_going_back(skip: int) -> None:
    """A chain that goes back leaves out the pages of that day, and joins the one before to it."""
    next_day = DAY + timedelta(1)
    chain = Chain(DAY, lambda _: True)
    chain.take(page(record(1), token=place(DAY, 1)), START)
    chain.take(page(record(2), record(3, next_day), token=place(next_day, skip + 1)), START)
    chain.take(page(record(4, next_day), token=place(next_day, skip + 2)), START)
    chain.go_back()
    assert chain.place == Place(next_day)
    chain.take(page(record(3, next_day), record(4, next_day), record(5, next_day)), START)
    found = chain.harvest(requests=4, left_alone=0)
    assert [(one.place.day, one.next and one.next.day) for one in found.pages] == [
        *((DAY, DAY), (DAY, next_day)),
        (next_day, None),
    ]
    assert (found.repeated, len(found.records)) == ((), 5)


def test_a_page_whose_token_leads_back() -> None:
    """Of a page that does not lead on nothing is taken."""
    chain = Chain(DAY, lambda _: True)
    with pytest.raises(ValueError, match="does not lead on"):
        chain.take(page(record(1), token="from%3D2026-11-15"), START)
    assert chain.harvest(requests=1, left_alone=0).seen == {}
    assert chain.place == Place(DAY)


def test_what_is_lacking() -> None:
    """A listed record is lacking where the chain does not have it, or only as of an earlier day."""
    chain = Chain(DAY, lambda _: False, Broken(DAY, (), {"a/1": DAY, "b/2": DAY}, Place(DAY, 2)))
    later = DAY + timedelta(1)
    listed = {"a/1": DAY, "b/2": later, "c/3": DAY}
    assert chain.lacking(listed) == {"b/2": later, "c/3": DAY}


@given(st.dates(date(2005, 9, 16), date(2099, 1, 1)), st.integers(1, 10**9 - 1), st.integers(0, 3))
def test_tokens_come_back(day: date, skip: int, times: int) -> None:
    """A token that is written here leads to its place, however often arXiv has encoded it."""
    token = place(day, skip)
    for _ in range(times % 2):
        token = token.replace("%", "%25")
    assert next_place(Place(date(2005, 9, 15)), token, []) == Place(day, skip, token)


@given(st.text(max_size=60))
def test_any_token(token: str) -> None:
    """Whatever a token is, the next place is after the present one, or there is none."""
    here = Place(DAY, 3)
    try:
        found = next_place(here, token, [DAY, DAY])
    except ValueError:
        return
    assert (found.day, found.skip) > (here.day, here.skip)


def test_memory_of_unwanted_records() -> None:
    """Of a record that is not wanted only the identifier and the day take memory."""

    def peak(pages: int) -> int:
        tracemalloc.start()
        chain = Chain(DAY, lambda _: False)
        for number in range(pages):
            items = [record(100 * number + n, title=f"{n} " * 2000) for n in range(100)]
            chain.take(page(*items, token=place(DAY, 100 * number + 100)), START)
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert peak(50) - peak(5) < 4500 * 400
