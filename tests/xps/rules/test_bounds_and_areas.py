"""P1 and P2: parameters that rest on a bound, components that the data do not show."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from references.words import Assessment, Severity
from xps.rules import at_bound, insignificant

PS4 = ("PS4", "S 2p", "PS4", 161.5, 1000.0, (1.18, 0.511))


def _resting(made, value, *, name="PS4 position", natural=False, seen=50.0, **changes):
    parameter = SimpleNamespace(name=name, low=161.0, high=162.0, natural=natural, component="PS4")
    measured = SimpleNamespace(
        plan=SimpleNamespace(fitted=(parameter,)),
        solution=SimpleNamespace(values=np.array([value])),
        significance=lambda _: seen,
    )
    return made(PS4, measured=measured, **changes)


@pytest.mark.parametrize(
    ("value", "found"), [(161.5, 0), (161.00011, 0), (161.00009, 1), (161.0, 1), (162.0, 1)]
)
def test_a_place_on_its_bound(made, registry, value, found):
    findings = list(at_bound.check(_resting(made, value), registry))
    assert [f.severity for f in findings] == [Severity.ERROR] * found


def test_a_width_is_quieter_and_a_shapes_own_end_quieter_still(made, registry):
    (finding,) = at_bound.check(_resting(made, 161.0, name="PS4 fwhm"), registry)
    assert finding.severity is Severity.WARNING
    (finding,) = at_bound.check(_resting(made, 161.0, name="PS4 mix", natural=True), registry)
    assert finding.severity is Severity.INFO


def test_where_nothing_is_seen_a_bound_means_nothing(made, registry):
    assert not list(at_bound.check(_resting(made, 161.0, seen=2.9), registry))
    fit = _resting(made, 161.0, seen=2.9, assessment=Assessment.AT_BOUND)
    assert list(at_bound.check(fit, registry))


@pytest.mark.parametrize(
    ("area", "seen", "rule", "severity"),
    [
        (1000.0, 3.0, None, None),
        (1000.0, 2.99, "insignificant", Severity.WARNING),
        (0.0, 0.0, "zero_area", Severity.ERROR),
    ],
)
def test_a_component_that_is_not_seen(made, registry, area, seen, rule, severity):
    row = (*PS4[:4], area, PS4[5])
    measured = SimpleNamespace(significance=lambda _: seen)
    found = list(insignificant.check(made(row, measured=measured), registry))
    assert [(f.rule, f.severity) for f in found] == ([(rule, severity)] if rule else [])
