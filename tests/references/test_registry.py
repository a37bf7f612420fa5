"""The library's data: sources resolve, units are known, ranges are sane, nothing comes twice."""

from __future__ import annotations

import csv
import dataclasses
import pickle
import subprocess
import sys

import pytest

import references
from references import DataFileError, Status, UnknownReferenceError, Value, load
from references.provenance import SCALES, UNITS
from references.quantification import angular_factor, tpp2m

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


def test_units_scales_and_ranges_are_sane():
    for value in ALL:
        assert value.unit in UNITS
        assert value.scale in {"", *SCALES}
        assert value.u is None or value.u > 0
        if value.low is not None and value.high is not None:
            assert value.low <= value.high
            if value.value is not None and value.scale:
                assert value.low - 0.3 <= value.value <= value.high + 0.3


def test_no_name_comes_twice():
    for keys in REGISTRY.names().values():
        assert len(keys) == len(set(keys))
    lines = [(x.core_level, x.species, x.variant) for x in REGISTRY.species_lines]
    assert len(lines) == len(set(lines))


def test_one_energy_a_line_is_preferred():
    for line in REGISTRY.species_lines:
        assert sum(value.preferred for value in line.energies) == 1


def test_lines_lie_inside_their_level():
    for line in REGISTRY.species_lines:
        low, high = REGISTRY.core_level(line.core_level).window
        assert low <= line.energy.best <= high


def test_no_default_constraint_of_the_six_core_levels_is_unverified():
    for symbol in ("Ga 2p", "In 3d", "P 2p", "S 2p", "Cl 2p"):
        level = REGISTRY.core_level(symbol)
        assert level.splitting.status.may_constrain
        assert level.branching.prior.status.may_constrain


def test_what_rests_on_reading_notes_only_is_reported():
    assert REGISTRY.line("P 2p", "Li3P").energy.status is Status.REPORTED
    assert REGISTRY.line("Cl 2p", "Cl-lattice").energy.status is Status.REPORTED


def test_reported_stays_apart_from_reference():
    line = REGISTRY.line("S 2p", "Li2S")
    assert [value.value for value in line.reported] == [160.53]
    assert line.energy.value == 160.4
    assert len(REGISTRY.reported) == 60


@pytest.mark.parametrize("set_name", ["scofield_al", "scofield_mg"])
def test_a_level_is_the_sum_of_its_lines(set_name):
    factors = REGISTRY.sensitivity_set(set_name)
    named = dict(factors.factors)
    for level in ("P 2p", "S 2p", "Cl 2p", "Ga 2p"):
        total = named[f"{level}3/2"].value + named[f"{level}1/2"].value
        assert factors.factor(level).value == pytest.approx(total, rel=2e-3)
        assert 1.9 <= named[f"{level}3/2"].value / named[f"{level}1/2"].value <= 2.0


def test_published_cross_sections_agree_with_computed_ones():
    for section in REGISTRY.cross_sections:
        c1s = 13637.0 if section.photon == 1486.6 else 22242.2
        assert section.relative.value == pytest.approx(section.sigma.value / c1s, rel=6e-3)


def test_tpp2m_table(data_dir):
    known = {m.key: m for m in REGISTRY.imfp_materials}
    with (data_dir / "reference" / "imfp_tpp2m_check.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 110
    for row in rows:
        found = tpp2m(known[row["material"]], float(row["kinetic_energy_eV"]))
        assert found == pytest.approx(float(row["lambda_A"]), rel=1e-3)


@pytest.mark.parametrize(
    ("beta", "angle", "expected"), [(1.138, 54.7356, 1.0), (1.138, 90.0, 1.2845), (2.0, 45.0, 0.75)]
)
def test_angular_factor(beta, angle, expected):
    assert angular_factor(beta, angle) == pytest.approx(expected, abs=1e-6)


def test_ions_table(data_dir):
    with (data_dir / "reference" / "tof_sims_ions.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        found = REGISTRY.ion(row["ion"]).isotopologues(0.004)
        near = min(found, key=lambda i: abs(i.mz - float(row["mz_u"])))
        assert near.mz == pytest.approx(float(row["mz_u"]), abs=1.1e-5)
        assert near.fraction == pytest.approx(float(row["natural_fraction"]), abs=1e-4)


def test_species_name_ions_and_phases_that_exist():
    ions, phases = set(REGISTRY.names()["ion"]), set(REGISTRY.names()["phase"])
    for species in REGISTRY.all_species:
        assert set(species.ions) <= ions, species.key
        assert set(species.phases) <= phases, species.key
    assert REGISTRY.species("In0").phases == ("In",)


def test_a_level_beyond_al_k_alpha_is_named_as_such():
    with pytest.raises(UnknownReferenceError, match=r"2815-2824 eV, beyond Al K-alpha.*Cl 2p"):
        REGISTRY.core_level("Cl 1s")


@pytest.mark.parametrize(
    ("find", "asked", "near"),
    [("core_level", "S2p", "S 2p"), ("species", "li2s", "Li2S"), ("species", "PS_4", "PS4")],
)
def test_a_misspelt_key_gets_the_near_one(find, asked, near):
    with pytest.raises(UnknownReferenceError, match=f"did you mean {near}"):
        getattr(REGISTRY, find)(asked)


def test_it_pickles_and_hashes():
    again = pickle.loads(pickle.dumps(REGISTRY))
    assert again == REGISTRY
    assert hash(again) == hash(REGISTRY)


def test_no_numpy_at_import():
    code = "import references, sys; references.load(); print('numpy' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


OWN = """
[species.LiI]
label = "lithium iodide"
elements = ["Li", "I"]
group = "insulator"

[[line]]
core_level = "Li 1s"
line = "1s"
species = "LiI"
energies = [
    { value = 56.5, low = 56.2, high = 56.8, unit = "eV", scale = "C1s_284.8", status = "measured", source = ["ourlab"], preferred = true },
]

[source.ourlab]
kind = "report"
citation = "our own standard, 2026"
read_as = "paper"
"""


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(OWN)
    return path


def test_a_users_file_makes_a_new_registry(own):
    extended = load(own)
    assert extended.line("Li 1s", "LiI").energy.value == 56.5
    with pytest.raises(UnknownReferenceError):
        load().species("LiI")
    assert extended.sha256 != load().sha256


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('source = ["ourlab"], ', "", "no source"),
        ('source = ["ourlab"]', 'source = ["ourlap"]', "did you mean ourlab"),
        ("value = 56.5", "valeu = 56.5", "did you mean value"),
        ("value = 56.5", 'value = "56.5"', "should be a number"),
        ('unit = "eV"', 'unit = "meV"', "has unit 'meV'"),
        ("low = 56.2", "low = 58.2", "above high"),
        ('status = "measured"', 'status = "sure"', "has status 'sure'"),
        ('core_level = "Li 1s"', 'core_level = "Li1s"', "did you mean Li 1s"),
        ('species = "LiI"', 'species = "LiJ"', "no species 'LiJ'"),
        ('line = "1s"', 'line = "2p1/2"', "the partner is derived"),
        ("[species.LiI]", "[spezies.LiI]", "did you mean species"),
        ("[source.ourlab]", "[source.ourlab", "not TOML"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path, old, new, message):
    path = tmp_path / "own.toml"
    path.write_text(OWN.replace(old, new, 1))
    with pytest.raises(DataFileError, match=message) as caught:
        load(path)
    assert str(path) in str(caught.value)


def test_the_hash_sees_a_digit_but_no_comment(tmp_path):
    one, two, three = (tmp_path / f"{n}.toml" for n in "abc")
    one.write_text(OWN)
    two.write_text("# a comment\n" + OWN)
    three.write_text(OWN.replace("56.5", "56.6"))
    assert load(one).sha256 == load(two).sha256 != load(three).sha256


def test_separations_and_overlaps():
    assert REGISTRY.separations("LiCl")[0].difference.value == 142.6
    assert [o.intruder for o in REGISTRY.overlaps("S 2p")] == ["Ga 3s"]
    assert references.load().separations("In0")[0].difference.value == 672.9
