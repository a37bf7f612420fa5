"""What a fraction owes to inputs that other samples share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import references
import xps
from xps.inputs import shared_inputs
from xps.solve import refine
from xps.state import state

REGISTRY = references.load()


@pytest.fixture(scope="module")
def sulfur():
    return xps.fit(xps.example("S 2p"), xps.envelope("S 2p", ["PS4", "Li2S"]), registry=REGISTRY)


def of(row):
    return {given.source: given for given in row.estimate.contributions}


def test_constants_of_the_level_are_named_with_value_and_u(sulfur):
    found = of(sulfur.fractions[0])
    level = REGISTRY.core_level("S 2p")
    assert found["S 2p splitting"].value == pytest.approx(level.splitting.best)
    assert found["S 2p ratio"].u == pytest.approx(level.branching.prior.u)
    assert found["S 2p line shape"].told_by == "pseudo_voigt"


@pytest.mark.parametrize("source", ["S 2p splitting", "S 2p ratio"])
def test_a_shift_is_what_a_refit_with_the_input_moved_gives(source, sulfur):
    measured = sulfur.measured
    plan, problem = measured.plan, measured.problem
    (row,) = (
        i
        for i, weights in enumerate(plan.knowledge.linear)
        if [plan.parameters[k].name for k in np.flatnonzero(weights)] == [source]
    )
    target = plan.knowledge.linear_target.copy()
    target[row] += plan.knowledge.linear_u[row]
    moved = replace(plan, knowledge=replace(plan.knowledge, linear_target=target))
    p, _ = refine(replace(problem, prior=moved.fitted_knowledge), measured.solution.values)
    (given,) = (g for g in shared_inputs(measured, sulfur.envelope) if g.source == source)
    n = len(plan.lines)
    areas = slice(0, n)
    expected = (state(plan, p).values - measured.state.values)[areas]
    u = np.sqrt(np.diag(measured.budget.total))[areas]
    assert np.max(np.abs(expected)) > 0.0
    np.testing.assert_allclose(given.shift[areas], expected, atol=0.02 * u.max())


def test_they_are_a_part_of_the_part(sulfur):
    for row in sulfur.fractions:
        parts = row.estimate.u_parts.to_dict()
        for part in ("constraints", "misfit"):
            own = [g.shift for g in row.estimate.contributions if g.part == part]
            assert 0.0 < np.hypot.reduce(own) <= parts[part] * (1 + 1e-9)


def test_fractions_that_add_up_are_moved_against_each_other(sulfur):
    one, other = (of(row) for row in sulfur.fractions)
    for source in one:
        assert one[source].shift == pytest.approx(-other[source].shift, rel=1e-6, abs=1e-12)


def test_a_held_constant_contributes_as_much_as_it_does_to_the_part():
    recipe = xps.envelope("S 2p", ["PS4", "Li2S"]).model_copy(update={"knowledge": "hard"})
    fit = xps.fit(xps.example("S 2p"), recipe, registry=REGISTRY)
    assert {"S 2p splitting", "S 2p ratio"} <= of(fit.fractions[0]).keys()


def test_a_metals_tail_is_the_metals():
    fit = xps.fit(xps.example("In 3d"), xps.envelope("In 3d", ["In0", "InCl3"]), registry=REGISTRY)
    assert {"In 3d In0 asymmetry", "In 3d In0 band"} <= of(fit.fractions[0]).keys()


def test_a_user_s_own_numbers_of_a_sample_are_not_shared():
    recipe = xps.envelope("S 2p", ["PS4"]).components[0]
    told = recipe.model_copy(update={"position": "161.7 +- 0.1", "fwhm": "1.2 +- 0.1"})
    other = xps.Component(name="Li2S", core_level="S 2p", species="Li2S")
    fit = xps.fit(
        xps.example("S 2p"),
        xps.Envelope(region="S 2p", components=(told, other)),
        registry=REGISTRY,
    )
    assert all(
        source.endswith(("splitting", "ratio", "line shape")) for source in of(fit.fractions[0])
    )


def test_sensitivity_is_told_by_cause_and_adds_up_to_its_part():
    fits = [
        xps.fit(xps.example(level), xps.envelope(level, species), registry=REGISTRY)
        for level, species in (("S 2p", ["PS4", "Li2S"]), ("P 2p", ["PS4"]))
    ]
    row = xps.fractions(fits, REGISTRY)[0]
    own = {g.source: g for g in row.estimate.contributions if g.part == "sensitivity"}
    assert own["P 2p factor"].told_by == "scofield_al"
    assert own["S 2p attenuation length"].told_by == "TPP-2M in Li6PS5Cl"
    total = np.hypot.reduce([g.shift for g in own.values()])
    assert total == pytest.approx(row.estimate.u_parts.sensitivity, rel=1e-9)
