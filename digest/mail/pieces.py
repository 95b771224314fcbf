r"""Joins the pieces of a formula into one line that keeps the meaning of the formula.

In print, the bar of a fraction, the roof of a root and the height of a power show which parts
belong together; on a line brackets do. So each piece has a kind, and its neighbours decide whether
it needs brackets:

    a/\frac{b}{c}   a/(b/c)         \sqrt{x}^2   (√x)²          \frac{1}{2}|x|   (1/2)|x|

On the line a power or an index applies to the piece before it. A root, and a sign such as `^`,
applies to the piece after it. A slash applies to the product before it and the piece after it.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto


class UnturnableError(Exception):
    """The formula has no clean form without LaTeX."""


class Kind(Enum):
    """The kind of a piece, which decides about brackets beside other pieces."""

    NOTHING = auto()  # a switch of fonts, or a size
    SPACE = auto()
    LETTER = auto()
    NUMBER = auto()
    NAME = auto()  # of a function
    TEXT = auto()  # a word in an upright font
    WORD = auto()  # letters in a row, each one a factor
    OPENING = auto()
    CLOSING = auto()
    BAR = auto()  # of a norm or an absolute value, before or after
    CLOSED = auto()  # all of it in brackets
    ABOVE = auto()  # a power
    BELOW = auto()  # an index
    PRIME = auto()
    SCRIPTED = auto()  # one piece with its powers and indices
    ROOT = auto()
    FRACTION = auto()
    TIGHT = auto()  # a sign that binds its neighbours: / · ! ∑
    LOOSE = auto()  # a sign that does not bind them: + = ≤ ,
    MANY = auto()


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a line; `inner` is the argument of its last power or index on the line, or ""."""

    text: str
    kind: Kind
    inner: str = ""


_SCRIPTS = (Kind.ABOVE, Kind.BELOW, Kind.PRIME)
_BLANK = (Kind.NOTHING, Kind.SPACE)
_WHOLE = (*(Kind.LETTER, Kind.NUMBER, Kind.NAME, Kind.TEXT, Kind.CLOSED, Kind.SCRIPTED, Kind.ROOT),)
"""Kinds that need no brackets in a denominator; in a numerator a product needs none either."""
_SHORT = 6
"""Most characters of a power or index in small Unicode letters."""
_SIGNS = (
    (frozenset("′"), Kind.PRIME),
    (frozenset("|‖∣∥"), Kind.BAR),
    (frozenset("/·×⋅∘÷⊗⊙∗∙•*!%∑∏∐∫∮∂∇√¬"), Kind.TIGHT),
    (frozenset("∞∅⊤⊥"), Kind.LETTER),
)
"""Signs of a different kind than their Unicode category says."""
_CLOSE = tuple(")]}⟩⌋⌉")
_RUNNING = tuple("^_√∛∜")
_STANDING = frozenset("*†‡⋆★″")
"""Signs that already stand above the line."""
_RAISED = str.maketrans(
    "0123456789+-=()∘'′abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθφϕχ⊤",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾°′′ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵠᵡᵀ",
    " ",
)
_LOWERED = str.maketrans(
    "0123456789+-=()aehijklmnoprstuvxβγρφϕχ",
    "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵩᵪ",
    " ",
)


def sign(text: str) -> Piece:
    """Returns the piece for one character, or for the short text of a macro."""
    return Piece(text, _kind_of(text))


def _kind_of(text: str) -> Kind:
    if not text or text.isspace():
        return Kind.SPACE if text else Kind.NOTHING
    if kind := next((kind for some, kind in _SIGNS if text in some), None):
        return kind
    bare = "".join(character for character in text if not unicodedata.combining(character))
    if len(bare) != 1:
        return Kind.TEXT
    category = unicodedata.category(bare)
    by_category = {"Nd": Kind.NUMBER, "Ps": Kind.OPENING, "Pe": Kind.CLOSING}
    return by_category.get(category, Kind.LOOSE if category[0] in "PSZ" else Kind.LETTER)


def joined(pieces: Iterable[Piece]) -> Piece:
    """Joins pieces into one, with brackets where the line would mean something else.

    Raises:
        UnturnableError: a piece has two powers or two indices.
    """
    parts = list(_fractions(list(_scripts(pieces))))
    return Piece(_line(parts), _kind(parts))


def grouped(pieces: Sequence[Piece], *, scripted: bool) -> list[Piece]:
    """Returns the pieces of a group, joined into one where a power or index follows."""
    solid = [piece for piece in pieces if piece.kind not in _BLANK]
    if not scripted or (len(solid) == 1 and solid[0].kind != Kind.SCRIPTED):
        return list(pieces)
    whole = joined(pieces)
    return [whole if whole.kind in (*_WHOLE, Kind.WORD) else _in_brackets(whole)] if solid else []


def word(pieces: Sequence[Piece]) -> list[Piece]:
    """Returns pieces in an upright font: letters in a row become one word."""
    whole = joined(pieces)
    return [Piece(whole.text, Kind.TEXT)] if whole.kind == Kind.WORD else list(pieces)


def fraction(above: Piece, below: Piece) -> Piece:
    """Returns numerator and denominator on one line, with a slash between them."""
    differential = below.kind == Kind.WORD and len(below.text) == 2 and below.text[0] == "d"
    over = above if _is_whole(above) or above.kind == Kind.WORD else _in_brackets(above)
    under = below if _is_whole(below) or differential else _in_brackets(below)
    return Piece(f"{over.text}/{under.text}", Kind.FRACTION)


def root(mark: str, content: Piece) -> Piece:
    """Returns a root: its mark before its content."""
    round_brackets = content.kind == Kind.CLOSED and content.text[0] == "("
    bare = content.kind in (Kind.LETTER, Kind.NUMBER) or round_brackets
    return Piece(mark + (content if bare else _in_brackets(content)).text, Kind.ROOT)


def script(mark: str, content: Piece) -> Piece:
    """Returns `content` raised (`^`) or lowered (`_`), or after the mark itself if it is long."""
    kind, table = (Kind.ABOVE, _RAISED) if mark == "^" else (Kind.BELOW, _LOWERED)
    text = content.text
    small = all(ord(character) in table for character in text) and len(text) <= _SHORT
    if text and small and "′" not in text.lstrip("′"):  # else the prime would be the base's
        return Piece(text.translate(table), kind)
    if mark == "^" and text in _STANDING:
        return Piece(text, kind)
    names = (Kind.LETTER, Kind.NUMBER, Kind.NAME, Kind.TEXT, Kind.WORD)
    bare = (content.kind in names and " " not in text) or len(text) == 1
    return Piece(mark + (text if bare else f"({text})"), kind, text if bare else "")


def _is_whole(piece: Piece) -> bool:
    """Returns whether a piece reads as one factor."""
    return len(piece.text) == 1 or (piece.kind in _WHOLE and " " not in piece.text)


def _in_brackets(piece: Piece) -> Piece:
    return Piece(f"({piece.text})", Kind.CLOSED)


def _scripts(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yields the pieces, each one joined with its powers and indices."""
    base: Piece | None = None
    blank: list[Piece] = []
    scripts: list[Piece] = []

    def done() -> Iterator[Piece]:
        if base is not None or scripts:
            yield _with_scripts(base, scripts)
        yield from blank

    for piece in pieces:
        if piece.kind in _SCRIPTS:
            scripts.append(piece)
            blank = []
        elif piece.kind in _BLANK:
            blank.append(piece)
        else:
            yield from done()
            base, blank, scripts = piece, [], []
    yield from done()


def _with_scripts(base: Piece | None, scripts: Sequence[Piece]) -> Piece:
    if not scripts:
        assert base is not None
        return base
    kinds = [one.kind for one in scripts]
    if kinds.count(Kind.ABOVE) > 1 or kinds.count(Kind.BELOW) > 1:
        raise UnturnableError
    base = base or Piece("", Kind.NOTHING)
    row = base.kind == Kind.WORD and Kind.ABOVE in kinds
    if row or base.kind in (Kind.FRACTION, Kind.ROOT, Kind.SCRIPTED, Kind.MANY):
        base = _in_brackets(base)
    texts = [
        f"{one.text[0]}({one.inner})" if one.inner and one is not scripts[-1] else one.text
        for one in scripts
    ]
    kind = base.kind if base.kind in (Kind.CLOSING, Kind.BAR, Kind.LOOSE) else Kind.SCRIPTED
    return Piece(base.text + "".join(texts), kind, scripts[-1].inner)


def _fractions(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yields the pieces, with brackets around fractions and roots beside other factors."""
    solid = [piece for piece in pieces if piece.kind not in _BLANK]
    befores, afters = iter([None, *solid]), iter([*solid[1:], None])
    for piece in pieces:
        if piece.kind in _BLANK:
            yield piece
            continue
        before, after = next(befores), next(afters)
        factor = before and before.kind not in (Kind.LOOSE, Kind.OPENING)
        further = after and after.kind not in (Kind.LOOSE, Kind.CLOSING)
        split = piece.kind == Kind.FRACTION and (factor or further)
        if split or (piece.kind == Kind.ROOT and _runs_into(piece, after)):
            yield _in_brackets(piece)
        else:
            yield piece


def _runs_into(piece: Piece, after: Piece | None) -> bool:
    """Returns whether the piece after a root without brackets would read as part of it."""
    follows = after.text[:1] if after else ""
    opens = not piece.text.endswith(")") and after and after.kind == Kind.FRACTION
    return bool(opens) or follows in tuple("!%" if piece.text.endswith(")") else "!%([{⟨⌊⌈")


def _line(pieces: Sequence[Piece]) -> str:
    """Returns the text of all pieces, with a space where two pieces would read as one."""
    out = ""
    runs_on = False  # whether a letter right after the last piece would read as part of it
    for piece in pieces:
        is_name = piece.kind == Kind.NAME
        named = is_name or (piece.kind == Kind.SCRIPTED and all(map(_is_letter, piece.text[:2])))
        beside = named and (out[-1:].isalnum() or out[-1:] == ")")
        if _is_letter(piece.text[:1]) and (runs_on or beside):
            out += " "
        if piece.text:
            runs_on = is_name or _swallows(piece)
        out += piece.text.removeprefix(" ") if out.endswith(" ") else piece.text
    return out


def _swallows(piece: Piece) -> bool:
    """Returns whether a letter right after it would read as part of its root, power or index."""
    rooted = piece.text[:1] in _RUNNING and piece.text[-1:].isalnum()
    return rooted or bool(piece.inner)


def _is_letter(character: str) -> bool:
    """Returns whether it is a letter or digit on the line, not above or below it."""
    return character.isalnum() and unicodedata.category(character) not in ("Lm", "No")


def _kind(pieces: Sequence[Piece]) -> Kind:
    """Returns the kind of the pieces together."""
    solid = [piece for piece in pieces if piece.kind not in _BLANK]
    kinds = {piece.kind for piece in solid}
    if not solid:
        return Kind.NOTHING
    if len(solid) == 1:
        return solid[0].kind
    if all(piece.text.isdecimal() or piece.text == "." for piece in solid):
        return Kind.NUMBER
    if _is_closed(solid):
        return Kind.CLOSED if solid[-1].text in _CLOSE else Kind.SCRIPTED
    spaced = any(piece.kind == Kind.SPACE for piece in pieces)
    if kinds <= {Kind.LETTER, Kind.NUMBER, Kind.WORD} and not spaced:
        return Kind.WORD
    return Kind.MANY


def _is_closed(pieces: Sequence[Piece]) -> bool:
    """Returns whether the first piece opens a bracket that the last piece closes."""
    depth = 0
    for piece in pieces:
        depth += (piece.kind == Kind.OPENING) - (piece.text[:1] in _CLOSE)
        if depth <= 0:
            return piece is pieces[-1] and depth == 0 and piece.kind == Kind.CLOSING
    return False
