"""``xps compare``: results in, differences out; what cannot be compared is said in a sentence."""

from __future__ import annotations

import csv
import json
import shutil

import numpy as np
import pytest

import xps
from peakwright.cli.main import main
from xps.io.vamas.write import write_vamas


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Folders ``a/1``, ``a/2``, ``b/1``, ``b/2``: fits of P 2p, with less Li3P in b."""
    folder = tmp_path_factory.mktemp("compare")
    generator = np.random.default_rng(11)
    one = xps.example("P 2p", calibrated=False)
    fit = xps.fit(xps.example("P 2p"), xps.envelope("P 2p", ["PS4", "Li3P"]))
    place = next(line.position.value for line in fit.lines if line.component == "Li3P")
    energy = one["binding_energy"].values + 0.32
    extra = np.exp(-4 * np.log(2) * ((energy - place) / 1.2) ** 2)
    extra += 0.511 * np.exp(-4 * np.log(2) * ((energy - place - 0.86) / 1.2) ** 2)
    for name, height in (("a", 900.0), ("b", 0.0)):
        for spot in ("1", "2"):
            counts = generator.poisson(one["counts"].values + height * extra).astype(float)
            made = one.assign(counts=one["counts"].copy(data=counts))
            made.attrs["sample"] = f"sample {name}"
            write_vamas([made], folder / f"{name}{spot}.vms")
            arguments = [str(folder / f"{name}{spot}.vms"), "--region", "P 2p"]
            scale = ["--charge-shift", "0.32", "--out", str(folder / name / spot)]
            assert main(["xps", "fit", *arguments, "--species", "PS4,Li3P", *scale]) in {0, 1}
    return folder


def run(capsys, *arguments):
    capsys.readouterr()
    code = main(["xps", "compare", *map(str, arguments)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_document_tells_the_difference_with_its_probability(results, capsys):
    code, out, _ = run(capsys, results / "a" / "1", results / "b" / "1", "--json")
    document = json.loads(out)
    assert code == 0
    assert document["schema"] == "peakwright.xps.compare/1"
    (li3p,) = (d for d in document["differences"] if d["subject"] == "Li3P")
    assert li3p["basis"] == "within_level"
    assert li3p["difference"]["high"] < 0.0
    assert li3p["probability_fell"] > 0.999
    assert li3p["a"]["between_spots"] is None
    assert [spot["sample"] for spot in document["a"]] == ["sample a"]


def test_a_folder_of_folders_is_so_many_spots(results, capsys):
    code, out, _ = run(capsys, results / "a", results / "b", "--json")
    (li3p,) = (d for d in json.loads(out)["differences"] if d["subject"] == "Li3P")
    assert code == 0
    assert len(li3p["a"]["spots"]) == len(li3p["b"]["spots"]) == 2
    assert li3p["a"]["between_spots"]["high"] >= li3p["a"]["between_spots"]["value"]


def test_spots_can_be_named_one_by_one(results, capsys):
    _, folders, _ = run(capsys, results / "a", results / "b", "--json")
    more = ["--a", results / "a" / "2", "--b", results / "b" / "2" / "result.json"]
    _, named, _ = run(capsys, results / "a" / "1", results / "b" / "1", *more, "--json")
    assert json.loads(named)["differences"] == json.loads(folders)["differences"]


def test_the_folder_holds_document_tables_and_figure(results, capsys, tmp_path):
    code, out, _ = run(capsys, results / "a", results / "b", "--out", tmp_path / "c")
    assert code == 0
    assert "Li3P: fell" in out
    assert {path.name for path in (tmp_path / "c").iterdir()} == {
        *("result.json", "rows.csv", "environment.json", "differences.csv"),
        *("comparison.svg", "comparison.png"),
    }
    with (tmp_path / "c" / "differences.csv").open() as stream:
        rows = {row["subject"]: row for row in csv.DictReader(stream)}
    assert float(rows["Li3P"]["a_spots"]) == 2
    assert float(rows["Li3P"]["high"]) < 0.0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda folder: [folder / "a" / "1", folder / "a" / "1"], "same measurement"),
        (lambda folder: [folder / "a" / "1"], "two results are compared"),
        (lambda folder: [folder / "a", folder / "nothing"], "no such file"),
        (lambda folder: [folder / "a", folder / "a1.vms"], "is not JSON"),
        (lambda folder: [folder / "a", folder / "b", "--sample-a", "c"], "no sample 'c'"),
        (lambda folder: [folder / "a" / "1" / "environment.json", folder / "b"], "is no result"),
    ],
)
def test_what_cannot_be_compared_is_said_in_a_sentence(results, capsys, change, told):
    code, out, err = run(capsys, *change(results))
    assert code == 2
    assert out == ""
    assert told in err
    assert err.count("\n") == 1


def test_another_recipe_is_a_warning(results, capsys, tmp_path):
    arguments = [str(results / "b1.vms"), "--region", "P 2p", "--species", "PS4,Li3P"]
    other = ["--background", "linear", "--charge-shift", "0.32", "--out", str(tmp_path / "o")]
    assert main(["xps", "fit", *arguments, *other]) in {0, 1}
    _, out, _ = run(capsys, results / "a" / "1", tmp_path / "o", "--json")
    (finding,) = (f for f in json.loads(out)["findings"] if f["rule"] == "different_models")
    assert "linear" in finding["reference"]
    assert finding["severity"] == "warning"


def test_another_library_is_told(results, capsys, tmp_path):
    shutil.copytree(results / "b" / "1", tmp_path / "b")
    path = tmp_path / "b" / "result.json"
    document = json.loads(path.read_text())
    document["registry"] = {"version": "0", "sha256": "0"}
    path.write_text(json.dumps(document))
    _, out, _ = run(capsys, results / "a" / "1", tmp_path / "b", "--json")
    (finding,) = (f for f in json.loads(out)["findings"] if f["rule"] == "different_libraries")
    assert finding["severity"] == "info"
    assert "same values" in finding["message"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("fits", 0, "fractions", 0, "value"), 7.0),
        (("fits", 0, "fractions", 0, "value"), "many"),
        (("fits", 0, "fractions", 0, "value"), float("nan")),
        (("fits", 0, "fractions", 0, "basis"), "by weight"),
        (("fits", 0, "fractions", 0, "u_parts", "counting"), -1.0),
        (("fits", 0, "fractions", 0, "low"), 1.0),
        (("fits",), 3),
        (("schema",), None),
    ],
)
def test_a_changed_document_is_refused_with_its_place(results, capsys, tmp_path, path, value):
    shutil.copytree(results / "b" / "1", tmp_path / "b")
    file = tmp_path / "b" / "result.json"
    document = json.loads(file.read_text())
    there = document
    for key in path[:-1]:
        there = there[key]
    there[path[-1]] = value
    file.write_text(json.dumps(document))
    code, out, err = run(capsys, results / "a" / "1", tmp_path / "b")
    assert (code, out) == (2, "")
    assert "result.json" in err
    assert err.count("\n") == 1


def test_no_prefix_of_a_document_is_taken_for_one(results, capsys, tmp_path):
    whole = (results / "b" / "1" / "result.json").read_bytes()
    for percent in range(0, 100, 7):
        (tmp_path / "cut.json").write_bytes(whole[: len(whole) * percent // 100])
        code, _, err = run(capsys, results / "a" / "1", tmp_path / "cut.json")
        assert code == 2
        assert "is not JSON" in err


def test_a_series_gives_each_spectrum_as_a_spot(results, capsys, tmp_path):
    one = xps.example("P 2p", calibrated=False)
    generator = np.random.default_rng(3)
    spectra = [
        one.assign(counts=one["counts"].copy(data=generator.poisson(one["counts"].values)))
        for _ in range(4)
    ]
    write_vamas(spectra, tmp_path / "four.vms")
    main(["xps", "recipe", "--region", "P 2p", "--species", "PS4,Li3P"])
    (tmp_path / "r.toml").write_text(capsys.readouterr().out)
    given = [str(tmp_path / "four.vms"), "--recipe", str(tmp_path / "r.toml")]
    main(["xps", "series", *given, "--charge-shift", "0.32", "--out", str(tmp_path / "s")])
    _, out, _ = run(capsys, tmp_path / "s", results / "a", "--json")
    document = json.loads(out)
    assert len(document["a"]) == 4
    assert "nothing_cancels" in {finding["rule"] for finding in document["findings"]}
