"""One fit: what it gives, what it must not depend on, and how it fails."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import references
import xps
from references.words import Assessment, Basis, InputError, Kind
from xps.absence import no_peak
from xps.envelope import EnvelopeError, default_envelope

REGISTRY = references.load()


@pytest.fixture(scope="module")
def sulfur():
    return xps.example("S 2p")


@pytest.fixture(scope="module")
def recipe():
    return xps.envelope("S 2p", ["PS4", "Li2S"])


@pytest.fixture(scope="module")
def result(sulfur, recipe):
    return xps.fit(sulfur, recipe, registry=REGISTRY)


def _numbers(result):
    lines = {
        (line.component, line.line): (
            line.position.value,
            line.fwhm.value,
            line.area.value,
            line.area.u,
        )
        for line in result.lines
    }
    return np.array([lines[key] for key in sorted(lines)])


def test_it_converges_with_intervals(result):
    assert result.assessment is Assessment.CONVERGED
    assert all(line.area.level == 0.95 for line in result.lines)


def test_lines_come_in_canonical_order(result):
    assert [(line.component, line.line) for line in result.lines] == [
        ("Li2S", "S 2p3/2"),
        ("Li2S", "S 2p1/2"),
        ("PS4", "S 2p3/2"),
        ("PS4", "S 2p1/2"),
    ]


def test_fractions_have_a_basis_and_add_up(result):
    assert {row.basis for row in result.fractions} == {Basis.WITHIN_LEVEL}
    assert {row.denominator for row in result.fractions} == {"S 2p"}
    assert sum(row.estimate.value for row in result.fractions) == pytest.approx(1.0, abs=1e-12)


def test_u_is_the_root_sum_of_squares_of_its_parts(result):
    for row in result.rows():
        assert row.estimate.u == pytest.approx(row.estimate.u_parts.total, rel=1e-9)


def test_areas_are_rates_where_the_time_is_known(result):
    assert {line.area_unit for line in result.lines} == {"counts/s*eV"}


def test_shared_constants_are_shared(result):
    places = {(line.component, line.minor): line.position.value for line in result.lines}
    splittings = [places[c, True] - places[c, False] for c in ("PS4", "Li2S")]
    assert splittings[0] == pytest.approx(splittings[1], abs=1e-12)


@pytest.mark.parametrize("how", ["reversed", "permuted", "shifted"])
def test_the_answer_does_not_depend_on(how, sulfur, recipe, result):
    energy, counts = sulfur["binding_energy"].values, sulfur["counts"].values
    other, shift = recipe, 0.0
    if how == "reversed":
        energy, counts = energy[::-1], counts[::-1]
    elif how == "permuted":
        other = recipe.model_copy(update={"components": recipe.components[::-1]})
    spectrum = xps.spectrum(
        energy, counts, photon_energy=1486.6, dwell_time=0.1, scans=20, sample="x", region="S 2p"
    )
    if how == "shifted":
        # Data 100 eV higher and a charge shift of -100 eV: the same calibrated axis.
        spectrum = xps.spectrum(
            energy + 100.0, counts, photon_energy=1486.6, dwell_time=0.1, scans=20, region="S 2p"
        )
        shift = -100.0
    spectrum = xps.calibrate(spectrum, xps.by_shift(shift + float(sulfur["charge_shift"])))
    again = xps.fit(spectrum, other, registry=REGISTRY)
    np.testing.assert_allclose(_numbers(again), _numbers(result), rtol=1e-9)


def test_the_unit_of_intensity_changes_areas_only(sulfur, recipe, result):
    counts = sulfur["counts"].values
    longer = xps.spectrum(
        sulfur["binding_energy"].values, counts, photon_energy=1486.6, dwell_time=1.0, scans=20
    )
    longer = xps.calibrate(longer, xps.by_shift(float(sulfur["charge_shift"])))
    again = xps.fit(longer, recipe, registry=REGISTRY)
    np.testing.assert_allclose(_numbers(again)[:, :2], _numbers(result)[:, :2], rtol=1e-9)
    np.testing.assert_allclose(_numbers(again)[:, 2:] * 10, _numbers(result)[:, 2:], rtol=1e-9)
    for one, other in zip(again.fractions, result.fractions, strict=True):
        assert one.estimate.value == pytest.approx(other.estimate.value, rel=1e-9)


def test_the_same_fit_twice_is_the_same_document(sulfur, recipe, result):
    assert xps.fit(sulfur, recipe, registry=REGISTRY).to_dict() == result.to_dict()


def test_a_species_that_is_not_there_gets_an_upper_limit(recipe):
    quiet = xps.example("P 2p")
    found = xps.fit(quiet, xps.envelope("P 2p", ["PS4", "Li3PO4"]), registry=REGISTRY)
    row = next(row for row in found.fractions if row.subject == "Li3PO4")
    assert found.assessment is Assessment.CONVERGED
    assert row.estimate.kind is Kind.UPPER_LIMIT
    assert row.estimate.low is None
    assert 0 < row.estimate.high < 0.2


def test_truth_outside_a_window_is_named(sulfur):
    recipe = xps.Recipe(
        envelopes=(
            xps.Envelope(
                region="S 2p",
                components=(
                    xps.Component(
                        name="PS4", core_level="S 2p", species="PS4", position="162.5 .. 163.5"
                    ),
                ),
            ),
        )
    )
    found = xps.fit(sulfur, recipe.envelopes[0], registry=REGISTRY)
    assert found.assessment is Assessment.AT_BOUND
    assert "PS4 position" in found.message
    assert all(line.area.u is None and line.area.low is None for line in found.lines)


def test_hard_knowledge_is_propagated(sulfur, recipe):
    hard = xps.fit(sulfur, recipe.model_copy(update={"knowledge": "hard"}), registry=REGISTRY)
    held = next(row for row in hard.fractions if row.subject == "Li2S")
    assert held.estimate.u_parts.constraints > 0


@pytest.mark.parametrize("statistic", ["sqrt_counts", "unweighted"])
def test_other_statistics_agree_within_their_noise(statistic, sulfur, recipe, result):
    other = xps.fit(sulfur, recipe.model_copy(update={"statistic": statistic}), registry=REGISTRY)
    for one, two in zip(other.fractions, result.fractions, strict=True):
        assert one.estimate.value == pytest.approx(two.estimate.value, abs=6 * two.estimate.u)


def test_intensities_without_counts_say_so(sulfur, recipe):
    bare = xps.spectrum(
        sulfur["binding_energy"].values, intensity=sulfur["counts"].values / 3.7, region="S 2p"
    )
    found = xps.fit(bare, recipe, registry=REGISTRY)
    assert "counts_unknown" in {finding.rule for finding in found.findings}
    assert found.lines[0].area_unit == "intensity*eV"


def test_lattice_and_salt_cannot_both_be_free():
    with pytest.raises(EnvelopeError, match="by subtraction"):
        default_envelope(REGISTRY, "Cl 2p", ["LiCl", "Cl-lattice"])


def test_gallium_brings_its_3s_line():
    envelope = default_envelope(REGISTRY, "S 2p", ["PS4", "Li2S"], elements=["Ga", "S"])
    assert envelope.window == (150.0, 173.0)
    assert envelope.components[-1].name == "Ga 3s"


def test_metals_are_asymmetric_and_compounds_are_not():
    envelope = default_envelope(REGISTRY, "In 3d", ["In0", "InCl3"])
    assert {c.name: c.shape for c in envelope.components} == {
        "In0": "mahan",
        "InCl3": "pseudo_voigt",
    }


@pytest.mark.parametrize(
    ("window", "message"),
    [((300.0, 310.0), "holds 0 channels"), ((161.0, 161.1), "at least 5 are needed")],
)
def test_a_window_without_data_is_refused(sulfur, recipe, window, message):
    with pytest.raises(InputError, match=message):
        xps.fit(sulfur, recipe.model_copy(update={"window": window}), registry=REGISTRY)


def test_all_zero_counts_are_refused_in_a_sentence(recipe):
    empty = xps.spectrum(np.arange(157.0, 170.0, 0.1), np.zeros(130), region="S 2p")
    with pytest.raises(InputError, match="every channel of the window is zero"):
        xps.fit(empty, recipe, registry=REGISTRY)


def _flat(level=200.0):
    counts = np.random.default_rng(0).poisson(level, 261).astype(float)
    energy = 157.0 + 0.05 * np.arange(261)
    return xps.spectrum(energy, counts, dwell_time=1.0, scans=1, photon_energy=1486.6)


def test_a_window_without_a_peak_is_undetermined_and_says_the_limits(recipe):
    found = xps.fit(_flat(), recipe, registry=REGISTRY)
    assert found.assessment is Assessment.SINGULAR
    assert "shows no peak" in found.message
    assert "PS4 S 2p3/2 <" in found.message
    assert all(line.area.high is None for line in found.lines)


@pytest.mark.parametrize("seed", range(1, 11))
def test_noise_has_one_name_and_no_fractions(seed, recipe):
    counts = np.random.default_rng(seed).poisson(100, 261)
    noise = xps.spectrum(157.0 + 0.05 * np.arange(261), counts)
    found = xps.fit(noise, recipe, registry=REGISTRY)
    assert found.assessment is Assessment.SINGULAR
    assert "shows no peak" in found.message
    assert found.fractions == ()


def test_an_unsettled_search_of_a_peak_is_not_called_empty(result):
    stopped = replace(result.measured.solution, assessment=Assessment.MAX_ITER)
    assert no_peak(replace(result.measured, solution=stopped), result.lines, ["PS4", "Li2S"]) == ""


def test_a_rate_with_known_time_is_fitted_as_the_counts_it_is(sulfur, recipe, result):
    time = {"dwell_time": 0.3, "scans": 7}
    rate = xps.spectrum(
        sulfur["binding_energy"].values,
        intensity=sulfur["counts"].values / 2.1,
        intensity_unit="counts/s",
        **time,
    )
    found = xps.fit(
        xps.calibrate(rate, xps.by_shift(float(sulfur["charge_shift"]))), recipe, registry=REGISTRY
    )
    assert found.statistic == "poisson"
    for row, same in zip(found.fractions, result.fractions, strict=True):
        assert row.estimate.value == pytest.approx(same.estimate.value, rel=1e-9)


@pytest.mark.parametrize("value", [-1.0, 1e25])
def test_a_rate_that_cannot_be_counts_is_not_made_into_some(value):
    given = {"intensity": [1.0, value], "intensity_unit": "cps", "dwell_time": 1e6, "scans": 1}
    if value < 0:
        assert "intensity" in xps.spectrum([160.0, 161.0], **given)
    else:
        with pytest.raises(InputError, match="counts reach"):
            xps.spectrum([160.0, 161.0], **given)


@pytest.mark.parametrize("factor", [1e-3, 1.0, 1e4])
def test_intensities_fit_alike_in_any_unit(factor, sulfur, recipe):
    def fitted(unit):
        bare = xps.spectrum(
            sulfur["binding_energy"].values, intensity=sulfur["counts"].values * unit
        )
        bare = xps.calibrate(bare, xps.by_shift(float(sulfur["charge_shift"])))
        return xps.fit(bare, recipe, registry=REGISTRY)

    one, other = fitted(1.0), fitted(factor)
    for row, same in zip(one.fractions, other.fractions, strict=True):
        assert same.estimate.value == pytest.approx(row.estimate.value, rel=1e-9)
        assert same.estimate.u == pytest.approx(row.estimate.u, rel=1e-9)


def test_intensities_may_have_lost_their_zero(sulfur, recipe):
    counts = sulfur["counts"].values
    shift = xps.by_shift(float(sulfur["charge_shift"]))
    areas = []
    for offset in (0.0, 2.0 * counts.min()):
        bare = xps.spectrum(sulfur["binding_energy"].values, intensity=counts - offset)
        found = xps.fit(xps.calibrate(bare, shift), recipe, registry=REGISTRY)
        areas.append([line.area.value for line in found.lines])
    np.testing.assert_allclose(areas[1], areas[0], rtol=1e-4)


def test_more_parameters_than_channels_are_refused(sulfur, recipe):
    few = recipe.model_copy(update={"window": (161.0, 161.4)})
    with pytest.raises(EnvelopeError, match="free parameters cannot be found from"):
        xps.fit(sulfur, few, registry=REGISTRY)


def test_an_area_at_zero_gets_a_limit_of_the_size_that_noise_allows(recipe):
    # Li2S has died away in this draw; the limit is that of a component that has not.
    only = xps.envelope("S 2p", ["PS4"])
    energy = np.arange(157.0, 170.0, 0.05)
    line = xps.fit(_one_line(energy), only, registry=REGISTRY).curves.envelope
    limits = []
    for seed in range(8):
        counts = np.random.default_rng(seed).poisson(line)
        spectrum = xps.spectrum(energy, counts, dwell_time=1.0, scans=1, photon_energy=1486.6)
        found = xps.fit(spectrum, recipe, registry=REGISTRY)
        share = next(row.estimate for row in found.fractions if row.subject == "Li2S")
        assert share.kind is Kind.UPPER_LIMIT
        limits.append((share.value, share.high))
    zero = [high for value, high in limits if value < 1e-9]
    assert zero
    assert all(0.2 < high / np.median([h for _, h in limits]) < 2.0 for high in zero)


def _one_line(energy):
    shape = np.exp(-4 * np.log(2) * ((energy - 161.5) / 1.2) ** 2)
    minor = 0.511 * np.exp(-4 * np.log(2) * ((energy - 162.68) / 1.2) ** 2)
    counts = np.round(300.0 + 8000.0 * (shape + minor))
    return xps.spectrum(energy, counts, dwell_time=1.0, scans=1, photon_energy=1486.6)


def test_lmfit_agrees(result):
    theirs = [p.value for p in result.lmfit.params.values()]
    np.testing.assert_allclose(theirs, result.measured.solution.values, rtol=1e-4)


def test_a_limit_of_one_line_of_a_doublet_is_one_of_both():
    recipe = xps.envelope("S 2p", ["PS4", "Li2S"], elements=["Ga"])
    kinds = {}
    for line in xps.fit(xps.example("S 2p"), recipe).lines:
        kinds.setdefault(line.component, set()).add(str(line.area.kind))
    assert all(
        told in ({"upper_limit"}, {"standard", "profile"}, {"standard"}, {"profile"})
        for told in kinds.values()
    )
