"""A region that CasaXPS fitted, with its data: background, envelope and residuals as stored.

The envelope is given only where all line shapes are exactly known here (GL, SGL); LA and LF are
not.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import InputError

from .background import BackgroundError, end_level, static_background
from .casaxps import region_background, take_over_region
from .claims import ClaimedSpectrum
from .lineshape import from_casaxps
from .naming import level_name
from .result import Curves
from .spectrum import acquisition_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.registry import Registry

    from .io.casa import CasaComponent, CasaFit, CasaRegion

__all__ = ["claimed_spectrum", "positive", "region_label"]

Array = NDArray[np.float64]


def positive(value: float) -> float | None:
    """Give a number above zero, ``None`` where a file says 0 or nothing."""
    return value if math.isfinite(value) and value > 0 else None


def region_label(spectrum: xr.Dataset, region: CasaRegion) -> str:
    """Give what a region is called: its tag, its name or its block's."""
    return region.tag.strip() or region.name.strip() or str(spectrum.attrs.get("region", ""))


def claimed_spectrum(
    spectrum: xr.Dataset,
    casa: CasaFit,
    region: CasaRegion,
    members: Sequence[tuple[int, CasaComponent]],
    registry: Registry,
    *,
    refit: bool,
) -> ClaimedSpectrum:
    """Give a region of a block with what its stored fit makes of the data.

    Parameters
    ----------
    spectrum : Dataset
        The block on its stored axis.
    casa : CasaFit
    region : CasaRegion
    members : sequence of (int, CasaComponent)
        Its components, by their numbers in the block.
    registry : Registry
    refit : bool
        Whether to fit again from the stored values.

    Returns
    -------
    ClaimedSpectrum
        Without curves where the data are no counts or the background is not known.
    """
    photon = float(spectrum["photon_energy"])
    low, high = sorted((photon - region.start_ke, photon - region.end_ke))
    named = level_name(region.tag) or level_name(region.name)
    time = acquisition_time(spectrum)
    missing = () if math.isfinite(time) and time > 0 else ("dwell time and scans",)
    claimed = ClaimedSpectrum(
        sample=str(spectrum.attrs.get("sample", "")),
        region=region_label(spectrum, region),
        symbol=named.symbol if named else "",
        window=(low, high),
        background=region.background,
        rsf=positive(region.rsf),
        uncorrected_rsf=positive(region.uncorrected_rsf),
        charge_shift=casa.energy_shift if casa.calibrations else None,
        missing=missing,
    )
    measured = _measured(spectrum, casa, (low, high))
    if measured is None:
        return claimed
    x, y, inside = measured
    try:
        chosen = region_background(region)
        background = static_background(chosen, x, y, inside)
    except (BackgroundError, InputError):
        return claimed
    claimed = replace(
        claimed,
        window=(float(x[inside][0]), float(x[inside][-1])),
        end_channels=1 if chosen.end_points == 1 else None,
        tie_point_off=_tie_point(region, y, inside, background, chosen.end_points),
        curves=_curves(x[inside], y[inside], background, None),
    )
    envelope = _envelope(x[inside], members, photon, time) if not missing else None
    if envelope is None:
        return claimed
    curves = _curves(x[inside], y[inside], background, envelope)
    gain = _refit_gain(spectrum, casa, region, curves, registry) if refit else None
    return replace(claimed, curves=curves, exact=True, refit_gain=gain)


def _measured(
    spectrum: xr.Dataset, casa: CasaFit, window: tuple[float, float]
) -> tuple[Array, Array, slice] | None:
    """Calibrated energies, counts and the channels of a window; ``None`` where there are none."""
    if "counts" not in spectrum:
        return None
    x = np.asarray(spectrum["binding_energy"].values, dtype=float) + casa.energy_shift
    y = np.asarray(spectrum["counts"].values, dtype=float)
    chosen = np.flatnonzero((x >= window[0] - 1e-6) & (x <= window[1] + 1e-6))
    if chosen.size < 5:
        return None
    return x, y, slice(int(chosen[0]), int(chosen[-1]) + 1)


def _tie_point(
    region: CasaRegion, y: Array, inside: slice, background: Array, points: int
) -> float | None:
    """By how much a stored Tougaard curve misses the data's end, of the data's range."""
    if "tougaard" not in region.background.lower() or not region.parameters[0]:
        return None
    spread = float(np.ptp(y[inside]))
    if spread <= 0:
        return None
    return float(background[-1] - end_level(y, inside.stop - 1, points)) / spread


def _envelope(
    x: Array, members: Sequence[tuple[int, CasaComponent]], photon: float, time: float
) -> Array | None:
    """The lines' sum in counts, ``None`` where a shape is not exactly known."""
    total = np.zeros_like(x)
    for _, component in members:
        if component.area.value <= 0:
            continue
        try:
            shape, extra, exact = from_casaxps(component.shape)
        except ValueError:
            return None
        if not exact or component.fwhm.value <= 0:
            return None
        theta = np.array([[photon - component.position_ke.value, component.fwhm.value, *extra]])
        total += time * component.area.value * shape.density(x, theta)[0]
    return total if members else None


def _curves(x: Array, y: Array, background: Array, lines: Array | None) -> Curves:
    envelope = y if lines is None else background + lines
    noise = np.sqrt(np.maximum(envelope, 1.0))
    return Curves(
        energy=x,
        measured=y,
        envelope=envelope,
        background=background,
        lines=np.zeros((0, x.size)),
        residual=(y - envelope) / noise,
    )


def _refit_gain(
    spectrum: xr.Dataset, casa: CasaFit, region: CasaRegion, stored: Curves, registry: Registry
) -> float | None:
    """Share of the stored sum of squares that a refit from the stored values takes off."""
    from .assemble import assemble, window_slice
    from .plan import Evaluator
    from .search import search

    try:
        taken = take_over_region(spectrum, casa, region)
        if taken is None:
            return None
        calibrated, envelope = taken
        x = np.asarray(calibrated["binding_energy"].values, dtype=float) + float(
            calibrated["charge_shift"]
        )
        y = np.asarray(calibrated["counts"].values, dtype=float)
        inside = window_slice(envelope, x)
        plan = assemble(envelope, registry, x, y, inside)
        _, solution = search(plan, y[inside], "unweighted", starts=1, seed=0)
    except InputError:
        return None
    refitted = Evaluator(plan)(solution.values)
    if refitted.size != stored.measured.size:
        return None
    before = float(np.sum((stored.measured - stored.envelope) ** 2))
    after = float(np.sum((y[inside] - refitted) ** 2))
    return 1.0 - after / before if before > 0 else None
