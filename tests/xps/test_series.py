"""A series gives each spectrum what one careful fit gives it, and touches no other."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import xps
from xps.envelope import EnvelopeError
from xps.series_numbers import ASSESSMENTS, KINDS, NAMES, SeriesError

_spec = importlib.util.spec_from_file_location(
    "synthetic", Path(__file__).with_name("synthetic.py")
)
synthetic = importlib.util.module_from_spec(_spec)
sys.modules.setdefault("synthetic", synthetic)
_spec.loader.exec_module(synthetic)


def _stack(level, peak, number):
    """Spectra of a case as one array, and each by itself."""
    case = synthetic.CASES[level]
    spectra = [synthetic.draw(case, synthetic.PEAKS[peak], seed)[0] for seed in range(number)]
    energy = spectra[0]["binding_energy"].values
    counts = xr.DataArray(
        np.array([s["counts"].values for s in spectra], dtype=float),
        dims=("depth", "binding_energy"),
        coords={"binding_energy": energy, "depth": 10.0 * np.arange(number)},
    )
    return counts, spectra, synthetic.envelope(case)


@pytest.fixture(scope="module")
def sulfur():
    return _stack("S 2p", "high", 6)


def fitted(counts, envelope, **options):
    return xps.fit_series(counts, envelope, registry=synthetic.registry(), **options)


@pytest.mark.parametrize(
    ("level", "peak"), [("S 2p", "high"), ("Li 1s", "high"), ("In 3d", "middle")]
)
def test_it_is_the_careful_fit(level, peak):
    counts, spectra, envelope = _stack(level, peak, 3)
    series = fitted(counts, envelope)
    for i, spectrum in enumerate(spectra):
        one = xps.fit(spectrum, envelope, registry=synthetic.registry())
        assert ASSESSMENTS[int(series["assessment"][i])] is one.assessment
        assert float(series["chi2_reduced"][i]) == pytest.approx(one.chi2_reduced, rel=1e-6)
        for line in one.lines:  # dwell time x scans is 1 s, so that counts are rates
            own = series.sel(line=f"{line.component} {line.line}").isel(depth=i)
            for name in ("area", "position", "fwhm"):
                estimate = getattr(line, name)
                if estimate.u is None:
                    continue
                assert abs(float(own[name]) - estimate.value) < 2e-3 * estimate.u
                assert float(own[f"{name}_u"]) == pytest.approx(estimate.u, rel=0.02)
        for row in one.fractions:
            own = series.sel(species=row.subject).isel(depth=i)
            assert float(own["fraction"]) == pytest.approx(row.estimate.value, rel=1e-4)
            for part in series["part"].values:
                want = getattr(row.estimate.u_parts, part)
                found = float(own["fraction_u_part"].sel(part=part))
                assert found == pytest.approx(want, rel=0.05, abs=0.02 * row.estimate.u_parts.total)


def test_parts_add_up_and_fractions_to_one(sulfur):
    counts, _, envelope = sulfur
    series = fitted(counts, envelope)
    total = np.sqrt((series["fraction_u_part"] ** 2).sum("part"))
    given = np.isfinite(series["fraction_u"])
    assert given.sum() > 6
    assert np.allclose(total.where(given, 0.0), series["fraction_u"].fillna(0.0), rtol=1e-12)
    assert np.allclose(series["fraction"].sum("species"), 1.0, atol=1e-12)


def test_leading_dims_and_their_coordinates_stay(sulfur):
    counts, _, envelope = sulfur
    whole = fitted(counts, envelope)
    assert list(whole["depth"].values) == list(counts["depth"].values)
    square = xr.DataArray(
        counts.values.reshape(2, 3, -1),
        dims=("y", "x", "binding_energy"),
        coords={"binding_energy": counts["binding_energy"]},
    )
    mapped = fitted(square.transpose("binding_energy", "y", "x"), envelope)
    assert mapped["fraction"].dims == ("y", "x", "species")
    assert np.array_equal(
        mapped["area"].values.reshape(whole["area"].shape), whole["area"].values, equal_nan=True
    )


def test_answers_do_not_depend_on_threads(sulfur, monkeypatch):
    monkeypatch.setattr("xps.series.CHUNK", 2)
    counts, _, envelope = sulfur
    one, two = (fitted(counts, envelope, threads=n) for n in (1, 3))
    xr.testing.assert_identical(one, two)


def test_a_lazy_array_is_fitted_when_it_is_asked_for(sulfur):
    pytest.importorskip("dask")
    counts, _, envelope = sulfur
    lazy = fitted(counts.chunk({"depth": 6}), envelope)
    assert lazy["area"].chunks is not None
    xr.testing.assert_allclose(lazy.compute(), fitted(counts, envelope), rtol=1e-12)


def test_unusable_spectra_fail_by_name_and_touch_no_other(sulfur):
    counts, _, envelope = sulfur
    spoiled = xr.concat([counts, counts], dim="depth")
    spoiled = spoiled.assign_coords(depth=np.arange(12))
    values = spoiled.values.copy()
    values[1] = 0.0
    values[3, 7] = np.nan
    values[4, 9] = -1.0
    values[6, 100] = np.inf
    values[8] = np.minimum(values[8], 0.6 * values[8].max())
    bad = [1, 3, 4, 6, 8]
    series = fitted(spoiled.copy(data=values), envelope)
    names = [str(ASSESSMENTS[int(code)]) for code in series["assessment"]]
    assert all(names[i] == "failed" for i in bad)
    assert np.all(np.isnan(series["area_u"].isel(depth=bad)))
    assert np.all(np.isnan(series["area"].isel(depth=bad)))
    good = [i for i in range(12) if i not in bad]
    clean = fitted(spoiled, envelope).isel(depth=good)
    for name in ("area", "position", "fraction"):
        off = np.abs(series[name].isel(depth=good) - clean[name]) / clean[f"{name}_u"]
        assert float(off.max()) < 1e-3


def test_areas_are_rates_where_the_time_is_known(sulfur):
    counts, _, envelope = sulfur
    plain, timed = (fitted(counts, envelope, acquisition_time=t) for t in (np.nan, 4.0))
    assert timed["area"].attrs["units"] == "counts/s*eV"
    assert np.allclose(4.0 * timed["area"], plain["area"])
    assert np.allclose(timed["fraction"], plain["fraction"])


def test_progress_is_told(sulfur):
    counts, _, envelope = sulfur
    told = []
    fitted(counts, envelope, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (6, 6)


def test_a_static_background_is_each_spectrum_s_own(sulfur):
    counts, spectra, envelope = sulfur
    static = envelope.model_copy(
        update={"background": xps.Background(kind="shirley", mode="static", end_points=5)}
    )
    series = fitted(counts, static)
    one = xps.fit(spectra[2], static, registry=synthetic.registry())
    line = one.lines[0]
    own = series["area"].isel(depth=2).sel(line=f"{line.component} {line.line}")
    assert float(own) == pytest.approx(line.area.value, rel=1e-4)


def test_what_is_no_series_is_refused(sulfur):
    counts, _, envelope = sulfur
    with pytest.raises(SeriesError, match="binding_energy"):
        fitted(counts.rename(binding_energy="energy"), envelope)
    with pytest.raises(SeriesError, match="ascend"):
        fitted(counts.isel(binding_energy=slice(None, None, -1)), envelope)
    with pytest.raises(EnvelopeError, match="poisson"):
        fitted(counts, envelope.model_copy(update={"statistic": "unweighted"}))
    for shape, told in (
        ("la", "hold its parameters"),
        ("gl_product", "hold its parameters"),
        ("doniach_sunjic", "take mahan"),
    ):
        other = envelope.components[0].model_copy(update={"shape": shape})
        with pytest.raises(EnvelopeError, match=told):
            fitted(counts, envelope.model_copy(update={"components": (other,)}))


@pytest.fixture
def by_itself(monkeypatch):
    """A series that hands nothing to the careful fit."""

    def refuse(*_):
        raise AssertionError("handed to the careful fit")

    monkeypatch.setattr("xps.series_numbers.Series.careful", refuse)


@pytest.mark.usefixtures("by_itself")
@pytest.mark.parametrize(("level", "share"), [("S 2p", 0.05), ("P 2p", 0.001), ("Li 1s", 0.1)])
def test_faint_fractions_have_the_intervals_of_the_careful_fit(level, share):
    case = synthetic.CASES[level]
    (first, _), (second, _) = case.shares
    case = replace(case, shares=((first, 1.0), (second, share)))
    spectra = [synthetic.draw(case, synthetic.PEAKS["low"], seed)[0] for seed in range(4)]
    envelope = synthetic.envelope(case)
    series = fitted(xps.stack(spectra), envelope)
    for i, spectrum in enumerate(spectra):
        for row in xps.fit(spectrum, envelope, registry=synthetic.registry()).fractions:
            own = series.isel(spectrum=i).sel(species=row.subject)
            estimate = row.estimate
            assert KINDS[int(own["fraction_kind"])] == str(estimate.kind)
            reach = estimate.high - (estimate.value if estimate.low is None else estimate.low)
            assert abs(float(own["fraction_high"]) - estimate.high) < 0.01 * reach
            if estimate.low is not None:
                assert abs(float(own["fraction_low"]) - estimate.low) < 0.01 * reach


def test_spectra_without_a_peak_say_so():
    case = synthetic.CASES["S 2p"]
    energy = synthetic.axis(case)
    counts = np.random.default_rng(1).poisson(30.0, (6, energy.size)).astype(float)
    flat = xr.DataArray(counts, dims=("depth", "binding_energy"), coords={"binding_energy": energy})
    series = fitted(flat, synthetic.envelope(case))
    assert {str(ASSESSMENTS[int(code)]) for code in series["assessment"]} == {"singular"}
    assert not np.any(np.isfinite(series["fraction"]))


def test_a_stack_keeps_what_its_files_varied(sulfur):
    _, spectra, _ = sulfur
    timed = [s.assign_coords(etch_time=60.0 * i) for i, s in enumerate(spectra)]
    counts = xps.stack([xps.calibrate(s, xps.by_shift(0.5)) for s in timed])
    assert list(counts["etch_time"].values) == [60.0 * i for i in range(6)]
    assert counts["binding_energy"].values[0] == spectra[0]["binding_energy"].values[0] + 0.5


def test_what_cannot_be_stacked_is_named(sulfur):
    _, spectra, _ = sulfur
    with pytest.raises(SeriesError, match="none was given"):
        xps.stack([])
    with pytest.raises(SeriesError, match=r"spectrum 1 .* channels"):
        xps.stack([spectra[0], spectra[1].isel(binding_energy=slice(5, None))])
    rate = spectra[0].rename(counts="intensity")
    with pytest.raises(SeriesError, match="no counts"):
        xps.stack([rate])


@pytest.mark.parametrize("level", ["Li 1s", "S 2p"])
def test_a_spectrum_that_stands_out_is_fitted_carefully(level, monkeypatch):
    counts, spectra, envelope = _stack(level, "high", 4)
    monkeypatch.setattr("xps.series_numbers.JUMP", -1e9)
    series = fitted(counts, envelope)
    for i, spectrum in enumerate(spectra):
        one = xps.fit(spectrum, envelope, registry=synthetic.registry())
        for line in one.lines:
            own = series.isel(depth=i).sel(line=f"{line.component} {line.line}")
            assert float(own["area"]) == pytest.approx(line.area.value, rel=1e-9)
        for row in one.fractions:
            own = series.isel(depth=i).sel(species=row.subject)
            assert float(own["fraction"]) == pytest.approx(row.estimate.value, rel=1e-9)


def test_the_energy_scale_and_the_time_of_a_spectrum_count():
    shifted = xps.calibrate(xps.example("P 2p", calibrated=False), xps.by_shift(0.32))
    envelope = xps.envelope("P 2p", ["PS4"])
    one = xps.fit(shifted, envelope).lines[0]
    series = xps.fit_series(shifted["counts"].expand_dims(depth=2), envelope).isel(line=0)
    assert float(series["position"][0]) == pytest.approx(one.position.value, abs=1e-4)
    assert float(series["area"][1]) == pytest.approx(one.area.value, rel=1e-5)
    assert series["area"].attrs["units"] == "counts/s*eV"
    apart = xr.concat([shifted["counts"], shifted["counts"]], dim="depth").assign_coords(
        charge_shift=("depth", [0.3, 0.4])
    )
    with pytest.raises(SeriesError, match="one energy scale"):
        xps.fit_series(apart, envelope)


def test_a_single_spectrum_is_a_series_of_no_dims(sulfur):
    counts, _, envelope = sulfur
    series = fitted(counts[0], envelope)
    assert series["area"].dims == ("line",)
    assert series["assessment"].dims == ()


@pytest.mark.parametrize("name", ["area", "species"])
def test_names_of_the_result_are_refused_before_the_fit(sulfur, name):
    counts, _, envelope = sulfur
    with pytest.raises(SeriesError, match=name):
        fitted(counts.assign_coords({name: ("depth", np.zeros(6))}), envelope)


def test_a_faint_overlap_is_looked_at_carefully():
    case = synthetic.CASES["S 2p"]
    spectrum, _ = synthetic.draw(case, 30000.0, 3)
    envelope = xps.envelope("S 2p", ["PS4", "Li2S"], elements=["Ga"]).model_copy(
        update={"window": None}
    )
    one = xps.fit(spectrum, envelope, registry=synthetic.registry())
    series = fitted(spectrum["counts"].astype(float).expand_dims("depth"), envelope).isel(depth=0)
    for row in one.fractions:
        own = series.sel(species=row.subject)
        assert float(own["fraction_high"]) == pytest.approx(row.estimate.high, rel=1e-3)


def test_no_share_exceeds_the_whole():
    case = synthetic.CASES["S 2p"]
    spectra = [synthetic.foreign(case, 3e5, seed)[0] for seed in range(4, 8)]
    series = fitted(xps.stack(spectra), synthetic.envelope(case))
    assert float(series["fraction_high"].max()) <= 1.0


def test_what_no_background_can_be_had_of_fails_alone(sulfur):
    counts, _, envelope = sulfur
    static = envelope.model_copy(
        update={
            "background": xps.Background(kind="linear", mode="static"),
            "window": (158.0, 169.0),
        }
    )
    values = counts.values.copy()
    first = int(np.searchsorted(counts["binding_energy"].values, 158.0 - 1e-9))
    values[1, first - 1] = np.nan
    series = fitted(counts.copy(data=values), static)
    assert str(ASSESSMENTS[int(series["assessment"][1])]) == "failed"
    assert float(np.isfinite(series["area"].isel(depth=[0, 2, 3])).mean()) == 1.0
    alone = fitted(counts.copy(data=values)[1:2], static)
    assert str(ASSESSMENTS[int(alone["assessment"][0])]) == "failed"


def test_the_names_of_a_result_are_those_that_are_reserved(sulfur):
    counts, _, envelope = sulfur
    series = fitted(counts[:1], envelope)
    own = {str(name) for name in (*series.variables, *series.dims)} - {"depth"}
    assert own == NAMES


def test_a_second_is_a_time(sulfur):
    counts, _, envelope = sulfur
    assert fitted(counts[:1], envelope)["area"].attrs["units"] == "counts*eV"
    timed = fitted(counts[:1], envelope, acquisition_time=1.0)
    assert timed["area"].attrs["units"] == "counts/s*eV"


def test_what_lies_outside_the_window_harms_nothing():
    counts, _, envelope = _stack("S 2p", "low", 3)
    narrow = envelope.model_copy(update={"window": (158.5, 169.0)})
    values = counts.values.copy()
    values[1, 0], values[2, 1] = np.nan, -1.0
    xr.testing.assert_identical(fitted(counts.copy(data=values), narrow), fitted(counts, narrow))


def test_a_recipe_with_nothing_free_is_refused(sulfur):
    counts, _, envelope = sulfur
    held = envelope.components[0].model_copy(
        update={
            "position": "161.5 fixed",
            "fwhm": "1.2 fixed",
            "area": "100 fixed",
            "partner": False,
            "shape": "gaussian",
        }
    )
    nothing = envelope.model_copy(
        update={
            "components": (held,),
            "background": xps.Background(kind="linear", mode="static"),
        }
    )
    with pytest.raises(EnvelopeError, match="free at least one"):
        fitted(counts, nothing)
    with pytest.raises(EnvelopeError, match="free at least one"):
        xps.fit(xps.example("S 2p"), nothing)
