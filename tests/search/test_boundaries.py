"""The boundaries of words."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.search.boundaries import LONGEST, spans, tokens

SIGNS = "aZ09_.,;:'·’-\"$ \n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # letters, digits and the signs that join them
        ("arxiv.org, github.com.", "arxiv.org|github.com"),
        ("i.i.d. and e.g.,", "i.i.d|and|e.g"),
        ("don't ’tis ’n’ students'", "don't|tis|n|students"),
        ("can’t l·l a:b a\u2024b a＇b a．b", "can’t|l·l|a:b|a\u2024b|a＇b|a．b"),
        ("1,000 3.5 1;2 1'000 ¾ 1:2", "1,000|3.5|1;2|1'000|1|2"),
        ("3.5abc abc3.5 a.5 5.a a,b", "3.5abc|abc3.5|a|5|5|a|a|b"),
        ("a..b a.'b 1.,2 a._b a_.b", "a|b|a|b|1|2|a|_b|a_|b"),
        ("x_1 _x_ ___ a_b.c_d", "x_1|_x_|a_b.c_d"),
        ("state-of-the-art a/b C++ C# .NET", "state|of|the|art|a|b|C|C|NET"),
        (r"$\alpha_1$ R^2 {x} \'e", "alpha_1|R|2|x|e"),
        ("GPT-4.5 5G H2O", "GPT|4.5|5G|H2O"),
        # accents, superscripts, other scripts
        ("Erdős e\u0301tale a\u0301.b\u0301", "Erdős|e\u0301tale|a\u0301.b\u0301"),
        ("a.\u0301b 漢\ufe00字", "a.\u0301b|漢\ufe00|字"),
        ("m² CO₂ ½x Ⅳ ª", "m|CO|x|Ⅳ|ª"),
        ("co\u00adop a\u200db a\u200bb \u0301x", "co\u00adop|a\u200db|a|b|x"),
        ("α-divergence φ.ψ мир", "α|divergence|φ.ψ|мир"),
        ("漢字とカタカナ ﾃﾞｰﾀ 〇", "漢|字|と|カタカナ|ﾃﾞｰﾀ|〇"),
        ("Tシャツ T_シャツ", "T|シャツ|T_シャツ"),
        ("ภาษาไทย 한국어 ١٫٢ １２", "ภาษาไทย|한국어|١٫٢|１２"),
        ("צה\"ל ג'ירפה ד' a\"b", "צה\"ל|ג'ירפה|ד'|a|b"),
        ("👍 ☃ © \U0001d465\U0001d466 ⓐ", "\U0001d465\U0001d466|ⓐ"),
        ("\ud800 a\ud800b \U0010ffff", "a|b"),
    ],
)
def test_words(text: str, words: str) -> None:
    """A text is split at Unicode's boundaries of words, and signs alone are no words."""
    assert "|".join(tokens(text)) == words


@pytest.mark.parametrize("letter", ["a", "é", "\U0001d465"])
def test_a_long_word_is_cut(letter: str) -> None:
    """A word of more than 255 characters becomes several."""
    assert tokens(f"x {letter * 600}, y") == [
        *("x", letter * LONGEST, letter * LONGEST, letter * 90, "y")
    ]
    assert tokens(letter * LONGEST) == [letter * LONGEST]


def test_a_long_word_is_cut_at_a_sign() -> None:
    """Where the cut falls on a sign that joins, the sign is left out."""
    assert tokens("a" * 254 + ".b") == ["a" * 254, "b"]
    assert tokens("a" * 255 + ".b") == ["a" * 255, "b"]
    assert tokens("_" * 300 + "b") == ["_" * 254 + "b"]


@given(st.text(st.one_of(st.sampled_from(SIGNS + "é漢カไא\u0301"), st.characters()), max_size=30))
def test_spans_are_the_tokens(text: str) -> None:
    """The places are those of the words, in order and apart."""
    found = list(spans(text))
    assert [text[start:end] for start, end in found] == tokens(text)
    edges = [edge for span in found for edge in span]
    assert edges == sorted(edges)


@given(st.text(st.sampled_from(SIGNS.replace("·", "").replace("’", "")), max_size=30))
def test_ascii_is_no_other_case(text: str) -> None:
    """A text in ASCII, which needs no classes, is split as it is beside another character."""
    assert tokens(f"{text} é") == [*tokens(text), "é"]


@given(st.text(st.sampled_from(SIGNS), max_size=30))
def test_every_letter_is_in_a_word(text: str) -> None:
    """Letters and digits are all in words, and in the order of the text."""
    kept = re.compile(r"[^aZ09]")
    assert kept.sub("", "".join(tokens(text))) == kept.sub("", text)


@pytest.mark.parametrize("piece", ["_", "é_", "a.", "é.", "'", "\u0301", "漢", "é\u0301", "éé__éé"])
def test_odd_texts_take_no_time(piece: str) -> None:
    """Twenty thousand times one piece is split in linear time: quadratic would be minutes."""
    begun = time.process_time()
    tokens(piece * 20_000)
    assert time.process_time() - begun < 20
