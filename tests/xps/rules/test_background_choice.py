"""Another background that the data prefer by far is named, with what it moves."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import xps
from references.words import Severity
from xps.rival import Rival
from xps.rules import background_choice


def _fit(made, evidence, moved):
    areas = np.array([1000.0, 500.0])
    other = xps.envelope("P 2p", ["PS4"], background=xps.Background(slope=False))
    rivals = tuple(
        Rival(envelope=other, evidence=e, shift=moved * areas, difference=np.zeros(1))
        for e in (*evidence, 3.0)
    )
    measured = SimpleNamespace(
        budget=SimpleNamespace(backgrounds=rivals),
        moved=lambda shift: {"PS4": float(shift.sum() / areas.sum())},
    )
    row = ("PS4", "P 2p", "PS4", 131.9, 1000.0, (0.86, 0.5))
    return made(row, measured=measured)


@pytest.mark.parametrize(("moved", "severity"), [(0.2, Severity.WARNING), (-0.04, Severity.INFO)])
def test_it_is_found(made, registry, moved, severity):
    (finding,) = background_choice.check(_fit(made, (-30.0,), moved), registry)
    assert finding.severity is severity
    assert "slope = false" in finding.message
    assert f"{100 * moved:+.1f} %" in finding.message


@pytest.mark.parametrize("evidence", [(5.0,), (-10.0,), ()])
def test_it_is_silent_where_the_evidence_is_not_very_strong(made, registry, evidence):
    assert list(background_choice.check(_fit(made, evidence, 0.2), registry)) == []


def test_it_is_silent_where_a_fit_has_no_budget(made, registry):
    fit = _fit(made, (-30.0,), 0.2)
    fit.measured.budget = None
    assert list(background_choice.check(fit, registry)) == []
