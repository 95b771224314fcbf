"""The digest as a reader sees it; nothing in the metadata can act on it."""

from collections import Counter
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from builders import CONTACT, START, paper
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import ConfigurationError
from digest.mail.fitting import Shape, fit, whole
from digest.mail.latex import to_unicode
from digest.mail.message import LIMIT, Sender, share
from digest.mail.rendering import NAMES, Rendered, Templates, wrapped
from digest.model.edition import Edition, Notice, Row, Section
from digest.model.paper import Paper
from digest.text import clean

LINK = "https://arxiv.org/search/?query=x&order=y"
TEMPLATES = Templates(None)
TEXT = st.text(st.characters(codec="utf-8"), max_size=80).map(clean)


class Structure(HTMLParser):
    """Counts elements, and keeps links and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.links: list[str] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes an element."""
        self.elements[tag] += 1
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        """Every element is closed in its turn."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Notes text."""
        self.words.append(data)

    @property
    def text(self) -> str:
        """The text on one line."""
        return " ".join("".join(self.words).split())


def edition(*papers: Paper, keyword: str = "Time Series", **changes: object) -> Edition:
    """An edition with one section."""
    sections = (Section(keyword, tuple(map(Row, papers)), LINK),) if papers else ()
    values: dict[str, object] = {
        "day": date(2026, 11, 24),
        "keywords": (keyword, "Other"),
        "sections": sections,
    }
    return Edition(**(values | changes))  # type: ignore[arg-type]


def render(one: Edition, shape: Shape | None = None) -> Rendered:
    """The edition, in full unless a shape is given."""
    return TEMPLATES.render(one, shape or whole(one.new_papers + one.updated_papers), CONTACT)


def test_the_row() -> None:
    """A row has the title, bold and linked over https, the date, the abstract and the comment."""
    page = render(edition(paper(1, "Some title"))).html
    assert '<b><a href="https://arxiv.org/abs/2611.00001v1"' in page
    text = Structure(page).text
    order = ["Title", "Date", "Abstract", "Comment", "Some title", "2026-11-15", "We look", "9 pa"]
    places = [text.index(fact, 60) for fact in order]
    assert places == sorted(places)


def test_subject() -> None:
    """The subject has the date and the number of new papers."""
    assert render(edition(paper(1), paper(2))).subject == "arXiv digest 2026-11-24: 2 new papers"
    assert render(edition(paper(1))).subject == "arXiv digest 2026-11-24: 1 new paper"
    assert render(edition()).subject == "arXiv digest 2026-11-24: nothing new"


def test_footer() -> None:
    """Both parts say why the reader gets this, how to stop it, and thank arXiv."""
    rendered = render(edition(paper(1)))
    for text in (" ".join(rendered.text.split()), Structure(rendered.html).text):
        assert "You get this mail because you are subscribed to Time Series, Other" in text
        assert "papers@example.org" in text
        assert "Thank you to arXiv for use of its open access interoperability." in text


def test_notice() -> None:
    """A keyword that could not be fetched completely is named, with the reason."""
    rendered = render(edition(notices=(Notice("Other", "arXiv answered with HTTP status 406"),)))
    for text in (" ".join(rendered.text.split()), Structure(rendered.html).text):
        assert "Other could not be fetched completely (arXiv answered with HTTP status 406)" in text


def test_named_under_the_others() -> None:
    """A paper of two keywords has its abstract once."""
    both = (
        Section("One", (Row(paper(1)),), LINK),
        Section("Two", (Row(paper(1), full_under="One"),), LINK),
    )
    rendered = render(edition(keyword="One", sections=both))
    for text in (rendered.text, Structure(rendered.html).text):
        assert text.count("We look at sample 1") == 1
        assert text.lower().count("in full under one") == 1


def test_updates() -> None:
    """A new version stands in a section of its own, with both versions."""
    updates = (Section("One", (Row(paper(1, version=3), previous_version=1),), LINK),)
    rendered = render(edition(updates=updates))
    assert "updated from v1 to v3" in rendered.html
    assert "updated from v1 to v3" in rendered.text
    assert rendered.subject.endswith("1 updated paper")


def test_no_remote_content() -> None:
    """There is no image, script, form or remote style, and no <details>, which clients drop."""
    elements = Structure(render(edition(paper(1))).html).elements
    assert not set(elements) & {"img", "script", "link", "details", "form", "iframe", "object"}


@settings(max_examples=150, deadline=None)
@given(TEXT, TEXT, TEXT, TEXT, TEXT)
def test_metadata_is_data(title: str, abstract: str, comment: str, author: str, name: str) -> None:
    """Whatever stands in it, the page has the same elements and the same links."""
    plain = Structure(render(edition(paper(1), keyword="K")).html)
    odd = paper(
        1,
        title,
        abstract=abstract if to_unicode(abstract).strip() else "a",
        comment=comment if to_unicode(comment).strip() else "c",
        authors=(author or "A",),
    )
    rendered = render(edition(odd, keyword=name or "K"))
    page = Structure(rendered.html)
    assert page.elements == plain.elements
    assert page.links == plain.links
    assert rendered.html.isascii()
    assert len(rendered.subject.splitlines()) == 1


@pytest.mark.parametrize(
    "nasty",
    [
        '</td><script>alert("x")</script>',
        "<b>bold</b> & <i>",
        "{{ 7 * 7 }} {% raw %}",
        "\r\n.\r\n",
        "\u202egnp.exe",
        "שלום עולם",
        "&lt;already&gt;",
        "'\"`",
    ],
)
def test_nasty_text_is_shown_as_it_is(nasty: str) -> None:
    """Text that could be markup, a template or a dot of SMTP is text."""
    shown = clean(nasty)
    rendered = render(edition(paper(1, abstract=f"Before {shown} after")))
    assert f"Before {shown} after" in Structure(rendered.html).text
    assert f"Before {shown} after" in " ".join(rendered.text.split())


def test_lines_are_short() -> None:
    """The text is wrapped at 72 characters, and no line of the page is near SMTP's limit."""
    long = "seventeen letters " * 100
    notice = Notice(long, long)
    rendered = render(
        edition(
            paper(1, long, abstract="wörd " * 400, comment=long), keyword=long, notices=(notice,)
        )
    )
    assert max(map(len, rendered.html.splitlines())) < 900
    assert max(map(len, rendered.text.splitlines())) <= 72


def test_a_word_of_two_thousand_characters() -> None:
    """A title without a space is shown whole, and the message has no line that is too long."""
    rendered = render(edition(paper(1, "x" * 2000)))
    assert "x" * 2000 in rendered.html
    shared = share(rendered.subject, rendered.text, rendered.html, Sender("a@example.org"), START)
    assert max(map(len, shared.body.split("\r\n"))) <= 998


@pytest.mark.parametrize("count", [1, 20, 100, 250])
def test_the_size(count: int) -> None:
    """However many papers there are, the message is below its limit, and each is linked."""
    papers = [
        paper(n, f"Title {n} " + "on series " * 8, abstract="Word " * 250) for n in range(count)
    ]
    one = edition(*papers)

    def size(shape: Shape) -> int:
        rendered = render(one, shape)
        sender = Sender("digest@example.org")
        return share(rendered.subject, rendered.text, rendered.html, sender, papers[0].updated).size

    shape = fit(count, size, LIMIT)
    assert size(shape) <= LIMIT
    rendered = render(one, shape)
    for text in (rendered.text, rendered.html):
        linked = {p.versioned_id for p in papers if p.abstract_url in text}
        assert len(linked) == count
    if shape != whole(count):
        assert "To keep this mail short" in rendered.text
        assert "To keep this mail short" in rendered.html


def test_a_long_comment_is_shortened_too() -> None:
    """Where abstracts are shortened, so are comments, in both parts, and the mail says so."""
    one = paper(1, comment="pages and figures " * 30)
    cut = render(edition(one), Shape(160, 1, 1))
    for text in (" ".join(cut.text.split()), Structure(cut.html).text):
        assert 7 < text.count("pages and figures") < 10
        assert "long abstracts and comments are shortened" in text
    alone = render(edition(one), Shape(160, 0, 1))
    assert "long comments are shortened; 1 paper without" in " ".join(alone.text.split())
    assert render(edition(one)).text.count("and") > 29


def test_papers_without_abstract_are_a_list() -> None:
    """They stand below the table, in order, with the facts in small print; the rest is a table."""
    papers = [paper(n, f"Title {n}") for n in range(4)]
    page = render(edition(*papers), Shape(160, 1, 3)).html
    table, _, after = page.partition("</table>\n<div class=l>")
    assert [f"Title {n}" in table for n in range(4)] == [True, False, False, False]
    assert after.index("Title 1") < after.index("Title 2") < after.index("Title 3")
    assert after.count("Ada Example, Bo Example<br>") == after.count("</span> 9 pages</p>") == 2


def test_markup_is_lean() -> None:
    """Beside its own words a paper costs 190 bytes of page and 80 of text; a bare title 75 and 55.

    Its address and date are among them, marks are not.
    """

    def sizes(count: int, details: int) -> tuple[int, int]:
        papers = [paper(n, "", abstract="a", comment="", authors=("",)) for n in range(count)]
        rendered = render(edition(*papers), Shape(160, details, details))
        return len(rendered.html), len(rendered.text)

    for details, most_of_page, most_of_text in ((110, 190, 80), (0, 75, 55)):
        (page, text), (larger_page, larger_text) = sizes(10, details), sizes(110, details)
        assert larger_page - page <= most_of_page * 100
        assert larger_text - text <= most_of_text * 100


def test_wrapped() -> None:
    """Lines flow, or are indented after the first; a long word stands alone."""
    assert wrapped("one two three", 2, 10) == "one two\n  three"
    assert wrapped("see https://example.org/long x", 0, 10) == "see \nhttps://example.org/long \nx"


def test_what_is_new_beside_what_is_not() -> None:
    """Where there are new versions too, a paper that is new says so; elsewhere it need not."""
    updates = (Section("One", (Row(paper(1, version=3), previous_version=1),), LINK),)
    both = render(edition(paper(2), updates=updates))
    assert "\n2026-11-15, cs.LG, new\n" in both.text
    assert both.html.count(">new</span>") == 1
    alone = render(edition(paper(2)))
    assert ", new" not in alone.text
    assert ">new</span>" not in alone.html


def test_why_it_is_there() -> None:
    """The words of the keyword are marked in title and abstract, in the page alone."""
    one = paper(1, "Forecasts of time-series", abstract="A time <series> & more. Time is short.")
    section = Section("Time Series", (Row(one),), LINK, (((0, "time"), (1, "seri")),))
    rendered = render(edition(sections=(section,)))
    assert ">Forecasts of <mark>time-series</mark></a>" in rendered.html
    assert "A <mark>time &lt;series</mark>&gt; &amp; more. Time is short." in rendered.html
    assert "mark" not in rendered.text


class TestOfTheOperator:
    """Templates that replace the shipped ones."""

    def test_one_replaced(self, tmp_path: Path) -> None:
        """A template in the directory replaces the shipped one of that name, and no other."""
        (tmp_path / "digest.subject.txt").write_text("Papers of {{ digest.day }}\n")
        rendered = Templates(tmp_path).render(edition(paper(1)), whole(1), CONTACT)
        assert rendered.subject == "Papers of 2026-11-24"
        assert "Time series at noon" in rendered.html

    @pytest.mark.parametrize(
        ("text", "line", "words"),
        [
            ("one\n{% if %}\n", 2, "Expected an expression"),
            ("one\n\n{{ digest.dya }}", 3, "dya"),
            ("{{ nobody }}", 1, "'nobody' is undefined"),
            ("\n{{ 1 / 0 }}", 2, "division by zero"),
            ("\n{{ digest.day + 1 }}", 2, "unsupported operand"),
            ("\n{% include 'none.html' %}", 2, "there is no template none.html"),
            ("{% macro a() %}\n{{ a() }}{% endmacro %}{{ a() }}", 2, "recursion"),
            ("{% extends 'digest.html' %}", 1, "recursion"),
            ("{{ 'x' * 10 ** 15 }}", 1, "MemoryError"),
            ("\n{{ digest.day | nothing }}", 2, "No filter named 'nothing'"),
        ],
    )
    def test_broken(self, tmp_path: Path, text: str, line: int, words: str) -> None:
        """A broken template is named with file and line before anything is fetched."""
        (tmp_path / "digest.html").write_text(text)
        with pytest.raises(ConfigurationError) as caught:
            Templates(tmp_path).check()
        assert f"{tmp_path / 'digest.html'}:{line}" in str(caught.value)
        assert words in str(caught.value)

    @pytest.mark.parametrize("name", NAMES)
    def test_nothing_at_all(self, tmp_path: Path, name: str) -> None:
        """A template that shows nothing is broken too: nobody wants an empty mail."""
        (tmp_path / name).write_text("{# later #}\n")
        with pytest.raises(ConfigurationError, match=f"{name} is broken: it shows nothing"):
            Templates(tmp_path).check()

    def test_the_shipped_one_instead(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """For a broken one the shipped one stands in, with one warning; the others are taken."""
        (tmp_path / "digest.html").write_text(
            "one\n{% if digest.new_papers == 1 %}{{ 1 / 0 }}{% endif %}"
        )
        (tmp_path / "digest.subject.txt").write_text("Papers of {{ digest.day }}\n")
        templates = Templates(tmp_path)
        templates.try_out()
        assert not caplog.messages
        for _ in range(2):
            rendered = templates.render(edition(paper(1)), whole(1), CONTACT)
            assert rendered.html == render(edition(paper(1))).html
            assert rendered.subject == "Papers of 2026-11-24"
        (line,) = caplog.messages
        assert line.startswith("template-broken reason=")
        assert f"{tmp_path / 'digest.html'}:2" in line

    def test_found_before_it_is_needed(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Trying out names what is broken in every edition."""
        (tmp_path / "digest.txt").write_text("{{ digest.dya }}")
        Templates(tmp_path).try_out()
        assert f"{tmp_path / 'digest.txt'}:1" in caplog.text

    def test_not_text(self, tmp_path: Path) -> None:
        """A template that is no UTF-8 is said to be so."""
        (tmp_path / "digest.txt").write_bytes(b"\xff\xfe")
        with pytest.raises(ConfigurationError, match=r"digest\.txt is not UTF-8"):
            Templates(tmp_path).check()
