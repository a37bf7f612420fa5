"""What the source may not do at all: run what a file says, or write past the one door."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("references", "xps", "tofsims", "xrd", "peakwright")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

# (module, call) -> why it is safe there. An entry that is no longer needed fails a test.
ALLOWED = {
    ("references/files.py", "os.fdopen"): "the door itself",
    ("references/files.py", "tempfile.mkstemp"): "the door itself",
    ("references/files.py", "os.open"): "opens a folder to sync it, and an empty file to lock it",
    ("references/archive.py", "self._zip.open"): "reads a member of an archive in memory",
    ("peakwright/cli/main.py", "os.open"): "opens the null device for a closed stdout",
    (
        "references/readers.py",
        "point.load",
    ): "an installed reader's entry point, not a file's content",
    ("xps/io/nexus/entry.py", "h5py.File"): "writes into memory; the bytes go through the door",
    ("tofsims/io/mask.py", "PIL.Image.open"): "reads a picture in memory",
    ("tofsims/io/sims_h5_written.py", "h5py.File"): (
        "writes into memory; the bytes go through the door"
    ),
    ("tofsims/io/netcdf_written.py", "h5netcdf.File"): (
        "writes into memory; the bytes go through the door"
    ),
    ("tofsims/cubestore.py", "to_zarr"): "fills a folder that the door makes",
    ("references/plot.py", "savefig"): "draws into memory; the bytes go through the door",
}

NO_IMPORTS = {
    *("pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"),
    *("subprocess", "pty", "code", "codeop", "runpy", "ctypes", "socket", "asteval"),
    *("xml", "lxml"),  # XML only through defusedxml
    "lmfit.jsonutils",
}
NO_CALLS = {
    *("eval", "exec", "compile", "__import__"),
    *("builtins.eval", "builtins.exec", "builtins.compile", "builtins.__import__"),
    *("os.system", "os.popen", "os.startfile", "os.fork", "os.posix_spawn"),
    *("numpy.DataSource", "numpy.fromregex"),
}
NO_CALLS_ENDING = {
    *("read_pickle", "to_pickle", "load_model", "load_modelresult", "save_model"),
    *("unsafe_load", "full_load", "load_all", "execv", "execve", "spawnv", "spawnl"),
}
# Everything else that is called load or loads: lmfit's run code from a file.
SAFE_LOADERS = {
    *("json.load", "json.loads", "tomllib.load", "tomllib.loads", "numpy.load"),
    *("references.load", "references.registry.load", "defusedxml.ElementTree.parse"),
}
WRITERS = {
    *("write_text", "write_bytes", "savefig", "imsave", "to_csv", "to_netcdf", "to_zarr"),
    *(
        "to_excel",
        "to_parquet",
        "to_hdf",
        "to_json",
        "tofile",
        "savetxt",
        "savez",
        "NamedTemporaryFile",
    ),
    *("savez_compressed", "mkstemp", "fdopen", "copyfile", "copytree", "move", "writestr"),
}
WRITERS_IN_FULL = {"numpy.save", "os.open", "os.rename", "os.replace", "os.remove", "shutil.copy"}
OPENERS = {"open", "File", "ZipFile", "TarFile", "memmap", "open_memmap", "GzipFile"}
OPENING_MODULES = {"io", "codecs", "gzip", "bz2", "lzma", "tarfile", "os"}
WRITE_MODE = re.compile(r"[rbtU]*[wax+][rbtwax+]*(:\w*)?|r\+")


class Fault(NamedTuple):
    """Something the source may not do."""

    line: int
    what: str


class _Reader(ast.NodeVisitor):
    """Collects faults; knows each local name by the dotted name it was imported as."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.names: dict[str, str] = {}
        self.calls: list[Fault] = []
        self.writes: list[Fault] = []

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._imported(node, alias.name)
            local = alias.asname or alias.name.partition(".")[0]
            self.names[local] = alias.name if alias.asname else local

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = f"{self.package}.{node.module or ''}" if node.level else node.module or ""
        self._imported(node, module)
        for alias in node.names:
            self._imported(node, f"{module}.{alias.name}")
            self.names[alias.asname or alias.name] = f"{module}.{alias.name}"

    def _imported(self, node: ast.stmt, module: str) -> None:
        parts = module.split(".")
        heads = {".".join(parts[: i + 1]) for i in range(len(parts))}
        if heads & NO_IMPORTS:
            self.calls.append(Fault(node.lineno, f"import {module}"))

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        name = self._dotted(node.func)
        last = name.rpartition(".")[2]
        if name in NO_CALLS or last in NO_CALLS_ENDING:
            self.calls.append(Fault(node.lineno, name))
        if last in {"load", "loads"} and name not in SAFE_LOADERS:
            self.calls.append(Fault(node.lineno, name))
        for keyword in node.keywords:
            if keyword.arg in {"shell", "allow_pickle"} and not _is_false(keyword.value):
                self.calls.append(Fault(node.lineno, f"{name}({keyword.arg}=...)"))
        if name in WRITERS_IN_FULL or last in WRITERS:
            self.writes.append(
                Fault(node.lineno, name if name in WRITERS_IN_FULL else _short(name))
            )
        elif last in OPENERS and _may_write(name, node):
            self.writes.append(Fault(node.lineno, name))

    def visit_Name(self, node: ast.Name) -> None:
        # A forbidden builtin under another name: run = eval
        if isinstance(node.ctx, ast.Load) and node.id in {"eval", "exec", "__import__"}:
            self.calls.append(Fault(node.lineno, node.id))

    def _dotted(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            return f"{self._dotted(node.value)}.{node.attr}"
        return "?"


def _short(name: str) -> str:
    """The dotted name where it begins with a module, else the method's own."""
    head, _, last = name.rpartition(".")
    return name if head in {"os", "tempfile", "shutil", "numpy"} else last


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _may_write(name: str, node: ast.Call) -> bool:
    """Whether a file is opened in a mode that writes, or in one that the source does not show."""
    # The path comes first in a function, and is the object of a method: Path.open("w").
    module, _, last = name.rpartition(".")
    is_method = last == "open" and bool(module) and module not in OPENING_MODULES
    modes = [k.value for k in node.keywords if k.arg == "mode"]
    modes += node.args[0:1] if is_method else node.args[1:2]
    return any(
        not isinstance(mode, ast.Constant)
        or (isinstance(mode.value, str) and WRITE_MODE.fullmatch(mode.value) is not None)
        for mode in modes
    )


def _read(source: str, package: str = "xps") -> _Reader:
    reader = _Reader(package)
    reader.visit(ast.parse(source))
    return reader


def _faults(path: Path, kind: str) -> list[str]:
    relative = path.relative_to(ROOT).as_posix()
    reader = _read(path.read_text(encoding="utf-8"), ".".join(path.relative_to(ROOT).parts[:-1]))
    found = getattr(reader, kind)
    return [f"{relative}:{f.line}: {f.what}" for f in found if (relative, f.what) not in ALLOWED]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_can_make_us_run_code(path):
    assert _faults(path, "calls") == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_write_goes_through_the_one_door(path):
    assert _faults(path, "writes") == []


@pytest.mark.parametrize(("module", "call"), ALLOWED)
def test_every_exception_to_the_rules_is_still_needed(module, call):
    reader = _read((ROOT / module).read_text(encoding="utf-8"))
    assert call in {fault.what for fault in (*reader.calls, *reader.writes)}


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from pickle import loads",
        "import dill as d",
        "import xml.etree.ElementTree as ET",
        "from subprocess import run",
        "eval('1')",
        "run = exec",
        "compile('1', '', 'eval')",
        "import builtins\nbuiltins.eval('1')",
        "import os\nos.system('ls')",
        "from os import system\nsystem('ls')",
        "import yaml\nyaml.load(text)",
        "import numpy as np\nnp.load('a.npy', allow_pickle=True)",
        "import numpy as np\nnp.load('a.npy', allow_pickle=flag)",
        "import pandas as pd\npd.read_pickle('a')",
        "from lmfit.model import load_modelresult\nload_modelresult('a')",
        "parameters.loads(text)",
        "model.load(stream)",
        "start('ls', shell=True)",
    ],
)
def test_the_reader_sees_what_runs_code(source):
    assert _read(source).calls


@pytest.mark.parametrize(
    "source",
    [
        "open('a', 'w')",
        "open('a', mode='ab')",
        "open('a', chosen)",
        "path.open('wb')",
        "Path('a').open('x')",
        "import io\nio.open('a', 'w')",
        "import gzip\ngzip.open('a', 'wb')",
        "import h5py\nh5py.File('a', 'w')",
        "import zipfile\nzipfile.ZipFile('a', 'a')",
        "path.write_text('a')",
        "(folder / 'a').write_bytes(b'a')",
        "figure.savefig('a.png')",
        "table.to_csv('a')",
        "dataset.to_netcdf('a')",
        "import numpy as np\nnp.save('a', b)",
    ],
)
def test_the_reader_sees_what_writes(source):
    assert _read(source).writes


@pytest.mark.parametrize(
    "source",
    [
        "import re\nre.compile('a')",
        "import json\njson.loads('1')",
        "import tomllib\ntomllib.loads('')",
        "from references import load\nload()",
        "import numpy as np\nnp.load('a.npy', allow_pickle=False)",
        "open('a')",
        "open('a', 'rb')",
        "path.open('rb')",
        "path.open()",
        "import h5py\nh5py.File('a', 'r')",
        "text.replace('a', 'b')",
    ],
)
def test_the_reader_lets_the_rest_pass(source):
    reader = _read(source)
    assert not reader.calls
    assert not reader.writes


# Floors below which the named hole is open.
FLOORS = {
    "asteval": "1.0.10",  # dunder attribute assignment; CVE-2026-55244 in 1.0.9
    "defusedxml": "0.7.1",
    "bokeh": "3.8.2",  # CVE-2026-21883, origin check
}
REQUIRED = ("asteval", "defusedxml")


def _requirements() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project.get("optional-dependencies", {}).values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("name", REQUIRED)
def test_a_dependency_with_a_mended_hole_is_asked_for(name):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert name in {Requirement(line).name for line in project["dependencies"]}


@pytest.mark.parametrize(("name", "floor"), FLOORS.items())
def test_no_version_below_a_mended_hole_is_accepted(name, floor):
    # The floor itself is the lowest version that any requirement on it names.
    for requirement in _requirements():
        if requirement.name == name:
            floors = [Version(s.version) for s in requirement.specifier if s.operator == ">="]
            assert floors, f"{name} has no floor"
            assert max(floors) >= Version(floor)


@pytest.mark.parametrize(("name", "floor"), FLOORS.items())
def test_what_is_installed_is_above_its_floor(name, floor):
    try:
        found = version(name)
    except PackageNotFoundError:
        pytest.skip(f"{name} is not installed")
    assert Version(found) >= Version(floor)
