"""What is asked for: what fits, what is refused before any work, what is said about it."""

from __future__ import annotations

import json
import math

import pytest

import xps
from peakwright.cli.main import main
from xps.example import example_path

EXAMPLE = ["xps", "fit", example_path()]
S_2P = [*EXAMPLE, "--region", "S 2p", "--species", "PS4"]

FREE = """schema = "peakwright.xps.recipe/1"
[[envelope]]
region = "S 2p"
window = [157, 168]
[envelope.background]
slope = true
[[envelope.components]]
name = "A"
core_level = "S 2p"
position = "161.2 in 160 .. 163"
"""


def _json(capsys, arguments):
    code = main([*arguments, "--json"])
    said = capsys.readouterr()
    return code, json.loads(said.out) if said.out else None, said.err


def _refused(capsys, arguments):
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    assert len(lines) == 1, lines
    return lines[0]


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "free.toml"
    path.write_text(FREE)
    return str(path)


@pytest.fixture
def table(tmp_path):
    """A text file of an S 2p spectrum whose name says nothing."""

    def write(name="my data.csv", first=155.0, step=0.1, points=150):
        energies = [first + step * i for i in range(points)]
        peak = [1000 * math.exp(-(((e - 161.4) / 0.6) ** 2)) for e in energies]
        lines = [f"{e:.2f},{round(100 + p)}" for e, p in zip(energies, peak, strict=True)]
        path = tmp_path / name
        path.write_text("BE/eV,counts\n" + "\n".join(lines) + "\n")
        return str(path)

    return write


# --- which spectra --------------------------------------------------------------------------------


def test_a_file_of_one_unnamed_region_is_the_region_that_is_asked_for(capsys, table):
    arguments = ["xps", "fit", table(), "--region", "S 2p", "--species", "PS4"]
    _, document, _ = _json(capsys, arguments)
    assert document["fits"][0]["components"][0]["line"] == "S 2p3/2"


def test_a_survey_is_no_region(capsys, table):
    path = table(first=0.0, step=1.0, points=1000)
    said = _refused(capsys, ["xps", "fit", path, "--region", "S 2p", "--species", "PS4"])
    assert "no region 'S 2p'" in said


def test_a_spectrum_is_chosen_by_its_number(capsys):
    regions = [s.attrs["region"] for s in xps.read(example_path()).spectra]
    number = str(regions.index("S 2p"))
    arguments = [*EXAMPLE, "--spectrum", number, "--species", "PS4"]
    _, document, _ = _json(capsys, [*arguments, "--charge-reference", "C 1s:C-C"])
    (fit,) = document["fits"]
    assert fit["region"] == "S 2p"
    # Gallium is known from the sample's other regions.
    assert "Ga 3s" in {line["name"] for line in fit["components"]}


def test_a_number_beyond_the_file_is_refused(capsys):
    said = _refused(capsys, [*S_2P, "--spectrum", "99"])
    assert "no spectrum 99" in said
    assert "0 to 6" in said


def test_regions_without_names_are_chosen_by_number(capsys, data_dir):
    path = str(data_dir / "xps" / "matkrin-vamas" / "xps_eis.vms")
    free = ["--region", "Mo 3d", "--species", "C-C"]
    assert "Mo 3d" in _refused(capsys, ["xps", "fit", path, *free])
    said = _refused(capsys, ["xps", "fit", path, "--region", "C 1s", "--species", "C-C"])
    assert "--spectrum" in said


def test_an_unnamed_sample_is_not_quoted(capsys, table):
    said = _refused(capsys, ["xps", "fit", table(), "--species", "PS4", "--sample", "x"])
    assert "no named sample" in said


# --- which recipe ---------------------------------------------------------------------------------


def test_blanks_and_case_of_a_region_do_not_matter_to_a_recipe(capsys, recipe):
    _, document, _ = _json(capsys, [*EXAMPLE, "--recipe", recipe, "--region", "s2p"])
    assert [fit["region"] for fit in document["fits"]] == ["S 2p"]


def test_every_region_asked_for_is_in_the_recipe(capsys, recipe):
    said = _refused(capsys, [*EXAMPLE, "--recipe", recipe, "--region", "S 2p", "--region", "P 2p"])
    assert "no envelope for P 2p; it has S 2p" in said


def test_a_changed_background_keeps_the_rest_of_the_recipe(capsys, recipe):
    _, document, _ = _json(capsys, [*EXAMPLE, "--recipe", recipe, "--background", "linear"])
    background = document["recipe"]["envelope"][0]["background"]
    assert (background["kind"], background["slope"]) == ("linear", True)


def test_elements_are_added_to_a_recipe(capsys, recipe):
    _, document, _ = _json(capsys, [*EXAMPLE, "--recipe", recipe, "--elements", "Ga,S"])
    assert document["recipe"]["envelope"][0]["elements"] == ["Ga", "S"]


def test_the_background_of_a_casaxps_fit_can_be_changed(capsys, data_dir):
    path = str(data_dir / "xps" / "cheminfo-vamas" / "assigned.vms")
    arguments = ["xps", "fit", path, "--from-casaxps", "--sample", "RW_WS2", "--region", "S2p"]
    _, document, _ = _json(capsys, [*arguments, "--background", "linear"])
    (envelope,) = document["recipe"]["envelope"]
    assert envelope["background"]["kind"] == "linear"
    assert envelope["background"]["mode"] == "static"


@pytest.mark.parametrize("option", [["--charge-shift", "1"], ["--charge-reference", "C 1s:C-C"]])
def test_casaxps_brings_its_own_energy_scale(capsys, option):
    said = _refused(capsys, [*EXAMPLE, "--from-casaxps", *option])
    assert "energy scale" in said


def test_a_level_without_species_has_a_recipe_to_edit(capsys, tmp_path):
    said = _refused(capsys, ["xps", "recipe", "--region", "Au 4f", "--species", "PS4"])
    assert "no species there" in said
    assert main(["xps", "recipe", "--region", "Au 4f"]) == 0
    path = tmp_path / "gold.toml"
    path.write_text(capsys.readouterr().out)
    (component,) = xps.read_recipe(path).envelopes[0].components
    assert (component.core_level, component.species) == ("Au 4f", "")


def test_a_recipe_as_json(capsys):
    code, document, _ = _json(capsys, ["xps", "recipe", "--region", "P 2p", "--species", "PS4"])
    assert code == 0
    assert document["schema"] == "peakwright.xps.recipe/1"
    assert document["envelope"][0]["region"] == "P 2p"


# --- refused before any work ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([*S_2P, "--elements", "ga"], "did you mean Ga?"),
        ([*S_2P, "--elements", "Xx"], "'Xx' is no element's symbol"),
        ([*S_2P, "--denominator", "S"], "--denominator belongs to --basis atomic"),
        ([*S_2P, "--sensitivity-set", "scofield_al"], "--sensitivity-set belongs to"),
        ([*S_2P, "--seed", "-1"], "--seed"),
        ([*S_2P, "--charge-shift", "1e308"], "--charge-shift"),
        ([*S_2P, "--charge-shift", "nan"], "--charge-shift"),
        ([*S_2P, "--charge-reference", "N 1s:C-C"], "C-C"),
        ([*S_2P, "--charge-reference", ":C-C"], "expected LEVEL:SPECIES"),
        ([*S_2P, "--basis", "Atomic"], "Invalid value for '--basis': 'Atomic' is not one of"),
        (["xps", "fit", "-my.csv"], "./-name"),
    ],
)
def test_refused(capsys, arguments, sentence):
    assert sentence in _refused(capsys, arguments)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--basis", "atomic", "--denominator", "S,Cl"], "Cl of --denominator"),
        (["--basis", "atomic", "--sensitivity-set", "mine"], "no sensitivity set 'mine'"),
    ],
)
def test_fractions_that_no_fit_could_give_are_refused_before_the_fit(
    capsys, monkeypatch, options, sentence
):
    monkeypatch.setattr("xps.sample.fit_sample", lambda *_, **__: pytest.fail("it was fitted"))
    assert sentence in _refused(capsys, [*S_2P, *options])


def test_a_level_without_a_sensitivity_factor_is_refused_before_the_fit(
    capsys, monkeypatch, tmp_path, data_dir
):
    monkeypatch.setattr("xps.sample.fit_sample", lambda *_, **__: pytest.fail("it was fitted"))
    path = tmp_path / "mo.toml"
    path.write_text(FREE.replace('core_level = "S 2p"', 'core_level = "Au 4f"')
                    .replace("S 2p", "Mo 3d").replace("window = [157, 168]", "")
                    .replace("161.2 in 160 .. 163", "229 in 228 .. 230"))  # fmt: skip
    file = str(data_dir / "xps" / "LG4X-V2" / "Mutlipak_vms.npl")
    said = _refused(capsys, ["xps", "fit", file, "--recipe", str(path), "--basis", "atomic"])
    assert "no factor for 'Au 4f'" in said
    assert "--library" in said


def test_an_unknown_photon_energy_is_refused_before_the_fit(capsys, monkeypatch, table):
    monkeypatch.setattr("xps.sample.fit_sample", lambda *_, **__: pytest.fail("it was fitted"))
    arguments = ["xps", "fit", table(), "--region", "S 2p", "--species", "PS4"]
    assert "photon energy" in _refused(capsys, [*arguments, "--basis", "atomic"])


def test_a_level_twice_in_a_sample_is_refused_before_the_fit(capsys, monkeypatch, data_dir):
    monkeypatch.setattr("xps.sample.fit_sample", lambda *_, **__: pytest.fail("it was fitted"))
    path = str(data_dir / "xps" / "cheminfo-vamas" / "ARXPS.vms")
    said = _refused(capsys, ["xps", "fit", path, "--species", "C-C", "--basis", "atomic"])
    assert "C 1s of sample 'Al_foil_insulated' would be fitted more than once" in said


@pytest.mark.parametrize("inside", ["file", "file/results"])
def test_a_folder_that_cannot_be_is_refused_before_the_fit(capsys, monkeypatch, tmp_path, inside):
    monkeypatch.setattr("xps.sample.fit_sample", lambda *_, **__: pytest.fail("it was fitted"))
    (tmp_path / "file").write_text("mine")
    said = _refused(capsys, [*S_2P, "--out", str(tmp_path / inside)])
    assert "folder" in said
    assert "--out" in said


# --- fractions that cannot be formed --------------------------------------------------------------


def test_a_fit_that_did_not_converge_costs_the_fractions_not_the_result(capsys, tmp_path):
    path = tmp_path / "two.toml"
    path.write_text(
        FREE.replace("161.2 in 160 .. 163", "158.1 in 158 .. 158.2")
        + FREE.partition("\n")[2].replace("S 2p", "P 2p").replace("157, 168", "127, 137")
        .replace("161.2 in 160 .. 163", "132 in 130 .. 134")
    )  # fmt: skip
    arguments = [*EXAMPLE, "--recipe", str(path), "--basis", "atomic", "--out", str(tmp_path / "r")]
    code, document, _ = _json(capsys, arguments)
    assert {fit["assessment"] for fit in document["fits"]} > {"converged"}
    assert code == 1
    assert document["fractions"] == []
    (finding,) = (f for f in document["findings"] if f["rule"] == "fractions_not_formed")
    assert finding["severity"] == "error"
    assert (tmp_path / "r" / "result.json").exists()


def test_a_split_without_effect_says_so(capsys):
    arguments = [*S_2P, "--charge-reference", "C 1s:C-C", "--split"]
    _, document, _ = _json(capsys, arguments)
    assert [f["rule"] for f in document["findings"]] == ["nothing_split"]
