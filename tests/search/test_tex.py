"""TeX accents, special letters and Greek letters as Unicode."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.search.tex import unicode_text
from digest.search.words import phrase, stems

FRAGMENTS = st.sampled_from(
    [
        *("\\", "{", "}", "{{", "}}", "{}", " ", "\\ ", "\n", "'", '"', "^", "~", "=", ".", "`"),
        *(r"\alpha", r"\phi", r"\o", r"\L", r"\i", r"\j", r"\ss", r"\v", r"\c", r"\H", r"\u"),
        *(r"\t", r"\k", r"\S", r"\'", r"\"", "e", "q", "n", "i", "_", "$", "1", "-", "é"),
    ]
)


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        # accents, each in the forms that people write
        (r"\'etale {\'e}tale \'{e}tale {\'{e}}tale", "étale {é}tale étale {é}tale"),
        (r"Schr\"odinger, Schr\"{o}dinger", "Schrödinger, Schrödinger"),
        (r"Erd\H{o}s, \v{C}ech, \c{c}, \k{a}, \r{A}, \u{g}", "Erdős, Čech, ç, ą, Å, ğ"),
        (r"\=o \.z \^o \`a \~n", "ō ż ô à ñ"),
        (r"Garc\'{\i}a Garc\'\i a Mart{\'\i}nez na\"{\i}ve", "García García Mart{í}nez naïve"),
        (r"{\^\j} \v{\i}", "{ĵ} ǐ"),
        # letters
        (r"S{\o}ren, \O ystein, stra\ss e, \ae\AE\oe\OE", "Søren, Øystein, straße, æÆœŒ"),
        (r"Bia\l ystok, \L{}\'od\'z, {\aa}, \i", "Białystok, Łódź, å, ı"),
        (r"{\DH}\dh{\TH}\th\ng\dj", "ÐðÞþŋđ"),
        # Greek, and the space behind a command
        (r"$\alpha$-divergence, $\lambda_1$, $\Omega^2$", "$α$-divergence, $λ_1$, $Ω^2$"),
        (r"\alpha particles, \beta\ decay, {\mu}SR, \pi{}x", "αparticles, β decay, μSR, πx"),
        (r"$\phi \varphi$", "$ϕφ$"),
        (r"\S 3, 5 \deg, \copyright", "§3, 5 °, ©"),
        (r"{{{\rm GL}}} {{x}", r"{\rm GL} {{x}"),
        (r"\t{x}", "x"),
        # what the published rules do with a letter that has no such accent
        (r"\"q \'{q} \v{x} \c{i}", "q q vx ci"),
    ],
)
def test_turned(tex: str, text: str) -> None:
    """TeX becomes the text that arXiv's index has."""
    assert unicode_text(tex) == text


@pytest.mark.parametrize(
    "text",
    [
        r"$\alphabet \in \infty \mathcal{O} \varepsilon \upsilon \alpha2$",
        r"\v c \c c \d{a} \b{a} \t{oo} \u x \textbf{x} \cite{x} \% \& \_ \\ \{x\}",
        "Naïve text: 100% α, {x} and $x_1^2$ \\",
        "",
    ],
)
def test_left(text: str) -> None:
    """All other TeX and all other text stay as they are written."""
    assert unicode_text(text) == text


@given(st.lists(st.one_of(FRAGMENTS, st.characters()), max_size=12).map("".join))
def test_once_is_enough(text: str) -> None:
    """A text that was turned stays as it is."""
    turned = unicode_text(text)
    assert unicode_text(turned) == turned


@given(st.text(st.characters(exclude_characters="\\{")))
def test_plain_text_stays(text: str) -> None:
    """A text without a backslash and without braces stays as it is."""
    assert unicode_text(text) == text


@pytest.mark.parametrize(
    "piece", ["{", "{{", "\\", '\\"', "\\'{", "\\t{", "{\\i}", "\\alpha", "{{x"]
)
def test_odd_texts_end(piece: str) -> None:
    """A long text of one piece is turned in linear time: quadratic would be minutes."""
    assert isinstance(unicode_text(piece * 5_000 + "q" + "}" * 5_000), str)


@pytest.mark.parametrize(
    ("tex", "sought", "found"),
    [
        (r"The Schr\"odinger bridge", "Schrödinger bridge", True),
        (r"The Schr\"odinger bridge", "Schrodinger bridge", False),
        (r"on $\alpha$-divergence", "α-divergence", True),
        (r"on $\alpha$-divergence", "alpha divergence", False),
        (r"Erd\H{o}s--R\'enyi", "Erdős Rényi", True),
    ],
)
def test_found(tex: str, sought: str, found: bool) -> None:
    """A word with an accent is found by its accent, and a Greek letter by itself."""
    text, wanted = stems(unicode_text(tex)), phrase(sought)
    beginnings = [at for at, stem in text if stem == wanted[0][1]]
    there = any(all((at + n, stem) in text for n, stem in wanted) for at in beginnings)
    assert there is found
