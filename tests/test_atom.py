"""A page of arXiv's is believed when it is a whole feed, and not before."""

import pytest
from lab import START, paper

from digest.atom import Page, read_page
from digest.standin.feed import Asked, error_feed, feed

FEED = feed(Asked("all:x", "", 20, 10), [paper(1), paper(2)], 345, START)


def test_what_it_says_of_itself() -> None:
    """Total, start and the number of entries."""
    assert read_page(FEED) == Page(total=345, start=20, entries=2)


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
