"""Flight times put right before they are counted: for the drift of the scale, and for the field.

Flight times are whole channels, and what they are moved by is not: the sum is rounded to the
nearest channel (``floor(x + 0.5)``, below zero too), all ions of a scan or column alike, so that
which ions fell into whose dead time stays as it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.ion import atomic_mass, not_a_formula
from references.words import InputError

from .events import Hits, reloaded

if TYPE_CHECKING:
    from collections.abc import Callable

    from .events import Run, Scan
    from .massdrift import MassDrift

__all__ = ["Primary", "field_corrected", "relocked"]

Array = NDArray[np.float64]

UNIT, CHARGE = 1.66053906660e-27, 1.602176634e-19
"""Atomic mass unit [kg] and elementary charge [C] (CODATA 2018)."""
AXES = ("+x", "-x", "+y", "-y")


@dataclass(frozen=True, slots=True, kw_only=True)
class Primary:
    """The ions of the analysis beam.

    Parameters
    ----------
    ion : str
        For instance ``"Bi3+"``.
    energy : float
        Kinetic energy of one of them [eV].
    """

    ion: str
    energy: float

    @property
    def mass(self) -> float:
        """Mass [u].

        Raises
        ------
        InputError
            If it is no ion, or its energy is not above zero.

        Examples
        --------
        >>> round(Primary(ion="Bi3+", energy=30000.0).mass, 1)
        626.9
        """
        found = re.fullmatch(r"([A-Z][a-z]?)([0-9]{0,4})\+*", self.ion.strip())
        if not found or not_a_formula(found[1]) or not 0 < self.energy < 1e7:
            raise InputError(
                f"the primary ion {self.ion[:20]!r} of {self.energy:g} eV tells no velocity; give "
                "it as Bi3+ and 30000"
            )
        return atomic_mass(found[1]) * int(found[2] or 1)

    @property
    def velocity(self) -> float:
        """Velocity [m/s]."""
        return float(np.sqrt(2.0 * self.energy * CHARGE / (self.mass * UNIT)))


def relocked(run: Run, drift: MassDrift) -> Run:
    """Give a run whose flight times are those they would be without the drift of its scale.

    Parameters
    ----------
    run : Run
    drift : MassDrift
        Of the same scans.

    Returns
    -------
    Run

    Raises
    ------
    InputError
        If the drift is of other scans.

    Examples
    --------
    >>> from tofsims import MassScale, Raster, ion_events
    >>> from tofsims.massdrift import MassDrift
    >>> none, scale = np.zeros(1), MassScale(sf=100.0, k0=0.0)
    >>> drift = MassDrift(ions=("Cl-",), scan=np.array([0]), root=6.0, offset=none - 1.6,
    ...                   slope=none, u_offset=none, u_slope=none, blocks=1, scale=scale)
    >>> run = ion_events([([0, 0], [600, 700])], raster=Raster(width=1, height=1))
    >>> relocked(run, drift).scans[0].hits().channel
    array([602, 702], dtype=uint32)
    """
    if tuple(drift.scan.tolist()) != run.numbers:
        raise InputError(
            f"the drift is of {drift.scan.size} scans, and the run has {len(run.numbers)} others"
        )

    def shift(i: int, hits: Hits) -> Array:
        root = (hits.channel - drift.scale.k0) / drift.scale.sf
        return -(drift.offset[i] + drift.slope[i] * (root - drift.root))

    return _shifted(run, shift)


def field_corrected(run: Run, axis: str, primary: Primary | None = None) -> Run:
    """Take off the flight times what the primary ions need longer to one side of the field.

    Parameters
    ----------
    run : Run
    axis : str
        ``"+x"`` where the beam comes later to larger x, ``"-x"``, ``"+y"`` or ``"-y"``: the side it
        comes from is not in the files. The right one makes peaks of the whole field narrower.
    primary : Primary, optional
        That of the run's labels if not given.

    Returns
    -------
    Run

    Raises
    ------
    InputError
        If the axis is none of these, or the run does not tell what else is needed.

    Notes
    -----
    At 45 degrees to the surface a beam reaches a pixel at ``x`` from the middle later by ``sqrt(2)
    / 2 x / v``, with ``v = sqrt(2 E / m)`` of the primary ions: nanoseconds across a wide field.

    Examples
    --------
    >>> from tofsims import Raster, ion_events
    >>> run = ion_events([([0, 3], [900, 900])], raster=Raster(width=4, height=1, field_um=400.0),
    ...                  channel_ps=50.0)
    >>> field_corrected(run, "+x", Primary(ion="Bi3+", energy=30e3)).scans[0].hits().channel
    array([922, 878], dtype=uint32)
    """
    if axis not in AXES:
        raise InputError(f"the field is corrected along {', '.join(AXES)}, not {axis[:20]!r}")
    labels, raster = run.labels, run.raster
    if primary is None:
        energy = labels.get("primary_energy_eV", "")
        if not labels.get("primary") or not energy:
            raise InputError(
                "the file does not say which primary ions of which energy were used, and their "
                f"flight time goes by that; give them, as {axis},Bi3+,30000"
            )
        primary = Primary(ion=labels["primary"], energy=float(energy))
    if not (np.isfinite(raster.field_um) and np.isfinite(run.channel_ps)):
        raise InputError(
            "the file does not say how wide its field or how wide a channel is, and the flight "
            "time of the primary ions across the field goes by both"
        )
    length = raster.width if axis[1] == "x" else raster.height
    away = (np.arange(length) + 0.5 - 0.5 * length) * raster.field_um / raster.width * 1e-6
    later = 0.5 * np.sqrt(2.0) * away / primary.velocity * 1e12 / run.channel_ps
    shifts = -later if axis[0] == "+" else later

    def shift(_: int, hits: Hits) -> Array:
        place = hits.pixel % raster.width if axis[1] == "x" else hits.pixel // raster.width
        return shifts[place]

    return _shifted(run, shift)


def _shifted(run: Run, shift: Callable[[int, Hits], Array]) -> Run:
    """A run whose flight times are moved when its scans are loaded."""

    def moved(i: int, scan: Scan) -> Hits:
        hits = scan.hits()
        at = np.floor(hits.channel + shift(i, hits) + 0.5)
        return Hits(hits.pixel, np.maximum(at, 0.0).astype(np.uint32))

    return reloaded(run, moved)
