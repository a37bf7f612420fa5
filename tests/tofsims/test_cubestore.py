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
from references.words import InputError
from tofsims import open_cube, profile_of_cube, reduce_events, write_cube
from tofsims.slices import slices_of_cube

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
def run():
    # More scans than one chunk holds, and no multiple of it.
    return authored.events(scans=70, per=3.0, shots=20)


@pytest.mark.parametrize("lazy", [True, False])
def test_it_holds_the_same(run, tmp_path, lazy):
    held = reduce_events(run, IONS, anchors=IONS, with_cube=True)
    made = write_cube(tmp_path / "cube.zarr", run, IONS, anchors=IONS)
    back = open_cube(tmp_path / "cube.zarr", lazy=lazy)
    assert made.counted.cube is None
    assert back["counts"].dims == ("ion", "scan", "y", "x")
    np.testing.assert_array_equal(back["counts"].values, held.counted.cube["counts"].values)
    np.testing.assert_array_equal(back["corrected"].values, held.profile["corrected"].values)
    np.testing.assert_array_equal(back["scan"].values, list(run.numbers))
    assert back["ion"].values.tolist() == list(authored.MASSES)
    assert back["y"].attrs["units"] == "um"
    assert back.attrs["sf"] == held.calibration.scale.sf
    assert float(back["shots"]) == 20.0


def test_what_is_there_is_not_overwritten(run, tmp_path):
    write_cube(tmp_path / "cube.zarr", run, IONS, anchors=IONS)
    with pytest.raises(DataFileError, match="is there already"):
        write_cube(tmp_path / "cube.zarr", run, IONS, anchors=IONS)


def test_what_cannot_be_reduced_leaves_no_folder(run, tmp_path):
    with pytest.raises(InputError, match="cannot be in a measurement of negative"):
        write_cube(tmp_path / "cube.zarr", run, [ion("Li+")], anchors=IONS)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_none_is_named(tmp_path):
    with pytest.raises(DataFileError, match="is no cube"):
        open_cube(tmp_path)


def test_a_cube_of_a_region_has_the_shots_of_the_region(run, tmp_path):
    inside = np.zeros((run.raster.height, run.raster.width), dtype=bool)
    inside[1:3, 2:5] = True
    made = write_cube(tmp_path / "cube.zarr", run, IONS, anchors=IONS, inside=inside)
    back = open_cube(tmp_path / "cube.zarr")
    np.testing.assert_array_equal(back["measured"].values, inside)
    again = profile_of_cube(back)
    np.testing.assert_array_equal(again["shots"].values, made.profile["shots"].values)
    np.testing.assert_array_equal(again["corrected"].values, made.profile["corrected"].values)
    np.testing.assert_array_equal(again["u"].values, made.profile["u"].values)
    seen = slices_of_cube(back, again).counts
    np.testing.assert_array_equal(seen, made.slices.counts)
    assert np.isnan(seen[:, :, ~inside]).all()


def test_what_was_fitted_is_told_by_its_words(run, tmp_path):
    made = write_cube(tmp_path / "cube.zarr", run, IONS, anchors=IONS, background="local")
    back = open_cube(tmp_path / "cube.zarr")
    again = profile_of_cube(back)
    assert again["u_from"].values.tolist() == made.profile["u_from"].values.tolist()
    np.testing.assert_array_equal(again["background"].values, made.profile["background"].values)
    np.testing.assert_array_equal(again["u"].values, made.profile["u"].values)
