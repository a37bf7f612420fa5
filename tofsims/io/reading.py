"""What a file held: profiles, spectra, events, images, what was passed over and assumed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

    from references.words import Finding

    from ..events import Run

__all__ = ["Reading"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """The content of one file.

    Attributes
    ----------
    path, sha256, format : str
    profiles : tuple of Dataset
        As :func:`tofsims.depth_profile` makes them.
    spectra : tuple of Dataset
        As :func:`tofsims.mass_spectrum` makes them.
    runs : tuple of Run
        Ion events, loaded scan by scan.
    cubes : tuple of Dataset
        Images that are integrated already, as :func:`tofsims.ion_cube` makes them.
    skipped : tuple of str
        What was not taken, and why.
    notes : tuple of Finding
        What was assumed, and what looks wrong.
    """

    path: str
    sha256: str
    format: str
    profiles: tuple[xr.Dataset, ...] = ()
    spectra: tuple[xr.Dataset, ...] = ()
    runs: tuple[Run, ...] = ()
    cubes: tuple[xr.Dataset, ...] = ()
    skipped: tuple[str, ...] = ()
    notes: tuple[Finding, ...] = ()
