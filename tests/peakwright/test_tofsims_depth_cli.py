"""``peakwright tofsims depth``: the document, the files, and bad use in a sentence."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

import tofsims
from peakwright.cli.main import main

if "authored_events" in sys.modules:
    authored = sys.modules["authored_events"]
else:
    _spec = importlib.util.spec_from_file_location(
        "authored_events", Path(__file__).parents[1] / "tofsims/authored.py"
    )
    authored = importlib.util.module_from_spec(_spec)
    sys.modules["authored_events"] = authored
    _spec.loader.exec_module(authored)

FOLDER = "tofsims/surfacelab_profiles"
A = "I231114p_A_MAPI_025s-LC_neg-8 - NF.txt"


def _json(capsys, arguments):
    code = main([*arguments, "--json"])
    told = capsys.readouterr()
    assert told.err == ""
    return code, json.loads(told.out)


@pytest.fixture
def export(data_dir):
    return ["tofsims", "depth", str(data_dir / FOLDER / A), "--ions", "SnO2-,Pb2I5-"]


def test_without_a_measurement_there_is_no_depth(capsys, export):
    code, document = _json(capsys, [*export, "--plateau", "SnO2-=72,118"])
    assert code == 0
    assert document["schema"] == "peakwright.tofsims.depth/1"
    assert document["calibrated_by"] == ""
    assert document["depth_nm"] is None
    first, last = document["interfaces"]
    assert (first["ion"], first["edge"], first["depth_nm"]) == ("SnO2-", "rising", None)
    assert first["plateau_s"] == [72, 118]
    assert first["t50_s"]["value"] == pytest.approx(49.72, abs=0.05)
    assert 0 < first["t50_s"]["u"] < 0.2
    assert last["t50_s"]["value"] == pytest.approx(48.88, abs=0.05)


def test_a_crater_gives_depths_and_a_folder(capsys, export, tmp_path):
    out = tmp_path / "out"
    code, document = _json(
        capsys, [*export, "--crater-depth", "320", "--u", "10", "--out", str(out)]
    )
    assert code == 0
    assert "by fluence" in document["calibrated_by"]
    assert document["depth_nm"][-1] == pytest.approx(320)
    assert document["u_depth_nm"][-1] == pytest.approx(10)
    deep = document["interfaces"][0]["depth_nm"]
    assert deep["value"] == pytest.approx(133.6, abs=0.5)
    assert deep["u"] == pytest.approx(10 * deep["value"] / 320, rel=0.01)
    assert json.loads((out / "result.json").read_text()) == document
    assert {"interfaces.svg", "interfaces.png", "rows.csv"} <= {p.name for p in out.iterdir()}
    assert "depth of t50" in (out / "rows.csv").read_text()


def test_layers_and_rates(capsys, export):
    _, document = _json(capsys, [*export, "--layers", "Pb2I5-=250+-8"])
    rising, falling = document["interfaces"]
    assert falling["depth_nm"]["value"] == pytest.approx(250)
    assert falling["depth_nm"]["u"] == pytest.approx(8)
    assert rising["depth_nm"] is None
    assert "sims_beyond_scale" in {one["rule"] for one in document["findings"]}
    rates = ["--rates", "Pb2I5-=5±0.3,SnO2-=1", "--crater-depth", "300"]
    _, document = _json(capsys, [*export, *rates])
    assert document["interfaces"][1]["depth_nm"]["value"] > 200


def test_it_is_shown(capsys, export):
    assert main([*export, "--crater-depth", "320", "--u", "10"]) == 0
    shown = capsys.readouterr().out
    assert "SnO2-" in shown
    assert "rises" in shown
    assert "49.7" in shown
    assert "plateau of Pb2I5-" in shown


def test_nothing_that_shows_an_interface_is_undecided(capsys, export):
    code, document = _json(capsys, [*export[:4], "PbI3-"])
    assert code == 3
    assert document["interfaces"] == []
    assert "sims_no_plateau" in {one["rule"] for one in document["findings"]}


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--layers", "Pb2I5-"], "--layers should be ions with a number each"),
        (["--layers", "Pb2I5-=x"], "--layers should be ions with a number each"),
        (["--layers", "Xx-=5"], "Xx is no element"),
        (["--layers", "SnO2-=20"], "does not fall to half of its plateau"),
        (["--layers", "Pb2I5-=250", "--crater-depth", "3"], "makes a scale by itself"),
        (["--crater-depth", "-3"], "should be above zero"),
        (["--crater-depth", "nan"], "should be above zero"),
        (["--u", "3"], "--u is that of --crater-depth"),
        (["--rates", "Pb2I5-=2"], "the rates of two layers"),
        (["--plateau", "SnO2-=1"], "an ion and two times"),
        (["--plateau", "SnO2-=900,1000"], "holds 0 data points"),
        (["--base", "72,118"], "--base"),
        (["--seconds-per-scan", "2"], "holds no events any more"),
    ],
)
def test_bad_use_is_a_sentence(capsys, export, more, sentence):
    assert main([*export, *more]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert sentence in told.err
    assert told.err.count("\n") == 1


def test_a_reference_takes_the_beam_out(capsys, export):
    _, document = _json(capsys, [*export, "--normalise", "total"])
    assert document["normalised_by"] == "total"
    assert {one["ion"] for one in document["interfaces"]} == {"SnO2-", "Pb2I5-"}
    assert main([*export[:4], "SnO2-", "--normalise", "SnO2-"]) == 2
    assert "divided by itself says nothing" in capsys.readouterr().err


@pytest.mark.parametrize(
    "more",
    [
        ["--region", "0,0,8,8"],
        ["--background", "local"],
        ["--overlaps", "window"],
        ["--lock", "Cl-"],
        ["--field-correction", "+x"],
    ],
)
def test_what_only_events_answer_is_refused_of_an_export(capsys, export, more):
    assert main([*export, *more]) == 2
    assert f"{more[0]}: an exported profile holds no events" in capsys.readouterr().err


def test_units_of_options_are_shown(capsys):
    assert main(["tofsims", "depth", "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "at the end, in nm." in shown
    assert "in nm/s, or relative ones" in shown
    assert "[nm]" not in shown


@pytest.fixture(scope="module")
def itm(tmp_path_factory):
    run = authored.events(scans=20, width=16, height=16, per=4.0, shots=40)
    return str(tofsims.write_itm(tmp_path_factory.mktemp("events") / "run.itm", run))


def test_events_are_asked_as_for_a_profile(capsys, itm):
    asked = ["--region", "0,0,8,16", "--background", "local", "--overlaps", "window"]
    more = ["--lock", "Li-,Cl-,GaCl-", "--field-correction", "+x,Bi3+,30000"]
    _, document = _json(capsys, ["tofsims", "depth", itm, "--ions", "Cl-,S-", *asked, *more])
    rules = {one["rule"] for one in document["findings"]}
    assert rules & {"sims_mass_drift_followed", "sims_lock_ions"}
    assert (document["unit"], document["depth_nm"]) == ("s", None)


def test_craters_are_compared_as_profiles_are(capsys, itm):
    asked = ["--region", "0,0,8,16", "--scale", f"{authored.SCALE.sf},{authored.SCALE.k0}"]
    more = ["--elements", "S,Cl,O", "--normalise", "total"]
    code, document = _json(
        capsys,
        ["tofsims", "compare", itm, itm, "--ions", "Cl-,S-", "--margin", "20", *asked, *more],
    )
    assert code == 0
    assert document["unit"] == ["s", "s"]
    one = document["ions"][0]
    assert one["level_a"] == one["level_b"] < 1
    assert one["ratio_percent"] == 0


def test_neighbours_are_a_table_too(capsys, itm, tmp_path):
    out = tmp_path / "out"
    _, document = _json(
        capsys,
        ["tofsims", "profile", itm, "--ions", "Cl-", "--elements", "S,Cl,O,H", "--out", str(out)],
    )
    lines = (out / "interferences.csv").read_text().splitlines()
    assert len(lines) == 1 + len(document["interferences"]) > 1
    assert lines[0].startswith("ion,interferent,dm_mu,needs,measured,resolved,guard")
    assert all(one["measured"] > 100 for one in document["interferences"])


def test_a_short_measurement_has_its_profile(capsys, tmp_path):
    run = authored.events(scans=5, width=16, height=16, per=4.0, shots=40)
    path = str(tofsims.write_itm(tmp_path / "run.itm", run))
    out = tmp_path / "out"
    code, document = _json(
        capsys, ["tofsims", "profile", path, "--ions", "Cl-,S-", "--out", str(out)]
    )
    assert code == 3
    assert document["uniformity"][0]["why"].startswith("a trend needs 8 data points")
    assert len(document["ions"][0]["corrected"]) == 5
    assert (out / "profile.svg").exists()
