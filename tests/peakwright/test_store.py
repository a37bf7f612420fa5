"""A result's folder: whole files, exact numbers, the same bytes for the same result."""

from __future__ import annotations

import csv
import io
import itertools
import json
import tomllib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from peakwright import __version__, store
from peakwright.store import environment, json_text, result_document, rows_csv, write_results
from references.files import DataFileError
from references.words import Basis, Estimate, Kind, Row, UncertaintyParts

LIBRARY = SimpleNamespace(version="2026.1", sha256="ab" * 32)
INPUTS = [{"path": "/data/run 3/a.vms", "sha256": "cd" * 32}]
PARTS = UncertaintyParts(counting=0.03, background=0.04)
ROW = Row(
    sample="a@651",
    technique="xps",
    quantity="fraction",
    subject="Li2S",
    unit="1",
    basis=Basis.WITHIN_LEVEL,
    denominator="S 2p",
    estimate=Estimate(value=0.25, u=0.05, u_parts=PARTS, low=0.15, high=0.35, level=0.95),
)


def _table(rows):
    return list(csv.DictReader(io.StringIO(rows_csv(rows), newline="")))


def _named(text):
    return Row(
        sample=text,
        technique="xps",
        quantity="position",
        subject="Li2S",
        unit="eV",
        estimate=Estimate(value=1.0),
    )


@pytest.fixture
def document():
    return result_document("peakwright.xps.fit/1", INPUTS, LIBRARY, fits=[{"value": 0.1}])


@pytest.fixture
def write(document):
    def write_into(out, **changes):
        given_ = {
            "document": document,
            "rows": [ROW],
            "recipe_toml": 'schema = "x"\n',
            "figures": {"S_2p.svg": b"<svg/>", "S_2p.png": b"\x89PNG"},
        } | changes
        return write_results(out, **given_)

    return write_into


# --- the document ---------------------------------------------------------------------------------


def test_every_result_has_the_same_head(document):
    assert list(document) == ["schema", "version", "inputs", "registry", "fits"]
    assert document["version"] == __version__
    assert document["registry"] == {"version": "2026.1", "sha256": "ab" * 32}


def test_an_input_is_named_without_its_folder(document):
    assert document["inputs"] == [{"path": "a.vms", "sha256": "cd" * 32}]


def test_a_body_cannot_overwrite_the_head():
    with pytest.raises(ValueError, match="version"):
        result_document("x/1", [], LIBRARY, version="9")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_in_json_reads_back_bit_for_bit(value):
    found = json.loads(json_text({"value": value}))["value"]
    assert np.float64(found).tobytes() == np.float64(value).tobytes()


# --- the table ------------------------------------------------------------------------------------


def test_a_row_has_a_column_for_each_part_of_its_u():
    (row,) = _table([ROW])
    assert (row["u"], row["u_counting"], row["u_background"]) == ("0.05", "0.03", "0.04")
    assert row["u_misfit"] == row["u_sensitivity"] == ""


def test_a_part_that_is_zero_is_not_a_part_that_is_absent():
    estimate = Estimate(value=1.0, u=0.0, u_parts=UncertaintyParts(counting=0.0))
    row = Row(
        sample="a", technique="xps", quantity="area", subject="s", unit="1", estimate=estimate
    )
    (cells,) = _table([row])
    assert (cells["u_counting"], cells["u_misfit"]) == ("0.0", "")


def test_an_upper_limit_has_no_low():
    estimate = Estimate(value=0.01, high=0.03, level=0.95, kind=Kind.UPPER_LIMIT)
    row = Row(
        sample="a", technique="xps", quantity="area", subject="s", unit="1", estimate=estimate
    )
    (cells,) = _table([row])
    assert (cells["low"], cells["high"], cells["kind"]) == ("", "0.03", "upper_limit")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_in_the_table_reads_back_bit_for_bit(value):
    row = Row(
        sample="a",
        technique="xps",
        quantity="area",
        subject="s",
        unit="1",
        estimate=Estimate(value=np.float64(value)),
    )
    found = float(_table([row])[0]["value"])
    assert np.float64(found).tobytes() == np.float64(value).tobytes()


@pytest.mark.parametrize(
    "text",
    ["=HYPERLINK(1)", "+cmd", "-cmd", "@a", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "＋1", "－cmd"],
)
def test_a_name_is_never_a_formula(text):
    (row,) = _table([_named(text)])
    assert row["sample"] == f"'{text}"


@pytest.mark.parametrize("text", ["-1.5", "+3", "<script>", "a,b", 'a"b', "a\nb", "Li2S", ""])
def test_any_other_name_stays_as_it_is(text):
    assert _table([_named(text)])[0]["sample"] == text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_name_breaks_the_table(text):
    (row,) = _table([_named(text)])
    assert row["sample"] in {text, f"'{text}"}
    assert row["subject"] == "Li2S"


# --- the folder -----------------------------------------------------------------------------------


def test_the_folder_holds_what_was_asked_for(write, tmp_path):
    paths = write(tmp_path / "new" / "out")
    assert [path.name for path in paths] == [
        "result.json",
        "rows.csv",
        "recipe.toml",
        "environment.json",
        "S_2p.png",
        "S_2p.svg",
    ]
    assert sorted(paths) == sorted((tmp_path / "new" / "out").iterdir())


def test_the_file_is_what_the_terminal_is_shown(write, tmp_path, document):
    write(tmp_path)
    assert (tmp_path / "result.json").read_text() == json_text(document)


def test_equal_results_give_equal_bytes(write, tmp_path):
    one, two = write(tmp_path / "1"), write(tmp_path / "2")
    for first, second in zip(one, two, strict=True):
        if first.name != "environment.json":
            assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    "changes",
    [
        {"document": {"value": float("nan")}},
        {"document": {"value": object()}},
        {"figures": {"../a.svg": b""}},
        {"figures": {"/a.svg": b""}},
        {"figures": {"a\\b.svg": b""}},
        {"figures": {"Result.json": b""}},
        {"figures": {"a.svg": b"", "A.svg": b""}},
        {"figures": {"..": b""}},
        {"figures": {"": b""}},
    ],
)
def test_what_cannot_be_written_whole_is_not_begun(write, tmp_path, changes):
    with pytest.raises((ValueError, TypeError)):
        write(tmp_path / "out", **changes)
    assert not (tmp_path / "out").exists()


def _fails_at(monkeypatch, failing):
    """Let the disk refuse one of the files, counted in the order in which they are written."""
    calls = itertools.count()

    def write_atomic(path, content, real=store.write_atomic):
        if next(calls) == failing:
            raise DataFileError(path, "cannot be written (No space left on device)")
        return real(path, content)

    monkeypatch.setattr(store, "write_atomic", write_atomic)


@pytest.mark.parametrize("failing", range(4))
def test_a_failing_disk_leaves_whole_files_and_the_old_result(
    write, tmp_path, monkeypatch, failing
):
    write(tmp_path, document={"value": 1}, recipe_toml="old")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    _fails_at(monkeypatch, failing)
    with pytest.raises(DataFileError):
        write(tmp_path, document={"value": 2}, recipe_toml="new")
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert after.keys() == before.keys()
    assert after["result.json"] == before["result.json"]
    assert after["recipe.toml"] in {b"old", b"new"}


@pytest.mark.parametrize("failing", range(4, 7))
@pytest.mark.parametrize("drawn", [True, False])
def test_a_disk_that_is_full_at_the_figures_has_the_numbers(
    write, tmp_path, monkeypatch, failing, drawn
):
    figures = {"S_2p.svg": b"<svg/>", "S_2p.png": b"\x89PNG"}
    write(tmp_path, document={"value": 1}, figures={"old.svg": b"<svg/>"})
    _fails_at(monkeypatch, failing)
    with pytest.raises(
        DataFileError, match=r"the numbers are whole in .* give the same command again"
    ):
        write(tmp_path, document={"value": 2}, figures=figures if drawn else lambda: figures)
    assert json.loads((tmp_path / "result.json").read_text()) == {"value": 2}
    assert (tmp_path / "rows.csv").exists()
    # What an earlier result drew would be taken for this one's.
    assert not (tmp_path / "old.svg").exists()


def test_a_figure_that_cannot_be_drawn_costs_no_numbers(write, tmp_path):
    def draw():
        raise MemoryError

    with pytest.raises(MemoryError):
        write(tmp_path, figures=draw)
    assert (tmp_path / "result.json").exists()


def test_a_name_that_is_no_utf8_is_written_escaped(write, tmp_path):
    write(tmp_path, rows=[_named("a\udcff")])
    assert b"a\\udcff" in (tmp_path / "rows.csv").read_bytes()


def test_the_environment_names_every_dependency():
    root = Path(__file__).resolve().parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {Requirement(line).name for line in project["dependencies"]}
    assert set(environment()["packages"]) == needed


def test_files_of_an_earlier_result_go_with_it(write, tmp_path):
    write(tmp_path, figures={"a.svg": b"<svg/>", "b.svg": b"<svg/>"})
    (tmp_path / "mine.svg").write_bytes(b"not of a result")
    write(tmp_path, figures={"b.svg": b"<svg/>"})
    names = {path.name for path in tmp_path.iterdir()}
    assert "a.svg" not in names
    assert {"b.svg", "mine.svg", "result.json"} <= names


@pytest.mark.parametrize("told", ["{", "[]", '{"files": 3}', '{"files": ["../x.svg", 3, "x.exe"]}'])
def test_a_strange_list_of_files_removes_nothing(write, tmp_path, told):
    (tmp_path / "out").mkdir()
    for name in ("x.svg", "x.exe"):
        (tmp_path / name).write_bytes(b"")
        (tmp_path / "out" / name).write_bytes(b"")
    (tmp_path / "out" / "environment.json").write_text(told)
    write(tmp_path / "out")
    assert (tmp_path / "x.svg").exists()
    assert (tmp_path / "out" / "x.svg").exists()
    assert (tmp_path / "out" / "x.exe").exists()
