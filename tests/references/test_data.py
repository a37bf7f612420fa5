"""The library's data: what must be there is, ranges are sane, nothing comes twice."""

from __future__ import annotations

import dataclasses

import pytest

from references import Status, Value, load
from references.provenance import SCALES, UNITS

REGISTRY = load()
LEVELS = (
    "Ga 2p", "In 3d", "Li 1s", "P 2p", "S 2p", "Cl 2p", "C 1s", "O 1s", "F 1s", "N 1s", "Na 1s",
    "Si 2p", "Ga 3s", "Ga 3p", "Ga 3d", "In 4s", "In 4d", "Mo 3d", "W 4f", "W 5p", "Nb 3d", "Fe 2p",
)  # fmt: skip
SPECIES = (
    "PS4", "S-free", "Cl-lattice", "Li6PS5Cl", "Li2S", "Li3P", "LiCl", "GaCl3", "Ga0", "Li-Ga",
    "Ga2O3", "Ga2S3", "InCl3", "InCl", "Li3InCl6", "In0", "Li-In", "In2O3", "In2S3", "P2S7",
    "P-S-P", "polysulfide", "Li3PO4", "SOx", "Li2CO3", "LiOH", "Li2O", "Li0", "C-C",
)  # fmt: skip
DOUBLETS = ("Ga 2p", "In 3d", "P 2p", "S 2p", "Cl 2p")


def _values(entry):
    if isinstance(entry, Value):
        yield entry
    elif isinstance(entry, tuple):
        for item in entry:
            yield from _values(item)
    elif dataclasses.is_dataclass(entry):
        for field in dataclasses.fields(entry):
            yield from _values(getattr(entry, field.name))


ALL = list(_values(REGISTRY))


@pytest.mark.parametrize("symbol", LEVELS)
def test_levels_are_there(symbol):
    assert REGISTRY.core_level(symbol).symbol == symbol


@pytest.mark.parametrize("key", SPECIES)
def test_species_are_there(key):
    assert REGISTRY.species(key).key == key


def test_every_value_names_a_source_that_resolves():
    for value in ALL:
        assert value.source
        for key in value.source:
            assert REGISTRY.source(key).citation


def test_every_reaction_names_a_source_that_resolves():
    for reaction in REGISTRY.reactions:
        assert all(REGISTRY.source(key).citation for key in reaction.source)


def test_standings_are_of_the_list():
    assert all(isinstance(value.status, Status) for value in ALL)


def test_units_and_scales_are_known():
    for value in ALL:
        assert value.unit in UNITS
        assert value.scale in {"", *SCALES}


def test_every_binding_energy_stands_on_a_scale():
    for line in REGISTRY.species_lines:
        assert all(value.scale for value in (*line.energies, *line.reported))


def test_uncertainties_are_above_zero_and_ranges_run_upwards():
    for value in ALL:
        assert value.u is None or value.u > 0
        if value.low is not None:
            assert value.low <= value.high


def test_an_energy_lies_in_its_own_range():
    for line in REGISTRY.species_lines:
        for value in line.energies:
            if value.low is not None:
                assert value.low <= value.best <= value.high, line


def test_no_name_comes_twice():
    for keys in REGISTRY.names().values():
        assert len(keys) == len(set(keys))
    lines = [(x.core_level, x.species, x.variant) for x in REGISTRY.species_lines]
    assert len(lines) == len(set(lines))
    sources = [source.key for source in REGISTRY.sources]
    assert len(sources) == len(set(sources))


def test_one_energy_a_line_is_preferred():
    for line in REGISTRY.species_lines:
        assert sum(value.preferred for value in line.energies) == 1


def test_lines_lie_inside_their_level():
    for line in REGISTRY.species_lines:
        low, high = REGISTRY.core_level(line.core_level).window
        assert low <= line.energy.best <= high


@pytest.mark.parametrize("symbol", DOUBLETS)
def test_no_default_constraint_is_unverified(symbol):
    level = REGISTRY.core_level(symbol)
    assert level.splitting.status.may_constrain
    assert level.branching.prior.status.may_constrain


def test_no_separation_that_may_stand_behind_an_error_rests_on_what_nobody_read():
    for separation in REGISTRY.all_separations:
        if separation.difference.status.may_constrain:
            read = [REGISTRY.source(key).read_as for key in separation.difference.source]
            assert not set(read) <= {"-", "title", "digest"}


@pytest.mark.parametrize(
    ("symbol", "splitting", "tolerance", "scofield"),
    [
        ("In 3d", 7.54, 0.05, 0.692), ("In 4d", 0.85, 0.10, 0.697), ("Ga 2p", 26.85, 0.10, 0.518),
        ("Ga 3d", 0.45, 0.02, 0.686), ("S 2p", 1.18, 0.03, 0.511), ("P 2p", 0.86, 0.03, 0.511),
        ("Cl 2p", 1.60, 0.03, 0.512), ("Si 2p", 0.61, 0.02, 0.510),
    ],
)  # fmt: skip
def test_doublets(symbol, splitting, tolerance, scofield):
    level = REGISTRY.core_level(symbol)
    assert (level.splitting.value, level.tolerance) == (splitting, tolerance)
    assert level.branching.scofield_al.value == scofield


def test_a_splittings_uncertainty_is_its_tolerance_over_the_root_of_three():
    for level in REGISTRY.core_levels:
        if level.splitting is not None:
            assert level.splitting.u == pytest.approx(level.tolerance / 3**0.5, abs=1e-4)


def test_a_statistical_ratio_is_the_ratio_of_the_degeneracies():
    for level in REGISTRY.core_levels:
        if level.branching is not None:
            major, minor = (2 * int(line[2]) / 2 + 1 for line in level.lines)
            assert level.branching.statistical == pytest.approx(minor / major)


def test_what_rests_on_reading_notes_only_is_reported():
    assert REGISTRY.line("P 2p", "Li3P").energy.status is Status.REPORTED
    assert REGISTRY.line("Cl 2p", "Cl-lattice").energy.status is Status.REPORTED


def test_reported_stays_apart_from_reference():
    line = REGISTRY.line("S 2p", "Li2S")
    assert [value.value for value in line.reported] == [160.53]
    assert line.energy.value == 160.4
    assert len(REGISTRY.reported) == 60


def test_species_name_ions_and_phases_that_exist():
    assert REGISTRY.species("In0").phases == ("In",)
    assert REGISTRY.species("GaCl3").ions == ("GaCl-",)


def test_separations_are_charge_free():
    assert REGISTRY.separations("LiCl")[0].difference.value == 142.6
    assert REGISTRY.separations("In0")[0].difference.value == 672.9


def test_gallium_3s_lies_under_sulfur_2p():
    assert [o.intruder for o in REGISTRY.overlaps("S 2p")] == ["Ga 3s", "Bi 4f", "Se 3p"]


def test_disagreement_is_kept():
    # Two values of Li 1s of LiOH, 0.9 eV apart: the spread is the range.
    energy = REGISTRY.line("Li 1s", "LiOH").energy
    assert (energy.low, energy.high) == (54.9, 55.8)


@pytest.mark.parametrize(("key", "a"), [("LiCl", 5.12952), ("Li2S", 5.716), ("In", 3.2523)])
def test_cells(key, a):
    assert REGISTRY.phase(key).a.value == a


def test_the_reaction_is_balanced():
    # Li6PS5Cl + 8 Li -> 5 Li2S + Li3P + LiCl
    atoms = {
        "Li6PS5Cl": {"Li": 6, "P": 1, "S": 5, "Cl": 1}, "Li0": {"Li": 1}, "Li2S": {"Li": 2, "S": 1},
        "Li3P": {"Li": 3, "P": 1}, "LiCl": {"Li": 1, "Cl": 1},
    }  # fmt: skip
    for element in ("Li", "P", "S", "Cl"):
        total = sum(n * atoms[key].get(element, 0) for key, n in REGISTRY.reactions[0].terms)
        assert total == 0, element


def test_the_argyrodite_has_four_bound_sulfides_and_a_free_one():
    assert dict(REGISTRY.species("Li6PS5Cl").composition) == {
        "PS4": 1.0, "S-free": 1.0, "Cl-lattice": 1.0,
    }  # fmt: skip
