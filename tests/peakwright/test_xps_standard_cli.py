"""``xps standard``: a library file for later fits, never written over, and what is refused."""

from __future__ import annotations

import json

import pytest

from peakwright.cli.main import main
from xps.example import example_path


def _refused(capsys, *arguments):
    assert main(list(arguments)) == 2
    said = capsys.readouterr()
    assert not said.out
    return said.err


def test_a_standard_is_a_library_for_later_fits(tmp_path, capsys):
    library = tmp_path / "my_lab.toml"
    told = ["--species", "LiCl", "--region", "Cl 2p", "--charge-shift", "0.32"]
    assert main(["xps", "standard", example_path(), *told, "--out", str(library)]) == 0
    assert "give it to a fit with --library" in capsys.readouterr().out
    u = []
    for known in ([], ["--library", str(library)]):
        assert main(["xps", "fit", example_path(), *told, *known, "--json"]) == 0
        (fit,) = json.loads(capsys.readouterr().out)["fits"]
        u.append(fit["components"][1]["position_u_eV"])
    assert u[1] < 0.9 * u[0]  # the splitting is known better than the library's tolerance
    # Not written over, and nothing of it changed.
    before = library.read_bytes()
    assert "not written over" in _refused(
        capsys, "xps", "standard", example_path(), *told, "--out", str(library)
    )
    assert library.read_bytes() == before


def test_a_standard_goes_to_the_screen_as_toml(tmp_path, capsys):
    assert main(["xps", "standard", example_path(), "--species", "LiCl", "--region", "Cl 2p"]) == 0
    text = capsys.readouterr().out
    path = tmp_path / "lab.toml"
    path.write_text(text)
    assert main(["library", "check", str(path)]) == 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--species", "C-O", "--region", "Cl 2p"], "none of C-O has a line on Cl 2p"),
        (["--species", "Li2SO4", "--region", "P 2p"], "Li2SO4"),
        (["--species", "Li3P,PS4", "--region", "P 2p"], "a standard needs 20"),
        ([], "say what to fit in one way"),
    ],
)
def test_what_is_no_standard_is_refused(capsys, options, sentence):
    assert sentence in _refused(capsys, "xps", "standard", example_path(), *options)


def test_the_document_names_inputs_and_holds_the_library(tmp_path, capsys):
    told = ["--species", "LiCl", "--region", "Cl 2p", "--json"]
    assert main(["xps", "standard", example_path(), *told]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "peakwright.xps.standard/1"
    assert len(document["inputs"][0]["sha256"]) == 64
    (standard,) = document["standards"]
    assert standard["species"] == "LiCl"
    assert f"value = {standard['fwhm'][0]:.6g}" in document["library"]
