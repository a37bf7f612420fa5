"""What the readers' tests share: fuzzing, and files written independently of the readers."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

import xps
from xps.io.vamas import IDENTIFIER

HERE = Path(__file__).parent


def _loaded(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_vendors = _loaded("vendors", HERE / "vendors.py")
_fuzzing = _loaded("fuzzing", HERE.parent.parent / "fuzzing.py")


def check_sane(reading):
    """What every reading promises, whatever the file was."""
    assert reading.spectra
    assert len(reading.spectra) == len(reading.casa)
    for spectrum in reading.spectra:
        energy = spectrum["binding_energy"].values
        values = spectrum["counts" if "counts" in spectrum else "intensity"].values
        assert np.all(np.isfinite(energy))
        assert np.all(np.diff(energy) > 0)
        assert np.all(np.isfinite(values))
        assert "counts" not in spectrum or values.min() >= 0
        for name in ("dwell_time", "scans", "photon_energy"):
            assert not float(spectrum[name]) <= 0


@pytest.fixture
def tally():
    """A tally with memory traced and bounded; nested use is not meant."""
    import xarray  # noqa: F401 - its import is no reader's doing

    xps.read(xps.example_path())
    with _fuzzing.traced():
        yield _fuzzing.Tally(reader=xps.read, check=check_sane)


# --- seeds: one of each kind of VAMAS file ----------------------------------------------------------

CASA = (
    "Casa Info Follows", "1", "Calib M = 281.17 A = 284.8 BE ADD", "0", "1",
    "CASA region (*S 2p*) (*U 2 Tougaard*) 1318.6 1323.4 0.668 2 0 0 786.7 -450 0 0 (*S 2p*) 32.06 0 0.668",
    "2",
    "CASA comp (*WS2*) (*GL(30)*) Area 8239.24 1e-020 99999 -1 1 MFWHM 0.8 0.2 2 -1 1"
    " Position 1321.2 1320.6 1321.8 -1 1 RSF 0.668 MASS 32.06 INDEX -1 (*S 2p*) CONST (**) UNCORRECTEDRSF 0.668",
    "CASA comp (*WS2*) (*GL(30)*) Area 4119.62 1e-020 99999 0 0.5 MFWHM 0.8 0.2 2 0 1"
    " Position 1320.04 0 0 0 -1.16 RSF 0.668 MASS 32.06 INDEX -1 (*S 2p*) CONST (**) UNCORRECTEDRSF 0.668",
)  # fmt: skip


def vamas(mode="NORM", scan="REGULAR", *, blocks=2, points=40, comments=(), unit="d", ending=True):
    """Write a VAMAS file by the standard, independently of the writer under test."""
    mapped = mode in {"MAP", "MAPDP"}
    out = [IDENTIFIER, "Institute", "Instrument", "Operator", "Experiment", "1", "a comment"]
    out += [mode, scan]
    out += [str(blocks)] if mode in {"MAP", "MAPDP", "NORM", "SDP"} else []
    out += ["1", "1", "1"] if mapped else []
    out += ["1", "Exp Variable", "d", "0", "0", "0", "0", str(blocks)]
    for number in range(blocks):
        out += [f"S 2p {number}", "sample", "2026", "11", "24", "12", "0", "0", "0"]
        out += [str(len(comments)), *comments, "XPS"]
        out += ["0", "0"] if mapped else []
        out += [str(number), "Al"]
        out += ["Ar", "18", "1"] if mode == "SDP" else []
        out += ["1486.69", "225", "1E+37", "1E+37"]
        out += ["1", "1"] if mapped else []
        out += ["54.7", "0", "FAT", "20", "1", "-4.5", "0", "110", "110", "0", "0", "S", "2p", "-1"]
        out += ["kinetic energy", "eV", "1316.69", "0.1"] if scan == "REGULAR" else []
        names = ["Intensity", "Transmission"]
        names = ["Kinetic Energy", *names] if scan == "IRREGULAR" else names
        out += [str(len(names))]
        out += [cell for name in names for cell in (name, unit if name == "Intensity" else "eV")]
        out += ["pulse counting", "0.1", "2", "0"]
        out += ["1E+37"] * 7 if mode == "SDP" else []
        out += ["0", "0", "0", "1", "extra", "d", "7", str(points * len(names))]
        out += ["0", "1"] * len(names)
        for i in range(points):
            out += [f"{1316.69 + 0.1 * i:.2f}"] if scan == "IRREGULAR" else []
            out += [str(500 + 7 * i % 31 + number), "0.97"]
    return ("\r\n".join([*out, "end of experiment"] if ending else out) + "\r\n").encode("latin-1")


SEEDS = {
    "regular, CasaXPS": {"comments": CASA},
    "irregular": {"scan": "IRREGULAR"},
    "depth profile": {"mode": "SDP"},
    "map": {"mode": "MAP", "unit": "c/s"},
}


@pytest.fixture(scope="session")
def make_vamas():
    """The function that writes a VAMAS file by the standard."""
    return vamas


@pytest.fixture(params=SEEDS)
def seed(request):
    """One valid VAMAS file of each kind."""
    return vamas(**SEEDS[request.param])


@pytest.fixture(scope="session")
def vendors():
    """The functions that write vendors' files by their layouts."""
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
