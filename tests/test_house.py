"""The house: imports run downward, foreign packages have one door, modules keep their size."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "digest"

LAYERS = (
    {"__main__"},
    {"cli.entry"},
    {"cli.command_line", "cli.failing"},
    {"cli.log"},
    {"commands.demo"},
    {"commands.check", "commands.importing", "commands.preview", "commands.send"}
    | {"commands.run", "commands.status", "commands.table", "commands.init", "commands.help"},
    {"commands.cautions", "commands.interview"},
    {"commands.invocation", "commands.previews", "commands.options", "commands.questions"}
    | {"commands.status_lines"},
    {"service.loop"},
    {"service.daemon"},
    {"cycle.cycle", "mail.rendering_apart", "service.mishaps"},
    {"cycle.offering"},
    {"cycle.reporting"},
    {"cycle.outcomes", "service.operator_post"},
    {
        "cycle.composing",
        "delivery.dispatch",
        "delivery.rehearsal",
        "cycle.fetching",
        "cycle.report",
        "service.operator_mail",
    },
    {"cycle.reconciling", "delivery.sending"},
    # The edges. None of them imports another one.
    {
        "source.arxiv_api.listing",
        "delivery.connection",
        "store.json_file.store",
        "mail.rendering",
        "config.files",
        "standin.server",
        "standin.mailserver",
    }
    | {
        "stopping",
        "service.systemd",
        "delivery.batching",
        "delivery.hearing",
        "delivery.supply",
        "mail.dkim_key",
    },
    # What belongs to one edge alone.
    {"config.default_state", "store.json_file.freshness"},
    {"store.json_file.files", "store.json_file.place"},
    {
        "source.arxiv_api.session",
        "delivery.transaction",
        "store.json_file.format",
        "standin.corpus",
        "delivery.reaching",
        "delivery.connection_faults",
    }
    | {"mail.apart"},
    {"source.arxiv_api.atom", "delivery.dialogue", "durable", "standin.feed", "standin.grammar"},
    {"standin.index", "standin.samples"},
    # Decisions, and the words they are made in. Nothing from here on reads, writes or waits.
    {"service.holds"},
    {
        "service.due",
        "service.troubles",
        "store.recorder",
        "config.cache",
        "commands.first_files",
        "service.repetition",
        "selection.changes",
    }
    | {"cycle.precedents"},
    {"service.slots"},
    {"store.ledger"},
    {"store.waiting"},
    {
        "source.arxiv_api.remarks",
        "selection.new_papers",
        "mail.layout",
        "config.settings",
        "source.arxiv_api.query",
        "selection.pauses",
    },
    {
        "delivery.backoff",
        "selection.completeness",
        "delivery.wire",
        "source.arxiv_api.pacing",
        "store.known",
        "config.subscribers",
        "mail.marking",
        "mail.fitting",
        "mail.latex",
        "mail.message",
        "mail.dkim",
        "selection.standstill",
        "commands.markdown_table",
        "config.environment",
        "model.host",
        "delivery.login",
        "selection.wrong_clock",
    },
    {
        "store.histories",
        "mail.formula",
        "config.keywords",
        "config.defaults",
        "store.keyword_changes",
        "delivery.meaning",
    },
    {"model.taxonomy", "config.zones"},
    {"store.records"},
    {"store.claims", "store.json_file.earlier_schemas"},
    {"model.announcements"},
    {"store.events", "model.edition", "config.mapping", "model.address"},
    {"config.yaml_tree", "mail.pieces"},
    {"cli.sentences", "config.setting_names"},
    {"text"},
    {
        "model.paper",
        "clock",
        "mail.stems",
        "memory",
        "config.daytimes",
        "utf8",
        "source.arxiv_api.indexed",
        "config.yaml_words",
    }
    | {"commands.recipes", "commands.markdown"},
    {"errors"},
    {"interrupts", "streams"},
    {
        "commands",
        "standin",
        "",
        "model",
        "config",
        "source",
        "source.arxiv_api",
        "store",
        "store.json_file",
        "selection",
        "mail",
        "delivery",
        "cycle",
        "service",
        "cli",
    },
)

DOORS = {
    "aiosmtpd": {"standin.mailserver"},
    "aiosmtplib": {"delivery.connection"},
    "arxiv": {"source.arxiv_api.listing"},
    "cryptography": {"mail.dkim_key"},
    "dotenv": {"config.files"},
    "email_validator": {"model.address"},
    "jinja2": {"mail.rendering", "mail.rendering_apart"},
    "lxml": {"source.arxiv_api.atom"},
    "markupsafe": {"mail.rendering"},
    "msgspec": {"store.json_file.format"},
    "pylatexenc": {"mail.formula"},
    "requests": {"source.arxiv_api.session"},
    "schedule": {"service.loop"},
    "snowballstemmer": {"mail.stems"},
    "tqdm": {"commands.invocation"},
    "urllib3": {"source.arxiv_api.session"},
    "yaml": {"config.yaml_tree"},
}
"""The modules that may import a foreign package."""

EDGES = next(layer for layer in LAYERS if "source.arxiv_api.listing" in layer)
PURE = set().union(*LAYERS[LAYERS.index({"standin.index", "standin.samples"}) + 1 :]) - {
    "clock",
    "interrupts",
    "streams",
}

INPUT_AND_OUTPUT = {
    *("asyncio", "fcntl", "http", "logging", "os", "random", "select", "shutil", "smtplib"),
    *("socket", "ssl", "subprocess", "tempfile", "threading", "time", "urllib.request"),
}
FORBIDDEN_NAMES = {"utils", "helpers", "manager", "arxiv", "schedule", "email", "calendar"}
LONGEST = 320
"""Lines. About 250 are meant; what needs more has to show why it is one thing."""


def _modules() -> dict[str, Path]:
    names = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(file.relative_to(PACKAGE).with_suffix("").parts)
        names[name.removesuffix("__init__").rstrip(".")] = file
    return names


MODULES = _modules()


def _imports(file: Path) -> Iterator[str]:
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


def _layer(module: str) -> int:
    (found,) = (number for number, layer in enumerate(LAYERS) if module in layer)
    return found


def _own(module: str) -> set[str]:
    names = _imports(MODULES[module])
    return {
        name.removeprefix("digest").lstrip(".")
        for name in names
        if name == "digest" or name.startswith("digest.")
    }


def test_every_module_has_its_place() -> None:
    """Every module stands in exactly one layer, and every layer names modules that exist."""
    named = [module for layer in LAYERS for module in layer]
    assert sorted(named) == sorted(MODULES)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_run_downward(module: str) -> None:
    """A module imports from lower layers alone; so the edges never import one another."""
    upward = {other for other in _own(module) if _layer(other) <= _layer(module)}
    if module == "standin.server":
        assert not upward
    assert not upward, f"{module} imports {sorted(upward)}"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_one_door(module: str) -> None:
    """A foreign package is imported by the module that is its door."""
    for name in _imports(MODULES[module]):
        package = name.partition(".")[0]
        if package not in sys.stdlib_module_names and package != "digest":
            assert module in DOORS[package], f"{module} imports {package}"


def test_every_dependency_has_a_door() -> None:
    """What pyproject.toml asks for is what is imported, but for data and what comes later."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {text.split(">")[0].split("=")[0].strip() for text in project["dependencies"]}
    doors = {"dotenv": "python-dotenv", "yaml": "pyyaml", "email_validator": "email-validator"}
    imported = {doors.get(name, name) for name in DOORS}
    assert names - imported == {"tzdata"}
    assert imported <= names


@pytest.mark.parametrize("module", sorted(PURE))
def test_decisions_touch_nothing(module: str) -> None:
    """What decides imports no library of input and output, and does not ask for the time."""
    assert not set(_imports(MODULES[module])) & INPUT_AND_OUTPUT
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"now", "utcnow", "today"}, f"{module} asks for the time"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"open", "print", "input"}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_names_and_sizes(module: str) -> None:
    """No module has a name that says nothing, or one of a package; none has outgrown its name."""
    assert not set(module.split(".")) & FORBIDDEN_NAMES
    assert len(MODULES[module].read_text("utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("module", sorted(MODULES))
def test_functions_fit_a_screen(module: str) -> None:
    """No function has more than 60 lines."""
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, f"{module}.{node.name}"


def test_tests_say_what_they_show() -> None:
    """Every test has a sentence of behaviour as its docstring."""
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                assert ast.get_docstring(node), f"{file.name}: {node.name}"


def test_nothing_of_this_machine() -> None:
    """No file of the repository names a path of a developer's machine, or a package index."""
    words = ("/home/", "/root/", "/work/", "index" + "-url", "pypi" + ".org")
    for folder in ("digest", "benchmarks", "docs", "templates", "tests", ".ci"):
        for file in sorted((ROOT / folder).rglob("*")):
            if (
                file.suffix in {".py", ".md", ".txt", ".html", ".yaml", ".json", ""}
                and file.is_file()
            ):
                text = file.read_text("utf-8")
                found = [word for word in words if word in text and file != Path(__file__)]
                assert not found, f"{file} names {found}"
