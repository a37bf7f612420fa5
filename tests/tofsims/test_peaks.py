"""Peaks: their width is their own, whatever the mass resolution, and so are the counts in it."""

from __future__ import annotations

import numpy as np
import pytest

from references.ion import ion
from tofsims.ions import windows_of
from tofsims.masscal import MassScale, calibrate, kept
from tofsims.peaks import peak_about

TRUE = MassScale(sf=32194.0, k0=-400.0)
IONS = [ion(name) for name in ("Li-", "O-", "S-", "Cl-", "S2-", "GaCl-", "PS3-")]
TAIL = 0.28
"""Of the widths at which a peak falls behind its top, beside a normal part of 0.34."""


def spectrum(seed, resolution, *, tail, counts=20_000):
    """Counts of ions whose peaks have one m/dm, over a thin background."""
    generator = np.random.default_rng(seed)
    y = generator.poisson(0.01, 450_000).astype(float)
    for one in IONS:
        width = TRUE.sf * one.mz**0.5 / (2.0 * resolution)
        at = (0.34 if tail else 1 / 2.3548) * width * generator.standard_normal(counts)
        if tail:
            at += TAIL * width * (generator.standard_exponential(counts) - 1.0)
        np.add.at(y, np.round(TRUE.channel(one.mz) + at).astype(int), 1)
    return y


def of_shape(tail):
    """Width at half height in units of the width that :func:`spectrum` is told."""
    if not tail:
        return 1.0
    x = np.arange(-6.0, 6.0, 0.002)
    shape = np.convolve(np.exp(-0.5 * (x / 0.34) ** 2), np.exp(-np.maximum(x, 0) / TAIL) * (x >= 0))
    return 0.002 * float(np.count_nonzero(shape > 0.5 * shape.max()))


@pytest.mark.parametrize("tail", [False, True])
@pytest.mark.parametrize("resolution", [200, 500, 1000, 2000, 5000, 20_000])
def test_widths_are_stated_whatever_the_resolution(resolution, tail):
    y = spectrum(resolution, resolution, tail=tail)
    made = calibrate(y, MassScale(sf=32197.0, k0=-398.0), IONS)
    assert made.missing == ()
    mz = np.array([one.mz for one in IONS])
    told = mz / made.fwhm(mz) * of_shape(tail)
    assert told == pytest.approx(np.full(mz.size, resolution), rel=0.1)
    same = kept(y, TRUE, IONS)
    assert mz / same.fwhm(mz) * of_shape(tail) == pytest.approx(told, rel=0.1)


@pytest.mark.parametrize("resolution", [200, 1000, 5000, 20_000])
def test_a_window_holds_a_normal_peak(resolution):
    y = spectrum(7, resolution, tail=False)
    made = calibrate(y, TRUE, IONS)
    # S- and Cl- run into their neighbours at 200.
    alone = [one for one in IONS if one.key in {"Li-", "O-", "S2-"}]
    for window in windows_of(alone, made):
        first, last = np.ceil(made.scale.channel([window.low, window.high])).astype(int)
        assert y[first:last].sum() > 0.99 * 20_000


def test_ions_with_one_peak_together_do_not_tell_its_width():
    y = spectrum(3, 2000, tail=False)
    # PO2- lies 0.6 widths above PS-, with as many counts.
    generator, width = np.random.default_rng(4), TRUE.sf * 63.0**0.5 / 4000.0
    both = [ion("PS-"), ion("PO2-")]
    for one in both:
        at = TRUE.channel(one.mz) + width / 2.3548 * generator.standard_normal(20_000)
        np.add.at(y, np.round(at).astype(int), 1)
    made = calibrate(y, TRUE, [*(one for one in IONS if one.key != "S2-"), *both])
    assert {anchor.ion for anchor in made.anchors} > {"PS-", "PO2-"}
    assert 63.0 / float(made.fwhm(63.0)) == pytest.approx(2000, rel=0.1)


def test_what_fills_all_that_is_looked_at_is_no_peak():
    x = np.arange(60_000)
    y = 1000.0 * np.exp(-0.5 * ((x - 30_000) / 2000.0) ** 2)
    assert peak_about(y, 30_000, 40.0, widest=500.0) is None
    assert peak_about(y, 30_000, 40.0, widest=5000.0).fwhm == pytest.approx(4710, rel=0.02)
    flat = np.random.default_rng(3).poisson(100.0, 20_000)
    assert peak_about(flat, 10_000, 40.0, widest=500.0) is None


def test_neighbours_of_many_counts_are_told_apart():
    x = np.arange(2000)
    y = sum(5000.0 * np.exp(-0.5 * ((x - at) / 4.25) ** 2) for at in (1000.0, 1015.0))
    found = peak_about(y, 1000.0, 6.0)
    assert found.fwhm == pytest.approx(10.0, rel=0.1)
    assert found.channel == pytest.approx(1000.0, abs=1.0)
