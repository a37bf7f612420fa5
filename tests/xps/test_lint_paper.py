"""The linter on the reference study: every finding of its audit, with its severity, and no other.

Golden values: ``reference/paper_audit.csv``, of which each row says on which condition it applies.
"""

from __future__ import annotations

import csv
from collections import Counter

import pytest

import references
from references.words import Basis
from xps.claims_table import from_table
from xps.io.claims_table import parse_claims_table
from xps.lint import review

from .stated_tables import table

REGISTRY = references.load()
SEVERITY = {"warn": "warning", "error": "error", "info": "info"}
ALWAYS_ALLOWED = {"non_unique", "no_reference"}
CONDITIONS = {
    "": set(Basis) | {None},
    "sample contains Ga": set(Basis) | {None},
    "basis unknown": {None},
    "basis = atomic or area_levels": {Basis.ATOMIC, Basis.AREA_LEVELS},
    "basis = within_level": {Basis.WITHIN_LEVEL},
}
BASES = [None, Basis.ATOMIC, Basis.AREA_LEVELS, Basis.WITHIN_LEVEL]


def _findings(text, basis=None, **options):
    stated = parse_claims_table("paper.csv", text.encode())
    return review(from_table(stated, REGISTRY, basis=basis, **options), REGISTRY)


def _expected(data_dir, basis):
    with (data_dir / "reference" / "paper_audit.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["tool"] == "xps"]
    return [row for row in rows if basis in CONDITIONS[row["applies_if"]]]


def _counted(findings):
    counted = Counter((f.rule, str(f.severity)) for f in findings)
    return {key: n for key, n in counted.items() if key[0] not in ALWAYS_ALLOWED}


@pytest.mark.parametrize("basis", BASES)
def test_every_row_of_the_audit_and_nothing_else(data_dir, basis):
    rows = [row for row in _expected(data_dir, basis) if row["severity"] != "ok"]
    golden = Counter((row["lint_rule"], SEVERITY[row["severity"]]) for row in rows)
    findings = _findings(table(data_dir), basis)
    found = _counted(findings)
    assert found == {key: n for key, n in golden.items() if key[0] not in ALWAYS_ALLOWED}
    for rule in ALWAYS_ALLOWED:
        named = {f.subject for f in findings if f.rule == rule}
        assert len(named) >= sum(row["lint_rule"] == rule for row in rows)


SUBJECTS = {
    "A02": ("splitting", "In 3d In0"), "A03": ("splitting", "Li-In"), "A06": ("splitting", "Li2S"),
    "A07": ("splitting", "P 2p PS4"), "A08": ("splitting", "Cl 2p LiCl"),
    "A04": ("splitting_equal_across_species", "In 3d"),
    "A06b": ("splitting_equal_across_species", "S 2p"), "A09": ("level_name_vs_energy", "Cl 1s"),
    "A10": ("missing_partner", "Ga 2p"), "A12": ("shift_sign", "Li-Ga"),
    "A12b": ("non_unique", "Li-Ga"), "A12c": ("no_reference", "Li-Ga"),
    "A13": ("position", "In0"), "A14": ("position", "InCl3"), "A14b": ("non_unique", "InCl3"),
    "A15": ("no_reference", "Li-In"), "A17": ("position", "Li 1s LiCl"),
    "A17b": ("position", "Cl 2p LiCl"), "A18": ("charge_free_separation", "LiCl"),
    "A19": ("non_unique", "Li alloy"), "A19b": ("no_reference", "Li alloy"),
    "A20": ("degenerate_components", "Li2S 2p1/2"), "A21": ("overlap", "Ga 3s"),
    "A22": ("non_unique", "S 2p Li2S"), "A22b": ("lattice_share", "Li2S"),
    "A22c": ("non_unique", "Cl 2p LiCl"), "A25": ("missing_species", "Li3P"),
    "A37": ("rigid_shift", "insulators"), "A39": ("charge_free_separation", "Ga0 - In0"),
}  # fmt: skip


@pytest.mark.parametrize("row", SUBJECTS)
def test_a_row_is_found_once_and_of_what_it_is_about(data_dir, row):
    rule, subject = SUBJECTS[row]
    severity = next(r["severity"] for r in _expected(data_dir, None) if r["id"] == row)
    found = [f for f in _findings(table(data_dir)) if f.rule == rule and subject in f.subject]
    assert [f.severity for f in found] == [SEVERITY[severity]]


def test_sound_entries_are_no_errors(data_dir):
    sound = [row for row in _expected(data_dir, None) if row["severity"] == "ok"]
    assert len(sound) >= 6
    findings = _findings(table(data_dir))
    for level, species, rule in (
        ("Ga 2p", "Ga0", "position"), ("S 2p", "PS4", "position"), ("P 2p", "PS4", "position"),
        ("S 2p", "Li2S", "position"), ("In 3d", "In3+", "splitting"), ("S 2p", "PS4", "splitting"),
    ):  # fmt: skip
        assert not [
            f for f in findings if f.rule == rule and f.subject.startswith(f"{level} {species}")
        ]


def test_without_a_basis_the_findings_that_hang_on_it_are_named(data_dir):
    (finding,) = [f for f in _findings(table(data_dir)) if f.rule == "fraction_basis"]
    for words in ("basis not stated", "stoichiometric_bound", "reaction_balance"):
        assert words in finding.message


def test_with_a_reference_indium_out_of_place_is_an_error(data_dir):
    findings = _findings(table(data_dir), reference="C 1s 284.8")
    errors = {f.subject for f in findings if f.rule == "position" and f.severity == "error"}
    assert errors == {"In 3d In0", "In 3d In3+ (InCl3)"}
    assert not [f for f in findings if f.rule == "reference_not_declared"]


def test_the_median_shift_and_its_two_outliers(data_dir):
    (finding,) = [f for f in _findings(table(data_dir)) if f.rule == "rigid_shift"]
    assert "+0.155" in finding.reported
    assert "-0.585" in finding.deviation
    assert "-2.065" in finding.deviation


# --- shifts ---------------------------------------------------------------------------------------


def test_moving_indium_by_0_91_ev_mends_its_place_and_leaves_its_splitting(data_dir):
    moved = table(data_dir, shift=lambda _, level, x: x + 0.91 * (level == "In 3d"))
    findings = _findings(moved)
    assert not [f for f in findings if f.rule == "position" and f.subject == "In 3d In0"]
    assert "Ga0 - In0" not in {f.subject for f in findings if f.rule == "charge_free_separation"}
    (splitting,) = [f for f in findings if f.rule == "splitting" and f.subject == "In 3d In0"]
    assert splitting.severity == "error"


@pytest.mark.parametrize("shift", [-3.0, -0.4, 0.25, 2.0])
def test_a_constant_shift_changes_no_charge_free_finding(data_dir, shift):
    free = {"splitting", "splitting_equal_across_species", "charge_free_separation", "rigid_shift"}

    def judged(text):
        return {(f.rule, f.subject, f.deviation) for f in _findings(text) if f.rule in free}

    moved = table(data_dir, shift=lambda *given: given[2] + shift)
    assert judged(moved) == judged(table(data_dir))


def test_the_two_scales_of_adventitious_carbon_give_the_same_findings(data_dir):
    other = table(data_dir, shift=lambda *given: given[2] + 0.2)
    assert _findings(other, reference="C 1s 285.0") == _findings(
        table(data_dir), reference="C 1s 284.8"
    )


# --- further elements -----------------------------------------------------------------------------


def test_declaring_the_elements_changes_no_severity(data_dir):
    declared = _findings(table(data_dir), elements=("Li", "P", "S", "Cl", "Ga", "In"))
    assert _counted(declared) == _counted(_findings(table(data_dir)))
