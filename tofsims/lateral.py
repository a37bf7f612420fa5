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
    seen_percent : float
        Standard deviation between blocks, relative to their mean, that would have been seen with a
        probability of 95 %.
    """

    block: int
    blocks: int
    mean: float
    dispersion: float
    p: float
    moran: float
    p_moran: float
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
    image: ArrayLike, shots: float = np.inf, *, blocks: tuple[int, ...] = BLOCKS, seed: int = 0
) -> tuple[Spread, ...]:
    """Compare the counts of blocks of pixels with chance, for blocks of several sizes.

    Parameters
    ----------
    image : (height, width) array
        Registered counts of an ion in each pixel, over all scans that are judged.
    shots : float
        Of a pixel over these scans.
    blocks : tuple of int
        Sides of the blocks.
    seed : int
        Of the draws that stand for chance where a block has few counts.

    Returns
    -------
    tuple of Spread
        Of each size that leaves at least four blocks; a rest at the edges is left out.

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
    if counts.ndim != 2 or counts.sum() <= 0:
        raise InputError("expected an image with counts in it")
    if counts.min() < 0 or counts.max() > shots:
        raise InputError(
            f"a pixel has {counts.max():.0f} counts of {shots:g} shots; give the shots of all scans"
        )
    found: list[Spread] = []
    for side in blocks:
        summed = _blocks(counts, side)
        if summed.size >= LEAST_BLOCKS and summed.sum() > 0:
            found.append(_tested(summed, side, shots * side**2, seed))
    return tuple(found)


def _blocks(counts: Array, side: int) -> Array:
    height, width = (size // side for size in counts.shape)
    cut = counts[: height * side, : width * side]
    return cut.reshape(height, side, width, side).sum(axis=(1, 3))


def _tested(summed: Array, side: int, shots: float, seed: int) -> Spread:
    from scipy.special import chdtrc, ndtr

    mean = float(summed.mean())
    chance = mean * (1.0 - mean / shots)
    free = summed.size - 1
    dispersion = float(np.sum((summed - mean) ** 2)) / free / max(chance, 1e-300)
    moran = float(_moran(summed))
    if mean >= ENOUGH:
        p = float(chdtrc(free, free * dispersion))
        p_moran = float(ndtr(-(moran + 1.0 / free) / _moran_u(summed.shape)))
    else:
        generator = np.random.default_rng(seed)
        # The same ions, thrown anywhere; that fewer shots scatter less is in the chance above.
        thrown = generator.integers(0, summed.size, (DRAWS, int(summed.sum())))
        thrown += summed.size * np.arange(DRAWS)[:, None]
        drawn = np.bincount(thrown.ravel(), minlength=DRAWS * summed.size).astype(float)
        drawn = drawn.reshape(DRAWS, *summed.shape)
        spread = np.sum((drawn - mean) ** 2, axis=(1, 2)) / free / mean
        p = float((1 + np.sum(spread >= dispersion)) / (DRAWS + 1))
        p_moran = float((1 + np.sum(_moran(drawn) >= moran)) / (DRAWS + 1))
    return Spread(
        block=side,
        blocks=int(summed.size),
        mean=mean,
        dispersion=dispersion,
        p=p,
        moran=moran,
        p_moran=p_moran,
        seen_percent=100.0 * _seen(free, mean, chance),
    )


def _moran(summed: Array) -> Array:
    """Moran's I of one image, or of each of several."""
    plane = (-2, -1)
    away = summed - summed.mean(axis=plane, keepdims=True)
    across = np.sum(away[..., :, 1:] * away[..., :, :-1], axis=plane)
    down = np.sum(away[..., 1:, :] * away[..., :-1, :], axis=plane)
    height, width = summed.shape[-2:]
    pairs = max(height * (width - 1) + width * (height - 1), 1)
    power = np.sum(away**2, axis=plane) / (height * width)
    return (across + down) / pairs / np.maximum(power, 1e-300)


def _moran_u(shape: tuple[int, ...]) -> float:
    """Standard deviation of Moran's I of what is even, between blocks that share a side."""
    height, width = shape
    n = height * width
    pairs = height * (width - 1) + width * (height - 1)
    neighbours = np.full(shape, 4.0)
    neighbours[[0, -1]] -= 1.0
    neighbours[:, [0, -1]] -= 1.0
    s0, s1, s2 = 2.0 * pairs, 4.0 * pairs, float(np.sum((2.0 * neighbours) ** 2))
    expected = -1.0 / (n - 1)
    square = (n**2 * s1 - n * s2 + 3.0 * s0**2) / ((n**2 - 1.0) * s0**2)
    return float(np.sqrt(max(square - expected**2, 1e-300)))


def _seen(free: int, mean: float, chance: float) -> float:
    """Relative standard deviation between blocks that is seen with a probability of 95 %."""
    from scipy import optimize
    from scipy.special import chdtri, chndtr

    threshold = float(chdtri(free, ALPHA))

    def missed(central: float) -> float:
        return float(chndtr(threshold, free, central)) - (1.0 - POWER)

    most = 10.0
    while missed(most) > 0 and most < 1e9:
        most *= 4.0
    central = float(getattr(optimize, "brentq")(missed, 1e-9, most))  # noqa: B009 - no types
    return float(np.sqrt(central / (free + 1.0) * chance) / mean)
