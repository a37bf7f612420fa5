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

__all__ = ["vamas_bytes", "write_vamas"]

MISSING = "1E+37"


def write_vamas(
    spectra: Sequence[xr.Dataset],
    path: str | Path,
    *,
    comment: str = "",
    comments: Sequence[Sequence[str]] = (),
) -> Path:
    """Write spectra as a VAMAS file over kinetic energy.

    Parameters
    ----------
    spectra : sequence of Dataset
        With counts and a known photon energy; where a step is not constant, the scan mode is
        IRREGULAR and the energies stand among the values.
    path : path
        Where to write.
    comment : str
        One header comment line.
    comments : sequence of sequence of str
        Comment lines of each block, for instance CasaXPS's; none where not given.

    Returns
    -------
    Path

    Raises
    ------
    SpectrumError
        If a spectrum holds no counts or no photon energy, or a text cannot stand in a VAMAS file.
    """
    return write_atomic(path, vamas_bytes(spectra, comment=comment, comments=comments))


def vamas_bytes(
    spectra: Sequence[xr.Dataset], *, comment: str = "", comments: Sequence[Sequence[str]] = ()
) -> bytes:
    """Give the bytes that :func:`write_vamas` writes."""
    regular = all(_is_regular(made) for made in spectra)
    scan = "REGULAR" if regular else "IRREGULAR"
    out = [IDENTIFIER, "Not Specified", "Not Specified", "Not Specified", "Not Specified"]
    out += ["1", comment] if comment else ["0"]
    out += ["NORM", scan, str(len(spectra)), "0", "0", "0", "0", "0", str(len(spectra))]
    for made, lines in zip(spectra, comments or [()] * len(spectra), strict=True):
        out += _written(made, lines, regular=regular)
    out.append("end of experiment")
    try:
        return ("\n".join(out) + "\n").encode("latin-1")
    except UnicodeEncodeError as error:
        odd = error.object[error.start : error.end]
        raise SpectrumError(f"{odd!r} is not in the Latin-1 alphabet of a VAMAS file") from None


def _written(made: xr.Dataset, comments: Sequence[str], *, regular: bool) -> list[str]:
    """Give the lines of one block."""
    region = _one_line(made.attrs.get("region", ""))
    photon = _photon_energy(made, region)
    counts = made["counts"].values[::-1]
    kinetic = photon - made["binding_energy"].values[::-1]
    element, _, transition = region.partition(" ")
    out = [region, _one_line(made.attrs.get("sample", "")), *["0"] * 7]
    out += [str(len(comments)), *comments, "XPS"]
    out += ["Al", repr(photon), *[MISSING] * 5]
    out += ["FAT", *[MISSING] * 8, element, transition, "-1"]
    intensity = ["Intensity", "d"]
    if regular:
        step = float(np.diff(kinetic).mean())
        out += ["Kinetic Energy", "eV", repr(round(float(kinetic[0]), 9)), repr(round(step, 9))]
        out += ["1", *intensity]
    else:
        out += ["2", "Kinetic Energy", "eV", *intensity]
    dwell, scans = float(made["dwell_time"]), float(made["scans"])
    columns = [counts] if regular else [kinetic, counts]
    out += ["pulse counting", _text(dwell), _text(scans), "0", *[MISSING] * 3, "0"]
    out.append(str(len(columns) * counts.size))
    out += [_text(end) for column in columns for end in (column.min(), column.max())]
    return out + [_text(value) for row in zip(*columns, strict=True) for value in row]


def _is_regular(made: xr.Dataset) -> bool:
    steps = np.diff(made["binding_energy"].values)
    return bool(np.allclose(steps, steps.mean(), rtol=0, atol=1e-6))


def _photon_energy(made: xr.Dataset, region: str) -> float:
    """Give the photon energy of a spectrum that can be written, or say why it cannot."""
    if "counts" not in made:
        raise SpectrumError(f"{region}: only counts are written as VAMAS")
    photon = float(made["photon_energy"])
    if not math.isfinite(photon):
        raise SpectrumError(f"{region}: a VAMAS file needs the photon energy")
    return photon


def _one_line(text: object) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())


def _text(value: float) -> str:
    """Give all digits of a number, and none too many; 1E+37 for one that is not known."""
    if not math.isfinite(value):
        return MISSING
    return str(int(value)) if value == int(value) else repr(float(value))
