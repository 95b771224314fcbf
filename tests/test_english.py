"""The English of docstrings and comments: a verb or a noun comes first, and subjects have names."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "digest"

HEADLESS = re.compile(
    r"(?:^|(?<=[.:;?!] ))(?:What|Who|Whose|Whom|Whoever|Whatever|Those (?:who|that))\b"
    r"|^That\b|\b(?:of|to|by|from|for|with) (?:what|who|whose|whoever|whatever)\b"
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


def _comments(file: Path) -> Iterator[tuple[int, str]]:
    """Yields (line, text) of each comment."""
    for token in tokenize.generate_tokens(io.StringIO(file.read_text("utf-8")).readline):
        if token.type == tokenize.COMMENT:
            text = token.string.lstrip("# ")
            yield token.start[0], text[:1].upper() + text[1:]


MODULES = {
    ".".join(file.relative_to(PACKAGE).with_suffix("").parts): file
    for file in sorted(PACKAGE.rglob("*.py"))
}


TESTS = [
    file for folder in ("tests", "benchmarks") for file in (PACKAGE.parent / folder).rglob("*.py")
]


def test_docstrings_of_tests_begin_with_their_subject() -> None:
    """No docstring of the tests and benchmarks begins with "what" or "who"."""
    begins = re.compile(r"(?:What|Who|Whose|Whom|That|Those (?:who|that))\b")
    found = [
        f"{file.name}:{line}: {text}"
        for file in TESTS
        for line, text in _docstrings(file)
        if begins.match(text)
    ]
    assert not found


@pytest.mark.parametrize("module", MODULES)
def test_sentences_name_their_subject(module: str) -> None:
    """No sentence of a docstring or comment has "what" or "who" as its noun, or a private word."""
    file = MODULES[module]
    found = [
        f"{module}:{line}: {text}"
        for line, text in (*_docstrings(file), *_comments(file))
        if HEADLESS.search(text) or PRIVATE.search(text)
    ]
    assert not found


@pytest.mark.parametrize(
    "sentence",
    [
        "What a reader has had.",
        "The claims. Who has left has none.",
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
