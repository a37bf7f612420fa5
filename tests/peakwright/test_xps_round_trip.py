"""What ``fit --out`` writes as ``recipe.toml`` gives the same numbers again, scale included."""

from __future__ import annotations

import json

import numpy as np
import pytest

import references
import xps
from peakwright.cli.main import main
from peakwright.jobs.xps.request import Request, work_of
from xps.example import example_path
from xps.io.reading import Reading
from xps.recipe import Charge, Recipe, read_recipe, to_toml

REGISTRY = references.load()
FIT = ["xps", "fit", example_path(), "--region", "S 2p", "--species", "PS4,Li2S"]


def _json(capsys, arguments):
    main([*arguments, "--json"])
    said = capsys.readouterr()
    return json.loads(said.out)


def _again(capsys, file, folder, *options):
    return _json(capsys, ["xps", "fit", file, "--recipe", str(folder / "recipe.toml"), *options])


def _same(first, second):
    assert len(first["fits"]) == len(second["fits"])
    for one, other in zip(first["fits"], second["fits"], strict=True):
        assert (one["sample"], one["region"]) == (other["sample"], other["region"])
        assert one["charge"] == other["charge"]
        for line, repeated in zip(one["components"], other["components"], strict=True):
            assert line["name"] == repeated["name"]
            for key in ("position_eV", "fwhm_eV", "area"):
                assert repeated[key] == pytest.approx(line[key], rel=1e-9, abs=1e-12)
    assert first["recipe"] == second["recipe"]


@pytest.mark.parametrize(
    "option", [["--charge-reference", "C 1s:C-C"], ["--charge-shift", "0.32"], []]
)
def test_the_written_recipe_gives_the_same_numbers(capsys, tmp_path, option):
    first = _json(capsys, [*FIT, *option, "--out", str(tmp_path)])
    _same(first, _again(capsys, example_path(), tmp_path))


def test_a_casaxps_fit_comes_back_with_its_scale(capsys, tmp_path, data_dir):
    file = str(data_dir / "xps" / "cheminfo-vamas" / "assigned.vms")
    arguments = ["xps", "fit", file, "--from-casaxps", "--region", "S 2p"]
    first = _json(capsys, [*arguments, "--out", str(tmp_path)])
    assert len({fit["charge"]["shift_eV"] for fit in first["fits"]}) == 6
    assert all(line["area"] > 0 for fit in first["fits"] for line in fit["components"][:2])
    _same(first, _again(capsys, file, tmp_path))


def test_an_option_overrides_the_recipe_and_that_is_recorded(capsys, tmp_path):
    _json(capsys, [*FIT, "--charge-reference", "C 1s:C-C", "--out", str(tmp_path)])
    document = _again(capsys, example_path(), tmp_path, "--charge-shift", "0.5")
    assert document["fits"][0]["charge"]["shift_eV"] == 0.5
    (note,) = (f for f in document["findings"] if f["rule"] == "charge_overridden")
    assert note["subject"] == "--charge-shift"
    (entry,) = document["recipe"]["charge"]
    assert (entry["shift"], entry["line"]) == (0.5, "")


def test_a_recipe_without_a_charge_section_declares_none(capsys, tmp_path):
    document = _json(capsys, [*FIT, "--out", str(tmp_path)])
    assert "charge" not in (tmp_path / "recipe.toml").read_text()
    assert document["recipe"]["charge"] == []
    assert document["fits"][0]["charge"]["reference"] == ""


# --- several samples ------------------------------------------------------------------------------


def _reading(*samples):
    energy = np.arange(125.0, 140.0, 0.1)
    spectra = tuple(
        xps.spectrum(energy, np.full(energy.size, 100), sample=sample, region="P 2p")
        for sample in samples
    )
    return Reading(
        path="made.vms", sha256="", format="made", spectra=spectra, casa=(None,) * len(spectra)
    )


def _work(tmp_path, reading, charge=(), samples=("",), **request):
    envelope = xps.envelope("P 2p", ["PS4"])
    envelopes = tuple(envelope.model_copy(update={"sample": sample}) for sample in samples)
    path = tmp_path / "recipe.toml"
    path.write_text(to_toml(Recipe(charge=charge, envelopes=envelopes)))
    return work_of(_request(path, **request), reading, REGISTRY)


def _request(path, **request):
    return Request(recipe=read_recipe(path), recipe_file=path, **request)


def _shifts(work):
    return [float(spectrum["charge_shift"]) for spectrum, _ in work.jobs]


def test_each_sample_has_its_own_shift(tmp_path):
    charge = (Charge(shift=1.0, sample="a", u=0.1), Charge(shift=2.0, sample="b"))
    work = _work(tmp_path, _reading("a", "b", "c"), charge)
    assert _shifts(work) == [1.0, 2.0, 0.0]
    assert float(work.jobs[0][0]["charge_shift_u"]) == 0.1
    assert work.charge == charge


def test_an_envelope_of_one_sample_is_not_given_to_another(tmp_path):
    work = _work(tmp_path, _reading("a", "b"), samples=("b",))
    assert [spectrum.attrs["sample"] for spectrum, _ in work.jobs] == ["b"]


def test_a_sample_that_the_file_has_not(tmp_path):
    with pytest.raises(references.InputError, match=r"for sample 'z'; the file holds 'a', 'b'"):
        _work(tmp_path, _reading("a", "b"), samples=("a", "z"))
    with pytest.raises(references.InputError, match="no envelope for sample 'b'"):
        _work(tmp_path, _reading("a", "b"), samples=("a",), sample="b")


def test_a_component_far_outside_the_spectrum_is_refused(tmp_path):
    path = tmp_path / "far.toml"
    text = to_toml(Recipe(envelopes=(xps.envelope("P 2p", ["PS4"]),)))
    path.write_text(text.replace('species = "PS4"', 'position = "500 fixed"'))
    with pytest.raises(references.InputError, match="500 eV lies outside the spectrum"):
        work_of(_request(path), _reading("a"), REGISTRY)


# --- a label that no level at that energy has -----------------------------------------------------


def test_a_level_that_cannot_lie_there_is_fitted_with_an_error_finding(capsys, tmp_path):
    path = tmp_path / "typed.toml"
    path.write_text(
        'schema = "peakwright.xps.recipe/1"\n[charge]\nshift = 0.32\n'
        '[[envelope]]\nregion = "Cl 2p"\n'
        '[[envelope.components]]\nname = "LiCl"\ncore_level = "Cl 1s"\nposition = 198.6\n'
        '[[envelope.components]]\nname = "second"\ncore_level = "Cl 1s"\nposition = "LiCl + 1.6"\n'
    )
    arguments = ["xps", "fit", example_path(), "--recipe", str(path)]
    document = _json(capsys, arguments)
    (finding,) = (f for f in document["findings"] if f["rule"] == "level_name_vs_energy")
    assert finding["severity"] == "error"
    assert "Cl 1s" in finding["subject"]
    assert "fitted as Cl 2p" in finding["message"]
    assert [line["line"] for line in document["fits"][0]["components"]] == ["Cl 2p", "Cl 2p"]
    assert main(arguments) == 1
    capsys.readouterr()
