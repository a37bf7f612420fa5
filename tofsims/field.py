"""Is an ion spread evenly through a volume: over the field, and in slices of the depth.

Each ion is looked at twice, with all that was judged added up and in thick slices, so that what is
richer in some depth only is not averaged away. Several ions, sizes of blocks and two tests make
many chances of a false alarm: they share one level of 5 %. Where nothing is seen the answer depends
on what could have been: sparse counts look even by construction.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .lateral import ALPHA, BLOCKS, ENOUGH, Spread, spread_of

__all__ = ["Even", "Field", "field_of"]

Array = NDArray[np.float64]

TESTS = 2 * 2 * len(BLOCKS)
"""Each size of blocks is tested for its scatter, and for neighbours that are alike, added up and in
slices."""

NO_SLICE = "no thick slice of scans lies wholly in the window; give a longer window"


class Even(StrEnum):
    """Whether an ion is spread evenly."""

    EVEN = "even"
    UNEVEN = "uneven"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """How an ion is spread over the field.

    Attributes
    ----------
    ion : str
    verdict : Even
    over : tuple of Spread
        With everything added up, for each size of blocks that holds enough counts.
    through : tuple of Spread
        In slices.
    p : float
        Of the strongest sign of unevenness, for as many tests as were made.
    margin_percent : float
        Contrast that has to have been visible for an answer of even.
    why : str
        Why nothing could be looked at.
    """

    ion: str
    verdict: Even
    over: tuple[Spread, ...]
    through: tuple[Spread, ...]
    p: float
    margin_percent: float
    why: str = ""

    @property
    def strongest(self) -> Spread | None:
        """The size of blocks that speaks loudest."""
        return min((*self.over, *self.through), key=_p, default=None)

    @property
    def finest(self) -> Spread | None:
        """The size of blocks at which the faintest contrast would have been seen."""
        both = (*self.over, *self.through)
        return min(both, key=lambda one: one.seen_percent, default=None)

    def sentence(self) -> str:
        """Say what was seen, or what could have been."""
        strongest, finest = self.strongest, self.finest
        if strongest is None or finest is None:
            why = self.why or "too few counts"
            return f"{self.ion}: {why} to say how it is spread over the field"
        if self.verdict is Even.UNEVEN:
            where = f"in {strongest.slices} slices" if strongest.slices > 1 else "over the field"
            return (
                f"{self.ion}: uneven {where}: blocks of {strongest.block} x {strongest.block} "
                f"pixels differ by {strongest.contrast_percent:.2g} % (standard deviation beyond "
                f"chance, p {self.p:.2g})"
            )
        return (
            f"{self.ion}: {'even' if self.verdict is Even.EVEN else 'nothing seen, undecided'}: "
            f"differences of {finest.seen_percent:.2g} % between blocks of {finest.block} x "
            f"{finest.block} pixels would have been seen"
        )

    def to_dict(self) -> dict[str, Any]:
        """Give it for a document."""
        return {
            "ion": self.ion,
            "verdict": str(self.verdict),
            "p": self.p,
            "margin_percent": self.margin_percent,
            "over": [_told(one) for one in self.over],
            "through": [_told(one) for one in self.through],
            "sentence": self.sentence(),
        }


def field_of(
    ion: str,
    images: ArrayLike,
    shots: ArrayLike = np.inf,
    *,
    margin_percent: float = 5.0,
    among: int = 1,
) -> Field:
    """Judge how evenly an ion is spread.

    Parameters
    ----------
    ion : str
    images : (slices, height, width) array
        Registered counts of slices; NaN where a pixel is not in the region.
    shots : float or (slices,) array
        Of a pixel in each slice.
    margin_percent : float
        Where no unevenness is seen, the answer is "even" if a standard deviation between blocks of
        so much would have been, and "undecided" otherwise.
    among : int
        Ions that are judged together: one of them may be called uneven by chance, at 5 %.

    Returns
    -------
    Field

    Examples
    --------
    >>> draw = np.random.default_rng(1)
    >>> richer = np.where(np.hypot(*(np.mgrid[:64, :64] - 30)) < 12, 1.3, 1.0)
    >>> buried = np.stack([draw.poisson(20 * shape) for shape in (0 * richer + 1, richer)])
    >>> str(field_of("GaCl-", buried).verdict)
    'uneven'
    """
    counts = np.asarray(images, dtype=float)
    n = np.broadcast_to(np.asarray(shots, dtype=float), counts.shape[0])
    if not np.nansum(counts) > 0:
        return Field(ion=ion, verdict=Even.UNDECIDED, over=(), through=(), p=1.0,
                     margin_percent=margin_percent,
                     why="" if counts.shape[0] else NO_SLICE)  # fmt: skip
    tests = among * TESTS
    over = _enough(counts.sum(axis=0)[None], n.sum()[None], ALPHA / tests)
    through: dict[int, Spread] = {}
    # The larger blocks allow thinner slices; each size gets as thin ones as hold enough counts.
    while counts.shape[0] > 1:
        through = {one.block: one for one in _enough(counts, n, ALPHA / tests)} | through
        counts, n = _halved(counts), _halved(n)
    slices = tuple(through[block] for block in sorted(through))
    both = (*over, *slices)
    p = min(1.0, tests * min((_p(one) for one in both), default=1.0))
    seen = min((one.seen_percent for one in both), default=np.inf)
    verdict = Even.EVEN if seen <= margin_percent else Even.UNDECIDED
    return Field(
        ion=ion,
        verdict=Even.UNEVEN if p < ALPHA else verdict,
        over=over,
        through=slices,
        p=p,
        margin_percent=margin_percent,
    )


def _enough(counts: Array, shots: Array, level: float) -> tuple[Spread, ...]:
    """Spreads of the sizes of blocks that hold enough counts in every slice."""
    height, width = counts.shape[1:]
    least = float(np.min(np.nanmean(counts, axis=(1, 2))))
    sizes = [side for side in BLOCKS if least * side**2 >= ENOUGH and side <= min(height, width)]
    return spread_of(counts, shots, blocks=tuple(sizes), level=level)


def _halved(values: Array) -> Array:
    """Neighbouring slices added up; of an odd number the last ones are three."""
    pairs = values.shape[0] // 2
    summed = values[: 2 * pairs].reshape(pairs, 2, *values.shape[1:]).sum(axis=1)
    if values.shape[0] % 2:
        summed[-1] += values[-1]
    return summed


def _p(one: Spread) -> float:
    return min(one.p, one.p_moran)


def _told(one: Spread) -> dict[str, Any]:
    return {
        "block_pixels": one.block,
        "slices": one.slices,
        "blocks": one.blocks,
        "counts_a_block": one.mean,
        "dispersion": one.dispersion,
        "p": one.p,
        "moran": one.moran,
        "p_moran": one.p_moran,
        "contrast_percent": one.contrast_percent,
        "seen_percent": one.seen_percent,
    }
