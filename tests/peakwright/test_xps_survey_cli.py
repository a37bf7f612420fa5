"""``xps survey``: one document, one folder, the exit codes, and what is said of unfit files."""

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
    """A VAMAS file with a survey and a region, one without a survey, and one with noise alone."""
    folder = tmp_path_factory.mktemp("survey")
    energy = np.arange(0.0, 1200.0)
    level = np.full(energy.size, 400.0)
    lines = 9e3 * np.exp(-((energy - 284.8) ** 2)) + 8e3 * np.exp(-((energy - 531.5) ** 2))
    rng = np.random.default_rng(1)

    def made(counts):
        return xps.spectrum(
            energy, counts, photon_energy=1486.6, dwell_time=0.1, scans=1, sample="a", region="wide"
        )

    region = xps.example("P 2p", calibrated=False)
    write_vamas([made(rng.poisson(level + lines)), region], folder / "both.vms")
    write_vamas([region], folder / "region.vms")
    write_vamas([made(rng.poisson(level))], folder / "noise.vms")
    np.savetxt(
        folder / "bare.csv",
        np.column_stack([energy, rng.poisson(level + lines)]),
        delimiter=",",
        header="binding energy (eV),counts",
        comments="",
    )
    return folder


def test_the_document_and_the_folder(files, capsys, tmp_path):
    out = tmp_path / "out"
    assert main(["xps", "survey", str(files / "both.vms"), "--json", "--out", str(out)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "peakwright.xps.survey/1"
    assert document["inputs"][0]["path"] == "both.vms"
    (survey,) = document["surveys"]
    present = [e["element"] for e in survey["elements"] if e["standing"] == "present"]
    assert sorted(present) == ["C", "O"]
    assert json.loads((out / "result.json").read_text()) == document
    with (out / "rows.csv").open() as stream:
        rows = {row["subject"]: row for row in csv.DictReader(stream)}
    assert rows["C"]["basis"] == "atomic_all"
    assert set(rows["C"]["denominator"].split("+")) == {"C", "O"}
    assert rows["Li"]["kind"] == "upper_limit"
    assert sorted(p.name for p in out.iterdir()) == [
        "environment.json", "result.json", "rows.csv", "survey_a.png", "survey_a.svg",
    ]  # fmt: skip


def test_equal_files_give_equal_bytes(files, tmp_path, capsys):
    for name in ("one", "two"):
        main(["xps", "survey", str(files / "both.vms"), "--out", str(tmp_path / name)])
    capsys.readouterr()
    for name in ("result.json", "rows.csv", "survey_a.svg", "survey_a.png"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_what_a_person_reads(files, capsys):
    assert main(["xps", "survey", str(files / "both.vms"), "--elements", "Br"]) == 0
    said = capsys.readouterr().out
    assert "a · wide: " in said
    assert "atomic_all" in said
    assert "95 % limits" in said
    assert "Br < " in said


def test_a_given_shift_has_no_uncertainty_that_anybody_stated(files, capsys):
    arguments = ["xps", "survey", str(files / "both.vms"), "--charge-shift", "0.1"]
    assert main([*arguments, "--json"]) == 0
    charge = json.loads(capsys.readouterr().out)["surveys"][0]["charge"]
    assert charge == {"shift_eV": 0.1, "u_eV": None, "how": "given shift of +0.100 eV"}
    assert main(arguments) == 0


def test_noise_is_undecidable(files, capsys):
    assert main(["xps", "survey", str(files / "noise.vms")]) == 3
    assert "no element established" in capsys.readouterr().out


def test_a_file_without_a_photon_energy_asks_for_it(files, capsys):
    path = str(files / "bare.csv")
    assert main(["xps", "survey", path]) == 2
    assert "--photon-energy" in capsys.readouterr().err
    assert main(["xps", "survey", path, "--photon-energy", "1486.6"]) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["region.vms"], "holds no XPS survey of at least 300 eV"),
        (["both.vms", "--spectrum", "1"], "a survey"),
        (["both.vms", "--spectrum", "7"], "the file holds 2 spectra"),
        (["both.vms", "--sample", "b"], "no sample 'b'; the file has a"),
        (["both.vms", "--elements", "Xx"], "Xx"),
        (["both.vms", "--photon-energy", "1253.6"], "the file says 1486.6 eV"),
        (["both.vms", "--photon-energy", "nan"], "a number of eV above 0"),
        (["both.vms", "--charge-shift", "nan"], "charge shift"),
    ],
)
def test_what_cannot_be_is_refused(files, capsys, tmp_path, arguments, said):
    name, *options = arguments
    out = tmp_path / "none"
    assert main(["xps", "survey", str(files / name), *options, "--out", str(out)]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not out.exists()
