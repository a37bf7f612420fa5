"""What a peak may be, by its place: as it would be fitted."""

from __future__ import annotations

import references
from xps.candidates import candidates

REGISTRY = references.load()


def test_a_species_of_two_lines_is_proposed_where_its_component_is_fitted():
    several = [line.species for line in REGISTRY.lines("S 2p")]
    twice = sorted({key for key in several if several.count(key) > 1})
    assert twice
    for one in candidates(REGISTRY, "S 2p", 161.4):
        assert one.energy == REGISTRY.line("S 2p", one.species).energy.best


def test_each_species_is_proposed_once():
    named = [one.species for one in candidates(REGISTRY, "S 2p", 163.0)]
    assert len(named) == len(set(named))


def test_who_measured_one_element_alone_has_not_ruled_out_the_others():
    of_all = candidates(REGISTRY, "S 2p", 161.5, elements=["S", "P", "Li", "Cl"])
    alone = candidates(REGISTRY, "S 2p", 161.5, elements=["S"])
    assert alone[0].species == of_all[0].species == "PS4"
    assert not alone[0].foreign
