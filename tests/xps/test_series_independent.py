"""Independent spectra: each is fitted as if it were alone, to the last digit, whatever is beside it."""

from __future__ import annotations

import numpy as np
import pytest

import references
import xps
from xps.series_numbers import Series, series_of

NUMBER = 10


def _mixed(level, species, generator):
    """Spectra in which species come and go, of many counts and of few, one of them dead."""
    envelope = xps.envelope(level, species)
    fitted = xps.fit(xps.example(level), envelope)
    background = np.asarray(fitted.curves.background)
    lines = np.asarray(fitted.curves.lines)
    weights = generator.choice([0.0, 0.02, 0.1, 1.0], size=(NUMBER, len(lines)))
    scale = generator.choice([0.05, 0.2, 1.0], size=(NUMBER, 1))
    expected = np.maximum(scale * (background + weights @ lines), 0.0)
    counts = generator.poisson(expected).astype(float)
    counts[NUMBER // 2] = 0.0
    return series_of(envelope, references.load(), fitted.curves.energy, 4, 0, 1.0), counts


@pytest.mark.parametrize(
    ("level", "species"),
    [
        ("P 2p", ["PS4", "Li3P"]),
        pytest.param("S 2p", ["PS4", "Li2S", "P2Sx", "S8"], marks=pytest.mark.slow),
    ],
)
def test_the_company_of_a_spectrum_changes_no_digit(level, species, rng, monkeypatch):
    # What is handed to the careful fit is fitted alone anyhow, and slowly.
    monkeypatch.setattr(Series, "careful", lambda _self, _counts, quick: quick)
    series, counts = _mixed(level, species, rng)
    alone = [series.numbers(counts[i : i + 1], independent=True)[0] for i in range(NUMBER)]
    for size in (3, NUMBER):
        order = rng.permutation(NUMBER)
        for first in range(0, NUMBER, size):
            those = order[first : first + size]
            together = series.numbers(counts[those], independent=True)
            for i, row in zip(those, together, strict=True):
                assert np.array_equal(row, alone[i], equal_nan=True), (size, i)


def test_a_series_of_independent_spectra_is_told_like_any(rng):
    one = xps.example("P 2p")["counts"]
    counts = one.expand_dims(spectrum=3).copy()
    counts.values[:] = rng.poisson(one.values, size=counts.shape)
    envelope = xps.envelope("P 2p", ["PS4", "Li3P"])
    whole = xps.fit_series(counts, envelope, independent=True)
    for i in range(3):
        own = xps.fit_series(counts[i : i + 1], envelope, independent=True)
        assert own.isel(spectrum=0).equals(whole.isel(spectrum=i))
    usual = xps.fit_series(counts, envelope)
    np.testing.assert_allclose(whole["fraction"], usual["fraction"], atol=1e-4)
