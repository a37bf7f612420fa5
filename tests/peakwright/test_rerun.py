"""A result made anew: identical, or what differs; and what is refused before any work."""

from __future__ import annotations

import json
import shutil

import pytest

from peakwright.cli.main import main
from peakwright.rerun.differences import differences, largest
from peakwright.rerun.recipe import toml_text
from references.files import sha256
from xps.example import example_path

DEEP = 100_000


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A fit with its input beside it."""
    home = tmp_path_factory.mktemp("made")
    file = home / "measured.vms"
    shutil.copy(example_path(), file)
    words = ["xps", "fit", str(file), "--species", "LiCl", "--region", "Cl 2p"]
    assert main([*words, "--charge-shift", "0.3", "--out", str(home / "result")]) == 0
    return home


@pytest.fixture
def copy(made, tmp_path):
    """The same, free to be changed."""
    shutil.copytree(made, tmp_path / "copy")
    (tmp_path / "copy" / "result" / "environment.json").unlink()
    return tmp_path / "copy"


def _changed(folder, change):
    """Change the document of a result, and write it as it would be."""
    path = folder / "result" / "result.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document, indent=2) + "\n")


def _rerun(capsys, *arguments):
    code = main(["rerun", *map(str, arguments)])
    said = capsys.readouterr()
    return code, said.out, said.err


def _refused(capsys, folder):
    code, out, err = _rerun(capsys, folder / "result")
    assert (code, out) == (2, "")
    assert err.startswith("peakwright: ")
    assert err.count("\n") == 1
    return err


# --- identical ------------------------------------------------------------------------------------


def test_the_same_input_gives_the_same_bytes(made, capsys):
    code, out, _ = _rerun(capsys, made / "result")
    assert code == 0
    assert "identical, byte for byte" in out


def test_json_says_the_same(made, capsys):
    code, out, _ = _rerun(capsys, made / "result" / "result.json", "--json")
    told = json.loads(out)
    assert (code, told["identical"], told["number_of_places"]) == (0, True, 0)
    assert told["schema"] == "peakwright.rerun/1"


def test_a_new_result_is_written_where_it_is_asked_for(made, tmp_path, capsys):
    code, _, _ = _rerun(capsys, made / "result", "--out", tmp_path / "again")
    names = {path.name for path in (made / "result").iterdir()}
    assert code == 0
    assert {path.name for path in (tmp_path / "again").iterdir()} == names
    again, first = (one / "result.json" for one in (tmp_path / "again", made / "result"))
    assert again.read_bytes() == first.read_bytes()


def test_the_result_itself_is_not_written_over(copy, capsys):
    code, _, err = _rerun(capsys, copy / "result", "--out", copy / "result")
    assert code == 2
    assert "not written over" in err


def test_inputs_are_found_in_the_folder_that_is_named(copy, tmp_path, capsys):
    elsewhere = tmp_path / "elsewhere" / "day one"
    elsewhere.mkdir(parents=True)
    (copy / "measured.vms").rename(elsewhere / "measured.vms")
    assert _rerun(capsys, copy / "result", "--inputs", tmp_path / "elsewhere")[0] == 0


def test_a_file_of_the_same_name_is_passed_over_for_the_right_one(copy, capsys):
    (copy / "measured.vms").rename(copy / "result" / "measured.vms")
    (copy / "measured.vms").write_text("another")
    assert _rerun(capsys, copy / "result")[0] == 0


# --- what differs ---------------------------------------------------------------------------------


def test_a_changed_number_is_named_with_its_size(copy, capsys):
    def change(document):
        document["fits"][0]["components"][0]["area"] *= 1.001

    _changed(copy, change)
    code, out, _ = _rerun(capsys, copy / "result")
    assert code == 1
    assert "1 place differs; numbers by up to 0.001 of their size" in out
    assert "fits[0].components[0].area" in out


def test_another_library_is_named(copy, capsys):
    def change(document):
        document["registry"] = {"version": "2020.1.1", "sha256": 64 * "0"}

    _changed(copy, change)
    code, out, _ = _rerun(capsys, copy / "result")
    assert code == 1
    assert "library: 2020.1.1 then" in out
    assert "library's SHA-256: 0000" in out


def test_another_version_is_named(copy, capsys):
    _changed(copy, lambda document: document.update(version="0.0.1"))
    code, out, _ = _rerun(capsys, copy / "result")
    assert code == 1
    assert "peakwright: 0.0.1 then" in out


def test_another_package_is_named_where_the_environment_is_known(made, tmp_path, capsys):
    shutil.copytree(made, tmp_path / "copy")
    path = tmp_path / "copy" / "result" / "environment.json"
    told = json.loads(path.read_text())
    told["packages"]["numpy"] = "1.0"
    path.write_text(json.dumps(told))
    code, out, _ = _rerun(capsys, tmp_path / "copy" / "result")
    assert code == 0  # the numbers are the same nevertheless
    assert "numpy: 1.0 then" in out


def test_a_file_that_was_formatted_anew_is_not_identical(copy, capsys):
    path = copy / "result" / "result.json"
    path.write_text(json.dumps(json.loads(path.read_text())))
    code, out, _ = _rerun(capsys, copy / "result")
    assert code == 1
    assert "the same values, but the file is written in another way" in out


def test_differences_are_found_in_every_kind_of_value():
    then = {"a": 1, "b": [1, 2], "c": "x", "d": None, "e": True}
    now = {"a": 1.0, "b": [1], "c": "y", "d": 0, "f": True}
    places = [one.place for one in differences(then, now)]
    assert places == ["a", "b[1]", "c", "d", "e", "f"]


def test_the_largest_difference_is_of_all_numbers():
    assert largest(differences([1.0, 10.0, 0.0], [1.1, 10.0, 0.0])) == pytest.approx(0.1 / 1.1)
    assert largest(differences({"a": "x"}, {"a": "y"})) is None


def test_a_number_that_is_not_finite_has_no_size():
    assert largest(differences([float("inf"), 10**400], [1.0, 1.0])) is None


# --- inputs that are missing or others ------------------------------------------------------------


def test_a_missing_input_is_named(copy, capsys):
    (copy / "measured.vms").unlink()
    err = _refused(capsys, copy)
    assert "measured.vms" in err
    assert "--inputs" in err


def test_a_changed_input_is_named(copy, capsys):
    path = copy / "measured.vms"
    path.write_bytes(path.read_bytes() + b" ")
    err = _refused(capsys, copy)
    assert "is not the measured.vms that result.json was made from" in err


def test_a_folder_that_is_none_is_refused(copy, capsys):
    code, _, err = _rerun(capsys, copy / "result", "--inputs", copy / "nothing")
    assert code == 2
    assert "is no folder" in err


def test_what_the_environment_remembers_is_read_only_by_name_and_hash(made, tmp_path, capsys):
    shutil.copytree(made / "result", tmp_path / "copy" / "result")
    path = tmp_path / "copy" / "result" / "environment.json"
    told = json.loads(path.read_text())
    told["inputs"] = ["/dev/zero", "//server/share/measured.vms", "/proc/self/mem", 3, "\0"]
    path.write_text(json.dumps(told))
    assert "measured.vms" in _refused(capsys, tmp_path / "copy")


# --- hostile or unsuited documents ----------------------------------------------------------------


def _request(**options):
    return lambda document: document["request"]["options"].update(options)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_request(out="elsewhere"), "is no option"),
        (_request(json=True), "is no option"),
        (_request(help=True), "is no option"),
        (_request(nonsense=1), "is no option"),
        (_request(budget=True), "is no option"),
        (_request(recipe="/etc/passwd"), "by its base name and its SHA-256"),
        (_request(library=["/etc/passwd"]), "by its base name and its SHA-256"),
        (_request(library=[{"path": "../x", "sha256": 64 * "a"}]), "by its base name"),
        (_request(library=[{"path": "a\0b", "sha256": 64 * "a"}]), "by its base name"),
        (_request(library=[{"path": "x.toml", "sha256": 64 * "a"}]), "neither where it was"),
        (_request(seed=[1, [2]]), "is no value"),
        (_request(seed={"parts": ["1"]}), "is no value"),
        (_request(split="yes"), "should be true"),
        (_request(sample="a" * 200_000), "is no value"),
        (_request(seed="--out=elsewhere"), "seed"),
        (lambda d: d["request"].update(command="xps recipe"), "no command"),
        (lambda d: d["request"].update(command="rerun"), "no command"),
        (lambda d: d["request"].update(command=["xps", "fit"]), "no command"),
        (lambda d: d["request"].update(command="xps survey"), "does not write"),
        (lambda d: d["request"].update(more=1), "a command and its options"),
        (lambda d: d.update(request=[]), "a command and its options"),
        (lambda d: d.pop("request"), "does not say which command made it"),
        (lambda d: d.update(inputs=[]), "does not name its inputs"),
        (lambda d: d.update(inputs=[{"path": "/etc/passwd", "sha256": 64 * "a"}]), "inputs"),
        (lambda d: d["inputs"][0].update(path=".."), "inputs"),
        (lambda d: d["inputs"][0].update(sha256="x"), "inputs"),
        (lambda d: d.update(recipe=3), "should be a table"),
        (lambda d: d["recipe"].update(nonsense=1), "nonsense"),
        (lambda d: d.update(schema="peakwright.batch/1"), "peakwright batch"),
        (lambda d: d.update(schema="peakwright.report/1"), "peakwright report"),
        (lambda d: d.update(schema="peakwright.methods/1"), "rerun the result itself"),
        (lambda d: d.update(schema="peakwright.xrd.check/2"), "reads peakwright.xrd.check/1"),
        (lambda d: d.update(schema="another"), "no result of peakwright"),
        (lambda d: d.update(schema=3), "no result of peakwright"),
    ],
)
def test_a_hostile_result_is_refused_by_one_sentence(copy, capsys, change, said):
    _changed(copy, change)
    assert said in _refused(capsys, copy)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[" * DEEP + "]" * DEEP, "is not JSON (nested too deeply)"),
        ('{"schema": "peakwright.a/1", "a": ' + "[" * 100 + "]" * 100 + "}", "nested more than"),
        ("<html></html>", "is not JSON"),
        ("", "is not JSON"),
        ('{"a": ' + "9" * 5000 + "}", "is not JSON (Exceeds the limit"),
        ('{"schema": "peakwright.xps.fit/1", "fits": [1,\n 2', "line 2: is cut off"),
        ("[]", "no result of peakwright"),
    ],
)
def test_what_is_no_result_is_refused(copy, capsys, content, said):
    (copy / "result" / "result.json").write_text(content)
    assert said in _refused(capsys, copy)


def test_a_folder_of_results_is_told_to_name_one(tmp_path, capsys):
    for name in ("xps", "xrd"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "result.json").write_text("{}")
    assert main(["rerun", str(tmp_path)]) == 2
    assert "holds no result.json; name one of the folders in it that have one: xps, xrd" in (
        capsys.readouterr().err
    )


def test_a_huge_file_is_refused_before_it_is_read(copy, capsys):
    with (copy / "result" / "result.json").open("r+b") as stream:
        stream.truncate(300 * 1024**2)
    assert "more than" in _refused(capsys, copy)


def _powder(folder, **options):
    """A result of `xrd check` as it stands, not one that was run."""
    path = folder / "result" / "result.json"
    document = {
        "schema": "peakwright.xrd.check/1",
        "version": "0.1.0",
        "request": {"command": "xrd check", "options": options},
        "inputs": [{"path": "measured.vms", "sha256": sha256(folder / "measured.vms")}],
        "registry": {},
        "recipe": {"schema": "peakwright.xrd.recipe/1", "phase": "Li6PS5Cl"},
    }
    path.write_text(json.dumps(document))


@pytest.mark.parametrize("name", ["phase", "candidates"])
@pytest.mark.parametrize("text", ["/etc/passwd", "LiCl,../a.cif", "a.cif", "..\\a"])
def test_a_path_in_a_text_is_refused(copy, capsys, name, text):
    _powder(copy, **{name: text})
    assert "without its SHA-256" in _refused(capsys, copy)


def test_a_word_that_is_a_file_here_is_refused(copy, capsys, monkeypatch):
    monkeypatch.chdir(copy)
    _powder(copy, phase="measured.vms")
    assert "without its SHA-256" in _refused(capsys, copy)


@pytest.mark.parametrize("where", ["phase", "background_file"])
def test_a_path_in_a_recipe_is_refused(copy, capsys, where):
    _powder(copy)
    _changed(copy, lambda document: document["recipe"].update({where: "/etc/passwd"}))
    assert "names a file elsewhere" in _refused(capsys, copy)


def test_nothing_is_written_where_the_result_says(copy, capsys):
    before = sorted(path for path in copy.rglob("*"))
    _changed(copy, _request(out=str(copy / "mine")))
    _refused(capsys, copy)
    assert sorted(path for path in copy.rglob("*")) == before


# --- the recipe as TOML ---------------------------------------------------------------------------


def test_toml_reads_back_equal():
    import tomllib

    recipe = {
        "schema": "a/1",
        'key "with" = everything': {"\x7f\n\u2028": [1, 2.5, True, "ü\"'\\"]},
        "empty": [],
        "table": [{"a": 1e-9}, {"b": False}],
    }
    assert tomllib.loads(toml_text(recipe)) == recipe
