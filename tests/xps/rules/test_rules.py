"""Each rule fires on a seeded error, once, and is silent on a clean fit."""

from __future__ import annotations

import numpy as np
import pytest

import references
import xps
from references.words import Severity

REGISTRY = references.load()


def _sulfur(seed=0, *, splitting=1.18, ratio=0.511, width=1.2, place=161.45, step=0.0, extra=()):
    """Counts of one PS4 doublet on a constant, with seeded departures."""
    from xps.lineshape import lineshape

    energy = 157.0 + 0.05 * np.arange(261)
    mu = np.full(energy.size, 400.0) + step * np.maximum(energy - 166.0, 0)
    shape = lineshape("pseudo_voigt")
    lines = [(place, 6000.0, width), (place + splitting, 6000.0 * ratio, width), *extra]
    for at, area, w in lines:
        mu += area * shape.density(energy, np.array([[at, w, 0.3]]))[0]
    counts = np.random.default_rng(seed).poisson(mu)
    spectrum = xps.spectrum(
        energy, counts, photon_energy=1486.6, dwell_time=1.0, scans=1, sample="made", region="S 2p"
    )
    return xps.calibrate(spectrum, xps.by_shift(0.0, 0.05))


def _rules(spectrum, **changes):
    recipe = xps.envelope("S 2p", ["PS4"])
    component = recipe.components[0].model_copy(update=changes.pop("component", {}))
    recipe = recipe.model_copy(update={"components": (component,), **changes})
    found = xps.fit(spectrum, recipe, registry=REGISTRY).findings
    return {finding.rule: finding for finding in reversed(found)}  # the loudest of each rule


@pytest.mark.parametrize("seed", range(6))
def test_a_clean_fit_is_silent(seed):
    assert {f.severity for f in _rules(_sulfur(seed)).values()} <= {Severity.INFO}


def test_a_free_splitting_that_is_off():
    found = _rules(_sulfur(splitting=1.30), component={"splitting": "1.2 in 1.0 .. 1.5"})
    assert found["splitting"].severity is Severity.ERROR
    assert found["splitting"].deviation.startswith("+0.1")


def test_a_free_ratio_that_is_off():
    found = _rules(_sulfur(ratio=0.65), component={"ratio": "0.5 in 0.3 .. 0.9"})
    assert found["area_ratio"].severity is Severity.ERROR


def test_a_line_that_is_too_wide():
    assert _rules(_sulfur(width=2.4))["fwhm_range"].severity is Severity.WARNING


def test_a_species_out_of_its_range():
    found = _rules(_sulfur(place=162.2), component={"position": "162.2 in 161 .. 163"})
    assert found["position"].severity is Severity.ERROR
    assert "wu2022" in found["position"].sources


def test_a_position_is_no_error_without_a_reference():
    spectrum = _sulfur(place=162.2)
    spectrum.attrs.pop("charge_reference")
    found = _rules(spectrum, component={"position": "162.2 in 161 .. 163"})
    assert found["position"].severity is Severity.WARNING
    assert found["reference_not_declared"].severity is Severity.WARNING


def test_a_position_at_its_bound():
    found = _rules(_sulfur(place=162.2), component={"position": "161.4 in 161 .. 161.9"})
    assert found["at_bound"].severity is Severity.ERROR


def test_structure_in_the_residuals():
    found = _rules(_sulfur(extra=((164.6, 1500.0, 1.0),)))
    assert found["residual_structure"].severity is Severity.WARNING


def test_a_component_that_is_not_there():
    recipe = xps.envelope("S 2p", ["PS4", "Li2S"])
    found = xps.fit(_sulfur(), recipe, registry=REGISTRY).findings
    assert {"insignificant", "zero_area"} & {finding.rule for finding in found}


def test_a_doublet_without_its_partner():
    found = _rules(_sulfur(), component={"partner": False})
    assert found["missing_partner"].severity is Severity.ERROR


def test_a_background_above_the_data():
    spectrum = _sulfur()
    spectrum["counts"][-3:] = 3000.0
    static = xps.Background(kind="linear", mode="static", end_points=1)
    assert "background_above_data" in _rules(spectrum, background=static)


def test_a_label_that_cannot_lie_there():
    spectrum = _sulfur()
    moved = spectrum.assign_coords(binding_energy=spectrum["binding_energy"] + 60.0)
    found = _rules(moved, component={"species": "", "position": "221.45"})
    assert found["level_name_vs_energy"].severity is Severity.ERROR


def test_a_very_large_charge_shift():
    spectrum = xps.calibrate(_sulfur(place=157.4 + 2.0), xps.by_shift(2.05))
    assert "large_charge_shift" in _rules(spectrum)


def test_findings_come_loudest_first():
    found = _rules(_sulfur(splitting=1.3, width=2.4), component={"splitting": "1.2 in 1.0 .. 1.5"})
    order = [Severity.ERROR, Severity.WARNING, Severity.INFO]
    ranks = [order.index(finding.severity) for finding in reversed(found.values())]
    assert ranks == sorted(ranks)
