"""The line of authors as people type it, and the names in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.source.authors import split_authors
from digest.text import clean


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Ida Example", ["Ida Example"]),
        ("Ida Example, Bo van der Test", ["Ida Example", "Bo van der Test"]),
        ("Ida Example and Bo Test", ["Ida Example", "Bo Test"]),
        ("Ida Example, Cy Third, and Bo Test", ["Ida Example", "Cy Third", "Bo Test"]),
        (r"A. One & B. Two \& C. Three", ["A. One", "B. Two", "C. Three"]),
        ("A. One; B. Two,,C. Three , and", ["A. One", "B. Two", "C. Three"]),
        ("A. One (1), B. Two (1 and 2) ((1) Here, There, (2) Where)", ["A. One", "B. Two"]),
        ("A. One (Here (There (Where)), Now), B. Two", ["A. One", "B. Two"]),
        ("A. One (Here, B. Two", ["A. One Here", "B. Two"]),
        ("A. One), B. Two", ["A. One", "B. Two"]),
        ("A. One$^{1,2}$, B. Two$^\\dagger$, C. Three^3", ["A. One", "B. Two", "C. Three"]),
        ("A. One1,2, B. Two*, C. Three [3]", ["A. One", "B. Two", "C. Three"]),
        ("A. One, B. Two et al.", ["A. One", "B. Two"]),
        ("A. One, et al", ["A. One"]),
        ("A. One et al. (the Team)", ["A. One"]),
        ("A. One, Jr., B. Two Sr., C. Three, III", ["A. One Jr.", "B. Two Sr.", "C. Three III"]),
        ("Jr., A. One", ["Jr.", "A. One"]),
        (
            "The Kettle Collaboration: A. One, B. Two",
            ["The Kettle Collaboration", "A. One", "B. Two"],
        ),
        ("A. One for the Kettle Collaboration", ["A. One", "the Kettle Collaboration"]),
        ("A. One, on behalf of the Hot Tea Group", ["A. One", "the Hot Tea Group"]),
        ("Kettle Collaboration, A. One", ["Kettle Collaboration", "A. One"]),
        ("Anders Sandström, Sandy Forth", ["Anders Sandström", "Sandy Forth"]),
        ("Ferdinand de l'Étoile-Smith", ["Ferdinand de l'Étoile-Smith"]),
        ("{É}mile {Test}, {Æ} {and} B", ["Émile Test", "Æ and B"]),
        ("李 明, Ян Іванов", ["李 明", "Ян Іванов"]),
        ("", []),
        ("et al.", []),
        ("(1), and, &", []),
        ("and", []),
    ],
)
def test_names(line: str, names: list[str]) -> None:
    """Names come in their order, without affiliations and footnotes."""
    assert list(split_authors(line)) == names


@given(st.lists(st.from_regex(r"[A-Z]\. [A-Z][a-z]{2,9}", fullmatch=True), max_size=9), st.data())
def test_names_joined_in_any_way(names: list[str], data: st.DataObject) -> None:
    """Names that are joined by any separators, with any affiliations between, come out again."""
    joints = st.sampled_from(
        [", ", " and ", ", and ", "; ", " & ", " (1), ", "$^{1,2}$, ", " [3]; "]
    )
    line = "".join(name + data.draw(joints) for name in names)
    assert list(split_authors(clean(line))) == names


@given(
    st.text(st.characters(codec="utf-8") | st.sampled_from("(),&{}$^[]: and et al"), max_size=80)
)
def test_whatever_is_typed(line: str) -> None:
    """No line ends the program, and no name is empty or holds a separator."""
    for name in split_authors(clean(line)):
        assert name == name.strip()
        assert any(map(str.isalpha, name))
        assert not set(name) & set(",;()")
