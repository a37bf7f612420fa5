"""``peakwright tofsims render``: the document, its folder, and bad use in a sentence."""

from __future__ import annotations

import importlib
import json

import numpy as np
import pytest

pytest.importorskip("zarr")
pytest.importorskip("dask")

from peakwright.cli.main import main
from references.ion import ion
from tofsims import MassScale, Raster, ion_events, write_cube

SCALE = MassScale(sf=32194.0, k0=-400.25)
IONS = {"GaCl-": 103.89497, "Cl-": 34.9694, "O-": 15.99546}
SIDE, SCANS = 32, 24
MODULE = importlib.import_module("peakwright.cli.tofsims.render")


@pytest.fixture(scope="module")
def cube(tmp_path_factory):
    """An interface that is tilted, and a field of spots that drifts."""
    generator = np.random.default_rng(0)
    y, x = np.mgrid[:SIDE, :SIDE]
    scans = []
    for s in range(SCANS):
        spots = sum(
            np.exp(-((x - a - 0.2 * s) ** 2 + (y - b) ** 2) / 8.0)
            for a, b in [(4, 6), (14, 22), (21, 9), (9, 28)]
        )
        below = s > 10 + 6 * (x / SIDE - 0.5)
        rates = {
            "GaCl-": 1.0 + 25.0 * spots,
            "Cl-": np.where(below, 6.0, 0.4),
            "O-": np.ones_like(y),
        }
        pixel = [
            np.repeat(np.arange(SIDE**2), generator.poisson(r).ravel()) for r in rates.values()
        ]
        mz = np.repeat(list(IONS.values()), [p.size for p in pixel])
        channel = SCALE.channel(mz) + 3.0 * generator.standard_normal(mz.size)
        scans.append((np.concatenate(pixel), np.round(channel)))
    run = ion_events(
        scans, raster=Raster(width=SIDE, height=SIDE, shots=60, field_um=16.0), scale=SCALE,
        polarity="negative", channels=400_000, channel_ps=50.0,
        sputter_time=5.0 * np.arange(1.0, SCANS + 1),
    )  # fmt: skip
    asked = [ion(name) for name in IONS]
    path = tmp_path_factory.mktemp("cube") / "cube.zarr"
    write_cube(path, run, asked, anchors=asked)
    return str(path)


def _json(capsys, *arguments):
    code = main(["tofsims", "render", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_the_document_and_its_folder(capsys, cube, tmp_path):
    out = tmp_path / "out"
    code, document = _json(
        capsys, cube, "--out", str(out), "--ions", "GaCl-", "--align", "GaCl-",
        "--scans", "2,20", "--export", "vti,zarr",
    )  # fmt: skip
    assert code == 0
    assert document["schema"] == "peakwright.tofsims.render/1"
    assert document["inputs"][0]["path"] == "cube.zarr"
    drift = document["drift"]
    assert drift["shift_x"][-1] - drift["shift_x"][0] == pytest.approx(0.2 * 23, abs=0.4)
    assert document["sizes"]["depth"] == SCANS
    assert document["sizes"]["x"] * document["sizes"]["y"] == SIDE**2 - drift["lost_pixels"]
    assert document["units"] == {"depth": "s", "lateral": "um"}
    (one,) = document["ions"]
    assert one["summed"] == [12.5, 107.5]
    assert "sims_drift" in {finding["rule"] for finding in document["findings"]}
    assert json.loads((out / "result.json").read_text()) == document
    assert {"slices_GaCl-.svg", "slices_GaCl-.png", "volume.vti", "volume.zarr"} <= {
        path.name for path in out.iterdir()
    }


def test_an_interface_is_made_flat(capsys, cube, tmp_path, monkeypatch):
    monkeypatch.setattr(MODULE, "_figures", lambda *_: {})
    code, document = _json(
        capsys, cube, "--out", str(tmp_path / "out"), "--ions", "Cl-", "--flatten", "Cl-"
    )
    assert code == 0
    assert document["placed"].startswith("interface of Cl- at one depth")
    (surface,) = document["surfaces"]
    assert surface["ion"] == "Cl-"
    assert 0.4 < surface["counts_per_voxel"] < 6.0


def test_between_two_surfaces_depth_is_in_nanometres(capsys, cube, tmp_path, monkeypatch):
    monkeypatch.setattr(MODULE, "_figures", lambda *_: {})
    before, after = tmp_path / "before.npy", tmp_path / "after.npy"
    np.save(before, np.zeros((64, 64)))
    np.save(after, np.full((64, 64), -240.0))
    _, document = _json(
        capsys, cube, "--out", str(tmp_path / "out"), "--ions", "O-",
        "--topography", str(before), str(after),
    )  # fmt: skip
    assert document["units"]["depth"] == "nm"
    assert document["ions"][0]["summed"] == pytest.approx([0.0, 240.0])
    rules = [finding["rule"] for finding in document["findings"]]
    assert rules.count("unit_assumed") == 2
    assert {"sims_no_surface", "sims_surface_assumed"} <= set(rules)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--ions", "Li-"], "--ions: Li- is not in the cube; it has GaCl-, Cl-, O-"),
        (["--ions", "Xx-"], "--ions: "),
        (["--align", "O-"], "the images of O-"),
        (["--flatten", "O-"], "name an ion that rises or falls at the interface"),
        (["--flatten", "O-,Cl-"], "--flatten should be one ion of the cube"),
        (["--flatten", "Cl-", "--topography", "a", "b"], "give one of them"),
        (["--topography", "a.npy", "b.npy"], "a.npy: no such file"),
        (["--scans", "9"], "--scans should be two numbers that rise"),
        (["--scans", "90,95"], "no scan lies between 90 and 95"),
        (["--export", "tiff"], "--export writes vti and zarr, not 'tiff'"),
    ],
)
def test_bad_use_is_one_sentence(capsys, cube, tmp_path, arguments, message):
    out = tmp_path / "out"
    assert main(["tofsims", "render", cube, "--out", str(out), *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert not out.exists()


def test_a_folder_that_is_no_cube_is_named(capsys, tmp_path):
    assert main(["tofsims", "render", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "neither a cube nor a store" in capsys.readouterr().err


def test_a_volume_that_is_there_is_not_overwritten(capsys, cube, tmp_path):
    (tmp_path / "volume.zarr").mkdir()
    assert main(["tofsims", "render", cube, "--out", str(tmp_path), "--export", "zarr"]) == 2
    assert "is there already" in capsys.readouterr().err
