"""TOF-SIMS: ion events -> cube -> depth profile, uniformity.

The rooms, in the order in which a measurement goes through them::

    events       io/ (a module a format), events, eventstore, flight (times put right),
                 region
    mass         peaks, masscal, massdrift, ions (windows), isotopes, patterns,
                 interferences, neighbours
    counting     streaming, kernel, cube, thick (slices), totals, counting (dead
                 time), local_background; ions over each other: apart, frame, shape,
                 areas, overlap, fits
    profile      ready, reduce (all of it), intensity, profile, axis, spectrum,
                 cubestore, carried, cubenames, cubeprofile, patch (a region alone)
    uniformity   uniformity, kendall, summed, lateral, field, slices,
                 unevenness, verdict, compare, lint
    depth        plateau, crossings, edges, depth, mixing, layering
    space        correlation, smoothed, course, register, moved; interface,
                 placed, rebin, reconstruct; volume/ (what is drawn)
    figures      plot; example is a synthetic measurement
"""

from .compare import compare
from .cube import ion_cube
from .cubeprofile import profile_of_cube
from .cubestore import open_cube, write_cube
from .depth import Layer, crater_scale, layer_scale, with_depth
from .edges import interfaces
from .events import Raster, ion_events
from .eventstore import open_events, write_events
from .example import example
from .io import Reading, read
from .io.imzml import images_of
from .io.sims_h5_written import write_sims_h5
from .io.written import write_grd, write_itm, write_itzip
from .layering import locate
from .masscal import MassScale
from .mixing import Rate, mixed_scale
from .moved import moved, moved_cube
from .placed import flat_start, reference_interface, topography
from .plot import profile_figure, trend_figure
from .profile import between, depth_profile, of_ion, with_shots
from .reconstruct import reconstruct
from .reduce import reduce_events
from .register import register
from .spectrum import mass_spectrum
from .verdict import check

__all__ = [
    "Layer",
    "MassScale",
    "Raster",
    "Rate",
    "Reading",
    "between",
    "check",
    "compare",
    "crater_scale",
    "depth_profile",
    "example",
    "flat_start",
    "images_of",
    "interfaces",
    "ion_cube",
    "ion_events",
    "layer_scale",
    "locate",
    "mass_spectrum",
    "mixed_scale",
    "moved",
    "moved_cube",
    "of_ion",
    "open_cube",
    "open_events",
    "profile_figure",
    "profile_of_cube",
    "read",
    "reconstruct",
    "reduce_events",
    "reference_interface",
    "register",
    "topography",
    "trend_figure",
    "with_depth",
    "with_shots",
    "write_cube",
    "write_events",
    "write_grd",
    "write_itm",
    "write_itzip",
    "write_sims_h5",
]
