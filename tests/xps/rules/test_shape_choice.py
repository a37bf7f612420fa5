"""The other of two like line shapes is named where the data prefer it by far."""

from __future__ import annotations

import numpy as np
import pytest

import xps
from references.words import Severity
from xps.lineshape import lineshape
from xps.rules import shape_choice


@pytest.fixture(scope="module")
def fitted():
    """Give fits of a lone doublet of 30 000 counts in a shape, with pseudo-Voigt lines."""

    def fit(shape):
        x = np.arange(194.0, 206.0, 0.05)
        theta = np.array([[198.6, 1.2, 0.35], [200.2, 1.2, 0.35]])
        lines = lineshape(shape).density(x, theta)
        mu = 4000.0 + np.array([40000.0, 20000.0]) @ lines
        return xps.fit(
            xps.spectrum(x, np.round(mu), photon_energy=1486.6, dwell_time=1.0, scans=1),
            xps.envelope("Cl 2p", ["LiCl"]),
        )

    return fit


def test_voigt_lines_are_told_of(fitted, registry):
    (finding,) = shape_choice.check(fitted("voigt"), registry)
    assert finding.severity is Severity.INFO
    assert finding.reference == "voigt"
    assert 'shape = "voigt"' in finding.message


def test_it_is_silent_on_the_shape_that_was_fitted(fitted, registry):
    assert list(shape_choice.check(fitted("pseudo_voigt"), registry)) == []


def test_it_is_silent_where_a_fit_has_no_budget(made, registry):
    class Bare:
        budget = None

    row = ("PS4", "P 2p", "PS4", 131.9, 1000.0, (0.86, 0.5))
    assert list(shape_choice.check(made(row, measured=Bare()), registry)) == []
