r"""Turns a formula in TeX's notation into one line of Unicode, or raises an error.

    \mathcal{O}(n^2 \log n)           𝒪(n² log n)
    \hat{x}_{best} \le \frac{1}{2}     x̂_best ≤ 1/2

A power or index without Unicode letters stays on the line, in brackets where it is more than a
word.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial

from pylatexenc import latex2text

from digest.mail.pieces import (
    Kind,
    Piece,
    UnturnableError,
    fraction,
    grouped,
    joined,
    root,
    script,
    sign,
    word,
)

DEEPEST = 20
"""Most levels of braces within braces."""

MACRO = re.compile(r"\\(operatorname\*|[A-Za-z]+|.)", re.DOTALL)
_TEXT_ONLY = re.compile(r"\\(?:[HLOSbcdkloruv]|th|TH)(?![A-Za-z])")
"""Letters and accents of text; in a formula these names are an author's own macros."""
_SWITCH = re.compile(
    r"(?:bf|it|rm|sc|sf|sl|tt|normal)(?:series|shape|family|font)?|(?:display|text|script)style|"
    r"cal|em|scriptsize|small|tiny"
)
_SIZE = re.compile(r"left|right|middle|[bB]igg?[lrm]?")
_ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306",
    ".": "\u0307", '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323",
    "c": "\u0327", "k": "\u0328", "b": "\u0331",
}  # fmt: skip
"""Unicode's combining marks for accents in text; `_HATS` has those for mathematics."""
_HATS = {
    "grave": "\u0300", "acute": "\u0301", "hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303",
    "widetilde": "\u0303", "bar": "\u0304", "overline": "\u0305", "breve": "\u0306",
    "dot": "\u0307", "ddot": "\u0308", "mathring": "\u030a", "check": "\u030c", "vec": "\u20d7",
}  # fmt: skip
_DOTTED = {"ı": "i", "ȷ": "j"}
_MICRO = re.compile(
    r" +(?=(?:[msgLlAVWFHMTJCK]|Hz|Pa|eV|mol|rad|sec|\\(?:mathrm|text|rm))(?![A-Za-z]))"
)
"""The space between the sign for micro and a unit."""
_ALPHABETS = {
    **dict.fromkeys(["mathbb", "mathbbm", "mathds"], "doublestruck"),
    "mathcal": "script", "mathscr": "script", "mathfrak": "fraktur",
}  # fmt: skip
_DOUBLE_STRUCK = str.maketrans("0123456789", "𝟘𝟙𝟚𝟛𝟜𝟝𝟞𝟟𝟠𝟡")
FONTS = frozenset(
    ["bm", "boldsymbol", "emph", "ensuremath", "hbox", "mathbf", "mathit", "mathnormal", "mathrm",
     "mathsf", "mathtt", "mbox", "operatorname", "operatorname*", "pmb", "text", "textbf",
     "textit", "textmd", "textnormal", "textrm", "textsc", "textsf", "textsl", "texttt", "textup",
     "underline"]
)  # fmt: skip
"""Macros that change the look of their argument, not its meaning."""
_NAMES = frozenset(
    ["Pr", "arccos", "arcsin", "arctan", "arg", "argmax", "argmin", "cos", "cosh", "cot", "csc",
     "deg", "det", "dim", "exp", "gcd", "hom", "inf", "ker", "lg", "lim", "ln", "log", "max", "min",
     "mod", "sec", "sin", "sinh", "sup", "tan", "tanh"]
)  # fmt: skip
_FIXED = {
    **dict.fromkeys([",", ";", ":", ">", " ", "enspace", "quad", "qquad", "thinspace"], " "),
    **dict.fromkeys(["-", "/", "!", "limits", "nolimits"], ""),
    **{name: name for name in "%&_#${}"},
    **{name: name for name in _NAMES},
    **{name: name for name in ("LaTeX", "TeX")},
    "colon": ":", "coloneqq": "≔", "degree": "°", "dotsm": "⋯", "copyright": "©", "S": "§",
    "|": "‖", "ddag": "‡", "ddagger": "‡", "pounds": "£", "checkmark": "✓", "Re": "ℜ",
    "Im": "ℑ", "ne": "≠", "neg": "¬", "land": "∧", "lor": "∨", "gets": "←", "implies": "⟹",
    "iff": "⟺", "models": "⊨", "vDash": "⊨", "triangle": "△", "Box": "□", "bigsqcup": "⨆",
    "imath": "ı", "jmath": "ȷ", "eth": "ð", "prime": "′", "ast": "*", "lbrack": "[", "rbrack": "]",
    "bmod": "mod", "limsup": "lim sup", "liminf": "lim inf", "textasciicircum": "^",
    "textperiodcentered": "·", "textless": "<", "textgreater": ">", "textunderscore": "_",
    "micro": "µ", "textmugreek": "μ", "upmu": "μ",
}  # fmt: skip
_UNUSED = frozenset(["Ident", "estimates", "id", "image", "original", "recorder"])
"""Names of macros in pylatexenc that authors often define for their own use."""
_PLANETS = range(ord("☽"), ord("♔"))
"""Signs of planets and the zodiac: `\\gemini` or `\\saturn` is the name of a method."""
_FRACTIONS = frozenset(["frac", "dfrac", "tfrac", "nicefrac"])
_ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}
_SCRIPTS = {"textsubscript": "_", "textsuperscript": "^"}


@cache
def _symbols() -> dict[str, str]:
    """Returns the text of macros for one character, and of operators with a name."""
    found = dict(_FIXED)
    for spec in latex2text.get_default_latex_context_db().iter_macro_specs():
        sign = spec.simplify_repl
        if isinstance(sign, str) and spec.macroname not in _UNUSED and _is_symbol(sign):
            found.setdefault(spec.macroname, sign)
    return found


def _is_symbol(sign: str) -> bool:
    """Returns whether it is one character on its own, and no combining mark."""
    if len(sign) != 1 or not sign.isprintable() or sign == "\\":
        return False
    return unicodedata.category(sign) != "Mn" and ord(sign) not in _PLANETS


@dataclass(frozen=True, slots=True)
class Formula:
    """Reads the formulas in `text`; a formula turns as a whole or not at all.

    `closing` maps the position of each opening brace to that of its closing brace.
    """

    text: str
    closing: Mapping[int, int]

    def turned(self, start: int, end: int, depth: int) -> str:
        """Returns the formula between two positions as Unicode.

        Raises:
            UnturnableError: the formula has no clean form without LaTeX.
        """
        return joined(self._pieces(start, end, depth)).text

    def _pieces(self, start: int, end: int, depth: int) -> list[Piece]:
        """Returns the pieces between two positions, in order."""
        if depth > DEEPEST:
            raise UnturnableError
        pieces: list[Piece] = []
        position = start
        while position < end:
            is_macro = self.text[position] == "\\"
            spaced = bool(pieces) and pieces[-1].text.endswith(" ")
            found, after = self._item(position, end, depth)
            pieces += found
            if is_macro and not spaced and len(found) == 1 and _is_operator(found[0].text):
                after = self._past_spaces(after, end)
            position = after
        return pieces

    def _past_spaces(self, position: int, end: int) -> int:
        while position < end and self.text[position] == " ":
            position += 1
        return position

    def _at(self, position: int, end: int) -> str:
        return self.text[position] if position < end else ""

    def _group(self, position: int, end: int, depth: int) -> tuple[list[Piece], int]:
        """Returns the pieces of the group that opens at `position`, and the place after it."""
        close = self.closing.get(position, end)
        if close >= end:
            raise UnturnableError
        return self._pieces(position + 1, close, depth + 1), close + 1

    def _argument(self, position: int, end: int, depth: int) -> tuple[list[Piece], int]:
        """Returns the pieces of a macro's argument, a group or one item, and the place after it."""
        position = self._past_spaces(position, end)
        if position >= end or self.text[position] in "^_" or depth > DEEPEST:
            raise UnturnableError
        if self.text[position] == "{":
            return self._group(position, end, depth + 1)
        return self._item(position, end, depth + 1)

    def _item(self, position: int, end: int, depth: int) -> tuple[list[Piece], int]:
        """Returns one piece of the formula, or the pieces of a group, and the place after it."""
        character = self.text[position]
        if character == "\\" and not _TEXT_ONLY.match(self.text, position, end):
            return self._macro(position, end, depth)
        if character == "{":
            pieces, after = self._group(position, end, depth)
            return grouped(pieces, scripted=self._is_scripted(after, end)), after
        if character in "^_":
            argument, after = self._argument(position + 1, end, depth)
            return [script(character, joined(argument))], after
        if character in "\\}&#$":
            raise UnturnableError
        return [sign({"~": " ", "'": "′"}.get(character, character))], position + 1

    def _is_scripted(self, position: int, end: int) -> bool:
        """Returns whether a power, an index or a prime follows at a position."""
        return self._at(self._past_spaces(position, end), end) in tuple("^_'")

    def macro(self, position: int, end: int, depth: int) -> tuple[str, int]:
        """Returns the macro at `position` with its arguments as Unicode, and the place after it.

        Raises:
            UnturnableError: the macro has no clean form without LaTeX.
        """
        pieces, after = self._macro(position, end, depth)
        return joined(pieces).text, after

    def _macro(self, position: int, end: int, depth: int) -> tuple[list[Piece], int]:
        """Returns the pieces of the macro at `position`, and the place after it."""
        match = MACRO.match(self.text, position, end)
        if not match:
            raise UnturnableError
        name, after = match[1], match.end()
        if _SWITCH.fullmatch(name):
            return [], self._past_spaces(after, end)
        if _SIZE.fullmatch(name):
            return [], after + (name in ("left", "right") and self._at(after, end) == ".")
        if name in _symbols():
            found = _symbols()[name]
            if found in "µμ" and (space := _MICRO.match(self.text, after, end)):
                after = space.end()
            return [Piece(name, Kind.NAME) if name in _NAMES else sign(found)], after
        if name in _FRACTIONS:
            above, middle = self._argument(after, end, depth)
            below, after = self._argument(middle, end, depth)
            return [fraction(joined(above), joined(below))], after
        index, after = self._option(after, end) if name == "sqrt" else ("", after)
        argument, after = self._argument(after, end, depth)
        if name not in FONTS or name.startswith("operatorname"):
            return [_with_argument(name, index, joined(argument))], after
        return grouped(word(argument), scripted=self._is_scripted(after, end)), after

    def _option(self, position: int, end: int) -> tuple[str, int]:
        """Returns the index of a root, as in `[3]`, or "", and the place after it."""
        if self._at(position, end) != "[":
            return "", position
        close = self.text.find("]", position, min(end, position + 4))
        index = self.text[position + 1 : close]
        if close < 0 or index not in _ROOTS:
            raise UnturnableError
        return index, close + 1


def _with_argument(name: str, index: str, argument: Piece) -> Piece:
    """Returns the piece for a macro with one argument: a root, a power or index, an accent."""
    if name in FONTS:
        return Piece(argument.text, Kind.NAME)
    if name == "sqrt":
        return root(_ROOTS[index], argument)
    if name in _SCRIPTS:
        return script(_SCRIPTS[name], argument)
    if name not in _FUNCTIONS:
        raise UnturnableError
    return sign(_FUNCTIONS[name](argument.text))


def _is_operator(piece: str) -> bool:
    return len(piece) == 1 and unicodedata.category(piece) == "Sm"


def _marked(mark: str, letter: str) -> str:
    """Returns `letter` with the combining `mark`, as one character where Unicode has it."""
    letter = _DOTTED.get(letter, letter)
    if len(letter) != 1 or not letter.isalpha():
        raise UnturnableError
    return unicodedata.normalize("NFC", letter + mark)


def _accented(bare: str, mark: str, letter: str) -> str:
    r"""Returns `letter` with an accent of text; Unicode must have it, unlike `\"B`."""
    letter = letter.strip()
    if not letter and bare in "^~":
        return bare
    if bare == "." and letter in _DOTTED:
        return _DOTTED[letter]
    accented = _marked(mark, letter)
    if len(accented) != 1 and letter not in _DOTTED:
        raise UnturnableError
    return accented


def _styled(style: str, letters: str) -> str:
    """Returns `letters` in one of Unicode's mathematical alphabets."""
    styled: str = latex2text.fmt_math_text_style(letters, style)
    return styled.translate(_DOUBLE_STRUCK) if style == "doublestruck" else styled


def _negated(sign: str) -> str:
    """Returns a negated relation: `≠` for `=`."""
    negated = unicodedata.normalize("NFC", sign + "\u0338")
    if len(negated) != 1 or negated == sign:
        raise UnturnableError
    return negated


_FUNCTIONS: dict[str, Callable[[str], str]] = {
    **{name: partial(_styled, style) for name, style in _ALPHABETS.items()},
    **{name: partial(_marked, mark) for name, mark in _HATS.items()},
    **{name: partial(_accented, name, mark) for name, mark in _ACCENTS.items()},
    "not": _negated,
}
