"""Depth by a crater, by layers, by a mixture: what was put in comes out, with its uncertainty."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import erfc

import tofsims
from references.words import Estimate, InputError, UncertaintyParts
from tofsims.depth import Layer, crater_scale, layer_scale, with_depth
from tofsims.layering import locate, scale_of_layers
from tofsims.mixing import Rate, mixed_scale


def at(time, u):
    return Estimate(value=time, u=u, u_parts=UncertaintyParts(counting=u))


def profile(ions=("Cl-",), counts=None, *, points=101, start=0.0, **more):
    t = start + np.arange(float(points))
    given = [np.full(points, 1000.0)] * len(ions) if counts is None else counts
    return tofsims.depth_profile(list(ions), given, sputter_time=t, shots=1e9, **more)


def stack(t, ends=(40.0, 70.0), sharp=2.0):
    """Three layers, each with its own ion."""
    first, second = (0.5 * erfc((t - end) / sharp) for end in ends)
    return 5000 * np.array([first, second - first, 1 - second])


# --- a crater -------------------------------------------------------------------------------------


def test_a_crater_makes_a_constant_rate():
    scale = crater_scale(profile(), 120.0, 5.0)
    assert scale.rate(10.0) == pytest.approx(1.2)
    deep = scale.of(at(50.0, 2.0))
    assert deep.value == pytest.approx(60.0)
    # u(z)^2 = (z u_v / v)^2 + (v u_t)^2
    assert deep.u == pytest.approx(np.hypot(60 * 5 / 120, 1.2 * 2.0))
    assert deep.u_parts.constraints == pytest.approx(2.5)


def test_sputtering_begins_at_zero():
    scale = crater_scale(profile(points=100, start=1.0), 100.0)
    np.testing.assert_allclose(scale.at(np.array([1.0, 50.0, 100.0]))[0], [1.0, 50.0, 100.0])


def test_fluence_counts_where_the_file_holds_it():
    t = np.arange(101.0)
    # The current doubles half-way.
    fluence = 1e12 * np.where(t < 50, t, 2 * t - 50)
    scale = crater_scale(profile(fluence=fluence), 150.0)
    assert "by fluence" in scale.source
    np.testing.assert_allclose(scale.at(np.array([50.0, 75.0]))[0], [50.0, 100.0])
    stuck = crater_scale(profile(fluence=np.full(101, 1e12)), 150.0)
    assert "by sputter time" in stuck.source
    assert stuck.at(np.array([50.0]))[0] == pytest.approx(75.0)


def test_thickness_shares_the_crater():
    scale = crater_scale(profile(), 100.0, 10.0)
    layer = scale.between(at(40.0, 0.3), at(60.0, 0.4))
    assert layer.value == pytest.approx(20.0)
    # Not what two depths of 40 +- 4 and 60 +- 6 would have as independent ones.
    assert layer.u == pytest.approx(np.hypot(2.0, 0.5))


def test_nothing_is_known_beyond_the_profile():
    deep = crater_scale(profile(), 100.0).of(at(120.0, 1.0))
    assert np.isnan(deep.value)
    assert deep.u is None


# --- layers ---------------------------------------------------------------------------------------


def test_layers_have_their_own_rates():
    layers = [Layer(name="a", thickness=80, u=4), Layer(name="b", thickness=30, u=3)]
    scale = layer_scale(profile(), layers, [at(40.0, 0.5), at(70.0, 0.7)])
    assert scale.rate(20.0) == pytest.approx(2.0)
    assert scale.rate(60.0) == pytest.approx(1.0)
    z, u = scale.at(np.array([20.0, 55.0, 90.0]))
    np.testing.assert_allclose(z, [40.0, 95.0, np.nan])
    assert u[0] == pytest.approx(np.hypot(0.5 * 4, 0.5 * 2 * 0.5))
    # Half of b: its own thickness, all of a, and both of the times between which it lies.
    assert u[1] == pytest.approx(np.sqrt(4**2 + 1.5**2 + (0.5 * 0.5) ** 2 + (0.5 * 0.7) ** 2))


def test_an_interface_that_made_the_scale_is_as_deep_as_measured():
    scale = layer_scale(profile(), [Layer(name="a", thickness=80, u=4)], [at(40.0, 0.5)])
    assert scale.of(at(40.0, 0.5)).u == pytest.approx(4.0)
    assert scale.of(at(39.9, 0.5)).u == pytest.approx(np.sqrt(4**2 + 1 + 1), rel=0.01)


def test_uncertainties_of_layers_are_those_of_repeats(rng):
    told = []
    for _ in range(4000):
        d = 80 + 4 * rng.standard_normal(), 30 + 3 * rng.standard_normal()
        t = 40 + 0.5 * rng.standard_normal(), 70 + 0.7 * rng.standard_normal()
        told.append(d[0] + d[1] * (55.0 - t[0]) / (t[1] - t[0]))
    layers = [Layer(name="a", thickness=80, u=4), Layer(name="b", thickness=30, u=3)]
    scale = layer_scale(profile(), layers, [at(40.0, 0.5), at(70.0, 0.7)])
    assert scale.at(np.array([55.0]))[1] == pytest.approx(np.std(told), rel=0.05)


def test_layers_are_found_by_their_ions():
    t = np.arange(101.0)
    made = profile(["A-", "B-", "C-"], stack(t))
    layers = [Layer(name="A-", thickness=80), Layer(name="B-", thickness=30)]
    scale = scale_of_layers(made, layers)
    assert scale.ends == pytest.approx((40.0, 70.0), abs=0.1)
    found = locate(made, ["A-", "B-", "C-"], scale=scale)
    edges = [(one.ion, one.rising) for one in found.interfaces]
    assert edges == [("A-", False), ("B-", True), ("B-", False), ("C-", True)]
    depths = [found.depth(one) for one in found.interfaces[:3]]
    assert [one.value for one in depths] == pytest.approx([80, 80, 110], abs=0.2)
    with pytest.raises(InputError, match="C- does not fall"):
        scale_of_layers(made, [*layers, Layer(name="C-", thickness=10)])


# --- mixtures -------------------------------------------------------------------------------------


def test_a_mixture_is_eroded_as_what_it_holds():
    t = np.arange(101.0)
    sharp = profile(["A-", "B-"], stack(t, ends=(40.0, 200.0))[:2])
    rates = [
        Rate(ion="A-", rate=2.0, plateau=(0, 30)),
        Rate(ion="B-", rate=0.5, plateau=(60, 100)),
    ]
    scale = mixed_scale(sharp, rates)
    assert scale.rate(20.5) == pytest.approx(2.0)
    assert scale.rate(80.5) == pytest.approx(0.5)
    assert scale.at(np.array([100.0]))[0] == pytest.approx(40 * 2 + 60 * 0.5, rel=1e-3)
    scaled = mixed_scale(sharp, rates, 220.0, 6.0)
    z, u = scaled.at(np.array([30.0, 100.0]))
    assert z == pytest.approx([120.0, 220.0], rel=2e-3)
    assert u[1] == pytest.approx(6.0)
    assert scaled.rate(20.5) / scaled.rate(80.5) == pytest.approx(4.0)


def test_a_rate_that_is_not_known_moves_the_middle_and_not_the_end():
    t = np.arange(101.0)
    made = profile(["A-", "B-"], stack(t, ends=(40.0, 200.0))[:2])
    rates = [
        Rate(ion="A-", rate=2.0, u=0.2, plateau=(0, 30)),
        Rate(ion="B-", rate=0.5, plateau=(60, 100)),
    ]
    u = mixed_scale(made, rates, 220.0).at(np.array([30.0, 100.0]))[1]
    # z = 220 * 30 v / (40 v + 30) with v = 2 and u(v) = 0.2
    assert u[0] == pytest.approx(220 * 900 / 110**2 * 0.2, rel=0.02)
    assert u[1] < 0.01


# --- the profile ----------------------------------------------------------------------------------


def test_a_profile_gets_its_depth_and_without_a_scale_none():
    made = profile()
    deep = with_depth(made, crater_scale(made, 100.0, 5.0))
    assert deep["depth"].dims == ("scan",)
    assert deep["depth"].attrs["units"] == "nm"
    np.testing.assert_allclose(deep["u_depth"].values, 0.05 * deep["depth"].values)
    assert "crater" in deep.attrs["depth_from"]
    assert "depth" not in with_depth(made, None).coords


def test_what_is_not_there_is_a_finding(data_dir):
    name = "tofsims/surfacelab_profiles/I231114p_A_MAPI_025s-LC_neg-8 - NF.txt"
    real = tofsims.read(data_dir / name).profiles[0]
    found = locate(real, ["SnO2-", "PbI3-"], scale=crater_scale(real, 320.0))
    assert {one.rule: one.subject for one in found.findings} == {
        "sims_no_plateau": "PbI3-",
        "depth_u_missing": "depth",
    }
    flat = locate(profile(), ["Cl-"])
    assert [one.rule for one in flat.findings] == ["sims_no_interface"]
    assert flat.to_dict()["depth_nm"] is None


def test_a_width_of_the_sampling_is_said():
    y = np.where(np.arange(101) < 50, 5000.0, 0.0)
    found = locate(profile(counts=[y]), ["Cl-"])
    assert [one.rule for one in found.findings] == ["sims_edge_sampled"]


@pytest.mark.parametrize(
    ("depth", "u", "sentence"),
    [
        (0.0, 1.0, "the depth of the crater should be above zero"),
        (-5.0, 0.0, "above zero"),
        (5.0, -1.0, "5 ± -1 nm"),
        (np.nan, 1.0, "above zero"),
    ],
)
def test_no_crater_is_refused(depth, u, sentence):
    with pytest.raises(InputError, match=sentence):
        crater_scale(profile(), depth, u)


def test_layers_that_cannot_be_are_refused():
    both = [Layer(name="a", thickness=80), Layer(name="b", thickness=30)]
    with pytest.raises(InputError, match="2 layers have 1 ends"):
        layer_scale(profile(), both, [at(40.0, 1.0)])
    with pytest.raises(InputError, match="named from the surface on"):
        layer_scale(profile(), both, [at(40.0, 1.0), at(30.0, 1.0)])
    with pytest.raises(InputError, match="the thickness of c"):
        Layer(name="c", thickness=0)
    with pytest.raises(InputError, match="the rates of two layers"):
        mixed_scale(profile(), [Rate(ion="Cl-", rate=1.0)])


def test_a_saturated_marker_tells_no_mixture():
    n, t = 1000, np.arange(101.0)
    counts = [np.where(t < 50, 8.0, 0.001) * n, np.where(t < 50, 0.0, 1.0) * n]
    made = tofsims.depth_profile(["A-", "B-"], counts, sputter_time=t, shots=n)
    with pytest.raises(InputError, match="A- is saturated within 0 to 49 s"):
        mixed_scale(made, [Rate(ion="A-", rate=2), Rate(ion="B-", rate=1)], 100.0)


@pytest.mark.parametrize("first", [0, 1])
def test_the_first_scan_erodes_as_much_as_any_other(first):
    made = tofsims.depth_profile(
        ["Cl-"], [[1000.0] * 100], scan=first + np.arange(100.0), shots=1e9
    )
    scale = crater_scale(made, 100.0)
    np.testing.assert_allclose(scale.at(made["scan"].values.astype(float))[0], np.arange(1, 101))
    assert "by scan number" in scale.source


def test_scans_are_not_put_where_seconds_are():
    t = np.arange(101.0)
    made = tofsims.depth_profile(["A-"], stack(t)[:1], shots=1e9)
    found = locate(made, ["A-"], scale=crater_scale(made, 101.0))
    told = found.to_dict()
    (edge,) = told["interfaces"]
    assert (told["unit"], edge["unit"], told["sputter_time_s"]) == ("scan", "scan", None)
    assert {edge[name] for name in ("t16_s", "t50_s", "t84_s", "width_s")} == {None}
    assert edge["plateau_s"] is None
    assert edge["t50"]["value"] == pytest.approx(41.0, abs=0.05)
    assert edge["depth_nm"]["value"] == pytest.approx(41.0, abs=0.05)
    assert edge["width_nm"]["value"] == pytest.approx(edge["width"]["value"])
