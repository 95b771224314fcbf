"""Names of authors: as arXiv's search compares them, and as a person does."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.search.authors import wanted as condition
from digest.search.name_folding import index_words
from digest.search.name_parts import (
    SUFFIXES,
    is_particle,
    readings,
    split_name,
    without_suffix,
)
from digest.search.names import Match, all_words, same_author, spellings, surest
from digest.search.tree import Term

LETTERS = st.characters(categories=["Lu", "Ll", "Lo"])
WORD = (
    st.text("abcdefgÉéöüøßłñkmrstz", min_size=2, max_size=7)
    .map(str.capitalize)
    .filter(lambda word: not is_particle(word) and word.lower() not in SUFFIXES)
)
NAME = st.builds(
    lambda given, family: f"{' '.join(given)} {family}",
    st.lists(WORD, min_size=1, max_size=3),
    WORD,
)
ANYTHING = st.text(st.sampled_from(" ,.;-'’\"JrIVvanderéØ王伟a1_()") | LETTERS, max_size=30)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("Emmy Noether", "Emmy Noether"),
        ("Emmy Noether", "Noether, Emmy"),
        ("Emmy Noether", "NOETHER Emmy"),
        ("Noether, Emmy", "emmy noether"),
        ("Emmy Noether", "Amalie Emmy Noether"),
        ("Emmy Noether", "Emmy A. Noether"),
        ("Amalie Emmy Noether", "A. Emmy Noether"),
        ("Jean-Pierre Serre", "Jean Pierre Serre"),
        ("Jean Pierre Serre", "Serre, Jean-Pierre"),
        ("Xiaoming Li", "Xiao-Ming Li"),
        ("Xiao Ming Li", "Li Xiaoming"),
        ("Paul Erdős", "Paul Erdos"),
        ("Paul Erdos", "Paul Erdös"),
        ("Hans Müller", "Hans Mueller"),
        ("Hans Mueller", "Hans Müller"),
        ("Hans Muller", "Hans Müller"),
        ("Øyvind Bø", "Oyvind Bo"),
        ("Øyvind Bø", "Oeyvind Boe"),
        ("Jan Łoś", "Jan Los"),
        ("Wei Zhang", "Zhang Wei"),
        ("张伟", "张伟"),
        ("王 伟", "伟 王"),
        ("Sean O'Brien", "Sean O’Brien"),
        ("Sean O'Brien", "Sean OBrien"),
        ("Ludwig van Beethoven", "Beethoven, Ludwig van"),
        ("van der Waals, Johannes", "Johannes Van Der Waals"),
        ("Muhammad al-Khwarizmi", "Muhammad Alkhwarizmi"),
        ("Yann LeCun", "Yann Le Cun"),
        ("James Smith Jr.", "James Smith"),
        ("James Smith", "Smith, James, Jr."),
        ("James Smith, III", "James Smith III"),
        ("Maria Garcia Lopez", "Garcia Lopez, Maria"),
        ("ATLAS Collaboration", "The ATLAS Collaboration"),
        ("Noether", "Noether"),
        ('"Emmy Noether"', "Emmy Noether"),
    ],
)
def test_the_same(wanted: str, name: str) -> None:
    """The whole name agrees, however it is written and in whatever order."""
    assert same_author(wanted, name) is Match.SAME


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("Emmy Noether", "E. Noether"),
        ("Emmy Noether", "Noether E"),
        ("Emmy Noether", "Noether, E. A."),
        ("E. Noether", "Emmy Noether"),
        ("E. Noether", "E. Noether"),
        ("Jean-Pierre Serre", "J.-P. Serre"),
        ("Jean-Pierre Serre", "J.P. Serre"),
        ("Jean-Pierre Serre", "JP Serre"),
        ("Jean-Pierre Serre", "J. Serre"),
        ("Christian Huygens", "Ch. Huygens"),
        ("Wei Zhang", "Zhang W."),
        ("Johannes Diderik van der Waals", "Waals, J. D. van der"),
        ("Noether", "Emmy Noether"),
        ("Emmy Noether", "Noether"),
        ("Maria Garcia Lopez", "Maria Garcia"),
        ("James Smith Jr.", "James Smith III"),
        ("Hans Mueller", "Hans Muller"),
    ],
)
def test_perhaps_a_namesake(wanted: str, name: str) -> None:
    """Initials alone agree, or a part of the name is missing: it may be somebody else."""
    assert same_author(wanted, name) is Match.NAMESAKE


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("Emmy Noether", "A. Noether"),
        ("Emmy Noether", "Max Noether"),
        ("Emmy Noether", "Emmy Nether"),
        ("Emmy Noether", "Emmy"),
        ("Emmy Noether", "N. Emmy"),
        ("Wei Zhang", "Z. Wei"),
        ("Wei Zhang", "Wen Zhang"),
        ("John A. Smith", "John B. Smith"),
        ("Jean-Pierre Serre", "Jean-Paul Serre"),
        ("CMS Collaboration", "ATLAS Collaboration"),
        ("Emmy Noether", ""),
        ("", "Emmy Noether"),
        ("", ""),
        ("-", "-"),
        ("...", "E. Noether"),
    ],
)
def test_another_person(wanted: str, name: str) -> None:
    """A given name or the family name contradicts."""
    assert same_author(wanted, name) is Match.NO
    assert not same_author(wanted, name)


@pytest.mark.parametrize(
    ("name", "given", "family"),
    [
        ("Emmy Noether", "Emmy", "Noether"),
        ("Waals, J. D. van der", "J. D.", "van der Waals"),
        ("Johannes Diderik van der Waals", "Johannes Diderik", "van der Waals"),
        ("Zhang W. X.", "W. X.", "Zhang"),
        ("J.-P. Serre", "J.-P.", "Serre"),
        ("James Smith, Jr.", "James", "Smith"),
        ("Smith Jr., James", "James", "Smith"),
        ("van der Waals", "", "van der Waals"),
        ("Ben Li", "Ben", "Li"),
        ("Noether,", "", "Noether"),
        (", Emmy", "", "Emmy"),
        ("Noether", "", "Noether"),
        ("", "", ""),
    ],
)
def test_parts(name: str, given: str, family: str) -> None:
    """Given names and family name are told apart by commas, particles and initials."""
    assert split_name(name) == (given.split(), family.split())


@pytest.mark.parametrize(
    ("wanted", "name", "found"),
    [
        ("Emmy Noether", "Amalie Emmy Noether", True),
        ("Noether, Emmy", "Emmy Noether", True),
        ("Emmy Noether", "E. Noether", False),
        ("E Noether", "E. Noether", True),
        ("J Serre", "J.-P. Serre", False),
        ("J-P Serre", "J.-P. Serre", True),
        ("JP Serre", "J.P. Serre", True),
        ("J P Serre", "J.P. Serre", False),
        ("Jean Pierre Serre", "Jean-Pierre Serre", False),
        ("Hans Mueller", "Hans Muller", True),
        ("Hans Müller", "HANS MUELLER", True),
        ("Zha Li", "Zhao Li", True),
        ("Aron Moor", "Aaron Moor", True),
        ("Emmy Noether", "Emmy Nother", True),
        ("Suarez", "Suárez", True),
        ("Quentin Miguel", "Qentin Miguel", False),
        ("Björn Æ", "Bjorn Ae", True),
        ("Petrović", "Петровић", True),
        ("O’Brien", "O'Brien", True),
        ("O'Brien", "OBrien", False),
        ("Noether; Emmy", "Emmy Noether", True),
        ("Smith", "James Smith Jr.", True),
        ("James Smith Jr", "James Smith Jr.", False),
        ("Kumar V", "Kumar V", True),
        ("Emmy", "Noether", False),
        ("", "Emmy Noether", False),
        (" ., ", "Emmy Noether", False),
    ],
)
def test_all_words(wanted: str, name: str, found: bool) -> None:
    """arXiv's search wants each word as its index has it: folded, without dots, hyphens kept."""
    assert all_words(wanted, name) is found


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("Emmy Noether", ["Emmy Noether", "E Noether"]),
        ("Noether, Emmy", ["Emmy Noether", "E Noether"]),
        ('"Noether, Emmy"', ["Noether, Emmy"]),
        ("E. Noether", ["E. Noether"]),
        ("Noether", ["Noether"]),
        ("张伟", ["张伟"]),
        ("James Smith Jr.", ["James Smith", "J Smith"]),
        (
            "Levi-Civita, Tullio",
            ["Tullio Levi-Civita", "Tullio Levi Civita", "T Levi-Civita", "T Levi Civita"],
        ),
        (
            "Jean-Pierre Serre",
            [
                "Jean-Pierre Serre",
                "Jean Pierre Serre",
                "JeanPierre Serre",
                "J Serre",
                "J-P Serre",
                "JP Serre",
            ],
        ),
        ("Ludwig van Beethoven", ["Ludwig van Beethoven", "L van Beethoven"]),
        ("John M. Smith", ["John M. Smith", "J M Smith", "JM Smith"]),
        (
            "Ana de Sousa Lobo",
            ["Ana de Sousa Lobo", "Ana de S Lobo", "A de S Lobo", "AdeS Lobo", "A de Sousa Lobo"],
        ),
    ],
)
def test_spellings(wanted: str, found: list[str]) -> None:
    """A person is searched for in full and by initials, in all forms that arXiv tells apart."""
    assert list(spellings(wanted)) == found


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("Jean-Pierre Serre", "J.-P. Serre"),
        ("Jean-Pierre Serre", "J. P. Serre"),
        ("Jean-Pierre Serre", "J.P. Serre"),
        ("Serre, Jean-Pierre", "Jean Pierre Serre"),
        ("Xiao-Ming Li", "Xiaoming Li"),
        ("Amalie Emmy Noether", "A. E. Noether"),
        ("Amalie Emmy Noether", "Amalie E. Noether"),
        ("Amalie Emmy Noether", "A. Emmy Noether"),
        ("Amalie Emmy Noether", "A.E. Noether"),
        ("van der Waals, Johannes", "J. van der Waals"),
        ("Tullio Levi-Civita", "T. Levi Civita"),
        ("Smith Jr., James", "James Smith Jr."),
    ],
)
def test_a_spelling_is_found(wanted: str, name: str) -> None:
    """arXiv finds a name of the person by one of the spellings."""
    assert any(all_words(spelling, name) for spelling in spellings(wanted))
    assert same_author(wanted, name)


def test_the_surest() -> None:
    """Of several wanted names and authors the surest pair counts."""
    authors = ["E. Noether", "Max Born"]
    assert surest(["Emmy Noether"], authors) is Match.NAMESAKE
    assert surest(["Emmy Noether", "Born, Max"], authors) is Match.SAME
    assert surest(["Emil Artin"], authors) is Match.NO
    assert surest([], authors) is Match.NO
    assert surest(["Emmy Noether"], []) is Match.NO


def test_suffix_of_the_index() -> None:
    """A suffix is dropped from a name of three words or more, as arXiv does."""
    assert without_suffix("A B III") == "A B"
    assert without_suffix("B, A, Jr.") == "B, A"
    assert without_suffix("B III") == "B III"
    assert without_suffix("") == ""


@given(NAME)
def test_a_name_is_itself(name: str) -> None:
    """A whole name is that of the same person, and arXiv finds it."""
    assert same_author(name, name) is Match.SAME
    assert all_words(name, name)
    assert all_words(spellings(name)[0], name)


@given(NAME, st.randoms(use_true_random=False))
def test_any_order(name: str, random: Random) -> None:
    """arXiv's search does not depend on the order of the words, nor on case and dots."""
    words = name.split()
    random.shuffle(words)
    assert all_words(". ".join(words).upper(), name)
    assert all_words(" ".join(words), name)


@given(NAME)
def test_family_name_first(name: str) -> None:
    """A comma after the family name says that it stands first."""
    *first, last = name.split()
    assert same_author(name, f"{last}, {' '.join(first)}") is Match.SAME


@given(NAME)
def test_initials(name: str) -> None:
    """A name with initials may be that of the same person, and is never sure."""
    *first, last = name.split()
    short = f"{' '.join(f'{word[0]}.' for word in first)} {last}"
    assert same_author(name, short) is Match.NAMESAKE
    assert same_author(short, name) is Match.NAMESAKE
    assert any(all_words(spelling, short) for spelling in spellings(name))


@given(ANYTHING, ANYTHING)
def test_both_ways(one: str, other: str) -> None:
    """Whatever the texts are, there is an answer, and the same for both directions."""
    assert same_author(one, other) is same_author(other, one)
    assert all_words(one, other) in (True, False)


@given(ANYTHING)
def test_any_text(text: str) -> None:
    """Whatever a name is, it has readings with a family name, and spellings without a comma."""
    assert all(reading.family for reading in readings(text))
    assert len(spellings(text)) == len(set(spellings(text))) >= 1
    assert all(word == word.casefold() for word in index_words(text))


@given(NAME, NAME, st.integers(0, 2))
def test_as_a_condition(one: str, other: str, shared: int) -> None:
    """A quoted name in a query holds for an author exactly where all its words are in the name."""
    name = " ".join([*one.split()[:shared], *other.split()])
    assert condition(Term("au", one, quoted=True))([name]) is all_words(one, name)
