r"""The pieces of a formula, put on one line so that they mean there what they meant on the page.

On the page a bar under a numerator, a roof over a root and the height of a power say what belongs
together; on a line brackets have to. So each piece has a kind, and gets brackets by its neighbours:

    a/\frac{b}{c}   a/(b/c)         \sqrt{x}^2   (√x)²          \frac{1}{2}|x|   (1/2)|x|

The line is read as people read it: a power or an index holds for the piece before it; a root, and a
sign such as `^`, for the piece after it; a slash for the product before it and the piece after it.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto


class UnturnableError(Exception):
    """There is no clean way to write this without LaTeX."""


class Kind(Enum):
    """What a piece is to its neighbours."""

    NOTHING = auto()  # a switch of fonts, or a size
    SPACE = auto()
    LETTER = auto()
    NUMBER = auto()
    NAME = auto()  # of a function
    TEXT = auto()  # a word in an upright font
    WORD = auto()  # letters in a row, each a factor of its own
    OPENING = auto()
    CLOSING = auto()
    BAR = auto()  # of a norm or an absolute value, before or after
    CLOSED = auto()  # in brackets, the whole of it
    ABOVE = auto()  # a power
    BELOW = auto()  # an index
    PRIME = auto()
    SCRIPTED = auto()  # one piece with its powers and indices
    ROOT = auto()
    FRACTION = auto()
    TIGHT = auto()  # a sign that binds what is beside it: / · ! ∑
    LOOSE = auto()  # a sign that does not: + = ≤ ,
    MANY = auto()


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a line; `inner` is the argument of a last script that stands on the line."""

    text: str
    kind: Kind
    inner: str = ""


_SCRIPTS = (Kind.ABOVE, Kind.BELOW, Kind.PRIME)
_BLANK = (Kind.NOTHING, Kind.SPACE)
_WHOLE = (*(Kind.LETTER, Kind.NUMBER, Kind.NAME, Kind.TEXT, Kind.CLOSED, Kind.SCRIPTED, Kind.ROOT),)
"""What needs no brackets below a fraction's bar; above it a product needs none either."""
_SHORT = 6
"""Characters above or below the line that can still be read there."""
_SIGNS = (
    (frozenset("′"), Kind.PRIME),
    (frozenset("|‖∣∥"), Kind.BAR),
    (frozenset("/·×⋅∘÷⊗⊙∗∙•*!%∑∏∐∫∮∂∇√¬"), Kind.TIGHT),
    (frozenset("∞∅⊤⊥"), Kind.LETTER),
)
"""What is another kind than Unicode's category says."""
_CLOSE = tuple(")]}⟩⌋⌉")
_RUNNING = tuple("^_√∛∜")
_STANDING = frozenset("*†‡⋆★″")
"""Raised signs that are high up by themselves."""
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
    """The piece for one character, or for a short text that a macro stands for."""
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
    """One piece for all of them, with brackets where the line would say something else.

    Raises:
        UnturnableError: one has two powers or two indices.
    """
    parts = list(_fractions(list(_scripts(pieces))))
    return Piece(_line(parts), _kind(parts))


def grouped(pieces: Sequence[Piece], *, scripted: bool) -> list[Piece]:
    """The pieces of a group: as they are, or as one where a power or index follows."""
    solid = [piece for piece in pieces if piece.kind not in _BLANK]
    if not scripted or (len(solid) == 1 and solid[0].kind != Kind.SCRIPTED):
        return list(pieces)
    whole = joined(pieces)
    return [whole if whole.kind in (*_WHOLE, Kind.WORD) else _in_brackets(whole)] if solid else []


def word(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces in an upright font: letters in a row are one word, anything else is as it is."""
    whole = joined(pieces)
    return [Piece(whole.text, Kind.TEXT)] if whole.kind == Kind.WORD else list(pieces)


def fraction(above: Piece, below: Piece) -> Piece:
    """The two on one line, with a slash between them."""
    differential = below.kind == Kind.WORD and len(below.text) == 2 and below.text[0] == "d"
    over = above if _is_whole(above) or above.kind == Kind.WORD else _in_brackets(above)
    under = below if _is_whole(below) or differential else _in_brackets(below)
    return Piece(f"{over.text}/{under.text}", Kind.FRACTION)


def root(mark: str, content: Piece) -> Piece:
    """The mark of a root before what is below it."""
    round_brackets = content.kind == Kind.CLOSED and content.text[0] == "("
    bare = content.kind in (Kind.LETTER, Kind.NUMBER) or round_brackets
    return Piece(mark + (content if bare else _in_brackets(content)).text, Kind.ROOT)


def script(mark: str, content: Piece) -> Piece:
    """`content` raised (`^`) or lowered (`_`), or after the mark itself where that is better."""
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
    """Whether it is one factor, and seen to be one."""
    return len(piece.text) == 1 or (piece.kind in _WHOLE and " " not in piece.text)


def _in_brackets(piece: Piece) -> Piece:
    return Piece(f"({piece.text})", Kind.CLOSED)


def _scripts(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yields the pieces, each that has powers and indices as one with them."""
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
    """Yields the pieces, fractions and roots in brackets where something is beside them."""
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
    """Whether a root without brackets stands before what could be taken for part of it."""
    follows = after.text[:1] if after else ""
    opens = not piece.text.endswith(")") and after and after.kind == Kind.FRACTION
    return bool(opens) or follows in tuple("!%" if piece.text.endswith(")") else "!%([{⟨⌊⌈")


def _line(pieces: Sequence[Piece]) -> str:
    """The text of all pieces, with a space where two would be read as one."""
    out = ""
    runs_on = False  # whether what is last would swallow a letter written right after it
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
    """Whether a letter right after it would be taken for part of its root, power or index."""
    rooted = piece.text[:1] in _RUNNING and piece.text[-1:].isalnum()
    return rooted or bool(piece.inner)


def _is_letter(character: str) -> bool:
    """Whether it is a letter or digit on the line, not above or below it."""
    return character.isalnum() and unicodedata.category(character) not in ("Lm", "No")


def _kind(pieces: Sequence[Piece]) -> Kind:
    """What all of the pieces are together."""
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
    """Whether the first piece opens a bracket that the last one closes."""
    depth = 0
    for piece in pieces:
        depth += (piece.kind == Kind.OPENING) - (piece.text[:1] in _CLOSE)
        if depth <= 0:
            return piece is pieces[-1] and depth == 0 and piece.kind == Kind.CLOSING
    return False
