"""NeXus: results as HDF5 after the application definition NXxps.

One NXentry a fit: the calibrated spectrum, instrument and sample as far as they are known, the fit
with its curves and parameters, and where they came from. Names and groups are those of the NeXus
definitions of 2026.01 (NXxps extends NXmpes; NXfit, NXpeak, NXfit_function), published at
https://github.com/nexusformat/definitions. What a definition requires and nobody has said (the
scheme of the lens, say) is left out and named by :func:`missing_of`: nothing is invented.

Beside every parameter stand its standard uncertainty, ``NAME_errors``, the parts of it,
``NAME_u_counting`` and the like, and its interval, ``NAME_low``, ``NAME_high``, ``NAME_level``,
``NAME_kind``.
"""

from .entry import (
    DEFINITION,
    VERSION,
    NexusEntry,
    Provenance,
    missing_of,
    nexus_bytes,
)

__all__ = ["DEFINITION", "VERSION", "NexusEntry", "Provenance", "missing_of", "nexus_bytes"]
