"""A formula that is turned says on one line what it said in LaTeX: it is read back and compared.

Small formulas are made as trees, written in LaTeX in one of several ways, turned, and read back by
the rules that `digest.mail.pieces` states. Both trees are then worked out with numbers for the
letters.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from digest.mail.latex import to_unicode

VALUES = {letter: 1.1 + 0.37 * number for number, letter in enumerate("abixyznλα")}
SPELT = {"λ": r"\lambda ", "α": r"\alpha "}
FUNCTIONS = ("log", "exp")
UP = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇⁱˣʸᶻⁿᵅˡᵒᵍᵉᵖ", "0123456789+-=()abixyznαlogep", strict=True))
DOWN = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐᵢₓₙₑₚ", "0123456789+-=()aixnep", strict=True))


@dataclass(frozen=True)
class Node:
    """A formula: what it is, and its parts; a letter or a number is its own part."""

    kind: str
    parts: tuple["Node | str", ...]

    def __getitem__(self, number: int) -> "Node":
        part = self.parts[number]
        assert isinstance(part, Node)
        return part


def worked_out(node: Node) -> float:
    """The formula's number; what has no fixed meaning, such as an index, is some function."""
    if node.kind == "leaf":
        (text,) = node.parts
        assert isinstance(text, str)
        return VALUES[text] if text in VALUES else float(text)
    values = [worked_out(part) for part in node.parts if isinstance(part, Node)]
    first, last = values[0], values[-1]
    return {
        "sum": lambda: first + last,
        "difference": lambda: first - last,
        "product": lambda: first * last,
        "fraction": lambda: first / (last + 1e-9),
        "power": lambda: math.cos(first * 0.7 + last * 1.9) + 2,
        "index": lambda: math.sin(first * 1.3 + last * 0.3) + 3,
        "prime": lambda: math.sin(first * 2.1) + 4,
        "factorial": lambda: math.cos(first * 1.7) + 5,
        "root": lambda: math.sqrt(abs(first)) + 0.1,
        "bars": lambda: abs(first) + 0.01,
        "log": lambda: math.log(abs(first) + 2),
        "exp": lambda: math.tanh(first) + 6,
    }[node.kind]()


LOOSE = ("sum", "difference")
leaves = st.sampled_from([*VALUES, "2", "3", "10"]).map(lambda text: Node("leaf", (text,)))


def _of(kinds: tuple[str, ...], *parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.builds(Node, st.sampled_from(kinds), st.tuples(*parts))


formulas = st.recursive(
    leaves,
    lambda inner: st.one_of(
        _of(("sum", "difference", "product", "fraction", "fraction", "power"), inner, inner),
        _of(("index",), inner, leaves),
        _of(("prime", "factorial", "root", "root", "bars", *FUNCTIONS), inner),
    ),
    max_leaves=7,
)


class Writer:
    """Writes a formula in LaTeX, as authors do: `choose` picks among ways to write the same."""

    def __init__(self, choose: st.DataObject) -> None:
        self._choose = choose

    def _one_of(self, *ways: str) -> str:
        return self._choose.draw(st.sampled_from(ways))

    def whole(self, node: Node) -> str:
        """The formula by itself."""
        if node.kind in LOOSE:
            sign = self._one_of("+", " + ") if node.kind == "sum" else self._one_of("-", " - ")
            right = self.factors(node[1]) if node[1].kind in LOOSE else self.whole(node[1])
            return self.whole(node[0]) + sign + right
        return self.factors(node)

    def factors(self, node: Node) -> str:
        """The formula as part of a product."""
        if node.kind == "product":
            left, right = self.factors(node[0]), self.factors(node[1])
            between = self._one_of("", " ", r"\,", r" \cdot ")
            if right[0].isdecimal() or self._is_open(node[0]):
                right = self._bracketed(right)
            return left + between + right
        if node.kind == "fraction":
            if self._one_of("frac", "slash") == "slash":
                above = self.factor(node[0])
                return f"{above}/{self.factor(node[1])}"
            name = self._one_of("frac", "tfrac", "nicefrac")
            return rf"\{name}{{{self.whole(node[0])}}}{{{self.whole(node[1])}}}"
        return self.factor(node)

    def _is_open(self, node: Node) -> bool:
        """Whether a factor after it would be taken for part of it, also on the page."""
        last = node[1] if node.kind in ("product", "fraction") else node
        return node.kind in ("fraction", *FUNCTIONS) or last.kind in FUNCTIONS

    def factor(self, node: Node) -> str:
        """The formula as one factor."""
        if node.kind == "leaf":
            (text,) = node.parts
            assert isinstance(text, str)
            return SPELT.get(text, text)
        if node.kind == "bars":
            return self._in_bars(node[0])
        if node.kind in (*FUNCTIONS, "root"):
            plain = node.kind != "root"
            inner = self.factor(node[0]) if plain else f"{{{self.whole(node[0])}}}"
            return rf"\{node.kind if plain else 'sqrt'} {inner}"
        if node.kind in ("power", "index"):
            mark = "^" if node.kind == "power" else "_"
            return f"{self.base(node[0])}{mark}{{{self.whole(node[1])}}}"
        if node.kind in ("prime", "factorial"):
            braces = node.kind == "prime"
            return self.base(node[0], braces=braces) + ("'" if braces else "!")
        return self._bracketed(self.whole(node))

    def _in_bars(self, node: Node) -> str:
        assume(not _has_bars(node))
        ways = [("|", "|"), (r"\left|", r"\right|"), (r"\|", r"\|")]
        left, right = self._choose.draw(st.sampled_from(ways))
        return f"{left}{self.whole(node)}{right}"

    def base(self, node: Node, *, braces: bool = True) -> str:
        """Reads the base of a power, an index, a prime or a factorial."""
        if node.kind == "root":
            return self.factor(node)
        if node.kind == "fraction" and self._one_of("bare", "brackets") == "bare":
            inner = rf"\frac{{{self.whole(node[0])}}}{{{self.whole(node[1])}}}"
            return f"{{{inner}}}" if braces and self._one_of("", "{") else inner
        if node.kind in ("leaf", "bars"):
            return self.factor(node)
        if braces and node.kind in ("power", "index") and self._one_of("{", "("):
            return f"{{{self.factor(node)}}}"
        return self._bracketed(self.whole(node))

    def _bracketed(self, text: str) -> str:
        return self._one_of(f"({text})", rf"\left({text}\right)")


def _has_bars(node: Node) -> bool:
    parts = [part for part in node.parts if isinstance(part, Node)]
    return node.kind == "bars" or any(map(_has_bars, parts))


class Reader:
    """Reads a line by the rules; AssertionError where it is not clear what the line says."""

    def __init__(self, line: str) -> None:
        self._line = re.sub(r"\s+", " ", line)
        self._at = 0
        self._within_bars = False

    def read(self) -> Node:
        """The whole line."""
        node = self._sum()
        assert self._at == len(self._line), f"{self._line!r} goes on at {self._at}"
        return node

    def _next(self) -> str:
        return self._line[self._at : self._at + 1]

    def _past_space(self) -> None:
        while self._next() == " ":
            self._at += 1

    def _sum(self) -> Node:
        node = self._product()
        while self._next() in tuple("+-"):
            kind = {"+": "sum", "-": "difference"}[self._next()]
            self._at += 1
            node = Node(kind, (node, self._product()))
        return node

    def _product(self) -> Node:
        node = self._factor()
        while True:
            self._past_space()
            sign = self._next()
            if sign in tuple("+-)") or not sign or (sign in "|‖" and self._within_bars):
                return node
            self._at += sign in tuple("/·")
            node = Node("fraction" if sign == "/" else "product", (node, self._factor()))

    def _factor(self) -> Node:
        self._past_space()
        for name in FUNCTIONS:
            if self._line.startswith(name, self._at):
                self._at += len(name)
                return Node(name, (self._factor(),))
        return self._with_scripts(self._piece())

    def _piece(self, *, digits: bool = True) -> Node:
        """One piece without what follows it."""
        number = re.compile(r"\d+" if digits else r"\d").match(self._line, self._at)
        if number:
            self._at = number.end()
            return Node("leaf", (number[0],))
        sign = self._next()
        self._at += 1
        if sign in VALUES:
            return Node("leaf", (sign,))
        if sign == "√":
            node = Node("root", (self._piece(),))
            opens = "" if self._line[self._at - 1] == ")" else "("
            assert self._next() not in {*UP, *DOWN, *f"^_′!{opens}"}, "what is this of a root?"
            return node
        assert sign in {"(", "|", "‖"}, f"{self._line!r} has {sign!r} at {self._at}"
        within, self._within_bars = self._within_bars, sign != "("
        node = self._sum()
        self._within_bars = within
        self._past_space()
        assert self._next() == {"(": ")"}.get(sign, sign)
        self._at += 1
        return node if sign == "(" else Node("bars", (node,))

    def _with_scripts(self, node: Node) -> Node:
        while sign := self._line[self._at : self._at + 2].removeprefix(" ")[:1]:
            if sign not in (self._next(), "!"):
                break
            self._at += sign != self._next()
            small = UP if sign in UP else DOWN
            if sign in small:
                end = self._at
                while self._line[end : end + 1] in {*small}:
                    end += 1
                inner = Reader("".join(map(small.__getitem__, self._line[self._at : end]))).read()
                self._at = end
                node = Node("power" if small is UP else "index", (node, inner))
            elif sign in "^_":
                self._at += 1
                bare = self._next() != "("
                node = Node("power" if sign == "^" else "index", (node, self._piece()))
                unclear = bare and self._next() in {*UP, *DOWN, *"^_′!"}
                assert not unclear, "is this of the script or of its base?"
            elif sign in "′!":
                self._at += 1
                node = Node({"′": "prime", "!": "factorial"}[sign], (node,))
            else:
                break
        return node


@given(formulas, st.data())
def test_a_turned_formula_says_the_same(formula: Node, data: st.DataObject) -> None:
    """The result is the formula as it was written, or means the same number."""
    latex = f"${Writer(data).whole(formula)}$"
    turned = to_unicode(latex)
    if turned == latex:
        assert "'" in latex or "^" in latex or "_" in latex
        return
    read = Reader(turned).read()
    assert math.isclose(worked_out(read), worked_out(formula), rel_tol=1e-6), (latex, turned)


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"$a/\frac{b}{c}$", "a/(b/c)"),
        (r"$\frac{a}{b}/c$", "(a/b)/c"),
        (r"$\sqrt{x}^2$ and $\sqrt{x^2}$", "(√x)² and √(x²)"),
        (r"$\sqrt[3]{x}'$", "(∛x)′"),
        (r"$\frac{1}{2}|x|$, $\frac12\|x\|_2^2$", "(1/2)|x|, (1/2)‖x‖₂²"),
        (r"$\frac{1}{2} \left\| x \right\|$", "(1/2) ‖ x ‖"),
        (r"$\|x\|\frac{1}{2}$, $n!\frac{1}{2}$", "‖x‖(1/2), n!(1/2)"),
        (r"${\frac{a}{b}}^2$, ${x^y}^z$, ${a+b}^2$", "(a/b)², (xʸ)ᶻ, (a+b)²"),
        (r"$\frac{1}{cd}$, $\frac{df}{dx}$", "1/(cd), df/dx"),
        (r"$x_{\lambda}^2$, $x_{\lambda_1}$", "x_(λ)², x_(λ₁)"),
        (r"$\frac{\mathrm{TP}}{\mathrm{TP}+\mathrm{FN}}$", "TP/(TP+FN)"),
        (r"$\frac{1}{2}+\frac{1}{3} \le 1$, $\pm\frac12$", "1/2+1/3 ≤ 1, ±1/2"),
        (r"$x^2^3$", r"$x^2^3$"),
        (r"$\sqrt{x}(y)$, $\sqrt{xy}(z)$", "(√x)(y), √(xy)(z)"),
    ],
)  # fmt: skip
def test_brackets_where_they_are_needed(latex: str, text: str) -> None:
    """Fractions, roots and scripts get brackets by what is beside them, and none elsewhere."""
    assert to_unicode(latex) == text


def test_the_reader_tells_formulas_apart() -> None:
    """The reader of this test sees the differences that it is there for."""

    def value(line: str) -> float:
        return worked_out(Reader(line).read())

    different: Mapping[str, str] = {
        "a/b/x": "a/(b/x)",
        "(√x)²": "√(x²)",
        "1/2|x|/3": "1/(2|x|)/3",
        "xʸ": "xy",
        "x_(λ)²": "x_(λ²)",
        "a-b-x": "a-(b-x)",
    }
    for one, other in different.items():
        assert not math.isclose(value(one), value(other)), (one, other)
    for unclear in ("√x²", "x_λ²", "x^λ′", "a/"):
        with pytest.raises(AssertionError):
            value(unclear)
