"""Spectra and events of peaks with a tail, drawn with known areas."""

from __future__ import annotations

import numpy as np

from references.ion import ion
from tofsims import MassScale, Raster, ion_events
from tofsims.frame import Frame, lines_of
from tofsims.masscal import calibrate

SCALE = MassScale(sf=32194.0, k0=-400.0)
KNOWN = ("Li-", "O-", "S-", "Cl-", "S2-", "PS-", "GaCl-", "In-", "PS3-")


def width_at(resolution, mz):
    """Channels of a peak's width at half height."""
    return mz / resolution * SCALE.sf / (2.0 * np.sqrt(mz))


def drawn(generator, mz, number, width):
    """Flight times of ions: normal, with a tail towards long times."""
    number = int(number)
    tail = generator.exponential(0.28 * width, number) - 0.28 * width
    return SCALE.channel(mz) + 0.34 * width * generator.standard_normal(number) + tail


def counted(generator, expected, resolution, *, scans=6, strong=40_000, background=5e-4):
    """A calibration by clean peaks, the whole spectrum, and each scan's channels near the first."""
    names = list(expected)
    middle = ion(names[0]).mz
    width = width_at(resolution, middle)
    whole = generator.poisson(background * scans, 400_000)
    for name in KNOWN:
        at = drawn(generator, ion(name).mz, generator.poisson(strong), width)
        np.add.at(whole, np.round(at).astype(int), 1)
    first = int(SCALE.channel(middle) - 8 * width)
    rows = generator.poisson(background, (scans, int(18 * width)))
    for row in rows:
        for name, number in expected.items():
            at = drawn(generator, ion(name).mz, generator.poisson(number / scans), width)
            np.add.at(row, np.round(at).astype(int) - first, 1)
    whole[first : first + rows.shape[1]] = rows.sum(axis=0)
    return calibrate(whole, SCALE, [ion(name) for name in KNOWN]), whole, rows, first


def framed(generator, expected, resolution, **more):
    """The frame of the ions, and the counts of each scan in it."""
    calibration, whole, rows, first = counted(generator, expected, resolution, **more)
    lines = {name: lines_of(name) for name in expected}
    frame = Frame.of(list(expected), lines, calibration, whole.astype(float))
    return frame, rows[:, frame.channels - first].astype(float)


def run_of(
    seed,
    expected,
    *,
    scans=12,
    side=16,
    shots=400,
    resolution=5000,
    background=0.0,
    drift=lambda part: 0.0,
    later=None,
):
    """Events of ions with so many counts a scan; a drift in channels, and by column."""
    generator = np.random.default_rng(seed)
    width = width_at(resolution, 69.0)
    made = []
    for scan in range(scans):
        channel = [
            drawn(generator, ion(name).mz, generator.poisson(number), width)
            for name, number in expected.items()
        ]
        channel.append(generator.uniform(20_000, 390_000, generator.poisson(background)))
        at = np.concatenate(channel) + drift(scan / max(scans - 1, 1))
        pixel = generator.integers(0, side * side, at.size)
        if later is not None:
            at = at + later(pixel % side)
        made.append((pixel, np.round(at)))
    return ion_events(
        made,
        raster=Raster(width=side, height=side, shots=shots, field_um=500.0),
        scale=SCALE,
        polarity="negative",
        channels=400_000,
        channel_ps=50.0,
        sputter_time=np.arange(1.0, scans + 1),
        primary="Bi3+",
        primary_energy_eV="30000",
    )
