"""``--limit``, ``--budget``, ``--transmission``, ``--monte-carlo`` and ``series --basis``."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

import xps
from peakwright.cli.main import main
from xps.io.vamas.write import write_vamas


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """P 2p and S 2p of the example, and an In 3d window that shows nothing."""
    folder = tmp_path_factory.mktemp("quantification")
    spectra = [xps.example(level, calibrated=False) for level in ("P 2p", "S 2p")]
    energy = np.arange(438.0, 460.0, 0.05)
    counts = np.random.default_rng(5).poisson(500.0, energy.size)
    nothing = xps.spectrum(
        energy, counts, photon_energy=1486.6, dwell_time=0.1, scans=20, region="In 3d"
    )
    nothing.attrs["sample"] = spectra[0].attrs["sample"]
    write_vamas([*spectra, nothing], folder / "a.vms")
    return folder / "a.vms"


def run(capsys, *arguments):
    capsys.readouterr()
    code = main(["xps", *map(str, arguments)])
    said = capsys.readouterr()
    return code, said.out, said.err


def fit(file, *arguments):
    return ("fit", file, "--charge-shift", "0.32", *arguments)


LEVELS = ("--region", "P 2p", "--region", "S 2p")


def test_a_limit_is_asked_for_by_name(file, capsys):
    given = fit(file, "--region", "P 2p", "--species", "PS4", "--limit", "Li3P", "--json")
    code, out, _ = run(capsys, *given)
    document = json.loads(out)
    assert code == 0
    (note,) = (f for f in document["findings"] if f["rule"] == "detection_limit")
    assert "of P 2p (within_level)" in note["reported"]
    assert {f["subject"] for f in document["fits"][0]["fractions"]} == {"PS4", "Li3P"}


def test_a_level_without_a_peak_gets_its_limit(file, capsys):
    given = fit(file, *LEVELS, "--region", "In 3d", "--species", "PS4,Li2S", "--limit", "In0")
    code, out, _ = run(capsys, *given, "--basis", "atomic", "--json")
    document = json.loads(out)
    assert code == 0
    (row,) = (f for f in document["fractions"] if f["subject"] == "In0 (In 3d)")
    assert row["kind"] == "upper_limit"
    assert row["denominator"] == "P+S+In"
    assert 0.0 < row["high"] < 0.02


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--region", "P 2p", "--species", "PS4", "--limit", "Xy"), "Xy"),
        (("--region", "P 2p", "--species", "PS4", "--limit", "Li2S"), "has no line on P 2p"),
        (("--from-casaxps", "--limit", "Li2S"), "--limit adds species"),
        ((*LEVELS, "--species", "PS4", "--transmission", "none"), "belongs to --basis atomic"),
        (
            (*LEVELS, "--species", "PS4", "--basis", "atomic", "--transmission", "steep"),
            "expected auto, file, none",
        ),
        (
            (*LEVELS, "--species", "PS4", "--basis", "atomic", "--transmission", "nan"),
            "none of an analyser",
        ),
        ((*LEVELS, "--species", "PS4", "--monte-carlo", "3"), "monte-carlo"),
    ],
)
def test_what_cannot_be_is_refused_before_the_fit(file, capsys, options, said):
    code, out, err = run(capsys, "fit", file, *options)
    assert (code, out) == (2, "")
    assert said in err


def test_the_budget_is_printed_by_part_and_input(file, capsys):
    given = fit(file, *LEVELS, "--species", "PS4,Li2S", "--basis", "atomic", "--budget")
    _, out, _ = run(capsys, *given, "--transmission", "-0.5")
    for part in ("counting", "misfit", "background", "constraints", "sensitivity"):
        assert part in out
    assert "S 2p transmission (assumed: E_k ** -0.5) 10 %" in out


def test_replicas_stand_in_the_document_and_the_table(file, capsys):
    given = fit(file, "--region", "P 2p", "--species", "PS4,Li3P", "--monte-carlo", "20")
    _, out, _ = run(capsys, *given, "--json")
    found = {g["subject"]: g for g in json.loads(out)["monte_carlo"]}
    assert found["PS4"]["replicas"] == 20
    assert found["PS4"]["percentile_2.5"] <= found["PS4"]["percentile_97.5"]
    _, out, _ = run(capsys, *given)
    assert "mean ± scatter" in out
    assert "20 of 20" in out


def test_a_series_forms_fractions_over_its_levels(capsys, tmp_path):
    generator = np.random.default_rng(3)
    spectra = []
    for level in ("P 2p", "S 2p"):
        one = xps.example(level, calibrated=False)
        for _ in range(3):
            counts = one["counts"].copy(data=generator.poisson(one["counts"].values).astype(float))
            spectra.append(one.assign(counts=counts))
    write_vamas(spectra, tmp_path / "six.vms")
    main(["xps", "recipe", *LEVELS, "--species", "PS4,Li2S"])
    (tmp_path / "r.toml").write_text(capsys.readouterr().out)
    given = ["series", tmp_path / "six.vms", "--recipe", tmp_path / "r.toml"]
    given += ["--charge-shift", "0.32", "--basis", "atomic", "--out", tmp_path / "out"]
    code, out, _ = run(capsys, *given)
    assert code in {0, 1}
    assert "atomic of P+S" in out
    document = json.loads((tmp_path / "out" / "result.json").read_text())
    (over,) = document["fractions_over_levels"]
    assert over["denominator"] == "P+S"
    assert {s["name"] for s in over["species"]} >= {"Li2S (S 2p)", "S", "P"}
    with (tmp_path / "out" / "atomic.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 3
    sums = [float(r["S fraction of P+S"]) + float(r["P fraction of P+S"]) for r in rows]
    assert sums == pytest.approx([1.0, 1.0, 1.0])
    assert (tmp_path / "out" / "atomic.png").exists()
