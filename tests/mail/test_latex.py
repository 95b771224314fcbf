r"""LaTeX in metadata becomes Unicode where that can be done cleanly, and stays LaTeX elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.latex import to_unicode
from digest.text import clean


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"Schr\"odinger, Erd\H{o}s, Poincar\'e", "Schrödinger, Erdős, Poincaré"),
        (r"\L{}ukasz, Mj\o{}en, \AA ngstr\"om", "Łukasz, Mjøen, Ångström"),
        (r"{\'E}cole, na{\"\i}ve, \c{c}a, \v{S}koda", "École, naïve, ça, Škoda"),
        (r"$\alpha$-stable and $\ell_1$", "α-stable and ℓ₁"),
        (r"in $O(n \log n)$ steps", "in O(n log n) steps"),
        (r"$x^2 + y_i \leq 10^{-3}$", "x² + yᵢ ≤ 10⁻³"),
        (r"$\mathbb{R}^d$, $\mathcal{O}(\sqrt{T})$", "ℝᵈ, 𝒪(√T)"),
        (r"\emph{only} one \texttt{tool}", "only one tool"),
        (r"\textbf{bold \textit{and} more}", "bold and more"),
        (r"74\% of R\&D at \$5", "74% of R&D at $5"),
        (r"$a \times b \to \infty$", "a × b → ∞"),
        (r"$\frac{1}{2}$ of it", "1/2 of it"),
        (r"\(x^2\) and \[y\]", "x² and y"),
        ("costs $5 to $10 per hour", "costs $5 to $10 per hour"),
        ("only $5", "only $5"),
        ("plain text, 100 %, C:/", "plain text, 100 %, C:/"),
    ],
)  # fmt: skip
def test_turned(latex: str, text: str) -> None:
    """Accents, Greek, simple mathematics, fonts and escapes are turned; money is left alone."""
    assert to_unicode(latex) == text


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"$a\frac{b+1}{2n}$, $\left(\frac{1}{n}\right)$", "a((b+1)/(2n)), (1/n)"),
        (r"$\sqrt{d^3T}$, $\sqrt{x}y$, $\sqrt[3]{8}$", "√(d³T), √x y, ∛8"),
        (r"$x_{t+1}^{*}$, $x_{max}$, $2^{n\log n}$", "xₜ₊₁*, xₘₐₓ, 2^(n log n)"),
        (r"$\log\log n$, $2\sin^2 x$, $\lim_{n\to\infty}$", "log log n, 2 sin² x, lim_(n→∞)"),
        (r"$\hat{\theta}_n \ne \bar x$, $A \not\in \mathbb{1}$", "θ̂ₙ ≠ x̄, A ∉ 𝟙"),
        (r"$\operatorname*{arg\,max}_x f$", "arg maxₓ f"),
        (r"$90^\circ$, 5\textsuperscript{th}, H\textsubscript{2}O", "90°, 5ᵗʰ, H₂O"),
    ],
)
def test_on_one_line(latex: str, text: str) -> None:
    """Fractions, roots and scripts are put on one line, in brackets where they would mislead."""
    assert to_unicode(latex) == text


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"from $5 (10\%) to $6 for \emph{one}", "from $5 (10%) to $6 for one"),
        (r"costs $5, saving 20\% of all, and $k$-NN", "costs $5, saving 20% of all, and k-NN"),
        ("$n$ runs at $1.5 million or $2 million", "n runs at $1.5 million or $2 million"),
        (r"$5 \times 3$ at \$5", "5 × 3 at $5"),
    ],
)
def test_money(latex: str, text: str) -> None:
    """Amounts are no formula, whatever LaTeX stands between them or beside them."""
    assert to_unicode(latex) == text


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"one\footnote{Two.} three~\footnote{Four}", "one (Two.) three (Four)"),
        (r"code ~\url{http://a.example/b_c}", "code http://a.example/b_c"),
        (r"at:\url{http://a.example}", "at: http://a.example"),
        (r"\href{http://a.example}{here}", "here (http://a.example)"),
        (r"\href{http://a.example}{http://a.example}", "http://a.example"),
        (r"a \textpm \ 2, about ~$5$", "a ± 2, about ~5"),
        (r"one \\ two \LaTeX\ three", "one two LaTeX three"),
        (r"{\bf Bold} {\em words} \textcolor{red}{red}", "Bold words red"),
    ],
)
def test_set_off(latex: str, text: str) -> None:
    """Notes, addresses and ties stand apart from the words beside them by one space."""
    assert to_unicode(latex) == text


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"Mart\'{\i}n, Mart\'\i n, Mart{\'\i}n, Mart\'{\i }n", "Martín, Martín, Martín, Martín"),
        (r"na\"\i{}ve, na\"{\i}ve, na\"\i ve", "naïve, naïve, naïve"),
        (r"\v{\j}, \v\j{}, \^\j a", "ǰ, ǰ, ĵa"),
        (r"\.\i, \.{\j}, \.I", "i, j, İ"),
        (r"\'{\j}, \c{\i}", "j\u0301, i\u0327"),
        (r"$\hat\imath$, $\bar{\jmath}$", "î, j̄"),
    ],
)  # fmt: skip
def test_dotless_letters(latex: str, text: str) -> None:
    """An accent takes the place of the dot, also on letters that Unicode has no accent for."""
    assert to_unicode(latex) == text


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"5 \textmu m, 5~\textmu{}m, 5 \micro m", "5 µm, 5 µm, 5 µm"),
        (r"$5\,\mu m$, 5 $\mu$m, $\mu\mathrm{s}$, $\upmu$K", "5 μm, 5 μm, μs, μK"),
        (r"$\mu \mathrm{m}$, $\mu x$, $\mu max$", "μm, μ x, μ max"),
    ],
)
def test_millionths(latex: str, text: str) -> None:
    """The sign for a millionth stands right before its unit, and a mean before its variable."""
    assert to_unicode(latex) == text


@pytest.mark.parametrize(
    "latex",
    [
        r"\~{}ada", r"\~ada", r"{\~{}}ada", r"$\sim$ada", r"{$\sim$}ada", r"$\tilde{}$ada",
        r"$\tilde{\ }$ada", r"\textasciitilde ada", r"\textasciitilde{}ada", r"\string~ada",
        r"{\textasciitilde}ada", r"{\raise.17ex\hbox{$\scriptstyle\sim$}}ada", r"~ada",
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["https://a.example/", "www.a.example/", "a.example/"])
def test_the_tilde_of_an_address(place: str, latex: str) -> None:
    """However it is written, in an address it is the tilde itself, and no accent."""
    turned = f"{place}~ada/x.html, $x$"
    assert to_unicode(rf"see {place}{latex}/x.html, $x$") == f"see {turned.replace('$', '')}"
    assert to_unicode(rf"\url{{{place}{latex}/x.html}}, $x$") == turned.replace("$", "")


def test_a_tilde_elsewhere() -> None:
    """Outside of an address it is an accent, a relation or a tie as before."""
    text = r"Mu\~noz, $x \sim y$, Jones~\emph{et al.}, http://a.example/x by \~Nu"
    assert to_unicode(text) == "Muñoz, x ∼ y, Jones et al., http://a.example/x by Ñu"


@pytest.mark.parametrize(
    "latex",
    [
        r"\begin{equation} \alpha \frac{1}{2} \end{equation}",
        r"\gemini{} and \saturn beat \id",
        r"$\int f \d t$ and $\O(n)$",
        r"$\overline{xy}$ and $\dddot x$",
        r"$a \\ b$ and $a & b$",
        r"from \"Bonn\", as is said",
        r"\cite{someone} \unknown{\emph{all}}",
        r"$\begin{pmatrix} a & b \\ c & d \end{pmatrix}$",
        r"our method \modelname{} wins",
        r"$\undefinedmacro{x}^2$",
        r"$x^{",
        r"\emph{open",
        "a lone $ and no other",
        "$$",
        r"$\SI{3}{\hertz}$",
    ],
)
def test_left_as_it_is(latex: str) -> None:
    """LaTeX that has no clean form stays as it was written, the whole of it."""
    assert to_unicode(latex) == latex


def test_a_piece_at_a_time() -> None:
    """A formula that cannot be turned does not keep the others from it."""
    mixed = r"From $\alpha$ to $\begin{cases} 1 \end{cases}$ by Erd\H{o}s"
    assert to_unicode(mixed) == r"From α to $\begin{cases} 1 \end{cases}$ by Erdős"


@given(st.text(st.characters(codec="utf-8"), max_size=300))
def test_never_fails(text: str) -> None:
    """Whatever the text is, something comes back; without LaTeX it is the text itself."""
    turned = to_unicode(text)
    if "\\" not in text and "$" not in text:
        assert turned == text


@given(st.text(alphabet="\\${}^_~ abx1'\"%&Hfrac", max_size=200))
def test_one_clean_line(text: str) -> None:
    """Text like LaTeX gives no control character or line break; once turned it stays so."""
    turned = to_unicode(text)
    assert turned.isprintable()
    assert len(turned) <= len(text) * 3 + 1
    if "\\" not in turned and "$" not in turned:
        assert to_unicode(turned) == turned


@pytest.mark.parametrize(
    "piece",
    [
        *("$", "$$", "$x^", r"$\frac", "{", "}", "^{", "_{a", "\\", r"\(", r"\'", r"\not"),
        *(
            r"\emph{",
            r"{\bf ",
            r"\begin{a}",
            "a",
            "1 ",
            "a.",
            "www.",
            "a.bc/",
            r"www.\~{",
            "http://",
        ),
    ],
)
def test_bounded(piece: str) -> None:
    """Thousands of signs that open and never close are no trouble."""
    text = piece * 6000
    for attempt in (text, f"${text}$", text[:19_000]):
        assert len(to_unicode(attempt)) <= len(attempt)


@pytest.mark.parametrize(
    "text", [r"</td>\emph{<b>}", r"\href{javascript:alert(1)}{here}", r"$<script>$", r"\url{<x>}"]
)
def test_markup_stays_text(text: str) -> None:
    """Nothing is escaped or made a link here: that is the template's matter."""
    turned = to_unicode(text)
    assert "&lt;" not in turned
    assert clean(turned) == turned
