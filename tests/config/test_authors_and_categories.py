"""Keywords for authors and for whole categories: the forms that are taken, and the mistakes."""

import pytest

from digest.config.subscribers import parse
from digest.errors import MistakesError
from digest.model.keyword import Keyword


def keyword(value: str) -> Keyword:
    """The keyword `K` with a value in YAML's flow style."""
    (found,) = parse(_file(value), "s.yaml").keywords
    return found


def mistakes(value: str) -> list[str]:
    """The sentences about the keyword `K`, all of them with its line."""
    with pytest.raises(MistakesError) as caught:
        parse(_file(value), "s.yaml")
    assert {mistake.line for mistake in caught.value.mistakes} == {2}
    return [mistake.found for mistake in caught.value.mistakes]


def _file(value: str) -> bytes:
    return f"keywords:\n  K: {value}\nsubscribers: [ada@example.org]\n".encode()


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("{author: Emmy Noether}", ["Emmy Noether"]),
        ("{author: ' Emmy   Noether '}", ["Emmy Noether"]),
        ("{author: 'Noether, Emmy'}", ["Noether, Emmy"]),
        ("{author: [Emmy Noether, 'Artin, Emil']}", ["Emmy Noether", "Artin, Emil"]),
        ("{author: Emmy Noether and Emil Artin}", ["Emmy Noether", "Emil Artin"]),
        ("{author: 'Noether, E.; Artin, E.'}", ["Noether, E.", "Artin, E."]),
        ("{author: Emmy Noether & Emil Artin}", ["Emmy Noether", "Emil Artin"]),
        ("{author: 'A Bee, C Dee, E Eff'}", ["A Bee", "C Dee", "E Eff"]),
        ("{author: [Emmy Noether, EMMY NOETHER]}", ["Emmy Noether"]),
        ("{author: 'Smith, James, Jr.'}", ["Smith, James, Jr."]),
        ("{author: 'van der Waals, Johannes Diderik'}", ["van der Waals, Johannes Diderik"]),
        ("{author: '\"Wei Zhang\"'}", ['"Wei Zhang"']),
        ("{author: 张伟}", ["张伟"]),
        ("{author: ATLAS Collaboration}", ["ATLAS Collaboration"]),
        ("{author: No}", ["No"]),
    ],
)
def test_authors(value: str, names: list[str]) -> None:
    """Names are taken as people write them: one, a list, or a text with several."""
    assert keyword(value) == Keyword("K", author=tuple(names))


def test_author_with_more() -> None:
    """Categories and excluded phrases can stand beside an author."""
    assert keyword("{author: A Z, categories: cs, exclude: [x y]}") == Keyword(
        "K", author=("A Z",), categories=("cs",), exclude=("x y",)
    )


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("{author: }", "author: there is nothing after the colon"),
        ("{author: []}", "author: the list is empty"),
        ("{author: {first: A}}", "author: write a list such as [a, b] here"),
        ("{author: '123'}", "author: there is no letter in '123'; write a name, such as"),
        ("{author: 0000-0001-2345-678X}", "author: '0000-0001-2345-678X' is an identifier; write"),
        ("{author: 'orcid.org/0000-0001-2345-6789'}", "author: 'orcid.org/0000-0001-2345-6789' is"),
        ("{author: noether_e_1}", "author: 'noether_e_1' is an identifier; write the author's"),
        ("{author: del_maestro}", "author: 'del_maestro' has _ in it; write the name alone"),
        ("{author: 'au:noether'}", "author: 'au:noether' has : in it; write the name alone"),
        ("{author: noeth*}", "author: 'noeth*' has * in it; write the name alone"),
        ("{author: 'Erd\\H{o}s'}", "author: 'Erd\\H{o}s' has \\ in it; write the name alone"),
        ("{author: 'A \"B\" C'}", 'author: \'A "B" C\' has " in it; write the name alone'),
        (f"{{author: {'a' * 101}}}", "author: 'aaaa"),
        ("{author: 'Emmy Noether, Emil Artin'}", "author: 'Emmy Noether, Emil Artin' can be one"),
        ("{author: Noether, Emmy}", 'author: a name with a comma needs quotes: write "Noether, E'),
        ("{author: Noether, Emmy, categories: cs}", "author: a name with a comma needs quotes"),
        ("{authors: Emmy}", "unknown key 'authors'; did you mean 'author'?"),
        ("{author: A Z, in: title, match: all}", "author: only categories and exclude can stand"),
        (
            "{author: A Z, category: cs}",
            "author: only categories and exclude can stand beside it; w",
        ),
        ("{author: A Z, query: 'all:x'}", "query: it stands alone; leave author out, or the query"),
    ],
)
def test_author_mistake(value: str, found: str) -> None:
    """A text that is no name, or not alone, is one mistake that says what to write."""
    (said,) = mistakes(value)
    assert said.startswith(found)


def test_too_many_authors() -> None:
    """A keyword has at most twenty authors."""
    names = [f"Ada N{'x' * number}" for number in range(21)]
    assert len(keyword(f"{{author: [{', '.join(names[:20])}]}}").author) == 20
    assert mistakes(f"{{author: [{', '.join(names)}]}}") == [
        "author: these are 21 authors; write at most 20, and further keywords"
    ]


def test_all_wrong_names_at_once() -> None:
    """Each wrong name of a list is told."""
    assert len(mistakes("{author: [noeth*, '7', Emmy Noether]}")) == 2


@pytest.mark.parametrize(
    ("value", "categories"),
    [
        ("{category: math.NT}", ["math.NT"]),
        ("{category: hep-th}", ["hep-th"]),
        ("{category: [cs, math-ph]}", ["cs", "math-ph"]),
        ("{category: 'math.NT, math.AG'}", ["math.NT", "math.AG"]),
        ("{category: math.NT math.AG}", ["math.NT", "math.AG"]),
    ],
)
def test_categories(value: str, categories: list[str]) -> None:
    """A category, an archive, or several of them."""
    assert keyword(value) == Keyword("K", category=tuple(categories))


def test_category_with_more() -> None:
    """Excluded phrases can stand beside a category."""
    assert keyword("{category: cs, exclude: x}") == Keyword("K", category=("cs",), exclude=("x",))


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("{category: }", "category: there is nothing after the colon"),
        ("{category: math.XX}", "category: 'math.XX' is no arXiv category"),
        ("{category: cmp-lg}", "category: 'cmp-lg' is an archive that arXiv has closed; write cs"),
        ("{category: cs.lg}", "category: 'cs.lg' is no arXiv category; did you mean cs.LG?"),
        (
            "{category: cs, categories: math}",
            "category: only exclude can stand beside it; leave ca",
        ),
        ("{category: cs, in: title}", "category: only exclude can stand beside it; leave in out"),
        (
            "{category: cs, query: 'all:x'}",
            "query: it stands alone; leave category out, or the query",
        ),
    ],
)
def test_category_mistake(value: str, found: str) -> None:
    """A text that is no category, or a key beside it, is one mistake."""
    (said,) = mistakes(value)
    assert said.startswith(found)


@pytest.mark.parametrize("value", ["{author: A Z}", "{category: cs}"])
def test_any_heading(value: str) -> None:
    """The name of such a keyword is a heading, so it needs no letter; but there must be one."""
    (found,) = parse(_file(value).replace(b"K:", b"'***':"), "s.yaml").keywords
    assert found.name == "***"
    with pytest.raises(MistakesError, match="this keyword has no name"):
        parse(_file(value).replace(b"K:", b"'':"), "s.yaml")
