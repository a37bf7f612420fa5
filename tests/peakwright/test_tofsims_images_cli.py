"""The TOF-SIMS commands on images: a cube, an imzML, a file of images."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import tofsims
from peakwright.cli.main import main
from references.ion import ion
from tofsims.example import example
from tofsims.io.netcdf_written import write_netcdf
from tofsims.region import disc

ANCHORS = [ion(name) for name in ("Li-", "S-", "Cl-", "PS2-", "PS3-")]
IONS = [ion("Cl-"), ion("PS-")]


@pytest.fixture(scope="module")
def cube(tmp_path_factory):
    path = tmp_path_factory.mktemp("cube") / "cube.zarr"
    run = example(side=32, scans=24)
    tofsims.write_cube(path, run, [ion("Cl-"), ion("PS-")], anchors=ANCHORS)
    return str(path)


@pytest.fixture(scope="module")
def imzml(tmp_path_factory):
    writer = pytest.importorskip("pyimzml.ImzMLWriter").ImzMLWriter
    path = tmp_path_factory.mktemp("imzml") / "slices.imzML"
    draw = np.random.default_rng(1)
    with writer(str(path)) as file:
        for z in range(1, 13):
            for pixel in range(64):
                counts = draw.poisson([900.0, 20.0]).astype(float)
                file.addSpectrum([34.969, 62.946], counts, (pixel % 8 + 1, pixel // 8 + 1, z))
    return str(path)


def _json(capsys, arguments):
    code = main([*arguments, "--json"])
    said = capsys.readouterr()
    return code, json.loads(said.out)


def test_a_cube_is_judged_as_its_events_are(capsys, cube):
    code, document = _json(capsys, ["tofsims", "profile", cube, "--ions", "Cl-,PS-"])
    assert code in {0, 1, 3}
    assert document["shots_per_point"] == 32 * 32 * 4
    assert [one["ion"] for one in document["field"]] == ["Cl-", "PS-"]
    assert document["calibration"] is None


def test_a_region_of_a_cube(capsys, cube):
    arguments = ["tofsims", "profile", cube, "--ions", "Cl-", "--region", "disc:16,16,8"]
    _, document = _json(capsys, arguments)
    assert document["shots_per_point"] < 0.25 * 32 * 32 * 4


def test_slices_of_an_imzml_are_a_profile(capsys, imzml):
    arguments = ["tofsims", "profile", imzml, "--ions", "Cl-,PS-", "--half-width", "200"]
    _, document = _json(capsys, [*arguments, "--window", "1,12"])
    verdicts = {one["ion"]: one["verdict"] for one in document["uniformity"]}
    assert verdicts["Cl-"] == "uniform"
    assert document["ions"][0]["counts"][0] == pytest.approx(64 * 900, rel=0.05)
    assert {one["rule"] for one in document["findings"]} >= {"correction_unknown"}


def test_what_images_hold_is_shown(capsys, cube):
    _, document = _json(capsys, ["tofsims", "inspect", cube])
    (found,) = document["cubes"]
    assert (found["scans"], found["width"], found["shots_per_pixel"]) == (24, 32, 4)
    assert [one["ion"] for one in found["ions"]] == ["Cl-", "PS-"]
    assert main(["tofsims", "inspect", cube]) == 0
    assert "images: 2 ions, 24 scans of 32 x 32 pixels" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["profile", "{cube}", "--ions", "In-"], "the cube has no image of In-"),
        (["profile", "{cube}", "--ions", "Cl-", "--lock", "Cl-"], "images hold no events any more"),
        (["profile", "{imzml}", "--ions", "Cl-"], "with --half-width"),
        (["profile", "{cube}", "--ions", "Cl-", "--shots", "1"], "from 0 to the number of shots"),
        (["render", "{imzml}", "--out", "x"], "name the ions that images are made of"),
        (["cube", "{cube}", "--ions", "Cl-", "--out", "x"], "holds no ion events"),
    ],
)
def test_bad_use_is_a_sentence(capsys, cube, imzml, tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    code = main(["tofsims", *(part.format(cube=cube, imzml=imzml) for part in arguments)])
    said = capsys.readouterr().err
    assert code == 2
    assert sentence in said
    assert "Traceback" not in said


def test_images_of_an_imzml_are_drawn(capsys, imzml, tmp_path):
    arguments = ["tofsims", "render", imzml, "--ions", "Cl-", "--half-width", "200"]
    code, document = _json(capsys, [*arguments, "--out", str(tmp_path / "out")])
    assert code == 0
    assert document["inputs"][0]["path"] == "slices.imzML"
    assert list((tmp_path / "out").glob("*.svg"))


@pytest.fixture(scope="module")
def part(tmp_path_factory):
    """A cube of a region, and the file of events it is of."""
    folder = tmp_path_factory.mktemp("part")
    run = example(side=32, scans=24)
    inside = disc(run.raster, 16.0, 16.0, 8.0)
    path = folder / "part.zarr"
    made = tofsims.write_cube(path, run, IONS, anchors=ANCHORS, inside=inside)
    return str(path), made


def test_a_cube_of_a_region_keeps_it(capsys, part, tmp_path):
    path, made = part
    _, document = _json(capsys, ["tofsims", "profile", path, "--ions", "Cl-"])
    assert document["shots_per_point"] == made.profile["shots"].values[0]
    expected = made.profile["corrected"].sel(ion="Cl-").values
    assert document["ions"][0]["corrected"] == pytest.approx(expected.tolist())
    assert "sims_uneven" not in {one["rule"] for one in document["findings"]}
    out = ["--out", str(tmp_path / "drawn")]
    code, drawn = _json(capsys, ["tofsims", "render", path, "--ions", "Cl-", *out])
    assert (code, drawn["ions"][0]["counts"]) == (0, float(made.profile["counts"][0].sum()))
    assert main(["tofsims", "render", path, "--align", "Cl-", *out]) == 2
    assert "whose edges do not move with the field" in capsys.readouterr().err


def test_what_is_not_known_of_a_cube_is_said(capsys, cube, tmp_path):
    _, document = _json(capsys, ["tofsims", "profile", cube, "--ions", "Cl-", "--shots", "9"])
    assert "sims_shots_replaced" in {one["rule"] for one in document["findings"]}
    counts = np.random.default_rng(1).binomial(9, 0.2, (1, 20, 8, 8)).astype(np.uint16)
    made = tofsims.ion_cube(["Cl-"], counts, shots=9, polarity="negative")
    bare = str(write_netcdf(tmp_path / "bare.nc", made))
    rules = []
    for path in (cube, bare):
        _, document = _json(capsys, ["tofsims", "profile", path, "--ions", "Cl-"])
        rules.append("sims_before_unknown" in {one["rule"] for one in document["findings"]})
    assert rules == [False, True]


def test_sputter_times_go_by_the_numbers_of_scans(capsys, tmp_path):
    run = example(side=16, scans=24)
    kept = tuple(scan for scan in run.scans if scan.number % 4 != 3)
    run = replace(run, scans=kept, sputter_time=None)
    tofsims.write_cube(tmp_path / "cube.zarr", run, IONS, anchors=ANCHORS)
    arguments = ["tofsims", "profile", str(tmp_path / "cube.zarr"), "--ions", "Cl-"]
    _, document = _json(capsys, [*arguments, "--seconds-per-scan", "2"])
    first = run.scans[0].number
    expected = [2.0 * (scan.number - first + 1) for scan in kept]
    assert document["sputter_time_s"] == expected


def test_the_cube_command_names_its_input_as_others_do(capsys, tmp_path):
    tofsims.write_events(tmp_path / "store.zarr", example(side=16, scans=12))
    store, out = str(tmp_path / "store.zarr"), str(tmp_path / "cube.zarr")
    _, document = _json(capsys, ["tofsims", "cube", store, "--ions", "Cl-,PS-", "--out", out])
    assert document["inputs"][0]["path"] == "store.zarr"


def test_a_cube_may_be_one_netcdf_file(capsys, tmp_path):
    tofsims.write_events(tmp_path / "store.zarr", example(side=16, scans=12))
    store, out = str(tmp_path / "store.zarr"), str(tmp_path / "cube.nc")
    code, _ = _json(capsys, ["tofsims", "cube", store, "--ions", "Cl-,PS-", "--out", out])
    assert code == 0
    _, document = _json(capsys, ["tofsims", "profile", out, "--ions", "Cl-"])
    assert document["inputs"][0]["path"] == "cube.nc"
    assert document["shots_per_point"] == 16 * 16 * 4
