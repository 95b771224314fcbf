"""`make demo` and the environment of `make test`, with a stand-in for Python and one for uv.

The stand-ins note what they are asked for and install nothing; each can fail at its n-th step, as
if it had been interrupted there, and leaves something half done behind. `.ci/run` does the same
with the real ones in a fresh clone.
"""

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INSTALLED = ".venv/installed"

_STEP = """\
#!/bin/sh
echo "$NAME $*" >>steps
if [ "$(wc -l <steps)" -eq "${FAIL_AT:-0}" ]; then
    case "$*" in *venv*) [ -d .venv ] && echo >.venv/half ;; esac
    exit 1
fi
"""
_PYTHON = """\
case "$*" in
*"-m venv"*) for last; do :; done; mkdir -p "$last/bin"; cp "$SELF" "$last/bin/python" ;;
*"--python"*"--version"*) exit "${OLD_PIP:-0}" ;;
esac
"""

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")


class Clone:
    """The Makefile and what it looks at, in a directory of its own, with the two stand-ins."""

    def __init__(self, folder: Path, *, uv: bool) -> None:
        self.folder = folder
        for name in ("Makefile", "pyproject.toml", "requirements.lock", "requirements-dev.lock"):
            shutil.copy(ROOT / name, folder / name)
        programs = folder / "programs"
        programs.mkdir()
        self._write(programs / "python", "python", _PYTHON)
        if uv:
            self._write(programs / "uv", "uv", _PYTHON.replace("-m venv", "venv "))

    def _write(self, path: Path, name: str, rest: str) -> None:
        start = _STEP.replace("$NAME", name)
        path.write_text(start + rest.replace("$SELF", str(path.parent / "python")))
        path.chmod(0o755)

    def make(self, *targets: str, **environment: str) -> tuple[int, str]:
        """Calls make; returns its exit status, and the steps that were taken."""
        (self.folder / "steps").unlink(missing_ok=True)
        done = subprocess.run(
            ["make", "PYTHON=python", *targets],
            cwd=self.folder, capture_output=True, text=True, check=False,
            env={"PATH": f"{self.folder / 'programs'}:{os.defpath}", **environment},
        )  # fmt: skip
        steps = self.folder / "steps"
        return done.returncode, steps.read_text() if steps.exists() else done.stderr

    def has(self, name: str) -> bool:
        """Whether the environment has a file of this name."""
        return (self.folder / ".venv" / name).exists()


@pytest.mark.parametrize("uv", [False, True])
def test_the_demo_needs_the_program_alone(tmp_path: Path, uv: bool) -> None:
    """`make demo` installs requirements.lock alone, and a second time nothing at all."""
    clone = Clone(tmp_path, uv=uv)
    status, steps = clone.make("demo")
    assert status == 0
    assert "-r requirements.lock" in steps
    assert "requirements-dev.lock" not in steps
    assert steps.endswith("-m digest demo\n")
    assert clone.make("demo") == (0, "python -m digest demo\n")


@pytest.mark.parametrize("uv", [False, True])
def test_the_tools_come_on_top(tmp_path: Path, uv: bool) -> None:
    """The tests have both lock files and the checkout; a demo afterwards installs nothing."""
    clone = Clone(tmp_path, uv=uv)
    status, steps = clone.make(INSTALLED)
    assert status == 0
    assert "-r requirements-dev.lock" in steps
    assert steps.splitlines()[-1].endswith("-e .")
    assert clone.make("demo") == (0, "python -m digest demo\n")


def test_an_old_pip(tmp_path: Path) -> None:
    """Where Python's own pip cannot fill another environment, that has a pip put into it."""
    status, steps = Clone(tmp_path, uv=False).make("demo", OLD_PIP="2")
    assert status == 0
    assert "python -m venv .venv\n" in steps


def test_uv_that_fails(tmp_path: Path) -> None:
    """Where uv cannot do it, pip does."""
    status, steps = Clone(tmp_path, uv=True).make("demo", FAIL_AT="3")
    assert status == 0
    assert re.search(r"^uv pip install .*\npython -m venv", steps, re.MULTILINE)


@pytest.mark.parametrize("first", ["demo", INSTALLED])
@pytest.mark.parametrize("then", [("demo", INSTALLED), (INSTALLED, "demo")])
def test_after_an_interruption(tmp_path: Path, first: str, then: Sequence[str]) -> None:
    """Whichever step was interrupted, both commands work afterwards, on nothing half done."""
    interrupted = 0
    for step in range(1, 8):
        folder = tmp_path / f"{step}"
        folder.mkdir()
        clone = Clone(folder, uv=False)
        if clone.make(first, FAIL_AT=f"{step}")[0] == 0:  # there was another way, or no such step
            continue
        interrupted += 1
        for target in then:
            status, steps = clone.make(target)
            assert status == 0, steps
        assert clone.has("ready")
        assert clone.has("installed")
        assert not clone.has("unfinished")
        assert not clone.has("half")
    assert interrupted >= 3


def test_the_lock_files() -> None:
    """requirements.lock is the part of requirements-dev.lock that running needs, hash by hash."""
    small, large = (_pins(ROOT / f"requirements{name}.lock") for name in ("", "-dev"))
    assert set(small) < set(large)
    assert all(large[name] == pin for name, pin in small.items())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert {re.match(r"[\w.-]+", text)[0].lower() for text in project["dependencies"]} <= set(small)  # type: ignore[index]
    assert not {"pytest", "mypy", "ruff", "hatchling"} & set(small)


def _pins(file: Path) -> dict[str, list[str]]:
    """For each package its version, condition and hashes."""
    lines = [line for line in file.read_text("utf-8").splitlines() if line.strip()[:1] != "#"]
    blocks = re.split(r"\n(?=\w)", "\n".join(lines))
    return {block.split("==")[0].lower(): block.split() for block in blocks}
