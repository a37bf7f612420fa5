"""Write spectra as VAMAS."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from references.files import write_atomic

from ...spectrum import SpectrumError
from .header import IDENTIFIER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import xarray as xr

__all__ = ["write_vamas"]

MISSING = "1E+37"


def write_vamas(spectra: Sequence[xr.Dataset], path: str | Path, *, comment: str = "") -> Path:
    """Write spectra as a regular VAMAS file over kinetic energy.

    Parameters
    ----------
    spectra : sequence of Dataset
        With counts, a known photon energy and a constant step.
    path : path
        Where to write.
    comment : str
        One header comment line.

    Returns
    -------
    Path

    Raises
    ------
    SpectrumError
        If a spectrum holds no counts, no photon energy, or an irregular axis.
    """
    out = [IDENTIFIER, "Not Specified", "Not Specified", "Not Specified", "Not Specified"]
    out += ["1", comment] if comment else ["0"]
    out += ["NORM", "REGULAR", str(len(spectra)), "0", "0", "0", "0", "0", str(len(spectra))]
    for made in spectra:
        out += _written(made)
    out.append("end of experiment")
    return write_atomic(path, "\n".join(out) + "\n")


def _written(made: xr.Dataset) -> list[str]:
    """Give the lines of one block."""
    region = str(made.attrs.get("region", ""))
    start, step, photon = _regular_axis(made, region)
    counts = made["counts"].values[::-1]
    element, _, transition = region.partition(" ")
    out = [region, str(made.attrs.get("sample", "")), *["0"] * 8, "XPS"]
    out += ["Al", repr(photon), *[MISSING] * 5]
    out += ["FAT", *[MISSING] * 8, element, transition, "-1"]
    out += ["Kinetic Energy", "eV", repr(start), repr(step)]
    out += ["1", "Intensity", "d", "pulse counting"]
    dwell, scans = float(made["dwell_time"]), float(made["scans"])
    out += [_text(dwell), _text(scans), "0", *[MISSING] * 3, "0", str(counts.size)]
    return out + [_text(c) for c in (counts.min(), counts.max(), *counts)]


def _regular_axis(made: xr.Dataset, region: str) -> tuple[float, float, float]:
    """Give start and step over kinetic energy, and the photon energy, or say why there is none."""
    energy = made["binding_energy"].values
    steps = np.diff(energy)
    if "counts" not in made:
        raise SpectrumError(f"{region}: only counts are written as VAMAS")
    if not np.allclose(steps, steps.mean(), rtol=0, atol=1e-6):
        raise SpectrumError(f"{region}: only a constant step is written as VAMAS")
    photon = float(made["photon_energy"])
    if not math.isfinite(photon):
        raise SpectrumError(f"{region}: a VAMAS file needs the photon energy")
    return round(photon - float(energy[-1]), 9), round(float(steps.mean()), 9), photon


def _text(value: float) -> str:
    """Give all digits of a number, and none too many; 1E+37 for one that is not known."""
    if not math.isfinite(value):
        return MISSING
    return str(int(value)) if value == int(value) else repr(float(value))
