"""Fractions: their sums, their covariance, and when a value is a limit."""

from __future__ import annotations

import importlib.util
import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import references
import xps
from references import UnknownReferenceError
from references.words import Basis, Kind
from xps.amount import U_IMFP, QuantificationError, Sensitivity, amounts
from xps.quantify import fractions, within_level

_spec = importlib.util.spec_from_file_location(
    "quantified", Path(__file__).with_name("quantified.py")
)
quantified = importlib.util.module_from_spec(_spec)
sys.modules["quantified"] = quantified
_spec.loader.exec_module(quantified)
REGISTRY = quantified.REGISTRY
electrolyte = quantified.electrolyte
fitted = quantified.fitted
made = quantified.made
only = quantified.only

# --- the formula ----------------------------------------------------------------------------------


def test_the_worked_example():
    # A = (300, 700) with covariance [[400, -150], [-150, 900]] and equal sensitivities: x = 0.3 and
    # 0.7, u = 0.018439 each (by hand: (0.7^2 400 + 2 0.7 0.3 150 + 0.3^2 900)^1/2 / 1000).
    whole = made([300, 700], [[400, -150], [-150, 900]])
    rows = [whole.row(name, only(2, i)) for i, name in enumerate("AB")]
    assert [row.estimate.value for row in rows] == [0.3, 0.7]
    assert [row.estimate.u for row in rows] == pytest.approx([0.018439, 0.018439], abs=5e-7)


def test_uncertainties_are_those_of_the_full_jacobian(rng):
    values = rng.uniform(100, 1000, 5)
    root = rng.standard_normal((5, 5))
    covariance = root @ root.T
    whole = made(values, covariance)
    share = values / values.sum()
    jacobian = (np.eye(5) - share[:, None]) / values.sum()
    expected = np.sqrt(np.diag(jacobian @ covariance @ jacobian.T))
    rows = [whole.row(str(i), only(5, i)) for i in range(5)]
    np.testing.assert_allclose([r.estimate.u_parts.counting for r in rows], expected, rtol=1e-10)


@pytest.mark.parametrize("basis", ["area_levels", "atomic", "atomic_all"])
def test_fractions_over_levels_add_up(basis):
    rows = fractions(electrolyte(), REGISTRY, basis=basis)
    for of_species in (True, False):
        values = [r.estimate.value for r in rows if ("(" in r.subject) is of_species]
        assert math.fsum(values) == pytest.approx(1.0, abs=1e-12)


def test_fractions_within_a_level_add_up():
    values = [row.estimate.value for row in fitted("S 2p").fractions]
    assert math.fsum(values) == pytest.approx(1.0, abs=1e-12)


def test_an_amount_is_its_area_over_what_its_level_shows():
    kinetic = {level: fit.photon_energy - _centre(fit) for level, fit in _by_level().items()}
    found = amounts(electrolyte(), REGISTRY, Sensitivity())
    bare = amounts(electrolyte(), REGISTRY, None)
    factors, material = REGISTRY.sensitivity_set("scofield_al"), REGISTRY.imfp_material("Li6PS5Cl")
    for level, value, area in zip(found.levels, found.values, bare.values, strict=True):
        depth = references.quantification.tpp2m(material, kinetic[level])
        assert value == pytest.approx(area / (factors.factor(level).best * depth), rel=1e-6)


def test_asymmetry_counts_away_from_the_magic_angle():
    # Beta of S 2p3/2 is 1.1381: L(90 degrees) = 1 + 0.5 x 1.1381 x 0.5 = 1.284525.
    upright = amounts([fitted("S 2p")], REGISTRY, Sensitivity(angle=90.0))
    magic = amounts([fitted("S 2p")], REGISTRY, Sensitivity())
    np.testing.assert_allclose(magic.values / upright.values, 1.284525, rtol=1e-5)


def test_the_sensitivity_of_a_level_is_shared_by_its_species():
    found = amounts([fitted("S 2p")], REGISTRY, Sensitivity())
    covariance = dict(found.covariance)["sensitivity"]
    u = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(covariance, np.outer(u, u))
    assert u / found.values == pytest.approx(math.hypot(0.05, U_IMFP, 0.10))


def test_areas_of_levels_have_no_uncertainty_of_sensitivity():
    (row, *_) = fractions(electrolyte(), REGISTRY, basis="area_levels")
    assert row.basis is Basis.AREA_LEVELS
    assert row.denominator == "P 2p+S 2p+Cl 2p"
    assert row.estimate.u_parts.sensitivity is None


def _by_level():
    return {fit.region: fit for fit in electrolyte()}


def _centre(fit):
    areas = np.array([line.area.value for line in fit.lines])
    return float(np.array([line.position.value for line in fit.lines]) @ areas / areas.sum())


# --- a value, or a limit --------------------------------------------------------------------------


def test_an_element_is_as_significant_as_the_sum_of_its_species():
    # Cl of LiCl and GaCl3 trade area: each 2 standard uncertainties, their sum 63.
    whole = made([200, 200, 600], [[10000, -9980, 0], [-9980, 10000, 0], [0, 0, 1]])
    each = [whole.row("A", only(3, 0)), whole.row("B", only(3, 1))]
    assert {row.estimate.kind for row in each} == {Kind.UPPER_LIMIT}
    both = whole.row("Cl", only(3, 0, 1)).estimate
    assert both.kind is Kind.STANDARD
    assert both.value == pytest.approx(0.4)
    assert both.u < 0.01


def test_one_species_alone_is_no_surer_than_its_own_fit_says():
    whole = made([200, 800], np.eye(2))
    fainter = replace(whole, amounts=replace(whole.amounts, seen=(2.0, np.inf)))
    assert whole.row("A", only(2, 0)).estimate.kind is Kind.STANDARD
    assert fainter.row("A", only(2, 0)).estimate.kind is Kind.UPPER_LIMIT
    assert fainter.row("AB", only(2, 0, 1)).estimate.kind is not Kind.UPPER_LIMIT


def test_an_interval_reaches_an_optimum_that_is_not_excluded():
    whole = made([200, 800], np.eye(2))
    elsewhere = replace(whole, amounts=replace(whole.amounts, others=(np.array([500.0, 500.0]),)))
    plain, wider = (it.row("A", only(2, 0)).estimate for it in (whole, elsewhere))
    assert (plain.low, plain.high) == (pytest.approx(wider.low), pytest.approx(0.2, abs=0.01))
    assert wider.high == 0.5


def test_counts_do_not_make_a_fraction_that_other_sources_leave_open():
    whole = made([40, 960], np.eye(2), misfit=[[14400, 0], [0, 1]])
    found = whole.row("A", only(2, 0)).estimate
    assert found.kind is Kind.UPPER_LIMIT
    assert (found.u, found.low) == (None, None)
    assert found.high > 0.04 + 1.9 * 0.115


@pytest.mark.parametrize(("told", "kind"), [(2.9, Kind.UPPER_LIMIT), (3.1, Kind.STANDARD)])
def test_a_share_within_a_level_is_a_limit_below_three_u(told, kind):
    fit = fitted("S 2p")
    assert fit.measured.significance("Li2S") > 12
    (plain,) = (row for row in fit.fractions if row.subject == "Li2S")
    # As much misfit in Li2S's own lines as makes its share `told` standard uncertainties.
    u = plain.estimate.value / told
    free = u**2 - plain.estimate.u**2
    gradient = fit.measured.area_gradient("Li2S")
    total = sum(line.area.value for line in fit.lines) / fit.area_factor
    along = gradient * total / (1 - plain.estimate.value) / gradient.sum()
    budget = fit.measured.budget
    wider = replace(budget, misfit=budget.misfit + free * np.outer(along, along))
    rows = within_level(replace(fit.measured, budget=wider), fit.envelope, "x", "covariance")
    (row,) = (row for row in rows if row.subject == "Li2S")
    assert row.estimate.u_parts.total == pytest.approx(u)
    assert row.estimate.kind is kind


def test_the_only_species_of_a_level_is_all_of_it():
    (row,) = fitted("Cl 2p").fractions
    assert (row.estimate.value, row.estimate.kind) == (1.0, Kind.FIXED)


# --- what cannot be formed ------------------------------------------------------------------------


def test_a_level_without_a_factor():
    library = replace(
        REGISTRY,
        sensitivity_sets=tuple(
            replace(s, factors=tuple(f for f in s.factors if not f[0].startswith("S 2p")))
            for s in REGISTRY.sensitivity_sets
        ),
    )
    with pytest.raises(UnknownReferenceError, match="no factor for 'S 2p'; for S it has S 2s"):
        amounts([fitted("S 2p")], library, Sensitivity())


@pytest.mark.parametrize("photon", [2984.3, 180.0])
def test_an_energy_outside_the_attenuation_formula_is_no_fault_of_ours(photon):
    fit = replace(fitted("S 2p"), photon_energy=photon)
    with pytest.raises(QuantificationError, match=r"50 to 2000 eV.*leave attenuation out"):
        fractions([fit], REGISTRY)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"photon_energy": math.nan}, "photon energy of S 2p is not known"),
        ({}, "S 2p was fitted twice"),
    ],
)
def test_refusals(change, sentence):
    fits = [replace(fitted("S 2p"), **change)] * (1 if change else 2)
    with pytest.raises(QuantificationError, match=sentence):
        fractions(fits, REGISTRY)


def test_an_element_that_was_not_fitted():
    with pytest.raises(QuantificationError, match="In of the denominator was not fitted"):
        fractions([fitted("S 2p")], REGISTRY, elements=["S", "In"])


def test_a_fit_of_overlaps_alone():
    fit = fitted("Cl 2p")
    recipe = fit.envelope.model_copy(
        update={
            "components": tuple(
                c.model_copy(update={"role": "overlap"}) for c in fit.envelope.components
            )
        }
    )
    with pytest.raises(QuantificationError, match="overlaps only"):
        amounts([replace(fit, envelope=recipe)], REGISTRY, None)


def test_the_facade_has_the_verbs():
    assert xps.fractions is fractions
