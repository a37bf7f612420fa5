"""Events with known truth: what is in each scan, written and read by every format."""

from __future__ import annotations

import numpy as np

from tofsims import MassScale, Raster, ion_events

SCALE = MassScale(sf=32194.0, k0=-400.25)
MASSES = {"Li-": 7.01655, "O-": 15.99546, "S-": 31.97262, "Cl-": 34.9694, "GaCl-": 103.89497}


def events(seed=0, *, scans=5, width=16, height=8, per=6.0, shots=1, spread=3.0, **more):
    """Ions of five masses at random pixels, normal about their channel."""
    generator = np.random.default_rng(seed)
    middles = SCALE.channel(list(MASSES.values()))
    made = []
    for _ in range(scans):
        number = generator.poisson(per * width * height)
        pixel = np.sort(generator.integers(0, width * height, number))
        # The last pixel of a scan always has ions.
        pixel[-3:] = width * height - 1
        channel = middles[generator.integers(0, len(middles), number)]
        made.append((pixel, np.round(channel + spread * generator.standard_normal(number))))
    raster = Raster(width=width, height=height, shots=shots, field_um=100.0)
    settings = {"scale": SCALE, "polarity": "negative", "channels": 400_000, "channel_ps": 50.0}
    return ion_events(
        made, raster=raster, sputter_time=np.arange(1.0, scans + 1), **{**settings, **more}
    )


def same(run, other):
    """Whether two runs hold the same ions in each scan, in whatever order."""
    assert [scan.number for scan in run.scans] == [scan.number for scan in other.scans]
    for one, two in zip(run.scans, other.scans, strict=True):
        a, b = one.hits(), two.hits()
        for left, right in ((a, b),):
            ordered = [np.lexsort((hits.channel, hits.pixel)) for hits in (left, right)]
            np.testing.assert_array_equal(left.pixel[ordered[0]], right.pixel[ordered[1]])
            np.testing.assert_array_equal(left.channel[ordered[0]], right.channel[ordered[1]])
    return True
