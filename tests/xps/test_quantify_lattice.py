"""What the lattice must hold is subtracted with the covariance that total and companion share."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from references.words import Kind
from xps.lattice import (
    LATTICE_SPLITS,
    U_LATTICE,
    LatticeShare,
    split_lattice,
    split_lattices,
)
from xps.quantify import QuantificationError, fractions

_spec = importlib.util.spec_from_file_location(
    "quantified", Path(__file__).with_name("quantified.py")
)
quantified = importlib.util.module_from_spec(_spec)
sys.modules["quantified"] = quantified
_spec.loader.exec_module(quantified)
REGISTRY = quantified.REGISTRY
electrolyte = quantified.electrolyte
fitted = quantified.fitted

CHLORIDE, SULFIDE = LATTICE_SPLITS


def _named(rows, subject):
    (row,) = (row for row in rows if row.subject == subject)
    return row


def test_what_total_and_companion_share_within_a_level_counts():
    # Two species of one level: PS4 = 1 - Li2S, so Li2S - PS4 / 4 = 1.25 Li2S - 0.25.
    fit = fitted("S 2p")
    whole = _named(fit.fractions, "Li2S").estimate
    rest, _ = split_lattice([fit], REGISTRY, SULFIDE, basis="within_level")
    for part, own in whole.u_parts.to_dict().items():
        if part != "constraints":
            assert rest.estimate.u_parts.to_dict()[part] == pytest.approx(1.25 * own, rel=1e-9)
    assert rest.estimate.u_parts.total >= 1.25 * whole.u


def test_the_uncertainty_of_the_proportion_is_a_constraint():
    fit = fitted("S 2p")
    little = replace(SULFIDE, per_companion=0.02)
    exact = replace(little, u_relative=0.0)
    held = 0.02 * _named(fit.fractions, "PS4").estimate.value
    rows = split_lattice([fit], REGISTRY, little, basis="within_level")
    sure = split_lattice([fit], REGISTRY, exact, basis="within_level")
    for row, other in zip(rows, sure, strict=True):
        ours, theirs = row.estimate.u_parts, other.estimate.u_parts
        assert ours.constraints == pytest.approx(
            np.hypot(theirs.constraints, U_LATTICE * held), rel=1e-9
        )
        assert ours.counting == theirs.counting


def test_rest_and_lattice_make_the_total():
    # Li2S in place of the lattice's share, so that the rest is above zero.
    little = replace(SULFIDE, per_companion=0.02)
    for basis, name in (("within_level", "Li2S"), ("atomic", "Li2S (S 2p)")):
        fits = [fitted("S 2p")] if basis == "within_level" else electrolyte()
        rows = fits[0].fractions if basis == "within_level" else fractions(fits, REGISTRY)
        rest, held = split_lattice(fits, REGISTRY, little, basis=basis)
        total = _named(rows, name)
        assert rest.estimate.value + held.estimate.value == pytest.approx(total.estimate.value)
        assert (rest.basis, rest.denominator) == (total.basis, total.denominator)
        assert rest.estimate.kind is Kind.STANDARD


def test_the_sensitivity_of_two_levels_enters_the_rest_through_its_gradient():
    # P 2p and Cl 2p have sensitivities of their own; by differences of the fractions' own formula.
    fits = electrolyte()
    rest, held = split_lattice(fits, REGISTRY, CHLORIDE)
    from xps.quantify import whole

    found = whole(fits, REGISTRY).amounts
    sensitivity = dict(found.covariance)["sensitivity"]
    place = {key: found.index(*key) for key in (("LiCl", "Cl 2p"), ("PS4", "P 2p"))}
    expected = {"rest": 0.0, "held": 0.0}
    for level in ("P 2p", "S 2p", "Cl 2p"):
        mine = np.array([at == level for at in found.levels])
        relative = np.sqrt(sensitivity[mine, mine].max()) / found.values[mine].max()
        step = 1e-6
        moved = found.values * np.where(mine, 1 + step * relative, 1.0)
        for key, of in (("rest", _rest), ("held", _held)):
            expected[key] += ((of(moved, place) - of(found.values, place)) / step) ** 2
    assert rest.estimate.u_parts.sensitivity == pytest.approx(expected["rest"] ** 0.5, rel=1e-4)
    assert held.estimate.u_parts.sensitivity == pytest.approx(expected["held"] ** 0.5, rel=1e-4)


def _held(values, place):
    return values[place["PS4", "P 2p"]] / values.sum()


def _rest(values, place):
    return values[place["LiCl", "Cl 2p"]] / values.sum() - _held(values, place)


def test_where_the_lattice_accounts_for_all_the_rest_is_a_limit():
    much = replace(SULFIDE, per_companion=1.0)
    rest, held = split_lattice([fitted("S 2p")], REGISTRY, much, basis="within_level")
    assert rest.estimate.kind is Kind.UPPER_LIMIT
    assert rest.estimate.value == 0.0
    assert rest.estimate.high > 0
    # The lattice holds no more than there is, whatever it should hold.
    total = _named(fitted("S 2p").fractions, "Li2S").estimate
    assert held.estimate.kind is Kind.UPPER_LIMIT
    assert held.estimate.value == pytest.approx(total.value)


@pytest.mark.parametrize("basis", ["within_level", "area_levels"])
def test_chloride_needs_atoms(basis):
    # One chloride a phosphorus is a proportion of atoms, not of areas of two levels.
    with pytest.raises(QuantificationError, match="choose atomic"):
        split_lattice(electrolyte(), REGISTRY, CHLORIDE, basis=basis)
    found = split_lattices(electrolyte(), REGISTRY, basis=basis)
    assert {row.subject for row in found} == {"S-free", *(
        r.subject for r in found if r.subject.startswith("Li2S")
    )}  # fmt: skip


def test_all_that_is_known_is_split():
    found = split_lattices(electrolyte(), REGISTRY, basis="atomic")
    assert [row.subject for row in found] == [
        "LiCl (Cl 2p) beyond the lattice",
        "Cl-lattice",
        "Li2S (S 2p) beyond the lattice",
        "S-free",
    ]
    assert {row.denominator for row in found} == {"P+S+Cl"}


def test_a_companion_outside_the_denominator_still_tells_what_the_lattice_holds():
    found = split_lattices(electrolyte(), REGISTRY, basis="atomic", elements=["S", "Cl"])
    assert {row.denominator for row in found} == {"S+Cl"}
    assert "Cl-lattice" in {row.subject for row in found}


def test_without_its_companion_nothing_is_split():
    assert split_lattices([fitted("Cl 2p")], REGISTRY, basis="atomic") == []
    with pytest.raises(QuantificationError, match="PS4 was not fitted on P 2p"):
        split_lattice([fitted("Cl 2p")], REGISTRY, CHLORIDE)


def test_spectra_of_one_level_are_split_each_for_itself():
    fit = fitted("S 2p")
    once = split_lattices([fit], REGISTRY)
    assert split_lattices([fit, replace(fit)], REGISTRY) == once + once


def test_a_proportion_of_ones_own():
    mine = LatticeShare(total="LiCl", level="Cl 2p", lattice="Cl of mine", companion="PS4",
                        companion_level="P 2p", per_companion=1.6)  # fmt: skip
    _, held = split_lattice(electrolyte(), REGISTRY, mine)
    _, one = split_lattice(electrolyte(), REGISTRY, CHLORIDE)
    assert held.subject == "Cl of mine"
    assert held.estimate.value == pytest.approx(1.6 * one.estimate.value)
