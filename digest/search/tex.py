r"""Turns TeX accents, special letters and Greek letters into Unicode, as arXiv's index has them.

    Schr\"odinger, Erd\H{o}s, {\AA}ngstr\"{o}m     Schrödinger, Erdős, Ångström
    $\alpha$-divergence, $\lambda_1$             $α$-divergence, $λ_1$
    the \alpha particle                          the αparticle

arXivRaw has a text as its authors wrote it; arXiv's API and its index have had it in Unicode since
December 2025. The rules are those of arXiv's published code (arXiv/arxiv-base, tex2utf) with their
gaps: `\phi` is ϕ and `\varphi` φ; `\varepsilon`, `\upsilon`, `\d{a}` and `\v c` stay as they are,
as does all other TeX; a command swallows the space behind it; an accent that the tables do not have
for a letter vanishes. Two things differ. A dotless i under an accent becomes an i with that accent:
the published rule for it never applies, and "García" would miss `Garc\'{\i}a`. And the rules are
applied until nothing changes, so that the result stays as it is when it is turned again.
"""

import re
import unicodedata
from collections.abc import Mapping


def _table(pairs: str) -> Mapping[str, str]:
    names = iter(pairs.split())
    return dict(zip(names, names, strict=True))


_LETTERS = _table(
    "AA Å AE Æ DH Ð DJ Đ ETH Ð L Ł NG Ŋ O Ø OE Œ TH Þ"
    " aa å ae æ dh ð dj đ eth ð i ı l ł ng ŋ o ø oe œ ss ß th þ"
)
_GREEK = _table(
    "Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω"
    " alpha α beta β gamma γ delta δ epsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ mu μ"
    " nu ν xi ξ omicron ο pi π rho ρ sigma σ varsigma ς tau τ phi ϕ varphi φ chi χ psi ψ omega ω"
)
_SIGNS = _table(
    "P ¶ S § copyright © guillemotleft « guillemotright » pounds £ dag † ddag ‡ div ÷ deg °"
)
_ACCENTS = {
    "'": ("\u0301", "ACEILNORSUYZaceilnorsuyz"),
    '"': ("\u0308", "AEIOUYaeiouy"),
    ".": ("\u0307", "ACEGIOZacegoz"),
    "=": ("\u0304", "AEIOUYaeiouy"),
    "^": ("\u0302", "ACEGHIJOSUWYaceghijosuwy"),
    "`": ("\u0300", "AEIOUaeiou"),
    "~": ("\u0303", "AINOUainou"),
    "H": ("\u030b", "OUou"),
    "c": ("\u0327", "CEGKLNRSTcegklnrst"),
    "k": ("\u0328", "AEIOUaeiou"),
    "r": ("\u030a", "AUau"),
    "u": ("\u0306", "AEGIOUaegiou"),
    "v": ("\u030c", "ACDEGHIKLNORSTUZacdeghiklnorstuz"),
}
"""For each accent its combining character, and the letters that arXiv's tables have it for."""

_COMMAND = re.compile(r"(\{)?\\([A-Za-z]++)(?![^\W_])(?(1)\}|(?:\\(?= )| |\{\})?)")
_DOTLESS = re.compile(
    r"""(\\(?:['`"~=uv](?=\{?\\i)|\^))(?:\{\\([ij])\}|\\([ij])(?![^\W_])(?:\{\}| )?)"""
)
_DOTLESS_J = re.compile(r"\{\\j\}|\\j\s")
_BRACES = re.compile(r"(?<!\{)(\{{2,}+)([^{}]*)(\}{2,})")
_SIGN_ACCENT = re.compile(r"""\\(['`^"~=.])([A-Za-z])""")
_SIGN_ACCENT_IN_BRACES = re.compile(r"""\\(['`^"~=.])\{([A-Za-z])\}""")
_LETTER_ACCENT = re.compile(r"\\([Hckruv])\{([A-Za-z])\}")
_TIE = re.compile(r"\\t\{([^}])\}")
_DEEPEST = 20
"""Accents inside of accents at most: an odd text must not take long."""


def unicode_text(text: str) -> str:
    """Returns `text`, a title, an abstract or a comment of arXivRaw, as arXiv's index has it."""
    for _ in range(_DEEPEST):
        if "\\" not in text and "{{" not in text:
            break
        before, text = text, _turned(text)
        if text == before:
            break
    return text


def _turned(text: str) -> str:
    """Returns `text` after one round of the rules, in the order of the published code."""
    text = _DOTLESS.sub(lambda found: f"{found[1]}{{{found[2] or found[3]}}}", text)
    for table in (_LETTERS, _GREEK, _SIGNS):
        text = _commands(text, table)
    text = _DOTLESS_J.sub("j", text)
    text = _BRACES.sub(_fewer_braces, text)
    for accent in (_SIGN_ACCENT, _SIGN_ACCENT_IN_BRACES, _LETTER_ACCENT):
        text = accent.sub(_accented, text)
    return _TIE.sub(r"\1", text)


def _commands(text: str, table: Mapping[str, str]) -> str:
    return _COMMAND.sub(lambda found: table.get(found[2], found[0]), text)


def _fewer_braces(found: re.Match[str]) -> str:
    """Returns `{x}` for `{{x}}`, however many braces there are."""
    more = min(len(found[1]), len(found[3])) - 1
    return f"{found[1][more:]}{found[2]}{found[3][more:]}"


def _accented(found: re.Match[str]) -> str:
    """Returns the letter with its accent, or what the published code leaves of the two."""
    combining, letters = _ACCENTS[found[1]]
    if found[2] in letters:
        return unicodedata.normalize("NFC", found[2] + combining)
    return found[1] + found[2] if found[1].isalpha() else found[2]
