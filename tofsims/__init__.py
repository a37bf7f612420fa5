"""TOF-SIMS: ion events -> cube -> depth profile, uniformity."""

from .io import Reading, read
from .profile import between, depth_profile, of_ion
from .spectrum import mass_spectrum

__all__ = ["Reading", "between", "depth_profile", "mass_spectrum", "of_ion", "read"]
