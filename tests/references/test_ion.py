"""Ions: m/z and isotope patterns against tables made elsewhere."""

from __future__ import annotations

import csv
import re

import pytest

from references import load
from references.element import NATURAL
from references.ion import ELECTRON_MASS, Ion

REGISTRY = load()
MAIN = {"Li": 7, "S": 32, "Cl": 35, "Ga": 69, "In": 115, "Si": 28}
"""What an unmarked symbol means in the table of interferences; others have one common isotope."""


def _rows(data_dir, name):
    with (data_dir / "reference" / name).open() as stream:
        return list(csv.DictReader(stream))


def _atoms(written):
    """Read ``NSi[71Ga]2`` as (number or None, element, count)."""
    found = re.findall(r"\[(\d+)([A-Z][a-z]?)\](\d*)|([A-Z][a-z]?)(\d*)", written)
    return [
        (int(number), marked, int(many or 1)) if marked else (None, plain, int(few or 1))
        for number, marked, many, plain, few in found
    ]


def _isotopologue(written):
    """Find the isotopologue that is written with its isotopes marked."""
    atoms = _atoms(written)
    formula = "".join(element * count for _, element, count in atoms)
    labels = sorted(
        (element, number or MAIN.get(element) or _common(element))
        for number, element, count in atoms
        for _ in range(count)
    )
    asked = "".join(f"[{number}{element}]" for element, number in labels)
    return next(
        i for i in Ion(formula=formula, charge=-1).isotopologues(1e-5) if i.formula == asked
    )


def _common(element):
    first = Ion(formula=element, charge=-1).isotopologues()[0]
    return int(re.match(r"\[(\d+)", first.formula)[1])


def test_every_isotopologue_of_the_table(data_dir):
    for row in _rows(data_dir, "tof_sims_ions.csv"):
        found = REGISTRY.ion(row["ion"]).isotopologues(0.004)
        nearest = min(found, key=lambda i: abs(i.mz - float(row["mz_u"])))
        # The table is rounded to 1e-5 u itself.
        assert nearest.mz == pytest.approx(float(row["mz_u"]), abs=1.1e-5)
        assert nearest.fraction == pytest.approx(float(row["natural_fraction"]), abs=1e-4)


def test_every_interference_of_the_table(data_dir):
    rows = _rows(data_dir, "tof_sims_interferences.csv")
    assert len(rows) == 643
    for row in rows:
        target = _isotopologue(row["target_ion"].removesuffix("-"))
        found = _isotopologue(row["interferent"])
        apart = 1000.0 * (found.mz - target.mz)
        assert apart == pytest.approx(float(row["delta_mDa"]), abs=0.01), row
        assert found.fraction == pytest.approx(float(row["natural_fraction"]), abs=1e-4), row


@pytest.mark.parametrize(("formula", "mz"), [("[69Ga][35Cl]", 103.894975), ("[113In]", 112.90461)])
def test_the_electron_is_counted(formula, mz):
    # An average mass would give 105.176 for GaCl-.
    assert _isotopologue(formula).mz == pytest.approx(mz, abs=1e-5)


def test_an_anion_is_heavier_than_its_cation_by_two_electrons():
    anion, cation = (Ion(formula="Cl", charge=z).isotopologues()[0].mz for z in (-1, 1))
    assert anion - cation == pytest.approx(2 * ELECTRON_MASS)


def test_isotopologues_of_one_mass_number_stay_apart():
    # 69Ga37Cl and 71Ga35Cl both have mass number 106.
    masses = [i.mz for i in REGISTRY.ion("GaCl-").isotopologues() if round(i.mz) == 106]
    assert sorted(masses) == pytest.approx([105.89202, 105.89410], abs=1e-5)


def test_fractions_add_up_to_one():
    assert sum(i.fraction for i in REGISTRY.ion("GaCl2-").isotopologues(0.0)) == pytest.approx(1.0)


@pytest.mark.parametrize(("light", "heavy", "expected"), [("[69Ga]", "[71Ga]", 1.507), ("[113In]", "[115In]", 0.0448)])  # fmt: skip
def test_isotope_ratios(light, heavy, expected):
    ratio = _isotopologue(light).fraction / _isotopologue(heavy).fraction
    assert ratio == pytest.approx(expected, rel=1e-3)


def test_masses_agree_with_periodictable():
    periodictable = pytest.importorskip("periodictable")
    for element in ("Li", "C", "N", "O", "F", "Na", "Si", "P", "S", "Cl", "Ga", "In"):
        for found in Ion(formula=element, charge=-1).isotopologues(0.0):
            number = int(re.match(r"\[(\d+)", found.formula)[1])
            expected = periodictable.elements.symbol(element)[number].mass
            assert found.mz - ELECTRON_MASS == pytest.approx(expected, abs=2e-6)


def test_every_element_that_a_formula_may_have_has_a_pattern():
    for element in sorted(NATURAL):
        total = sum(i.fraction for i in Ion(formula=element, charge=-1).isotopologues(0.0))
        assert total == pytest.approx(1.0, abs=1e-3), element
