"""D1: a line of a level that splits, without its partner."""

from __future__ import annotations

import pytest

import xps
from references.words import Severity
from xps.rules.missing_partner import check

PS4 = ("PS4", "S 2p", "PS4", 161.7, 1000.0, (1.18, 0.511))


def _singlet(position, area=300.0, *, name="Li2S", species="Li2S"):
    return (name, "S 2p", species, position, area, None)


def test_a_singlet_beside_a_doublet_is_found(made, registry):
    # PS4 lies 1.2 eV above Li2S, as its partner would; it is another species' line.
    (finding,) = check(made(PS4, _singlet(160.5)), registry)
    assert (finding.severity, finding.subject) == (Severity.ERROR, "S 2p Li2S")
    assert "161.68" in finding.reference


def test_so_it_is_in_a_fit(sulfur):
    given = sulfur(extra=((160.3, 1500.0, 1.2), (161.48, 766.0, 1.2)))
    recipe = xps.envelope("S 2p", ["PS4", "Li2S"])
    components = tuple(
        c.model_copy(update={"partner": False}) if c.name == "Li2S" else c
        for c in recipe.components
    )
    found = xps.fit(given, recipe.model_copy(update={"components": components})).findings
    assert "S 2p Li2S" in {f.subject for f in found if f.rule == "missing_partner"}


@pytest.mark.parametrize("species", ["", "PS4"])
def test_a_single_line_at_the_partners_place_stands_in(made, registry, species):
    first = _singlet(161.7, 1000.0, name="a", species=species)
    second = _singlet(162.88, 511.0, name="b", species="")
    assert not list(check(made(first, second), registry))


@pytest.mark.parametrize(("ratio", "findings"), [(0.26, 0), (0.25, 2), (1.02, 0), (1.03, 2)])
def test_its_area_is_within_a_factor_of_two(made, registry, ratio, findings):
    pair = (_singlet(161.7, 1000.0, name="a", species=""),
            _singlet(162.88, 1000.0 * ratio, name="b", species=""))  # fmt: skip
    assert len(list(check(made(*pair), registry))) == findings


@pytest.mark.parametrize(("place", "findings"), [(163.37, 0), (163.39, 2)])
def test_its_place_is_within_half_an_electronvolt(made, registry, place, findings):
    pair = (_singlet(161.7, 1000.0, name="a", species=""),
            _singlet(place, 511.0, name="b", species=""))  # fmt: skip
    assert len(list(check(made(*pair), registry))) == findings


def test_two_species_are_no_doublet(made, registry):
    pair = (_singlet(161.7, 1000.0, name="PS4", species="PS4"), _singlet(162.88, 511.0))
    assert len(list(check(made(*pair), registry))) == 2


def test_a_line_stands_in_once(made, registry):
    rows = [_singlet(161.7 + 0.1 * i, 1000.0, name=n, species="") for i, n in enumerate("ab")]
    (finding,) = check(made(*rows, _singlet(162.88, 511.0, name="c", species="")), registry)
    assert finding.subject == "S 2p b"


def test_outside_the_window_it_is_information(made, registry):
    (finding,) = check(made(_singlet(161.7), window=(155.0, 162.8)), registry)
    assert finding.severity is Severity.INFO
    (finding,) = check(made(_singlet(161.7), window=(155.0, 162.9)), registry)
    assert finding.severity is Severity.ERROR


def test_an_s_level_has_no_partner(made, registry):
    assert not list(check(made(("C-C", "C 1s", "C-C", 284.8, 1.0, None)), registry))
