"""Rivals of a model: which there are, and that what they move is in the uncertainty."""

from __future__ import annotations

import numpy as np
import pytest

import xps
from xps.lineshape import lineshape
from xps.rival import Rival, other_backgrounds, other_shapes, preferred

CHLORINE = xps.envelope("Cl 2p", ["LiCl"])


def test_the_chosen_background_is_no_rival_of_its_own():
    kinds = [(e.background.kind, e.background.slope) for e in other_backgrounds(CHLORINE)]
    assert (CHLORINE.background.kind, CHLORINE.background.slope) not in kinds
    assert len(kinds) == 3


def test_voigt_and_pseudo_voigt_stand_against_each_other_and_a_metal_keeps_its_shape():
    (other,) = other_shapes(xps.envelope("In 3d", ["InCl3", "In0"]))
    assert [c.shape for c in other.components] == ["voigt", "mahan"]
    (back,) = other_shapes(other)
    assert [c.shape for c in back.components] == ["pseudo_voigt", "mahan"]


@pytest.mark.parametrize("component", [{"shape": "gaussian"}, {"shape_parameters": {"mix": 0.3}}])
def test_a_shape_that_the_user_means_has_no_rival(component):
    held = CHLORINE.components[0].model_copy(update=component)
    assert other_shapes(CHLORINE.model_copy(update={"components": (held,)})) == []


def _doublet(shape):
    """Expected counts of a Cl 2p doublet of this shape, 30 000 at its top."""
    x = np.arange(194.0, 206.0, 0.05)
    theta = np.array([[198.6, 1.2, 0.35], [200.2, 1.2, 0.35]])
    mu = 4000.0 + np.array([40000.0, 20480.0]) @ lineshape(shape).density(x, theta)
    return xps.spectrum(x, np.round(mu), photon_energy=1486.6, dwell_time=1.0, scans=1)


def test_a_width_holds_for_a_line_of_the_other_shape():
    line = xps.fit(_doublet("voigt"), CHLORINE).lines[0].fwhm
    assert line.value < 1.195  # a pseudo-Voigt line comes out narrower
    assert line.low <= 1.2 <= line.high
    assert line.u_parts.misfit > 2.0 * line.u_parts.counting


def test_the_other_shape_costs_nothing_where_the_data_exclude_it():
    line = xps.fit(_doublet("pseudo_voigt"), CHLORINE).lines[0].fwhm
    assert line.u_parts.misfit < 0.3 * line.u_parts.counting


def test_a_rival_is_preferred_only_on_very_strong_evidence():
    def rival(evidence):
        return Rival(
            envelope=CHLORINE, evidence=evidence, shift=np.zeros(6), difference=np.zeros(1)
        )

    assert preferred([]) is None
    assert preferred([rival(-9.9), rival(3.0)]) is None
    best = rival(-30.0)
    assert preferred([rival(-12.0), best]) is best
