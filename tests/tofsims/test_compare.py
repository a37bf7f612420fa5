"""Two profiles of one ion: golden ratios of one measurement and its region, and counted verdicts."""

from __future__ import annotations

import numpy as np
import pytest

import tofsims
from references.words import InputError
from tofsims.compare import Same, compare

FOLDER = "tofsims/surfacelab_profiles"
B = "I240416f_B_MAPI_1f_pos-B1 - NF.txt"
REGION = "I240416f_B_MAPI_1f_pos-B1 - NF - with-lat-ROI.txt"


def level(seed, mean, shots=16384, points=40):
    generator = np.random.default_rng(seed)
    k = generator.binomial(shots, -np.expm1(-mean / shots), points)
    made = tofsims.depth_profile(
        ["Cl-"],
        [-shots * np.log1p(-k / shots)],
        sputter_time=np.arange(1.0, points + 1),
        shots=shots,
    )
    return tofsims.check(made, window=(1, points))


@pytest.mark.parametrize(
    ("ion", "ratio"),
    [
        ("In2O+", 1.0005),
        ("In3O+", 1.0024),
        ("In3O2+", 1.0019),
        ("In2+", 1.004),
        ("[113In]+", 0.9975),
    ],
)
def test_a_region_has_the_ions_of_its_shots(data_dir, ion, ratio):
    both = []
    for name in (B, REGION):
        profile = tofsims.read(data_dir / FOLDER / name).profiles[0]
        rows = (profile["scan"] >= 24) & (profile["scan"] <= 41)
        times = profile["sputter_time"].values[rows.values]
        both.append(tofsims.check(profile, [ion], window=(times[0], times[-1])))
    (found,) = compare(*both)
    assert 1.0 + 0.01 * found.ratio_percent == pytest.approx(ratio, abs=6e-4)
    assert found.verdict is Same.ALIKE


def test_equal_levels_are_within_their_interval_as_often_as_promised():
    inside = []
    for seed in range(300):
        (found,) = compare(level(seed, 900), level(seed + 1000, 900))
        inside.append(abs(found.ratio_percent) <= 1.96 * found.u)
    # 95 % +- 1.3; four standard deviations. Fluctuation can only widen.
    assert 0.90 <= np.mean(inside) <= 1.0


def test_other_shots_are_allowed_for():
    (found,) = compare(level(1, 900), level(2, 450, shots=8192))
    assert abs(found.ratio_percent) < 5
    assert found.verdict is Same.ALIKE


def test_another_level_is_different():
    (found,) = compare(level(1, 900), level(2, 1200))
    assert found.verdict is Same.DIFFERENT
    assert "different by more than 5 %" in found.sentence()


def test_what_cannot_be_compared_is_refused():
    made = level(1, 900)
    other = tofsims.check(
        tofsims.depth_profile(["In-"], [[9.0] * 9], sputter_time=np.arange(9.0), shots=1e6)
    )
    with pytest.raises(InputError, match="share no ion"):
        compare(made, other)


def crater(rng, beam, points=100, *, shots=1e9):
    """An ion, and another one that goes with the beam as it does."""
    counts = np.stack([rng.poisson(1000 * beam, points), rng.poisson(5000 * beam, points)])
    return tofsims.depth_profile(
        ["X-", "R-"],
        counts.astype(float),
        sputter_time=np.arange(1.0, points + 1),
        shots=shots,
        total=np.full(points, 1e5 * beam),
    )


def test_the_beam_is_taken_out_by_a_reference(rng):
    one, two = crater(rng, 1.0), crater(rng, 2.0)
    ratios = {}
    for by in ("", "total", "R-"):
        a, b = (tofsims.check(made, ["X-"], normalise=by) for made in (one, two))
        (found,) = compare(a, b)
        ratios[by] = found.ratio_percent
        assert found.verdict is (Same.ALIKE if by else Same.DIFFERENT)
    assert ratios[""] == pytest.approx(100, abs=2)
    # Counting alone: 0.4 %, and with the reference's 0.43.
    assert [ratios["total"], ratios["R-"]] == pytest.approx([0, 0], abs=1.7)


def test_the_reference_is_in_u_once(rng):
    told, seen = [], []
    for _ in range(120):
        a, b = (tofsims.check(crater(rng, beam, 40), ["R-"], normalise="X-") for beam in (1, 2))
        (found,) = compare(a, b)
        told.append(found.u)
        seen.append(found.ratio_percent)
    # 120 repeats: the standard deviation to 6.5 %, three times.
    assert np.mean(told) == pytest.approx(np.std(seen), rel=0.2)


def test_a_reference_takes_the_shots_out_too(rng):
    a = tofsims.check(crater(rng, 1.0), ["X-"], normalise="R-")
    b = tofsims.check(crater(rng, 0.25, shots=2.5e8), ["X-"], normalise="R-")
    assert abs(compare(a, b)[0].ratio_percent) < 5


def test_what_errs_alike_is_in_a_level(rng):
    def fitted(level):
        noise = rng.normal(0.0, 32.0, (1, 100))
        made = tofsims.depth_profile(
            ["X-"],
            level + noise,
            sputter_time=np.arange(1.0, 101.0),
            u=np.full((1, 100), np.hypot(32, 0.1 * level)),
            u_common=np.full((1, 100), 0.1 * level),
            u_from=["fit"],
            shots=1e9,
        )
        return tofsims.check(made)

    (found,) = compare(fitted(1000.0), fitted(1100.0))
    assert found.u == pytest.approx(110 * 0.1 * np.sqrt(2), rel=0.02)
    assert found.factor == pytest.approx(1.96, abs=0.01)
    assert found.verdict is Same.UNDECIDED
