"""Drift of the mass scale from scan to scan, followed by the peaks of known ions.

Charging, topography and temperature move all flight times a little, and peaks of the whole run are
wider for it. The place of each strong ion is followed from block to block of scans, as many scans a
block as it takes for clear peaks; what the ions have in common is ``offset + slope sqrt(m/z)``, a
shift of the start and a stretch of the scale, smoothed over the blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from references.words import Finding, InputError, Severity

from .counting import SATURATING, corrected_histogram
from .course import carried, smooth
from .cube import Window, integrate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

    from references.ion import Ion

    from .cube import Pass
    from .events import Run
    from .masscal import Calibration, MassScale

__all__ = ["MassDrift", "drift_of", "followed", "mass_drift", "unfollowed"]

Array = NDArray[np.float64]

REACH = 4.0
"""Widths about a lock ion within which it is followed."""
COUNTS = 500.0
"""Counts of each lock ion in a block."""
FEWEST, MOST = 4, 200
"""Blocks."""
FOLLOWED = 8
"""Ions at most, the strongest."""
CLEAR_PPM = 20.0
"""Drift [ppm] that is worth a warning where it was not followed, and"""
SURE = 4.0
"""standard uncertainties of it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MassDrift:
    """How flight times drift.

    Attributes
    ----------
    ions : tuple of str
        That were followed.
    scan : (scans,) array
        Numbers of the scans.
    root : float
        Square root of m/z [sqrt(u)] about which the scale stretches,
    offset, slope : (scans,) arrays
        shift there [channels] from the mean of the run, and how it grows with the root.
    u_offset, u_slope : (scans,) arrays
        Standard uncertainties.
    blocks : int
        Of scans, each with a place of every ion.
    scale : MassScale
    """

    ions: tuple[str, ...]
    scan: NDArray[np.int64]
    root: float
    offset: Array
    slope: Array
    u_offset: Array
    u_slope: Array
    blocks: int
    scale: MassScale

    def ppm(self, mz: ArrayLike) -> Array:
        """Give how far off m/z is in each scan [ppm]."""
        root = np.sqrt(np.asarray(mz, dtype=float))
        return self.scale.ppm_of_channels(self.offset + self.slope * (root - self.root), mz)

    def u_ppm(self, mz: ArrayLike) -> Array:
        """Give the standard uncertainty of that [ppm]."""
        root = np.sqrt(np.asarray(mz, dtype=float))
        u = np.hypot(self.u_offset, self.u_slope * (root - self.root))
        return self.scale.ppm_of_channels(u, mz)

    @property
    def span_ppm(self) -> float:
        """Largest difference between two scans [ppm], between the ions that were followed."""
        found = self.ppm(self.root**2)
        return float(found.max() - found.min())


def mass_drift(
    run: Run,
    ions: Sequence[Ion],
    calibration: Calibration,
    *,
    dead_window: int,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> MassDrift:
    """Follow lock ions through a run.

    Parameters
    ----------
    run : Run
    ions : sequence of Ion
        Strong, known and alone; of a single one the offset alone is followed.
    calibration : Calibration
        Of the run as a whole.
    dead_window : int
        Dead time in channels.
    threads, progress
        As for :func:`tofsims.cube.integrate`.

    Returns
    -------
    MassDrift

    Raises
    ------
    InputError
        If they have too few counts for four blocks of scans, or nearly one a shot.
    """
    masses = np.array([known.mz for known in ions])
    reach = REACH * calibration.fwhm(masses)
    windows = [
        Window(ion=known.key, low=known.mz - by, high=known.mz + by)
        for known, by in zip(ions, reach.tolist(), strict=True)
    ]
    counted = integrate(
        run, windows, calibration.scale,
        dead_window=dead_window, with_cube=False, threads=threads, progress=progress,
    )  # fmt: skip
    shots = run.raster.pixels * run.raster.shots if run.raster.shots else None
    known = {ion.key: ion.mz for ion in ions}
    found = drift_of(run, counted, known, calibration, shots=shots, dead_window=dead_window)
    if found is None:
        raise InputError(
            f"{', '.join(known)}: too few counts to follow the mass scale, or as many as shots: "
            f"each lock ion needs {COUNTS:.0f} in each of {FEWEST} parts of the run, and not one "
            "a shot; name others"
        )
    return found


def drift_of(
    run: Run,
    counted: Pass,
    masses: dict[str, float],
    calibration: Calibration,
    *,
    shots: int | None,
    dead_window: int,
) -> MassDrift | None:
    """Follow ions in what one pass counted.

    Parameters
    ----------
    run : Run
    counted : Pass
    masses : dict
        m/z of each of its windows, in their order; NaN of those that are not to be followed.
    calibration : Calibration
    shots : int or None
        Behind a scan.
    dead_window : int

    Returns
    -------
    MassDrift or None
        ``None`` where no ion has enough counts, and not one a shot.

    Notes
    -----
    The place is the median of the counts within one width of itself, corrected for the dead time,
    which would pull a peak forward as it grows.
    """
    names, mz = list(masses), np.array(list(masses.values()))
    rows = [i for i in _strongest(counted, shots) if np.isfinite(mz[i])][:FOLLOWED]
    if not rows:
        return None
    near = [_near(counted, i, shots, dead_window) for i in rows]
    blocks = _blocks(np.stack([part.sum(axis=1) for _, part in near]))
    if blocks.size < FEWEST + 1:
        return None
    places, u = np.zeros((2, len(rows), blocks.size - 1))
    for j, (first, part) in enumerate(near):
        pooled = np.add.reduceat(part, blocks[:-1], axis=0)
        fwhm = float(calibration.fwhm_channels(mz[rows[j]]))
        start = float(calibration.scale.channel(mz[rows[j]])) - first
        places[j], u[j] = _followed(pooled, start, fwhm)
    roots = np.sqrt(mz[rows])
    away = places - np.average(places, weights=1.0 / u**2, axis=1)[:, None]
    root = float(np.average(roots, weights=(1.0 / u**2).sum(axis=1)))
    middle = np.asarray(0.5 * (blocks[:-1] + blocks[1:] - 1.0), dtype=float)
    (offset, slope), (u_offset, u_slope) = _in_common(away, u, roots - root)
    carry = carried(middle, len(run.scans))
    smooth_offset, cov_offset = smooth(offset, u_offset)
    smooth_slope, cov_slope = smooth(slope, u_slope)
    return MassDrift(
        ions=tuple(names[i] for i in rows),
        scan=np.array(run.numbers, dtype=np.int64),
        root=root,
        offset=carry @ smooth_offset,
        slope=carry @ smooth_slope,
        u_offset=np.sqrt(np.sum((carry @ cov_offset) * carry, axis=1)),
        u_slope=np.sqrt(np.sum((carry @ cov_slope) * carry, axis=1)),
        blocks=blocks.size - 1,
        scale=calibration.scale,
    )


def followed(drift: MassDrift, lock: Sequence[Ion]) -> Finding:
    """Say how far the scale drifted, where it was followed, and which lock ions were no use."""
    left_out = [known.key for known in lock if known.key not in drift.ions]
    without = f"; without {', '.join(left_out)}, too weak or too strong" if left_out else ""
    return Finding(
        rule="sims_mass_drift_followed",
        severity=Severity.INFO,
        subject=", ".join(drift.ions),
        reported=f"{drift.span_ppm:.0f} ppm, in {drift.blocks} blocks of scans",
        message="the mass scale was followed from scan to scan, and its drift taken off the "
        f"flight times{without}",
    )


def unfollowed(drift: MassDrift) -> Finding | None:
    """Say that the scale drifts, where it does and that was not followed."""
    found = drift.ppm(drift.root**2)
    u = float(np.median(drift.u_ppm(drift.root**2)))
    if drift.span_ppm < max(CLEAR_PPM, SURE * u):
        return None
    late = int(found.argmax()), int(found.argmin())
    return Finding(
        rule="sims_mass_drift",
        severity=Severity.WARNING,
        subject=", ".join(drift.ions),
        reported=f"{drift.span_ppm:.0f} ± {u:.1f} ppm between scans {drift.scan[min(late)]} and "
        f"{drift.scan[max(late)]}",
        reference=f"{CLEAR_PPM:g} ppm",
        message="the mass scale drifts through the run, and its peaks are wider and partly beyond "
        "their windows for it; follow strong known ions with --lock",
    )


def _strongest(counted: Pass, shots: int | None) -> list[int]:
    """Windows with enough counts and never nearly one a shot, the strongest first."""
    layout = counted.layout
    found: list[tuple[float, int]] = []
    for i, (first, last) in enumerate(zip(layout.first, layout.last, strict=True)):
        counts = counted.near[:, layout.slot[first] : layout.slot[last - 1] + 1].sum(axis=1)
        near_one = shots is not None and counts.max() > SATURATING * shots
        if counts.sum() >= FEWEST * COUNTS and not near_one:
            found.append((-float(counts.sum()), i))
    return [i for _, i in sorted(found)]


def _near(counted: Pass, i: int, shots: int | None, dead_window: int) -> tuple[int, Array]:
    """First channel, and the corrected counts of each scan, about a window."""
    layout = counted.layout
    start, end = layout.about(i)
    part = counted.near[:, layout.slot[start] : layout.slot[end - 1] + 1].astype(float)
    if shots is not None:
        part = corrected_histogram(part, shots, dead_window)
    skipped = int(layout.first[i]) - layout.after - start
    return start + max(skipped, 0), part[:, max(skipped, 0) :]


def _blocks(counts: Array) -> NDArray[np.int64]:
    """First scans of blocks in which each ion has enough counts, and one behind the last."""
    most = max(counts.shape[1] // MOST, 1)
    starts, held, since = [0], np.zeros(counts.shape[0]), 0
    for scan in range(counts.shape[1]):
        held = held + counts[:, scan]
        since += 1
        if since >= most and held.min() >= COUNTS:
            starts.append(scan + 1)
            held, since = np.zeros(counts.shape[0]), 0
    if starts[-1] != counts.shape[1] and len(starts) > 1:
        starts[-1] = counts.shape[1]
    return np.array(starts, dtype=np.int64)


def _followed(pooled: Array, start: float, fwhm: float) -> tuple[Array, Array]:
    """Place of a peak in each block, each sought about that of the one before; uncertainties."""
    places, u = np.zeros((2, pooled.shape[0]))
    at = start
    for block, y in enumerate(pooled):
        grown = np.concatenate([[0.0], np.cumsum(y)])
        edges = np.asarray(np.linspace(-0.5, y.size - 0.5, y.size + 1), dtype=float)
        for width in (2.0, 1.5, *([1.0] * 12)):
            low, high = np.interp([at - width * fwhm, at + width * fwhm], edges, grown)
            at = float(np.interp(0.5 * (low + high), grown, edges))
        low, high = np.interp([at - fwhm, at + fwhm], edges, grown)
        places[block] = at
        # Of the median of a normal peak: 1.25 standard deviations over the root of its counts.
        u[block] = 1.2533 * fwhm / 2.3548 / np.sqrt(max(float(high - low), 1.0))
    return places, u


def _in_common(away: Array, u: Array, roots: Array) -> tuple[tuple[Array, Array], ...]:
    """Offset and slope of the shifts of each block, and their uncertainties."""
    weight = 1.0 / u**2
    s0, s1, s2 = (np.sum(weight * roots[:, None] ** k, axis=0) for k in (0, 1, 2))
    y0, y1 = np.sum(weight * away, axis=0), np.sum(weight * away * roots[:, None], axis=0)
    if roots.size == 1:
        none = np.zeros_like(y0)
        return (y0 / s0, none), (1.0 / np.sqrt(s0), none)
    both = s0 * s2 - s1**2
    return (
        ((s2 * y0 - s1 * y1) / both, (s0 * y1 - s1 * y0) / both),
        (np.sqrt(s2 / both), np.sqrt(s0 / both)),
    )
