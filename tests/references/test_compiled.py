"""What numba compiled gives the same bits in the process that compiled it and in every later one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from references.compiled import seems_kept

ROOT = Path(__file__).resolve().parents[2]
MODULE = """
import numpy as np
from numba import njit
from references.compiled import load_in_order

@njit(cache=True, fastmath=True)
def inner(x):
    return x.sum()

@njit(cache=True, fastmath=True)
def outer(x):
    return inner(x) + 1.0

LOADED = load_in_order(globals())
"""
CHECK = """
import hashlib, json, xrd
found = xrd.check(
    xrd.example("annealed"), candidates=[], instrument=xrd.Instrument(radiation="Cu Ka")
)
print(hashlib.sha256(json.dumps(found.to_dict()).encode()).hexdigest())
"""


def _run(program, cache, *more):
    """What a program prints in a process of its own, with a cache of compiled functions."""
    environment = os.environ | {
        "NUMBA_CACHE_DIR": str(cache),
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, *more))),
        **{f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "MKL", "OMP")},
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_functions_are_loaded_before_those_that_call_them(tmp_path):
    (tmp_path / "module_of_two.py").write_text(MODULE)
    program = "import numpy as np, module_of_two as m; m.outer(np.ones(3)); print(m.LOADED)"
    assert _run(program, tmp_path / "cache", tmp_path) == "0"
    assert _run(program, tmp_path / "cache", tmp_path) == "2"


@pytest.mark.slow
def test_a_first_check_of_a_powder_has_the_bits_of_later_ones(tmp_path):
    assert _run(CHECK, tmp_path) == _run(CHECK, tmp_path)


@pytest.mark.parametrize("named", ["__pycache__", "a cache of numba's"])
def test_what_seems_to_be_kept_is_told_by_its_file(tmp_path, monkeypatch, named):
    module = tmp_path / "kernel.py"
    folder = tmp_path / named
    if named == "__pycache__":
        monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    else:
        monkeypatch.setenv("NUMBA_CACHE_DIR", str(folder))
        folder /= "kernel_1234"
    folder.mkdir(parents=True)
    assert not seems_kept(module, "fit")
    (folder / "kernel.fit-12.py311.nbi").write_bytes(b"")
    assert seems_kept(module, "fit")
    assert not seems_kept(module, "profile")
