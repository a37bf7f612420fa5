"""TOF-SIMS: ion events -> cube -> depth profile, uniformity."""

from .events import Raster, ion_events
from .io import Reading, read
from .io.written import write_grd, write_itm
from .masscal import MassScale
from .profile import between, depth_profile, of_ion
from .spectrum import mass_spectrum

__all__ = [
    "MassScale",
    "Raster",
    "Reading",
    "between",
    "depth_profile",
    "ion_events",
    "mass_spectrum",
    "of_ion",
    "read",
    "write_grd",
    "write_itm",
]
