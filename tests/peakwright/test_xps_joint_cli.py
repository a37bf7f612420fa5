"""``xps joint``: the document, the folder, exit codes, and what is refused."""

from __future__ import annotations

import json

import pytest

import xps
from peakwright.cli.main import main
from xps.example import example_path
from xps.io.vamas.write import write_vamas

RECIPE = """
schema = "peakwright.xps.joint/1"

[charge]
line = "C 1s:C-C"

[tie]
charge_shift = "shared"

[[region]]
core_level = "P 2p"
species = ["PS4", "Li3P"]

[[region]]
core_level = "Cl 2p"
species = ["LiCl"]

[[stoichiometry]]
parts = { "P 2p:PS4" = 1, "Cl 2p:LiCl" = 3.5 }
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    path = tmp_path_factory.mktemp("joint") / "my.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture(scope="module")
def folder(recipe):
    out = recipe.parent / "out"
    told = ["xps", "joint", example_path(), "--recipe", str(recipe), "--basis", "atomic"]
    assert main([*told, "--out", str(out)]) == 0
    return out


def _json(capsys, *arguments):
    code = main([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def _refused(capsys, *arguments):
    assert main(list(arguments)) == 2
    said = capsys.readouterr()
    assert not said.out
    return said.err


def test_the_document_and_the_folder(folder):
    document = json.loads((folder / "result.json").read_text())
    assert document["schema"] == "peakwright.xps.joint/1"
    assert document["assessment"] == "converged"
    assert [fit["region"] for fit in document["fits"]] == ["P 2p", "Cl 2p"]
    shared = {(it["quantity"], it["subject"]): it for it in document["shared"]}
    assert set(shared) == {
        ("charge_shift", "insulators"), ("sensitivity_error", "P 2p"), ("sensitivity_error", "Cl 2p")
    }  # fmt: skip
    assert {row["basis"] for row in document["fractions"]} == {"atomic"}
    assert len(document["areas"]["covariance"]) == len(document["areas"]["subjects"]) == 3
    names = {path.name for path in folder.iterdir()}
    assert {"overview.png", "P_2p.svg", "Cl_2p.svg", "rows.csv", "recipe.toml"} <= names
    assert "insulators shifted by" in (folder / "overview.svg").read_text()
    assert ",charge_shift,insulators,eV," in (folder / "rows.csv").read_text()


def test_the_written_recipe_gives_the_same_numbers(folder, capsys):
    first = json.loads((folder / "result.json").read_text())
    told = ("--recipe", str(folder / "recipe.toml"), "--basis", "atomic")
    code, again = _json(capsys, "xps", "joint", example_path(), *told)
    assert code == 0
    assert again == first


def test_regions_may_come_from_several_files(tmp_path, recipe, capsys):
    for level in ("P 2p", "Cl 2p", "C 1s"):
        write_vamas([xps.example(level, calibrated=False)], tmp_path / f"{level[:2].strip()}.vms")
    files = [str(tmp_path / f"{name}.vms") for name in ("P", "Cl", "C")]
    code, document = _json(capsys, "xps", "joint", *files, "--recipe", str(recipe))
    assert code == 0
    assert [entry["path"] for entry in document["inputs"]] == ["P.vms", "Cl.vms", "C.vms"]
    said = _refused(capsys, "xps", "joint", files[0], "--recipe", str(recipe))
    assert "region Cl 2p is not among the spectra; there is P 2p" in said


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--charge-shift", "0.3", "--charge-reference", "C 1s:C-C"], "not both"),
        (["--denominator", "P,S"], "--denominator belongs to --basis atomic"),
        (["--sample", "x"], "no sample 'x'"),
        (["--charge-shift", "nan"], "charge shift"),
    ],
)
def test_what_cannot_be_is_refused(recipe, capsys, options, sentence):
    said = _refused(capsys, "xps", "joint", example_path(), "--recipe", str(recipe), *options)
    assert sentence in said


def test_a_plain_recipe_is_named(tmp_path, capsys):
    path = tmp_path / "plain.toml"
    path.write_text(xps.to_toml(xps.Recipe(envelopes=(xps.envelope("P 2p", ["PS4"]),))))
    said = _refused(capsys, "xps", "joint", example_path(), "--recipe", str(path))
    assert "peakwright.xps.joint/1" in said


def test_a_denominator_that_is_not_fitted_is_a_finding(recipe, capsys):
    told = ("--recipe", str(recipe), "--basis", "atomic", "--denominator", "P,S")
    code, document = _json(capsys, "xps", "joint", example_path(), *told)
    assert code == 1
    assert "fractions_not_formed" in [finding["rule"] for finding in document["findings"]]
    assert document["fractions"] == []
