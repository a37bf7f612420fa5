"""The commands as a user gives them: documents, files, exit codes, sentences."""

from __future__ import annotations

import csv
import json

import pytest

import xps
from peakwright.cli.main import main
from xps.example import example_path

FIT = ["xps", "fit", example_path(), "--region", "S 2p", "--species", "PS4,Li2S"]
CALIBRATED = [*FIT, "--charge-reference", "C 1s:C-C"]


def _json(capsys, arguments):
    code = main([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_fit_as_json(capsys):
    code, document = _json(capsys, CALIBRATED)
    assert code == 0
    assert document["schema"] == "peakwright.xps.fit/1"
    (fit,) = document["fits"]
    assert fit["assessment"] == "converged"
    assert {line["line"] for line in fit["components"]} == {"S 2p3/2", "S 2p1/2", "Ga 3s"}
    assert {"position_eV", "position_u_eV", "fwhm_eV", "fwhm_u_eV", "area", "area_u", "area_unit",
            "shape", "name"} <= fit["components"][0].keys()  # fmt: skip
    for fraction in fit["fractions"]:
        assert fraction["basis"] == "within_level"
        assert fraction["denominator"] == "S 2p"
        assert {"value", "u", "u_parts", "low", "high", "level", "kind"} <= fraction.keys()
    assert {"chi2_reduced", "points", "free_parameters", "starts"} <= fit["statistics"].keys()
    assert document["inputs"][0]["path"] == "interphase_synthetic.vms"


def test_the_folder_holds_the_same_document(capsys, tmp_path):
    _, document = _json(capsys, [*CALIBRATED, "--out", str(tmp_path / "r")])
    written = {path.name for path in (tmp_path / "r").iterdir()}
    assert written == {
        "result.json", "rows.csv", "recipe.toml", "environment.json", "S_2p.svg", "S_2p.png",
    }  # fmt: skip
    assert json.loads((tmp_path / "r" / "result.json").read_text()) == document
    with (tmp_path / "r" / "rows.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert {row["quantity"] for row in rows} == {"position", "fwhm", "area", "fraction"}


def test_twice_the_same_bytes(capsys, tmp_path):
    for name in "ab":
        _json(capsys, [*CALIBRATED, "--out", str(tmp_path / name)])
    for name in ("result.json", "rows.csv", "recipe.toml", "S_2p.svg", "S_2p.png"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_recipe_prints_what_fit_reads(capsys, tmp_path):
    assert main(["xps", "recipe", "--region", "P 2p", "--species", "PS4"]) == 0
    path = tmp_path / "my.toml"
    path.write_text(capsys.readouterr().out)
    assert xps.read_recipe(path).envelopes[0].region == "P 2p"


@pytest.mark.parametrize("basis", ["area_levels", "atomic", "atomic_all"])
def test_fractions_over_several_levels(capsys, basis):
    arguments = ["xps", "fit", example_path(), "--species", "PS4,LiCl", "--region", "P 2p",
                 "--region", "Cl 2p", "--charge-shift", "0.32", "--basis", basis]  # fmt: skip
    _, document = _json(capsys, arguments)
    species = [f for f in document["fractions"] if "(" in f["subject"]]
    assert {f["basis"] for f in species} == {basis}
    assert sum(f["value"] for f in species) == pytest.approx(1.0, abs=1e-12)
    has = {"sensitivity"} if basis != "area_levels" else set()
    assert has <= species[0]["u_parts"].keys()


def test_gallium_is_found_in_the_file_and_modelled(capsys):
    _, document = _json(capsys, CALIBRATED)
    overlaps = [f for f in document["fits"][0]["findings"] if f["rule"] == "overlap"]
    assert {f["subject"] for f in overlaps} == {"S 2p Li2S", "S 2p PS4"}


def test_tables_for_people(capsys):
    assert main(CALIBRATED) == 0
    shown = capsys.readouterr().out
    assert "within_level" in shown
    assert "±" in shown


def test_inspect(capsys):
    code, document = _json(capsys, ["xps", "inspect", example_path()])
    assert code == 0
    assert len(document["spectra"]) == 7
    assert main(["xps", "inspect", example_path()]) == 0


def test_split_subtracts_the_lattice(capsys):
    arguments = ["xps", "fit", example_path(), "--species", "PS4,Li2S,LiCl", "--region", "P 2p",
                 "--region", "S 2p", "--region", "Cl 2p", "--charge-shift", "0.32", "--basis",
                 "atomic", "--split"]  # fmt: skip
    _, document = _json(capsys, arguments)
    found = {f["subject"] for f in document["fractions"]}
    assert {"Cl-lattice", "S-free"} <= found


def test_library_commands(capsys):
    code, document = _json(capsys, ["library", "show", "S 2p"])
    assert code == 0
    assert [e["entry"]["symbol"] for e in document["entries"]] == ["S 2p"]
    assert document["sources"]
    _, document = _json(capsys, ["library", "show", "Li6PS5Cl"])
    kinds = [e["kind"] for e in document["entries"]]
    assert kinds == ["species", "attenuation material", "phase"]
    code, document = _json(capsys, ["library", "list"])
    assert "Li2S" in document["names"]["species"]
    for key in ("Li2S", "GaCl-", "In0", "C 1s"):
        assert main(["library", "show", key]) == 0


def test_an_entry_without_a_table_of_its_own_shows_each_value_with_its_source(capsys):
    assert main(["library", "show", "scofield_al"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "S 2p3/2 1.11 ± 0.056 calculated scofield1976" in shown
    assert "includes transmission: no" in shown


def test_a_library_of_ones_own_is_checked(capsys, tmp_path):
    mine = tmp_path / "mine.toml"
    mine.write_text('[species.LiI]\nlabel = "iodide"\nelements = ["Li"]\ngroup = "insulator"\n')
    code, document = _json(capsys, ["library", "check", str(mine)])
    assert code == 0
    assert document["new"]["species"] == ["LiI"]


def test_the_demo(capsys, tmp_path):
    code, document = _json(capsys, ["demo", "--out", str(tmp_path / "demo")])
    assert code == 0
    fits = document["xps"]["fits"]
    assert [fit["region"] for fit in fits] == [
        "Ga 2p", "In 3d", "Li 1s", "P 2p", "S 2p", "Cl 2p",
    ]  # fmt: skip
    assert all(fit["assessment"] == "converged" for fit in fits)
    assert (tmp_path / "demo" / "xps" / "overview.png").exists()
    verdicts = {one["ion"]: one["verdict"] for one in document["tofsims"]["uniformity"]}
    assert verdicts["In-"] == "drifting"
    assert verdicts["Cl-"] == "uniform"
    assert {verdict["ion"] for verdict in document["tofsims"]["uniformity"]} >= {"GaCl-", "O-"}
    assert (tmp_path / "demo" / "tofsims" / "profile.svg").exists()
    page = (tmp_path / "demo" / "report.html").read_text()
    assert page.count('<section class="result"') == 3
    assert page.count("<svg") == 14


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["xps", "fit", "nothing.vms", "--species", "PS4"], "no such file"),
        ([*FIT[:3], "--region", "S 2p"], "say what to fit in one way"),
        ([*FIT[:3], "--region", "S 2p", "--species", "Foo"], "no species 'Foo'"),
        ([*FIT[:3], "--region", "S 2p", "--species", "li2s"], "did you mean Li2S"),
        ([*FIT[:3], "--region", "Q 9z", "--species", "PS4"], "no core level 'Q 9z'"),
        ([*FIT[:3], "--region", "O 1s", "--species", "Li2O"], "no region 'O 1s'"),
        ([*FIT[:3], "--region", "Cl 2p", "--species", "PS4"], "none of PS4 has a line on Cl 2p"),
        ([*FIT, "--sample", "other"], "no sample 'other'"),
        ([*FIT, "--charge-reference", "C 1s"], "expected LEVEL:SPECIES"),
        ([*FIT, "--charge-shift", "1", "--charge-reference", "C 1s:C-C"], "not both"),
        ([*FIT, "--charge-shift", "nan"], "--charge-shift is nan; give a number"),
        ([*FIT, "--charge-shift", "300"], "channels"),
        ([*FIT[:3], "--from-casaxps"], "holds no CasaXPS fit"),
        ([*FIT, "--statistic", "magic"], "magic"),
        ([*FIT, "--sensitivity-set", "mine", "--basis", "atomic"], "no sensitivity set 'mine'"),
    ],
)
def test_bad_use_is_a_sentence(capsys, arguments, sentence):
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert sentence in " ".join(said.err.split())
    assert "Traceback" not in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("schema = 3", "schema"),
        ('schema = "peakwright.xps.recipe/1"', "envelope"),
        ("not toml at all", "not TOML"),
        (
            'schema = "peakwright.xps.recipe/1"\n[[envelope]]\nregion = "S 2p"\nwindwo = [1, 2]\n'
            '[[envelope.components]]\nname = "a"\ncore_level = "S 2p"\nposition = 161',
            "windwo",
        ),
        (
            'schema = "peakwright.xps.recipe/1"\n[[envelope]]\nregion = "S 2p"\n'
            '[[envelope.components]]\nname = "a"\ncore_level = "S 2p"\nposition = "= b"',
            "neither a number nor one of the components",
        ),
        (
            'schema = "peakwright.xps.recipe/1"\n[[envelope]]\nregion = "S 2p"\n'
            '[[envelope.components]]\nname = "a"\ncore_level = "S 2p"\nposition = "= b"\n'
            '[[envelope.components]]\nname = "b"\ncore_level = "S 2p"\nposition = "= a"',
            "run in a circle",
        ),
    ],
)
def test_a_wrong_recipe_is_named_with_its_field(capsys, tmp_path, text, sentence):
    path = tmp_path / "my.toml"
    path.write_text(text)
    assert main(["xps", "fit", example_path(), "--recipe", str(path)]) == 2
    assert sentence in " ".join(capsys.readouterr().err.split())


def test_nothing_is_written_where_the_fit_is_refused(tmp_path, capsys):
    out = tmp_path / "out"
    assert main([*FIT, "--charge-shift", "300", "--out", str(out)]) == 2
    assert not out.exists()
    capsys.readouterr()


def test_every_real_file_answers(data_dir, capsys):
    for path in sorted((data_dir / "xps").glob("*/*")):
        code = main(["xps", "inspect", str(path)])
        said = capsys.readouterr()
        assert code in {0, 2}, path
        assert "fault of peakwright" not in said.err, (path, said.err)
        assert code == 0 or "peakwright: " in said.err
