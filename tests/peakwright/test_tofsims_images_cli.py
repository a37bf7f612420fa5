"""The TOF-SIMS commands on images: a cube, an imzML, a file of images."""

from __future__ import annotations

import json

import numpy as np
import pytest

import tofsims
from peakwright.cli.main import main
from references.ion import ion
from tofsims.example import example

ANCHORS = [ion(name) for name in ("Li-", "S-", "Cl-", "PS2-", "PS3-")]


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
