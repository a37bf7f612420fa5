"""Fractions over levels along a series: the numbers of single fits, at every place."""

from __future__ import annotations

import numpy as np
import pytest

import references
import xps
from xps.amount import QuantificationError, Sensitivity
from xps.series_amounts import SeriesLevel, fractions_along
from xps.series_numbers import KINDS, SeriesError

REGISTRY = references.load()
RECIPES = {
    "P 2p": xps.envelope("P 2p", ["PS4"]),
    "S 2p": xps.envelope("S 2p", ["PS4", "Li2S"]),
}
PLACES = 3


def level(name, *, number=PLACES, times=None, **changes):
    """A level of a profile in which nothing changes but the noise."""
    one = xps.example(name)
    generator = np.random.default_rng(2)
    spectra = []
    for i in range(number):
        counts = one["counts"].copy(data=generator.poisson(one["counts"].values).astype(float))
        made = one.assign(counts=counts).assign_coords(depth=float(i), **changes)
        if times is not None:
            made = made.assign_coords(dwell_time=times[i])
        spectra.append(made)
    fitted = xps.fit_series(
        xps.stack(spectra), RECIPES[name], registry=REGISTRY, **_time(one, times)
    )
    return SeriesLevel(fitted=fitted, spectra=spectra)


def _time(one, times):
    if times is not None:
        return {}
    return {"acquisition_time": float(one["dwell_time"]) * float(one["scans"])}


@pytest.fixture(scope="module")
def profile():
    return [level("P 2p"), level("S 2p")]


def test_the_numbers_are_those_of_single_fits(profile):
    found = fractions_along(profile, REGISTRY)
    for i in range(PLACES):
        fits = [
            xps.fit(given.spectra[i], RECIPES[name], registry=REGISTRY)
            for given, name in zip(profile, RECIPES, strict=True)
        ]
        rows = {row.subject: row.estimate for row in xps.fractions(fits, REGISTRY)}
        assert set(found["species"].values) == rows.keys()
        for key, estimate in rows.items():
            own = found.isel(spectrum=i).sel(species=key)
            assert float(own["fraction"]) == pytest.approx(estimate.value, rel=1e-3)
            # A level's own u is an upper bound, and f and X are taken as independent.
            assert 0.97 < float(own["fraction_u"]) / estimate.u < 1.25
            assert float(own["fraction_u_sensitivity"]) == pytest.approx(
                estimate.u_parts.sensitivity, rel=0.01
            )


def test_elements_add_up_and_hold_their_species(profile):
    found = fractions_along(profile, REGISTRY)["fraction"]
    assert np.allclose(found.sel(species=["P", "S"]).sum("species"), 1.0)
    species = ["PS4 (S 2p)", "Li2S (S 2p)"]
    assert np.allclose(found.sel(species=species).sum("species"), found.sel(species="S"))


def test_the_denominator_chooses_elements(profile):
    found = fractions_along(profile, REGISTRY, elements=["S"])
    assert found["fraction"].attrs["denominator"] == "S"
    assert np.allclose(found["fraction"].sel(species="S"), 1.0)
    with pytest.raises(SeriesError, match="Cl of the denominator was not fitted"):
        fractions_along(profile, REGISTRY, elements=["Cl"])


def test_what_was_varied_stands_beside(profile):
    assert fractions_along(profile, REGISTRY)["depth"].values.tolist() == [0.0, 1.0, 2.0]


def test_times_of_single_spectra_count(profile):
    one = xps.example("S 2p")
    dwell = float(one["dwell_time"])
    timed = level("S 2p", times=[dwell, 2.0 * dwell, dwell])
    found = fractions_along([profile[0], timed], REGISTRY)["fraction"].sel(species="S").values
    plain = fractions_along(profile, REGISTRY)["fraction"].sel(species="S").values
    assert found[0] == pytest.approx(plain[0])
    ratio = found / (1.0 - found) / (plain / (1.0 - plain))
    assert ratio[1] == pytest.approx(0.5)


def test_a_place_without_an_answer_has_no_fraction(profile):
    first = profile[0]
    codes = first.fitted["assessment"].copy(data=np.array([0.0, 5.0, 0.0]))
    broken = SeriesLevel(fitted=first.fitted.assign(assessment=codes), spectra=first.spectra)
    found = fractions_along([broken, profile[1]], REGISTRY)
    assert np.isnan(found["fraction"].values[1]).all()
    assert set(found["fraction_kind"].values[1]) == {KINDS.index("none")}
    assert np.isfinite(found["fraction"].values[[0, 2]]).all()


def test_levels_of_other_places_are_refused(profile):
    with pytest.raises(SeriesError, match="every level at every place"):
        fractions_along([profile[0], level("S 2p", number=2)], REGISTRY)
    moved = profile[1].fitted.assign_coords(depth=("spectrum", [0.0, 1.0, 5.0]))
    elsewhere = SeriesLevel(fitted=moved, spectra=profile[1].spectra)
    with pytest.raises(SeriesError, match="not taken at the same depth"):
        fractions_along([profile[0], elsewhere], REGISTRY)
    with pytest.raises(SeriesError, match="comes twice"):
        fractions_along([profile[0], profile[0]], REGISTRY)


def test_a_transmission_that_is_not_there_is_refused(profile):
    with pytest.raises(SeriesError, match="brings a transmission"):
        fractions_along(profile, REGISTRY, sensitivity=Sensitivity(transmission="file"))
    assumed = fractions_along(
        profile,
        REGISTRY,
        sensitivity=Sensitivity(transmission="assumed", transmission_exponent=-0.5),
    )
    assert not np.allclose(assumed["fraction"], fractions_along(profile, REGISTRY)["fraction"])
    with pytest.raises(QuantificationError, match="none of an analyser"):
        Sensitivity(transmission_exponent=30.0)


def test_an_angle_series_of_an_oxide_under_carbon(data_dir):
    reading = xps.read(data_dir / "xps" / "cheminfo-vamas" / "ARXPS.vms")
    levels = []
    for name, places in (("O 1s", ["527.3 in 526 .. 529"]), ("C 1s", ["280.8 in 279.8 .. 282"])):
        components = tuple(
            xps.Component(name="main", core_level=name, position=place, fwhm="2 in 0.8 .. 4")
            for place in places
        )
        spectra = [s for s in reading.spectra if s.attrs["region"] == name]
        recipe = xps.Envelope(region=name, components=components, window=None)
        counts = xps.stack(spectra)
        time = float(spectra[0]["dwell_time"]) * float(spectra[0]["scans"])
        fitted = xps.fit_series(counts, recipe, registry=REGISTRY, acquisition_time=time)
        levels.append(SeriesLevel(fitted=fitted, spectra=spectra))
    found = fractions_along(levels, REGISTRY)
    carbon = found["fraction"].sel(species="C").values
    assert found["angle"].values.tolist() == [0.0, 40.0, 55.0, 63.0, 70.0]
    # Carbon lies on top: the more grazing, the more of it is seen.
    assert np.all(np.diff(carbon) > 0)
