"""Absorption of phases and of grains, against tables and integrals."""

from __future__ import annotations

import numpy as np
import pytest

from references import load
from references.words import InputError
from xrd.absorption import attenuation, brindley, microabsorption
from xrd.structure import structure


@pytest.mark.parametrize(("key", "mu"), [("Al2O3", 126.0), ("ZnO", 276.0), ("CaF2", 302.0)])
def test_attenuation_is_the_tables_but_for_scattering(key, mu):
    """Elam's tables: photoabsorption is all but the last percents."""
    assert attenuation(structure(load().phase(key)), 1.5405929) == pytest.approx(mu, rel=0.07)


def test_brindley_s_factor_is_its_series_near_nothing():
    u = np.array([-0.1, 1e-3, 9.9e-3, 1.01e-2, 0.05, 0.1])
    assert brindley(u) == pytest.approx(1 - 0.75 * u + 0.3 * u**2 - u**3 / 12, abs=2e-5)


def test_grains_of_like_phases_do_not_matter():
    one = structure(load().phase("ZnO"))
    assert microabsorption(np.array([0.5, 0.5]), [one, one], 0.5, 1.54) == pytest.approx([1, 1])


def test_the_phase_that_absorbs_more_seems_less():
    phases = [structure(load().phase(key)) for key in ("Al2O3", "ZnO")]
    light, heavy = microabsorption(np.array([0.5, 0.5]), phases, 1.0, 1.54)
    assert light > 1.0 > heavy


def test_coarse_grains_are_refused():
    phases = [structure(load().phase(key)) for key in ("Al2O3", "ZnO")]
    with pytest.raises(InputError, match="too coarse"):
        microabsorption(np.array([0.5, 0.5]), phases, 10.0, 1.54)
