"""XML that is read part by part, and XML that is not read."""

import tracemalloc
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.source.strict_xml import read_parts


def parts(body: bytes, root: str = "list", wanted: tuple[str, ...] = ("item",)) -> list[str]:
    """The texts of the wanted parts."""
    found: list[Element] = []
    read_parts(body, root, wanted, found.append)
    return ["".join(part.itertext()) for part in found]


def test_parts_in_order() -> None:
    """Wanted parts come in their order, with all that is in them, at any depth."""
    body = b"<list><item>a<b>c</b>d</item><x><item>e<item>f</item></item></x>g</list>"
    assert parts(body) == ["acd", "ef"]


def test_names_with_a_namespace() -> None:
    """A name has its namespace, whichever prefix the document uses."""
    body = b'<p:list xmlns:p="urn:a"><p:item>1</p:item><item>2</item></p:list>'
    assert parts(body, "{urn:a}list", ("{urn:a}item",)) == ["1"]
    assert read_parts(body, "{urn:a}list", (), print) == {"{urn:a}item", "item"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_encodings(encoding: str) -> None:
    """The declared encoding is believed."""
    declared = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{declared}"?><list><item>é</item></list>'
    assert parts(text.encode(encoding)) == ["é"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "an empty body"),
        (b" \n ", "an empty body"),
        (b"busy", "broken or half"),
        (b"<list><item>", "broken or half"),
        (b"<list></list><list/>", "broken or half"),
        (b"<list>\xff</list>", "broken or half"),
        (b"<list>&#1;</list>", "broken or half"),
        (b"<list>&nbsp;</list>", "broken or half"),
        (b'<?xml version="1.0" encoding="klingon"?><list/>', "broken or half"),
        (b'<?xml version="1.0" encoding="gb18030"?><list/>', "multi-byte encodings"),
        (b"\x1f\x8b\x08", "broken or half"),
        (b"<!DOCTYPE html><html></html>", "a web page"),
        (b"<!doctype html><html><br></html>", "a web page"),
        (b"<html></html>", "a web page"),
        (b"<html><br></html>", "a web page"),
        (b'<html xmlns="http://www.w3.org/1999/xhtml"/>', "a web page"),
        (b"<other/>", "XML of another kind"),
        (b'<list xmlns="urn:a"/>', "XML of another kind"),
        (b'<!DOCTYPE list [<!ENTITY a "ha">]><list>&a;</list>', "XML with a document type"),
        (b'<!DOCTYPE list SYSTEM "file:///etc/passwd"><list/>', "XML with a document type"),
        ('<!DOCTYPE list [<!ENTITY a "ha">]><list>&a;</list>'.encode("utf-16"), "document type"),
        (b"<list>" + b"<a>" * 100 + b"</a>" * 100 + b"</list>", "more than 64 levels"),
    ],
)
def test_refused(body: bytes, words: str) -> None:
    """A document that is not whole, or of another kind, is refused in words."""
    with pytest.raises(ValueError, match=words):
        parts(body)


@given(st.integers(0, 60))
def test_cut_anywhere(length: int) -> None:
    """A document that is cut anywhere is refused."""
    body = b"<list><item>a</item><item>b<c/></item><item>c</item></list>"
    if length < len(body):
        with pytest.raises(ValueError, match=r"empty|broken"):
            parts(body[:length])


def test_memory_of_what_is_not_wanted() -> None:
    """Elements outside of the wanted parts take no memory."""
    body = b"<list>" + b"<a>text</a>" * 200_000 + b"</list>"
    tracemalloc.start()
    read_parts(body, "list", ("item",), print)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20
