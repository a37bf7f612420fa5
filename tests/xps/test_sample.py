"""Regions of one sample: what they are called, and what gallium's lines tell about sulfur's."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import references
import xps
from xps.example import CHARGE_SHIFT
from xps.fit import Fit
from xps.gallium import expected_gallium_3s
from xps.lineshape import lineshape
from xps.sample import OverlappedFit, elements_in, fit_sample

REGISTRY = references.load()
GALLIUM = ("Li", "P", "S", "Cl", "Ga")


@cache
def example(level):
    return xps.calibrate(xps.example(level, calibrated=False), xps.by_shift(CHARGE_SHIFT, 0.05))


@cache
def gallium_3p(rate=1200.0, transmission=None, seed=5):
    """A Ga 3p doublet of this area [counts/s eV] on a flat background."""
    energy = np.arange(95.0, 118.0, 0.1)
    peaks = sum(
        rate * share * lineshape("voigt").density(energy, np.array([[place, 2.2, 0.5]]))[0]
        for place, share in ((103.5, 1 / 1.52), (107.0, 0.52 / 1.52))
    )
    counts = np.random.default_rng(seed).poisson((300.0 + peaks) * 2.0)
    return xps.spectrum(
        energy, counts, photon_energy=1486.6, dwell_time=0.1, scans=20, sample="x", region="Ga 3p",
        transmission=None if transmission is None else np.full(energy.size, transmission),
    )  # fmt: skip


def recipe_3p():
    component = xps.Component(
        name="Ga", core_level="Ga 3p", position="103.5 in 102 .. 105", fwhm="2.4 in 1.5 .. 3.5"
    )
    return xps.Envelope(
        region="Ga 3p", components=(component,), background=xps.Background(kind="linear")
    )


@cache
def fit_3p(**how):
    spectrum = gallium_3p(**how)
    return spectrum, xps.fit(spectrum, recipe_3p(), registry=REGISTRY)


@cache
def fit_2p():
    spectrum = example("Ga 2p")
    return spectrum, xps.fit(spectrum, xps.envelope("Ga 2p", ["Ga0", "GaCl3"]), registry=REGISTRY)


def sulfur(**changes):
    recipe = xps.envelope("S 2p", ["PS4", "Li2S"], elements=GALLIUM)
    return recipe.model_copy(update=changes)


def _rules(fit):
    return [finding.rule for finding in fit.findings]


def _found(fit, rule):
    (finding,) = (f for f in fit.findings if f.rule == rule)
    return finding


# --- what a region's label says -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "elements"),
    [
        (["S 2p", "P2p", "Ga 2p3/2"], ("S", "P", "Ga")),
        (["ga 2p", "GA 3p", "in3d"], ("Ga", "In")),
        (["Cd 3d", "As 3d", "Pd 3d", "Os 4f"], ("Cd", "As", "Pd", "Os")),
        (["In MNN", "O KLL", "Ga LMM", "Ga"], ("In", "O", "Ga")),
        (["wide", "Survey", "VB", "As received", "In situ", "block 3", "valence band", ""], ()),
    ],
)
def test_elements_are_read_from_labels_however_they_are_written(labels, elements):
    spectra = [xps.spectrum([1.0, 2.0], [1, 1], region=label) for label in labels]
    assert elements_in(spectra) == elements


# --- how large Ga 3s must be ----------------------------------------------------------------------


def test_gallium_2p_gives_a_bound_from_the_librarys_numbers():
    # Cross-sections 1.1325 / 21.49 and attenuation lengths 31.08 / 11.81 A in Li6PS5Cl.
    expected = expected_gallium_3s(example("S 2p"), [fit_2p()], REGISTRY)
    assert expected.witness == "Ga 2p3/2"
    assert expected.ratio == pytest.approx(0.0527 * 2.63, rel=5e-3)
    assert expected.u / expected.area == pytest.approx(0.5, abs=0.01)


def test_gallium_3p_is_the_better_witness():
    # Cross-sections 15443.7 / 43815.4 barn, attenuation nearly the same at 1326 and 1382 eV.
    expected = expected_gallium_3s(example("S 2p"), [fit_2p(), fit_3p()], REGISTRY)
    assert expected.witness == "Ga 3p"
    assert expected.ratio == pytest.approx(0.3525 * 0.967, rel=2e-3)
    assert 0.10 < expected.u / expected.area < 0.12
    time = 0.1 * 20
    # Within the u that is claimed: the Voigt line's far tails count as background.
    assert abs(expected.area - 1200.0 * expected.ratio * time) < expected.u


def test_a_measured_transmission_of_both_regions_counts():
    spectrum = example("S 2p").assign(
        transmission=("binding_energy", np.full(example("S 2p").sizes["binding_energy"], 3.0))
    )
    plain = expected_gallium_3s(spectrum, [fit_3p()], REGISTRY)
    seen = expected_gallium_3s(spectrum, [fit_3p(transmission=2.0)], REGISTRY)
    assert seen.ratio / plain.ratio == pytest.approx(1.5)


def test_a_faint_witness_adds_its_own_uncertainty():
    expected = expected_gallium_3s(example("S 2p"), [fit_3p(rate=120.0)], REGISTRY)
    (_, fit) = fit_3p(rate=120.0)
    relative = fit.measured.area_gradient("Ga")
    u = np.sqrt(relative @ fit.measured.budget.total @ relative)
    own = u / (relative @ fit.measured.state.values)
    assert own > 0.1
    assert expected.u / expected.area == pytest.approx(np.hypot(0.10, own))


def test_a_witness_that_decides_nothing_is_passed_over():
    # Half a doublet without a peak: whatever that fit is called, Ga 2p tells the size instead.
    nothing = fit_3p(rate=0.0)
    unsure = (nothing[0], replace(nothing[1], measured=replace(nothing[1].measured, budget=None)))
    expected = expected_gallium_3s(example("S 2p"), [unsure, fit_2p()], REGISTRY)
    assert expected.witness == "Ga 2p3/2"


@pytest.mark.parametrize("photon", [float("nan"), 1253.6, 2984.3])
def test_another_photon_energy_tells_nothing(photon):
    spectrum = example("S 2p").assign_coords(photon_energy=photon)
    assert expected_gallium_3s(spectrum, [fit_3p()], REGISTRY) is None


def test_without_acquisition_time_areas_do_not_compare():
    spectrum = example("S 2p").assign_coords(dwell_time=float("nan"))
    assert expected_gallium_3s(spectrum, [fit_3p()], REGISTRY) is None


# --- the sample -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def together():
    jobs = [(example("S 2p"), sulfur()), (gallium_3p(), recipe_3p())]
    return fit_sample(jobs, REGISTRY)


def test_fits_come_in_the_order_of_the_jobs(together):
    assert [fit.region for fit in together] == ["S 2p", "Ga 3p"]


def test_the_area_of_gallium_3s_is_told_to_the_fit(together):
    (component,) = (c for c in together[0].envelope.components if c.name == "Ga 3s")
    expected = expected_gallium_3s(example("S 2p"), [fit_3p()], REGISTRY)
    assert component.area == f"{expected.area!r} +- {expected.u!r}"
    assert "Ga 3p" in _found(together[0], "overlap_size").message


def test_fractions_without_gallium_are_at_hand(together):
    found = together[0]
    assert isinstance(found, OverlappedFit)
    assert found.overlap == "Ga 3s"
    with_it = {row.subject for row in found.fractions}
    assert with_it == {row.subject for row in found.without.fractions} == {"PS4", "Li2S"}
    document = found.to_dict()["without"]
    assert document["component"] == "Ga 3s"
    assert document["assessment"] == "converged"
    for row, said in zip(found.without.fractions, document["fractions"], strict=True):
        assert (said["subject"], said["value"]) == (row.subject, row.estimate.value)
        assert said["basis"] == "within_level"
    assert found.to_dict() | {"without": None} == Fit.to_dict(found) | {"without": None}


def test_fractions_are_those_with_gallium_and_add_up(together):
    values = [row.estimate.value for row in together[0].fractions]
    assert sum(values) == pytest.approx(1.0, abs=1e-12)
    assert "Ga 3s" in together[0].components
    assert "Ga 3s" not in together[0].without.components


def test_a_region_without_gallium_is_a_plain_fit(together):
    assert type(together[1]) is Fit


def test_alone_the_size_of_gallium_3s_is_free_and_that_is_said():
    (found,) = fit_sample([(example("S 2p"), sulfur())], REGISTRY)
    assert "fit Ga 3p, or Ga 2p" in _found(found, "overlap_size").message


def test_a_size_of_ones_own_is_kept():
    own = tuple(
        c.model_copy(update={"area": "800 fixed"}) if c.name == "Ga 3s" else c
        for c in sulfur().components
    )
    found, _ = fit_sample(
        [(example("S 2p"), sulfur(components=own)), (gallium_3p(), recipe_3p())], REGISTRY
    )
    (component,) = (c for c in found.envelope.components if c.name == "Ga 3s")
    assert component.area == "800 fixed"


@pytest.mark.parametrize(("window", "said"), [((150.0, 173.0), False), ((156.0, 173.0), True), ((150.0, 168.0), True)])  # fmt: skip
def test_data_that_show_only_a_part_are_named(window, said):
    (found,) = fit_sample([(example("S 2p"), sulfur(window=window))], REGISTRY)
    assert ("overlap_window" in _rules(found)) is said


def test_a_species_tied_to_gallium_leaves_nothing_to_compare():
    tied = tuple(
        c.model_copy(update={"fwhm": "Ga 3s * 0.45"}) if c.name == "Li2S" else c
        for c in sulfur().components
    )
    (found,) = fit_sample([(example("S 2p"), sulfur(components=tied))], REGISTRY)
    assert not isinstance(found, OverlappedFit)


def test_gallium_alone_is_fitted():
    only = tuple(c for c in sulfur().components if c.name == "Ga 3s")
    (found,) = fit_sample([(example("S 2p"), sulfur(components=only))], REGISTRY)
    assert found.fractions == ()
