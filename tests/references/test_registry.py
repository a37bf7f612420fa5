"""Loading and look-up: what is asked is found, or what is near it is named."""

from __future__ import annotations

import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import references
from references import UnknownReferenceError, load

REGISTRY = load()
PACKAGE = Path(references.__file__).parent


@pytest.mark.parametrize("asked", ["Cl 1s", "Cl1s", "cl 1s"])
def test_a_level_beyond_al_k_alpha_is_named_as_such(asked):
    with pytest.raises(UnknownReferenceError, match=r"2815-2824 eV, beyond Al K-alpha.*Cl 2p"):
        REGISTRY.core_level(asked)


@pytest.mark.parametrize(
    ("find", "asked", "near"),
    [
        ("core_level", "S2p", "S 2p"),
        ("core_level", "S 2P", "S 2p"),
        ("species", "li2s", "Li2S"),
        ("species", "PS_4", "PS4"),
        ("ion", "GaCl", "GaCl-"),
        ("phase", "li2s", "Li2S"),
        ("radiation", "Al Ka", "Al K-alpha"),
        ("sensitivity_set", "scofield", "scofield_al"),
        ("imfp_material", "LiS2", "Li2S"),
        ("source", "wren79", "wren1979"),
    ],
)
def test_a_misspelt_key_gets_the_near_one(find, asked, near):
    with pytest.raises(UnknownReferenceError, match=f"did you mean .*{near}"):
        getattr(REGISTRY, find)(asked)


@pytest.mark.parametrize("asked", ["", "xyzzy", "S 2p\n[red]"])
def test_a_key_that_is_near_nothing_is_told_where_to_look(asked):
    with pytest.raises(UnknownReferenceError, match="`peakwright library list`"):
        REGISTRY.phase(asked)


def test_a_line_that_a_species_does_not_have_is_named():
    with pytest.raises(UnknownReferenceError, match=r"'S 2p LiCl': S 2p has .*Li2S"):
        REGISTRY.line("S 2p", "LiCl")


def test_a_variant_that_a_line_does_not_have_is_named():
    with pytest.raises(UnknownReferenceError, match="it has bridging, terminal"):
        REGISTRY.line("S 2p", "polysulfide", "middle")


def test_a_line_is_found_by_its_variant():
    assert REGISTRY.line("S 2p", "polysulfide", "terminal").energy.value == 161.8


def test_lines_of_a_level_come_in_order_of_energy():
    energies = [line.energy.best for line in REGISTRY.lines("S 2p")]
    assert len(energies) > 5
    assert energies == sorted(energies)


def test_an_error_says_the_same_after_a_process_boundary():
    error = UnknownReferenceError("species", "x", near=["y"], hint="")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert again.near == ("y",)


def test_it_pickles():
    assert pickle.loads(pickle.dumps(REGISTRY)) == REGISTRY


def test_it_hashes():
    assert hash(pickle.loads(pickle.dumps(REGISTRY))) == hash(REGISTRY)


def test_loading_twice_gives_the_same_registry():
    assert load() is load()


def test_no_numpy_at_import():
    code = "import references, sys; references.load(); print('numpy' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


def test_it_works_from_a_zip(tmp_path):
    archive = tmp_path / "packed.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(PACKAGE.rglob("*")):
            if path.suffix in {".py", ".toml", ".csv", ".cif"}:
                packed.write(path, Path("references") / path.relative_to(PACKAGE))
    code = (
        f"import sys; sys.path.insert(0, {str(archive)!r}); import references; "
        "print(references.__file__.startswith(sys.path[0]), references.load().sha256)"
    )
    printed = subprocess.check_output([sys.executable, "-c", code], text=True, cwd=tmp_path)
    assert printed.split() == ["True", REGISTRY.sha256]


@pytest.mark.parametrize(
    ("level", "parts"),
    [("S 2p", ("PS4", "S-free")), ("P 2p", ("PS4",)), ("Cl 2p", ("Cl-lattice",)), ("In 3d", ())],
)
def test_each_level_sees_its_parts_of_the_electrolyte(level, parts):
    assert load().parts("Li6PS5Cl", level) == parts


def test_a_species_with_a_line_of_its_own_is_its_own_part():
    assert load().parts("Li2S", "S 2p") == ("Li2S",)


def test_parts_of_an_unknown_species_are_refused():
    with pytest.raises(UnknownReferenceError, match="Li6PS5Cl"):
        load().parts("li6ps5cl", "S 2p")
