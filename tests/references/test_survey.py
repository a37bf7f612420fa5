"""What tells elements in a survey: the tables are what their script makes, and sane."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from references import Status, UnknownReferenceError, load

REGISTRY = load()
HERE = Path(__file__).parent


@pytest.mark.parametrize("name", ["survey_lines.csv", "auger_groups.csv"])
def test_the_tables_are_what_their_script_makes(project, name):
    pytest.importorskip("xraylib")
    pytest.importorskip("xraydb")
    spec = importlib.util.spec_from_file_location("make", HERE / "make_survey_lines.py")
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    kept = (project / "references" / "data" / name).read_text(encoding="utf-8")
    assert make.tables()[name] == kept


def test_most_elements_from_lithium_to_bismuth_are_there():
    elements = REGISTRY.names()["element"]
    assert len(elements) > 70
    assert {"Li", "P", "S", "Cl", "Ga", "In", "La", "Zr", "Bi"} <= set(elements)


def test_an_element_that_is_not_there_is_named():
    with pytest.raises(UnknownReferenceError, match="no element 'Xx'"):
        REGISTRY.element("Xx")


def test_cross_sections_agree_with_those_of_the_fits():
    lines = {(line.element, line.line): line for line in REGISTRY.survey_lines}
    compared = 0
    for section in REGISTRY.cross_sections:
        line = lines.get((section.element, section.line))
        if line is not None:
            compared += 1
            mine = line.section(section.photon)
            assert mine.best == pytest.approx(section.sigma.best, rel=1e-3)
    assert compared > 40


def test_the_two_compilations_agree_to_a_few_ev():
    # Wider apart only where one of them has oxides or a level that is no single line.
    apart = [line.energy.high - line.energy.low for line in REGISTRY.survey_lines]
    assert sorted(apart)[int(0.9 * len(apart))] < 5.0


@pytest.mark.parametrize(
    ("element", "transition", "kinetic"),
    [
        ("Ga", "L3M5M5", 1068.0),
        ("In", "M5N5N5", 403.0),
        ("F", "KL3L3", 655.0),
        ("Cu", "L3M5M5", 918.0),
    ],
)
def test_computed_auger_energies_are_where_they_are_found(element, transition, kinetic):
    # Commonly tabulated places; what is computed claims 5 eV.
    (group,) = [g for g in REGISTRY.element(element).auger_groups if g.transition == transition]
    assert group.kinetic_energy.best == pytest.approx(kinetic, abs=5.0)
    assert group.kinetic_energy.status is Status.CALCULATED


def test_what_was_not_read_is_unverified():
    assert {p.parameter.status for p in REGISTRY.auger_parameters} == {Status.UNVERIFIED}
    assert {loss.energy.status for loss in REGISTRY.losses} == {Status.UNVERIFIED}


def test_the_auger_parameter_of_the_metal_is_above_that_of_its_oxide():
    # Conduction electrons screen the final state.
    by_species = {p.species: p.parameter.best for p in REGISTRY.auger_parameters}
    assert by_species["In0"] > by_species["In2O3"]
    assert by_species["Ga0"] > by_species["Ga2O3"]
