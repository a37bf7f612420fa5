"""What `library show` says of a phase: what is known, and that it cannot be tested where it cannot."""

from __future__ import annotations

import json

import pytest

from peakwright.cli.console import out_console
from peakwright.cli.main import main
from references import load


def test_a_phase_is_shown_with_its_band_and_its_disorder(capsys, monkeypatch):
    monkeypatch.setattr(out_console, "width", 120)
    assert main(["library", "show", "Li6PS5Cl"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Li6PS5Cl, space group 216, main" in shown
    assert "9.82 .. 9.88" in shown
    assert "occupancy of Cl4d, S4a 0.615" in shown
    assert "kraft2017:" in shown
    assert "_atom_site" not in shown


def test_a_phase_without_a_structure_is_said_to_be_untestable(capsys):
    assert main(["library", "show", "GaCl3"]) == 0
    assert "no structure, so no pattern can be tested for it" in capsys.readouterr().out


PHASE = """
[phase.Mine]
formula = "LiCl"
space_group = 225
cif = "mine.cif"
a = { value = 5.12952, unit = "Angstrom", status = "measured", source = "ievins1938" }
"""


@pytest.mark.parametrize(
    ("written", "code", "rules"),
    [("5.12952", 0, set()), ("5.3", 1, {"cell"}), ("nothing", 2, None)],
)
def test_the_structure_of_a_phase_of_ones_own_is_examined(capsys, tmp_path, written, code, rules):
    pytest.importorskip("gemmi")
    pytest.importorskip("spglib")
    (tmp_path / "mine.toml").write_text(PHASE)
    (tmp_path / "mine.cif").write_text(load().phase("LiCl").cif.replace("5.12952", written))
    assert main(["library", "check", str(tmp_path / "mine.toml"), "--json"]) == code
    said = capsys.readouterr()
    if rules is None:
        assert "phase Mine" in said.err
    else:
        assert {finding["rule"] for finding in json.loads(said.out)["findings"]} == rules


def test_the_structure_is_in_the_json(capsys):
    assert main(["library", "show", "Li2CO3", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (entry,) = [e["entry"] for e in document["entries"] if e["kind"] == "phase"]
    assert "_space_group_IT_number 15\n" in entry["cif"]
    assert "effenberger1979" in {source["key"] for source in document["sources"]}
