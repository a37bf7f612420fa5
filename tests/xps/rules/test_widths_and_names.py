"""W1, C7, C1, B1, B5 and R1: widths, labels, scale, background and residuals, at their edges."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import xps
from references.words import Severity
from xps.rules import (
    background_above_data,
    fwhm_range,
    level_name,
    reference_not_declared,
    residual_structure,
    tougaard_window,
)

PS4 = ("PS4", "S 2p", "PS4", 161.5, 1000.0, (1.18, 0.511))


def _count(rule, fit, registry):
    return len(list(rule.check(fit, registry)))


# --- W1 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fwhm", "u", "found"),
    [(1.2, 0, 0), (1.8, 0, 0), (1.8004, 0, 0), (1.801, 0, 1), (0.9, 0, 0), (0.899, 0, 1),
     (1.9, 0.05, 0), (1.91, 0.05, 1)],
)  # fmt: skip
def test_a_width_out_of_range_beyond_its_own_uncertainty(made, registry, fwhm, u, found):
    fit = made(PS4, fwhm=fwhm, fwhm_u=u)
    findings = list(fwhm_range.check(fit, registry))
    assert [f.severity for f in findings] == [Severity.WARNING] * found


# --- C7 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("place", "found"), [(155.0, 0), (175.0, 0), (154.99, 1), (175.01, 1)])
def test_a_level_has_a_window(made, registry, place, found):
    fit = made(("a", "S 2p", "", place, 1000.0, None))
    assert [f.severity for f in level_name.check(fit, registry)] == [Severity.ERROR] * found


def test_a_level_without_area_is_nowhere(made, registry):
    fit = made(("a", "S 2p", "", 200.0, 0.0, None))
    assert not list(level_name.check(fit, registry))


def _labelled(level, position):
    component = xps.Component(name="a", core_level=level, position=position)
    return xps.Envelope(region=level, components=(component,))


def test_a_label_that_lies_elsewhere_gets_the_level_that_lies_there(registry):
    envelope, (finding,) = level_name.named_by_energy(_labelled("Cl 1s", 199.0), registry)
    assert envelope.components[0].core_level == "Cl 2p"
    assert not envelope.components[0].partner
    assert finding.severity is Severity.ERROR
    assert "2815" in finding.message


@pytest.mark.parametrize(
    ("level", "position"), [("S 2p", 161.5), ("Cl 1s", 500.0), ("Q 9z", 199.0)]
)
def test_what_no_energy_tells_stays(registry, level, position):
    envelope = _labelled(level, position)
    assert level_name.named_by_energy(envelope, registry) == (envelope, ())


# --- C1 -------------------------------------------------------------------------------------------


def test_a_scale_is_declared_and_not_far_off(made, registry):
    rule = reference_not_declared
    assert [f.severity for f in rule.check(made(PS4, charge=""), registry)] == [Severity.WARNING]
    assert _count(rule, made(PS4, charge_shift=2.0), registry) == 0
    (finding,) = rule.check(made(PS4, charge_shift=-2.01), registry)
    assert (finding.rule, finding.severity) == ("large_charge_shift", Severity.INFO)


# --- B1 and B5 ------------------------------------------------------------------------------------


def _lifted(fit, share):
    """Let a share of the channels lie three standard deviations below the background."""
    n = fit.curves.energy.size
    measured = np.full(n, 100.0)
    measured[: round(share * n)] -= 30.0
    fit.curves.measured = measured
    return fit


def test_a_background_above_the_data(made, registry):
    rule = background_above_data
    n = made(PS4).curves.energy.size
    edge = 0.02 + 0.0228 + 2 * np.sqrt(0.0228 * 0.9772 / n)
    assert _count(rule, _lifted(made(PS4), 0.0), registry) == 0
    assert _count(rule, _lifted(made(PS4), edge - 1 / n), registry) == 0
    assert _count(rule, _lifted(made(PS4), edge + 1 / n), registry) == 1


@pytest.mark.parametrize(
    ("kind", "end", "found"),
    [
        ("tougaard", 192.68, 0),
        ("tougaard", 192.5, 1),
        ("tougaard", 170.0, 1),
        ("shirley", 170.0, 0),
    ],
)
def test_a_tougaard_background_needs_thirty_electronvolts(made, registry, kind, end, found):
    fit = made(PS4, background=xps.Background(kind=kind), window=(150.0, 300.0))
    fit.curves.energy = np.array([150.0, end])
    findings = list(tougaard_window.check(fit, registry))
    assert [f.severity for f in findings] == [Severity.WARNING] * found


# --- R1 -------------------------------------------------------------------------------------------


def _residual(made, registry, residual):
    fit = made(PS4)
    fit.curves.residual = residual
    fit.curves.energy = np.arange(residual.size, dtype=float)
    return [f.reported for f in residual_structure.check(fit, registry)]


def test_noise_is_silent_and_waves_are_not(made, registry, rng):
    noise = rng.standard_normal(400)
    assert _residual(made, registry, noise) == []
    waves = noise + 2.0 * np.sin(np.arange(400) / 8.0)
    (said,) = _residual(made, registry, waves)
    assert "Abbe value" in said


def test_a_detectors_own_correlation_is_no_structure(made, registry, rng):
    # Linear interpolation .8/.2 between channels: what a multichannel analyser shows.
    white = rng.standard_normal(401)
    assert _residual(made, registry, 0.8 * white[1:] + 0.2 * white[:-1]) == []


@pytest.mark.parametrize(("height", "found"), [(4.99, 0), (5.01, 1)])
def test_one_channel_far_off(made, registry, height, found):
    alternating = np.where(np.arange(400) % 2, 1.0, -1.0)
    alternating[200] = height
    assert len(_residual(made, registry, alternating)) == found


def test_too_few_channels_say_nothing(made, registry):
    assert _residual(made, registry, np.ones(19)) == []
    assert len(_residual(made, registry, np.ones(20))) == 1


def test_every_rule_is_listed_once():
    names = [rule.name for rule in xps.lint.RULES]
    assert len(names) == len(set(names))
    assert dataclasses.is_dataclass(xps.lint.RULES[0])
