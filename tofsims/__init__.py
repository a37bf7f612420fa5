"""TOF-SIMS: ion events -> cube -> depth profile, uniformity."""

from .compare import compare
from .cube import ion_cube
from .cubestore import open_cube, write_cube
from .events import Raster, ion_events
from .eventstore import open_events, write_events
from .io import Reading, read
from .io.written import write_grd, write_itm
from .masscal import MassScale
from .profile import between, depth_profile, of_ion, with_shots
from .reduce import reduce_events
from .spectrum import mass_spectrum
from .verdict import check

__all__ = [
    "MassScale",
    "Raster",
    "Reading",
    "between",
    "check",
    "compare",
    "depth_profile",
    "ion_cube",
    "ion_events",
    "mass_spectrum",
    "of_ion",
    "open_cube",
    "open_events",
    "read",
    "reduce_events",
    "with_shots",
    "write_cube",
    "write_events",
    "write_grd",
    "write_itm",
]
