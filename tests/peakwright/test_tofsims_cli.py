"""The TOF-SIMS commands: the document of the interface, its folder, and bad use in a sentence."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

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


@pytest.fixture(scope="module")
def itm(tmp_path_factory):
    run = authored.events(scans=30, width=16, height=16, per=4.0, shots=40)
    return str(tofsims.write_itm(tmp_path_factory.mktemp("events") / "run.itm", run))


def _json(capsys, arguments):
    code = main([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_the_document_of_events(capsys, itm, tmp_path):
    out = tmp_path / "out"
    arguments = ["tofsims", "profile", itm, "--ions", "Cl-,S-,Li-", "--out", str(out)]
    code, document = _json(capsys, arguments)
    assert document["schema"] == "peakwright.tofsims.profile/1"
    assert document["inputs"][0]["path"] == "run.itm"
    assert document["polarity"] == "negative"
    assert document["shots_per_point"] == 16 * 16 * 40
    assert document["calibration"]["sf"] == pytest.approx(authored.SCALE.sf, rel=2e-5)
    assert len(document["sputter_time_s"]) == 30
    assert [one["ion"] for one in document["ions"]] == ["Cl-", "S-", "Li-"]
    for one in document["ions"]:
        assert len(one["counts"]) == len(one["corrected"]) == len(one["u"]) == 30
        assert one["window_u"][0] < one["mz"] < one["window_u"][1]
        assert one["saturated_points"] == 0
    for one in document["uniformity"]:
        assert one["verdict"] in {"uniform", "drifting", "undecided"}
        assert one["margin_percent"] == 5.0
        assert {"slope_percent", "slope_u_percent", "p_trend", "dispersion"} <= one.keys()
    verdicts = {one["verdict"] for one in document["uniformity"]}
    assert code == (1 if "drifting" in verdicts else 3 if "undecided" in verdicts else 0)
    assert json.loads((out / "result.json").read_text()) == document
    assert {"profile.svg", "profile.png", "change.svg", "rows.csv"} <= {
        path.name for path in out.iterdir()
    }


def test_isotopologues_that_are_not_resolved_are_one_ion(capsys, itm):
    arguments = ["tofsims", "profile", itm, "--ions", "[71Ga]Cl-,Cl-,Ga[37Cl]-"]
    _, document = _json(capsys, [*arguments, "--background", "local"])
    name = "Ga[37Cl]- + [71Ga]Cl-"
    assert [one["ion"] for one in document["ions"]] == [name, "Cl-"]
    assert [one["ion"] for one in document["uniformity"]] == [name, "Cl-"]
    assert "sims_counted_as_one" in {finding["rule"] for finding in document["findings"]}


def test_flight_times_are_put_right(capsys, tmp_path):
    run = authored.events(scans=12, width=16, height=16, per=20.0, shots=60)
    path = str(tofsims.write_itm(tmp_path / "run.itm", run))
    arguments = ["tofsims", "profile", path, "--ions", "Cl-,S-", "--lock", "Li-,Cl-,GaCl-"]
    _, document = _json(capsys, [*arguments, "--field-correction", "+x,Bi3+,30000"])
    assert "sims_mass_drift_followed" in {finding["rule"] for finding in document["findings"]}


def test_the_profile_itself_is_a_table(itm, tmp_path):
    assert main(["tofsims", "profile", itm, "--ions", "Cl-,S-", "--out", str(tmp_path)]) in {
        0,
        1,
        3,
    }
    lines = (tmp_path / "profile.csv").read_text().splitlines()
    head = "scan,sputter_time_s,shots,Cl- counts,Cl- corrected,Cl- u,S- counts,S- corrected,S- u"
    assert lines[0] == head
    assert len(lines) == 31
    counts, corrected, u = (float(cell) for cell in lines[5].split(",")[3:6])
    assert corrected >= counts > u > 0


def test_what_is_divided_by_is_counted_and_not_judged(capsys, itm):
    arguments = ["tofsims", "profile", itm, "--ions", "Cl-", "--normalise", "S-"]
    _, document = _json(capsys, arguments)
    assert [one["ion"] for one in document["uniformity"]] == ["Cl-"]
    assert document["normalised_by"] == "S-"


def test_an_ion_that_is_named_twice_is_one(capsys, itm):
    _, document = _json(capsys, ["tofsims", "profile", itm, "--ions", "[35Cl]-,Cl-"])
    assert [one["ion"] for one in document["ions"]] == ["[35Cl]-"]


def test_what_is_corrected_is_not_compared_with_what_is_not(capsys, itm, tmp_path):
    run = authored.events(scans=30, width=16, height=16, per=4.0)
    grd = str(tofsims.write_grd(tmp_path / "run.itm.grd", run))
    code, document = _json(capsys, ["tofsims", "compare", itm, grd, "--ions", "Cl-"])
    assert code == 3
    assert "B is not corrected" in document["ions"][0]["why"]


def test_a_comparison_is_a_table_with_its_windows(itm, capsys, tmp_path):
    arguments = ["tofsims", "compare", itm, itm, "--ions", "Cl-", "--window", "5,25"]
    assert main([*arguments, "--out", str(tmp_path)]) in {0, 3}
    assert "A, run.itm: 5 to 25 s" in capsys.readouterr().out
    head, first, *_ = (tmp_path / "rows.csv").read_text().splitlines()
    assert first.startswith('run / run,tofsims,"level of B over that of A, less one",Cl-,%')
    cells = dict(zip(head.split(",")[7:], first.split(",")[8:], strict=True))
    assert float(cells["value"]) == 0.0
    assert 0 < float(cells["u_counting"]) <= float(cells["u"])


def test_twice_the_same_bytes(capsys, itm):
    texts = []
    for _ in range(2):
        main(["tofsims", "profile", itm, "--ions", "Cl-", "--json"])
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]


def test_a_region_and_a_window(capsys, itm):
    arguments = ["tofsims", "profile", itm, "--ions", "Cl-", "--region", "0,0,8,16"]
    _, document = _json(capsys, [*arguments, "--window", "5,25", "--margin", "20"])
    assert document["shots_per_point"] == 8 * 16 * 40
    assert document["window_s"] == [5, 25]
    assert document["uniformity"][0]["points"] == 21


@pytest.mark.parametrize(
    ("region", "pixels"),
    [("disc:8,8,4", 52), ("polygon:0,0,16,0,16,16,0,16", 256), ("mask:{mask}", 3)],
)
def test_shots_are_those_of_the_region(capsys, itm, tmp_path, region, pixels):
    light = np.zeros((16, 16), dtype=np.uint8)
    light[0, :3] = 255
    Image.fromarray(light).save(tmp_path / "mask.png")
    region = region.format(mask=tmp_path / "mask.png")
    arguments = ["tofsims", "profile", itm, "--ions", "Cl-", "--region", region]
    _, document = _json(capsys, arguments)
    assert document["shots_per_point"] == pixels * 40


def test_grd_needs_what_it_does_not_hold(capsys, tmp_path):
    run = authored.events(scans=30, width=16, height=16, per=4.0)
    path = str(tofsims.write_grd(tmp_path / "run.itm.grd", run))
    ions = ["--ions", "Cl-,S-", "--calibrate", ",".join(authored.MASSES)]
    code, document = _json(
        capsys, ["tofsims", "profile", path, *ions, "--shots", "40", "--seconds-per-scan", "2"]
    )
    rules = {finding["rule"] for finding in document["findings"]}
    assert {"raster_assumed", "shots_unknown", "scale_found", "channel_assumed"} <= rules
    assert document["shots_per_point"] is None
    assert document["sputter_time_s"][:2] == [2, 4]
    assert code in {0, 1, 3}


def test_a_raster_is_given_where_the_file_does_not_say_it(capsys, tmp_path):
    run = authored.events(scans=12, width=12, height=10, per=4.0)
    path = str(tofsims.write_grd(tmp_path / "run.grd", run))
    arguments = ["--ions", "Cl-", "--calibrate", ",".join(authored.MASSES), "--shots", "40"]
    _, document = _json(capsys, ["tofsims", "profile", path, *arguments, "--raster", "12x10"])
    assert document["shots_per_point"] == 12 * 10 * 40
    rules = {finding["rule"] for finding in document["findings"]}
    assert "dead_time_assumed" in rules
    assert not rules & {"raster_assumed", "shots_unknown"}
    assert main(["tofsims", "profile", path, *arguments, "--raster", "12 by 10"]) == 2
    assert "as 256x128, not '12 by 10'" in capsys.readouterr().err
    assert main(["tofsims", "profile", path, *arguments, "--raster", "11x10"]) == 2
    assert "outside a raster of 11 x 10 pixels" in capsys.readouterr().err


def test_a_store_knows_what_its_file_did_not_say(capsys, tmp_path):
    pytest.importorskip("zarr")
    run = authored.events(scans=12, width=12, height=10, per=4.0)
    path = str(tofsims.write_grd(tmp_path / "run.grd", run))
    for name, more, rules in (
        ("guessed", [], ["raster_assumed"]),
        ("given", ["--raster", "12x10"], []),
    ):
        out = str(tmp_path / f"{name}.zarr")
        _, document = _json(capsys, ["tofsims", "store", path, "--out", out, *more])
        assert [finding["rule"] for finding in document["findings"]] == rules
        assert [note.rule for note in tofsims.read(out).notes] == rules


def test_help_names_units(capsys):
    main(["tofsims", "profile", "--help"])
    text = capsys.readouterr().out
    assert "in ns" in text
    assert "in ppm" in text


def test_a_real_export(capsys, data_dir):
    arguments = ["tofsims", "profile", str(data_dir / FOLDER / A), "--ions", "InO2-,O-,PbI3-"]
    assert _json(capsys, [*arguments, "--window", "10,39"])[1]["uniformity"][2]["why"]
    code, document = _json(capsys, [*arguments, "--window", "72,118"])
    assert code == 1
    assert document["shots_per_point"] == 16384
    assert document["calibration"] is None
    verdicts = {one["ion"]: one["verdict"] for one in document["uniformity"]}
    assert verdicts["InO2-"] == verdicts["O-"] == "uniform"
    assert document["ions"][2]["saturated_points"] > 0
    assert verdicts["PbI3-"] == "drifting"
    assert "sims_saturated" not in {finding["rule"] for finding in document["findings"]}


@pytest.mark.parametrize("normalise", ["total", "O2-", "dose"])
def test_a_real_export_normalised(capsys, data_dir, normalise):
    arguments = ["tofsims", "profile", str(data_dir / FOLDER / A), "--ions", "InO2-"]
    _, document = _json(capsys, [*arguments, "--window", "72,118", "--normalise", normalise])
    assert document["normalised_by"] == normalise
    assert np.isfinite(document["uniformity"][0]["slope_percent"])


def test_what_files_hold_is_shown(capsys, itm, data_dir):
    assert main(["tofsims", "inspect", itm]) == 0
    shown = capsys.readouterr().out
    assert "30 scans of 16 x 16 pixels, 40 shots a pixel, negative" in shown
    for name in (f"{FOLDER}/{A}", "tofsims/surfacelab_spectra/N_Ru-Rh_Bi1_2.txt"):
        code, document = _json(capsys, ["tofsims", "inspect", str(data_dir / name)])
        assert code == 0
        assert document["schema"] == "peakwright.tofsims.inspect/1"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing.itm", "--ions", "Cl-"], "no such file"),
        (["{itm}"], "name the ions"),
        (["{itm}", "--ions", "Cl"], "should end with the sign of its charge"),
        (["{itm}", "--ions", "Xx-"], "Xx is no element"),
        (["{itm}", "--ions", "Ga+"], "cannot be in a measurement of negative ions"),
        (["{itm}", "--ions", "InCl4-"], "InCl4- at m/z"),
        (["{itm}", "--ions", "Cl-", "--region", "0,0,99,9"], "should lie in the raster of 16 x 16"),
        (["{itm}", "--ions", "Cl-", "--region", "a"], "--region should be 4 numbers"),
        (["{itm}", "--ions", "Cl-", "--region", "1.5,0,4,4"], "should be whole pixels"),
        (["{itm}", "--ions", "Cl-", "--region", "disc:4,4,-2"], "above zero"),
        (["{itm}", "--ions", "Cl-", "--normalise", "foo"], 'should be "total", "dose" or an ion'),
        (["{itm}", "--ions", "Cl-", "--half-width", "100"], "is for an imzML"),
        (["{itm}", "--ions", "Cl-", "--seconds-per-scan", "1e-300"], "--seconds-per-scan"),
        (["{itm}", "--ions", "Cl-", "--region", "ring:1,2,3"], "or begin with disc:, polygon:"),
        (["{itm}", "--ions", "Cl-", "--region", "disc:1,2"], "--region disc: should be 3 numbers"),
        (["{itm}", "--ions", "Cl-", "--region", "disc:99,2,3"], "the disc holds no pixel"),
        (["{itm}", "--ions", "Cl-", "--region", "polygon:1,2,3"], "polygon: should be 4 numbers"),
        (["{itm}", "--ions", "Cl-", "--region", "polygon:1,2,3,4"], "three corners or more"),
        (["{itm}", "--ions", "Cl-", "--region", "mask:nothing.png"], "no such file"),
        (
            ["{itm}", "--ions", "Cl-", "--window", "900,1000"],
            "no data point from 900 to 1000 s",
        ),
        (["{itm}", "--ions", "Cl-", "--scale", "0,1"], "a factor above zero"),
        (["{itm}", "--ions", "Cl-", "--scale", "9000,1"], "has a clear peak where the scale"),
        (["{itm}", "--ions", "Cl-", "--calibrate", "U"], "--calibrate"),
        (["{itm}", "--ions", "Cl-", "--normalise", "dose"], "holds no dose"),
        (["{itm}", "--ions", "Cl-", "--background", "x"], "background should be none or local"),
        (["{itm}", "--ions", "Cl-", "--overlaps", "x"], "overlaps should be fit or window"),
        (["{itm}", "--ions", "Cl-", "--lock", "Ga+"], "ions of both signs"),
        (["{itm}", "--ions", "Cl-", "--field-correction", "+x"], "which primary ions"),
        (["{itm}", "--ions", "Cl-", "--field-correction", "+x,Bi"], "should be as +x or +x,Bi3+"),
        (["{export}", "--ions", "O-", "--lock", "O-"], "--lock: an exported profile holds no"),
        (["{export}", "--ions", "InO-2"], "sign of its charge"),
        (["{export}", "--ions", "InO4-"], "no ion 'InO4-' in this profile"),
        (["{export}", "--ions", "O-", "--region", "0,0,1,1"], "holds no events any more"),
        (["{spectrum}", "--ions", "O-"], "holds spectra and no depth profile"),
    ],
)
def test_bad_use_is_a_sentence(capsys, itm, data_dir, arguments, sentence):
    places = {
        "itm": itm,
        "export": str(data_dir / FOLDER / A),
        "spectrum": str(data_dir / "tofsims/surfacelab_spectra/N_Ru-Rh_Bi1_2.txt"),
    }
    first = arguments[0].format(**places)
    assert main(["tofsims", "profile", first, *arguments[1:]]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert sentence in told.err
    assert told.err.count("\n") == 1


def test_a_store_and_a_cube(capsys, itm, tmp_path):
    pytest.importorskip("zarr")
    store, cube = str(tmp_path / "events.zarr"), str(tmp_path / "cube.zarr")
    code, document = _json(capsys, ["tofsims", "store", itm, "--out", store])
    assert code == 0
    assert document["ions"] > 20_000
    ions = ["--ions", "Cl-,S-"]
    code, document = _json(capsys, ["tofsims", "cube", store, *ions, "--out", cube])
    assert code == 0
    assert document["sizes"] == {"ion": 2, "scan": 30, "y": 16, "x": 16}
    counts = tofsims.open_cube(cube)["counts"].sum(("scan", "y", "x")).values
    assert counts.tolist() == [one["counts"] for one in document["ions"]]
    _, from_store = _json(capsys, ["tofsims", "profile", store, *ions])
    # What calibrates is all scans here, and some of them there: windows differ by a channel.
    _, from_file = _json(capsys, ["tofsims", "profile", itm, *ions])
    for one, two in zip(from_store["ions"], from_file["ions"], strict=True):
        assert sum(one["counts"]) == pytest.approx(sum(two["counts"]), rel=0.01)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["cube", "{itm}", "--out", "{new}"], "name the ions"),
        (["cube", "{itm}", "--ions", "Cl-", "--out", "{old}"], "is there already"),
        (["store", "{itm}", "--out", "{old}"], "is there already"),
        (["store", "{export}", "--out", "{new}"], "holds no ion events"),
        (["inspect", "{old}"], "is a folder"),
    ],
)
def test_bad_use_of_folders_is_a_sentence(capsys, itm, data_dir, tmp_path, arguments, sentence):
    pytest.importorskip("zarr")
    places = {
        "itm": itm,
        "export": str(data_dir / FOLDER / A),
        "new": str(tmp_path / "new.zarr"),
        "old": str(tmp_path),
    }
    assert main(["tofsims", *(one.format(**places) for one in arguments)]) == 2
    told = capsys.readouterr()
    assert sentence in told.err
    assert told.err.count("\n") == 1


def test_two_profiles_are_compared(capsys, itm, tmp_path):
    out = tmp_path / "out"
    arguments = ["tofsims", "compare", itm, itm, "--ions", "Cl-,S-", "--margin", "20"]
    code, document = _json(capsys, [*arguments, "--out", str(out)])
    assert code == 0
    assert document["schema"] == "peakwright.tofsims.compare/1"
    assert [one["ion"] for one in document["ions"]] == ["Cl-", "S-"]
    assert [one["ratio_percent"] for one in document["ions"]] == [0.0, 0.0]
    assert {"a_profile.svg", "b_profile.svg", "result.json"} <= {p.name for p in out.iterdir()}
    assert main(arguments) == 0
    assert "alike" in capsys.readouterr().out
