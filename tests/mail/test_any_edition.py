"""Whatever stands in an edition: its message is well formed, shows all, and keeps its size."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from email.message import EmailMessage
from typing import Any

from builders import START, paper
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from installation import parsed, part
from lxml import etree, html

from digest.cycle.composing import Composer, Printed
from digest.mail.fitting import SMALLEST, Shape, whole
from digest.mail.marking import phrases
from digest.mail.message import (
    HTML_LIMIT,
    LIMIT,
    Sender,
    message_id,
    recipient_head,
    share,
    shared_lines,
)
from digest.mail.rendering import Contact, Templates
from digest.model.address import address
from digest.model.edition import Edition, Notice, Row, Section
from digest.model.keyword import Keyword
from digest.model.paper import Paper
from digest.source.arxiv_api.query import ArxivLanguage, search_url
from digest.source.arxiv_api.query import wanted as looked_for
from digest.text import clean

SENDER = Sender("Daily papers <papers@example.org>")
CONTACT = Contact(SENDER.answers, SENDER.unsubscribe, SENDER.list_identifier)
TEMPLATES = Templates(None)
HEADERS = {
    *("To", "Message-ID", "Subject", "From", "Reply-To", "Date", "List-Id", "List-Unsubscribe"),
    *("Auto-Submitted", "Precedence", "MIME-Version", "Content-Type"),
}

PIECES = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.sampled_from(
        [
            *("<script>alert(1)</script>", "</td></tr></table>", "<!--", "-->", "]]>", "<mark>"),
            *('" onclick="x', "' style='x", "&lt;b&gt;", "&#10;", "{{ digest }}", "{% raw %}"),
            *("\r\n.\r\n", "\nBcc: all@example.org\n\n", "\x00", "\x85", "\u2028", "\u202e", "\r"),
            *(r"\href{javascript:x}{y}", r"\url{http://evil.example/}", "$\\mathbb{R}^n$", "\\$"),
            *("http://evil.example/", "mailto:eve@example.org", "time series", "Time-Series"),
            *("-- ", "> From ", "From me", "=?utf-8?q?x?=", "=_boundary", "x" * 300, "é" * 300),
        ]
    ),
)
TEXT = st.lists(PIECES, max_size=6).map(lambda pieces: clean(" ".join(pieces)))
NAMED = TEXT.filter(bool)


def outline(page: str) -> list[tuple[str, ...]]:
    """The elements of a page in order, each with its attributes but for where links go.

    What marks the matching words is left out: it depends on the text. So does where a line ends.
    """
    tree: Any = html.document_fromstring(page)
    return [
        (
            str(element.tag),
            *sorted(f"{k}={' '.join(v.split())}" for k, v in element.items() if k != "href"),
        )
        for element in tree.iter(etree.Element)
        if element.tag != "mark"
    ]


def targets(page: str) -> list[str]:
    """Where everything that refers to something else points."""
    tree: Any = html.document_fromstring(page)
    return [str(target) for _, _, target, _ in tree.iterlinks()]


def two_of_everything(odd: Paper, again: Paper, keyword: Keyword, reason: str) -> Edition:
    """An edition with two papers, one of them in full under another keyword, and a new version."""
    link, wanted = search_url(keyword), phrases(looked_for(keyword))
    plain = paper(7)
    return Edition(
        day=date(2026, 11, 24),
        keywords=(keyword.name, "Plain"),
        sections=(
            Section(keyword.name, (Row(odd), Row(plain)), link, wanted),
            Section("Plain", (Row(odd, full_under=keyword.name),), link, wanted),
        ),
        updates=(Section(keyword.name, (Row(again, previous_version=1),), link, wanted),),
        notices=(Notice(keyword.name, reason),),
    )


def sent(edition: Edition, shape: Shape, name: str) -> bytes:
    """The whole message to a reader of that name."""
    rendered = TEMPLATES.render(edition, shape, CONTACT)
    shared = share(rendered.subject, rendered.text, rendered.html, SENDER, START)
    to = address("ada@example.org")
    head = recipient_head(name, to, message_id(to.key, shared.edition, SENDER))
    return head.encode() + shared_lines(shared.head, shared.body)


@settings(max_examples=50, deadline=None, phases=[Phase.reuse, Phase.generate])
@given(
    title=NAMED,
    abstract=TEXT,
    comment=TEXT,
    authors=st.lists(NAMED, max_size=6),
    keyword=NAMED,
    reason=NAMED,
    name=TEXT,
)
def test_nothing_in_it_acts(
    *,
    title: str,
    abstract: str,
    comment: str,
    authors: list[str],
    keyword: str,
    reason: str,
    name: str,
) -> None:
    """The page has the elements it should have, links to arXiv alone, and the headers are ours."""
    changes: dict[str, Any] = {
        "title": title,
        "abstract": abstract or "a",
        "comment": comment or "c",
        "authors": tuple(authors) or ("A",),
    }
    odd, again = paper(1, **changes), paper(2, **changes, version=3)
    edition = two_of_everything(odd, again, Keyword(keyword), reason)
    expected = two_of_everything(paper(1), paper(2, version=3), Keyword("Plain words"), "r")
    for shape in (whole(3), Shape(20, 3, 3), Shape(20, 0, 0), SMALLEST):
        message = parsed(sent(edition, shape, name))
        assert_ours(message)
        page = part(message, "html")
        plain = part(parsed(sent(expected, shape, "")), "html")
        assert outline(page) == outline(plain)
        for target in targets(page):
            assert target.startswith("https://arxiv.org/") or target == CONTACT.unsubscribe


def assert_ours(message: EmailMessage) -> None:
    """The fields are those we write, each once, each on one line when unfolded, without defects."""
    assert sorted(message.keys()) == sorted(HEADERS)
    for field in message.values():
        assert not set(str(field)) & set("\r\n\x00")
        assert not getattr(field, "defects", ())
    assert not message.defects
    kinds = [one.get_content_type() for one in message.iter_parts()]
    assert kinds == ["text/plain", "text/html"]
    assert not any(one.defects for one in message.iter_parts())


def invented(count: int, seed: int, letters: str) -> Iterator[Paper]:
    """Yields papers of the lengths that arXiv's have, most of them short, in these letters."""
    lots = random.Random(seed)

    def words(least: int, most: int) -> str:
        sizes = [lots.randint(1, 12) for _ in range(lots.randint(least, most))]
        text = " ".join("".join(lots.choices(letters, k=size)) for size in sizes)
        return text.replace(" ", ". ", 1) + "."

    for number in range(count):
        yield paper(
            number,
            words(2, 16),
            abstract=words(20, lots.choice([60, 150, 300])),
            comment=words(1, 20) if lots.random() < 0.6 else "",
            authors=tuple(words(2, 3) for _ in range(lots.choice([1, 3, 8, 40]))),
            updated=START - timedelta(minutes=lots.randint(0, 60_000)),
            version=lots.choice([1, 1, 1, 2]),
        )


LETTERS = "abcdefghijklmnopqrstuvwxyz"
ALPHABETS = (LETTERS, LETTERS * 3 + "äéøαβ∈≤ℝ", LETTERS + "<>&\"'={}")


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.generate],  # a message is as good an example as a smaller one
)
@given(
    count=st.one_of(st.integers(1, 300), st.integers(1, 2000)),
    keywords=st.integers(1, 9),
    seed=st.integers(0, 2**32),
    letters=st.sampled_from(ALPHABETS),
)
def test_it_keeps_its_size(*, count: int, keywords: int, seed: int, letters: str) -> None:
    """From 1 to 2,000 papers each message is below 100 KB, and each paper is in one of them."""
    papers = list(invented(count, seed, letters))
    groups = [papers[n::keywords] for n in range(keywords)]
    sections = tuple(
        Section(f"Keyword {n}", tuple(map(Row, group)), search_url(Keyword(f"Keyword {n}")))
        for n, group in enumerate(groups)
        if group
    )
    edition = Edition(date(2026, 11, 24), tuple(s.keyword for s in sections), sections)
    printed = Composer(TEMPLATES, SENDER, {}, ArxivLanguage()).printed(edition, None, START)
    assert (len(printed) > 1) == (printed[0].edition.parts > 1)
    assert len(printed) <= 1 + count // 150
    messages = [whole_message(one) for one in printed]
    assert all(len(data) <= LIMIT for data in messages)
    for kind in ("plain", "html"):
        texts = [part(parsed(data), kind) for data in messages]
        assert all(len(text.encode()) <= HTML_LIMIT for text in texts)
        for one in papers:
            assert sum(one.abstract_url in text for text in texts) == 1
        for text, message in zip(texts, printed, strict=True):
            assert all(section.keyword in text for section in message.edition.sections)
            number = f"mail {message.edition.part} of {message.edition.parts}"
            assert (number in " ".join(text.split())) == (len(printed) > 1)
    for place, data in enumerate(messages, start=1):
        subject = str(parsed(data)["Subject"])
        assert f"{count} new paper" in subject
        assert (f"({place} of {len(messages)})" in subject) == (len(messages) > 1)


def whole_message(printed: Printed) -> bytes:
    """The message as a reader gets it."""
    head = recipient_head("Ada", address("ada@example.org"), message_id("ada", "x", SENDER))
    return head.encode() + shared_lines(printed.shared.head, printed.shared.body)


def test_repeats_give_way_before_a_second_message() -> None:
    """Where titles alone do not fit, a paper is named under the first of its keywords alone."""
    papers = list(invented(250, 1, LETTERS))
    link = search_url(Keyword("One"))
    first = Section("One", tuple(map(Row, papers)), link)
    second = Section("Two", tuple(Row(one, full_under="One") for one in papers), link)
    edition = Edition(date(2026, 11, 24), ("One", "Two"), (first, second))
    (printed,) = Composer(TEMPLATES, SENDER, {}, ArxivLanguage()).printed(edition, None, START)
    text = part(parsed(whole_message(printed)), "plain")
    for one in papers:
        assert text.count(f"{one.abstract_url}\n") == 1
    assert "250 more that this keyword found as well: they stand under One" in " ".join(
        text.split()
    )
