"""What a document says of the command that made it."""

from __future__ import annotations

import json
import typing
from importlib import import_module
from pathlib import Path

import pytest
import typer

from peakwright.cli.main import main
from peakwright.request import (
    COMMANDS,
    FILES,
    IN_RECIPE,
    PHASES,
    RESCALED,
    SILENT,
    request_now,
    told,
)
from peakwright.store import result_document
from references import load
from references.files import sha256
from xps.example import example_path


def _command(name):
    group, command = name.split()
    app = import_module(f"peakwright.cli.{group}").app
    return typer.main.get_command(app).commands[command]


def _function(name):
    group, command = name.split()
    app = import_module(f"peakwright.cli.{group}").app
    return next(
        one.callback
        for one in app.registered_commands
        if (one.name or one.callback.__name__) == command
    )


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    out = tmp_path_factory.mktemp("fitted")
    words = ["xps", "fit", example_path(), "--species", "LiCl", "--region", "Cl 2p"]
    assert main([*words, "--seed", "3", "--out", str(out)]) == 0
    return out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_that_is_a_file_is_known_as_one(name):
    hints = typing.get_type_hints(_function(name))
    paths = {option for option, hint in hints.items() if "Path" in str(hint)}
    assert paths <= FILES | SILENT
    assert not {option for option, hint in hints.items() if "Path" not in str(hint)} & FILES


@pytest.mark.parametrize("name", sorted(IN_RECIPE))
def test_commands_whose_recipe_is_in_the_document_take_one(name):
    assert {"recipe", *RESCALED} <= {parameter.name for parameter in _command(name).params}


def test_a_fit_tells_what_its_recipe_does_not(fitted):
    document = json.loads((fitted / "result.json").read_text())
    assert document["request"] == {"command": "xps fit", "options": {"seed": 3}}


def test_a_command_tells_the_options_that_are_not_as_they_are_by_default(fitted, capsys):
    words = ["xps", "lint", str(fitted), "--elements", "Ga", "--basis", "unknown", "--json"]
    assert main([*words[:2], str(fitted / "result.json"), *words[3:]]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["request"] == {"command": "xps lint", "options": {"elements": "Ga"}}


def test_where_files_lay_is_kept_beside_the_result(fitted):
    told = json.loads((fitted / "environment.json").read_text())
    assert told["inputs"] == [str(Path(example_path()).absolute())]


def test_without_a_command_line_there_is_no_request():
    assert request_now([]) is None
    assert "request" not in result_document("a/1", [], load())


def test_a_request_that_is_given_wins():
    given = {"command": "xps fit", "options": {}}
    assert result_document("a/1", [], load(), request=given)["request"] == given


def test_a_file_is_told_by_its_name_and_hash(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("a = 1")
    assert told({"instrument": file})["instrument"] == {"path": "mine.toml", "sha256": sha256(file)}


def test_the_hash_of_an_input_is_not_asked_for_again():
    known = [{"path": "big.itm", "sha256": "ab"}]
    assert told({"cube": Path("/nowhere/big.itm")}, known)["cube"] == known[0]


def test_two_inputs_of_one_name_are_told_apart(tmp_path):
    both = [tmp_path / side / "a.vms" for side in "ab"]
    for number, file in enumerate(both):
        file.parent.mkdir()
        file.write_text(str(number))
    known = [{"path": "a.vms", "sha256": sha256(file)} for file in both]
    assert told({"files": both}, known)["files"] == known


def test_a_structure_in_a_text_is_told_by_its_hash(tmp_path):
    file = tmp_path / "mine.cif"
    file.write_text("data_a")
    parts = told({"candidates": f"default,{file},LiCl"})["candidates"]["parts"]
    assert parts == ["default", ",", {"path": "mine.cif", "sha256": sha256(file)}, ",LiCl"]


def test_a_phase_of_the_library_is_one_though_a_file_has_its_name(tmp_path, monkeypatch):
    (tmp_path / "LiCl").write_text("")
    monkeypatch.chdir(tmp_path)
    assert told({"phase": "LiCl", "candidates": "LiCl,Li2S"}) == {
        "candidates": "LiCl,Li2S",
        "phase": "LiCl",
    }


def test_a_comma_in_the_path_of_the_one_phase_parts_nothing(tmp_path):
    file = tmp_path / "a, b" / "mine.cif"
    file.parent.mkdir()
    file.write_text("data_a")
    assert told({"phase": str(file)})["phase"]["parts"][0]["path"] == "mine.cif"


def test_a_mask_is_told_by_its_hash(tmp_path):
    file = tmp_path / "mask.png"
    file.write_bytes(b"picture")
    parts = told({"region": f"mask:{file}"})["region"]["parts"]
    assert parts == ["mask:", {"path": "mask.png", "sha256": sha256(file)}]


def test_a_folder_of_results_is_told_by_its_results(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "result.json").write_text(name)
    found = told({"a": tmp_path})["a"]
    assert [one["sha256"] for one in found] == [
        sha256(tmp_path / name / "result.json") for name in "ab"
    ]


def test_options_are_in_alphabetical_order():
    assert list(told({"seed": 1, "basis": "atomic", "limit": 2.0})) == ["basis", "limit", "seed"]


def test_phases_and_files_are_not_the_same_options():
    assert not PHASES & FILES
