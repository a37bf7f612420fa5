"""A job gives the bytes that the command gives, and its recipe gives them again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import references
import tofsims
import xps
import xrd
from peakwright.cli.main import main
from peakwright.jobs import read_job
from peakwright.store import json_text
from references.files import DataFileError, write_atomic
from tofsims.example import example

REGISTRY = references.load()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A file of each technique."""
    folder = tmp_path_factory.mktemp("files")
    tofsims.write_itm(folder / "run.itm", example())
    write_atomic(folder / "powder.xy", xrd.xy_text(xrd.example("unannealed")).encode())
    write_atomic(folder / "spectra.vms", Path(xps.example_path()).read_bytes())
    return folder


ASKED = {
    "xps": ["xps", "fit", "spectra.vms", "--region", "P 2p", "--species", "PS4,Li3P"],
    "xps atomic": [
        *("xps", "fit", "spectra.vms", "--region", "P 2p", "--region", "Cl 2p"),
        *("--species", "PS4,LiCl", "--limit", "Li3P", "--basis", "atomic", "--seed", "3"),
    ],
    "xrd": [
        *("xrd", "check", "powder.xy", "--candidates", "LiCl,Li2S", "--limit", "5"),
        *("--radiation", "Cu Ka"),
    ],
    "tofsims": [
        *("tofsims", "profile", "run.itm", "--ions", "Cl-,GaCl-", "--window", "90,600"),
        *("--region", "disc:16,16,10"),
    ],
}


@pytest.mark.parametrize("kind", ASKED)
def test_what_a_command_wrote_is_done_again_byte_for_byte(
    files, tmp_path, capsys, monkeypatch, kind
):
    monkeypatch.chdir(files)
    first, second = tmp_path / "first", tmp_path / "second"
    assert main([*ASKED[kind], "--out", str(first)]) in {0, 1, 3}
    options = ["--seed", "3"] if "--seed" in ASKED[kind] else []
    again = [*ASKED[kind][:3], "--recipe", str(first / "recipe.toml"), *options]
    assert main([*again, "--out", str(second)]) in {0, 1, 3}
    capsys.readouterr()
    names = sorted(path.name for path in first.iterdir() if path.name != "environment.json")
    assert names == sorted(p.name for p in second.iterdir() if p.name != "environment.json")
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


@pytest.mark.parametrize("kind", ["xps", "xrd", "tofsims"])
def test_a_job_read_from_a_recipe_gives_the_document_of_the_command(
    files, tmp_path, capsys, monkeypatch, kind
):
    monkeypatch.chdir(files)
    main([*ASKED[kind], "--out", str(tmp_path)])
    capsys.readouterr()
    job = read_job(tmp_path / "recipe.toml")
    assert job.technique == kind
    done = job.run(files / ASKED[kind][2], REGISTRY)
    assert json_text(done.document).encode() == (tmp_path / "result.json").read_bytes()
    assert done.recipe_toml == (tmp_path / "recipe.toml").read_text()


def test_a_structure_file_is_found_beside_the_recipe_and_told_by_name_and_hash(
    files, tmp_path, data_dir
):
    cif = next(data_dir.rglob("*.cif"))
    write_atomic(tmp_path / "mine.cif", cif.read_bytes())
    recipe = 'schema = "peakwright.xrd.recipe/1"\ncandidates = ["LiCl", "mine.cif"]\n'
    recipe += '[instrument]\nradiation = "Cu Ka"\n'
    write_atomic(tmp_path / "my.toml", recipe)
    done = read_job(tmp_path / "my.toml").run(files / "powder.xy", REGISTRY)
    parts = done.document["request"]["options"]["candidates"]["parts"]
    assert next(part for part in parts if isinstance(part, dict))["path"] == "mine.cif"
    assert done.document["recipe"]["candidates"] == ["LiCl", "mine.cif"]
    assert str(tmp_path) not in json.dumps(done.document)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("what", "is not TOML"),
        ("a = 1\n", "is no recipe of a job"),
        ('schema = "peakwright.xps.joint/1"\n', "has the schema 'peakwright.xps.joint/1'"),
        ('schema = "peakwright.xrd.recipe/1"\nphases = "LiCl"\n', "no such key 'phases'"),
        ('schema = "peakwright.tofsims.recipe/1"\nmargin_percent = -1.0\n', "margin_percent"),
    ],
)
def test_what_is_no_recipe_is_refused(tmp_path, text, sentence):
    file = write_atomic(tmp_path / "my.toml", text)
    with pytest.raises(DataFileError, match=r".*") as refused:
        read_job(file)
    assert sentence in str(refused.value)


def test_what_one_sample_tells_of_another_line_is_not_in_the_recipe_for_others(
    files, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(files)
    asked = ["xps", "fit", "spectra.vms", "--region", "S 2p", "--region", "Ga 2p"]
    main(
        [*asked, "--species", "PS4,Li2S,Ga0,GaCl3", "--elements", "S,P,Ga", "--out", str(tmp_path)]
    )
    capsys.readouterr()
    document = json.loads((tmp_path / "result.json").read_text())
    found = [finding["rule"] for fit in document["fits"] for finding in fit["findings"]]
    assert "overlap_size" in found
    written = (tmp_path / "recipe.toml").read_text()
    assert "Ga 3s" in written
    assert "area" not in written
