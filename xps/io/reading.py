"""What a file held: spectra, another program's fits, and what was passed over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

    from references.words import Finding

    from .casa import CasaFit

__all__ = ["Reading"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """The content of one file.

    Attributes
    ----------
    path, sha256, format : str
    spectra : tuple of Dataset
        One a block or column pair, as :func:`xps.spectrum` makes them.
    casa : tuple of CasaFit or None
        CasaXPS's fit of each spectrum, parallel to ``spectra``.
    skipped : tuple of str
        What was not taken, and why.
    notes : tuple of Finding
        What was assumed, and what looks wrong.
    """

    path: str
    sha256: str
    format: str
    spectra: tuple[xr.Dataset, ...]
    casa: tuple[CasaFit | None, ...]
    skipped: tuple[str, ...] = ()
    notes: tuple[Finding, ...] = ()
