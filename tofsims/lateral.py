"""Is an ion spread evenly over the field: counts of blocks of pixels against chance.

Sparse counts look even by construction: a single pixel tells nothing where it has a count or two.
Blocks of pixels do, the larger the fainter the contrast, and the coarser. Each test therefore says
which contrast it would have seen. Chance is binomial, not Poisson: of ``n`` shots of a pixel at
most ``n`` have an ion, and the variance is smaller by ``1 - p``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from references.words import InputError

__all__ = ["BLOCKS", "Spread", "spread_of"]

Array = NDArray[np.float64]

BLOCKS = 1, 4, 8, 16
"""Sides of the blocks [pixels]."""
LEAST_BLOCKS = 4
"""Fewer test nothing."""
ENOUGH = 5.0
"""Counts a block from which chi-square holds; below, chance is drawn."""
DRAWS = 199
POWER = 0.95
"""Probability with which a contrast is called seen."""
ALPHA = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Counts of blocks of one size, against chance.

    Attributes
    ----------
    block : int
        Side [pixels].
    blocks : int
        Of all slices together.
    slices : int
        Images that were each compared with their own mean.
    mean : float
        Counts a block.
    dispersion : float
        Their variance over that of chance; 1 of what is even.
    p : float
        Of a dispersion as large, were it even.
    moran : float
        Moran's I: correlation of neighbouring blocks.
    p_moran : float
        Of one as large, were it even.
    contrast_percent : float
        Standard deviation between blocks beyond chance, of the ions that came and not of those that
        a dead time left, relative to their mean; 0 where there is none.
    seen_percent : float
        The one that would have been seen with a probability of 95 %.
    """

    block: int
    blocks: int
    slices: int
    mean: float
    dispersion: float
    p: float
    moran: float
    p_moran: float
    contrast_percent: float
    seen_percent: float

    @property
    def is_even(self) -> bool:
        """Whether chance alone explains it, at 5 %."""
        return self.p >= ALPHA

    def sentence(self) -> str:
        """Say what was seen, and what could have been."""
        what = "even" if self.is_even else "uneven"
        return (
            f"blocks of {self.block} pixels: {what} (dispersion {self.dispersion:.3g}, "
            f"p {self.p:.2g}); contrasts from {self.seen_percent:.2g} % on would have been seen"
        )


def spread_of(
    image: ArrayLike,
    shots: ArrayLike = np.inf,
    *,
    blocks: tuple[int, ...] = BLOCKS,
    level: float = ALPHA,
    seed: int = 0,
) -> tuple[Spread, ...]:
    """Compare the counts of blocks of pixels with chance, for blocks of several sizes.

    Parameters
    ----------
    image : (height, width) or (slices, height, width) array
        Registered counts of an ion in each pixel, over all scans that are judged, or over slices of
        them: each slice is compared with its own mean, so that what changes in depth alone is no
        unevenness. NaN where a pixel is not in the region, or was not measured.
    shots : float or (slices,) array
        Of a pixel over the scans of an image.
    blocks : tuple of int
        Sides of the blocks.
    level : float
        Of the test whose power ``seen_percent`` tells.
    seed : int
        Of the draws that stand for chance where a block has few counts.

    Returns
    -------
    tuple of Spread
        Of each size that leaves at least four whole blocks; a rest at the edges is left out.

    Raises
    ------
    InputError
        If there is no count, or more than shots.

    Notes
    -----
    Index of dispersion: R. A. Fisher, Statistical Methods for Research Workers (1925). Moran's I
    between blocks that share a side: P. A. P. Moran, Biometrika 37 (1950) 17; its variance under
    permutation by A. D. Cliff and J. K. Ord, Spatial Processes (1981), without their kurtosis term.

    Examples
    --------
    >>> flat = np.random.default_rng(2).poisson(10, (64, 64))
    >>> [one.is_even for one in spread_of(flat)]
    [True, True, True, True]
    """
    counts = np.asarray(image, dtype=float)
    if counts.ndim == 2:
        counts = counts[None]
    if counts.ndim != 3 or not np.nansum(counts) > 0:
        raise InputError("expected an image with counts in it")
    n = np.broadcast_to(np.asarray(shots, dtype=float), counts.shape[0])
    most = np.nanmax(counts, axis=(1, 2))
    if np.nanmin(counts) < 0 or np.any(most > n):
        at = int(np.argmax(most - n))
        raise InputError(
            f"a pixel has {most[at]:.0f} counts of {n[at]:g} shots; give the shots of all scans"
        )
    found: list[Spread] = []
    for side in blocks:
        summed = _blocks(counts, side)
        kept = np.nansum(summed, axis=(1, 2)) > 0
        if np.isfinite(summed[0]).sum() >= LEAST_BLOCKS and kept.any():
            found.append(_tested(summed[kept], side, n[kept] * side**2, level, seed))
    return tuple(found)


def _blocks(counts: Array, side: int) -> Array:
    """Sums of whole blocks; NaN where a pixel of one is missing."""
    height, width = (size // side for size in counts.shape[1:])
    cut = counts[:, : height * side, : width * side]
    return cut.reshape(-1, height, side, width, side).sum(axis=(2, 4))


def _tested(summed: Array, side: int, shots: Array, level: float, seed: int) -> Spread:
    from scipy.special import chdtrc, ndtr

    slices, inside = summed.shape[0], np.isfinite(summed[0])
    each = int(inside.sum())
    mean = np.asarray(np.nanmean(summed, axis=(1, 2)), dtype=float)
    awake = np.maximum(1.0 - mean / shots, 1e-12)
    chance = mean * awake
    free = slices * (each - 1)
    away = np.where(inside, summed - mean[:, None, None], 0.0)
    dispersion = float(np.sum(away**2 / chance[:, None, None])) / free
    moran = float(_moran(away, inside).mean())
    if float(mean.min()) >= ENOUGH:
        p = float(chdtrc(free, free * dispersion))
        u_moran = _moran_u(inside) / np.sqrt(slices)
        p_moran = float(ndtr(-(moran + 1.0 / (each - 1)) / u_moran))
    else:
        drawn = _drawn(np.rint(each * mean).astype(int), inside, seed)
        spread = np.sum(drawn**2 / mean[:, None, None], axis=(1, 2, 3)) / free
        p = float((1 + np.sum(spread >= dispersion)) / (DRAWS + 1))
        correlated = _moran(drawn, inside).mean(axis=1)
        p_moran = float((1 + np.sum(correlated >= moran)) / (DRAWS + 1))
    # What a contrast of one adds to the dispersion; of more ions a shot fewer are registered.
    ions = -np.log(awake)
    told = np.where(ions > 0, ions / np.expm1(np.maximum(ions, 1e-12)), 1.0)
    share = float(np.mean((told * mean) ** 2 / chance))
    return Spread(
        block=side,
        blocks=slices * each,
        slices=slices,
        mean=float(mean.mean()),
        dispersion=dispersion,
        p=p,
        moran=moran,
        p_moran=p_moran,
        contrast_percent=100.0 * float(np.sqrt(max(dispersion - 1.0, 0.0) / share)),
        seen_percent=100.0 * float(np.sqrt(_seen(free, level) / free / share)),
    )


def _drawn(totals: NDArray[np.int_], inside: NDArray[np.bool_], seed: int) -> Array:
    """Chance: the same ions of each slice thrown anywhere; (draws, slices, y, x) about the mean.

    That fewer shots scatter less is in what the dispersion is measured by.
    """
    generator = np.random.default_rng(seed)
    each = int(inside.sum())
    drawn = np.zeros((DRAWS, totals.size, *inside.shape))
    for i, total in enumerate(totals):
        thrown = generator.integers(0, each, (DRAWS, total)) + each * np.arange(DRAWS)[:, None]
        counted = np.bincount(thrown.ravel(), minlength=DRAWS * each).reshape(DRAWS, each)
        drawn[:, i][:, inside] = counted - total / each
    return drawn


def _moran(away: Array, inside: NDArray[np.bool_]) -> Array:
    """Moran's I of images, of what is away from their means; zero where nothing is."""
    plane = (-2, -1)
    across = np.sum(away[..., :, 1:] * away[..., :, :-1], axis=plane)
    down = np.sum(away[..., 1:, :] * away[..., :-1, :], axis=plane)
    power = np.sum(away**2, axis=plane) / inside.sum()
    pairs = max(_neighbours(inside).sum() / 2.0, 1.0)
    return np.asarray((across + down) / pairs / np.maximum(power, 1e-300), dtype=float)


def _neighbours(inside: NDArray[np.bool_]) -> Array:
    """How many blocks share a side with each."""
    many = np.zeros(inside.shape)
    across, down = inside[:, 1:] & inside[:, :-1], inside[1:] & inside[:-1]
    many[:, 1:] += across
    many[:, :-1] += across
    many[1:] += down
    many[:-1] += down
    return many


def _moran_u(inside: NDArray[np.bool_]) -> float:
    """Standard deviation of Moran's I of what is even, between blocks that share a side."""
    n = float(inside.sum())
    neighbours = _neighbours(inside)
    s0 = float(neighbours.sum())
    s1, s2 = 2.0 * s0, float(np.sum((2.0 * neighbours) ** 2))
    if s0 == 0:
        return np.inf
    expected = -1.0 / (n - 1)
    square = (n**2 * s1 - n * s2 + 3.0 * s0**2) / ((n**2 - 1.0) * s0**2)
    return float(np.sqrt(max(square - expected**2, 1e-300)))


def _seen(free: int, level: float) -> float:
    """Non-centrality of chi-square that is seen with a probability of 95 %.

    By two moments, as a multiple of a plain chi-square (P. B. Patnaik, Biometrika 36 (1949) 202).
    """
    from scipy import optimize
    from scipy.special import chdtri, gammaincc

    threshold = float(chdtri(free, level))

    def missed(central: float) -> float:
        width = (free + 2.0 * central) / (free + central)
        return POWER - float(gammaincc(0.5 * (free + central) / width, 0.5 * threshold / width))

    most = 10.0
    while missed(most) > 0:
        most *= 4.0
    return float(getattr(optimize, "brentq")(missed, 0.0, most))  # noqa: B009 - no types
