"""TOF-SIMS: ion events -> cube -> depth profile, uniformity."""

from .compare import compare
from .cube import ion_cube
from .cubestore import open_cube, write_cube
from .events import Raster, ion_events
from .eventstore import open_events, write_events
from .io import Reading, read
from .io.imzml import images_of
from .io.sims_h5_written import write_sims_h5
from .io.written import write_grd, write_itm, write_itzip
from .masscal import MassScale
from .moved import moved, moved_cube
from .placed import flat_start, reference_interface, topography
from .profile import between, depth_profile, of_ion, with_shots
from .reconstruct import reconstruct
from .reduce import reduce_events
from .register import register
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
    "flat_start",
    "images_of",
    "ion_cube",
    "ion_events",
    "mass_spectrum",
    "moved",
    "moved_cube",
    "of_ion",
    "open_cube",
    "open_events",
    "read",
    "reconstruct",
    "reduce_events",
    "reference_interface",
    "register",
    "topography",
    "with_shots",
    "write_cube",
    "write_events",
    "write_grd",
    "write_itm",
    "write_itzip",
    "write_sims_h5",
]
