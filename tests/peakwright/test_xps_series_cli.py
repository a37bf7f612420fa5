"""``xps series``: one document, one table a spectrum, one figure; every spectrum accounted for."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

import xps
from peakwright.cli.main import main
from xps.io.vamas.write import write_vamas


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A VAMAS file of six like spectra and a recipe for them."""
    folder = tmp_path_factory.mktemp("series")
    one = xps.example("P 2p", calibrated=False)
    generator = np.random.default_rng(3)
    spectra = [
        one.assign(counts=one["counts"].copy(data=generator.poisson(one["counts"].values)))
        for _ in range(6)
    ]
    dead = one.assign(counts=one["counts"].copy(data=np.zeros(one.sizes["binding_energy"])))
    write_vamas(spectra, folder / "six.vms")
    write_vamas([*spectra, dead], folder / "seven.vms")
    return folder


@pytest.fixture
def recipe(files, capsys):
    path = files / "r.toml"
    assert main(["xps", "recipe", "--region", "P 2p", "--species", "PS4,Li3P"]) == 0
    path.write_text(capsys.readouterr().out)
    return path


def test_the_document_and_the_folder(files, recipe, capsys, tmp_path):
    arguments = ["xps", "series", str(files / "six.vms"), "--recipe", str(recipe)]
    scale = ["--charge-shift", "0.32", "--out", str(tmp_path / "out")]
    assert main([*arguments, *scale, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "peakwright.xps.series/1"
    (series,) = document["series"]
    assert series["spectra"] == 6
    assert series["assessment"] == ["converged"] * 6
    for species in series["species"]:
        assert species["basis"] == "within_level"
        assert len(species["fraction"]) == len(species["kind"]) == 6
        parts = np.array([species["u_parts"][part] for part in species["u_parts"]])
        u = np.array(species["fraction_u"], dtype=float)
        told = np.isfinite(u)
        assert np.allclose(np.sqrt((parts[:, told] ** 2).sum(axis=0)), u[told])
    assert json.loads((tmp_path / "out" / "result.json").read_text()) == document
    with (tmp_path / "out" / "P_2p.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 6
    assert float(rows[2]["PS4 fraction of P 2p"]) == pytest.approx(
        series["species"][0]["fraction"][2]
    )
    assert "PS4 P 2p3/2 area / counts/s*eV" in rows[0]
    assert "PS4 P 2p3/2 position u / eV" in rows[0]
    assert {"P_2p.svg", "P_2p.png", "rows.csv", "recipe.toml", "environment.json"} <= {
        path.name for path in (tmp_path / "out").iterdir()
    }


def test_a_dead_spectrum_is_told_and_costs_a_clean_exit(files, recipe, capsys):
    arguments = ["xps", "series", str(files / "seven.vms"), "--recipe", str(recipe)]
    assert main([*arguments, "--charge-shift", "0.32"]) == 1
    shown = capsys.readouterr().out
    assert "7 spectra, 6 converged, 1 failed" in shown
    assert "PS4" in shown
    # Which rules nobody has run is said, so that no finding is no praise.
    assert "[series_review]" in shown


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (["--recipe", "none.toml"], "none.toml"),
        (["--region", "S 2p"], "S 2p"),
        (["--starts", "0"], "starts"),
    ],
)
def test_bad_use_is_a_sentence(files, recipe, capsys, change, told):
    given = [] if "--recipe" in change else ["--recipe", str(recipe)]
    assert main(["xps", "series", str(files / "six.vms"), *given, *change]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert "Traceback" not in error


def test_spectra_of_two_axes_are_no_series(files, recipe, capsys, tmp_path):
    one = xps.example("P 2p", calibrated=False)
    write_vamas([one, one.isel(binding_energy=slice(3, None))], tmp_path / "two.vms")
    assert main(["xps", "series", str(tmp_path / "two.vms"), "--recipe", str(recipe)]) == 2
    assert "channels" in capsys.readouterr().err
