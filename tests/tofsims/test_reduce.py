"""Events to profiles: corrected as they should be, and refused in a sentence."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from references.ion import ion
from references.words import InputError
from tofsims import MassScale, Raster, check, ion_events, of_ion, reduce_events
from tofsims.profile import normalised

if "authored_events" in sys.modules:
    authored = sys.modules["authored_events"]
else:
    _spec = importlib.util.spec_from_file_location(
        "authored_events", Path(__file__).with_name("authored.py")
    )
    authored = importlib.util.module_from_spec(_spec)
    sys.modules["authored_events"] = authored
    _spec.loader.exec_module(authored)

IONS = [ion(name) for name in authored.MASSES]


def dead(seed, lam, *, scans=30, side=16, shots=8):
    """Events of a counter with a dead time: a shot registers one ion of a mass at most."""
    generator = np.random.default_rng(seed)
    middles = authored.SCALE.channel([i.mz for i in IONS])
    made = []
    for _ in range(scans):
        pixel, channel = [], []
        for middle in middles:
            seen = generator.poisson(lam, (side * side, shots)) > 0
            where = np.nonzero(seen)[0]
            pixel.append(where)
            channel.append(np.round(middle + 3.0 * generator.standard_normal(where.size)))
        made.append((np.concatenate(pixel), np.concatenate(channel)))
    return ion_events(
        made,
        raster=Raster(width=side, height=side, shots=shots),
        scale=authored.SCALE,
        polarity="negative",
        channels=400_000,
        channel_ps=50.0,
        sputter_time=np.arange(1.0, scans + 1),
    )


@pytest.mark.parametrize("lam", [0.2, 1.5])
def test_the_dead_time_is_corrected(lam):
    run = dead(3, lam)
    made = reduce_events(run, IONS, anchors=IONS)
    n = 16 * 16 * 8
    y = made.profile["corrected"].values
    # Ions of the five masses are farther apart than a dead time, but for Cl- behind S-.
    assert made.profile["shots"].values.tolist() == [n] * 30
    for i in (0, 1, 2, 4):
        u = made.profile["u"].values[i].mean()
        assert y[i].mean() == pytest.approx(n * lam, abs=5 * u / np.sqrt(30))
        assert np.std(y[i], ddof=1) == pytest.approx(u, rel=0.55)


def test_a_region_has_its_own_shots():
    run = dead(4, 0.5)
    inside = np.zeros((16, 16), dtype=bool)
    inside[:8] = True
    whole = reduce_events(run, IONS, anchors=IONS).profile
    half = reduce_events(run, IONS, anchors=IONS, inside=inside).profile
    assert half["shots"].values[0] == whole["shots"].values[0] / 2
    ratio = half["corrected"].values[0].sum() / whole["corrected"].values[0].sum()
    assert ratio == pytest.approx(0.5, abs=0.02)


def test_without_shots_nothing_is_corrected_and_that_is_said():
    run = authored.events(shots=None)
    made = reduce_events(run, IONS, anchors=IONS)
    assert {f.rule for f in made.findings} == {"shots_unknown"}
    np.testing.assert_array_equal(made.profile["corrected"], made.profile["counts"])
    assert np.isnan(made.profile["u"].values).all()
    given = reduce_events(run, IONS, anchors=IONS, shots=20)
    assert np.isfinite(given.profile["u"].values).all()


def test_more_ions_than_shots_are_said_and_not_corrected():
    made = reduce_events(authored.events(per=40.0), IONS, anchors=IONS)
    assert "shots_impossible" in {f.rule for f in made.findings}
    np.testing.assert_array_equal(made.profile["corrected"], made.profile["counts"])


def test_an_ion_that_is_asked_for_twice_is_counted_once():
    run = authored.events(shots=100)
    made = reduce_events(run, [*IONS, IONS[0]], anchors=IONS)
    assert made.profile["ion"].values.tolist() == list(authored.MASSES)


def test_shots_that_replace_the_file_s_are_said():
    made = reduce_events(authored.events(shots=100), IONS, anchors=IONS, shots=90)
    assert "shots_replaced" in {f.rule for f in made.findings}


def test_ions_of_the_other_sign_are_refused():
    run = authored.events()
    with pytest.raises(InputError, match=r"Ga\+ cannot be in a measurement of negative ions"):
        reduce_events(run, [ion("Ga+")], anchors=IONS)
    with pytest.raises(InputError, match="ions of both signs"):
        reduce_events(run, [ion("Ga+"), ion("Cl-")], anchors=IONS)
    with pytest.raises(InputError, match="ions of both signs"):
        reduce_events(authored.events(polarity=""), IONS, anchors=[ion("Ga+"), ion("In+")])
    with pytest.raises(InputError, match="name the ions"):
        reduce_events(run, [], anchors=IONS)


def test_without_a_scale_one_is_found_and_that_is_said():
    run = authored.events(scale=None, per=30.0, shots=100)
    made = reduce_events(run, IONS, anchors=IONS)
    assert "scale_found" in {f.rule for f in made.findings}
    assert made.calibration.scale.sf == pytest.approx(authored.SCALE.sf, rel=2e-5)


def test_a_wrong_scale_is_refused():
    run = authored.events(scale=MassScale(sf=20000.0, k0=0.0))
    with pytest.raises(InputError, match="has a clear peak where the scale of"):
        reduce_events(run, IONS, anchors=IONS)


def test_an_answer_from_events_to_verdict():
    made = reduce_events(dead(5, 0.5, scans=40, shots=40), IONS, anchors=IONS)
    found = check(made.profile, ["Cl-", "S-"], calibration=made.calibration, elements=["S", "O"])
    assert found.exit_code == 0
    assert "uniform within 5 %: Cl-, S-" in found.sentence
    document = found.to_dict()
    assert document["calibration"]["ppm"].keys() == set(authored.MASSES)
    assert [one["ion"] for one in document["ions"]] == ["Cl-", "S-"]
    assert document["uniformity"][0]["verdict"] == "uniform"
    assert {"sims_no_rsf"} <= {f.rule for f in found.findings}


def test_a_reference_takes_out_what_both_share():
    run = dead(6, 0.5, scans=40, shots=60)
    profile = reduce_events(run, IONS, anchors=IONS).profile
    beam = np.linspace(1.0, 1.5, 40)
    moved = profile.assign(corrected=profile["corrected"] * beam)
    alone = check(moved, ["Cl-"])
    both = check(moved, ["Cl-"], normalise="O-")
    assert alone.exit_code == 1
    assert both.exit_code == 0
    ratio = of_ion(normalised(moved, moved, "O-"), "Cl-")
    assert ratio["u"].values.mean() > of_ion(profile, "Cl-")["u"].values.mean()


@pytest.mark.parametrize(
    ("by", "message"),
    [("dose", "holds no dose"), ("In-", "no ion 'In-'"), ("nothing", "no ion 'nothing'")],
)
def test_a_reference_that_is_not_there_is_refused(by, message):
    profile = reduce_events(authored.events(), IONS, anchors=IONS).profile
    with pytest.raises(InputError, match=message):
        normalised(profile, profile, by)
