"""Rules that only a live fit can be judged by: what its likelihood and covariance know."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import xps
from references.words import Estimate, Kind, Severity, UncertaintyParts
from xps.rules import correlation, multimodal, no_uncertainty, too_many_components
from xps.solve import Optimum

W = Severity.WARNING
TWO = (
    ("PS4", "S 2p", "PS4", 161.5, 1000.0, None),
    ("extra", "S 2p", "", 162.1, 300.0, None),
)


def _severities(findings):
    return [finding.severity for finding in findings]


# --- P3 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rho", "seen", "expected"),
    [(-0.96, 4.0, [W]), (-0.95, 4.0, []), (0.96, 4.0, [W]), (-0.99, 5.0, []), (-0.99, 2.9, [])],
)
def test_correlation(made, registry, rho, seen, expected):
    covariance = np.array([[1.0, rho], [rho, 1.0]])
    measured = SimpleNamespace(
        budget=SimpleNamespace(counting=covariance, constraints=0.0 * covariance),
        area_gradient=lambda name: np.array([name == "PS4", name == "extra"], dtype=float),
        significance=lambda _: seen,
    )
    assert _severities(correlation.check(made(*TWO, measured=measured), registry)) == expected


# --- O2 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("other", "expected"), [(1000.0, []), (951.0, []), (949.0, [W])])
def test_multimodal(made, registry, other, expected):
    optima = tuple(Optimum(values=(area, 300.0), objective=0.0) for area in (1000.0, other))
    plan = SimpleNamespace(
        lines=tuple(SimpleNamespace(component=name) for name in ("PS4", "extra")),
        line_areas=lambda values: (values, None),
    )
    measured = SimpleNamespace(plan=plan, solution=SimpleNamespace(optima=optima))
    assert _severities(multimodal.check(made(*TWO, measured=measured), registry)) == expected


def test_one_answer_is_not_several(made, registry):
    measured = SimpleNamespace(solution=SimpleNamespace(optima=(Optimum(values=(), objective=0),)))
    assert not list(multimodal.check(made(*TWO, measured=measured), registry))


# --- O1 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "expected"), [(3.0, [W]), (4.3, [W]), (4.4, []), (2.9, [])]
)  # three numbers at ln 260 = 5.56 each, and 2: 4.32 squared
def test_too_many_components(made, registry, seen, expected):
    numbers = [SimpleNamespace(component=name) for name in ("PS4", "extra") for _ in range(3)]
    measured = SimpleNamespace(
        problem=SimpleNamespace(data=np.zeros(260)),
        plan=SimpleNamespace(fitted=numbers),
        significance=lambda name: seen if name == "extra" else 50.0,
    )
    findings = list(too_many_components.check(made(*TWO, measured=measured), registry))
    assert _severities(findings) == expected
    assert all("extra" in f.subject for f in findings)


# --- P4 -------------------------------------------------------------------------------------------


def _with_area(made, **estimate):
    fit = made(TWO[0])
    (line,) = fit.lines
    known = Estimate(value=1.0, u=0.1, u_parts=UncertaintyParts(counting=0.1))
    changed = {
        "component": line.component, "line": line.line, "position": known, "fwhm": known,
        "area": Estimate(value=1000.0, **estimate),
    }  # fmt: skip
    return SimpleNamespace(**{**vars(fit), "lines": (SimpleNamespace(**changed),)})


@pytest.mark.parametrize(
    ("estimate", "expected"),
    [
        ({}, [Severity.ERROR]),
        ({"kind": Kind.FIXED}, []),
        ({"kind": Kind.UPPER_LIMIT, "high": 3000.0, "level": 0.95}, []),
        ({"u": 3.0, "u_parts": UncertaintyParts(counting=3.0)}, []),
    ],
)
def test_a_converged_fit_without_uncertainty(made, registry, estimate, expected):
    found = list(no_uncertainty.check(_with_area(made, **estimate), registry))
    assert _severities(found) == expected


def test_a_real_fit_has_them_all(sulfur, registry):
    fit = xps.fit(sulfur(), xps.envelope("S 2p", ["PS4"]))
    assert not list(no_uncertainty.check(fit, registry))
    assert not list(correlation.check(fit, registry))
    assert not list(multimodal.check(fit, registry))
    assert not list(too_many_components.check(fit, registry))
