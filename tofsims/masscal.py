"""The mass scale: flight time to m/z and back, and its calibration by known ions.

``sqrt(m/z) = (channel - k0) / sf``: an ion of charge z and energy z E flies for a time that goes
with the root of m/z. ``sf`` [channels a sqrt(u)] and ``k0`` [channels] are found from ions of known
mass; neither is ever assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from references.words import InputError

from .peaks import Peak, peak_about, strongest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.ion import Ion

__all__ = [
    "Anchor",
    "Calibration",
    "CalibrationError",
    "MassScale",
    "calibrate",
    "find_scale",
    "kept",
    "scale_of",
]

Array = NDArray[np.float64]

LIGHTEST = 10.0
"""m/z [u] below which six printed decimals hold nothing of the scale."""
NEAR_PPM = 300.0
"""How far from where a scale puts it an ion is looked for,"""
NEAR_CHANNELS = 20.0
"""and so many channels more."""
CLOSE_PPM = 60.0
"""How far from where the others put it, and a width more, it may be at last."""
POOREST = 100.0
"""m/dm of the widest peak that is one."""
CLEAR = 8.0
"""Significance of a peak that may anchor a scale."""
ALONE = 1.5
"""Widths within which an anchor that tells a width has no other beside it."""
HUBER = 1.345
"""Standard deviations beyond which an anchor pulls no harder."""
FEWEST = 3
"""Anchors that a scale needs, to have one that tests it."""
LOOKED_AT = 40
"""Strongest peaks among which known ions are sought where there is no scale to begin with."""
MATCHED_PPM = 60.0
"""How near to an ion a peak has to be there."""


class CalibrationError(InputError):
    """A mass scale that cannot be had: why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MassScale:
    """A mass scale.

    Parameters
    ----------
    sf : float
        Channels a sqrt(u).
    k0 : float
        Channel of m/z 0; may be negative.
    source : str
        Where it is from.
    """

    sf: float
    k0: float
    source: str = ""

    def mz(self, channel: ArrayLike) -> Array:
        """Give m/z [u] at channels.

        Examples
        --------
        >>> scale = MassScale(sf=72000.0, k0=-400.0)
        >>> float(scale.mz(scale.channel(34.9694)).round(6))
        34.9694
        """
        return ((np.asarray(channel, dtype=float) - self.k0) / self.sf) ** 2

    def channel(self, mz: ArrayLike) -> Array:
        """Give the channels of m/z [u]."""
        return self.k0 + self.sf * np.sqrt(np.asarray(mz, dtype=float))

    def ppm_of_channels(self, channels: ArrayLike, mz: ArrayLike) -> Array:
        """Give the relative error of m/z [ppm] that an error of channels makes at m/z."""
        return 2e6 * np.asarray(channels, dtype=float) / (self.sf * np.sqrt(np.asarray(mz)))


def scale_of(spectrum: xr.Dataset) -> tuple[MassScale, float]:
    """Recover the mass scale behind a spectrum that states m/z at its channels.

    A straight line of sqrt(m/z) over the channel, by least squares with the weight that printed
    decimals give; below m/z 10 they hold nothing of it.

    Returns
    -------
    MassScale
    float
        Largest departure of sqrt(m/z) [sqrt(u)] from the line.
    """
    mz, channel = spectrum["mz"].values, spectrum["channel"].values
    used = mz > LIGHTEST
    root, at = np.sqrt(mz[used]), channel[used]
    # An error of m/z makes one of its root that is smaller by 2 sqrt(m/z).
    slope, offset = np.polynomial.Polynomial.fit(at, root, 1, w=root).convert().coef[::-1]
    scale = MassScale(sf=float(1.0 / slope), k0=float(-offset / slope), source="the file's masses")
    return scale, float(np.abs(root - (offset + slope * at)).max())


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """An ion of known mass in a spectrum.

    Attributes
    ----------
    ion : str
    mz : float
    peak : Peak
    ppm : float
        How far the scale puts its peak from its mass,
    left_out_ppm : float
        and how far one does that is made of the others.
    """

    ion: str
    mz: float
    peak: Peak
    ppm: float
    left_out_ppm: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """A mass scale made of anchors.

    Attributes
    ----------
    scale : MassScale
    anchors : tuple of Anchor
        By mass.
    covariance : (2, 2) array
        Of sf and k0, by the scatter of the anchors.
    missing : tuple of str
        Ions that were asked for and have no clear peak.
    """

    scale: MassScale
    anchors: tuple[Anchor, ...]
    covariance: Array
    missing: tuple[str, ...] = ()

    def u_ppm(self, mz: ArrayLike) -> Array:
        """Give the standard uncertainty of m/z [ppm] that the scale brings."""
        root = np.sqrt(np.asarray(mz, dtype=float))
        row = np.stack([root, np.ones_like(root)], axis=-1)
        u = np.sqrt(np.einsum("...i,ij,...j", row, self.covariance, row))
        return self.scale.ppm_of_channels(u, mz)

    def is_extrapolated(self, mz: float) -> bool:
        """Whether a mass is outside those of the anchors."""
        return not self.anchors[0].mz <= mz <= self.anchors[-1].mz

    def fwhm(self, mz: ArrayLike) -> Array:
        """Give the width of a peak [u] at a mass, between those of the anchors."""
        at = np.asarray(mz, dtype=float)
        return 2.0 * self.fwhm_channels(at) * np.sqrt(at) / self.scale.sf

    def fwhm_channels(self, mz: ArrayLike) -> Array:
        """Give the width of a peak [channels] at a mass, by anchors that stand alone if any do."""
        masses = np.array([anchor.mz for anchor in self.anchors])
        widths = np.array([anchor.peak.fwhm for anchor in self.anchors])
        at = self.scale.channel(masses)
        # Two that are nearer may have one peak together, and its width is that of neither.
        near = np.abs(at[:, None] - at) < ALONE * np.maximum(widths[:, None], widths)
        alone = near.sum(axis=1) == 1
        if alone.any():
            masses, widths = masses[alone], widths[alone]
        return np.asarray(np.interp(np.asarray(mz, dtype=float), masses, widths), dtype=float)

    def channels_of_ppm(self, ppm: float, mz: float) -> float:
        """Give the channels that a relative difference of m/z [ppm] makes at m/z."""
        return 0.5e-6 * ppm * self.scale.sf * mz**0.5


def calibrate(counts: ArrayLike, start: MassScale, ions: Sequence[Ion]) -> Calibration:
    """Make a mass scale of known ions in a spectrum.

    Parameters
    ----------
    counts : (channels,) array
    start : MassScale
        Near enough to find them.
    ions : sequence of Ion

    Returns
    -------
    Calibration

    Raises
    ------
    CalibrationError
        If fewer than three of them have a clear peak.

    Notes
    -----
    Straight line of the channel over sqrt(m/z), robust by Huber's loss: an ion that is another one
    pulls no harder than one at 1.3 standard deviations. Each anchor is told how far off a scale of
    the others puts it, which is what an ion that is no anchor may expect.

    Examples
    --------
    >>> from references.ion import ion
    >>> true, x = MassScale(sf=72000.0, k0=-400.0), np.arange(800_000)
    >>> ions = [ion(name) for name in ("Li-", "O-", "Cl-", "S2-", "PS3-")]
    >>> spectrum = np.zeros(x.size)
    >>> for known in ions:
    ...     at = int(true.channel(known.mz))
    ...     near = slice(at - 40, at + 40)
    ...     spectrum[near] += 500 * np.exp(-0.5 * ((x[near] - true.channel(known.mz)) / 5) ** 2)
    >>> made = calibrate(spectrum, MassScale(sf=72005.0, k0=-390.0), ions)
    >>> bool(abs(made.scale.sf - 72000) < 0.5), max(abs(a.left_out_ppm) for a in made.anchors) < 2
    (True, True)
    """
    y = np.asarray(counts, dtype=float)
    found, _ = _peaks(y, start, ions)
    first = _fitted(found, ions)[0]
    # Once more, close about where the others put it: a peak beside it is another ion's.
    width = float(np.median([peak.fwhm for _, peak in found.values()]))
    found, missing = _peaks(y, first, ions, ppm=CLOSE_PPM, channels=width)
    scale, covariance, listed = _fitted(found, ions)
    mz, at, u = (np.array(column) for column in _columns(listed))
    anchors: list[Anchor] = []
    for i, (name, (mass, peak)) in enumerate(listed):
        others = np.arange(mz.size) != i
        (sf_, k0_), _ = _line(mz[others], at[others], u[others])
        alone = MassScale(sf=sf_, k0=k0_)
        anchors.append(
            Anchor(
                ion=name,
                mz=mass,
                peak=peak,
                ppm=float(scale.mz(peak.channel) / mass - 1.0) * 1e6,
                left_out_ppm=float(alone.mz(peak.channel) / mass - 1.0) * 1e6,
            )
        )
    return Calibration(
        scale=scale, anchors=tuple(anchors), covariance=covariance, missing=tuple(missing)
    )


def kept(counts: ArrayLike, scale: MassScale, ions: Sequence[Ion]) -> Calibration:
    """Keep a mass scale as it is, and tell how far off it puts known ions.

    Raises
    ------
    CalibrationError
        If none of them has a clear peak: then nothing tells how wide a peak is.
    """
    found, missing = _peaks(np.asarray(counts, dtype=float), scale, ions)
    if not found:
        raise CalibrationError(
            f"none of {', '.join(ion.key for ion in ions)} has a clear peak where the scale of "
            f"{scale.source or 'the request'} puts it; check the scale and the polarity"
        )
    anchors: list[Anchor] = []
    for name, (mass, peak) in sorted(found.items(), key=lambda item: item[1][0]):
        ppm = float(scale.mz(peak.channel) / mass - 1.0) * 1e6
        anchors.append(Anchor(ion=name, mz=mass, peak=peak, ppm=ppm, left_out_ppm=ppm))
    return Calibration(
        scale=scale,
        anchors=tuple(anchors),
        covariance=np.full((2, 2), np.nan),
        missing=tuple(missing),
    )


def find_scale(counts: ArrayLike, ions: Sequence[Ion]) -> MassScale:
    """Find a mass scale without one to begin with, by known ions among the strongest peaks.

    Each pair of strong peaks is tried as each pair of ions; the scale that puts most strong peaks
    on ions is taken.

    Raises
    ------
    CalibrationError
        If no scale puts four ions on strong peaks.
    """
    y = np.asarray(counts, dtype=float)
    width = max(y.size // 20_000, 8)
    tops = np.sort(strongest(y, LOOKED_AT, apart=width))
    height = np.log1p(y[tops])
    roots = np.sqrt(sorted({ion.mz for ion in ions}))
    best, matched, scale = 0.0, 0, MassScale(sf=1.0, k0=0.0)
    for a in range(roots.size - 1):
        for b in range(a + 1, roots.size):
            first, second = np.triu_indices(tops.size, 1)
            sf = (tops[second] - tops[first]) / (roots[b] - roots[a])
            k0 = tops[first] - sf * roots[a]
            keep = np.abs(k0) < 0.2 * sf
            sf, k0 = sf[keep], k0[keep]
            expected = k0[:, None] + sf[:, None] * roots
            nearest = np.abs(expected[:, :, None] - tops).argmin(axis=2)
            off = np.abs(expected - tops[nearest])
            near = off < 2.0 + 0.5e-6 * MATCHED_PPM * sf[:, None] * roots
            score = np.sum(near * (height[nearest] - off / 10.0), axis=1)
            if score.size and score.max() > best:
                i = int(score.argmax())
                best, matched = float(score[i]), int(near[i].sum())
                scale = MassScale(sf=float(sf[i]), k0=float(k0[i]), source="known ions")
    if matched < FEWEST + 1:
        raise CalibrationError(
            f"no mass scale puts {FEWEST + 1} of {', '.join(ion.key for ion in ions)} on strong "
            "peaks; give the scale, or name ions that the sample surely gives"
        )
    return scale


_Found = dict[str, tuple[float, Peak]]
"""Mass and peak of each ion that has a clear one."""


def _fitted(
    found: _Found, ions: Sequence[Ion]
) -> tuple[MassScale, Array, list[tuple[str, tuple[float, Peak]]]]:
    """A scale of the ions that have peaks, its covariance, and the ions by mass."""
    if len(found) < FEWEST:
        raise CalibrationError(
            f"a mass scale needs {FEWEST} ions with clear peaks, and of "
            f"{', '.join(ion.key for ion in ions)} only {', '.join(found) or 'none'} has one; "
            "name ions that the sample surely gives"
        )
    listed = sorted(found.items(), key=lambda item: item[1][0])
    mz, at, u = (np.array(column) for column in _columns(listed))
    (sf, k0), covariance = _line(mz, at, u)
    scale = MassScale(sf=sf, k0=k0, source=f"{len(listed)} ions of the spectrum")
    return scale, covariance, listed


def _columns(
    listed: list[tuple[str, tuple[float, Peak]]],
) -> tuple[list[float], list[float], list[float]]:
    """Mass, channel and its uncertainty of ions."""
    peaks = [peak for _, (_, peak) in listed]
    return (
        [mass for _, (mass, _) in listed],
        [peak.channel for peak in peaks],
        [peak.u for peak in peaks],
    )


def _peaks(
    y: Array,
    scale: MassScale,
    ions: Sequence[Ion],
    *,
    ppm: float = NEAR_PPM,
    channels: float = NEAR_CHANNELS,
) -> tuple[_Found, list[str]]:
    """Clear peaks of ions where a scale puts them, within channels, and the ions without one."""
    found: dict[str, tuple[float, Peak]] = {}
    missing: list[str] = []
    for known in ions:
        middle = float(scale.channel(known.mz))
        far = channels + 0.5e-6 * ppm * scale.sf * known.mz**0.5
        widest = scale.sf * known.mz**0.5 / (2.0 * POOREST)
        within = far < middle < y.size - far
        peak = peak_about(y, middle, far, widest=widest) if within else None
        if peak is None or peak.significance < CLEAR:
            missing.append(known.key)
        else:
            found[known.key] = (known.mz, peak)
    return found, missing


def _line(mz: Array, channel: Array, u: Array) -> tuple[tuple[float, float], Array]:
    """Robust line channel = k0 + sf sqrt(m/z), and the covariance of sf and k0."""
    A = np.stack([np.sqrt(mz), np.ones_like(mz)], axis=1)
    weight, variance = np.ones_like(mz), u**2
    solution, covariance = np.zeros(2), np.eye(2)
    for _ in range(50):
        w = weight / variance
        covariance = np.linalg.inv(A.T @ (w[:, None] * A))
        solution = covariance @ (A.T @ (w * channel))
        rest = np.abs(channel - A @ solution)
        # What the peaks scatter more than counting says is the same for all, in channels.
        wide = 1.4826 * float(np.median(rest)) * np.sqrt(mz.size / max(mz.size - 2, 1))
        variance = u**2 + max(wide**2 - float(np.median(u)) ** 2, 0.0)
        new = np.minimum(1.0, HUBER * np.sqrt(variance) / np.maximum(rest, 1e-12))
        if np.allclose(new, weight, atol=1e-6):
            break
        weight = new
    return (float(solution[0]), float(solution[1])), np.asarray(covariance, dtype=float)
