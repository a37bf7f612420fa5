"""The recipe of a joint fit: what can be said, what is refused with its place, and the file."""

from __future__ import annotations

import pytest

import references
import xps
from references.files import DataFileError
from references.lookup import UnknownReferenceError
from xps.envelope import EnvelopeError
from xps.joint.atoms import atoms_of, parts_of
from xps.joint.proportion import proportions_of
from xps.recipe import Charge

REGISTRY = references.load()
HEAD = 'schema = "peakwright.xps.joint/1"\n'
TWO = """
[[region]]
core_level = "P 2p"
species = ["PS4", "Li3P"]

[[region]]
core_level = "S 2p"
species = ["PS4", "Li2S"]
"""


def read(tmp_path, text, name="my.toml"):
    path = tmp_path / name
    path.write_text(text)
    return xps.read_joint_recipe(path)


def refused(tmp_path, text):
    with pytest.raises(DataFileError) as caught:
        read(tmp_path, text)
    return str(caught.value)


def test_a_file_round_trips(tmp_path):
    told = xps.JointRecipe(
        charge=(Charge(shift=0.3, u=0.1),),
        regions=[{"core_level": "P 2p", "species": ["PS4"]}],
        envelopes=(xps.envelope("S 2p", ["PS4", "Li2S"]),),
        tie={"charge_shift": "shared", "shift": "-3 .. 3", "fwhm": "shared"},
        stoichiometry=[{"parts": {"P 2p:PS4": 1, "S 2p:PS4": 4}, "strength": "hard"}],
        phase=[{"name": "Li6PS5Cl", "u": 0.1}],
        sensitivity={"angle": 60.0},
    )
    assert read(tmp_path, xps.to_joint_toml(told)) == told


@pytest.mark.parametrize(
    ("text", "place", "sentence"),
    [
        (TWO, "", 'write schema = "peakwright.xps.joint/1"'),
        (HEAD, "top level", "it has no region"),
        (HEAD + TWO + TWO, "", "P 2p, S 2p comes twice"),
        (HEAD + TWO + "[tie]\nchargeshift = 'shared'", "tie.chargeshift", "did you mean charge_shift"),
        (HEAD + TWO + "[tie]\ncharge_shift = 'yes'", "tie.charge_shift", "is not 'own' or 'shared'"),
        (HEAD + TWO + "[tie]\nshift = '0.3 fixed'", "tie.shift", "say what is known of it"),
        (HEAD + TWO + "[tie]\nshift = 'open(1)'", "tie.shift", "neither a number nor"),
        (HEAD + TWO + "[tie]\nshift = '-400 .. 4'", "tie.shift", "-400 is not a charge shift"),
        (HEAD + TWO + "[[stoichiometry]]\nstrength = 'hard'", "stoichiometry[0]", 'expected species = "PS4"'),
        (HEAD + TWO + "[[stoichiometry]]\nspecies = 'PS4'\nu = 0", "stoichiometry[0].u", ">= 0.0001"),
        (HEAD + TWO + "[[stoichiometry]]\nparts = { PS4 = 1 }", "stoichiometry[0].parts.PS4", "LEVEL:COMPONENT"),
        (HEAD + TWO + "[[phase]]\nname = 'Li6PS5Cl'\nstrength = 'firm'", "phase[0].strength", "is not 'soft' or 'hard'"),
        (HEAD + "[[region]]\ncore_level = 'S 2p'", "region[0]", "either species"),
        (HEAD + TWO + "[sensitivity]\nangle = inf", "sensitivity.angle", "finite"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(tmp_path, text, place, sentence):
    said = refused(tmp_path, text)
    assert place in said
    assert sentence in said


def test_a_region_can_stand_in_a_recipe_file_beside(tmp_path):
    envelope = xps.envelope("S 2p", ["PS4", "Li2S"])
    (tmp_path / "s2p.toml").write_text(xps.to_toml(xps.Recipe(envelopes=(envelope,))))
    told = read(tmp_path, HEAD + '[[region]]\ncore_level = "S 2p"\nrecipe = "s2p.toml"')
    assert told.envelopes == (envelope,)
    said = refused(tmp_path, HEAD + '[[region]]\ncore_level = "P 2p"\nrecipe = "s2p.toml"')
    assert "has no envelope for P 2p" in said


def test_parts_of_a_phase_that_is_fitted_as_a_whole_are_components_of_their_own():
    told = xps.JointRecipe(
        regions=[
            {"core_level": "S 2p", "species": ["Li6PS5Cl", "Li2S"]},
            {"core_level": "Cl 2p", "species": ["LiCl", "Li6PS5Cl"]},
        ],
        phase=[{"name": "Li6PS5Cl"}],
    ).completed(REGISTRY)
    names = [{c.name for c in envelope.components} for envelope in told.envelopes]
    assert names == [{"PS4", "S-free", "Li2S"}, {"LiCl", "Cl-lattice"}]
    (proportion,) = proportions_of(told, REGISTRY)
    atoms = {(m.component, m.level): m.atoms for m in proportion.members}
    assert atoms == {("PS4", "S 2p"): 4, ("S-free", "S 2p"): 1, ("Cl-lattice", "Cl 2p"): 1}


def _proportions(**told):
    regions = [
        {"core_level": "P 2p", "species": ["PS4", "LixP"]},
        {"core_level": "S 2p", "species": ["PS4", "polysulfide"]},
    ]
    return proportions_of(xps.JointRecipe(regions=regions, **told).completed(REGISTRY), REGISTRY)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"stoichiometry": [{"species": "polysulfide2"}]}, "polysulfide2"),
        ({"stoichiometry": [{"species": "PSxOy"}]}, "PSxOy has no composition"),
        ({"stoichiometry": [{"species": "Li2S"}]}, "Li2S is in no region"),
        ({"stoichiometry": [{"species": "polysulfide"}]}, "polysulfide is only in S 2p"),
        ({"stoichiometry": [{"parts": {"S 2p:Li2S": 1}}]}, "no component 'S 2p:Li2S'"),
        ({"stoichiometry": [{"species": "PS4"}, {"species": "PS4"}]}, "told twice"),
        ({"phase": [{"name": "Li2S"}]}, "Li2S has no parts"),
        ({"phase": [{"name": "Li6PS5Cl"}]}, "has S-free on S 2p"),
    ],
)
def test_a_proportion_that_ties_nothing_is_refused(told, sentence):
    with pytest.raises((EnvelopeError, UnknownReferenceError), match=sentence):
        _proportions(**told)


def test_a_component_is_in_one_proportion():
    told = xps.JointRecipe(
        regions=[
            {"core_level": "P 2p", "species": ["Li6PS5Cl"]},
            {"core_level": "S 2p", "species": ["Li6PS5Cl"]},
        ],
        phase=[{"name": "Li6PS5Cl"}],
        stoichiometry=[{"species": "PS4"}],
    ).completed(REGISTRY)
    with pytest.raises(EnvelopeError, match="leave the other out"):
        proportions_of(told, REGISTRY)


@pytest.mark.parametrize(
    ("species", "atoms"),
    [
        ("PS4", {"P": 1, "S": 4}),
        ("Li3InCl6", {"Li": 3, "In": 1, "Cl": 6}),
        ("In0", {"In": 1}),
        ("Cl-lattice", {"Cl": 1}),
        ("P4S10", {"P": 4, "S": 10}),
    ],
)
def test_atoms_follow_from_the_formula(species, atoms):
    assert atoms_of(species, REGISTRY) == atoms


def test_a_phase_has_the_parts_of_the_library():
    assert dict(parts_of("Li6PS5Cl", REGISTRY)) == {"PS4": 1, "S-free": 1, "Cl-lattice": 1}
