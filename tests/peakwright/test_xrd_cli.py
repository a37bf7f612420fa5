"""``peakwright xrd``: documents, folders, exit codes, and what is said of unfit files."""

from __future__ import annotations

import json

import numpy as np
import pytest

from peakwright.cli.main import main
from references import load
from xrd.example import Optics, example, simulated, xy_text
from xrd.instrument import from_toml

CANDIDATES = ["--candidates", "LiCl,Li2S,In"]
CU = ["--radiation", "Cu Ka"]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("xrd")
    (folder / "pristine.xy").write_text(xy_text(example("pristine")))
    for name in ("unannealed", "annealed"):
        every_second = example(name).isel(two_theta=slice(None, None, 2))
        (folder / f"{name}.xy").write_text(xy_text(every_second))
    x, counts = simulated({"ZnO": 0.6, "Al2O3": 0.4}, seed=2, optics=Optics(polarization=1.0))
    np.savetxt(folder / "mixture.xy", np.column_stack([x, counts]), fmt=["%.2f", "%d"])
    x, counts = simulated({"LaB6": 1.0}, seed=2, optics=Optics(polarization=1.0))
    np.savetxt(folder / "lab6.xy", np.column_stack([x, counts]), fmt=["%.2f", "%d"])
    (folder / "mine.cif").write_text(load().phase("LiCl").cif)
    (folder / "empty.cif").write_text("data_empty\n_cell_length_a 5\n")
    (folder / "bad.toml").write_text("monochromator = 26.6\n")
    (folder / "one.xy").write_text("30.0 100\n")
    (folder / "twice.xy").write_text("30.0 100\n30.0 110\n30.1 90\n")
    (folder / "nothing.xy").write_text("".join(f"{20 + 0.02 * i:.2f} 0\n" for i in range(200)))
    return folder


def ran(capsys, *arguments):
    code = main(["xrd", *map(str, arguments)])
    said = capsys.readouterr()
    return code, said


def document(capsys, *arguments):
    code, said = ran(capsys, *arguments, "--json")
    return code, json.loads(said.out)


def test_inspect_tells_what_a_file_holds(files, capsys):
    code, found = document(capsys, "inspect", files / "pristine.xy")
    assert code == 0
    assert found["schema"] == "peakwright.xrd.inspect/1"
    (scan,) = found["scans"]
    assert scan["points"] == 3501
    assert scan["two_theta_deg"] == [10.0, 80.0]
    assert scan["wavelength_A"] is None
    assert [finding["rule"] for finding in found["findings"]] == ["no_wavelength"]
    _, said = ran(capsys, "inspect", files / "pristine.xy")
    assert "1 scan" in said.out


def test_a_pure_powder_exits_with_0(files, capsys):
    code, found = document(capsys, "check", files / "annealed.xy", *CU, *CANDIDATES)
    assert code == 0
    assert found["schema"] == "peakwright.xrd.check/1"
    assert found["verdict"] == "single_phase"
    assert {phase["presence"] for phase in found["phases"]} == {"main", "not_detected"}


def test_an_impure_one_exits_with_1_and_leaves_its_folder(files, capsys, tmp_path):
    out = tmp_path / "out"
    code, found = document(capsys, "check", files / "unannealed.xy", *CU, *CANDIDATES, "--out", out)
    assert code == 1
    assert found["verdict"] == "impurity"
    assert json.loads((out / "result.json").read_text()) == found
    assert sorted(p.name for p in out.iterdir()) == sorted(
        ["environment.json", "recipe.toml", "result.json", "rows.csv"]
        + [
            f"{name}.{kind}"
            for name in ("candidates", "limits", "pattern")
            for kind in ("png", "svg")
        ]
    )
    code, said = ran(capsys, "check", files / "unannealed.xy", *CU, *CANDIDATES)
    assert "LiCl" in said.out
    assert "crystalline phases only" in said.out


def test_equal_patterns_give_equal_bytes(files, capsys, tmp_path):
    for name in ("one", "two"):
        ran(
            capsys, "check", files / "annealed.xy", *CU, "--candidates", "none", "--out",
            tmp_path / name,
        )  # fmt: skip
    for name in ("result.json", "rows.csv", "pattern.svg", "pattern.png"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_candidates_may_be_none_or_files(files, capsys):
    code, found = document(capsys, "check", files / "annealed.xy", *CU, "--candidates", "none")
    assert code == 0
    assert len(found["phases"]) == 1
    _, found = document(
        capsys, "check", files / "unannealed.xy", *CU, "--candidates", f"{files / 'mine.cif'},Li2S"
    )
    assert [phase["phase"] for phase in found["phases"]][1:] == ["mine", "Li2S"]


def test_compare_tells_what_went(files, capsys, tmp_path):
    code, found = document(
        capsys, "compare", files / "unannealed.xy", files / "annealed.xy", *CU, *CANDIDATES,
        "--out", tmp_path / "out",
    )  # fmt: skip
    assert code == 0
    assert found["schema"] == "peakwright.xrd.compare/1"
    changes = {change["phase"]: change["change"] for change in found["changes"]}
    assert changes == {
        "Li6PS5Cl": "unchanged", "LiCl": "gone", "Li2S": "gone", "In": "not_seen",
    }  # fmt: skip
    assert (tmp_path / "out" / "a_pattern.png").exists()
    code, said = ran(
        capsys, "compare", files / "annealed.xy", files / "unannealed.xy", *CU, *CANDIDATES
    )
    assert code == 1
    assert "appeared: LiCl, Li2S" in said.out


def test_quantify_gives_fractions_with_their_uncertainty(files, capsys):
    code, found = document(
        capsys, "quantify", files / "mixture.xy", "--phases", "ZnO,Al2O3", *CU, "--standard",
        "corundum:40%",
    )  # fmt: skip
    assert code == 0
    assert found["schema"] == "peakwright.xrd.quantify/1"
    for phase, share in zip(found["phases"], (0.6, 0.4), strict=True):
        assert abs(phase["crystalline_mass_fraction"] - share) < 3.0 * phase["u"]
        assert set(phase["u_parts"]) == {"counting", "misfit", "background", "constraints"}
    assert abs(found["amorphous"]["value"]) < 3.0 * found["amorphous"]["u"]
    code, said = ran(capsys, "quantify", files / "mixture.xy", "--phases", "ZnO,Al2O3", *CU)
    assert "wt" not in said.out or code == 0


def test_an_instrument_is_fitted_once_and_used(files, capsys, tmp_path):
    mine = tmp_path / "mine.toml"
    code, said = ran(capsys, "instrument", files / "lab6.xy", *CU, "--radius", "173", "--out", mine)
    assert code == 0
    assert str(mine) in said.out
    kept = from_toml(mine.read_text())
    assert kept.radius_mm == 173.0
    assert kept.profile.axial == pytest.approx(0.02, abs=0.004)
    code, found = document(
        capsys, "check", files / "annealed.xy", "--instrument", mine, "--candidates", "LiCl"
    )
    assert code == 0
    assert found["verdict"] == "single_phase"


def test_an_empty_holder_is_taken_off(files, capsys, tmp_path):
    x = np.arange(10.0, 80.0, 0.05)
    hump = np.random.default_rng(1).poisson(200 + 500 * np.exp(-0.5 * ((x - 21) / 5) ** 2))
    holder = tmp_path / "holder.xy"
    np.savetxt(holder, np.column_stack([x, hump]), fmt=["%.2f", "%d"])
    code, found = document(
        capsys, "check", files / "annealed.xy", *CU, "--candidates", "LiCl", "--background-file",
        holder,
    )  # fmt: skip
    assert code == 0
    assert found["profile"]["gof"] == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["check", "annealed.xy"], "--radiation"),
        (["check", "annealed.xy", "--radiation", "Unobtainium"], "names no radiation"),
        (["check", "absent.xy", *CU], "absent.xy"),
        (["check", "one.xy", *CU], "two points"),
        (["check", "twice.xy", *CU], "twice"),
        (["check", "nothing.xy", *CU], "nothing was counted"),
        (["check", "annealed.xy", *CU, "--phase", "Li9"], "no phase 'Li9'"),
        (["check", "annealed.xy", *CU, "--phase", "empty.cif"], "empty.cif"),
        (["check", "annealed.xy", *CU, "--instrument", "bad.toml"], "monochromator"),
        (["check", "annealed.xy", *CU, "--candidates", "LiCl,LiCl"], "each once"),
        (["check", "annealed.xy", *CU, "--scan", "4"], "no scan 4"),
        (["check", "annealed.xy", *CU, "--elements", "Xx"], "Xx"),
        (["quantify", "mixture.xy", *CU, "--phases", "ZnO"], "two phases"),
        (["quantify", "mixture.xy", *CU, "--phases", "ZnO,GaCl3"], "no structure"),
        (["quantify", "mixture.xy", *CU, "--phases", "ZnO,Al2O3", "--standard", "5"], "Al2O3:10%"),
        (
            ["quantify", "mixture.xy", *CU, "--phases", "ZnO,Al2O3", "--standard", "Si:10%"],
            "none of the phases",
        ),
        (
            ["quantify", "mixture.xy", *CU, "--phases", "ZnO,Al2O3", "--grain-radius", "50"],
            "too coarse",
        ),
        (["instrument", "mixture.xy", *CU, "--standard", "GaCl3"], "no structure"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(files, capsys, monkeypatch, arguments, sentence):
    monkeypatch.chdir(files)
    code, said = ran(capsys, *arguments)
    assert code == 2
    assert said.out == ""
    assert sentence in said.err
    assert "Traceback" not in said.err
    assert len(said.err.strip().splitlines()) == 1


def test_several_scans_are_announced(data_dir, capsys):
    path = data_dir / "xrd/patterns/formats/rigaku_multiscan.ras"
    code, said = ran(capsys, "check", path)
    assert code == 2
    assert "holds 2 scans" in said.err
    assert "--scan" in said.err
