"""A page of arXiv's is believed when it is a whole feed, and not before."""

import re

import pytest
from builders import START, paper

from digest.model.paper import split_identifier
from digest.source.arxiv_api.atom import Page, read_page
from digest.standin.feed import Asked, error_feed, feed

FEED = feed(Asked("all:x", "", 20, 10), [paper(1), paper(2)], 345, START)


def test_what_it_says_of_itself() -> None:
    """Total, start and the number of entries."""
    assert read_page(FEED) == Page(total=345, start=20, entries=2, feed=FEED)


def test_an_error() -> None:
    """An error feed gives arXiv's words."""
    assert read_page(error_feed("incorrect id format for x", START)).error == (
        "incorrect id format for x"
    )


def test_cut_anywhere() -> None:
    """Half a feed is none, wherever it was cut."""
    end = FEED.rindex(b"</feed>") + len(b"</feed>")
    for length in range(0, end, 7):
        with pytest.raises(ValueError, match=r"empty body|half a feed"):
            read_page(FEED[:length])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "an empty body"),
        (b"  \n", "an empty body"),
        (b"<!DOCTYPE html><html><p>Sorry</html>", "a web page"),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'><body/></html>", "a web page"),
        (b"<html><br></html>", "a web page"),
        (b"Rate exceeded.", "half a feed"),
        (b"<rss version='2.0'/>", "XML, but no feed"),
        (FEED.replace(b"totalResults", b"other"), "does not say how many"),
        (FEED.replace(b">345<", b">many<"), "does not say how many"),
        (FEED.replace(b"2611", b"\xff\xff", 1), "half a feed"),
    ],
)
def test_what_is_no_feed(body: bytes, words: str) -> None:
    """Anything else is said to be what it is."""
    with pytest.raises(ValueError, match=words):
        read_page(body)


def test_entities_do_nothing() -> None:
    """No entity is expanded: neither a bomb nor a file of this machine."""
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 30))
    head = f'<!DOCTYPE feed [<!ENTITY e0 "ha"><!ENTITY f SYSTEM "file:///etc/passwd">{bomb}]>'
    start = FEED.index(b"<feed")
    body = head.encode() + FEED[start:].replace(b"Time series at noon", b"&e29;&f;")
    try:
        page = read_page(body)
    except ValueError:
        return
    assert page.entries == 2


def dated(updated: str, published: str = "2026-11-24T07:00:00Z", address: str = "") -> bytes:
    """The feed, whose first entry has these dates, and this id."""
    first, second, rest = FEED.decode().partition("</entry>")
    first = re.sub(
        "(?s)(<entry>.*)<updated>.*?</updated>", rf"\1<updated>{updated}</updated>", first
    )
    first = re.sub("<published>.*?</published>", f"<published>{published}</published>", first)
    if address:
        first = re.sub("(?s)(<entry>.*?)<id>.*?</id>", rf"\1<id>{address}</id>", first)
    return f"{first}{second}{rest}".encode()


@pytest.mark.parametrize(
    "date",
    [
        *("2026-11-24T23:59:60Z", "2026-11-31T07:00:00Z", "0001-01-01T00:00:00Z"),
        *("9999-12-31T23:59:59-01:00", "2026-11-24T07:00:00+99:00", "0001-01-01T00:00:00+14:00"),
        *("soon", "", "2026", "20261124T070000Z junk", "٢٠٢٦-١١-٢٤", "1969-12-31T23:59:59Z"),
    ],
)
def test_an_entry_with_an_impossible_date(date: str) -> None:
    """It is counted and named, and not given on; the others are."""
    for page in (read_page(dated(date)), read_page(dated("2026-11-24T07:00:00Z", date))):
        assert (page.total, page.entries) == (345, 2)
        (name,) = page.unreadable
        assert split_identifier(name)
        assert name.encode() not in page.feed
        assert read_page(page.feed) == Page(345, 20, 1, feed=page.feed)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("http://arxiv.org/abs/2611.1v1", "http://arxiv.org/abs/2611.1v1"),
        ("  ", "Time series at noon"),
        ("x" * 500, "x" * 80),
        ("http://arxiv.org/abs/٢٦١١.٠٠٠٠١v1", "http://arxiv.org/abs/٢٦١١.٠٠٠٠١v1"),
    ],
)
def test_an_entry_without_an_identifier(address: str, name: str) -> None:
    """It is called by its id, cut, or by its title."""
    page = read_page(dated("2026-11-24T07:00:00Z", address=address))
    assert page.unreadable == (name,)
    assert page.entries == 2


@pytest.mark.parametrize("number", [b"-1", b"many", b"", b"9" * 5000, b"1.5"])
def test_an_impossible_total(number: bytes) -> None:
    """A page that does not say how many papers there are is none."""
    body = FEED.replace(
        b">345</opensearch:totalResults>", b">" + number + b"</opensearch:totalResults>"
    )
    with pytest.raises(ValueError, match="how many papers"):
        read_page(body)
