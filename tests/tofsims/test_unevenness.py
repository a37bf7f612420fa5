"""Fields that are uneven bias the dead-time correction of their sum, by as much as is said."""

from __future__ import annotations

import numpy as np
import pytest

from references.words import InputError, Severity
from tofsims import ion_cube
from tofsims.counting import corrected
from tofsims.unevenness import findings_of_field, unevenness


def counted(generator, ions, shots):
    return generator.binomial(shots, -np.expm1(-ions))


def spread(generator, mean, c, side=64):
    return mean * generator.gamma(1 / c**2, c**2, (side, side))


@pytest.mark.parametrize(
    # What the correction of the sum was simulated to be off by.
    ("c", "mean", "bias"),
    [(0.5, 0.5, -5.8), (0.5, 1.0, -10.7), (0.5, 2.0, -19.0), (1.0, 1.0, -31.0)],
)
def test_bias_of_gamma_distributed_ions(rng, c, mean, bias):
    found = unevenness(counted(rng, spread(rng, mean, c, 128), 50), 50)
    assert found.c_squared == pytest.approx(c**2, abs=5 * found.u)
    assert found.u < 0.06
    assert found.bias_percent == pytest.approx(bias, abs=1.5)


def test_bias_is_that_of_the_correction_itself(rng):
    ions = spread(rng, 1.0, 0.5, 128)
    image = counted(rng, ions, 100)
    off = 100 * (corrected(image.sum(), 100 * image.size) / (100 * ions.sum()) - 1)
    assert unevenness(image, 100).bias_percent == pytest.approx(float(off), abs=0.7)


@pytest.mark.parametrize(("mean", "shots"), [(0.5, 50), (0.05, 20), (1.0, 100)])
def test_an_even_field_has_none(rng, mean, shots):
    found = [unevenness(counted(rng, np.full((64, 64), mean), shots), shots) for _ in range(60)]
    z = np.array([one.c_squared / one.u for one in found])
    assert abs(z.mean()) < 4 / np.sqrt(60)
    assert z.std() == pytest.approx(1.0, abs=0.35)


def test_what_was_not_measured_is_left_out(rng):
    image = counted(rng, spread(rng, 1.0, 0.5), 50).astype(float)
    holed = np.concatenate([image, np.full((8, 64), np.nan)])
    assert unevenness(holed, 50) == unevenness(image, 50)


def test_a_cube_is_looked_at_where_its_ion_is(rng):
    ions = np.zeros((2, 16, 64, 64))
    ions[0, :4] = spread(rng, 1.0, 0.5)
    ions[1] = 0.3
    cube = ion_cube(["Cl-", "S-"], counted(rng, ions, 20), shots=20)
    (found,) = findings_of_field(cube)
    assert (found.rule, found.subject, found.severity) == (
        "sims_uneven_field",
        "Cl-",
        Severity.WARNING,
    )
    assert float(found.deviation.split()[0]) == pytest.approx(-10.7, abs=1.5)


def test_without_shots_nothing_is_said(rng):
    image = counted(rng, spread(rng, 1.0, 0.5), 50)
    assert findings_of_field({"Cl-": image}) == []
    assert findings_of_field(ion_cube(["Cl-"], image[None, None])) == []
    assert findings_of_field({"Cl-": (image > 0).astype(int)}, 1) == []
    assert [one.rule for one in findings_of_field({"Cl-": image}, 50)] == ["sims_uneven_field"]


def test_what_tells_nothing_is_refused():
    with pytest.raises(InputError, match="an image with counts"):
        unevenness(np.zeros((4, 4)), 10)
    with pytest.raises(InputError, match="two at least"):
        unevenness(np.ones((4, 4)), 1)
    with pytest.raises(InputError, match="a pixel has 9 counts of 5 shots"):
        unevenness(np.full((4, 4), 9), 5)
    with pytest.raises(InputError, match="every shot of every pixel"):
        unevenness(np.full((4, 4), 5), 5)
