"""D3: a doublet whose splitting is not the level's."""

from __future__ import annotations

import pytest

from references.words import Severity
from xps.rules.splitting import check, severity_of


def _doublet(level, distance, ratio=0.5):
    place = {"S 2p": 161.5, "Cl 2p": 199.0, "P 2p": 132.0}[level]
    return ("a", level, "", place, 1000.0, (distance, ratio))


@pytest.mark.parametrize(
    ("level", "distance", "severity"),
    [
        ("S 2p", 1.18, None),
        ("S 2p", 1.19, None),
        ("S 2p", 1.21, None),  # exactly one tolerance
        ("S 2p", 1.2104, None),  # compared at 1 meV
        ("S 2p", 1.211, Severity.INFO),
        ("S 2p", 1.10, Severity.WARNING),
        ("P 2p", 0.90, Severity.INFO),
        ("Cl 2p", 1.66, Severity.INFO),  # exactly two tolerances
        ("Cl 2p", 1.661, Severity.WARNING),
        ("Cl 2p", 1.69, Severity.WARNING),  # exactly three
        ("Cl 2p", 1.691, Severity.ERROR),
    ],
)
def test_steps_of_the_tolerance(made, registry, level, distance, severity):
    found = list(check(made(_doublet(level, distance)), registry))
    assert [finding.severity for finding in found] == ([severity] if severity else [])


def test_two_single_lines_that_make_a_doublet_are_measured_too(made, registry):
    lines = (("a", "S 2p", "", 161.5, 1000.0, None), ("b", "S 2p", "", 162.8, 500.0, None))
    (finding,) = check(made(*lines), registry)
    assert (finding.severity, finding.deviation) == (Severity.ERROR, "+0.120 eV")


def test_severities():
    assert [severity_of(x) for x in (1.0, 2.0, 3.0)] == [None, Severity.INFO, Severity.WARNING]
    assert severity_of(3.01) is Severity.ERROR
