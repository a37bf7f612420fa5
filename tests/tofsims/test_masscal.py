"""Mass scale: found again from known ions, honest about what is left out and what is beyond."""

from __future__ import annotations

import numpy as np
import pytest

from references.ion import ion
from references.words import InputError
from tofsims.masscal import MassScale, calibrate, find_scale, kept

TRUE = MassScale(sf=72000.0, k0=-412.3)
NAMES = ("Li-", "O-", "F-", "S-", "Cl-", "PS-", "S2-", "PS2-", "GaCl-", "In-", "PS3-", "InCl-")


def spectrum(generator, names=NAMES, *, counts=4000, shift=0.0, only=None):
    """Counts of ions with a width of eight channels, over a thin background."""
    y = generator.poisson(0.02, 900_000)
    for name in names:
        middle = TRUE.channel(ion(name).mz) + shift * (name == only)
        at = np.round(middle + 8.0 / 2.3548 * generator.standard_normal(counts)).astype(int)
        np.add.at(y, at, 1)
    return y


def test_the_scale_is_found_again():
    ions = [ion(name) for name in NAMES]
    ppm = []
    for seed in range(20):
        y = spectrum(np.random.default_rng(seed))
        made = calibrate(y, MassScale(sf=72008.0, k0=-405.0), ions)
        assert [a.ion for a in made.anchors] == [i.key for i in sorted(ions, key=lambda i: i.mz)]
        masses = np.array([7.0, 35.0, 104.0, 150.0])
        off = (made.scale.mz(TRUE.channel(masses)) / masses - 1.0) * 1e6
        # Five standard uncertainties of each.
        assert np.all(np.abs(off) < 5.0 * made.u_ppm(masses))
        ppm += list(np.abs(off))
    assert np.median(ppm) < 2.0


def test_an_ion_that_is_another_pulls_little_and_is_told():
    y = spectrum(np.random.default_rng(1), only="GaCl-", shift=14.0)
    made = calibrate(y, TRUE, [ion(name) for name in NAMES])
    off = {a.ion: a.left_out_ppm for a in made.anchors}
    assert off["GaCl-"] == pytest.approx(float(TRUE.ppm_of_channels(14.0, 103.9)), abs=4)
    assert abs(float(made.scale.mz(TRUE.channel(103.9)) / 103.9 - 1.0)) < 5e-6


def test_the_peak_of_a_neighbour_is_not_taken_for_an_ion():
    # PO2- lies 282 ppm above PS-, within where an ion is looked for at first.
    made = calibrate(spectrum(np.random.default_rng(2)), TRUE, [ion(n) for n in (*NAMES, "PO2-")])
    assert made.missing == ("PO2-",)


def test_a_scale_is_found_without_one_to_begin_with():
    names = ("Li-", "O-", "S-", "Cl-", "PS-", "PS2-", "PS3-")
    generator = np.random.default_rng(5)
    y = spectrum(generator, NAMES)
    found = find_scale(y, [ion(name) for name in names])
    masses = np.array([7.0, 35.0, 126.0])
    assert np.all(np.abs(found.mz(TRUE.channel(masses)) / masses - 1.0) < 100e-6)


def test_noise_has_no_scale():
    generator = np.random.default_rng(6)
    y = np.zeros(400_000)
    y[generator.integers(0, 400_000, 12)] = 1000
    with pytest.raises(InputError, match="no mass scale puts 4 of"):
        find_scale(y, [ion(name) for name in ("Li-", "O-", "Cl-", "PS3-")])


def test_masses_beyond_the_anchors_are_told():
    made = calibrate(spectrum(np.random.default_rng(3)), TRUE, [ion(n) for n in NAMES[:6]])
    assert made.is_extrapolated(103.9)
    assert not made.is_extrapolated(35.0)
    # From six light ions the scale is the less certain the farther it reaches.
    u = made.u_ppm(np.array([35.0, 150.0]))
    assert u[1] > u[0]


def test_the_width_of_a_peak_is_its_own():
    made = calibrate(spectrum(np.random.default_rng(4)), TRUE, [ion(n) for n in NAMES])
    channels = made.fwhm(np.array([35.0, 104.0])) * TRUE.sf / (2.0 * np.sqrt([35.0, 104.0]))
    assert channels == pytest.approx([8.0, 8.0], abs=0.8)


def test_few_clear_ions_are_refused_and_can_be_kept():
    y = spectrum(np.random.default_rng(7), ("Cl-", "O-"))
    ions = [ion(name) for name in ("Cl-", "O-", "In-")]
    with pytest.raises(InputError, match=r"of Cl-, O-, In- only Cl-, O- has one"):
        calibrate(y, TRUE, ions)
    made = kept(y, TRUE, ions)
    assert made.scale == TRUE
    assert [a.ion for a in made.anchors] == ["O-", "Cl-"]
    assert made.missing == ("In-",)
    with pytest.raises(InputError, match="none of In- has a clear peak"):
        kept(y, TRUE, ions[2:])
