"""The English of the docstrings: a verb or a noun comes first, and the subject has a name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "digest"

HEADLESS = re.compile(
    r"^(?:What|Who|Whose|Whom|Whoever|Whatever|That|Those (?:who|that))\b"
    r"|\b(?:of|to|by|from|for|with) (?:what|who|whose|whoever|whatever)\b"
)
"""A sentence whose noun is "what" or "who": it does not name its subject."""
PRIVATE = re.compile(r"\bin vain\b|\blet(?:s|ting)? go\b|\balike\b", re.IGNORECASE)
"""Words that the field does not have for these things."""


def _docstrings(file: Path) -> Iterator[tuple[int, str]]:
    """Yields (line, docstring) of a module, its classes, functions, constants and attributes."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, ast.Expr) and isinstance(inner.value, ast.Constant):
                text = inner.value.value
                if isinstance(text, str):
                    yield inner.lineno, " ".join(text.split())


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.:;?!]) ", text, maxsplit=1)[0]


MODULES = {
    ".".join(file.relative_to(PACKAGE).with_suffix("").parts): file
    for file in sorted(PACKAGE.rglob("*.py"))
}


@pytest.mark.parametrize("module", MODULES)
def test_docstrings_name_their_subject(module: str) -> None:
    """The first sentence of a docstring begins with a verb or a noun, and has no private word."""
    found = [
        f"{module}:{line}: {sentence}"
        for line, text in _docstrings(MODULES[module])
        for sentence in [_first_sentence(text)]
        if HEADLESS.search(sentence) or PRIVATE.search(text)
    ]
    assert not found


@pytest.mark.parametrize(
    "sentence",
    [
        "What a reader has had.",
        "Whose address needs RFC 6531.",
        "That a connection ends is not held against the message.",
        "Those who wait.",
        "The history of whoever reads.",
        "Takes care of what waits.",
        "Counts the messages offered in vain.",
        "Lets go of the files.",
    ],
)
def test_the_form_tells_them_apart(sentence: str) -> None:
    """A sentence without a named subject is found, and one with a private word."""
    assert HEADLESS.search(sentence) or PRIVATE.search(sentence)
