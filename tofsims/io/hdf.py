"""HDF5 files of TOF-SIMS: which of the formats inside HDF5 a file is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from references.files import DataFileError
from references.hdf5 import Hdf5

from .netcdf import is_netcdf_cube, read_netcdf
from .sims_h5 import is_sims_h5, read_sims_h5
from .tofwerk import is_tofwerk, read_tofwerk

if TYPE_CHECKING:
    from pathlib import Path

    from .reading import Reading

__all__ = ["read_hdf5"]


def read_hdf5(path: str | Path, _head: bytes) -> Reading:
    """Read a file by what it holds."""
    with Hdf5(path) as file:
        found = next((read for fits, read in READERS if fits(file)), None)
    if found is None:
        raise DataFileError(
            path,
            "is HDF5, and neither SIMS-H5 (/data/mass_csr) nor of TOFWERK (/FullSpectra), nor a "
            "cube as NetCDF",
            action="give a file of one of these",
        )
    return found(path)


READERS = (
    (is_sims_h5, read_sims_h5),
    (is_tofwerk, read_tofwerk),
    (is_netcdf_cube, read_netcdf),
)
