"""The rooms and the walls between them, as the source shows them."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("references", "xps", "tofsims", "xrd", "peakwright")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

HEAVY = ("scipy", "lmfit", "xarray", "matplotlib", "numba", "gemmi", "spglib", "h5py", "pandas")
MAY_DRAW = {"plot.py", "report.py"}
NAMES_OF_NOTHING = {"utils", "util", "common", "helpers", "helper", "core", "misc"}


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def _loaded_by(statement: str, names: tuple[str, ...]) -> list[str]:
    """Which of ``names`` are loaded after ``statement`` in a fresh interpreter."""
    done = _run(
        sys.executable,
        "-c",
        f"import sys; {statement}; print(*({set(names)} & sys.modules.keys()))",
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def _imports(path: Path) -> set[str]:
    """Top-level names of everything a module imports, also inside its functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_the_techniques_do_not_know_each_other():
    done = _run(
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(cache_dir=None))",
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_named_by_what_it_is_about(path):
    assert not NAMES_OF_NOTHING & set(path.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_says_that_it_is_typed(package):
    assert (ROOT / package / "py.typed").is_file()


@pytest.mark.parametrize("package", [p for p in PACKAGES if p != "peakwright"])
def test_a_technique_is_light_to_import(package):
    assert _loaded_by(f"import {package}", HEAVY) == []


def test_the_ground_floor_needs_no_arrays():
    assert _loaded_by("import references", ("numpy", *HEAVY)) == []


def test_the_command_line_is_light_until_a_command_runs():
    assert _loaded_by("import peakwright.cli.main", ("numpy", "pydantic", *HEAVY)) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_plots_and_the_report_draw(path):
    assert path.name in MAY_DRAW or "matplotlib" not in _imports(path)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_below_the_top_floor_knows_the_command_line(path):
    if path.relative_to(ROOT).parts[0] != "peakwright":
        assert not {"typer", "click", "rich", "argparse", "bokeh"} & _imports(path)
