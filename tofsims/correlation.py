"""How far one image of counts is displaced against another, to a part of a pixel.

Phase correlation with each spatial frequency weighted by what is above the noise of counting: of
Poisson counts that noise is known, and the same at all frequencies. The window that hides the
edges moves along with what is seen, so that it does not hold the answer back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Displacement", "Plane", "displacement"]

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

TAPER = 0.4
"""Part of the window along an axis that falls off, both ends together."""
COHERENT = 0.998
"""Most that two images are held to agree: no two are the same scene altogether."""
SIGMA = 2.0
"""Standard errors by which a frequency's power is above counting, else it is passed over."""
ROUNDS = 12
"""Times at most that window and displacement are found from each other."""
SETTLED = 0.01
"""Change of the displacement [pixels] with which that ends."""
UPSAMPLED = 20, 400
"""Steps a pixel in which the maximum is looked for, coarse to fine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Displacement:
    """Where a scene is in a second image, against the first.

    Attributes
    ----------
    x, y : float
        Displacement [pixels].
    u_x, u_y : float
        Standard uncertainty of counting; infinite where nothing is common to both.
    height : float
        Of the correlation's maximum, in standard deviations of what chance gives.
    """

    x: float
    y: float
    u_x: float
    u_y: float
    height: float


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """Spatial frequencies of a raster, as a real Fourier transform has them.

    Attributes
    ----------
    fy, fx : arrays
        Cycles a pixel, as a column and as a row.
    ring : (height, width // 2 + 1) array of int
        About how many cycles a field.
    twice : (1, width // 2 + 1) array
        How many of the full plane's frequencies each stands for.
    many : (rings,) array
        Frequencies of the full plane in each ring.
    """

    fy: Array
    fx: Array
    ring: NDArray[np.int64]
    twice: Array
    many: Array

    @classmethod
    def of(cls, height: int, width: int) -> Plane:
        """Give the plane of a raster."""
        fy = np.asarray(np.fft.fftfreq(height)[:, None], dtype=float)
        fx = np.asarray(np.fft.rfftfreq(width)[None, :], dtype=float)
        ring = np.rint(np.hypot(fy, fx) * max(height, width)).astype(np.int64)
        twice = np.full(fx.shape, 2.0)
        twice[:, 0] = 1.0
        if width % 2 == 0:
            twice[:, -1] = 1.0
        weights = np.broadcast_to(twice, ring.shape).ravel()
        many = np.asarray(np.bincount(ring.ravel(), weights), dtype=float)
        return cls(fy, fx, ring, twice, many)

    def mean(self, values: Array) -> Array:
        """Mean of each ring."""
        return np.bincount(self.ring.ravel(), (values * self.twice).ravel()) / self.many


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """Two windowed images: their weighted cross-spectrum, and what chance makes of it."""

    cross: Complex
    relative: Complex
    coherence: Array
    chance: float
    independent: float


def displacement(
    first: Array, second: Array, plane: Plane, *, near: tuple[float, float] | None = None,
    within: float = 4.0,
) -> Displacement:  # fmt: skip
    """Find how far what is in one image is displaced in another.

    Parameters
    ----------
    first, second : (height, width) arrays
        Counts; each noise is Poisson's.
    plane : Plane
    near : (float, float), optional
        About where it is (x, y), to be looked for within so many pixels; else anywhere up to a
        quarter of the field.
    within : float

    Returns
    -------
    Displacement

    Notes
    -----
    The maximum by a Fourier transform in ever finer steps about it: M. Guizar-Sicairos,
    S. T. Thurman and J. R. Fienup, Opt. Lett. 33 (2008) 156. Weights and variance are those of the
    most likely delay, ``coherence**2 / (1 - coherence**2)`` of each frequency: C. H. Knapp and
    G. C. Carter, IEEE Trans. Acoust. Speech Signal Process. 24 (1976) 320.

    Examples
    --------
    >>> y, x = np.mgrid[:64, :64]
    >>> def scene(dx):
    ...     return 50 * np.exp(-((x - 30 - dx) ** 2 + (y - 33) ** 2) / 40.0)
    >>> found = displacement(scene(0.0), scene(1.3), Plane.of(64, 64))
    >>> round(found.x, 2), abs(round(found.y, 2))
    (1.3, 0.0)
    """
    where = near or (0.0, 0.0)
    pair = _paired(first, second, plane, where)
    at = _coarse(pair, first.shape, where, within if near else max(first.shape) / 4.0)
    top = 0.0
    for _ in range(ROUNDS):
        before = at
        pair = _paired(first, second, plane, at)
        at, top = _refined(pair, plane, at)
        if max(abs(at[0] - before[0]), abs(at[1] - before[1])) < SETTLED:
            break
    if top <= 0.0:
        return Displacement(x=at[0], y=at[1], u_x=np.inf, u_y=np.inf, height=0.0)
    common = _in_common(pair, plane, at)
    gained = plane.twice * (common**2 / (1.0 - common**2))[plane.ring]
    known = [
        (2.0 * np.pi) ** 2 * float(np.sum(gained * f**2)) * pair.independent
        for f in (plane.fx, plane.fy)
    ]
    u_x, u_y = (1.0 / np.sqrt(k) if k > 0 else np.inf for k in known)
    return Displacement(x=at[0], y=at[1], u_x=float(u_x), u_y=float(u_y), height=top / pair.chance)


def _paired(first: Array, second: Array, plane: Plane, at: tuple[float, float]) -> _Pair:
    """Window both images where they show the same, and weigh each frequency."""
    shape = first.shape
    windows = _windows(shape, at)
    spectra: list[Complex] = []
    signal: list[Array] = []
    power: list[Array] = []
    for image, window in zip((first, second), windows, strict=True):
        level = float(np.sum(window * image) / max(float(window.sum()), 1e-300))
        spectrum = _forward(window * (image - level))
        spectra.append(spectrum)
        power.append(plane.mean(np.abs(spectrum) ** 2))
        above = power[-1] - float(np.sum(window**2 * image))
        # Half of the plane's frequencies are the other half again.
        chance = power[-1] * np.sqrt(2.0 / plane.many)
        signal.append(np.where(above > SIGMA * chance, above, 0.0))
    product = np.maximum(power[0] * power[1], 1e-300)
    coherence = np.minimum(np.sqrt(signal[0] * signal[1] / product), COHERENT)
    coherence[0] = 0.0
    weight = coherence / (1.0 - coherence**2) / np.sqrt(product)
    window = windows[0]
    squares = float(np.sum(window**2))
    independent = squares**2 / (first.size * max(float(np.sum(window**4)), 1e-300))
    noise = float(np.sum(plane.twice * (weight**2 * product)[plane.ring])) / max(independent, 1e-9)
    cross = spectra[1] * np.conj(spectra[0])
    return _Pair(
        cross=weight[plane.ring] * plane.twice * cross,
        relative=cross / np.sqrt(product)[plane.ring],
        coherence=coherence,
        chance=max(float(np.sqrt(noise)), 1e-300),
        independent=independent,
    )


def _in_common(pair: _Pair, plane: Plane, at: tuple[float, float]) -> Array:
    """Coherence that is seen at a displacement: less than could be where the scene changed."""
    back = np.exp(2j * np.pi * (plane.fy * at[1] + plane.fx * at[0]))
    return np.clip(plane.mean((pair.relative * back).real), 0.0, pair.coherence)


def _windows(shape: tuple[int, ...], at: tuple[float, float]) -> tuple[Array, Array]:
    """Windows over what both images show; the second one lies displaced as the scene does."""
    sides: list[tuple[Array, Array]] = []
    for size, shift in zip(shape, (at[1], at[0]), strict=True):
        low, high = max(0.0, -shift), min(float(size), size - shift)
        place = np.arange(0.5, size, dtype=float)
        sides.append((_tapered(place, low, high), _tapered(place - shift, low, high)))
    (first_y, second_y), (first_x, second_x) = sides
    return first_y[:, None] * first_x, second_y[:, None] * second_x


def _tapered(place: Array, low: float, high: float) -> Array:
    """One in the middle, falling to zero at both ends as half a cosine."""
    edge = np.minimum(place - low, high - place) / max(0.5 * TAPER * (high - low), 1e-9)
    return 0.5 - 0.5 * np.cos(np.pi * np.clip(edge, 0.0, 1.0))


def _coarse(
    pair: _Pair, shape: tuple[int, ...], where: tuple[float, float], within: float
) -> tuple[float, float]:
    """The whole pixel at which the correlation is largest, no farther than told."""
    # The transform counts each frequency of the half plane twice itself.
    single = pair.cross.copy()
    single[:, 1 : (shape[1] + 1) // 2] *= 0.5
    correlation = _backward(single, shape)
    y = np.fft.fftfreq(shape[0], 1.0 / shape[0])[:, None]
    x = np.fft.fftfreq(shape[1], 1.0 / shape[1])[None, :]
    far = (np.abs(x - where[0]) > within) | (np.abs(y - where[1]) > within)
    row, column = np.unravel_index(int(np.argmax(np.where(far, -np.inf, correlation))), shape)
    return float(x[0, column]), float(y[row, 0])


def _refined(
    pair: _Pair, plane: Plane, at: tuple[float, float]
) -> tuple[tuple[float, float], float]:
    """The maximum about a place, in ever finer steps, and how high it is."""
    x, y = at
    half, top = 1.0, 0.0
    for steps in UPSAMPLED:
        grid = np.arange(-round(half * steps), round(half * steps) + 1) / steps
        over_y = np.exp(2j * np.pi * np.outer(grid + y, plane.fy[:, 0]))
        over_x = np.exp(2j * np.pi * np.outer(plane.fx[0], grid + x))
        correlation = (over_y @ pair.cross @ over_x).real
        row, column = np.unravel_index(int(np.argmax(correlation)), correlation.shape)
        top = float(correlation[row, column])
        x, y, half = x + float(grid[column]), y + float(grid[row]), 1.0 / steps
    return (x, y), top


def _forward(image: Array) -> Complex:
    from scipy import fft

    return np.asarray(fft.rfft2(image), dtype=complex)


def _backward(spectrum: Complex, shape: tuple[int, ...]) -> Array:
    from scipy import fft

    return np.asarray(fft.irfft2(spectrum, shape), dtype=float)
