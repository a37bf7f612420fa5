"""What the readers' tests share: fuzzing, and files written independently of the readers."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

import xrd

HERE = Path(__file__).parent


def _loaded(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_vendors = _loaded("xrd_vendors", HERE / "vendors.py")
_fuzzing = _loaded("fuzzing", HERE.parent.parent / "fuzzing.py")


def check_sane(reading):
    """What every reading promises, whatever the file was."""
    assert reading.patterns
    for made in reading.patterns:
        two_theta = made["two_theta"].values
        values = made["counts" if "counts" in made else "intensity"].values
        assert np.all(np.isfinite(two_theta))
        assert np.all(np.diff(two_theta) > 0)
        assert two_theta.size >= 2
        assert np.all(np.isfinite(values))
        if "counts" in made:
            assert values.min() >= 0
            np.testing.assert_array_equal(values, np.round(values))
        if "u" in made:
            assert made["u"].values.min() > 0
            assert np.all(np.isfinite(made["u"].values))
        for name in ("wavelength", "wavelength_alpha2", "alpha2_ratio", "radius_mm"):
            assert not float(made[name]) <= 0
        for name in ("counting_time", "attenuation_factor"):
            assert not np.any(made[name].values <= 0)
        assert np.all(xrd.exposure(made) > 0)


@pytest.fixture
def tally(tmp_path):
    """A tally with memory traced and bounded; nested use is not meant."""
    import gemmi  # noqa: F401
    import xarray  # noqa: F401 - its import is no reader's doing

    first = tmp_path / "first.xy"
    first.write_bytes(_vendors.xy())
    xrd.read(first)
    with _fuzzing.traced():
        yield _fuzzing.Tally(reader=xrd.read, check=check_sane)


@pytest.fixture(scope="session")
def vendors():
    """The functions that write files by their layouts."""
    return _vendors


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
