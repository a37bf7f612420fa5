"""Cubes on the disk: the same counts, lazily, and no half of one."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("zarr")

from references import DataFileError
from references.ion import ion
from tofsims import open_cube, reduce_events, write_cube

if "authored_events" in sys.modules:
    authored = sys.modules["authored_events"]
else:
    _spec = importlib.util.spec_from_file_location(
        "authored_events", Path(__file__).with_name("authored.py")
    )
    authored = importlib.util.module_from_spec(_spec)
    sys.modules["authored_events"] = authored
    _spec.loader.exec_module(authored)

IONS = [ion(name) for name in authored.MASSES]


@pytest.fixture(scope="module")
def made():
    # More scans than one chunk holds, and no multiple of it.
    run = authored.events(scans=70, per=3.0, shots=20)
    return reduce_events(run, IONS, anchors=IONS, with_cube=True)


@pytest.mark.parametrize("lazy", [True, False])
def test_it_holds_the_same(made, tmp_path, lazy):
    back = open_cube(write_cube(tmp_path / "cube.zarr", made), lazy=lazy)
    assert back["counts"].dims == ("ion", "scan", "y", "x")
    np.testing.assert_array_equal(back["counts"].values, made.counted.cube["counts"].values)
    np.testing.assert_array_equal(back["corrected"].values, made.profile["corrected"].values)
    assert back["ion"].values.tolist() == list(authored.MASSES)
    assert back["y"].attrs["units"] == "um"
    assert back.attrs["sf"] == made.calibration.scale.sf


def test_what_is_there_is_not_overwritten(made, tmp_path):
    write_cube(tmp_path / "cube.zarr", made)
    with pytest.raises(DataFileError, match="is there already"):
        write_cube(tmp_path / "cube.zarr", made)


def test_a_run_without_a_cube_has_none_to_write(tmp_path):
    without = reduce_events(authored.events(), IONS, anchors=IONS)
    with pytest.raises(DataFileError, match="it was not asked for"):
        write_cube(tmp_path / "cube.zarr", without)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_none_is_named(tmp_path):
    with pytest.raises(DataFileError, match="is no cube"):
        open_cube(tmp_path)
