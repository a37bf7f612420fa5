"""What a user installs: the data files, one version, and a README that tells the truth."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

import peakwright
import xps

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = ("references", "xps", "tofsims", "xrd", "peakwright")

MAIN_JOB = "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/peakwright demo"
TESTS = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/python -m pytest"


def _readme():
    return (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(text, language):
    """Contents of the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def _shipped():
    """Every file of the packages that belongs into the wheel."""
    return {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }


# --- one version ----------------------------------------------------------------------------------


def test_the_package_says_the_version_of_the_project():
    assert peakwright.__version__ == PROJECT["project"]["version"]


def test_the_citation_says_the_version_of_the_project():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (\S+)$", citation, flags=re.MULTILINE) == [peakwright.__version__]


def test_what_is_installed_says_the_version_of_the_project():
    try:
        found = version("peakwright")
    except PackageNotFoundError:
        pytest.skip("peakwright is not installed here; it runs from its sources")
    assert found == peakwright.__version__


def test_the_changelog_knows_the_version():
    assert peakwright.__version__ in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


# --- the wheel ------------------------------------------------------------------------------------


def test_the_wheel_is_made_of_the_five_packages():
    target = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert sorted(target["packages"]) == sorted(PACKAGES)
    # "only-include", "exclude" and the like would have to let the data files through.
    assert set(target) == {"packages"}


def test_no_data_file_is_ignored_and_so_left_out_of_the_wheel():
    # hatchling leaves out what .gitignore names; its patterns are folders' names or *.suffix.
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    ignored = {line.strip().strip("/") for line in lines if line.strip() and line[0] != "#"}
    for name in _shipped():
        assert not ignored & set(Path(name).parts)
        assert not any(Path(name).match(pattern) for pattern in ignored)


def test_the_command_is_the_entry_point():
    assert PROJECT["project"]["scripts"] == {"peakwright": "peakwright.cli.main:main"}


@pytest.mark.slow
def test_the_built_wheel_holds_every_file(tmp_path):
    pytest.importorskip("hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert _shipped() <= names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


# --- the README -----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [MAIN_JOB, TESTS], ids=["main job", "tests"])
def test_the_readme_gives_the_two_commands_in_one_line_each(command):
    lines = [line for block in _blocks(_readme(), "sh") for line in block.splitlines()]
    assert command in lines


def test_the_readme_shows_how_to_do_it_in_python():
    assert _blocks(_readme(), "python")


def test_the_readmes_links_lead_somewhere():
    targets = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", _readme())
    assert [target for target in targets if not (ROOT / target).exists()] == []


@pytest.fixture(scope="module")
def compiled():
    """The series engine, compiled and kept: what only the first series of a machine waits for."""
    counts = xps.example("P 2p")["counts"].expand_dims(depth=2)
    xps.fit_series(counts, xps.envelope("P 2p", ["PS4", "Li3P"]))


@pytest.mark.usefixtures("compiled")
def test_the_readmes_python_runs_as_it_stands(tmp_path):
    # One program: later blocks may use what earlier ones made.
    program = "\n".join(_blocks(_readme(), "python"))
    (tmp_path / "readme.py").write_text(program, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "readme.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
