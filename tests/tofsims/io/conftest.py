"""What the readers' tests share: fuzzing of files with all their events read."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

import tofsims

HERE = Path(__file__).parent


def _loaded(name, path):
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


_fuzzing = _loaded("fuzzing", HERE.parents[1] / "fuzzing.py")
_authored = _loaded("authored_events", HERE.parent / "authored.py")


def read_all(path):
    """Read a file, and every event in it."""
    reading = tofsims.read(path)
    for run in reading.runs:
        for scan in run.scans:
            hits = scan.hits()
            assert hits.pixel.shape == hits.channel.shape
            assert hits.pixel.max(initial=0) < run.raster.pixels
    return reading


def check_sane(reading):
    """What every reading promises, whatever the file was."""
    assert reading.runs or reading.profiles or reading.spectra or reading.cubes
    for cube in reading.cubes:
        y = cube["counts"].values
        assert y.size
        assert np.all(np.isnan(y) | (np.isfinite(y) & (y >= 0)))
    for profile in reading.profiles:
        y = profile["corrected"].values
        assert y.size
        assert np.all(np.isfinite(y) & (y >= 0))
        if "sputter_time" in profile.coords:
            assert np.all(np.diff(profile["sputter_time"].values) > 0)
        known = profile["counts"].values[np.isfinite(profile["counts"].values)]
        np.testing.assert_array_equal(known, np.round(known))
    for made in reading.spectra:
        values = made["intensity" if "intensity" in made else "counts"].values
        assert np.all(np.isfinite(values) & (values >= 0))
        assert np.all(np.diff(made["channel"].values) > 0)
    for run in reading.runs:
        assert run.raster.pixels > 0
        assert 0 < run.channels <= 1 << 24
        assert run.scans


@pytest.fixture
def tally(tmp_path):
    """A tally with memory traced and bounded; nested use is not meant."""
    # What xarray imports when it makes its first dataset is no reader's doing.
    tofsims.ion_cube(["first"], np.ones((1, 1, 1, 1)))
    # numba compiles before memory is looked at.
    read_all(tofsims.write_itm(tmp_path / "first.itm", _authored.events(scans=1)))
    # With its first array xarray imports all it knows.
    tofsims.ion_cube(["a"], np.ones((1, 1, 1, 1)))
    with _fuzzing.traced():
        yield _fuzzing.Tally(reader=read_all, check=check_sane)


@pytest.fixture(scope="session")
def authored():
    """Events with known truth."""
    return _authored


@pytest.fixture(scope="session")
def fuzz():
    """A function that reads so many mutants of a file into a tally."""
    return _fuzzing.run


@pytest.fixture
def record(request, capsys):
    """A function that shows a tally beside the test's name, whatever pytest captures."""

    def show(tally):
        with capsys.disabled():
            sys.stdout.write(f"\n{request.node.name}: {tally}\n")

    return show
