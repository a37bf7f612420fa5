"""The analyser's transmission: measured where every region has it, else assumed, never mixed."""

from __future__ import annotations

import importlib.util
import math
import sys
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import pytest

import xps
from xps.amount import Sensitivity, amounts
from xps.fit import Curves
from xps.transmission import (
    U_ASSUMED,
    U_MEASURED,
    level_energy,
    measured_transmissions,
    transmission_in,
    transmission_note,
)

_spec = importlib.util.spec_from_file_location(
    "quantified", Path(__file__).with_name("quantified.py")
)
quantified = importlib.util.module_from_spec(_spec)
sys.modules["quantified"] = quantified
_spec.loader.exec_module(quantified)
REGISTRY = quantified.REGISTRY
electrolyte = quantified.electrolyte
fitted = quantified.fitted


@dataclass(frozen=True, eq=False, kw_only=True)
class CurvesWithTransmission(Curves):
    transmission: np.ndarray | None = None


def _with(fit, curve):
    named = {f.name: getattr(fit.curves, f.name) for f in fields(Curves)} | {"transmission": curve}
    return replace(fit, curves=CurvesWithTransmission(**named))


def _sloping(fit, scale=1.0):
    """A transmission that falls with kinetic energy, as instruments' do."""
    return _with(fit, scale * (fit.photon_energy - fit.curves.energy) ** -0.5)


def _relative(found):
    covariance = dict(found.covariance)["sensitivity"]
    return np.sqrt(np.diag(covariance)) / found.values


def test_a_measured_transmission_divides_the_areas():
    fits = electrolyte()
    flat = amounts(fits, REGISTRY, Sensitivity())
    found = amounts([_sloping(fit) for fit in fits], REGISTRY, Sensitivity())
    place = {fit.region: fit.photon_energy - level_energy(fit, fit.region) for fit in fits}
    expected = [place[level] ** 0.5 for level in found.levels]
    np.testing.assert_allclose(found.values / flat.values, expected, rtol=1e-4)


def test_it_is_known_better_than_an_assumed_one():
    fits = electrolyte()
    rest = math.hypot(0.05, 0.10)
    measured = amounts([_sloping(fit) for fit in fits], REGISTRY, Sensitivity())
    assumed = amounts(fits, REGISTRY, Sensitivity())
    np.testing.assert_allclose(_relative(measured), math.hypot(rest, U_MEASURED))
    np.testing.assert_allclose(_relative(assumed), math.hypot(rest, U_ASSUMED))


def test_it_replaces_the_exponent():
    fits = [_sloping(fit) for fit in electrolyte()]
    one = amounts(fits, REGISTRY, Sensitivity())
    other = amounts(fits, REGISTRY, Sensitivity(transmission_exponent=0.7))
    np.testing.assert_array_equal(one.values, other.values)


def test_one_region_without_it_and_none_is_used():
    phosphorus, *others = electrolyte()
    found = amounts([phosphorus, *map(_sloping, others)], REGISTRY, Sensitivity())
    np.testing.assert_array_equal(
        found.values, amounts(electrolyte(), REGISTRY, Sensitivity()).values
    )


@pytest.mark.parametrize("number", [1.0, 0.0, -1.0])
def test_one_number_for_all_is_a_placeholder(number):
    fits = [_with(fit, np.full(fit.curves.energy.size, number)) for fit in electrolyte()]
    assert measured_transmissions(fits) == ()


def test_a_set_that_includes_transmission_is_not_corrected_twice():
    library = replace(
        REGISTRY,
        sensitivity_sets=tuple(
            replace(s, includes_transmission=True) for s in REGISTRY.sensitivity_sets
        ),
    )
    fits = electrolyte()
    found = amounts([_sloping(fit) for fit in fits], library, Sensitivity())
    np.testing.assert_array_equal(found.values, amounts(fits, library, Sensitivity()).values)
    np.testing.assert_allclose(_relative(found), math.hypot(0.05, 0.10))


def test_the_note_says_which_was_used():
    assumed = transmission_note(electrolyte(), 0.5)
    assert assumed.reported == "assumed: E_k ** 0.5"
    assert "10 %" in assumed.message
    measured = transmission_note([_sloping(fit) for fit in electrolyte()])
    assert measured.reported.startswith("measured: P 2p 0.027")
    assert "3 %" in measured.message


def test_a_spectrum_gives_its_transmission_on_the_calibrated_axis():
    energy = np.arange(155.0, 175.0, 0.1)
    spectrum = xps.spectrum(energy, np.ones(energy.size), transmission=energy / 100.0)
    assert transmission_in(spectrum, 160.0) == pytest.approx(1.6)
    shifted = xps.calibrate(spectrum, xps.by_shift(0.5))
    assert transmission_in(shifted, 160.0) == pytest.approx(1.595)
    bare = xps.spectrum(energy, np.ones(energy.size))
    assert math.isnan(transmission_in(bare, 160.0))


def test_a_files_transmission(data_dir):
    # The block of S 2p runs from 2.12923 to 2.1433 (variable 1 of the file).
    reading = xps.read(data_dir / "xps" / "cheminfo-vamas" / "assigned.vms")
    sulfur = xps.find_region(reading.spectra, "S 2p")[0]
    assert 2.129 < transmission_in(sulfur, 162.0) < 2.1434


def test_energies_are_the_lines_not_the_windows():
    assert level_energy(fitted("P 2p"), "P 2p") == pytest.approx(131.9, abs=0.5)
