"""C4: a species outside the energies it is known at."""

from __future__ import annotations

import pytest

from references.words import Severity
from xps.rules.position import accepted, check


def _found(made, registry, level, species, place, charge="given"):
    fit = made((species, level, species, place, 100.0, None), charge=charge, window=(1.0, 1500.0))
    return [(f.rule, f.severity) for f in check(fit, registry)]


@pytest.mark.parametrize(
    ("place", "severity"),
    [
        (161.45, None),
        (161.1, None),
        (161.72, None),  # energies are compared at 0.1 eV
        (161.80, Severity.WARNING),
        (162.0, Severity.WARNING),  # exactly 0.3 outside
        (162.1, Severity.ERROR),
        (160.7, Severity.ERROR),
    ],
)
def test_steps_outside_the_range(made, registry, place, severity):
    expected = [("position", severity)] if severity else []
    assert _found(made, registry, "S 2p", "PS4", place) == expected


def test_never_an_error_while_the_scale_is_undeclared(made, registry):
    found = _found(made, registry, "S 2p", "PS4", 165.0, charge="")
    assert found == [("position", Severity.WARNING)]


@pytest.mark.parametrize(
    ("level", "species", "low", "high"),
    [
        ("P 2p", "PSxOy", 133.7, 134.1),  # two records that agree to the digit
        ("Li 1s", "Li3PO4", 55.2, 55.6),  # one record
    ],
)
def test_agreeing_records_are_no_range(made, registry, level, species, low, high):
    assert accepted(registry.line(level, species)) == pytest.approx((low, high), abs=0.02)
    for place in (low, high):
        assert _found(made, registry, level, species, place) == []
    for place in (low - 0.1, high + 0.11):
        assert _found(made, registry, level, species, place) == [("position", Severity.WARNING)]


def test_no_species_has_a_window_of_no_width(registry):
    for level in registry.core_levels:
        for line in registry.lines(level.symbol):
            low, high = accepted(line)
            assert high - low > 0.05, (level.symbol, line.species)
            if line.energy.n == 1:
                assert high - low >= 0.4 - 1e-9, (level.symbol, line.species)


def test_what_is_not_verified_is_information(made, registry):
    unverified = [
        (level.symbol, line)
        for level in registry.core_levels
        for line in registry.lines(level.symbol)
        if not line.energy.status.may_constrain
    ]
    assert unverified
    for level, line in unverified:
        place = line.energy.best
        inside = _found(made, registry, level, line.species, place)
        outside = _found(made, registry, level, line.species, place + 5.0)
        assert inside == [("no_reference", Severity.INFO)]
        assert outside == [("position", Severity.INFO)]
