"""Draws the wings of `digest/` into docs/architecture.md, from what the modules import.

Run by `make wings`. The picture is a Mermaid flowchart: a box for each wing, and an arrow to each
wing that it imports from. An arrow is left out where a way over other arrows leads there.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "digest"
PAGE = ROOT / "docs" / "architecture.md"

GROUND = "ground"
"""The wing of the modules that stand in `digest/` itself."""
_FENCE = "```mermaid\n", "```\n"


def _modules() -> dict[str, Path]:
    names = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(file.relative_to(PACKAGE).with_suffix("").parts)
        names[name.removesuffix("__init__").rstrip(".")] = file
    return names


MODULES = _modules()
"""The file of each module and package; names begin below `digest`, which is "" itself."""


def imports(file: Path) -> Iterator[str]:
    """Yields the full name of every module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} has a relative import"
            assert node.module
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                known = inner.partition(".")[2] in MODULES and node.module.startswith("digest")
                yield inner if known else node.module


def wing(module: str) -> str:
    """The wing that a module stands in."""
    return module.partition(".")[0] if "." in module or is_package(module) else GROUND


def is_package(module: str) -> bool:
    """Whether a name is that of a folder."""
    return MODULES[module].name == "__init__.py"


def own(module: str) -> set[str]:
    """The modules of `digest` that a module of `digest` imports."""
    names = imports(MODULES[module])
    return {
        name.removeprefix("digest").lstrip(".")
        for name in names
        if name == "digest" or name.startswith("digest.")
    }


def arrows() -> dict[str, set[str]]:
    """The other wings that each wing imports from; `__main__` is left out, as it only starts."""
    found: dict[str, set[str]] = {}
    for module in MODULES.keys() - {"", "__main__"}:
        others = {wing(other) for other in own(module) - {""}}
        found.setdefault(wing(module), set()).update(others - {wing(module)})
    return found


def reduced(every: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The arrows without those that a longer way makes superfluous; there must be no circle."""

    def reached(start: str) -> set[str]:
        return set().union(*({other} | reached(other) for other in every[start]))

    return {
        start: others - set().union(*(reached(other) for other in others))
        for start, others in every.items()
    }


def picture() -> str:
    """The flowchart, from the wing that nothing imports down to the ground."""
    every = arrows()
    drawn = reduced(every)
    side_by_side = {name for name, others in every.items() if others == {"model", GROUND}}
    heights: dict[str, int] = {}
    while len(heights) < len(every):
        for name, others in every.items():
            if name not in heights and others <= heights.keys():
                heights[name] = 1 + max((heights[other] for other in others), default=0)
    downward = sorted(every, key=lambda name: (-heights[name], name))
    lines = ["flowchart TD", '  subgraph side_by_side ["side by side"]']
    lines += [f"    {name}" for name in downward if name in side_by_side]
    lines += ["  end", f'  {GROUND}["the modules in digest/ itself"]']
    lines += [f"  {name} --> {' & '.join(sorted(drawn[name]))}" for name in downward if drawn[name]]
    return "\n".join(lines) + "\n"


def with_picture(page: str) -> str:
    """The page with the picture of now in its only Mermaid block."""
    begin, end = _FENCE
    before, found, after = page.partition(begin)
    assert found, f"{PAGE} has no place for the picture: a block that begins with ```mermaid"
    return before + begin + picture() + end + after.partition(end)[2]


if __name__ == "__main__":
    PAGE.write_text(with_picture(PAGE.read_text("utf-8")), "utf-8")
