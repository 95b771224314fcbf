"""The house: imports run downward, foreign packages have one door, modules keep their size."""

import ast
import sys
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from wings import MODULES, ROOT, imports, is_package, own, wing

from digest.store.events import Event

WINGS = {
    "ground": "",
    "model": "ground",
    "search": "model ground",
    "config source store mail delivery": "search model ground",
    "selection": "store source search model ground",
    "standin": "source search model ground",
    "cycle": "selection mail delivery store source search model ground",
    "service": "cycle selection delivery mail store source search model ground",
    "commands": "service cycle selection delivery mail store source config standin search model "
    "ground",
    "cli": "commands config store model ground",
}
"""Each wing, and those that it may import from. Wings in one line import nothing of one another."""

GROUND = {
    *(
        "clock",
        "durable",
        "errors",
        "interrupts",
        "memory",
        "stopping",
        "streams",
        "text",
        "__main__",
    ),
}
"""The modules that stand in `digest/` itself."""

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
    "requests": {"source.transport"},
    "schedule": {"service.loop"},
    "snowballstemmer": {"search.stems"},
    "tqdm": {"commands.invocation"},
    "urllib3": {"source.transport"},
    "yaml": {"config.yaml_tree"},
}
"""The modules that may import a foreign package."""

DECIDES = {
    *("errors", "memory", "text", "model", "search", "selection"),
    *("config.daytimes", "config.defaults", "config.environment", "config.keywords"),
    *("config.mapping", "config.services", "config.setting_names", "config.settings"),
    "config.subscribers",
    *("config.yaml_tree", "config.yaml_words", "config.zones", "source.source"),
    *("source.pacing", "source.arxiv_api.query", "source.authors", "source.feeds.rss"),
    *("source.harvest", "source.oai_pmh.chain", "source.oai_pmh.page", "source.oai_pmh.record"),
    *("source.oai_pmh.token", "source.strict_xml", "source.texts"),
    *("source.arxiv_api.remarks", "store.answers", "store.claims", "store.events"),
    *("store.histories", "store.store"),
    *("store.keyword_changes", "store.known", "store.ledger", "store.recorder"),
    *("store.records", "store.waiting", "store.json_file.earlier_schemas"),
    *("mail.dkim", "mail.fitting", "mail.formula", "mail.latex", "mail.layout", "mail.marking"),
    *("mail.message", "mail.pieces", "delivery.backoff", "delivery.login"),
    *("delivery.meaning", "delivery.wire", "cycle.precedents", "cycle.report"),
    *("service.due", "service.holds", "service.outlook", "service.repetition"),
    *("service.slots", "service.troubles", "commands.first_files", "commands.recipes"),
}
"""Wings and modules that decide: they are given the time, and read, write and wait for nothing."""

INPUT_AND_OUTPUT = {
    *("asyncio", "fcntl", "http", "logging", "os", "random", "select", "shutil", "smtplib"),
    *("socket", "ssl", "subprocess", "tempfile", "threading", "time", "urllib.request"),
}
FORBIDDEN_NAMES = {"utils", "helpers", "manager", "arxiv", "schedule", "email", "calendar"}
LONGEST = 320
"""Lines. About 250 are meant; what needs more has to show why it is one thing."""


def _may_import(name: str) -> set[str]:
    (allowed,) = (others for wings, others in WINGS.items() if name in wings.split())
    return {name, *allowed.split()}


def test_every_module_has_its_wing() -> None:
    """A module in no wing is of the ground, which has ten modules at most."""
    wings = {wing for names in WINGS for wing in names.split()} - {"ground"}
    top = {module for module in MODULES if "." not in module} - {""}
    assert {module for module in top if is_package(module)} == wings
    assert {module for module in top if not is_package(module)} == GROUND
    assert len(GROUND) <= 10


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"", "__main__"}))
def test_imports_run_downward(module: str) -> None:
    """A module imports from its own wing and from those that the table allows it."""
    upward = {other for other in own(module) - {""} if wing(other) not in _may_import(wing(module))}
    assert not upward, f"{module} imports {sorted(upward)}"


def test_no_circles() -> None:
    """No module imports itself by way of others."""
    left = {module: {o for o in own(module) if not is_package(o)} for module in MODULES}
    while free := {module for module, others in left.items() if not others & left.keys()}:
        left = {module: others for module, others in left.items() if module not in free}
    assert not left


@pytest.mark.parametrize("module", sorted(MODULES))
def test_one_door(module: str) -> None:
    """A foreign package is imported by the module that is its door."""
    for name in imports(MODULES[module]):
        package = name.partition(".")[0]
        if package not in sys.stdlib_module_names and package != "digest":
            assert module in DOORS[package], f"{module} imports {package}"


def test_every_dependency_has_a_door() -> None:
    """The packages of pyproject.toml are those imported, but for data and later imports."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {text.split(">")[0].split("=")[0].strip() for text in project["dependencies"]}
    doors = {"dotenv": "python-dotenv", "yaml": "pyyaml", "email_validator": "email-validator"}
    imported = {doors.get(name, name) for name in DOORS}
    assert names - imported == {"tzdata"}
    assert imported <= names


def _decides(module: str) -> bool:
    return module in DECIDES or (wing(module) in DECIDES and not is_package(module))


@pytest.mark.parametrize("module", sorted(filter(_decides, MODULES)))
def test_decisions_touch_nothing(module: str) -> None:
    """A deciding module imports no library of input and output, and does not ask for the time."""
    assert not set(imports(MODULES[module])) & INPUT_AND_OUTPUT
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"now", "utcnow", "today"}, f"{module} asks for the time"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"open", "print", "input"}


@pytest.mark.parametrize("module", sorted(m for m in MODULES if wing(m) != "store"))
def test_the_store_is_asked(module: str) -> None:
    """Outside of the store nothing reaches into its records: it asks `Known`.

    A harvest, its facts and pages, and a feed have records as well, and anyone may read those.
    """
    harvests = {"harvest", "page", "feed", "facts"}
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) not in harvests:
            assert node.attr != "records", f"{module} reaches into the store"


def test_one_place_knows_arxiv() -> None:
    """Beside the source's own wing, only the commands choose it; all others ask a `Source`."""
    asks = {module for module in MODULES if any("arxiv_api" in other for other in own(module))}
    assert {wing(module) for module in asks} == {"source", "commands"}


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


def test_tests_stand_by_wing() -> None:
    """A folder of tests has the name of a wing; what crosses wings stands in `whole` or `real`."""
    wings = {wing for names in WINGS for wing in names.split()} - {"ground"}
    for folder in {file.parent for file in (ROOT / "tests").rglob("test_*.py")}:
        name = folder.relative_to(ROOT / "tests").as_posix()
        assert name in wings | {".", "whole", "real"}, f"tests/{name} is no wing"


def test_no_test_is_imported() -> None:
    """Code that several tests use stands in `tests/support`, and imports no test either."""
    for file in sorted((ROOT / "tests").rglob("*.py")):
        for name in imports(file):
            assert not name.startswith("test_"), f"{file} imports {name}"


def test_events_are_made_by_name() -> None:
    """Of an event the first field may go without its name, the others never do."""
    kinds = {kind.__name__ for kind in get_args(Event)}
    for folder in ("tests", "benchmarks"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in kinds:
                    assert len(node.args) < 2, f"{file}, line {node.lineno}: fields without names"


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
