"""Areas of ions that lie over each other, fitted in what one pass over the events counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import Finding, Severity

from .apart import no_shape
from .areas import exposure_of
from .counting import awake, corrected_histogram
from .frame import Frame
from .overlap import fitted

if TYPE_CHECKING:
    from .apart import Overlaps
    from .cube import Pass
    from .masscal import Calibration
    from .overlap import Fitted

__all__ = ["fits_of"]

Array = NDArray[np.float64]

MISFITS = 2.0
"""Chi-square a degree of freedom from which a shape is said not to fit."""


def fits_of(
    counted: Pass,
    overlaps: Overlaps,
    calibration: Calibration,
    *,
    shots: int | None,
    dead_window: int,
) -> tuple[list[Fitted], list[Finding]]:
    """Fit the ions that lie over each other.

    Parameters
    ----------
    counted : Pass
    overlaps : Overlaps
        Of the windows of the pass.
    calibration : Calibration
    shots : int or None
        Behind one scan; without them nothing is corrected for the dead time, and there is no ``u``.
    dead_window : int
        Dead time in channels.

    Returns
    -------
    list of Fitted
    list of Finding
        What was fitted together, and how well it can be.

    Raises
    ------
    InputError
        If a dead time holds more counts than there were shots.
    """
    made: list[Fitted] = []
    said: list[Finding] = []
    if not overlaps.groups:
        return made, said
    whole = counted.spectrum.astype(float)
    if shots is not None:
        whole = corrected_histogram(whole, float(shots) * counted.near.shape[0], dead_window)
    for names in overlaps.groups:
        frame = Frame.of(names, overlaps.lines, calibration, whole)
        if frame is None:
            said.append(no_shape(names))
            continue
        counts, exposure = _scans(counted, frame.channels, shots, dead_window)
        one = fitted(counts, exposure, frame)
        if shots is None:
            one = replace(one, u=np.full_like(one.u, np.nan))
        made.append(one)
        said += _told(one, frame)
    return made, said


def _scans(
    counted: Pass, channels: NDArray[np.int64], shots: int | None, dead_window: int
) -> tuple[Array, Array]:
    """Counts of each scan in channels, and the share of shots that saw them."""
    slot = counted.layout.slot
    first = max(int(channels[0]) - dead_window, 0)
    part = counted.near[:, slot[first] : slot[channels[-1]] + 1].astype(float)
    inside = slice(int(channels[0]) - first, None)
    counts = part[:, inside]
    if shots is None:
        return counts, np.ones_like(counts)
    intensity = corrected_histogram(part, shots, dead_window)[:, inside]
    return counts, exposure_of(counts, intensity, awake(part, shots, dead_window)[:, inside], shots)


def _told(one: Fitted, frame: Frame) -> list[Finding]:
    names, misfit = ", ".join(one.ions), one.placing.misfit
    places = [np.average(c.places, weights=c.parts) for c in frame.components]
    apart = np.diff(places) / frame.width
    said = [
        Finding(
            rule="sims_overlap",
            severity=Severity.INFO,
            subject=names,
            reported=", ".join(f"{a:.2g}" for a in apart) + " widths apart",
            message=f"nearer than three widths of a peak: fitted together with the shape of "
            f"{one.shape.ion} ({one.shape.counts:.0f} counts), places moved by "
            f"{one.placing.shift:+.2f} channels; areas are those of whole peaks, while images "
            "count up to half way between them",
        )
    ]
    if misfit > MISFITS:
        said.append(
            Finding(
                rule="sims_overlap_misfit",
                severity=Severity.WARNING,
                subject=names,
                reported=f"chi-square {misfit:.1f} a degree of freedom",
                reference=f"{MISFITS:g}",
                message="these ions and this shape are not all there is: another ion may lie "
                "among them, or the mass scale drifts; the uncertainty is widened by it",
            )
        )
    return said
