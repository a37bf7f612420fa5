"""``peakwright xps lint``: what it takes, what it prints, how it ends."""

from __future__ import annotations

import json

import pytest

import xps
from peakwright.cli.main import main

TABLE = """core_level,species,line,position_eV
S 2p,PS4,2p3/2,161.5
S 2p,PS4,2p1/2,162.68
"""
SCHEMA = "peakwright.xps.lint/1"


@pytest.fixture
def stated(tmp_path):
    def write(text=TABLE, name="table.csv"):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def _run(capsys, *arguments):
    code = main(["xps", "lint", *arguments])
    out = capsys.readouterr()
    return code, out.out, out.err


def _json(capsys, *arguments):
    code, out, _ = _run(capsys, *arguments, "--json")
    document = json.loads(out)
    assert document["schema"] == SCHEMA
    return code, document


def test_errors_end_with_one(capsys, stated):
    code, document = _json(capsys, stated())
    assert code == 1
    assert {f["rule"] for f in document["findings"] if f["severity"] == "error"} == {
        "reference_not_declared"
    }


def test_a_sound_table_ends_with_zero(capsys, stated):
    code, document = _json(capsys, stated(), "--energy-reference", "C 1s 284.8")
    assert code == 0
    assert {f["severity"] for f in document["findings"]} <= {"info", "warning"}


def test_each_finding_leads_to_its_explanation(capsys, stated, project):
    _, document = _json(capsys, stated())
    rules = (project / "docs" / "rules.md").read_text()
    for finding in document["findings"]:
        file, _, slug = finding["documentation"].partition("#")
        assert file == "docs/rules.md"
        assert f"### {slug}\n" in rules


def test_the_basis_of_fractions(capsys, stated):
    path = stated(TABLE.replace("position_eV", "position_eV,fraction_percent")
                  .replace("161.5", "161.5,80"))  # fmt: skip
    rules = {}
    for basis in ("unknown", "within_level", "atomic"):
        _, document = _json(capsys, path, "--basis", basis)
        rules[basis] = {f["rule"] for f in document["findings"]}
    assert "fraction_basis" in rules["unknown"]
    assert "fraction_basis" not in rules["atomic"] | rules["within_level"]
    assert "unassigned_remainder" in rules["within_level"] - rules["atomic"]


def test_declared_elements_take_part(capsys, stated):
    _, document = _json(capsys, stated(), "--elements", "S,P,Ga")
    assert "overlap" in {f["rule"] for f in document["findings"]}


def test_the_folder_holds_the_same_document(capsys, stated, tmp_path):
    _, document = _json(capsys, stated(), "--out", str(tmp_path / "out"))
    assert json.loads((tmp_path / "out" / "result.json").read_text()) == document


def test_a_person_reads_one_line_a_finding(capsys, stated):
    _, out, _ = _run(capsys, stated())
    lines = out.splitlines()
    assert lines[0].startswith("table.csv: 2 lines, 0 fractions; to review: 1 error")
    assert any("[reference_not_declared]" in line for line in lines)
    assert lines[-1] == "each rule is explained in docs/rules.md"


def test_a_casaxps_file(capsys, data_dir):
    code, document = _json(capsys, str(data_dir / "xps/cheminfo-vamas/assigned.vms"))
    assert code == 1
    assert document["source"] == "casaxps"
    assert sum(f["rule"] == "at_bound" for f in document["findings"]) == 27


def test_a_result_and_its_recipe(capsys, tmp_path):
    out = tmp_path / "fitted"
    arguments = ["--region", "P 2p", "--species", "PS4", "--charge-shift", "0.3"]
    assert main(["xps", "fit", str(xps.example_path()), *arguments, "--out", str(out)]) == 0
    capsys.readouterr()
    code, document = _json(capsys, str(out / "result.json"))
    assert (code, document["source"]) == (0, "fit")
    assert not [f for f in document["findings"] if f["severity"] == "error"]
    code, document = _json(capsys, str(out / "recipe.toml"))
    assert (code, document["source"]) == (0, "recipe")
    # A result that somebody has changed is judged by what it says now.
    changed = json.loads((out / "result.json").read_text())
    changed["fits"][0]["components"][1]["position_eV"] += 0.4
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(changed))
    code, document = _json(capsys, str(path))
    assert code == 1
    assert "splitting" in {f["rule"] for f in document["findings"] if f["severity"] == "error"}


BAD = {
    "": "is empty",
    "a,b\n1,2\n": "is no table of stated lines",
    "core_level,species,b\nS 2p,PS4,2\n": "column 'b' is not known",
    "core_level,species,position_eV\nS 2p,PS4,nan\n": "line 2: position_eV 'nan' is no number",
    "core_level,species,position_eV\nS 2p,PS4,-161\n": "line 2: position_eV '-161' is no number",
    "core_level,species,position_eV\nsulfur,PS4,161\n": "names no core level",
    "core_level,species,line,position_eV\nS 2p,PS4,3d5/2,161\n": "'3d5/2' is none of S 2p",
    "core_level,species,position_eV\nS 2p,PS4,\n": "neither a position nor a fraction",
    "core_level,species,fraction\nS 2p,PS4,\n": "neither a position nor a fraction",
    "core_level,species,fraction_percent\nS 2p,PS4,120\n": "above 100 %",
    "core_level,species,fraction,basis\nS 2p,PS4,0.2,mass\n": "basis 'mass' is not known",
    "core_level,species,position_eV\n": "has a header and no rows",
    '{"schema": "other/1"}': "where 'peakwright.xps.fit/1' is expected",
    "{": "is not JSON",
    '{"schema": "peakwright.xps.fit/1"}': "lacks 'recipe'",
}


@pytest.mark.parametrize("text", BAD)
def test_bad_input_is_one_sentence(capsys, stated, text):
    code, out, err = _run(capsys, stated(text))
    assert (code, out) == (2, "")
    assert BAD[text] in err
    assert err.count("\n") == 1


def test_bad_options_are_refused(capsys, stated):
    for options, said in (
        (["--elements", "Qq"], "is no element's symbol"),
        (["--energy-reference", "C 1s 248.8"], "adventitious carbon is put at"),
        (["--basis", "mass"], "mass"),
    ):
        code, _, err = _run(capsys, stated(), *options)
        assert code == 2
        assert said in err


def test_a_file_without_a_casaxps_fit_says_so(capsys):
    code, _, err = _run(capsys, str(xps.example_path()))
    assert code == 2
    assert "holds no CasaXPS region" in err
