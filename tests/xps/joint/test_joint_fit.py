"""Joint fits: what regions share, what ties them, and that nothing else changes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import references
import xps
from references.words import Assessment, Basis
from xps.envelope import EnvelopeError
from xps.fit import task_of
from xps.joint.join import Joining
from xps.joint.proportion import proportions_of
from xps.sample import RegionError

REGISTRY = references.load()
REGIONS = [
    {"core_level": "P 2p", "species": ["PS4", "Li3P"]},
    {"core_level": "S 2p", "species": ["PS4", "Li2S"]},
]
ELECTROLYTE = [
    {"core_level": "P 2p", "species": ["Li6PS5Cl"]},
    {"core_level": "S 2p", "species": ["Li6PS5Cl", "Li2S"]},
    {"core_level": "Cl 2p", "species": ["Li6PS5Cl", "LiCl"]},
]


@cache
def example(level):
    # Without gallium's region in the list, S 2p is fitted without Ga 3s: quicker.
    return xps.example(level)


def spectra(*levels):
    return [example(level) for level in levels]


@cache
def alone(level):
    species = {"P 2p": ["PS4", "Li3P"], "S 2p": ["PS4", "Li2S"]}[level]
    return xps.fit(example(level), xps.envelope(level, species), registry=REGISTRY)


def recipe(regions=REGIONS, **ties):
    return xps.JointRecipe(regions=regions, **ties)


@cache
def joint(how=""):
    ties = {
        "": {},
        "shift": {"tie": {"charge_shift": "shared"}},
        "width": {"tie": {"fwhm": "shared"}},
        "soft": {"stoichiometry": [{"species": "PS4"}]},
        "hard": {"stoichiometry": [{"species": "PS4", "strength": "hard"}]},
    }[how]
    return xps.fit_joint(spectra("P 2p", "S 2p"), recipe(**ties), registry=REGISTRY)


@cache
def phase():
    told = recipe(ELECTROLYTE, phase=[{"name": "Li6PS5Cl"}], tie={"charge_shift": "shared"})
    return xps.fit_joint(
        spectra("P 2p", "S 2p", "Cl 2p"), told, registry=REGISTRY, intervals="covariance"
    )


def fraction(rows, subject):
    (row,) = (row for row in rows if row.subject == subject)
    return row.estimate


# --- without ties -----------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["P 2p", "S 2p"])
def test_without_ties_every_number_is_that_of_the_separate_fit(level):
    (together,) = (fit for fit in joint().fits if fit.region == level)
    own = alone(level)
    assert together.assessment is own.assessment is Assessment.CONVERGED
    assert together.chi2_reduced == pytest.approx(own.chi2_reduced, rel=1e-9)
    for row, other in zip(together.rows(), own.rows(), strict=True):
        assert (row.subject, row.quantity) == (other.subject, other.quantity)
        assert row.estimate.value == pytest.approx(other.estimate.value, rel=1e-9)
        parts, others = row.estimate.u_parts.to_dict(), other.estimate.u_parts.to_dict()
        assert parts == pytest.approx(others, rel=1e-9)
        assert row.estimate.low == pytest.approx(other.estimate.low, rel=1e-9)
    assert together.findings == own.findings
    assert np.allclose(together.curves.envelope, own.curves.envelope, rtol=1e-9)


def test_without_ties_the_covariance_is_block_diagonal():
    document = joint().to_dict()["areas"]
    covariance = np.array(document["covariance"])
    level = np.array([subject.rpartition("(")[2] for subject in document["subjects"]])
    apart = level[:, None] != level
    correlation = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    assert np.abs(correlation[apart]).max() < 1e-9
    assert np.abs(correlation[~apart]).min() > 1e-3


def test_without_ties_fractions_over_levels_are_those_of_the_separate_fits():
    found = joint().fractions(REGISTRY, basis="atomic")
    expected = xps.fractions([alone("P 2p"), alone("S 2p")], REGISTRY, basis="atomic")
    for row, other in zip(found, expected, strict=True):
        assert (row.subject, row.denominator) == (other.subject, other.denominator)
        assert row.estimate.value == pytest.approx(other.estimate.value, rel=1e-9)
        parts, others = row.estimate.u_parts.to_dict(), other.estimate.u_parts.to_dict()
        assert parts == pytest.approx(others, rel=1e-6, abs=1e-12)


def test_the_order_of_regions_does_not_matter():
    backwards = xps.fit_joint(
        spectra("S 2p", "P 2p"),
        recipe(REGIONS[::-1], stoichiometry=[{"species": "PS4"}]),
        registry=REGISTRY,
    )
    for fit in joint("soft").fits:
        (other,) = (o for o in backwards.fits if o.region == fit.region)
        for line, same in zip(fit.lines, other.lines, strict=True):
            assert line.area.value == pytest.approx(same.area.value, rel=1e-7)
            assert line.area.u == pytest.approx(same.area.u, rel=1e-6)


# --- proportions ------------------------------------------------------------------------------------


def test_a_hard_proportion_is_obeyed_exactly():
    amounts = joint("hard").amounts(REGISTRY)
    phosphorus, sulfur = (amounts.values[amounts.index("PS4", at)] for at in ("P 2p", "S 2p"))
    assert abs(sulfur / (4.0 * phosphorus) - 1.0) < 1e-12


def test_the_uncertainty_of_a_held_factor_reaches_the_areas():
    (line,) = (
        x for x in joint("hard").fits[1].lines if x.line == "S 2p3/2" and x.component == "PS4"
    )
    (own,) = (x for x in alone("S 2p").lines if x.line == "S 2p3/2" and x.component == "PS4")
    assert line.area.u_parts.sensitivity > 3 * own.area.u


def test_a_soft_proportion_tells_the_sensitivity_factors():
    before = fraction(joint().fractions(REGISTRY), "P")
    after = fraction(joint("soft").fractions(REGISTRY), "P")
    assert after.u < before.u / 3
    assert before.low < after.value < before.high
    # Seen alone PS4 has 4.2 S a P: the two factors share the blame, in proportion to u^2.
    phosphorus, sulfur = joint("soft").shared
    assert (phosphorus.subject, sulfur.subject) == ("P 2p", "S 2p")
    assert phosphorus.estimate.value == pytest.approx(-sulfur.estimate.value, abs=2e-3)
    assert abs(sulfur.estimate.value - 0.5 * 0.0523 * 0.90) < 3e-3


def test_what_is_known_of_factors_is_counted_once():
    # With counts and stoichiometry beyond doubt the ratio P : S of PS4 is known to the tie's u.
    found = joint("soft")
    plan = found.measured.plan
    index = {plan.parameters[i].name: k for k, i in enumerate(plan.beside)}
    place = [3 * len(plan.lines) + index[f"{level} sensitivity"] for level in ("P 2p", "S 2p")]
    budget = found.measured.budget
    apart = np.zeros(budget.total.shape[0])
    apart[place] = 1.0, -1.0
    ratio = np.sqrt(apart @ budget.total @ apart)
    alone_u = np.hypot(*(u for _, _, u in found.factors))
    assert 0.045 < ratio < 0.065
    assert alone_u > 0.2


def test_levels_that_deny_a_proportion_are_reported():
    # Ten times the phosphorus: no factor is so wrong.
    phosphorus = example("P 2p")
    strong = phosphorus.assign(counts=phosphorus["counts"] * 10)
    found = xps.fit_joint(
        [strong, example("S 2p")], recipe(stoichiometry=[{"species": "PS4"}]), registry=REGISTRY
    )
    (finding,) = found.findings
    assert finding.rule == "proportion"
    assert finding.severity == "warning"
    assert finding.reference == "4"


# --- a phase as a whole -----------------------------------------------------------------------------


def test_a_phase_takes_its_parts_in_proportion_and_leaves_the_rest():
    amounts = phase().amounts(REGISTRY)
    got = dict(zip(zip(amounts.names, amounts.levels, strict=True), amounts.values, strict=True))
    unit = got["PS4", "P 2p"]
    assert got["Cl-lattice", "Cl 2p"] / unit == pytest.approx(1.0, abs=0.1)
    assert got["S-free", "S 2p"] / got["PS4", "S 2p"] == pytest.approx(0.25, abs=0.03)
    rows = phase().fractions(REGISTRY, basis="atomic")
    whole, rest = fraction(rows, "Li6PS5Cl"), fraction(rows, "beyond Li6PS5Cl")
    assert whole.value + rest.value == pytest.approx(1.0, abs=1e-12)
    within = phase().fractions(REGISTRY, basis="within_level")
    (sulfur,) = (r for r in within if (r.subject, r.denominator) == ("Li6PS5Cl", "S 2p"))
    assert sulfur.basis is Basis.WITHIN_LEVEL


def test_a_phase_splits_what_positions_cannot_tell_apart():
    # LiCl beside lattice chloride: alone they trade area freely, the proportion tells them apart.
    rows = phase().fractions(REGISTRY, basis="atomic")
    lithium_chloride = fraction(rows, "LiCl (Cl 2p)")
    lattice = fraction(rows, "Cl-lattice (Cl 2p)")
    assert lithium_chloride.low > 0
    assert lattice.u < 0.35 * lattice.value


# --- shared charge shift and widths -----------------------------------------------------------------


def test_a_shared_shift_is_found_and_leaves_the_lines_where_they_are():
    moved = [
        s.assign_coords(binding_energy=s["binding_energy"] + 0.2) for s in spectra("P 2p", "S 2p")
    ]
    found = xps.fit_joint(moved, recipe(tie={"charge_shift": "shared"}), registry=REGISTRY)
    (here,), (there,) = joint("shift").shared, found.shared
    assert (there.quantity, there.subject, there.unit) == ("charge_shift", "insulators", "eV")
    # Of a shift of 0.2 the prior (0.15) and the ranges of three species leave this share.
    told = 1.0 - (here.estimate.u / 0.15) ** 2
    assert there.estimate.value - here.estimate.value == pytest.approx(0.2 * told, abs=0.01)
    for fit, other in zip(joint("shift").fits, found.fits, strict=True):
        for line, same in zip(fit.lines, other.lines, strict=True):
            assert same.position.value - line.position.value == pytest.approx(0.2, abs=0.02)


def test_a_shift_of_which_nothing_is_known_is_looked_for():
    moved = [
        s.assign_coords(binding_energy=s["binding_energy"] - 2.3) for s in spectra("P 2p", "S 2p")
    ]
    told = recipe(tie={"charge_shift": "shared", "shift": "-4 .. 4"})
    found = xps.fit_joint(moved, told, registry=REGISTRY)
    (shift,) = found.shared
    assert found.assessment is Assessment.CONVERGED
    assert shift.estimate.low < -2.3 < shift.estimate.high
    areas = {line.component: line.area.value for line in found.fits[1].lines if not line.minor}
    (own,) = (x for x in alone("S 2p").lines if x.component == "PS4" and not x.minor)
    assert areas["PS4"] == pytest.approx(own.area.value, rel=0.03)


def test_conductors_and_insulators_have_shifts_of_their_own():
    told = recipe(
        [
            {"core_level": "In 3d", "species": ["In0", "InCl3"]},
            {"core_level": "Cl 2p", "species": ["LiCl"]},
        ],
        tie={"charge_shift": "shared"},
    )
    plan = _joining(told, "In 3d", "Cl 2p").model()
    shifts = [p.name for p in plan.parameters if p.name.endswith("charge shift")]
    assert sorted(shifts) == ["conductors charge shift", "insulators charge shift"]
    place = {p.name: i for i, p in enumerate(plan.parameters)}
    start = plan.start[plan.free]
    for line, (_, gradient) in zip(plan.lines, plan.line_shapes(start), strict=True):
        metal = line.component == "In 3d In0"
        assert gradient[0, place["conductors charge shift"]] == float(metal)
        assert gradient[0, place["insulators charge shift"]] == float(not metal)


def test_shared_widths_narrow_the_faint_line():
    def width(found):
        (line,) = (x for x in found.fits[0].lines if x.component == "Li3P" and not x.minor)
        return line.fwhm

    assert width(joint("width")).u < 0.95 * width(joint()).u


def test_broad_levels_are_expected_broader():
    from xps.prior import lifetime_broadening

    sulfur, indium, gallium = (
        lifetime_broadening(REGISTRY.core_level(level)) for level in ("S 2p", "In 3d", "Ga 2p")
    )
    assert 1.0 < sulfur < indium < gallium
    # Olivero and Longbothum's formula with a lifetime of 0.77 eV and 1.1 eV beside it.
    assert gallium == pytest.approx((0.5346 * 0.77 + np.sqrt(0.2166 * 0.77**2 + 1.21)) / 1.1)


# --- the model --------------------------------------------------------------------------------------


def _joining(told, *levels):
    told = told.completed(REGISTRY)
    tasks = tuple(
        task_of(example(level), envelope, REGISTRY)
        for level, envelope in zip(levels, told.envelopes, strict=True)
    )
    return Joining(
        tasks=tasks, registry=REGISTRY, ties=told.tie, proportions=proportions_of(told, REGISTRY),
        factors={level: (30.0 + 7 * i, 0.15) for i, level in enumerate(levels)},
        rates=dict.fromkeys(levels, 0.5),
    )  # fmt: skip


@pytest.mark.parametrize("strength", ["soft", "hard"])
def test_derivatives_are_those_of_the_model(strength, rng):
    told = recipe(
        ELECTROLYTE, phase=[{"name": "Li6PS5Cl", "strength": strength}],
        tie={"charge_shift": "shared", "fwhm": "shared"},
    )  # fmt: skip
    plan = _joining(told, "P 2p", "S 2p", "Cl 2p").model()
    p = np.clip(
        plan.start[plan.free] * rng.uniform(0.97, 1.03, plan.free.size), plan.lower, plan.upper
    )
    p[[name.endswith("sensitivity") for name in plan.names]] = 0.05
    evaluator = plan.evaluator()
    value, slope = evaluator(p), evaluator.jacobian(p)
    known, known_slope = plan.fitted_knowledge(p)
    for i in range(p.size):
        size = abs(p[i]) if plan.names[i].endswith(("area", "constant")) else 1.0
        step = 1e-5 * size
        there, back = p.copy(), p.copy()
        there[i], back[i] = p[i] + step, p[i] - step
        numeric = (evaluator(there) - evaluator(back)) / (2 * step)
        assert np.abs(numeric - slope[:, i]).max() < 1e-7 * np.abs(value).max() / size
        numeric = (plan.fitted_knowledge(there)[0] - plan.fitted_knowledge(back)[0]) / (2 * step)
        assert np.allclose(numeric, known_slope[:, i], rtol=1e-5, atol=1e-5 * np.abs(known).max())


def test_of_nothing_there_is_no_proportion():
    plan = _joining(recipe(stoichiometry=[{"species": "PS4"}]), "P 2p", "S 2p").model()
    p = plan.start[plan.free]
    p[[name.endswith("area") for name in plan.names]] = 0.0
    residual, slope = plan.fitted_knowledge(p)
    assert np.all(np.isfinite(residual))
    assert np.all(np.isfinite(slope))


# --- what cannot be fitted together -----------------------------------------------------------------


def _refused(message, given, told, error, **how):
    with pytest.raises(error, match=message):
        xps.fit_joint(given, told, registry=REGISTRY, **how)


def test_a_region_that_is_missing_is_named():
    _refused("S 2p is not among the spectra; there is P 2p", spectra("P 2p"), recipe(), RegionError)


def test_two_samples_are_not_mixed():
    other = example("S 2p").assign_attrs(sample="another")
    _refused("of 2 samples.*--sample", [example("P 2p"), other], recipe(), RegionError)


def test_a_region_that_comes_twice_is_named():
    twice = spectra("P 2p", "S 2p", "S 2p")
    _refused("S 2p comes 2 times", twice, recipe(), RegionError)


def test_photon_energies_that_differ_are_named():
    other = example("S 2p").assign_coords(photon_energy=1253.6)
    _refused("different photon energies.*1253.6", [example("P 2p"), other], recipe(), RegionError)


def test_a_sample_that_is_not_there_is_named():
    _refused("no sample 'x'", spectra("P 2p", "S 2p"), recipe(), RegionError, sample="x")


def test_counts_and_intensities_have_no_common_scale():
    other = example("S 2p").rename(counts="intensity")
    _refused("different objectives", [example("P 2p"), other], recipe(), EnvelopeError)


def test_a_proportion_needs_one_unit_of_areas():
    other = example("S 2p").assign_coords(dwell_time=float("nan"))
    told = recipe(stoichiometry=[{"species": "PS4"}])
    _refused(
        "one unit: give the dwell", [example("P 2p"), other], told, xps.quantify.QuantificationError
    )


def test_a_shared_shift_needs_what_the_library_knows():
    envelopes = tuple(
        e.model_copy(update={"knowledge": "hard"}) for e in recipe().completed(REGISTRY).envelopes
    )
    told = xps.JointRecipe(envelopes=envelopes, tie={"charge_shift": "shared"})
    _refused('knowledge = "hard"', spectra("P 2p", "S 2p"), told, EnvelopeError)


def test_a_held_area_is_not_told_as_well():
    first, second = recipe().completed(REGISTRY).envelopes
    told = second.components[0].model_copy(update={"area": "5000 +- 10"})
    second = second.model_copy(update={"components": (told, *second.components[1:])})
    hard = xps.JointRecipe(
        envelopes=(first, second), stoichiometry=[{"species": "PS4", "strength": "hard"}]
    )
    _refused("hard proportion of PS4", spectra("P 2p", "S 2p"), hard, EnvelopeError)


def test_intensities_are_fitted_together_with_the_noise_of_each():
    given = [s.rename(counts="intensity") for s in spectra("P 2p", "S 2p")]
    envelopes = tuple(
        e.model_copy(update={"statistic": "unweighted"})
        for e in recipe().completed(REGISTRY).envelopes
    )
    found = xps.fit_joint(given, xps.JointRecipe(envelopes=envelopes), registry=REGISTRY)
    assert found.assessment is Assessment.CONVERGED
    one, other = (fit.measured.problem.sigma[0] for fit in found.fits)
    assert 1.3 < other / one < 1.6  # the root of the counts


def test_a_spectrum_without_a_name_is_told_by_its_energies():
    given = [s.assign_attrs(region="block") for s in spectra("P 2p", "S 2p")]
    found = xps.fit_joint(given, recipe(), registry=REGISTRY)
    assert [fit.region for fit in found.fits] == ["P 2p", "S 2p"]


def test_gallium_of_the_sample_tells_the_size_of_its_3s_line():
    told = recipe(
        [
            {"core_level": "Ga 2p", "species": ["Ga0", "GaCl3"]},
            {"core_level": "S 2p", "species": ["PS4", "Li2S"]},
        ]
    )
    found = xps.fit_joint(spectra("Ga 2p", "S 2p"), told, registry=REGISTRY, intervals="covariance")
    (size,) = (f for f in found.fits[1].findings if f.rule == "overlap_size")
    assert "Ga 2p3/2 of the same sample" in size.message
    (component,) = (c for c in found.recipe.envelopes[1].components if c.name == "Ga 3s")
    assert "+-" in component.area
