"""Cubes as NetCDF: the same cube again, opened by others too, and refused in a sentence."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
import xarray as xr

from references import DataFileError
from references.ion import ion
from references.words import InputError
from tofsims import ion_cube, profile_of_cube, read, reduce_events, write_cube
from tofsims.example import example
from tofsims.io import netcdf_written
from tofsims.io.netcdf_written import write_netcdf
from tofsims.region import disc

IONS = [ion(name) for name in ("Cl-", "[71Ga]Cl-", "PS-")]
ANCHORS = [ion(name) for name in ("Li-", "S-", "Cl-", "PS2-", "PS3-")]


@pytest.fixture(scope="module")
def run():
    return example(side=16, scans=40)


@pytest.fixture(scope="module")
def held(run, tmp_path_factory):
    path = tmp_path_factory.mktemp("nc") / "cube.nc"
    inside = disc(run.raster, 8.0, 8.0, 6.0)
    made = write_cube(path, run, IONS, anchors=ANCHORS, inside=inside, background="local")
    return path, made, inside


def test_it_is_the_same_cube_again(run, held):
    path, made, inside = held
    reading = read(path)
    (back,) = reading.cubes
    again = reduce_events(
        run, IONS, anchors=ANCHORS, inside=inside, background="local", with_cube=True
    )
    expected = again.counted.cube
    assert reading.format == "cube"
    assert back["ion"].values.tolist() == expected["ion"].values.tolist()
    assert back["counts"].dtype == np.uint16
    for name in (*expected.data_vars, *expected.coords):
        if expected[name].dtype.kind in "iufb":
            np.testing.assert_allclose(back[name].values, expected[name].values, err_msg=name)
    assert back["u_from"].values.tolist() == expected["u_from"].values.tolist()
    assert (back.attrs["sf"], back.attrs["polarity"]) == (made.calibration.scale.sf, "negative")
    profile = profile_of_cube(back)
    np.testing.assert_array_equal(profile["u"].values, made.profile["u"].values)
    np.testing.assert_array_equal(profile["shots"].values, made.profile["shots"].values)


def test_others_open_it(held):
    path, made, inside = held
    with xr.open_dataset(path, engine="h5netcdf") as other:
        assert other["counts"].dims == ("ion", "scan", "y", "x")
        assert [str(name) for name in other["ion"].values] == [w.ion for w in made.windows]
        assert other["measured"].dtype == bool
        assert int(other["measured"].sum()) == int(inside.sum())
        np.testing.assert_array_equal(
            other["counts"].sum(("y", "x")).values, made.profile["counts"].values
        )


def test_a_cube_that_knows_little_is_written_too(tmp_path):
    counts = np.arange(24, dtype=np.uint16).reshape(2, 3, 2, 2)
    (back,) = read(write_netcdf(tmp_path / "a.nc", ion_cube(["S-", "Cl-"], counts))).cubes
    np.testing.assert_array_equal(back["counts"].values, counts)
    assert np.isnan(float(back["shots"]))
    assert {"y", "x", "mz", "sputter_time"}.isdisjoint(back.coords)


def test_what_is_too_large_is_refused_before_it_is_counted(run, tmp_path, monkeypatch):
    monkeypatch.setattr(netcdf_written, "LARGEST", 1000)
    with pytest.raises(DataFileError, match=r"write a folder instead, as cube\.zarr"):
        write_cube(tmp_path / "cube.nc", run, IONS, anchors=ANCHORS)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_overwritten(run, held):
    with pytest.raises(DataFileError, match="is there already"):
        write_cube(held[0], run, IONS, anchors=ANCHORS)


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        ("counts", np.ones((2, 3), dtype=np.uint16), "should be counts over ion, scan, y and x"),
        ("scan", np.arange(7), "should be numbers of shape"),
        ("ion", np.zeros((2, 3)), "should be 2 words of characters"),
        ("measured", np.zeros((2, 2), dtype=np.int8), "should mark some of 2 x 2 pixels"),
    ],
)
def test_what_is_broken_is_named(tmp_path, name, values, sentence):
    counts = np.ones((2, 3, 2, 2), dtype=np.uint16)
    made = ion_cube(["S-", "Cl-"], counts, measured=np.ones((2, 2), dtype=bool))
    path = write_netcdf(tmp_path / "a.nc", made)
    with h5py.File(path, "r+") as file:
        del file[name]
        file[name] = values
    with pytest.raises((DataFileError, InputError), match=sentence):
        read(path)


def test_zeros_that_unpack_to_gigabytes_are_refused(tmp_path):
    path = write_netcdf(tmp_path / "a.nc", ion_cube(["S-"], np.ones((1, 3, 2, 2), dtype=np.uint16)))
    with h5py.File(path, "r+") as file:
        del file["counts"]
        shape = (1, 2000, 1024, 1024)
        file.create_dataset("counts", shape, "u2", chunks=(1, 1, 1024, 1024), compression="gzip")
    with pytest.raises(DataFileError, match="counts"):
        read(path)
