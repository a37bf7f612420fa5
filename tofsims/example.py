"""A synthetic measurement with known truth: an interlayer between surface and electrolyte.

Authored, not measured: 600 s of sputtering through a layer of lithium, gallium and indium chlorides
on Li6PS5Cl, negative ions. Each ion has its isotopes at their real masses, peaks with a tail, and a
counter with a dead time. The indium signal drifts, and gallium chloride has a buried disc that is
richer: tests know of both.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from references.ion import ion

from .counting import DEAD_TIME_NS
from .events import Hits, Raster, Run, Scan
from .masscal import MassScale

__all__ = ["DISC_CONTRAST", "DISC_RADIUS", "DRIFT", "SECONDS", "example"]

Array = NDArray[np.float64]

SECONDS = 600.0
"""Sputter time of the whole."""
SCALE = MassScale(sf=32194.0, k0=-402.0, source="the example's own")
CHANNEL_PS = 50.0
CHANNELS = 400_000
WIDTH, TAIL = 2.6, 2.5
"""Standard deviation and tail of a peak [channels]."""
SHOTS = 4
"""A pixel and scan."""
TRANSIENT = 60.0
"""Seconds in which the surface is gone."""
DRIFT = 0.12
"""Relative change of In- and InCl- over the whole."""
DISC_RADIUS, DISC_CONTRAST = 0.22, 0.35
"""Radius, of the field's width, and excess of GaCl- in a disc between a third and two thirds."""
LEVELS = {
    "Li-": 0.09, "O-": 0.04, "S-": 0.35, "Cl-": 0.55, "PS-": 0.05, "S2-": 0.06, "Ga-": 0.02,
    "LiCl2-": 0.05, "PS2-": 0.03, "GaCl-": 0.06, "In-": 0.025, "PS3-": 0.03, "InCl-": 0.05,
}  # fmt: skip
"""Ions a shot inside the layer."""
SURFACE = {"O-": 6.0, "Cl-": 0.4}
"""How many times as many at the surface."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Line:
    """One isotopologue: its ion, its channel, its share."""

    ion: str
    channel: float
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class _Scan:
    """Draws the ions of one scan; the same whenever it is asked."""

    seed: int
    number: int
    time: float
    side: int
    lines: tuple[_Line, ...] = field(repr=False)

    def __call__(self) -> Hits:
        generator = np.random.default_rng([self.seed, self.number])
        shots = self.side**2 * SHOTS
        shot: list[NDArray[np.int64]] = []
        channel: list[Array] = []
        for line in self.lines:
            rate = line.share * _rate(line.ion, self.time) * _field(line.ion, self.time, self.side)
            each = np.repeat(rate.ravel(), SHOTS)
            hit = np.repeat(np.arange(shots), generator.poisson(each))
            tail = generator.exponential(TAIL, hit.size) - TAIL
            shot.append(hit)
            channel.append(line.channel + WIDTH * generator.standard_normal(hit.size) + tail)
        all_shots, times = np.concatenate(shot), np.round(np.concatenate(channel)).astype(np.int64)
        order = np.lexsort((times, all_shots))
        kept = order[_awake(all_shots[order], times[order])]
        pixel = (all_shots[kept] // SHOTS).astype(np.uint32)
        return Hits(pixel, times[kept].astype(np.uint32))


def example(seed: int = 0, *, side: int = 64, scans: int = 120) -> Run:
    """Give the synthetic measurement; its scans are drawn when they are asked for.

    Parameters
    ----------
    seed : int
    side : int
        Pixels along x and y.
    scans : int
        Over 600 s.

    Returns
    -------
    Run

    Examples
    --------
    >>> run = example(side=16, scans=4)
    >>> bool(run.scans[0].hits().channel.size > 1000), run.polarity
    (True, 'negative')
    """
    lines = tuple(
        _Line(ion=name, channel=float(SCALE.channel(one.mz)), share=one.fraction)
        for name in LEVELS
        for one in ion(name).isotopologues(0.002)
    )
    times = SECONDS * np.arange(1.0, scans + 1.0) / scans
    return Run(
        scans=tuple(
            Scan(i, _Scan(seed, i, float(time), side, lines)) for i, time in enumerate(times)
        ),
        raster=Raster(width=side, height=side, shots=SHOTS, field_um=100.0),
        polarity="negative",
        scales=(SCALE,),
        channels=CHANNELS,
        channel_ps=CHANNEL_PS,
        sputter_time=times,
        time_from="the example's own",
        labels={"sample": "synthetic interlayer", "primary": "Bi+"},
    )


def _rate(name: str, time: float) -> float:
    """Ions a shot at a sputter time: the surface first, then the layer, with what drifts."""
    surface = 1.0 + (SURFACE.get(name, 0.3) - 1.0) * np.exp(-time / (TRANSIENT / 3.0))
    drift = 1.0 + DRIFT * (time / SECONDS - 0.5) if name in {"In-", "InCl-"} else 1.0
    return LEVELS[name] * float(surface) * drift


def _field(name: str, time: float, side: int) -> Array:
    """Relative intensity over the field."""
    inside = SECONDS / 3.0 < time < 2.0 * SECONDS / 3.0
    if name != "GaCl-" or not inside:
        return np.ones((side, side))
    y, x = (np.mgrid[:side, :side] + 0.5) / side
    disc = np.hypot(x - 0.6, y - 0.45) < DISC_RADIUS
    contrast = 1.0 + DISC_CONTRAST * disc
    # The whole field gives as many as elsewhere in depth.
    return contrast / contrast.mean()


def _awake(shot: NDArray[np.int64], channel: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which ions a counter registers that sleeps for a dead time after each; sorted by shot."""
    window = round(DEAD_TIME_NS * 1000.0 / CHANNEL_PS)
    kept = np.zeros(shot.size, dtype=bool)
    last = np.full(shot.size, -1)
    # First ions of shots are seen; each next one if it comes late enough after the last one seen.
    first = np.ones(shot.size, dtype=bool)
    first[1:] = shot[1:] != shot[:-1]
    begins = np.flatnonzero(first)
    rank = np.arange(shot.size) - begins[np.cumsum(first) - 1]
    for number in range(int(rank.max(initial=0)) + 1):
        here = np.flatnonzero(rank == number)
        before = last[here - 1] if number else np.full(here.size, -1)
        awake = (before < 0) | (channel[here] - before > window)
        kept[here] = awake
        last[here] = np.where(awake, channel[here], before)
    return kept
