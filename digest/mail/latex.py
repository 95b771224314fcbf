r"""Turns the LaTeX in arXiv's metadata into Unicode, as far as that can be done cleanly.

Titles and abstracts are plain text with TeX in it (https://info.arxiv.org/help/prep.html): accents
anywhere, mathematics between dollar signs, and other macros that authors paste.

    Schr\"odinger bridges on $\mathbb{R}^n$ in $O(\sqrt{T}\log T)$ with \emph{one} \model{}
    Schrödinger bridges on ℝⁿ in O(√T log T) with one \model{}

Every formula, and every macro outside of a formula, becomes Unicode as a whole or stays as it is
written. A power or index without Unicode letters stays on the line, as in `x_max` and
`2^(k log n)`.
"""

import re
from dataclasses import dataclass

from digest.mail.formula import DEEPEST, FONTS, MACRO, Formula
from digest.mail.pieces import UnturnableError

_LONGEST = 20_000
"""Most characters of a text; arXiv itself allows abstracts of up to 1,920."""

_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)
_SPECIAL = re.compile(r"[\\${~]")
_NEXT_DOLLAR = re.compile(r"(?:[^\\$]|\\.)*", re.DOTALL)
_SENTENCE = re.compile(r"[^\W\d_]{2}\s+[^\W\d_]{2}|\s(?:and|or|to|per|vs)\b|\d\s*[mb]illion")
_WORDS = re.compile(r"\s[^\W\d_]{2,}\s")

_LETTERS = frozenset(
    ["AA", "AE", "L", "O", "OE", "aa", "ae", "i", "imath", "j", "jmath", "l", "micro", "o", "oe",
     "ss", "textasciitilde", "textmu", "texttildelow"]
)  # fmt: skip
"""Macros for letters of a word; a space after one only ends the macro's name."""
_LAST_NAME = re.compile(r"\\([A-Za-z]+)\Z")
_ADDRESS = re.compile(
    r"(?:https?://|ftp://|www\.|(?<![\w.-])(?:[\w-]{1,63}\.){1,5}[a-z]{2,12}/)"
    r"(?:\\text(?:asciitilde|tildelow) |\\tilde\{\\ \}|\S)*"
)
_TILDE = re.compile(
    r"\{(?:\$\\(?:thick)?sim\$|\\~\{\}|\\text(?:asciitilde|tildelow)|\\tilde\{\})\}"
    r"|\{\\raise[\d.]*ex\\hbox\{\$\\scriptstyle\\sim\$\}\}"
    r"|\$\{?\\(?:thick)?sim\}?\$|\$\\tilde\{(?:\\ )?\}\$"
    r"|\\text(?:asciitilde|tildelow)(?:\{\}| |(?![A-Za-z]))|\\string~|\\~(?:\{ ?\})?"
)
"""LaTeX forms of the tilde in the address of a home page."""
_FRAMES = {
    "enquote": (1, "“{0}”"), "footnote": (1, " ({0})"), "href": (2, "{1} ({0})"),
    "textcolor": (2, "{1}"), "url": (1, "{0}"),
}  # fmt: skip
"""The number of arguments of a macro in text, and the format for them."""
_SIGNS = {"\\": " ", "deg": "°"}
"""Macros that mean something else in a formula."""


def to_unicode(text: str) -> str:
    r"""Returns `text` with its LaTeX as Unicode; LaTeX without a clean form stays as written.

    It never raises. A text without backslash and dollar sign, or with more than 20,000 characters,
    comes back unchanged. The time is proportional to the length.

    >>> to_unicode(r"Erd\H{o}s on $\ell_1$ at \$5, or $5 to $6")
    'Erdős on ℓ₁ at $5, or $5 to $6'
    """
    if ("\\" not in text and "$" not in text) or len(text) > _LONGEST:
        return text
    text = _ADDRESS.sub(lambda address: _TILDE.sub("~", address[0]), text)
    return _Prose(Formula(text, _closing_braces(text))).turned(0, len(text), 0)


def _closing_braces(text: str) -> dict[int, int]:
    """Returns the position of the closing brace for each opening brace that has one."""
    closing, opened = {}, []
    for match in _BRACES.finditer(text):
        if match[0] == "{":
            opened.append(match.start())
        elif match[0] == "}" and opened:
            closing[opened.pop()] = match.start()
    return closing


def _is_money(inner: str, follows: str) -> bool:
    """Returns whether the dollar signs around `inner` mean money; `follows` is the next character.

    In "from $5 to $10" the second sign stands after a space and before a digit. A formula has words
    only in its macros; after an amount of money come plain words.
    """
    spaced, digit = inner != inner.strip(), follows.isdecimal()
    if inner[0].isdecimal():
        opens = inner[-1] == " " and (follows.isalnum() or follows == "\\")
        if opens or _WORDS.search(inner):
            return True
    if set(inner) & set("\\^_{}"):
        return spaced and digit and "\\" not in inner
    amount = digit and any(character.isalnum() for character in inner)
    return spaced or amount or bool(_SENTENCE.search(inner))


@dataclass(frozen=True, slots=True)
class _Prose:
    """Reads text around formulas; copies LaTeX that has no clean form."""

    formula: Formula

    def turned(self, start: int, end: int, depth: int) -> str:
        """Returns the text between two positions as Unicode; two spaces side by side become one."""
        text = self.formula.text
        if depth > DEEPEST:
            return text[start:end]
        out = ""
        position = start
        while special := _SPECIAL.search(text, position, end):
            out += text[position : special.start()]
            piece, position = self._item(special.start(), end, depth)
            out += piece.lstrip(" ") if out[-1:] in ("", " ") else piece
            if piece == " " and self._at(position, end) == " ":
                position += 1
        return out + text[position:end]

    def _item(self, position: int, end: int, depth: int) -> tuple[str, int]:
        """Returns the text for the special character at `position`, and the place after it."""
        character = self.formula.text[position]
        if character == "$":
            return self._dollar(position, end)
        if character == "{":
            return self._group(position, end, depth)
        if character == "~":
            return self._tie(position, end), position + 1
        return self._macro(position, end, depth)

    def _tie(self, position: int, end: int) -> str:
        r"""Returns a space before LaTeX, as in `Jones~\emph{et al.}`, else "~", meaning "about"."""
        macro = MACRO.match(self.formula.text, position + 1, end)
        before = self.formula.text[max(position - 1, 0) : position].strip()
        beside = macro or self._at(position + 1, end) == "$"
        named = macro and macro[1].isalpha()
        return " " if named or (before and beside) else "~"

    def _dollar(self, position: int, end: int) -> tuple[str, int]:
        """Returns a formula, or a dollar sign that means money, and the place after it."""
        mark = "$$" if self.formula.text.startswith("$$", position, end) else "$"
        start = position + len(mark)
        match = _NEXT_DOLLAR.match(self.formula.text, start, end)
        stop = match.end() if match else end
        after = stop + len(mark)
        inner = self.formula.text[start:stop]
        if not self.formula.text.startswith(mark, stop, end) or not inner.strip():
            return mark, start
        if _is_money(inner, self._at(after, end)):
            return mark, start
        return self._mathematics(position, start, stop, after)

    def _mathematics(self, position: int, start: int, stop: int, after: int) -> tuple[str, int]:
        try:
            formula = self.formula.turned(start, stop, 0).strip()
        except UnturnableError:
            formula = ""
        return formula or self.formula.text[position:after], after

    def _group(self, position: int, end: int, depth: int) -> tuple[str, int]:
        r"""Returns a group such as `{\bf bold}` or `{\o}`; other braces stay as they are."""
        close = self.formula.closing.get(position, end)
        if close >= end or self.formula.text[position + 1] != "\\":
            return "{", position + 1
        inner = self.turned(position + 1, close, depth + 1)
        if inner.startswith("\\"):
            inner = self.formula.text[position : close + 1]
        return inner, close + 1

    def _macro(self, position: int, end: int, depth: int) -> tuple[str, int]:
        """Returns a macro with its arguments as Unicode or as written, and the place after it."""
        match = MACRO.match(self.formula.text, position, end)
        if not match:
            return "\\", position + 1
        name, after = match[1], match.end()
        if name in ("(", "["):
            stop = self.formula.text.find("\\)" if name == "(" else "\\]", after, end)
            if stop > after:
                return self._mathematics(position, after, stop, stop + 2)
        if name in _SIGNS:
            return _SIGNS[name], after
        if name == "begin" and (stop := self._environment(after, end)):
            return self.formula.text[position:stop], stop
        groups = self._groups(after, end)
        count, frame = _FRAMES.get(name, (1, "{0}") if name in FONTS else (0, ""))
        if count and len(groups) >= count:
            arguments = [self.turned(*group, depth + 1) for group in groups[:count]]
            return self._framed(position, frame, arguments), groups[count - 1][1] + 1
        return self._sign(position, end, depth, groups)

    def _environment(self, position: int, end: int) -> int:
        """Returns the place after the environment with its name in braces at `position`, or 0."""
        close = self.formula.closing.get(position, end)
        ending = "\\end" + self.formula.text[position : close + 1]
        found = self.formula.text.find(ending, close, end) if close < end else -1
        return found + len(ending) if found >= 0 else 0

    def _sign(
        self, position: int, end: int, depth: int, groups: list[tuple[int, int]]
    ) -> tuple[str, int]:
        """Returns a macro with the same meaning in text and in a formula, or the macro as written.

        An unknown macro is copied with the `groups` after it.
        """
        try:
            sign, after = self.formula.macro(position, end, depth)
        except UnturnableError:
            match = MACRO.match(self.formula.text, position, end)
            after = groups[-1][1] + 1 if groups else match.end() if match else position + 1
            return self.formula.text[position:after], after
        last = _LAST_NAME.search(self.formula.text, position, after)
        if self.formula.text.startswith("{}", after, end):
            after += 2
        elif last and last[1] in _LETTERS and self._at(after, end) == " ":
            after += 1
        return sign, after

    def _at(self, position: int, end: int) -> str:
        return self.formula.text[position] if position < end else ""

    def _groups(self, position: int, end: int) -> list[tuple[int, int]]:
        """Returns the begin and end of each group that follows at `position` without a space."""
        groups = []
        while (close := self.formula.closing.get(position, end)) < end:
            groups.append((position + 1, close))
            position = close + 1
        return groups

    def _framed(self, position: int, frame: str, arguments: list[str]) -> str:
        """Returns the arguments in their format; a space separates an address from a word."""
        if len(arguments) == 2 and arguments[0] == arguments[1]:
            return arguments[0]
        text = frame.format(*arguments)
        before = self.formula.text[max(position - 1, 0) : position]
        sticks = before.isalnum() or before in tuple(".,;:")
        return f" {text}" if "://" in text[:8] and sticks else text
