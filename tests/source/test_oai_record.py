"""One record of arXivRaw: every field, and each way to be odd."""

from datetime import UTC, date, datetime
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oai_script import FRIDAY, oai_answer, raw_header, raw_record

from digest.model.record import Record
from digest.source.oai_pmh.page import read_page
from digest.source.oai_pmh.record import Header, Odd, read_header, read_record

MONDAY = "Mon, 2 Nov 2026 09:30:12 GMT"


def read(xml: str) -> Record | Odd:
    """The only record of a page."""
    (item,) = read_page(oai_answer(xml), "ListRecords", read_record).items
    return item


def whole(xml: str) -> Record:
    """A record that can be read."""
    record = read(xml)
    assert isinstance(record, Record), record
    return record


def test_every_field() -> None:
    """A record becomes a paper, with the facts that only a harvest has."""
    record = whole(
        raw_record(
            "2611.00042",
            "2026-11-16",
            versions=(FRIDAY, MONDAY),
            submitter="Ida Example",
            title="Teapots on Covers:\n  A &#34;Survey&#34; &#39;26",
            authors="Ida Example, J. O&#39;Sample (1), and Bo van der Test ((1) Nowhere)",
            comments="12 pages",
            report_no="NI-7",
            acm_class="55N30",
            journal_ref="J. Kettles 3 (2026) 1-12",
            doi="10.0000/kettle.3",
            license="http://creativecommons.org/licenses/by/4.0/",
        )
    )
    paper = record.paper
    assert (paper.id, paper.version, record.datestamp) == ("2611.00042", 2, date(2026, 11, 16))
    assert paper.title == 'Teapots on Covers: A "Survey" \'26'
    assert paper.authors == ("Ida Example", "J. O'Sample", "Bo van der Test")
    assert paper.abstract == "We pour $x < y$ cups."
    assert (paper.comment, record.report_no, record.doi) == ("12 pages", "NI-7", "10.0000/kettle.3")
    assert record.journal_ref == "J. Kettles 3 (2026) 1-12"
    assert (paper.primary_category, paper.categories) == ("cs.LG", ("cs.LG", "stat.ML"))
    assert record.versions == (
        datetime(2026, 10, 30, 17, 5, tzinfo=UTC),
        datetime(2026, 11, 2, 9, 30, 12, tzinfo=UTC),
    )
    assert (paper.published, paper.updated) == record.versions
    assert not record.deleted


def test_tex() -> None:
    """Accents and Greek letters are Unicode in all texts, as in the answers of arXiv's API."""
    paper = whole(
        raw_record(
            title=r"The $\alpha$ of \'{E}tale &#39;Covers&#39;",
            authors=r"R\'emi Test, Bj\"orn {\'E}. \O stby (1) and Ren\'{e}e Fran\c{c}ois",
            comments="\\alpha\nparticles",
            abstract=r"Schr\&#34;odinger\n  and Erd\H{o}s, \cite{x}".replace(r"\n", "\n"),
        )
    ).paper
    assert paper.title == "The $α$ of Étale 'Covers'"
    assert paper.authors == ("Rémi Test", "Björn É. Østby", "Renée François")
    assert paper.abstract == r"Schrödinger and Erdős, \cite{x}"
    assert paper.comment == "α particles"


def test_an_old_identifier() -> None:
    """An identifier from before April 2007 has a slash."""
    assert whole(raw_record("hep-th/9901001")).id == "hep-th/9901001"


@pytest.mark.parametrize("name", ["title", "authors", "categories", "abstract"])
def test_an_absent_field(name: str) -> None:
    """A text that is absent is empty; the record is there."""
    paper = whole(raw_record(**{name: ""})).paper
    assert not getattr(paper, name)
    assert paper.id == "2611.00042"


def test_repeated_and_unknown_elements() -> None:
    """Of texts the first that is not empty counts, of categories and authors all do."""
    record = whole(
        raw_record(
            metadata="<novelty><id>x</id></novelty><title> </title><title>One</title>"
            "<title>Two</title><authors>A. B</authors><authors>C. D</authors>"
            "<categories>math-ph</categories><categories>math.MP math-ph</categories>"
            f'<version version="v1"><new/><date>{FRIDAY}</date></version>'
            "<id>2611.00042</id><id>2611.00043</id>"
        )
    )
    assert record.paper.title == "One"
    assert record.paper.authors == ("A. B", "C. D")
    assert record.paper.categories == ("math-ph", "math.MP")


def test_a_withdrawn_version() -> None:
    """A withdrawn version is a version: it has a number, a date and the letter I."""
    versions = (
        f'<version version="v1"><date>{FRIDAY}</date><source_type>D</source_type></version>'
        f'<version version="v2"><date>{MONDAY}</date><size>0kb</size>'
        "<source_type>I</source_type></version>"
    )
    assert whole(raw_record(metadata=f"<id>2611.00042</id>{versions}")).paper.version == 2


def test_versions_in_another_order() -> None:
    """Versions are told apart by their numbers, not by their order."""
    versions = (
        f'<version version="v2"><date>{MONDAY}</date></version>'
        f'<version version="v1"><date>{FRIDAY}</date></version>'
    )
    record = whole(raw_record(metadata=versions))
    assert record.paper.published < record.paper.updated


def test_a_deleted_record() -> None:
    """A record that arXiv has deleted has an identifier and a day."""
    xml = f'<record><header status="deleted">{raw_header("2611.00042", "2026-11-16")}</header>'
    record = whole(f"{xml}</record>")
    assert (record.deleted, record.id, record.datestamp) == (True, "2611.00042", date(2026, 11, 16))
    assert record.versions == ()


V1 = f'<version version="v1"><date>{FRIDAY}</date></version>'


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ("", "not numbered from 1 on"),
        (V1.replace("v1", "v2"), "not numbered from 1 on"),
        (V1 + V1, "not numbered from 1 on"),
        (V1 + V1.replace("v1", "v3"), "not numbered from 1 on"),
        (V1.replace("v1", "1"), "without a number"),
        (V1.replace("v1", "v0"), "without a number"),
        (V1.replace("v1", "v99999"), "without a number"),
        (V1.replace("v1", "v١"), "without a number"),
        (V1.replace(' version="v1"', ""), "without a number"),
        (V1.replace(FRIDAY, "yesterday"), "possible date"),
        (V1.replace(FRIDAY, ""), "possible date"),
        (V1.replace(FRIDAY, "Fri, 31 Sep 2026 17:05:00 GMT"), "possible date"),
        (V1.replace(FRIDAY, "Fri, 30 Oct 1726 17:05:00 +0000"), "possible date"),
        (V1.replace(FRIDAY, "Fri, 30 Oct 9999 23:59:59 -0100"), "possible date"),
        (V1.replace(FRIDAY, "2026-10-30T17:05:00Z"), "possible date"),
        ("<id>2611.00043</id>" + V1, "not that of its header"),
        ("<id>teapot</id>" + V1, "not that of its header"),
    ],
)
def test_odd_metadata(metadata: str, reason: str) -> None:
    """A record whose versions make no sense is named, with its day."""
    odd = read(raw_record(metadata=metadata))
    assert isinstance(odd, Odd)
    assert odd.name == "2611.00042"
    assert reason in odd.reason
    assert odd.header == Header("2611.00042", date(2026, 11, 16))


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("<datestamp>2026-11-16</datestamp>", "a record without identifier"),
        ("<identifier/><datestamp>2026-11-16</datestamp>", "a record without identifier"),
        (raw_header("teapot", "2026-11-16"), "oai:arXiv.org:teapot"),
        (raw_header("2611.00042", "2026-11-16").replace("arXiv.org", "x"), "oai:x:2611.00042"),
        (raw_header("2611.00042", "2026-11-31"), "2611.00042"),
        (raw_header("2611.00042", "2026-11-16T00:00:00Z"), "2611.00042"),
        (raw_header("2611.00042", ""), "2611.00042"),
    ],
)
def test_an_odd_header(header: str, name: str) -> None:
    """A header without a paper or a day is named, in a record and in a list."""
    odd = read(raw_record(header=header))
    listed = oai_answer(f"<header>{header}</header>", "ListIdentifiers")
    assert isinstance(odd, Odd)
    assert (odd.name, odd.header) == (name, None)
    assert read_page(listed, "ListIdentifiers", read_header).items == (odd,)


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        ("<record/>", "no header"),
        (f"<record><header>{raw_header('2611.00042', '2026-11-16')}</header></record>", "metadata"),
        (raw_record().replace("http://arxiv.org/OAI/arXivRaw/", "urn:other"), "metadata"),
    ],
)
def test_half_a_record(xml: str, reason: str) -> None:
    """A record without a header or without arXivRaw is odd."""
    odd = read(xml)
    assert isinstance(odd, Odd)
    assert reason in odd.reason


def test_a_part_inside_of_another() -> None:
    """An element that has the name of a part inside of a record is no part of the page."""
    xml = raw_record(comments='<error xmlns="http://www.openarchives.org/OAI/2.0/" code="x"/>9')
    assert whole(xml).paper.comment == ""


names = st.sampled_from(["id", "version", "date", "title", "authors", "categories", "other"])
elements: st.SearchStrategy[tuple[str, str, list[Any]]] = st.recursive(
    st.builds(lambda name, text: (name, text, []), names, st.text(max_size=20)),
    lambda inner: st.builds(
        lambda name, text, children: (name, text, children),
        names,
        st.text(max_size=20),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


def built(tree: tuple[str, str, list[Any]], space: str) -> Element:
    """The element of a drawn tree."""
    element = Element(f"{{{space}}}{tree[0]}", {"version": tree[1]})
    element.text = tree[1]
    element.extend(built(child, space) for child in tree[2])
    return element


@given(st.lists(elements, max_size=8))
def test_whatever_a_record_holds(parts: list[tuple[str, str, list[Any]]]) -> None:
    """No content of a record ends the program."""
    oai = "{http://www.openarchives.org/OAI/2.0/}"
    record = Element(f"{oai}record")
    header, metadata = Element(f"{oai}header"), Element(f"{oai}metadata")
    for name, text in (("identifier", "oai:arXiv.org:2611.00042"), ("datestamp", "2026-11-16")):
        child = Element(f"{oai}{name}")
        child.text = text
        header.append(child)
    raw = Element("{http://arxiv.org/OAI/arXivRaw/}arXivRaw")
    raw.extend(built(part, "http://arxiv.org/OAI/arXivRaw/") for part in parts)
    metadata.append(raw)
    record.extend((header, metadata))
    found = read_record(record)
    assert (found.id if isinstance(found, Record) else found.name) == "2611.00042"
