"""The preview that follows a hand: it agrees with the fit where both answer the same question."""

from __future__ import annotations

import numpy as np
import pytest

import references
import xps
from xps.live import Held, Live, ended, live


@pytest.fixture(scope="module")
def fitted():
    envelope = xps.envelope("S 2p", ["PS4", "Li2S", "SOx"])
    return xps.fit(xps.example("S 2p"), envelope)


def test_at_the_optimum_it_is_the_fit(fitted):
    moment = Live.of(fitted).moment()
    assert np.allclose(moment.envelope, fitted.curves.envelope, rtol=1e-6)
    assert np.allclose(moment.background, fitted.curves.background, rtol=1e-6)
    assert moment.chi2_reduced == pytest.approx(fitted.chi2_reduced, rel=1e-6)
    shares = {row.subject: row.estimate.value for row in fitted.fractions}
    assert dict(moment.shares) == pytest.approx(shares, abs=1e-6)


def test_where_a_fit_ended_it_says_the_fits_own_numbers():
    # Far from a good fit the deviance and the sum of squares are two numbers.
    bad = xps.fit(xps.example("S 2p"), xps.envelope("S 2p", ["Li2S"]))
    moment = ended(bad)
    assert bad.chi2_reduced > 3
    assert moment.chi2_reduced == pytest.approx(bad.chi2_reduced, rel=1e-9)
    assert np.allclose(moment.envelope, bad.curves.envelope, rtol=1e-12)
    reach, line = moment.live.reach("Li2S"), next(x for x in bad.lines if not x.minor)
    assert reach.position == pytest.approx(line.position.value)
    assert reach.width == pytest.approx(line.fwhm.value)
    assert reach.area == pytest.approx(line.area.value / bad.area_factor)


@pytest.mark.parametrize("kind", ["shirley", "tougaard", "linear", "constant"])
def test_every_background_is_solved_with_the_areas(kind):
    background = xps.Background(kind=kind)
    envelope = xps.envelope("S 2p", ["PS4", "Li2S"], background=background)
    result = xps.fit(xps.example("S 2p"), envelope)
    moment = Live.of(result).moment()
    assert moment.chi2_reduced == pytest.approx(result.chi2_reduced, rel=2e-2)
    assert np.all(np.isfinite(moment.background))


def test_a_held_component_lies_where_it_is_held(fitted):
    moment = Live.of(fitted).moment(Held(component="Li2S", position=160.5, height=3000.0, fwhm=0.8))
    reach = moment.live.reach("Li2S")
    assert reach.position == pytest.approx(160.5)
    assert reach.width == pytest.approx(0.8)
    major = next(i for i, x in enumerate(moment.live.plan.lines) if x.component == "Li2S")
    assert moment.lines[major].max() == pytest.approx(3000.0, rel=5e-3)


def test_areas_are_never_negative(fitted):
    state = Live.of(fitted)
    for position in np.linspace(155, 171, 33):
        moment = state.moment(Held(component="Li2S", position=float(position)))
        assert moment.lines.min() >= 0
        assert all(share >= 0 for _, share in moment.shares)


def test_a_way_there_and_back_changes_nothing(fitted):
    # Chained warm starts would: a species that collapsed on the way stays collapsed.
    state = Live.of(fitted)
    before = state.moment(Held(component="Li2S", position=160.27))
    for position in (161.5, 163.0, 166.0, 158.0):
        state.moment(Held(component="Li2S", position=position))
    after = state.moment(Held(component="Li2S", position=160.27))
    assert np.array_equal(before.envelope, after.envelope)


def test_a_tied_component_cannot_be_moved_by_itself():
    envelope = xps.envelope("S 2p", ["PS4", "Li2S"])
    tied = envelope.components[1].model_copy(update={"position": "PS4 - 1.2"})
    envelope = envelope.model_copy(update={"components": (envelope.components[0], tied)})
    state = live(xps.example("S 2p"), envelope)
    assert state.reach("Li2S").tied
    moved = state.moment(Held(component="PS4", position=161.6)).live
    assert moved.reach("Li2S").position == pytest.approx(160.4)


def test_the_reach_of_a_component_is_the_librarys_window(fitted):
    reach = Live.of(fitted).reach("PS4")
    low, high = references.load().line("S 2p", "PS4").window
    assert low <= reach.position <= high
    assert reach.low < reach.position < reach.high


def test_what_another_line_tells_of_an_area_counts():
    envelope = xps.envelope("S 2p", ["PS4", "Li2S"])
    known = envelope.components[1].model_copy(update={"area": "100 +- 0.001"})
    envelope = envelope.model_copy(update={"components": (envelope.components[0], known)})
    state = live(xps.example("S 2p"), envelope)
    index = [p.name for p in state.plan.parameters].index("Li2S area")
    assert state.values[index] == pytest.approx(100.0, abs=0.1)


def test_intensities_that_are_no_counts_are_followed_too():
    spectrum = xps.example("S 2p")
    spectrum = spectrum.assign(intensity=spectrum["counts"] / 7.0).drop_vars("counts")
    moment = live(spectrum, xps.envelope("S 2p", ["PS4", "Li2S"])).moment()
    assert np.std(moment.residual) == pytest.approx(1.0, rel=0.1)
