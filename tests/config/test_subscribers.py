import itertools
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.config import yaml_tree
from digest.config.subscribers import parse
from digest.errors import Mistake, MistakesError
from digest.model.keyword import Keyword
from digest.model.subscriber import Subscriptions

MINIMAL = """\
keywords:
  Diffusion:
subscribers:
  - email: ada@example.org
"""
SHIPPED = (Path(__file__).parents[2] / "subscribers.yaml").read_text()


def read(text: str) -> Subscriptions:
    """Parses `text`, which must be right."""
    return parse(text.encode(), "subscribers.yaml")


def mistakes(text: str | bytes) -> list[tuple[int, str]]:
    """The lines and sentences of all mistakes in `text`, which must have some."""
    with pytest.raises(MistakesError) as caught:
        parse(text.encode() if isinstance(text, str) else text, "subscribers.yaml")
    assert {mistake.where for mistake in caught.value.mistakes} == {"subscribers.yaml"}
    return [(mistake.line, mistake.found) for mistake in caught.value.mistakes]


def only_mistake(text: str | bytes) -> tuple[int, str]:
    """The one mistake in `text`."""
    (mistake,) = mistakes(text)
    return mistake


def keyword(value: str, name: str = "Diffusion") -> Keyword:
    """The keyword that `name: value` makes."""
    return read(MINIMAL.replace("Diffusion:", f"{name}: {value}")).keywords[0]


def keyword_mistake(value: str, name: str = "Diffusion") -> str:
    """Returns the mistake in the keyword `name: value`."""
    line, found = only_mistake(MINIMAL.replace("Diffusion:", f"{name}: {value}"))
    assert line == 2
    return found


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", Keyword("Diffusion", ("title", "abstract"), in_both=False)),
        ("{}", Keyword("Diffusion", ("title", "abstract"), in_both=False)),
        ("~", Keyword("Diffusion", ("title", "abstract"), in_both=False)),
        ("{in: title}", Keyword("Diffusion", ("title",))),
        ("{in: [abstract]}", Keyword("Diffusion", ("abstract",))),
        ("{in: [abstract, title]}", Keyword("Diffusion", ("title", "abstract"), in_both=True)),
        ("{match: all}", Keyword("Diffusion", match="all")),
        ("{match: phrase}", Keyword("Diffusion", match="phrase")),
        (
            "{categories: [cs, math-ph, stat.ML, cond-mat.mtrl-sci, physics.acc-ph]}",
            Keyword(
                "Diffusion",
                categories=("cs", "math-ph", "stat.ML", "cond-mat.mtrl-sci", "physics.acc-ph"),
            ),
        ),
        ("{categories: cs.LG}", Keyword("Diffusion", categories=("cs.LG",))),
        ("{exclude: [heat  equation, 2D]}", Keyword("Diffusion", exclude=("heat equation", "2D"))),
        ("{query: 'ti:\"a b\" AND cat:cs.*'}", Keyword("Diffusion", query='ti:"a b" AND cat:cs.*')),
    ],
)
def test_keyword(value: str, expected: Keyword) -> None:
    """A keyword is searched for as its mapping says, and anywhere as a phrase without one."""
    assert keyword(value) == expected


@pytest.mark.parametrize("name", ["No", "null", "2048", "1e3", "07:30", "λ-calculus", "C++"])
def test_keyword_name_stays_text(name: str) -> None:
    """A name that YAML would take for a number or a boolean stays what was written."""
    assert keyword("", name).name == name


def test_keyword_name_is_cleaned() -> None:
    """Spaces and line breaks in a name are folded."""
    assert keyword("", '"Graph \\n  Networks"').name == "Graph Networks"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("{in: [title, abstrct]}", "in: 'abstrct' is not allowed; write title or abstract"),
        ("{in: []}", "in: the list is empty; put something in it, or leave the key out"),
        ("{in: [title, title]}", "in: 'title' is listed twice"),
        ("{in: }", "in: there is nothing after the colon"),
        ("{in: {title: yes}}", "in: write a list such as [a, b] here; `title: …` stands here"),
        ("{match: any}", "match: 'any' is not allowed; write phrase or all"),
        ("{match: [all]}", "match: write one value here; a list stands here"),
        ("{exclude: [[heat]]}", "exclude: write texts in this list; a list is in it"),
        ("{exclude: [heat, ~]}", "exclude: write texts in this list; nothing is in it"),
        ("{exclude: ['--']}", "there is no letter and no digit in '--' to search for"),
        ("{query: ''}", "there is no letter and no digit in '' to search for"),
        ("{query: x, in: title}", "query: it stands alone; leave in out, or the query"),
        (
            "{query: x, match: all, categories: cs, exclude: y}",
            "query: it stands alone; leave match and categories and exclude out, or the query",
        ),
        ("{categorys: [cs]}", "unknown key 'categorys'; did you mean 'categories'?"),
        (
            "{z: 1}",
            "unknown key 'z'; the keyword 'Diffusion' can have in, match, categories,",
        ),
        (
            "all",
            "the keyword 'Diffusion' has lines such as `in: …` (in, match, categories,",
        ),
    ],
)
def test_keyword_mistake(value: str, found: str) -> None:
    """A keyword's mistake says what was found and what is allowed."""
    assert keyword_mistake(value).startswith(found)


@pytest.mark.parametrize(
    ("category", "found"),
    [
        ("cs.ML", "is no arXiv category; did you mean stat.ML or cs.LG?"),
        ("cs.ai", "is no arXiv category; did you mean cs.AI?"),
        ("CS", "is no arXiv category; did you mean cs?"),
        ("cs.", "is no arXiv category; did you mean cs?"),
        ("cs LG", "is no arXiv category; did you mean cs.LG?"),
        ("cat:cs", "is no arXiv category; did you mean cs?"),
        ("cs.*", "is no arXiv category; did you mean cs?"),
        ("cmp-lg", "is an archive that arXiv has closed; write cs.CL"),
        ("cs.XX", "is no arXiv category; https://arxiv.org/category_taxonomy lists them"),
        ("foo", "is no arXiv category; https://arxiv.org/category_taxonomy lists them"),
    ],
)
def test_category_mistake(category: str, found: str) -> None:
    """Only an archive or category of arXiv's is taken; what was meant is named where it shows."""
    said = keyword_mistake(f"{{categories: ['{category}']}}")
    assert said.startswith(f"categories: '{category}' {found}")


@pytest.mark.parametrize("text", ["cs, stat.ML", "cs stat.ML", "[cs, stat.ML]", "['cs,stat.ML']"])
def test_categories_as_one_text(text: str) -> None:
    """Categories can be one text with commas or spaces."""
    assert keyword(f"{{categories: {text if '[' in text else repr(text)}}}").categories == (
        "cs",
        "stat.ML",
    )


def test_nothing_to_search_for() -> None:
    """A name without letter or digit is a mistake, unless a query says what to search for."""
    assert keyword_mistake("", '"***"') == (
        "there is no letter and no digit in '***' to search for"
    )
    assert keyword("{query: cat:cs.LG}", '"***"').name == "***"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("(ti:a", "a parenthesis is not closed: (ti:a"),
        ("ti:a AND", "a term is missing after AND: ti:a AND"),
        ("ti:", "the query has no word to look for"),
        ("ti:*x", "a wildcard cannot begin a word of ti"),
        ("submittedDate:[x TO y]", "a range of dates is written submittedDate:[20261101 TO"),
    ],
)
def test_a_query_that_cannot_be_read(query: str, found: str) -> None:
    """A query that arXiv would refuse is a mistake, with the place in it."""
    assert keyword_mistake(f"{{query: '{query}'}}").startswith(
        f"query: arXiv cannot read it, since {found}"
    )


def test_a_query_without_a_letter() -> None:
    """A query without a letter is one mistake, not two."""
    assert keyword_mistake("{query: '***'}") == (
        "there is no letter and no digit in '***' to search for"
    )


def test_keyword_without_name() -> None:
    """An empty name is a mistake, with a query too."""
    assert keyword_mistake("", '""') == "this keyword has no name"
    assert keyword_mistake("{query: all:x}", '" "') == "this keyword has no name"


def test_keywords_that_differ_in_case() -> None:
    """Two names that differ in case or spaces alone are one too many."""
    text = MINIMAL.replace("Diffusion:", "Diffusion:\n  Image Caption:\n  'image  CAPTION':")
    line, found = only_mistake(text)
    assert line == 4
    assert found == "the keyword 'image CAPTION' is that of line 3, but for case or spaces"


def test_built_in_defaults() -> None:
    """A subscriber of whom only the address is known has all keywords, on weekdays at 8 in UTC."""
    subscriptions = read(MINIMAL)
    (ada,) = subscriptions.subscribers
    assert (ada.email, ada.name, ada.keywords) == ("ada@example.org", "", ("Diffusion",))
    assert (ada.schedule.at, ada.timezone, ada.schedule.days) == (
        time(8),
        ZoneInfo("UTC"),
        frozenset(range(5)),
    )
    assert not ada.updates
    assert not ada.empty
    assert (subscriptions.first_days, subscriptions.timezone) == (7, ZoneInfo("UTC"))


def test_defaults_and_subscribers() -> None:
    """A subscriber's value wins over `defaults`, and that over the built-in one."""
    subscriptions = read("""\
keywords: {B: , A: , C: }
defaults: {at: 06:45, timezone: Asia/Tokyo, days: [sun, tue], updates: section, empty: send,
           first_days: 30}
subscribers:
  - email: ada@example.org
  - {email: bob@example.org, name: "Bob ", keywords: [A, B], at: "23:59", timezone: Europe/Berlin,
     days: mon, updates: ignore, empty: skip}
""")
    ada, bob = subscriptions.subscribers
    assert (ada.schedule.at, ada.timezone, ada.schedule.days) == (
        time(6, 45),
        ZoneInfo("Asia/Tokyo"),
        frozenset({1, 6}),
    )
    assert ada.updates
    assert ada.empty
    assert ada.keywords == ("B", "A", "C")
    assert (bob.schedule.at, bob.timezone, bob.schedule.days) == (
        time(23, 59),
        ZoneInfo("Europe/Berlin"),
        frozenset({0}),
    )
    assert not bob.updates
    assert not bob.empty
    assert (bob.name, bob.keywords) == ("Bob", ("B", "A"))
    assert (subscriptions.first_days, subscriptions.timezone) == (30, ZoneInfo("Asia/Tokyo"))


def test_empty_defaults() -> None:
    """The section `defaults` may stand there with nothing in it."""
    assert read(MINIMAL + "defaults:\n") == read(MINIMAL)


def test_keyword_by_name() -> None:
    """A keyword is found by its name; another name is a KeyError."""
    subscriptions = read(SHIPPED)
    assert subscriptions.keyword("Trajectory").in_both
    with pytest.raises(KeyError):
        subscriptions.keyword("trajectory")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("at: '24:00'", """at: '24:00' is no time of day; write one from "00:00" to "23:59\""""),
        ("at: 27000", """at: '27000' is no time of day; write one from "00:00" to "23:59\""""),
        ("at: '٠٧:٣٠'", """at: '٠٧:٣٠' is no time of day; write one from "00:00" to "23:59\""""),
        ("at: [1]", "at: write one value here; a list stands here"),
        (
            "timezone: europe/berlin",
            "timezone: 'europe/berlin' is no time zone of the IANA database; did you mean 'Europe",
        ),
        (
            "timezone: '#'",
            "timezone: '#' is no time zone of the IANA database; write one such as Europe/Berlin",
        ),
        ("days: [mon, mo]", "days: 'mo' is no day; write mon, tue, wed, thu, fri, sat or sun"),
        ("days: mon mo", "days: 'mon mo' is no day; write mon, tue, wed, thu, fri, sat or sun"),
        ("days: weekly", "days: 'weekly' is no day; write the one that is meant, such as mon"),
        ("days: []", "days: the list is empty; put something in it, or leave the key out"),
        ("updates: all", "updates: 'all' is not allowed; write ignore or section"),
        ("empty: maybe", "empty: 'maybe' is not allowed; write skip or send"),
        ("most: 0", "most: '0' is not allowed; write a number from 1 to 10000"),
        ("most: all", "most: 'all' is not allowed; write a number from 1 to 10000"),
        ("pause: 2027-01-06", "pause: '2027-01-06' is not allowed; write `2026-12-24 to 2027-01-"),
        ("pause: winter", "pause: 'winter' is not allowed; write `2026-12-24 to 2027-01-06` or `u"),
        (
            "pause: 2027-01-06 to 2026-12-24",
            "pause: '2027-01-06 to 2026-12-24' is no pause: it ends (2026-12-24) before it begins",
        ),
        ("pause: until 2026-02-30", "pause: 'until 2026-02-30' is no pause: there is no day 2026"),
        ("name:", "name: there is nothing after the colon"),
        ('name: "a\\nb"', "name: there is a line break or a control character in it; leave it out"),
        ('name: "a\\eb"', "name: there is a line break or a control character in it; leave it out"),
        ('name: "\\L"', "name: there is a line break or a control character in it; leave it out"),
        (f"name: {'N' * 101}", "name: it has 101 characters; write at most 100"),
        ("keywords: [Difusion]", "keywords: 'Difusion' is not a keyword of this file;"),
        ("keywords: [x]", "keywords: 'x' is not a keyword of this file"),
        ("keywords: [Diffusion, Diffusion]", "keywords: 'Diffusion' is listed twice"),
        ("keywords: []", "keywords: the list is empty; put something in it, or leave the key out"),
        ("tiemzone: UTC", "unknown key 'tiemzone'; did you mean 'timezone'?"),
        ("email: b@example.org", "'email' stands here a second time, first in line 4"),
    ],
)
def test_subscriber_mistake(line: str, found: str) -> None:
    """A subscriber's mistake has its line, what was found and what is allowed."""
    at, said = only_mistake(MINIMAL + f"    {line}\n")
    assert at == 5
    assert said.startswith(found)


@pytest.mark.parametrize(
    "zone", ["", "Europe", "/etc/localtime", "../UTC", "Europe/../UTC", "zone.tab", "x" * 5000]
)
def test_timezone_is_no_path(zone: str) -> None:
    """A time zone that names a path, a folder or another file is a mistake like any other."""
    _, found = only_mistake(MINIMAL + f"    timezone: '{zone}'\n")
    assert "is no time zone of the IANA database" in found


@pytest.mark.parametrize("days", ["36501", "-1", "seven", "7.5", "1" * 5000, "''", "٣"])
def test_first_days_mistake(days: str) -> None:
    """`first_days` is a number from 0 to 36500."""
    line, found = only_mistake(MINIMAL + f"defaults:\n  first_days: {days}\n")
    assert line == 6
    assert found.endswith("is not allowed; write a number from 0 to 36500")


@pytest.mark.parametrize(
    "email",
    [
        "ada@example.org",
        "Ada.Byron+papers@mail.example.org",
        "ada@localhost",
        "ada@lab.test",
        "ada@mail.local",
        "ada@sub.invalid",
        "ädä@bücher.example",
        "用户@例子.example",
    ],
)
def test_address(email: str) -> None:
    """Addresses are kept, also of reserved domains and in any script."""
    assert read(MINIMAL.replace("ada@example.org", email)).subscribers[0].email == email


@pytest.mark.parametrize(
    "email",
    [
        "ada",
        "'@example.org'",
        "ada@",
        "ada@example",
        "'ada@exa mple.org'",
        "'ada@example.org, bob@example.org'",
        "Ada <ada@example.org>",
        '"ada@example.org\\r\\nBcc: eve@example.org"',
        "ada@[127.0.0.1]",
        "ada@127.0.0.1",
        "'ada..byron@example.org'",
        "ada@-.local",
        f"{'a' * 250}@example.org",
        "''",
    ],
)
def test_address_mistake(email: str) -> None:
    """A text that cannot be an address is a mistake that says why, on one line."""
    line, found = only_mistake(MINIMAL.replace("ada@example.org", email))
    assert line == 4
    assert "is no mail address: " in found
    assert "\n" not in found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@example.org", "ADA@Example.ORG"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@bücher.example", "ada@BÜCHER.example"),
        ("j\u00fcrgen@example.org", "ju\u0308rgen@example.org"),
        ("ada@mail.local", "Ada@MAIL.local"),
        ("straße@example.org", "STRASSE@example.org"),
    ],
)
def test_one_address_twice(one: str, other: str) -> None:
    """Two ways of writing one address are one subscriber too many."""
    first = read(MINIMAL.replace("ada@example.org", one)).subscribers[0]
    second = read(MINIMAL.replace("ada@example.org", other)).subscribers[0]
    assert first.address_key == second.address_key
    text = MINIMAL.replace("ada@example.org", one) + f"  - email: {other}\n"
    line, found = only_mistake(text)
    assert line == 5
    assert found.endswith("is subscribed in line 4 already")


def test_address_without_email() -> None:
    """A subscriber needs an address."""
    line, found = only_mistake("keywords: {A: }\nsubscribers:\n  - name: Ada\n")
    assert (line, found) == (3, "email: this subscriber has no address; every subscriber needs one")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(1, "the file is empty")]),
        ("# nothing\n", [(1, "the file is empty")]),
        ("---\n...\n", [(1, "the file is empty")]),
        ("~", [(1, "the file is empty")]),
        ("\n- a\n", [(2, "the file has lines such as `keywords: …` (keywords, defaults or sub")]),
        ("text", [(1, "the file has lines such as `keywords: …` (keywords, defaults or sub")]),
        ("{}", [(1, "there is no section keywords"), (1, "there is no section subscribers")]),
        (
            "keywords:\nsubscribers:\n",
            [
                (1, "keywords: there is nothing after the colon"),
                (2, "subscribers: there is nothing after the colon"),
            ],
        ),
        (
            "keywords: {}\nsubscribers: []\n",
            [(1, "keywords: there is none"), (2, "subscribers: there is none")],
        ),
        (
            "keywords: [[A]]\nsubscribers: {name: Ada}\n",
            [(1, "keywords: write a name here; a list"), (2, "subscribers: write a list here, ")],
        ),
        (MINIMAL + "  - [b@example.org]\n", [(5, "a subscriber has lines such as `email: …` (em")]),
        (MINIMAL + "  -\n", [(5, "a subscriber has lines such as `email: …` (email, name, ")]),
        (MINIMAL + "defaults: [at]\n", [(5, "defaults has lines such as `at: …` (at, timezone")]),
        (MINIMAL + "default: {}\n", [(5, "unknown key 'default'; did you mean 'defaults'?")]),
        (MINIMAL + "defaults: {email: x}\n", [(5, "unknown key 'email'; ")]),
        (MINIMAL + "keywords:\n  B:\n", [(5, "'keywords' stands here a second time")]),
        (MINIMAL + "---\na: 1\n---\nb: 1\n", [(5, "a second document begins here")]),
        ("keywords:\n\tA:\n", [(2, "a tab stands where only spaces may indent")]),
        ("keywords:\n  A:\n \tB:\n", [(3, "a tab stands where only spaces may indent")]),
        (MINIMAL + "    name: [Ada\n", [(5, "this is not YAML: ")]),
        (MINIMAL + "    name: 'Ada\n", [(5, "this is not YAML: ")]),
        (MINIMAL + "    name: Ada: Byron\n", [(5, "this is not YAML: ")]),
        (MINIMAL + "    name: Ada\x07\n", [(5, "the character U+0007 may not stand in YAML")]),
        (MINIMAL + "    ? [a]\n    : b\n", [(5, "a key must be a text")]),
        (MINIMAL + "    name: &n Ada\n", [(5, "an anchor ('&n') is not allowed")]),
        (MINIMAL + "    name: !!python/name:os.x Ada\n", [(5, "a tag ('tag:yaml.org,2002:python")]),
        (MINIMAL + "    !!str name: Ada\n", [(5, "a tag ('tag:yaml.org,2002:str') is")]),
        (MINIMAL + "    keywords: [!k Diffusion]\n", [(5, "a tag ('!k') is not allowed")]),
        (MINIMAL + "defaults: !d {at: x}\n", [(5, "a tag ('!d') is not allowed")]),
        ("!f {keywords: {A: }, subscribers: []}", [(1, "a tag ('!f') is not allowed")]),
        (MINIMAL + '    name: "\\U00110000"\n', [(5, "this is not YAML: ")]),
        (MINIMAL + "    name: !Ada\n", [(5, "a tag ('!Ada') is not allowed")]),
        (MINIMAL + "    <<: {name: Ada}\n", [(5, "a merge key (<<) is not allowed")]),
        (
            "keywords: &k {A: }\nsubscribers:\n  - email: a@example.org\n    keywords: *k\n",
            [(1, "an anchor ('&k') is not allowed"), (4, "an alias ('*k') is not allowed")],
        ),
        (
            "keywords: &k [*k]\n",
            [
                (1, "an anchor ('&k')"),
                (1, "an alias ('*k')"),
                (1, "there is no section subscribers"),
            ],
        ),
        ("[" * 100_000, [(1, "this is nested more than 12 levels deep")]),
        ("{a: " * 100_000, [(1, "this is nested more than 12 levels deep")]),
        ("- " * 100_000, [(1, "this is nested more than 12 levels deep")]),
    ],
)
@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml_tree._LOADER])
def test_file_mistake(
    text: str, expected: list[tuple[int, str]], loader: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is no YAML, or YAML of another kind, is told where and why, by either parser."""
    monkeypatch.setattr(yaml_tree, "_LOADER", loader)
    found = mistakes(text)
    assert [line for line, _ in found] == [line for line, _ in expected]
    for (_, said), (_, begins) in zip(found, expected, strict=True):
        assert said.startswith(begins)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("keywords：\n  - A\nsubscribers: [b@c.org]\n", 1, "U+FF1A (fullwidth colon) stands"),
        ("keywords: [A]\nsubscribers:\n  - email： b@c.org\n", 3, "U+FF1A (fullwidth colon)"),
        ("keywords:\n\u3000- A\nsubscribers: [b@c.org]\n", 2, "U+3000 (ideographic space) ind"),
        ("keywords:\n  \u3000- A\nsubscribers: [b@c.org]\n", 2, "indent it with plain spaces"),
        ("keywords:\n\xa0\xa0- A\nsubscribers: [b@c.org]\n", 2, "U+00A0 (no-break space) ind"),
        ("keywords:\n  － A\nsubscribers: [b@c.org]\n", 2, "write a plain hyphen and a space"),
    ],
)
def test_characters_that_only_look_like_those_of_yaml(text: str, line: int, words: str) -> None:
    """A colon, space or dash from an East Asian keyboard is named with its line."""
    at, said = only_mistake(text)
    assert at == line
    assert words in said


def test_wide_characters_within_a_text_are_letters() -> None:
    """In the middle of a text they stand for themselves."""
    known = parse("keywords: ['素粒子：μ\u3000粒子']\nsubscribers: [b@c.org]\n".encode(), "s")
    assert len(known.keywords) == 1


@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml_tree._LOADER])
@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("keywords: [A\nsubscribers: [b]\n", 2, "a list begun with [ lacks a comma, or the ]"),
        ("keywords: {A: {in: title\n  B:\n", 2, "what was begun with { lacks a comma, or the }"),
        ("keywords: 'A\n", 1, "a quotation mark has no second one"),
        ("keywords:\n  A: all: b\n", 2, "a colon followed by a space makes a key"),
        ("keywords:\n  A:x\n  B: y\n", 3, "a colon followed by a space makes a key"),
        ("keywords: - A\n", 1, "a list begins on a line of its own"),
        ("keywords: @A\n", 1, "no text may begin with this character"),
        ('keywords: "a\\q"\n', 1, "there is no such escape"),
        ("subscribers:\n  - email: x\n   name: y\n", 3, "this line begins farther left or right"),
        ("keywords:\n  A:\n B:\n", 3, "this line begins farther left or right"),
        ("keywords: ]\n", 1, "a bracket or a comma stands where a value should be"),
    ],
)
def test_slips_of_syntax(
    text: str, line: int, words: str, loader: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slip of syntax is told in plain words, the same by either parser."""
    monkeypatch.setattr(yaml_tree, "_LOADER", loader)
    at, said = only_mistake(text)
    assert at == line
    assert said.startswith(f"this is not YAML: {words}")


def test_encoding() -> None:
    """A byte order mark is passed over; a byte that is not UTF-8 is named with its place."""
    assert parse(b"\xef\xbb\xbf" + MINIMAL.encode(), "f") == read(MINIMAL)
    line, found = only_mistake(MINIMAL.encode() + b"    name: Ren\xe9\n")
    assert line == 5
    assert found == "byte 0xe9 at offset 76 is not UTF-8; save the file as UTF-8"
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        assert only_mistake(MINIMAL.encode(encoding)) == (
            1,
            "it is UTF-16, which Windows calls Unicode; save the file as UTF-8",
        )


def test_windows_line_ends() -> None:
    """Lines may end as they do on Windows, and are counted the same."""
    assert read(SHIPPED.replace("\n", "\r\n")) == read(SHIPPED)
    assert only_mistake(MINIMAL.replace("\n", "\r\n") + "    at: x\r\n")[0] == 5


def test_all_mistakes_at_once() -> None:
    """Every mistake is reported, in the order of the lines."""
    found = mistakes("""\
subscribers:
  - email: ada@example.org
    at: dawn
  - email: ADA@example.org
    keywords: [B, C]
    days: [mon, someday]
  - name: Eve
default: {}
keywords:
  A: {match: any}
  B:
  "?": {in: title, out: abstract}
""")
    assert [line for line, _ in found] == [3, 4, 5, 6, 7, 8, 10, 12, 12]


def test_mistaken_keyword_is_known() -> None:
    """A subscriber may name a keyword that has a mistake: that is one mistake, not two."""
    text = MINIMAL.replace("Diffusion:", "Diffusion: 7") + "    keywords: [Diffusion]\n"
    assert only_mistake(text)[0] == 2


def test_error_names_the_file() -> None:
    """The error has one line for each mistake, with file and line in front."""
    with pytest.raises(MistakesError) as caught:
        parse(b"keywords:\n  A:\n", "etc/readers.yaml")
    assert str(caught.value) == (
        "etc/readers.yaml:1: there is no section subscribers; it lists who gets mail"
    )
    assert caught.value.exit_status == 78


def outcome(data: bytes) -> tuple[Mistake, ...]:
    """The mistakes in `data`; none where it is right."""
    try:
        parse(data, "f")
    except MistakesError as error:
        return error.mistakes
    return ()


def assert_presentable(mistakes: tuple[Mistake, ...]) -> None:
    """Every mistake has a line, in order, and is one printable line of text."""
    lines = [mistake.line for mistake in mistakes]
    assert lines == sorted(lines)
    assert min(lines, default=1) >= 1
    assert all(mistake.found.isprintable() for mistake in mistakes)


@settings(deadline=None)
@given(st.binary())
@example(b"\xff\xfe")
@example(b"%YAML 1." + b"9" * 5000 + b"\n---\na")
@example(b'"\\U00110000"')
@example(b'"\\uD800": {query: "\\uD800"}')
@example(b"!<tag:%ff> x")
def test_any_bytes(data: bytes) -> None:
    """No bytes do more harm than a mistake."""
    assert_presentable(outcome(data))


SNIPPETS = st.sampled_from(
    ["&a ", "*a", "!!str ", "!<%ff>", "---\n", "...\n", "\t", "'", '"', "|\n", ">", "{", "}", "[",
     "]", ": ", "? ", "- ", "\n", "  ", '"\\ud800"', "\u2028", "\x85", "~", "<<: ", "#", "@", "`"]
)  # fmt: skip


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(SHIPPED)), st.just("") | SNIPPETS | st.text()), max_size=5
    )
)
@example([(258, "<<: "), (258, "\uaaf7")])
def test_any_slip(slips: list[tuple[int, str]]) -> None:
    """No slip of the hand in a good file does more harm than a mistake."""
    text = SHIPPED
    for place, snippet in slips:
        text = text[:place] + snippet + text[place + (not snippet) :]
    assert_presentable(outcome(text.encode()))


def test_sections_in_any_order() -> None:
    """A file says the same whichever of its sections comes first."""
    keywords = "keywords: {A: , B: }\n"
    defaults = 'defaults: {at: "06:00", timezone: Asia/Tokyo}\n'
    subscribers = "subscribers:\n- email: ada@example.org\n- {email: b@example.org, keywords: B}\n"
    said = {
        repr(parse("".join(sections).encode(), "x"))
        for sections in itertools.permutations((keywords, defaults, subscribers))
    }
    assert len(said) == 1


@pytest.mark.parametrize("before", [True, False])
def test_mistakes_in_any_order(before: bool) -> None:
    """A mistake is reported once, wherever its section stands."""
    defaults = "defaults: {at: dawn}\n"
    rest = "keywords: {A: }\nsubscribers:\n- {email: a@example.org, keywords: [B]}\n- nobody\n"
    text = defaults + rest if before else rest + defaults
    with pytest.raises(MistakesError) as raised:
        parse(text.encode(), "x")
    found = sorted(mistake.found for mistake in raised.value.mistakes)
    assert len(found) == 3
    assert ["dawn" in found[0], "'B'" in found[2], "nobody" in found[1]] == [True] * 3


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_each_order_of_the_sections_is_read_once(
    order: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every order of its sections a file says the same, and it is read once."""
    sections = (
        "keywords: [A, B]\n",
        "defaults: {at: '09:30', days: monthly, pause: until 2027-01-06, most: 30}\n",
        """subscribers:
  - a@example.org
  - {email: b@example.org, at: '10:00', pause: no, keywords: [B]}
  - {email: c@example.org, days: fri}
  - {email: d@example.org, days: fri}
""",
    )
    expected = read("".join(sections))
    assert [f"{one.schedule.at:%H:%M}" for one in expected.subscribers] == [
        *("09:30", "10:00", "09:30", "09:30")
    ]
    loads: list[str] = []
    loader = yaml_tree._LOADER

    def counted(text: str) -> object:
        loads.append(text)
        return loader(text)

    monkeypatch.setattr(yaml_tree, "_LOADER", counted)
    found = read("".join(sections[number] for number in order))
    assert found == expected
    assert found.subscribers[2].schedule is found.subscribers[3].schedule
    assert len(loads) == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_wrong_schedule_is_told_once(order: tuple[int, ...]) -> None:
    """A mistake in a subscriber's schedule is found wherever the defaults stand."""
    sections = ("defaults: {at: '09:30'}\n", "subscribers:\n  - {email: a@b.org, at: noonish}\n")
    _, said = only_mistake("keywords: [A]\n" + "".join(sections[number] for number in order))
    assert "noonish" in said
